package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// assetsVariable is where envtest, and everybody who uses it, looks for the programs.
const assetsVariable = "KUBEBUILDER_ASSETS"

// Assets returns the directory with etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS
// when it is set, else the one that hack/devcluster builds and caches. The first build
// takes some minutes.
func Assets(ctx context.Context) (string, error) {
	if dir := os.Getenv(assetsVariable); dir != "" {
		return dir, nil
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "run", ".", "assets")
	cmd.Dir = filepath.Join(root, "hack", "devcluster")
	var progress bytes.Buffer
	cmd.Stderr = &progress
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build etcd and kube-apiserver in hack/devcluster (or set %s): %w\n%s", assetsVariable, err, progress.String())
	}
	dir := strings.TrimSpace(string(out))
	if _, err := os.Stat(filepath.Join(dir, "kube-apiserver")); err != nil {
		return "", fmt.Errorf("look for kube-apiserver where hack/devcluster put it: %w", err)
	}
	return dir, nil
}

// Root returns the root directory of the repository: the nearest directory upwards from
// the working directory that has config/crd and a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "go.mod")) && exists(filepath.Join(dir, "config", "crd")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("find the repository: no directory upwards from here has config/crd")
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
