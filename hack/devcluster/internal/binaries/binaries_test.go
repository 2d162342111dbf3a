package binaries

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSelection(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		names   []string
		want    map[string][]string
		wantErr string
	}{
		"a component is all its programs": {
			names: []string{"containerd"},
			want:  map[string][]string{"containerd": {"containerd", "containerd-shim-runc-v2", "ctr"}},
		},
		"programs of two components": {
			names: []string{"kubectl", "etcd"},
			want:  map[string][]string{"kubernetes": {"kubectl"}, "etcd": {"etcd"}},
		},
		"an unknown name lists the known": {names: []string{"docker"}, wantErr: `unknown program "docker": choose from containerd,`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := selection(tc.names)
			if (err != nil) != (tc.wantErr != "") || (err != nil && !strings.HasPrefix(err.Error(), tc.wantErr)) {
				t.Fatalf("error is %v, want %q", err, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoNameSelectsEverything(t *testing.T) {
	t.Parallel()
	wanted, err := selection(nil)
	if err != nil {
		t.Fatal(err)
	}
	var count int
	for _, programs := range wanted {
		count += len(programs)
	}
	if count != len(Names()) {
		t.Errorf("%d of %d programs", count, len(Names()))
	}
}

func TestCacheRoot(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		env     map[string]string
		want    string
		wantErr bool
	}{
		"the project's variable is taken as it is": {env: map[string]string{"OPSTACK_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, want: "/c"},
		"the user's cache":                         {env: map[string]string{"XDG_CACHE_HOME": "/x", "HOME": "/h"}, want: "/x/op-stack-operator"},
		"the usual place":                          {env: map[string]string{"HOME": "/h"}, want: "/h/.cache/op-stack-operator"},
		"nowhere":                                  {wantErr: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := cacheRoot(func(key string) string { return tc.env[key] })
			if (err != nil) != tc.wantErr || got != tc.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestKeyFollowsSources(t *testing.T) {
	t.Parallel()
	s := &Store{sources: t.TempDir()}
	c := component{name: "thing", version: "1"}
	dir := filepath.Join(s.sources, c.name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	keyOf := func(c component) {
		t.Helper()
		key, err := s.key(c)
		if err != nil {
			t.Fatal(err)
		}
		if seen[key] || !strings.HasPrefix(key, "thing-1-") {
			t.Errorf("key %s", key)
		}
		seen[key] = true
	}
	for _, content := range []string{"module a", "module b"} {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		keyOf(c)
	}
	c.tags = "netgo"
	keyOf(c)
}

func TestMissing(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "one"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	c := component{packages: []string{"x/one", "x/two", "x/three"}}
	if diff := cmp.Diff([]string{"x/two"}, missing(bin, c, []string{"one", "two"})); diff != "" {
		t.Error(diff)
	}
}

// TestVersionsAgree compares the table with the modules that are built.
func TestVersionsAgree(t *testing.T) {
	t.Parallel()
	for _, c := range components {
		data, err := os.ReadFile(filepath.Join("..", "..", "build", c.name, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		module := map[string]string{
			"kubernetes": "k8s.io/kubernetes", "etcd": "go.etcd.io/etcd/server/v3", "containerd": "github.com/containerd/containerd/v2",
			"cni": "github.com/containernetworking/plugins", "coredns": "github.com/coredns/coredns",
		}[c.name]
		want := regexp.MustCompile(`(?m)\s` + regexp.QuoteMeta(module) + ` v` + regexp.QuoteMeta(c.version) + `\b`)
		if module != "" && !want.Match(data) {
			t.Errorf("build/%s/go.mod does not require %s v%s", c.name, module, c.version)
		}
	}
}

// TestStagingModulesAgree guards the one way to get a server that half works:
// a staging module of another release.
func TestStagingModulesAgree(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "build", "kubernetes", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	want := "v0" + strings.TrimPrefix(kubernetesVersion, "1")
	for _, match := range regexp.MustCompile(`(k8s\.io/\S+) => \S+ (\S+)`).FindAllStringSubmatch(string(data), -1) {
		if match[2] != want {
			t.Errorf("%s is replaced by %s, want %s", match[1], match[2], want)
		}
	}
}
