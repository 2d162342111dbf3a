//go:build linux

package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Hierarchy is one mounted tree of control groups. There is one on a host
// with version 2, one per controller with version 1, or a mixture.
type Hierarchy struct {
	Path    string
	Unified bool     // version 2
	Options []string // version 1: the controllers, among mount options
}

// Hierarchies reads a table in the format of /proc/self/mountinfo.
func Hierarchies(mountinfo string) []Hierarchy {
	var found []Hierarchy
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(line, " - ")
		fields, super := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(super) < 3 {
			continue
		}
		switch super[0] {
		case "cgroup2":
			found = append(found, Hierarchy{Path: fields[4], Unified: true})
		case "cgroup":
			found = append(found, Hierarchy{Path: fields[4], Options: strings.Split(super[2], ",")})
		}
	}
	return found
}

// ReadHierarchies lists those of this host.
func ReadHierarchies() ([]Hierarchy, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("read mounts: %w", err)
	}
	return Hierarchies(string(data)), nil
}

// A Group is one control group of the same name in every hierarchy. Whatever
// the node starts lives in it, so that it can be found and killed whole.
type Group struct {
	name        string
	hierarchies []Hierarchy
}

// NewGroup names a group; Make creates it.
func NewGroup(name string) (*Group, error) {
	hierarchies, err := ReadHierarchies()
	if err != nil {
		return nil, err
	}
	return &Group{name: name, hierarchies: hierarchies}, nil
}

// Make creates the group, and below it one named child for processes: version
// 2 allows no processes in a group that hands controllers to its children.
func (g *Group) Make(child string) error {
	for _, h := range g.hierarchies {
		for _, dir := range []string{filepath.Join(h.Path, g.name), filepath.Join(h.Path, g.name, child)} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("make cgroup: %w", err)
			}
			if err := h.prepare(dir); err != nil {
				return fmt.Errorf("prepare cgroup %s: %w", dir, err)
			}
		}
	}
	return nil
}

// prepare makes a new group usable: with version 2 its parent must hand it the
// controllers, with version 1 a cpuset is born without processors.
func (h Hierarchy) prepare(dir string) error {
	parent := filepath.Dir(dir)
	if h.Unified {
		controllers, err := os.ReadFile(filepath.Join(parent, "cgroup.controllers"))
		if err != nil {
			return err
		}
		for _, controller := range strings.Fields(string(controllers)) {
			// One that cannot be enabled is missed later by what needs it.
			_ = os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
		}
		return nil
	}
	if !slices.Contains(h.Options, "cpuset") {
		return nil
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(parent, file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// procs lists the files by which a process enters a child of the group.
func (g *Group) procs(child string) []string {
	var files []string
	for _, h := range g.hierarchies {
		files = append(files, filepath.Join(h.Path, g.name, child, "cgroup.procs"))
	}
	return files
}

// Processes lists every process in the group and below it.
func (g *Group) Processes() ([]int, error) {
	seen := map[int]bool{}
	for _, dir := range g.directories() {
		data, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) {
			continue // it went away meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read cgroup: %w", err)
		}
		for _, field := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 1 {
				seen[pid] = true
			}
		}
	}
	var pids []int
	for pid := range seen {
		pids = append(pids, pid)
	}
	slices.Sort(pids)
	return pids, nil
}

// directories lists the group's directories in every hierarchy, deepest first.
func (g *Group) directories() []string {
	var dirs []string
	for _, h := range g.hierarchies {
		_ = filepath.WalkDir(filepath.Join(h.Path, g.name), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				dirs = append(dirs, path)
			}
			return nil
		})
	}
	slices.Reverse(dirs)
	return dirs
}

// Destroy kills every process of the group and removes the group. It repeats
// both until nothing is left: a process may fork, and a dying one keeps its
// group busy for a moment.
func (g *Group) Destroy(patience time.Duration) error {
	deadline := time.Now().Add(patience)
	killed := map[int]bool{}
	for {
		pids, err := g.Processes()
		if err != nil {
			return err
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			killed[pid] = true
		}
		for _, dir := range g.directories() {
			_ = os.Remove(dir)
		}
		left := g.directories()
		if len(left) == 0 {
			awaitCollection(killed)
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("remove cgroups: processes %v stay in %s", pids, strings.Join(left, ", "))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// awaitCollection gives process 1 time to collect the dead, so that a process
// list taken next shows none of them. One that does not bother is not waited
// for.
func awaitCollection(pids map[int]bool) {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		for pid := range pids {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err != nil {
				delete(pids, pid)
			}
		}
		if len(pids) == 0 {
			return
		}
	}
}
