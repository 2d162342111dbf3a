package binaries

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/lockfile"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

// A Store is the cache of built programs and the sources they are built from.
type Store struct {
	root    string // cache directory
	sources string // the build directory of this module
	log     *progress.Log
}

// Open finds the cache, and the sources below moduleDir.
func Open(moduleDir string, log *progress.Log) (*Store, error) {
	root, err := cacheRoot(os.Getenv)
	if err != nil {
		return nil, err
	}
	sources := filepath.Join(moduleDir, "build")
	if _, err := os.Stat(filepath.Join(sources, "kubernetes", "go.mod")); err != nil {
		return nil, fmt.Errorf("run this from hack/devcluster: %w", err)
	}
	return &Store{root: root, sources: sources, log: log}, nil
}

// cacheRoot is $OPSTACK_CACHE itself when that is set, else a directory of the
// project's own under the user's cache.
func cacheRoot(getenv func(string) string) (string, error) {
	dir := getenv("OPSTACK_CACHE")
	switch {
	case dir != "":
	case getenv("XDG_CACHE_HOME") != "":
		dir = filepath.Join(getenv("XDG_CACHE_HOME"), "op-stack-operator")
	case getenv("HOME") != "":
		dir = filepath.Join(getenv("HOME"), ".cache", "op-stack-operator")
	default:
		return "", errors.New("set OPSTACK_CACHE or HOME: there is no place for built programs")
	}
	return filepath.Abs(dir)
}

// key names a component's cache directory. It covers everything that decides
// what is built, so that a change of any of it never finds an old program.
func (s *Store) key(c component) (string, error) {
	dir := filepath.Join(s.sources, c.name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("read sources of %s: %w", c.name, err)
	}
	hash := sha256.New()
	_, _ = fmt.Fprintln(hash, runtime.GOOS, runtime.GOARCH, c.tags, c.ldflags)
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", fmt.Errorf("read sources of %s: %w", c.name, err)
		}
		_, _ = fmt.Fprintln(hash, entry.Name(), len(data))
		_, _ = hash.Write(data)
	}
	return fmt.Sprintf("%s-%s-%s", c.name, c.version, hex.EncodeToString(hash.Sum(nil))[:12]), nil
}

// bin is the directory that holds a component's programs.
func (s *Store) bin(c component) (string, error) {
	key, err := s.key(c)
	if err != nil {
		return "", err
	}
	return filepath.Join(s.root, key, "bin"), nil
}

// missing lists those of the wanted packages of c that are not built yet.
func missing(bin string, c component, want []string) []string {
	var packages []string
	for _, pkg := range c.packages {
		if !slices.Contains(want, program(pkg)) {
			continue
		}
		if info, err := os.Stat(filepath.Join(bin, program(pkg))); err != nil || !info.Mode().IsRegular() {
			packages = append(packages, pkg)
		}
	}
	return packages
}

// Names lists what Build and Path accept besides the names of components.
func Names() []string {
	var names []string
	for _, c := range components {
		for _, pkg := range c.packages {
			names = append(names, program(pkg))
		}
	}
	sort.Strings(names)
	return names
}

// lock keeps other runs away from one directory of the cache.
func (s *Store) lock(name string) (unlock func(), err error) {
	return lockfile.Acquire(filepath.Join(s.root, name+".lock"), func() {
		s.log.Step("%s: waiting for another run that builds it", name)
	})
}

// Root is the cache directory.
func (s *Store) Root() string { return s.root }
