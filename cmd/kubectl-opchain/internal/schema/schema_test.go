package schema_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/schema"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// variants are changes of a valid chain: what a path gets, or nil to take it away.
var variants = map[string]map[string]any{
	"valid":                     {},
	"a replica":                 {"spec.components.node.sequencer.enabled": false, "spec.components.batcher.enabled": false},
	"an unknown field":          {"spec.l1.rpcURL": "http://l1"},
	"an unknown deep field":     {"spec.components.geth.tolerations": []any{map[string]any{"keyy": "a"}}},
	"an unknown metadata field": {"metadata.lables": map[string]any{}},
	"a status is of no account": {"status.phase": "Running"},
	"a null":                    {"spec.l2.networkName": json.RawMessage("null")},
	"a null without default":    {"spec.l2.genesisConfigSecret": json.RawMessage("null")},
	"a null with a default":     {"spec.components.geth.cacheMiB": json.RawMessage("null")},
	"a missing field":           {"spec.l1.chainId": nil},
	"no spec":                   {"spec": nil},
	"no name":                   {"metadata.name": nil},
	"a name too long":           {"metadata.name": strings.Repeat("a", 41)},
	"a name of bad letters":     {"metadata.name": "My_chain"},
	"a label of bad letters":    {"metadata.labels": map[string]any{"a b": "c"}},
	"a text for a number":       {"spec.l2.chainId": "901"},
	"a number for a text":       {"spec.l2.networkName": 901},
	"a fraction for a number":   {"spec.l2.chainId": 1.5},
	"a number out of range":     {"spec.components.geth.cacheMiB": 15},
	"an unknown choice":         {"spec.components.geth.gcMode": "arhcive"},
	"a text too long":           {"spec.l2.networkName": strings.Repeat("a", 64)},
	"a list too long":           {"spec.components.geth.extraArgs": fill(65, "--a=b")},
	"an item twice":             {"spec.preflight.ignore": []any{"BalanceLow", "BalanceLow"}},
	"a key of a list twice":     {"spec.imagePullSecrets": []any{map[string]any{"name": "a"}, map[string]any{"name": "a"}}},
	"an address of zeros":       {"spec.l1.contractAddresses.systemConfig": "0x" + strings.Repeat("0", 40)},
	"no address":                {"spec.l1.contractAddresses.systemConfig": "0x12"},
	"an image without a tag":    {"spec.components.node.image": "op-node"},
	"a size that is none":       {"spec.components.geth.storage.size": "big"},
	"a size as a number":        {"spec.components.geth.storage.size": 2147483648},
	"a duration that is none":   {"spec.components.node.l1PollInterval": "1 s"},
	"two endpoints":             {"spec.l1.rpcUrlFrom": map[string]any{"secretKeyRef": map[string]any{"name": "a", "key": "b"}}},
	"no endpoint":               {"spec.l1.rpcUrl": nil},
	"one chain on itself":       {"spec.l2.chainId": testenv.L1ChainID},
	"a batcher alone":           {"spec.components.node.sequencer.enabled": false},
	"a batcher without a key":   {"spec.components.batcher.signerPrivateKeySecret": nil},
	"a key in an argument":      {"spec.components.batcher.extraArgs": []any{"--private-key=abc"}},
	"much at once":              {"spec.l1.rpcUrl": "ftp://a", "spec.components.geth.image": "a", "spec.l2.chainId": testenv.L1ChainID},
}

func fill(n int, item any) []any {
	items := make([]any, n)
	for i := range items {
		items[i] = item
	}
	return items
}

