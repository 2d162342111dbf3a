package monitoring_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// TestKustomization holds what kubectl apply -k gives the cluster.
func TestKustomization(t *testing.T) {
	t.Parallel()
	assets, err := testenv.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(assets, "kubectl"), "kustomize", ".")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	found := map[string]*unstructured.Unstructured{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if object.GetNamespace() != "op-stack-operator-system" {
			t.Errorf("%s %s is in the namespace %q", object.GetKind(), object.GetName(), object.GetNamespace())
		}
		found[object.GetKind()+" "+object.GetName()] = object
	}
	if found["PrometheusRule op-stack-operator"] == nil {
		t.Error("there are no alerts")
	}
	for name, key := range map[string]string{"op-stack-dashboard-fleet": "op-stack-fleet.json", "op-stack-dashboard-chain": "op-stack-chain.json"} {
		object := found["ConfigMap "+name]
		if object == nil {
			t.Errorf("there is no ConfigMap %s", name)
			continue
		}
		if object.GetLabels()["grafana_dashboard"] != "1" {
			t.Errorf("%s has the labels %v: Grafana's sidecar does not see it", name, object.GetLabels())
		}
		text, _, err := unstructured.NestedString(object.Object, "data", key)
		if err != nil || !json.Valid([]byte(text)) {
			t.Errorf("%s in %s is no dashboard: %v", key, name, err)
		}
	}
}

// TestScrapeConfiguration has promtool read the configuration that docs/monitoring.md shows for a
// Prometheus without its operator.
func TestScrapeConfiguration(t *testing.T) {
	t.Parallel()
	page := read(t, filepath.Join(root, "docs/monitoring.md"))
	block := regexp.MustCompile("(?s)```yaml\n(scrape_configs:\n.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("docs/monitoring.md shows no scrape_configs")
	}
	p := newPromtool(t)
	p.write(t, "prometheus.yaml", block[1])
	p.run(t, "check", "config", "--syntax-only", "prometheus.yaml")
}
