//go:build linux

package cluster

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"text/template"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/binaries"
)

//go:embed files
var files embed.FS

// templates are the configuration files. What they need to know comes from the
// identity; `extra` carries the rest.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"base64": base64.StdEncoding.EncodeToString,
	"path":   filepath.Join,
}).ParseFS(files, "files/*"))

func (id Identity) render(name string, extra map[string]any) ([]byte, error) {
	view := map[string]any{
		"ID":           id,
		"Arch":         runtime.GOARCH,
		"PodCIDR":      podCIDR,
		"ServiceCIDR":  serviceCIDR,
		"DNS":          serviceDNS,
		"Domain":       clusterDomain,
		"APIPort":      apiPort,
		"PauseImage":   pauseImage + ":" + binaries.PauseVersion,
		"CoreDNSImage": corednsImage + ":" + binaries.CoreDNSVersion,
		"VolumeSize":   volumeSize,
		"Volumes":      volumes(),
	}
	for key, value := range extra {
		view[key] = value
	}
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, view); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// A volume is one of the pool.
type volume struct{ Name, AccessMode string }

func volumes() []volume {
	var pool []volume
	for i := range sharedVolumes + exclusiveVolumes {
		mode := "ReadWriteOnce"
		if i >= sharedVolumes {
			mode = "ReadWriteOncePod"
		}
		pool = append(pool, volume{fmt.Sprintf("local-%02d", i+1), mode})
	}
	return pool
}

// writeConfigs renders the daemons' files and makes the directories they use.
func (id Identity) writeConfigs(cniDir string) error {
	for _, dir := range []string{"etcd", "containerd", "kubelet", "images", "logs/pods", "etc/cni"} {
		if err := os.MkdirAll(id.path(dir), 0o755); err != nil {
			return fmt.Errorf("make state: %w", err)
		}
	}
	for _, v := range volumes() {
		if err := os.MkdirAll(id.path("volumes", v.Name), 0o755); err != nil {
			return fmt.Errorf("make volume: %w", err)
		}
	}
	configs := map[string]string{
		"containerd.toml": "containerd.toml",
		"kubelet.yaml":    "kubelet.yaml",
		"kube-proxy.yaml": "kube-proxy.yaml",
		"cni.conflist":    "cni/10-ptp.conflist",
		"resolv.conf":     "resolv.conf",
	}
	for name, target := range configs {
		text, err := id.render(name, map[string]any{"CNIDir": cniDir})
		if err != nil {
			return err
		}
		if err := writeFile(id.path("etc", target), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeFile replaces a file in one step and makes its directory.
func writeFile(file string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	temp := file + ".partial"
	if err := os.WriteFile(temp, data, mode); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return os.Rename(temp, file)
}
