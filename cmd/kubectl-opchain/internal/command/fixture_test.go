package command_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/command"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var update = flag.Bool("update", false, "write the golden files")

// apiKey stands for what a URL may carry.
const apiKey = "d0ntsh0wth1s"

// token is a JWT secret.
const token = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"

// sequencerKey is a private key of a test account.
const sequencerKey = "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"

// secrets are what no command may show, but where it prints Secrets because it was told to.
var secrets = []string{testenv.BatcherKey, testenv.ProposerKey, sequencerKey, token, apiKey}

// golden is where golden files are; tests work in other folders.
var golden = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// now is the time at which commands run.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// result is what a command did.
type result struct {
	status         int
	stdout, stderr string
}

// call is one command line.
type call struct {
	stdin string
	env   map[string]string
	// shows is set where the output is meant to hold Secrets.
	shows bool
}

// run runs a command line, and fails the test where it shows a secret.
func (c call) run(t *testing.T, args ...string) result {
	t.Helper()
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	streams.In = strings.NewReader(c.stdin)
	status := command.Run(context.WithoutCancel(t.Context()), args, &command.Environment{
		Streams: streams,
		Getenv:  func(name string) string { return c.env[name] },
		Random:  bytes.NewReader(bytes.Repeat([]byte{0xa7}, 32)),
		Clock:   clocktesting.NewFakePassiveClock(now),
		Version: "v1.2.3",
	})
	got := result{status: status, stdout: out.String(), stderr: errOut.String()}
	shown := got.stderr
	if !c.shows {
		shown += got.stdout
	}
	for _, secret := range secrets {
		raw, err := hex.DecodeString(secret)
		if err != nil {
			raw = []byte(secret)
		}
		for _, form := range []string{secret, strings.ToUpper(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString(raw)} {
			if strings.Contains(shown, form) {
				t.Errorf("%v shows %s:\n%s", args, form, shown)
			}
		}
	}
	return got
}

// String is the result as golden files have it.
func (r result) String() string {
	return fmt.Sprintf("status: %d\n--- stdout\n%s--- stderr\n%s", r.status, r.stdout, r.stderr)
}

// compare holds a text to a golden file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(golden, name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-wants +has), -update writes it:\n%s", name, diff)
	}
}

// workIn makes a folder with the inputs of a chain and works there, without a cluster.
func workIn(t *testing.T, chain *v1alpha1.OPChain) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	for _, secret := range testenv.Inputs(chain) {
		for key, data := range secret.Data {
			switch secret.Name {
			case string(chain.Spec.Components.Batcher.SignerPrivateKeySecret):
				key = "batcher.key"
			case string(chain.Spec.Components.Proposer.SignerPrivateKeySecret):
				key = "proposer.key"
			}
			write(t, key, string(data))
		}
	}
	write(t, "genesis.json", unpacked(t, "genesis.json.gz"))
	writeObjects(t, "chain.yaml", bare(t, chain))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func unpacked(t *testing.T, path string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// bare is an object as people write it: without a namespace.
func bare(t *testing.T, object any) map[string]any {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields["metadata"].(map[string]any), "namespace")
	return fields
}

// writeObjects writes objects as the documents of a YAML file.
func writeObjects(t *testing.T, path string, objects ...map[string]any) {
	t.Helper()
	var documents []string
	for _, object := range objects {
		data, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(data))
	}
	write(t, path, "# a manifest\n---\n"+strings.Join(documents, "---\n"))
}

// at sets a field of an object that was decoded from JSON; nil removes it.
func at(t *testing.T, object map[string]any, path string, value any) map[string]any {
	t.Helper()
	steps := strings.Split(path, ".")
	parent := object
	for _, step := range steps[:len(steps)-1] {
		next, ok := parent[step].(map[string]any)
		if !ok {
			next = map[string]any{}
			parent[step] = next
		}
		parent = next
	}
	if last := steps[len(steps)-1]; value == nil {
		delete(parent, last)
	} else {
		parent[last] = value
	}
	return object
}

// editJSON changes fields of a JSON file.
func editJSON(t *testing.T, path string, fields map[string]any) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(read(t, path)), &object); err != nil {
		t.Fatal(err)
	}
	for field, value := range fields {
		at(t, object, field, value)
	}
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
}
