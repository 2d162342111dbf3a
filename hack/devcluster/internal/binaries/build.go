package binaries

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Build makes sure that the named programs are in the cache. A name is that of
// a component (all its programs) or of one program; no name means everything.
func (s *Store) Build(ctx context.Context, names ...string) error {
	wanted, err := selection(names)
	if err != nil {
		return err
	}
	for _, c := range components {
		if len(wanted[c.name]) == 0 {
			continue
		}
		if err := s.buildComponent(ctx, c, wanted[c.name]); err != nil {
			return err
		}
	}
	return nil
}

// Missing lists the programs that Build would have to build.
func (s *Store) Missing() ([]string, error) {
	wanted, err := selection(nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range components {
		bin, err := s.bin(c)
		if err != nil {
			return nil, err
		}
		for _, pkg := range missing(bin, c, wanted[c.name]) {
			names = append(names, program(pkg))
		}
	}
	return names, nil
}

// Path builds one program if need be and says where it is.
func (s *Store) Path(ctx context.Context, name string) (string, error) {
	for _, c := range components {
		for _, pkg := range c.packages {
			if program(pkg) != name {
				continue
			}
			if err := s.buildComponent(ctx, c, []string{name}); err != nil {
				return "", err
			}
			bin, err := s.bin(c)
			return filepath.Join(bin, name), err
		}
	}
	return "", unknown(name)
}

// selection maps components to the programs that names ask for.
func selection(names []string) (map[string][]string, error) {
	wanted := map[string][]string{}
	found := map[string]bool{}
	for _, c := range components {
		for _, pkg := range c.packages {
			byPart, byName := slices.Contains(names, c.name), slices.Contains(names, program(pkg))
			if byPart || byName || len(names) == 0 {
				wanted[c.name] = append(wanted[c.name], program(pkg))
			}
			found[c.name], found[program(pkg)] = true, true
		}
	}
	for _, name := range names {
		if !found[name] {
			return nil, unknown(name)
		}
	}
	return wanted, nil
}

func unknown(name string) error {
	return fmt.Errorf("unknown program %q: choose from %s", name, strings.Join(Names(), ", "))
}

// buildComponent builds what is missing of one component, all of it in one go
// command so that the compiler is never idle. Programs are moved into place
// once they are complete: a reader sees a whole program or none.
func (s *Store) buildComponent(ctx context.Context, c component, want []string) (err error) {
	bin, err := s.bin(c)
	if err != nil || len(missing(bin, c, want)) == 0 {
		return err
	}
	unlock, err := s.lock(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return err
	}
	defer unlock()
	packages := missing(bin, c, want) // another run may have built them meanwhile
	if len(packages) == 0 {
		return nil
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("make cache: %w", err)
	}
	// One name under the lock: what a killed run left there goes away here.
	temp := filepath.Join(filepath.Dir(bin), "building")
	if err := errors.Join(os.RemoveAll(temp), os.Mkdir(temp, 0o755)); err != nil {
		return fmt.Errorf("make cache: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	if err := s.compile(ctx, c, packages, temp); err != nil {
		return err
	}
	for _, pkg := range packages {
		name := program(pkg)
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(bin, name)); err != nil {
			return fmt.Errorf("keep %s: %w", name, err)
		}
	}
	return nil
}

func (s *Store) compile(ctx context.Context, c component, packages []string, out string) error {
	programs := make([]string, len(packages))
	for i, pkg := range packages {
		programs[i] = program(pkg)
	}
	what := fmt.Sprintf("building %s %s: %s", c.name, c.version, strings.Join(programs, ", "))
	s.log.Step("%s", what)
	defer s.log.During(30*time.Second, what)()

	args := []string{"build", "-trimpath", "-tags", c.tags, "-ldflags", strings.TrimSpace("-s -w " + c.ldflags), "-o", out + "/"}
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...)
	cmd.Dir = filepath.Join(s.sources, c.name)
	// Static programs run in images that hold nothing else.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "PWD="+cmd.Dir)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", c.name, err, output)
	}
	s.log.Step("built %s %s", c.name, c.version)
	return nil
}

// Assets returns a directory with etcd, kube-apiserver and kubectl side by
// side, as KUBEBUILDER_ASSETS wants them.
func (s *Store) Assets(ctx context.Context) (string, error) {
	if err := s.Build(ctx, assetPrograms...); err != nil {
		return "", err
	}
	name := "assets"
	paths := map[string]string{}
	for _, asset := range assetPrograms {
		target, err := s.Path(ctx, asset)
		if err != nil {
			return "", err
		}
		paths[asset] = target
		key := filepath.Base(filepath.Dir(filepath.Dir(target)))
		if !strings.Contains(name, key) {
			name += "-" + key
		}
	}
	return filepath.Join(s.root, name), s.linkAssets(filepath.Join(s.root, name), paths)
}

// linkAssets fills dir with links, in one step so that no reader sees half.
func (s *Store) linkAssets(dir string, paths map[string]string) (err error) {
	unlock, err := s.lock("assets")
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	temp, err := os.MkdirTemp(s.root, "linking-")
	if err != nil {
		return fmt.Errorf("make assets: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	for name, target := range paths {
		if err := os.Symlink(target, filepath.Join(temp, name)); err != nil {
			return fmt.Errorf("make assets: %w", err)
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("make assets: %w", err)
	}
	return os.Rename(temp, dir)
}
