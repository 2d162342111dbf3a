//go:build linux

package host

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHierarchies(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		mountinfo string
		want      []Hierarchy
	}{
		"version 2": {
			mountinfo: "31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 none rw,nsdelegate\n",
			want:      []Hierarchy{{Path: "/sys/fs/cgroup", Unified: true}},
		},
		"version 1 beside an empty version 2": {
			mountinfo: "40 30 0:30 / /sys/fs/cgroup/cpuset rw - cgroup none rw,cpuset\n" +
				"41 30 0:31 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n" +
				"42 1 254:0 / / rw - ext4 /dev/vda rw\n",
			want: []Hierarchy{
				{Path: "/sys/fs/cgroup/cpuset", Options: []string{"rw", "cpuset"}},
				{Path: "/sys/fs/cgroup/unified", Unified: true},
			},
		},
		"nonsense": {mountinfo: "\n - \nx\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, Hierarchies(tc.mountinfo)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStartTime(t *testing.T) {
	t.Parallel()
	rest := " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20"
	cases := map[string]struct {
		stat    string
		want    uint64
		wantErr bool
	}{
		"a plain name":                {stat: "7 (etcd) S" + rest, want: 4242},
		"a name that looks like more": {stat: "7 (a) Z 1) S" + rest, want: 4242},
		"a zombie is dead":            {stat: "7 (etcd) Z" + rest, wantErr: true},
		"cut short":                   {stat: "7 (etcd) S 1", wantErr: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := startTime(tc.stat)
			if (err != nil) != tc.wantErr || got != tc.want {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
}

func TestRecordIsOfOneProcess(t *testing.T) {
	t.Parallel()
	record, err := identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !record.Alive() {
		t.Error("this process is not alive")
	}
	for name, other := range map[string]Record{
		"same id, other start": {PID: record.PID, Start: record.Start + 1, Boot: record.Boot},
		"same id, other boot":  {PID: record.PID, Start: record.Start, Boot: "before"},
	} {
		if other.Alive() {
			t.Errorf("%s counts as alive", name)
		}
	}
}

func TestDeadProcessIsNotAlive(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	record, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if cmd.Wait() == nil || record.Alive() {
		t.Error("a killed process counts as alive")
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	const allCapabilities = 1<<41 - 1
	good := func() Machine {
		return Machine{Capabilities: allCapabilities, Hierarchies: []Hierarchy{{Unified: true}}, Overlay: true, Apt: true, Go: true}
	}
	cases := map[string]struct {
		change func(*Machine)
		want   []string // beginnings
	}{
		"nothing":                   {change: func(*Machine) {}},
		"packages that apt can get": {change: func(m *Machine) { m.Packages = []string{"runc"} }},
		"packages without apt":      {change: func(m *Machine) { m.Packages, m.Apt = []string{"runc", "iptables"}, false }, want: []string{"packages runc, iptables:"}},
		"an ordinary user":          {change: func(m *Machine) { m.UserID, m.Capabilities = 1000, 0 }, want: []string{"root:"}},
		"a container":               {change: func(m *Machine) { m.Capabilities = 0xa80425fb }, want: []string{"capabilities CAP_NET_ADMIN, CAP_SYS_ADMIN:"}},
		"namespaces are forbidden":  {change: func(m *Machine) { m.Namespaces = errors.New("not permitted") }, want: []string{"network and mount namespaces: not permitted"}},
		"no control groups":         {change: func(m *Machine) { m.Hierarchies = nil }, want: []string{"control groups cpu, cpuacct,"}},
		"version 1 without controller": {change: func(m *Machine) {
			m.Hierarchies = []Hierarchy{{Options: []string{"cpu", "cpuacct", "cpuset", "devices", "pids"}}, {Unified: true}}
		}, want: []string{"control groups memory:"}},
		"no overlay and no toolchain": {change: func(m *Machine) { m.Overlay, m.Go = false, false }, want: []string{"overlay file system:", "go:"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := good()
			tc.change(&m)
			got := m.Problems()
			if len(got) != len(tc.want) {
				t.Fatalf("got %q, want %q", got, tc.want)
			}
			for i, want := range tc.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestEffective(t *testing.T) {
	t.Parallel()
	if got := effective("Name:\tx\nCapPrm:\t0f\nCapEff:\t000001fffeffffff\n"); got != 0x1fffeffffff {
		t.Errorf("got %x", got)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/log"
	if got := Tail(file, 2); got != "(no log)" {
		t.Errorf("without a file: %q", got)
	}
	if err := os.WriteFile(file, []byte("one\ntwo\nthree\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := Tail(file, 2); got != "two\nthree" {
		t.Errorf("got %q", got)
	}
}
