package devl1

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"text/template"
)

// DefaultImage is the client that runs the L1: the same as the rollup's.
const DefaultImage = "op-geth:v1.101702.3-rc.7"

//go:embed l1.yaml.tmpl
var manifestText string

var manifest = template.Must(template.New("l1").Parse(manifestText))

// WriteManifest writes the Kubernetes objects of an L1: its namespace, genesis,
// workload and service. JSON strings are YAML strings, so every value goes in
// as one.
func WriteManifest(out io.Writer, namespace, image string, genesis []byte) error {
	values := map[string]string{"Namespace": namespace, "Image": image, "Genesis": string(genesis)}
	for name, value := range values {
		quoted, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("quote %s: %w", name, err)
		}
		values[name] = string(quoted)
	}
	if err := manifest.Execute(out, values); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return nil
}
