//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A testNode is a cluster that the test drives as a user does: this program
// and kubectl.
type testNode struct {
	t       *testing.T
	dir     string // for programs and images
	state   string
	program string
	kubectl string
}

// TestNode runs a real node and takes it down again. It needs root and, the
// first time, a quarter of an hour, so it runs only when asked for.
func TestNode(t *testing.T) {
	if os.Getenv("DEVCLUSTER_E2E") == "" {
		t.Skip("set DEVCLUSTER_E2E=1 to run a real node")
	}
	dir := t.TempDir()
	n := &testNode{t: t, dir: dir, state: filepath.Join(dir, "state"), program: filepath.Join(dir, "devcluster")}
	n.run("go", "build", "-o", n.program, ".")
	n.kubectl = strings.TrimSpace(n.run(n.program, "bin", "kubectl"))
	before := traces(t)

	t.Cleanup(func() { n.run(n.program, "down", "--state", n.state) })
	n.run(n.program, "up", "--state", n.state, "--name", "selftest")
	n.loadServer()
	n.kube("apply", "-f", "testdata/pods.yaml")
	n.kube("-n", "demo", "wait", "--for=condition=Ready", "pod/server", "pod/client", "--timeout=60s")

	n.step("again is quick", n.upIsIdempotent)
	n.step("pods are confined and can write to claims", n.podsAreConfined)
	n.step("names and services", n.namesAndServices)
	n.step("pods reach the API server as themselves", n.podsReachAPI)
	n.step("port-forward from the host", n.portForward)
	n.step("a killed container comes back", n.killedContainerReturns)
	n.step("a killed daemon comes back", n.killedDaemonReturns)

	n.run(n.program, "down", "--state", n.state)
	if diff := cmp.Diff(before, traces(t)); diff != "" {
		t.Errorf("down left something behind:\n%s", diff)
	}
	n.run(n.program, "down", "--state", n.state)
}

// step runs a part of the test; a command that fails there fails that part.
func (n *testNode) step(name string, part func()) {
	whole := n.t
	defer func() { n.t = whole }()
	whole.Run(name, func(t *testing.T) {
		n.t = t
		part()
	})
}

