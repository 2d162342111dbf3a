package command_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// all are the flags for every input of the chain that testenv builds.
var all = []string{"--genesis", "genesis.json", "--rollup", "rollup.json", "--batcher-key", "batcher.key", "--proposer-key", "proposer.key"}

func TestValidate(t *testing.T) {
	cases := map[string]struct {
		call call
		args []string
		// chain changes the chain's manifest, whose fields are named by their paths.
		chain map[string]any
		// prepare makes more files.
		prepare func(*testing.T)
		golden  string
		want    int
	}{
		"valid": {args: all, golden: "valid"},
		"gzipped genesis": {
			args: []string{"--genesis", "genesis.json.gz", "--rollup", "rollup.json"}, golden: "gzipped-genesis",
		},
		"nothing given": {
			chain: map[string]any{
				"spec.l2.jwtSecret": "jwt", "spec.l1.chainConfigSecret": "l1",
				"spec.l1.rpcUrl": nil, "spec.l1.rpcUrlFrom.secretKeyRef": map[string]any{"name": "endpoints", "key": "rpc"},
				"spec.components.node.p2p": map[string]any{"enabled": true, "sequencerKeySecret": "sequencer"},
			},
			golden: "nothing-given",
		},
		"several errors": {
			args: append([]string{"--jwt", "proposer.key"}, all...),
			chain: map[string]any{
				"spec.l2.jwtSecret": "jwt", "spec.l1.contractAddresses.systemConfig": testenv.L2OutputOracle,
				"spec.l1.contractAddresses.batcher": testenv.L2OutputOracle, "spec.l2.chainId": 42069,
			},
			prepare: func(t *testing.T) {
				t.Helper()
				write(t, "proposer.key", testenv.ProposerKey[:40]+"\n")
			},
			golden: "several-errors", want: 1,
		},
		"several errors as JSON": {
			args: append([]string{"-o", "json"}, all...), chain: map[string]any{"spec.l2.chainId": 42069},
			golden: "several-errors-json", want: 1,
		},
		"several errors as YAML": {
			args: append([]string{"-o", "yaml"}, all...), chain: map[string]any{"spec.l2.chainId": 42069},
			golden: "several-errors-yaml", want: 1,
		},
		"unknown fields": {
			args: all, chain: map[string]any{
				"spec.l1.rpcURL": "http://l1/" + apiKey, "spec.components.geth.cacheMib": 5, "metadata.lables": map[string]any{},
				"spec.components.geth.tolerations": []any{map[string]any{"keyy": "a"}}, "spec.l2.quux": true,
			},
			golden: "unknown-fields", want: 1,
		},
		"rules of the API": {
			args: all, chain: map[string]any{
				"spec.l1.rpcUrl": "ftp://l1/" + apiKey, "spec.components.node.sequencer.enabled": false,
				"spec.components.geth.image": "op-geth:latest", "metadata.name": strings.Repeat("a", 41),
				"spec.components.batcher.signerPrivateKeySecret": nil,
			},
			golden: "rules", want: 1,
		},
		"wrong types": {
			args: all, chain: map[string]any{
				"spec.l2.chainId": "901", "spec.l2.networkName": 901, "spec.components.geth.gcMode": "arhcive", "spec.l1.chainId": nil,
				"metadata.name": "My_chain",
			},
			golden: "wrong-types", want: 1,
		},
		"metadata of the wrong type": {chain: map[string]any{"metadata": "my-chain"}, golden: "no-metadata", want: 1},
		"Secrets among the manifests": {
			prepare: func(t *testing.T) {
				t.Helper()
				chain := testenv.Chain("my-chain")
				objects := []map[string]any{bare(t, chain), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "other"}}}
				for _, secret := range testenv.Inputs(chain) {
					object := bare(t, secret)
					object["apiVersion"], object["kind"] = "v1", "Secret"
					objects = append(objects, object)
				}
				delete(objects[len(objects)-1], "data") // the proposer's key, as text
				objects[len(objects)-1]["stringData"] = map[string]any{"key": testenv.BatcherKey}
				writeObjects(t, "chain.yaml", objects...)
			},
			chain: map[string]any{}, golden: "secrets-inside",
		},
		"a Secret of two keys given in part": {
			args:  []string{"--genesis", "genesis.json"},
			chain: map[string]any{"spec.l2.rollupConfigSecret": "my-chain-genesis"}, golden: "given-in-part",
		},
		"an empty file is an error": {
			args:    []string{"--rollup", "rollup.json"},
			prepare: func(t *testing.T) { t.Helper(); write(t, "rollup.json", "") },
			golden:  "empty-file", want: 1,
		},
		"a genesis that fits a Secret only gzipped": {
			args: []string{"--genesis", "genesis.json", "--rollup", "rollup.json"},
			prepare: func(t *testing.T) {
				t.Helper()
				write(t, "genesis.json", read(t, "genesis.json")+strings.Repeat(" ", 2<<20))
			},
			golden: "gzipped-genesis",
		},
		"a genesis that fits no Secret": {
			args: []string{"--genesis", "genesis.json", "--rollup", "rollup.json"},
			prepare: func(t *testing.T) {
				t.Helper()
				random := make([]byte, 2<<20)
				rand.NewChaCha8([32]byte{}).Read(random) //nolint:errcheck // it gives none
				write(t, "genesis.json", strings.Replace(read(t, "genesis.json"), "{", fmt.Sprintf(`{"note":"%x",`, random), 1))
			},
			golden: "large-genesis", want: 1,
		},
		"a file that the chain has no use for": {
			args: []string{"--sequencer-key", "batcher.key"}, golden: "no-use",
		},
		"one file for two keys": {
			args:  []string{"--batcher-key", "batcher.key", "--proposer-key", "proposer.key"},
			chain: map[string]any{"spec.components.batcher.signerPrivateKeySecret": "my-chain-proposer-key"}, golden: "two-files", want: 2,
		},
		"several chains": {
			prepare: func(t *testing.T) {
				t.Helper()
				other := at(t, bare(t, testenv.Chain("other")), "metadata.namespace", "rollups")
				write(t, "chains/notes.txt", "not: [a manifest")
				writeObjects(t, "chains/deeper/chain.yaml", at(t, other, "spec.l2.chainId", testenv.L1ChainID))
				writeObjects(t, "chains/chain.yml", bare(t, testenv.Chain("my-chain")))
				writeObjects(t, "chains/list.json", map[string]any{"apiVersion": "v1", "kind": "List", "items": []any{bare(t, testenv.Chain("listed"))}})
			},
			args: []string{"-f", "chains", "-R"}, golden: "several-chains", want: 1,
		},
		"files with different chains": {
			prepare: func(t *testing.T) {
				t.Helper()
				writeObjects(t, "other.yaml", at(t, bare(t, testenv.Chain("other")), "spec.l2.chainId", 77))
			},
			args: []string{"-f", "other.yaml", "--genesis", "genesis.json"}, golden: "different-chains", want: 2,
		},
		"the API key of a flag that is no URL is not shown": {args: []string{"--l1-rpc", "wss://l1/" + apiKey}, golden: "no-url", want: 2},
		"another namespace":        {args: []string{"-n", "b"}, chain: map[string]any{"metadata.namespace": "a"}, golden: "namespace", want: 2},
		"a file that is not there": {args: []string{"--rollup", "rollups.json"}, golden: "no-file", want: 2},
		"a folder as a file":       {args: []string{"--rollup", "."}, golden: "folder", want: 2},
		"an unknown flag":          {args: []string{"--rolup", "x"}, golden: "unknown-flag", want: 2},
		"an unknown format":        {args: []string{"-o", "xml"}, golden: "unknown-format", want: 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			workIn(t, testenv.Chain("my-chain"))
			object := bare(t, testenv.Chain("my-chain"))
			for path, value := range c.chain {
				at(t, object, path, value)
			}
			writeObjects(t, "chain.yaml", object)
			if c.prepare != nil {
				c.prepare(t)
			}
			got := c.call.run(t, append([]string{"validate", "-f", "chain.yaml"}, c.args...)...)
			if got.status != c.want {
				t.Errorf("status %d, want %d", got.status, c.want)
			}
			compare(t, "validate-"+c.golden+".txt", got.String())
			for i, line := range strings.Split(got.stdout, "\n") {
				if len([]rune(line)) > 100 && !strings.Contains(strings.Join(c.args, " "), "-o ") {
					t.Errorf("line %d has %d characters", i+1, len([]rune(line)))
				}
			}
		})
	}
}

