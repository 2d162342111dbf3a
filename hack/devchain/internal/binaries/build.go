package binaries

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Builder builds components into a cache that outlives every checkout.
type Builder struct {
	// Root is the cache folder, see DefaultRoot.
	Root string
	// Log receives one line per step.
	Log io.Writer
}

// DefaultRoot is $OPSTACK_CACHE, or op-stack-operator in the user's cache folder.
func DefaultRoot() (string, error) {
	if dir := os.Getenv("OPSTACK_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache folder: %w", err)
	}
	return filepath.Join(dir, "op-stack-operator"), nil
}

// Path is where the built binary of a component lies.
func (b *Builder) Path(c Component) string {
	return filepath.Join(b.Root, c.Name+"-"+c.Version(), "bin", c.Binary)
}

// Build makes every component that the cache lacks.
//
//  1. Group what is missing by module: a module's sources are copied once.
//  2. Take the module's lock, and look again: another process may have built it.
//  3. Build inside a writable copy of the module's folder, with its own go.mod.
func (b *Builder) Build(ctx context.Context, components []Component) error {
	if err := os.MkdirAll(b.Root, 0o755); err != nil {
		return fmt.Errorf("create cache: %w", err)
	}
	var order []module
	missing := map[module][]Component{}
	for _, c := range components {
		if b.cached(c) {
			b.logf("%-12s %s cached", c.Name, c.Version())
			continue
		}
		if len(missing[c.module]) == 0 {
			order = append(order, c.module)
		}
		missing[c.module] = append(missing[c.module], c)
	}
	for _, m := range order {
		if err := b.buildModule(ctx, m, missing[m]); err != nil {
			return fmt.Errorf("build %s@%s: %w", m.path, m.version, err)
		}
	}
	return nil
}

func (b *Builder) cached(c Component) bool {
	info, err := os.Stat(b.Path(c))
	return err == nil && info.Mode().IsRegular()
}

func (b *Builder) buildModule(ctx context.Context, m module, components []Component) error {
	key := filepath.Base(m.path) + "-" + m.version
	unlock, err := b.lock(ctx, filepath.Join(b.Root, ".lock-"+key))
	if err != nil {
		return err
	}
	defer unlock()
	work := filepath.Join(b.Root, ".work-"+key)
	// The lock is held, so whatever lies there is left over from a killed build.
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("remove left-over sources: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()

	var src string
	for _, c := range components {
		if b.cached(c) {
			continue
		}
		if src == "" {
			if src, err = b.prepare(ctx, m, work); err != nil {
				return err
			}
		}
		if err := b.compile(ctx, c, src, filepath.Join(work, "out")); err != nil {
			return err
		}
	}
	return nil
}

// prepare leaves a writable copy of the module's sources in the work folder.
// A copy, because go.mod files in the module cache cannot be used as a main
// module, and only as a main module do their replace lines count.
func (b *Builder) prepare(ctx context.Context, m module, work string) (string, error) {
	done := b.step("fetch %s %s", m.path, m.version)
	dir, err := m.download(ctx)
	if err != nil {
		return "", err
	}
	src := filepath.Join(work, "src")
	if err := os.CopyFS(src, os.DirFS(dir)); err != nil {
		return "", fmt.Errorf("copy sources: %w", err)
	}
	if m.superchainZip {
		if err := addSuperchainZip(ctx, src); err != nil {
			return "", err
		}
	}
	done()
	return src, nil
}

// compile builds one component and moves it to its place in one step, so that
// the cache never holds half a file.
func (b *Builder) compile(ctx context.Context, c Component, src, out string) error {
	done := b.step("build %s %s", c.Name, c.Version())
	built := filepath.Join(out, c.Name, "bin", c.Binary)
	cmd := goCommand(ctx, src, "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w "+c.ldflags, "-o", built, c.pkg)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compile %s: %w\n%s", c.Name, err, stderr.Bytes())
	}
	final := filepath.Dir(filepath.Dir(b.Path(c)))
	if err := os.RemoveAll(final); err != nil {
		return fmt.Errorf("clear cache entry: %w", err)
	}
	if err := os.Rename(filepath.Join(out, c.Name), final); err != nil {
		return fmt.Errorf("move into cache: %w", err)
	}
	done()
	return nil
}

// goCommand runs the go tool for a static Linux binary. Settings that a caller
// may have for his own module (flags, workspace) would break a foreign one.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// lock waits until this process alone may build what the file stands for. The
// kernel drops the lock when the process ends, however it ends.
func (b *Builder) lock(ctx context.Context, path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	// Asked again and again instead of waited for: a wait in the kernel would
	// not end when the user gives up.
	for told := false; ; told = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if !told {
			b.logf("waiting for another build (%s)", path)
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, fmt.Errorf("wait for another build: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (b *Builder) step(format string, args ...any) (done func()) {
	name := fmt.Sprintf(format, args...)
	start := time.Now()
	b.logf("%s …", name)
	return func() { b.logf("%s done in %s", name, time.Since(start).Round(100*time.Millisecond)) }
}

func (b *Builder) logf(format string, args ...any) {
	_, _ = fmt.Fprintf(b.Log, format+"\n", args...)
}
