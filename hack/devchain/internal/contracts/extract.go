package contracts

import (
	"archive/tar"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Extract reads a published contracts package (a gzipped tarball with
// forge-artifacts) and writes the creation code of every contract in Names to
// dir, one file of hexadecimal each. It is how the bytecode folder was made.
func Extract(tarball io.Reader, dir string) error {
	unzipped, err := gzip.NewReader(tarball)
	if err != nil {
		return fmt.Errorf("open tarball: %w", err)
	}
	wanted := map[string]string{}
	for _, name := range Names() {
		wanted["package/forge-artifacts/"+name+".sol/"+name+".json"] = name
	}
	files := tar.NewReader(unzipped)
	for len(wanted) > 0 {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("read tarball: %d contracts are missing: %v", len(wanted), wanted)
		}
		if err != nil {
			return fmt.Errorf("read tarball: %w", err)
		}
		name, ok := wanted[header.Name]
		if !ok {
			continue
		}
		delete(wanted, header.Name)
		if err := extractOne(files, filepath.Join(dir, name+".hex")); err != nil {
			return fmt.Errorf("extract %s: %w", name, err)
		}
	}
	return nil
}

func extractOne(artifact io.Reader, path string) error {
	var parsed struct {
		Bytecode struct {
			Object         string         `json:"object"`
			LinkReferences map[string]any `json:"linkReferences"`
		} `json:"bytecode"`
	}
	if err := json.NewDecoder(artifact).Decode(&parsed); err != nil {
		return fmt.Errorf("parse artifact: %w", err)
	}
	code := strings.TrimPrefix(parsed.Bytecode.Object, "0x")
	if len(parsed.Bytecode.LinkReferences) > 0 {
		return errors.New("the code wants libraries linked into it")
	}
	if _, err := hex.DecodeString(code); err != nil || code == "" {
		return errors.New("the artifact has no usable bytecode")
	}
	return os.WriteFile(path, []byte(code+"\n"), 0o644)
}
