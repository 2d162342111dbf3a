// Package image makes container images from nothing but static programs.
package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sort"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	oci "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// NonRoot is the user that images run as unless told otherwise.
const NonRoot = "65532"

// certificates is where Debian and Go programs look for trusted roots.
const certificates = "/etc/ssl/certs/ca-certificates.crt"

// A Program is a file of the host and its place in an image.
type Program struct{ Source, Target string }

// A Spec says what an image holds. The same Spec over the same files gives the
// same bytes.
type Spec struct {
	Name       string // reference with a tag, such as op-geth:v1
	Programs   []Program
	User       string   // numeric, so that the kubelet can see that it is not root
	Entrypoint []string // default: the first program
}

// ParseProgram reads /path/on/host=/path/in/image.
func ParseProgram(s string) (Program, error) {
	source, target, ok := strings.Cut(s, "=")
	if !ok || source == "" || !path.IsAbs(target) || path.Clean(target) != target {
		return Program{}, fmt.Errorf("%q: want /path/on/host=/path/in/image", s)
	}
	return Program{Source: source, Target: target}, nil
}

// Write makes the image and saves it as an archive that `ctr images import`
// and `docker load` read.
func Write(spec Spec, out string) (err error) {
	tag, err := name.NewTag(spec.Name)
	if err != nil {
		return fmt.Errorf("parse image name: %w", err)
	}
	img, err := build(spec)
	if err != nil {
		return err
	}
	temp := out + ".partial"
	defer func() {
		if removeErr := os.Remove(temp); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}()
	if err := tarball.WriteToFile(temp, tag, img); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	return os.Rename(temp, out)
}

func build(spec Spec) (oci.Image, error) {
	base, err := baseFiles()
	if err != nil {
		return nil, err
	}
	layers := [][]entry{base}
	for _, program := range spec.Programs {
		data, err := os.ReadFile(program.Source)
		if err != nil {
			return nil, fmt.Errorf("read program: %w", err)
		}
		layers = append(layers, []entry{{name: program.Target, mode: 0o755, data: data}})
	}
	img := empty.Image
	for _, entries := range layers {
		data, err := archive(entries)
		if err != nil {
			return nil, err
		}
		// Uncompressed: these images travel across one disk, never a network.
		if img, err = mutate.AppendLayers(img, static.NewLayer(data, types.DockerUncompressedLayer)); err != nil {
			return nil, fmt.Errorf("add layer: %w", err)
		}
	}
	return configure(img, spec)
}

func configure(img oci.Image, spec Spec) (oci.Image, error) {
	old, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read image config: %w", err)
	}
	config := old.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.User = spec.User
	config.Config.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	config.Config.WorkingDir = "/"
	config.Config.Entrypoint = spec.Entrypoint
	if len(spec.Entrypoint) == 0 && len(spec.Programs) > 0 {
		config.Config.Entrypoint = []string{spec.Programs[0].Target}
	}
	img, err = mutate.ConfigFile(img, config)
	if err != nil {
		return nil, fmt.Errorf("set image config: %w", err)
	}
	return img, nil
}

// An entry is one file of a layer.
type entry struct {
	name string
	mode int64
	data []byte
}

// baseFiles give users names, and TLS clients the roots that the host trusts.
func baseFiles() ([]entry, error) {
	entries := []entry{
		{name: "/etc/group", mode: 0o644, data: []byte("root:x:0:\nnonroot:x:65532:\n")},
		{name: "/etc/passwd", mode: 0o644, data: []byte("root:x:0:0:root:/:/sbin/nologin\n" +
			"nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n")},
	}
	roots, err := os.ReadFile(certificates)
	switch {
	case err == nil:
		entries = append(entries, entry{name: certificates, mode: 0o644, data: roots})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	return entries, nil
}

// archive writes a layer: parents first, no times, no owners.
func archive(entries []entry) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, dir := range parents(entries) {
		header := tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}
		if err := writer.WriteHeader(&header); err != nil {
			return nil, fmt.Errorf("write layer: %w", err)
		}
	}
	for _, e := range entries {
		header := tar.Header{
			Typeflag: tar.TypeReg, Name: strings.TrimPrefix(e.name, "/"), Mode: e.mode, Size: int64(len(e.data)),
		}
		if err := writer.WriteHeader(&header); err != nil {
			return nil, fmt.Errorf("write layer: %w", err)
		}
		if _, err := writer.Write(e.data); err != nil {
			return nil, fmt.Errorf("write layer: %w", err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("write layer: %w", err)
	}
	return buffer.Bytes(), nil
}

func parents(entries []entry) []string {
	seen := map[string]bool{}
	for _, e := range entries {
		for dir := filepath.Dir(e.name); dir != "/"; dir = filepath.Dir(dir) {
			seen[strings.TrimPrefix(dir, "/")] = true
		}
	}
	dirs := make([]string, 0, len(seen))
	for dir := range seen {
		dirs = append(dirs, dir)
	}
	sort.Strings(dirs)
	return dirs
}
