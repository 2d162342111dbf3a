package binaries

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSet(t *testing.T) {
	t.Parallel()
	const geth = "op-geth:v1.101702.3-rc.7"
	current := []string{"op-node:v1.19.6", "op-batcher:v1.19.6", "op-proposer:v1.19.6"}
	legacy := []string{"op-node:v1.13.7", "op-batcher:v1.13.7", "op-proposer:v1.13.7"}
	cases := map[string][]string{
		"current": append([]string{geth}, current...),
		"legacy":  append([]string{geth}, legacy...),
		"all":     append(append([]string{geth}, current...), legacy...),
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			components, err := Set(name)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range components {
				got = append(got, c.Image())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Set("latest"); err == nil || !strings.Contains(err.Error(), `"latest"`) {
		t.Errorf("Set(latest) = %v, want an error that names it", err)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	components, err := Set("current")
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{Root: "/cache"}
	if got, want := b.Path(components[0]), "/cache/op-geth-v1.101702.3-rc.7/bin/geth"; got != want {
		t.Errorf("Path() = %s, want %s", got, want)
	}
	if got, want := components[1].PathInImage(), "/usr/local/bin/op-node"; got != want {
		t.Errorf("PathInImage() = %s, want %s", got, want)
	}
}

func TestDefaultRoot(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/xdg")
	t.Setenv("OPSTACK_CACHE", "")
	if got, err := DefaultRoot(); err != nil || got != "/xdg/op-stack-operator" {
		t.Errorf("DefaultRoot() = %s, %v", got, err)
	}
	t.Setenv("OPSTACK_CACHE", "/elsewhere")
	if got, err := DefaultRoot(); err != nil || got != "/elsewhere" {
		t.Errorf("DefaultRoot() = %s, %v", got, err)
	}
}

// With a full cache nothing is run: no go tool, no network.
func TestBuildTakesWhatIsCached(t *testing.T) {
	components, err := Set("all")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	b := &Builder{Root: t.TempDir(), Log: &log}
	for _, c := range components {
		if err := os.MkdirAll(filepath.Dir(b.Path(c)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.Path(c), []byte("binary"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", "")
	if err := b.Build(t.Context(), components); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), "cached"); got != len(components) {
		t.Errorf("%d components were cached, want %d:\n%s", got, len(components), &log)
	}
}

func TestLockExcludes(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := &Builder{Root: t.TempDir(), Log: &log}
	path := filepath.Join(b.Root, "lock")
	unlock, err := b.lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var released atomic.Bool
	go func() {
		time.Sleep(50 * time.Millisecond)
		released.Store(true)
		unlock()
	}()
	second, err := b.lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer second()
	if !released.Load() {
		t.Error("two held the lock at once")
	}
	if !strings.Contains(log.String(), "waiting") {
		t.Error("nobody was told about the wait")
	}
}

func TestLockWaitEnds(t *testing.T) {
	t.Parallel()
	b := &Builder{Root: t.TempDir(), Log: io.Discard}
	path := filepath.Join(b.Root, "lock")
	unlock, err := b.lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := b.lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("lock() = %v, want the deadline's error", err)
	}
}