// What is no manifest is said where, and never quoted.
func TestUnreadableManifests(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"nothing":              {"", "there is no OPChain in -"},
		"comments":             {"# nothing\n---\n", "there is no OPChain in -"},
		"no object":            {"- " + apiKey, "document 1: not an object"},
		"a tab":                {"a: 1\n---\nb:\n\t" + apiKey + ": 1", "document 2: line 2: it is not YAML: check the indentation and the quotes"},
		"an alias":             {"a: *" + apiKey, "document 1: somewhere: it is not YAML"},
		"a field twice":        {"a: 1\nb: 2\na: 3\n", `document 1: line 3: field "a" is there twice`},
		"another version":      {"apiVersion: rollup.oplabs.io/v1\nkind: OPChain\n", `there is no kind "OPChain" in "rollup.oplabs.io/v1": write apiVersion: rollup.oplabs.io/v1alpha1`},
		"a kind in lower case": {"apiVersion: rollup.oplabs.io/v1alpha1\nkind: opchain\n", `there is no kind "opchain"`},
		"another group":        {"apiVersion: oplabs.io/v1alpha1\nkind: OPChain\n", `in "oplabs.io/v1alpha1"`},
		"a Secret that is not base64": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\ndata: {key: \"" + apiKey + "!\"}\n", `the Secret "keys" cannot be read: a field is unknown, or data is not base64`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := call{stdin: c.in}.run(t, "validate", "-f", "-")
			if got.status != 2 || !strings.Contains(got.stderr, c.want) {
				t.Errorf("status %d, want 2; %q does not contain %q", got.status, got.stderr, c.want)
			}
		})
	}
}

