package command_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/command"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// Who gives a key or a URL where a path is asked for does not find it in the log of a build.
func TestMistakenPathsAreNotShown(t *testing.T) {
	url := "https://user:" + apiKey + "@files.example/rollup.json"
	cases := map[string]struct {
		args []string
		want string
	}{
		"a key":                {[]string{"validate", "-f", "chain.yaml", "--batcher-key", testenv.BatcherKey}, "give the path of a file"},
		"a key with 0x":        {[]string{"validate", "-f", "chain.yaml", "--batcher-key", "0x" + testenv.BatcherKey + "\n"}, "give the path of a file"},
		"a JWT secret":         {importing("--jwt", token), "give the path of a file"},
		"a URL for a file":     {[]string{"validate", "-f", "chain.yaml", "--rollup", url}, "give the path of a file"},
		"a URL for manifests":  {[]string{"validate", "-f", url}, "files.example: URLs are not read"},
		"a file that is gone":  {[]string{"validate", "-f", "chain.yaml", "--batcher-key", "keys/batcher.key"}, "open keys/batcher.key: no such file"},
		"a commit as a folder": {importing("--batcher-key", "deadbeef/"+strings.Repeat("a", 40)), "open deadbeef/aaaa"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			deployed(t)
			writeObjects(t, "chain.yaml", bare(t, testenv.Chain("my-chain")))
			got := call{}.run(t, c.args...)
			if got.status != 2 || !strings.Contains(got.stderr, c.want) {
				t.Errorf("want status 2 and %q\n%s", c.want, got)
			}
		})
	}
}

// A check that was interrupted has found nothing, whatever L1 did not answer.
func TestInterruptedIsNotFit(t *testing.T) {
	deployed(t)
	writeObjects(t, "chain.yaml", bare(t, testenv.Chain("my-chain")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"validate", "-f", "chain.yaml", "--l1-rpc", "http://127.0.0.1:1/" + apiKey},
		importing("--dry-run=client", "-o", "yaml"),
	} {
		streams, _, out, errOut := genericiooptions.NewTestIOStreams()
		status := command.Run(ctx, args, &command.Environment{
			Streams: streams, Getenv: func(string) string { return "" }, Random: strings.NewReader(strings.Repeat("a", 32)),
			Clock: clocktesting.NewFakePassiveClock(now),
		})
		if status != 2 || out.Len() > 0 || !strings.Contains(errOut.String(), "interrupted") {
			t.Errorf("%s: status %d\n%s%s", args[0], status, out, errOut)
		}
	}
}

// The L1 beacon API's URL may carry an API key, too: the environment keeps it out of arguments.
func TestImportTakesBeaconFromEnvironment(t *testing.T) {
	deployed(t)
	without := append([]string{"import", "my-chain", "--from", ".", "--ask-l1=false", "--dry-run=client", "-o", "yaml"}, images...)
	env := map[string]string{"OPCHAIN_L1_RPC": "https://l1/" + apiKey, "OPCHAIN_L1_BEACON": "https://beacon/" + apiKey + "\n"}
	if got := (call{env: env, shows: true}).run(t, without...); got.status != 0 || !strings.Contains(masked(t, got.stdout), "beacon: (the beacon endpoint)") {
		t.Error(masked(t, got.String()))
	}
	ignoring := append(without, "--beacon-ignore")
	if got := (call{env: env, shows: true}).run(t, ignoring...); got.status != 0 || strings.Contains(masked(t, got.stdout), "(the beacon endpoint)") {
		t.Error(masked(t, got.String()))
	}
	env["OPCHAIN_L1_BEACON"] = apiKey
	if got := (call{env: env}).run(t, without...); got.status != 2 || !strings.Contains(got.stderr, "read $OPCHAIN_L1_BEACON: it is not a URL") {
		t.Error(got)
	}
}

// JSON values follow one another in a file as documents of YAML do. None is passed over.
func TestEveryJSONValueIsChecked(t *testing.T) {
	workIn(t, testenv.Chain("my-chain"))
	writeObjects(t, "one.yaml", bare(t, testenv.Chain("one")))
	object := func(name string) string {
		return `{"apiVersion":"rollup.oplabs.io/v1alpha1","kind":"OPChain","metadata":{"name":"` + name + `"}}`
	}
	write(t, filepath.Join("json", "two.json"), object("two")+"\n"+object("three")+" \n---\n"+object("four")+object("five"))
	got := call{}.run(t, "validate", "-f", "one.yaml", "-f", "json")
	for _, name := range []string{"one", "two", "three", "four", "five"} {
		if !strings.Contains(got.stdout, "\n"+name+": ") {
			t.Errorf("chain %s was not checked:\n%s", name, got)
		}
	}
	for in, want := range map[string]string{
		object("a") + " junk: " + apiKey:                       "document 1: after an object of JSON there is something that is none",
		`{apiVersion: rollup.oplabs.io/v1alpha1, kind: Wrong}`: `there is no kind "Wrong"`, // YAML, though it begins like JSON
		`{"a":1,"a":2}`: `field "a" is there twice`,
	} {
		if got := (call{stdin: in}).run(t, "validate", "-f", "-"); got.status != 2 || !strings.Contains(got.stderr, want) {
			t.Errorf("want status 2 and %q\n%s", want, got)
		}
	}
}

// A template that has no namespace to put in leaves the field empty, which kubectl takes for none.
func TestEmptyNamespaceIsNone(t *testing.T) {
	workIn(t, testenv.Chain("my-chain"))
	for name, value := range map[string]any{"null": nil, "text": ""} {
		chain := bare(t, testenv.Chain("my-chain"))
		chain["metadata"].(map[string]any)["namespace"] = value
		writeObjects(t, "chain.yaml", chain)
		if got := (call{}).run(t, append([]string{"validate", "-f", "chain.yaml"}, all...)...); got.status != 0 {
			t.Errorf("%s: %s", name, got)
		}
	}
}
