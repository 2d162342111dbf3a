package manifests

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// helperImage is the operator's own image in tests.
const helperImage = "registry.example/op-stack-operator:v1.2.3"

// everywhere is a cluster with every resource that there can be.
var everywhere = Capabilities{PodMonitors: true}

// golden is a case of testdata: a chain, its inputs and what came of them.
type golden struct {
	name    string
	chain   *v1alpha1.OPChain
	cfg     *config.Config
	objects []Object
}

// forEachGolden runs a test on every case of testdata.
func forEachGolden(t *testing.T, check func(*testing.T, golden)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/opchain.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in testdata: %v", err)
	}
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, loadGolden(t, name))
		})
	}
}

func loadGolden(t *testing.T, name string) golden {
	t.Helper()
	chain := admitted(t, filepath.Join("testdata", name, "opchain.yaml"))
	cfg := inputs(chain)
	return golden{name: name, chain: chain, cfg: cfg, objects: generate(t, chain, cfg)}
}

func generate(t *testing.T, chain *v1alpha1.OPChain, cfg *config.Config) []Object {
	t.Helper()
	g, err := NewGenerator(helperImage)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := g.Generate(chain, cfg, everywhere)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// inputs are what config.Load would give for the chain, with content that is easily found.
func inputs(chain *v1alpha1.OPChain) *config.Config {
	spec := &chain.Spec
	cfg := &config.Config{
		L1RPC:      string(spec.L1.RPCURL),
		RollupJSON: []byte("{\n  \"l2_chain_id\": 42069\n}\n"),
		JWT:        "1111111111111111111111111111111111111111111111111111111111111111",
		Salt:       []byte("the salt"),
	}
	switch from := spec.L2.Genesis; {
	case from == nil:
		cfg.GenesisGzip = []byte("the genesis, gzipped")
	case from.URL != "":
		cfg.GenesisDownload = &config.GenesisDownload{URL: string(from.URL), SHA256: from.SHA256}
	default:
		cfg.RegistryChain = from.RegistryChain
	}
	if spec.L1.RPCURLFrom != nil {
		cfg.L1RPC = "https://l1.example/v3/api-key-of-l1"
	}
	if beacon := spec.L1.Beacon; beacon != nil {
		cfg.L1Beacon = string(beacon.URL)
		if beacon.URLFrom != nil {
			cfg.L1Beacon = "https://beacon.example/api-key-of-beacon"
		}
	}
	if spec.L1.ChainConfigSecret != "" {
		cfg.L1ChainConfig = []byte("{\"chainId\": 900}\n")
	}
	if node := &spec.Components.Node; node.Sequencer.IsEnabled() && node.P2P.IsEnabled() {
		cfg.SequencerKey = "2222222222222222222222222222222222222222222222222222222222222222"
	}
	if spec.Components.Batcher.IsEnabled() {
		cfg.BatcherKey = "3333333333333333333333333333333333333333333333333333333333333333"
	}
	if spec.Components.Proposer.IsEnabled() {
		cfg.ProposerKey = "4444444444444444444444444444444444444444444444444444444444444444"
	}
	return cfg
}

func TestGolden(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		var got bytes.Buffer
		for i, object := range g.objects {
			doc, err := yaml.Marshal(object.Object)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				got.WriteString("---\n")
			}
			got.Write(doc)
		}
		path := filepath.Join("testdata", g.name, "want.yaml")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("objects (-want +got); go test ./pkg/manifests -update writes them:\n%s", diff)
		}
	})
}

// admitted reads an OPChain as the API server would take it: with defaults, and only if
// schema and rules allow it.
func admitted(t *testing.T, path string) *v1alpha1.OPChain {
	t.Helper()
	u := unstructured.Unstructured{} // reads numbers as the API server does
	read(t, path, &u)
	object := u.Object
	admission, err := admissionOf()
	if err != nil {
		t.Fatal(err)
	}
	structural := admission.structural
	if unknown := pruning.PruneWithOptions(object, structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}); len(unknown) > 0 {
		t.Fatalf("%s: unknown fields %v", path, unknown)
	}
	defaulting.Default(object, structural)
	faults := validation.ValidateCustomResource(nil, object, admission.schema)
	rules, _ := admission.rules.Validate(t.Context(), nil, structural, object, nil, celconfig.RuntimeCELCostBudget)
	if faults = append(faults, rules...); len(faults) > 0 {
		t.Fatalf("%s: %v", path, faults.ToAggregate())
	}
	chain := &v1alpha1.OPChain{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, chain); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return chain
}

// admission is what the API server makes of the resource definition, once.
type admission struct {
	structural *schema.Structural
	schema     validation.SchemaValidator
	rules      *cel.Validator
}

var admissionOf = sync.OnceValues(func() (*admission, error) {
	crd := apiextensionsv1.CustomResourceDefinition{}
	text, err := os.ReadFile("../../config/crd/rollup.oplabs.io_opchains.yaml")
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		return nil, err
	}
	props := &apiextensions.CustomResourceValidation{}
	if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(crd.Spec.Versions[0].Schema, props, nil); err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(props.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(props.OpenAPIV3Schema)
	return &admission{structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, err
})

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// byComponent finds an object of a kind.
func (g golden) byComponent(kind, component string) *Object {
	for i := range g.objects {
		if g.objects[i].GetKind() == kind && g.objects[i].GetName() == names.Of(g.chain, component) {
			return &g.objects[i]
		}
	}
	return nil
}
