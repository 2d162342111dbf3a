//go:build linux

// Package host deals with the machine that a node runs on: what it must offer,
// processes, namespaces and control groups.
package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// packages are what the node needs from the distribution: program, package.
var packages = [][2]string{
	{"runc", "runc"},
	{"iptables", "iptables"},
	{"conntrack", "conntrack"},
	{"ip", "iproute2"},
	{"nsenter", "util-linux"},
	{"mount", "mount"},
}

// A Machine is what the checks judge.
type Machine struct {
	UserID       int
	Capabilities uint64
	Hierarchies  []Hierarchy
	Overlay      bool
	Packages     []string // that are not installed
	Apt          bool
	Go           bool
	Namespaces   error // of an attempt to make some
}

// A check names what is missing and what to do, or returns "".
type check func(Machine) string

var checks = []check{isRoot, hasCapabilities, canNamespace, hasCgroups, hasOverlay, canInstall, hasGo}

// Problems lists everything that the machine lacks and that `up` cannot
// install.
func (m Machine) Problems() []string {
	var problems []string
	for _, judge := range checks {
		if problem := judge(m); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems
}

func isRoot(m Machine) string {
	if m.UserID == 0 {
		return ""
	}
	return fmt.Sprintf("root: this runs as user %d; a node needs namespaces, mounts and control groups (use sudo)", m.UserID)
}

func hasCapabilities(m Machine) string {
	var lacking []string
	for name, bit := range map[string]uint{"CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_SYS_ADMIN": 21} {
		if m.UserID == 0 && m.Capabilities&(1<<bit) == 0 {
			lacking = append(lacking, name)
		}
	}
	if len(lacking) == 0 {
		return ""
	}
	slices.Sort(lacking)
	return "capabilities " + strings.Join(lacking, ", ") + ": in a container, run it privileged"
}

func canNamespace(m Machine) string {
	if m.Namespaces == nil || m.UserID != 0 {
		return ""
	}
	return fmt.Sprintf("network and mount namespaces: %v", m.Namespaces)
}

func hasCgroups(m Machine) string {
	have := map[string]bool{}
	for _, h := range m.Hierarchies {
		for _, option := range h.Options {
			have[option] = true
		}
	}
	var lacking []string
	for _, controller := range []string{"cpu", "cpuacct", "cpuset", "devices", "memory", "pids"} {
		if !have[controller] {
			lacking = append(lacking, controller)
		}
	}
	unified := len(m.Hierarchies) == 1 && m.Hierarchies[0].Unified
	if unified || len(lacking) == 0 {
		return ""
	}
	return "control groups " + strings.Join(lacking, ", ") + ": mount cgroup version 2 on /sys/fs/cgroup, or these version 1 controllers"
}

func hasOverlay(m Machine) string {
	if m.Overlay {
		return ""
	}
	return "overlay file system: the kernel has none (modprobe overlay)"
}

func canInstall(m Machine) string {
	if m.Apt || len(m.Packages) == 0 {
		return ""
	}
	return "packages " + strings.Join(m.Packages, ", ") + ": there is no apt-get to install them with"
}

func hasGo(m Machine) string {
	if m.Go {
		return ""
	}
	return "go: the Go toolchain is not in PATH"
}

// Inspect looks at this machine.
func Inspect() (Machine, error) {
	hierarchies, err := ReadHierarchies()
	if err != nil {
		return Machine{}, err
	}
	m := Machine{UserID: os.Geteuid(), Hierarchies: hierarchies, Packages: missingPackages(), Overlay: overlay()}
	_, err = exec.LookPath("apt-get")
	m.Apt = err == nil
	_, err = exec.LookPath("go")
	m.Go = err == nil
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return Machine{}, fmt.Errorf("read capabilities: %w", err)
	}
	m.Capabilities = effective(string(status))
	attempt := exec.Command("/bin/true")
	attempt.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	m.Namespaces = attempt.Run()
	return m, nil
}

// effective reads the effective capabilities from /proc/self/status.
func effective(status string) uint64 {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			bits, _ := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			return bits
		}
	}
	return 0
}

func overlay() bool {
	known := func() bool {
		data, _ := os.ReadFile("/proc/filesystems")
		return strings.Contains(string(data), "\toverlay\n")
	}
	if !known() {
		_ = exec.Command("modprobe", "overlay").Run()
	}
	return known()
}

func missingPackages() []string {
	var names []string
	for _, p := range packages {
		if _, err := exec.LookPath(p[0]); err == nil {
			continue
		}
		// Users without root often lack the sbin directories in PATH.
		if _, err := os.Stat("/usr/sbin/" + p[0]); err != nil {
			names = append(names, p[1])
		}
	}
	return names
}

// Install gets packages from the distribution.
func Install(ctx context.Context, names []string) error {
	if err := os.Setenv("DEBIAN_FRONTEND", "noninteractive"); err != nil {
		return err
	}
	if err := Run(ctx, "apt-get", "update", "-q"); err != nil {
		return err
	}
	return Run(ctx, append([]string{"apt-get", "install", "-q", "-y", "--no-install-recommends"}, names...)...)
}
