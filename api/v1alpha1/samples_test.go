package v1alpha1_test

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func TestSamplesAreAccepted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		wantOn map[string]bool
	}{
		"opchain.yaml":               {map[string]bool{"geth": true, "node": true, "batcher": true, "proposer": true}},
		"opchain-output-oracle.yaml": {map[string]bool{"geth": true, "node": true, "batcher": true, "proposer": true}},
		"opchain-replica.yaml":       {map[string]bool{"geth": true, "node": true, "batcher": false, "proposer": false}},
	}
	env := testenv.New(t)
	files := sampleFiles(t)
	if len(files) != len(cases) {
		t.Errorf("there are %d samples and %d cases", len(files), len(cases))
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := readSample(t, files[name])
			chain.SetNamespace(env.Namespace)
			if err := env.Client.Create(t.Context(), chain, client.DryRunAll, strict); err != nil {
				t.Fatal(err)
			}
			for component, want := range c.wantOn {
				if got := value(t, chain, "spec.components."+component+".enabled"); got != want {
					t.Errorf("%s enabled: %v, want %v", component, got, want)
				}
			}
		})
	}
}

// sampleFiles returns the paths of the samples by their names.
func sampleFiles(t *testing.T) map[string]string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(root, "config", "samples", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		files[filepath.Base(path)] = path
	}
	return files
}

func readSample(t *testing.T, path string) *unstructured.Unstructured {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	chain := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict(content, &chain.Object); err != nil {
		t.Fatal(err)
	}
	return chain
}
