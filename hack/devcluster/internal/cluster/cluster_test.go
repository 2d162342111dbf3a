//go:build linux

package cluster

import (
	"bytes"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

var example = Identity{Name: "demo", State: "/src/.demo", Slot: 54}

func TestNamesDerive(t *testing.T) {
	t.Parallel()
	got := map[string]string{
		"host": example.HostIP(), "node ip": example.NodeIP(), "node": example.NodeName(), "interface": example.Interface(),
		"group": example.Group(), "run": example.RunDir(), "socket": example.Socket(), "kubeconfig": example.Kubeconfig(),
	}
	want := map[string]string{
		"host": "198.18.54.1", "node ip": "198.18.54.2", "node": "opstack-demo", "interface": "dc-demo",
		"group": "opstack-demo", "run": "/run/opstack-demo", "socket": "/run/opstack-demo/containerd.sock", "kubeconfig": "/src/.demo/kubeconfig",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLongestNameFits(t *testing.T) {
	t.Parallel()
	id := Identity{Name: strings.Repeat("a", 12), State: "/s"}
	if err := id.validate(); err != nil {
		t.Fatal(err)
	}
	if len(id.Interface()) > 15 {
		t.Errorf("%s is too long for an interface", id.Interface())
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		id      Identity
		wantErr string
	}{
		"a good one":            {id: example},
		"one letter":            {id: Identity{Name: "a", State: "/s"}},
		"thirteen letters":      {id: Identity{Name: strings.Repeat("a", 13), State: "/s"}, wantErr: "name"},
		"upper case":            {id: Identity{Name: "Demo", State: "/s"}, wantErr: "name"},
		"ends with a dash":      {id: Identity{Name: "demo-", State: "/s"}, wantErr: "name"},
		"climbs":                {id: Identity{Name: "../x", State: "/s"}, wantErr: "name"},
		"relative state":        {id: Identity{Name: "demo", State: "s"}, wantErr: "state directory"},
		"the root":              {id: Identity{Name: "demo", State: "/"}, wantErr: "state directory"},
		"a place that is new":   {id: Identity{Name: "demo", State: "/run/x"}, wantErr: "state directory"},
		"beside such a place":   {id: Identity{Name: "demo", State: "/running"}},
		"a path with a space":   {id: Identity{Name: "demo", State: "/my files"}, wantErr: "state directory"},
		"a path with a newline": {id: Identity{Name: "demo", State: "/a\nb"}, wantErr: "state directory"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.id.validate()
			if (err != nil) != (tc.wantErr != "") || (err != nil && !strings.HasPrefix(err.Error(), tc.wantErr)) {
				t.Errorf("error is %v, want %q", err, tc.wantErr)
			}
		})
	}
}

func TestFreeSlot(t *testing.T) {
	t.Parallel()
	first, err := freeSlot("demo", []netip.Addr{netip.MustParseAddr("192.0.2.1")})
	if err != nil || first != preferredSlot("demo") {
		t.Fatalf("got %d, %v, want the preferred slot", first, err)
	}
	next, err := freeSlot("demo", []netip.Addr{link(first).Addr().Next()})
	if err != nil || next != (first+1)%slots {
		t.Errorf("got %d, %v, want the next slot", next, err)
	}
	var all []netip.Addr
	for slot := range slots {
		all = append(all, link(slot).Addr().Next())
	}
	if _, err := freeSlot("demo", all); err == nil {
		t.Error("a slot in a full range")
	}
	if preferredSlot("demo") == preferredSlot("e2e") {
		t.Error("demo and e2e start at the same slot")
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	rendered := map[string][]byte{}
	for _, name := range []string{"containerd.toml", "kubelet.yaml", "kube-proxy.yaml", "cni.conflist", "addons.yaml"} {
		text, err := example.render(name, map[string]any{"CNIDir": "/cache/cni/bin", "Arch": "amd64"})
		if err != nil {
			t.Fatal(err)
		}
		rendered[name] = text
	}
	text, err := example.render("kubeconfig.yaml", map[string]any{"User": "somebody", "CA": []byte("a"), "Cert": []byte("b"), "Key": []byte("c")})
	if err != nil {
		t.Fatal(err)
	}
	rendered["kubeconfig.yaml"] = text
	rendered["scripts.sh"] = []byte(example.linkScript() + example.mountScript())
	var args bytes.Buffer
	for _, d := range slices.Concat(foundation, apiserver, node) {
		fmt.Fprintf(&args, "%s\n  %s\n", d.name, strings.Join(d.args(example), "\n  "))
	}
	rendered["arguments.txt"] = args.Bytes()
	for name, got := range rendered {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := writeFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (go test ./internal/cluster -update):\n%s", name, diff)
		}
	}
}

func TestIdentitiesVerify(t *testing.T) {
	t.Parallel()
	id := Identity{Name: "demo", State: t.TempDir(), Slot: 3}
	if err := id.writeIdentities(); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		t.Helper()
		data, err := os.ReadFile(id.path(name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read("pki/ca.crt"))
	for _, name := range []string{"198.18.3.2", "10.96.0.1", "kubernetes.default.svc"} {
		cert, err := parse(read("pki/apiserver.crt"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("API server as %s: %v", name, err)
		}
	}
	front, err := parse(read("pki/front-proxy-client.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := front.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
		t.Error("the aggregator's certificate passes for an ordinary client's")
	}
}

func TestKubeconfigIsPrivateAndKept(t *testing.T) {
	t.Parallel()
	id := Identity{Name: "demo", State: t.TempDir(), Slot: 3}
	var seen [2][]byte
	for i := range seen {
		if err := id.writeIdentities(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(id.Kubeconfig())
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode is %v", info.Mode())
		}
		if seen[i], err = os.ReadFile(id.Kubeconfig()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(seen[0], seen[1]) {
		t.Error("a second start changes it")
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	if _, err := find(state); !errors.Is(err, errNoCluster) {
		t.Errorf("in an empty directory: %v", err)
	}
	id := Identity{Name: "finder", State: state, Slot: 9}
	if err := id.writeRecord(id.path(recordName)); err != nil {
		t.Fatal(err)
	}
	got, err := findOrMake(state, "")
	if err != nil || got != id {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := findOrMake(state, "other"); err == nil {
		t.Error("two names in one directory")
	}
}

func TestStateKeepsOtherFiles(t *testing.T) {
	t.Parallel()
	id := Identity{Name: "keeper", State: t.TempDir()}
	for _, name := range []string{"etcd/data", "logs/etcd.log", "kubeconfig", recordName, "genesis.json"} {
		if err := writeFile(id.path(name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := &Cluster{Identity: id}
	if err := c.removeState(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(id.State)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff([]string{"genesis.json", "logs"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRunning(t *testing.T) {
	t.Parallel()
	tasks := "TASK    PID    STATUS\na    100    RUNNING\nab    101    RUNNING\nc    0    STOPPED\n"
	if diff := cmp.Diff([]int{100}, running(tasks, []string{"a", "c"})); diff != "" {
		t.Error(diff)
	}
}