// An encrypted Secret is one that was not given.
func TestEncryptedSecret(t *testing.T) {
	workIn(t, testenv.Chain("my-chain"))
	secret := "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: my-chain-batcher-key}\nsops: {version: 3.9.0}\ndata: {key: \"ENC[AES256_GCM]\"}\n"
	got := call{stdin: read(t, "chain.yaml") + secret}.run(t, "validate", "-f", "-")
	if got.status != 0 || !strings.Contains(got.stdout, "not checked: key of op-batcher: give --batcher-key") {
		t.Error(got)
	}
}

// l1 is an endpoint of the L1 chain with an ID, which answers nothing else.
func l1(t *testing.T, chainID int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var ask struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if !strings.Contains(req.URL.Path, apiKey) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if json.NewDecoder(req.Body).Decode(&ask) != nil || ask.Method != "eth_chainId" {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, "try %s later", req.URL)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x%x"}`, ask.ID, chainID)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v3/" + apiKey
}

func TestValidateAsksL1(t *testing.T) {
	accepted := []v1alpha1.FindingCode{v1alpha1.CodeL1WrongChain, v1alpha1.CodeImageEndOfSupport}
	cases := map[string]struct {
		chainID int
		args    []string
		env     bool
		inSpec  bool
		ignore  []v1alpha1.FindingCode
		golden  string
		want    int
	}{
		"another chain":                         {chainID: 11155111, golden: "wrong-chain", want: 1},
		"another chain, by the environment":     {chainID: 11155111, env: true, golden: "wrong-chain-env", want: 1},
		"another chain, by the spec":            {chainID: 11155111, inSpec: true, golden: "wrong-chain-spec", want: 1},
		"only a warning":                        {chainID: 11155111, ignore: accepted[:1], golden: "warning"},
		"an accepted error passes where strict": {chainID: 11155111, ignore: accepted, args: []string{"--strict"}, golden: "strict"},
		"no answer":                             {chainID: testenv.L1ChainID, golden: "no-answer"},
		"no answer is an error where strict":    {chainID: testenv.L1ChainID, args: []string{"--strict"}, golden: "no-answer-strict", want: 1},
		"no answer is an error for a program":   {chainID: testenv.L1ChainID, args: []string{"--strict", "-o", "yaml"}, golden: "no-answer-yaml", want: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			url := l1(t, c.chainID)
			chain := testenv.Chain("my-chain")
			chain.Spec.Preflight.Ignore = c.ignore
			args := append([]string{"validate", "-f", "chain.yaml"}, append(c.args, all...)...)
			var how call
			switch {
			case c.env:
				how.env = map[string]string{"OPCHAIN_L1_RPC": url + "\n"}
			case c.inSpec:
				chain.Spec.L1.RPCURL = v1alpha1.Endpoint(url)
				args = append(args, "--l1-from-spec")
			default:
				args = append(args, "--l1-rpc", url)
			}
			workIn(t, chain)
			got := how.run(t, args...)
			if got.status != c.want {
				t.Errorf("status %d, want %d", got.status, c.want)
			}
			compare(t, "l1-"+c.golden+".txt", got.String())
		})
	}
}

// What programs read is one document for each chain, and valid.
func TestOutputIsReadByPrograms(t *testing.T) {
	workIn(t, testenv.Chain("my-chain"))
	writeObjects(t, "two.yaml", bare(t, testenv.Chain("one")), bare(t, testenv.Chain("two")))
	var names []string
	decoder := json.NewDecoder(strings.NewReader(call{}.run(t, "validate", "-f", "two.yaml", "-o", "json").stdout))
	for decoder.More() {
		var report struct{ Chain string }
		if err := decoder.Decode(&report); err != nil {
			t.Fatal(err)
		}
		names = append(names, report.Chain)
	}
	for _, document := range strings.Split(call{}.run(t, "validate", "-f", "two.yaml", "-o", "yaml").stdout, "---\n")[1:] {
		var report struct {
			Chain      string
			Findings   []any
			NotChecked []map[string]string
		}
		if err := yaml.UnmarshalStrict([]byte(document), &report); err != nil {
			t.Fatal(err)
		}
		if report.Findings == nil || len(report.NotChecked) == 0 {
			t.Errorf("findings %v, not checked %v", report.Findings, report.NotChecked)
		}
		names = append(names, report.Chain)
	}
	if got := strings.Join(names, " "); got != "one two one two" {
		t.Errorf("chains %s", got)
	}
}