// command runs a program in the node's name and returns both outputs.
func (n *testNode) command(argv ...string) (string, error) {
	cmd := exec.CommandContext(n.t.Context(), argv[0], argv[1:]...)
	if n.t.Context().Err() != nil { // in Cleanup
		cmd = exec.Command(argv[0], argv[1:]...)
	}
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (n *testNode) run(argv ...string) string {
	n.t.Helper()
	began := time.Now()
	out, err := n.command(argv...)
	if err != nil {
		n.t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	n.t.Logf("%5.1fs %v", time.Since(began).Seconds(), append([]string{filepath.Base(argv[0])}, argv[1:]...))
	return out
}

func (n *testNode) kube(args ...string) string {
	n.t.Helper()
	return n.run(append([]string{n.kubectl, "--kubeconfig", filepath.Join(n.state, "kubeconfig")}, args...)...)
}

func (n *testNode) loadServer() {
	n.t.Helper()
	server, archive := filepath.Join(n.dir, "server"), filepath.Join(n.dir, "server.tar")
	n.run("go", "build", "-o", server, "./testdata/server")
	n.run(n.program, "image", "--name", "devcluster-test-server:v1", "--out", archive, "--binary", server+"=/server")
	n.run(n.program, "load", "--state", n.state, archive)
}

func (n *testNode) upIsIdempotent() {
	began := time.Now()
	n.run(n.program, "up", "--state", n.state)
	if took := time.Since(began); took > 5*time.Second {
		n.t.Errorf("up on a running cluster took %s", took)
	}
}

// inClient runs the server's one-shot commands in the other pod.
func (n *testNode) inClient(args ...string) string {
	n.t.Helper()
	return n.kube(append([]string{"-n", "demo", "exec", "client", "--", "/server"}, args...)...)
}

func (n *testNode) podsAreConfined() {
	if logs := n.kube("-n", "demo", "logs", "server"); logs != "start 1 as user 65532\n" {
		n.t.Errorf("logs: %s", logs)
	}
	starts, err := filepath.Glob(filepath.Join(n.state, "volumes", "*", "starts"))
	if err != nil || len(starts) != 1 {
		n.t.Errorf("files on volumes: %v, %v", starts, err)
	}
	exec := []string{n.kubectl, "--kubeconfig", filepath.Join(n.state, "kubeconfig"), "-n", "demo", "exec", "client", "--", "/server", "write", "/file"}
	if out, err := n.command(exec...); err == nil || !strings.Contains(out, "read-only file system") {
		n.t.Errorf("writing to the root file system: %v, %s", err, out)
	}
	kubectl := []string{n.kubectl, "--kubeconfig", filepath.Join(n.state, "kubeconfig")}
	privileged := append(slices.Clone(kubectl), "-n", "demo", "run", "bad", "--image=devcluster-test-server:v1")
	if out, err := n.command(privileged...); err == nil || !strings.Contains(out, "violates PodSecurity") {
		n.t.Errorf("a pod that is not restricted: %v, %s", err, out)
	}
}

func (n *testNode) namesAndServices() {
	ip := strings.TrimSpace(n.kube("-n", "demo", "get", "service", "server", "-o", "jsonpath={.spec.clusterIP}"))
	for _, name := range []string{"server", "server.demo", "server.demo.svc.cluster.local"} {
		if got := strings.TrimSpace(n.inClient("lookup", name)); got != ip {
			n.t.Errorf("%s is %s, want %s", name, got, ip)
		}
	}
	// kube-proxy gathers changes for a second.
	n.eventually("200 OK start 1", "-n", "demo", "exec", "client", "--", "/server", "fetch", "http://server")
}

func (n *testNode) podsReachAPI() {
	if got := n.inClient("api", "/version"); !strings.Contains(got, `"gitVersion": "v1.`) {
		n.t.Errorf("version: %s", got)
	}
	const forbidden = `User \"system:serviceaccount:demo:default\" cannot list resource \"secrets\"`
	if got := n.inClient("api", "/api/v1/namespaces/demo/secrets"); !strings.Contains(got, forbidden) {
		n.t.Errorf("secrets without permission: %s", got)
	}
}

func (n *testNode) portForward() {
	cmd := exec.CommandContext(n.t.Context(), n.kubectl, "--kubeconfig", filepath.Join(n.state, "kubeconfig"), "-n", "demo", "port-forward", "service/server", ":80")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		n.t.Fatal(err)
	}
	address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
	for range 3 { // one stream after another
		response, err := http.Get("http://" + address)
		if err != nil {
			n.t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.Body.Close() != nil || string(body) != "start 1\n" {
			n.t.Errorf("through %s: %q, %v", line, body, err)
		}
	}
}

func (n *testNode) killedContainerReturns() {
	n.run(n.program, "kill", "--state", n.state, "demo/server")
	n.eventually("start 2", "-n", "demo", "logs", "server")
	n.eventually("1 true", "-n", "demo", "get", "pod", "server", "-o",
		"jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}")
}

func (n *testNode) killedDaemonReturns() {
	pid := regexp.MustCompile(`"pid":(\d+)`)
	for _, name := range []string{"etcd", "containerd", "kubelet"} {
		record, err := os.ReadFile("/run/opstack-selftest/pids/" + name + ".json")
		if err != nil {
			n.t.Fatal(err)
		}
		n.run("kill", "-KILL", pid.FindStringSubmatch(string(record))[1])
	}
	n.run(n.program, "up", "--state", n.state)
	n.eventually("start 2", "-n", "demo", "logs", "server")
}

func (n *testNode) eventually(want string, args ...string) {
	n.t.Helper()
	var got string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		got, _ = n.command(append([]string{n.kubectl, "--kubeconfig", filepath.Join(n.state, "kubeconfig")}, args...)...)
		if strings.Contains(got, want) {
			return
		}
	}
	n.t.Errorf("%v: %q never came, last was %q", args, want, got)
}

// traces is everything that a node could leave on the host. Other clusters may
// come and go meanwhile, so names that are only theirs are left out.
func traces(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	add := func(what, text string, mine func(string) bool) {
		for line := range strings.Lines(text) {
			if mine(line) {
				found[what] = append(found[what], strings.TrimSpace(line))
			}
		}
		slices.Sort(found[what])
	}
	named := func(line string) bool {
		return strings.Contains(line, "selftest") || strings.Contains(line, "TestNode")
	}
	all := func(string) bool { return true }
	read := func(argv ...string) string {
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", argv, err, out)
		}
		return string(out)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	add("mounts", string(mounts), all)
	add("network namespaces", read("ip", "netns"), all)
	add("links", read("ip", "-o", "link"), named)
	add("addresses", read("ip", "-o", "-4", "route"), named)
	add("firewall", read("sh", "-c", "iptables-save; iptables-legacy-save"), all)
	add("control groups", read("find", "/sys/fs/cgroup", "-type", "d"), named)
	add("files", read("find", "/run", "/var/lib", "/var/log", "/etc", "-maxdepth", "2"), named)
	add("kernel settings", read("sh", "-c", "cat /proc/sys/vm/overcommit_memory /proc/sys/kernel/panic* /proc/sys/kernel/keys/root* /proc/sys/net/ipv4/ip_forward"), all)
	add("processes", processes(t), func(line string) bool { return strings.Contains(line, "opstack-selftest") })
	return found
}

// processes lists the control groups of every process that is not this one.
func processes(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			fmt.Fprintln(&out, file, strings.Join(strings.Fields(string(data)), " "))
		}
	}
	return out.String()
}
