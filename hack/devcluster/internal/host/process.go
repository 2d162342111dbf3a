//go:build linux

package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A Record identifies a process for as long as the machine lives and beyond:
// process ids are reused, the same id with the same start in one boot is not.
type Record struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot
	Boot  string `json:"boot"`
}

// Alive says whether the process runs. One that died and was not collected
// does not.
func (r Record) Alive() bool {
	now, err := identify(r.PID)
	return err == nil && now == r
}

func identify(pid int) (Record, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Record{}, fmt.Errorf("read boot id: %w", err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Record{}, fmt.Errorf("read process: %w", err)
	}
	start, err := startTime(string(stat))
	if err != nil {
		return Record{}, fmt.Errorf("read process %d: %w", pid, err)
	}
	return Record{PID: pid, Start: start, Boot: strings.TrimSpace(string(boot))}, nil
}

// startTime reads field 22 of /proc/PID/stat. The name in field 2 may hold
// spaces and parentheses.
func startTime(stat string) (uint64, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return 0, errors.New("its status is not understood")
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return 0, errors.New("it is dead")
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

// A Daemon is a process that outlives the command that starts it.
type Daemon struct {
	Name   string
	Argv   []string
	Path   string // search path of the daemon and its children
	Log    string // file that gets both outputs, appended
	Pids   string // directory of records
	Group  *Group
	Child  string // the part of Group that the daemon joins
	Holder *Record
}

// Load reads the record of a daemon that was started before.
func Load(pids, name string) (Record, bool) {
	var record Record
	data, err := os.ReadFile(filepath.Join(pids, name+".json"))
	if err != nil || json.Unmarshal(data, &record) != nil {
		return Record{}, false
	}
	return record, record.Alive()
}

// Start runs the daemon in the namespaces of its holder, or in new ones when
// it has none, and records it.
func (d Daemon) Start() (Record, error) {
	log, err := os.OpenFile(d.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return Record{}, fmt.Errorf("open log: %w", err)
	}
	defer func() { _ = log.Close() }()
	argv := d.Argv
	attributes := &syscall.SysProcAttr{Setsid: true}
	if d.Holder != nil {
		argv = append(enter(*d.Holder), argv...)
	} else {
		// Go makes every mount private in a new mount namespace.
		attributes.Unshareflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS
	}
	// The shell joins the group before it becomes the daemon: later would be
	// too late for children.
	var script strings.Builder
	for _, file := range d.Group.procs(d.Child) {
		fmt.Fprintf(&script, "echo $$ > '%s' && ", file)
	}
	script.WriteString(`exec "$@"`)
	cmd := exec.Command("/bin/sh", append([]string{"-c", script.String(), d.Name}, argv...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = "/", log, log, attributes
	// Proxies and other settings of the caller are not the node's.
	cmd.Env = []string{"PATH=" + d.Path, "HOME=/root", "LANG=C.UTF-8"}
	if err := cmd.Start(); err != nil {
		return Record{}, fmt.Errorf("start %s: %w", d.Name, err)
	}
	record, err := identify(cmd.Process.Pid)
	go func() { _ = cmd.Wait() }() // collect it if it dies while we watch
	if err != nil {
		return Record{}, fmt.Errorf("start %s: %w", d.Name, err)
	}
	return record, save(filepath.Join(d.Pids, d.Name+".json"), record)
}

func save(file string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("record process: %w", err)
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// Tail returns the last lines of a log for an error message.
func Tail(file string, lines int) string {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "(no log)"
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