// TestAgreesWithAPIServer holds verdicts to those of a real API server, fields and defaults
// included.
func TestAgreesWithAPIServer(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	s, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, changes := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object := variant(t, env.Namespace, changes)
			theirs := &unstructured.Unstructured{Object: variant(t, env.Namespace, changes)}
			refusal := env.Client.Create(t.Context(), theirs, client.DryRunAll, client.FieldValidation("Strict"))
			verdict := s.Admit(t.Context(), object)
			if (refusal == nil) != (len(verdict.Findings) == 0) {
				t.Fatalf("offline: %v\nAPI server: %v", verdict.Findings, refusal)
			}
			found := map[string]bool{}
			for _, f := range verdict.Findings {
				found[f.Field] = true
			}
			for _, field := range fieldsOf(t, refusal) {
				if !found[field] {
					t.Errorf("the API server refuses %s: %v\noffline: %v", field, refusal, verdict.Findings)
				}
			}
			if refusal == nil {
				if diff := cmp.Diff(theirs.Object["spec"], object["spec"]); diff != "" {
					t.Errorf("other defaults (-API server +offline):\n%s", diff)
				}
			}
		})
	}
}

// variant is testenv's chain with changes, decoded as a manifest is.
func variant(t *testing.T, namespace string, changes map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(testenv.Chain("my-chain", testenv.InNamespace(namespace)))
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	for path, value := range changes {
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
		parent[steps[len(steps)-1]] = value
		if value == nil {
			delete(parent, steps[len(steps)-1])
		}
	}
	if data, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	object = nil
	if err := utiljson.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// fieldsOf are the fields that the API server names. Of unknown ones it tells in words only.
func fieldsOf(t *testing.T, refusal error) []string {
	t.Helper()
	status := apierrors.APIStatus(nil)
	if refusal == nil || !errors.As(refusal, &status) || status.Status().Details == nil {
		return nil
	}
	var fields []string
	for _, cause := range status.Status().Details.Causes {
		field := strings.TrimPrefix(cause.Field, ".")
		switch {
		case strings.Contains(cause.Message, "some validation rules were not checked"):
		case field == "<nil>" || field == "":
			fields = append(fields, "metadata")
		default:
			fields = append(fields, field)
		}
	}
	return fields
}

// No finding repeats a value: it may be an endpoint with an API key.
func TestValuesAreNotShown(t *testing.T) {
	t.Parallel()
	s, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	const secret = "d0ntsh0w"
	for _, path := range []string{"spec.l1.rpcUrl", "spec.l1.rpcKind", "spec.l1.chainId", "spec.l2.genesisConfigSecret", "spec.components.geth.image",
		"spec.components.geth.storage.size", "spec.l1.contractAddresses.systemConfig", "spec.l1.beacon", "spec.components.node.l1PollInterval"} {
		for _, value := range []any{secret + "://x y", []any{secret}, map[string]any{secret: secret}, strings.Repeat(secret, 1000)} {
			verdict := s.Admit(t.Context(), variant(t, "default", map[string]any{path: value}))
			if len(verdict.Findings) == 0 {
				t.Errorf("%s: %v is accepted", path, value)
			}
			for _, f := range verdict.Findings {
				if strings.Contains(f.Message+f.Cure, secret) {
					t.Errorf("%s: %s: %s", path, f.Message, f.Cure)
				}
			}
		}
	}
}

func TestUnknownFieldsNameTheRightOne(t *testing.T) {
	t.Parallel()
	s, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"spec.l1.rpcurl":                          "write rpcUrl",
		"spec.l1.chianId":                         "write chainId",
		"spec.l1.contractAddresses.optimsmPortal": "write optimismPortal",
		"spec.components.nodes":                   "write node",
		"spec.L1":                                 "write l1",
		"specs":                                   "write spec",
		"spec.l2.x":                               "remove it",
		"spec.components.geth.replicas":           "remove it",
	} {
		verdict := s.Admit(t.Context(), variant(t, "default", map[string]any{path: "a"}))
		if len(verdict.Findings) != 1 || verdict.Findings[0].Field != path || verdict.Findings[0].Cure != want {
			t.Errorf("%s: %+v, want %q", path, verdict.Findings, want)
		}
	}
}
