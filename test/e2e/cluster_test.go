//go:build e2e

// Package e2e runs real chains under the real operator on a real node, and looks at them as a
// user does: through kubectl. hack/e2e.sh sets all of it up.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// What hack/e2e.sh hands over.
var (
	state   = os.Getenv("E2E_STATE")
	kubectl = os.Getenv("E2E_KUBECTL")
	l1      = os.Getenv("E2E_L1")
)

// chain is one OPChain in a namespace of its own, and what was made for it beforehand.
type chain struct {
	namespace, name string
	manifest        string
	artifacts       string
}

func newChain(namespace, name string) chain {
	return chain{
		namespace: namespace, name: name,
		manifest:  filepath.Join(state, namespace+".yaml"),
		artifacts: filepath.Join(state, "artifacts", namespace),
	}
}

// run executes a program and gives its output.
func run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(args, " "), err, problems.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// kubectl runs in the chain's namespace.
func (c chain) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.try(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c chain) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return run(t.Context(), kubectl, append([]string{"--kubeconfig", filepath.Join(state, "kubeconfig"), "-n", c.namespace}, args...)...)
}

// tool runs devcluster or devchain.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := run(t.Context(), filepath.Join(state, "bin", name), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// read gives the chain as the API server has it.
func (c chain) read(t *testing.T) *v1alpha1.OPChain {
	t.Helper()
	found := &v1alpha1.OPChain{}
	if err := json.Unmarshal([]byte(c.kubectl(t, "get", "opchain", c.name, "-o", "json")), found); err != nil {
		t.Fatal(err)
	}
	return found
}

// eventually asks until the answer is yes, and says what was seen last if it never is.
func eventually(t *testing.T, within time.Duration, what string, ask func() (ok bool, seen string)) {
	t.Helper()
	often(t, 500*time.Millisecond, within, what, ask)
}

// often is eventually with another pause between two questions, for what may not last.
func often(t *testing.T, pause, within time.Duration, what string, ask func() (ok bool, seen string)) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		ok, seen := ask()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s: %s; last seen: %s", within, what, seen)
		}
		time.Sleep(pause)
	}
}

// until waits for the chain's status to be as it should.
func (c chain) until(t *testing.T, within time.Duration, what string, ok func(*v1alpha1.OPChain) bool) *v1alpha1.OPChain {
	t.Helper()
	var found *v1alpha1.OPChain
	began := time.Now()
	eventually(t, within, what, func() (bool, string) {
		found = c.read(t)
		seen, _ := json.Marshal(found.Status)
		return ok(found), string(seen)
	})
	t.Logf("%s after %s", what, time.Since(began).Round(time.Second))
	return found
}

func running(c *v1alpha1.OPChain) bool {
	return c.Status.Phase == v1alpha1.PhaseRunning && c.Status.ObservedGeneration == c.Generation
}

// heads of the chain as its status shows them; -1 where one is unknown.
func heads(c *v1alpha1.OPChain) (unsafe, safe, finalized int64) {
	node := c.Status.ComponentStatus.Node
	if node == nil {
		return -1, -1, -1
	}
	value := func(p *int64) int64 {
		if p == nil {
			return -1
		}
		return *p
	}
	return value(node.UnsafeHeight), value(node.SafeHeight), value(node.FinalizedHeight)
}

// pod names the running pod of a component, its UID and its container's restarts.
type pod struct {
	name, uid string
	restarts  int
}

func (c chain) pod(t *testing.T, component string) pod {
	t.Helper()
	line := c.kubectl(t, "get", "pods", "-l", "app.kubernetes.io/instance="+c.name+",app.kubernetes.io/name="+component,
		"-o", `jsonpath={.items[0].metadata.name} {.items[0].metadata.uid} {.items[0].status.containerStatuses[0].restartCount}`)
	var p pod
	if _, err := fmt.Sscan(line, &p.name, &p.uid, &p.restarts); err != nil {
		t.Fatalf("read pod of %s from %q: %v", component, line, err)
	}
	return p
}

// pods lists the components that have a pod.
func (c chain) pods(t *testing.T) []string {
	t.Helper()
	return strings.Fields(c.kubectl(t, "get", "pods", "-l", "app.kubernetes.io/instance="+c.name,
		"-o", `jsonpath={.items[*].metadata.labels.app\.kubernetes\.io/name}`))
}

var forwarded = regexp.MustCompile(`Forwarding from 127\.0\.0\.1:(\d+)`)

// forward makes a port of a Service reachable and gives its URL. It ends with the test.
func (c chain) forward(t *testing.T, service string, port int) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), kubectl, "--kubeconfig", filepath.Join(state, "kubeconfig"), "-n", c.namespace,
		"port-forward", "service/"+service, fmt.Sprintf(":%d", port))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context has ended it
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("forward %s: %v", service, err)
	}
	match := forwarded.FindSubmatch(line[:n])
	if match == nil {
		t.Fatalf("forward %s: got %q", service, line[:n])
	}
	return "http://127.0.0.1:" + string(match[1])
}
