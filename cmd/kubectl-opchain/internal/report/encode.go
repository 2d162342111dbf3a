package report

import (
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"
)

// Encode writes a review or an overview as a JSON object or a YAML document. Several follow one another.
func Encode(to io.Writer, what any, format string) error {
	var data []byte
	var err error
	switch format {
	case "json":
		data, err = json.MarshalIndent(what, "", "  ")
		data = append(data, '\n')
	case "yaml":
		data, err = yaml.Marshal(what)
		data = append([]byte("---\n"), data...)
	default:
		return fmt.Errorf("there is no output format %q: use json or yaml", format)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	_, err = to.Write(data)
	return err
}
