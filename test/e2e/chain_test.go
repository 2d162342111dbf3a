//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// TestDisputeGameChain runs a chain of today from its first block to its second life.
func TestDisputeGameChain(t *testing.T) {
	t.Parallel()
	c := newChain("games", "my-chain")
	steps(t, []step{
		{"one wrong byte in the genesis starts nothing", c.wrongGenesis},
		{"comes up", c.comesUp},
		{"heads move", c.headsMove},
		{"transaction becomes safe", c.transactionBecomesSafe},
		{"batch is on L1", c.batchIsOnL1},
		{"proposal is on L1", c.proposalIsOnL1},
		{"op-geth killed comes back", c.survivesKill},
		{"batcher is disabled and enabled", c.batcherOffAndOn},
		{"deletion in order and second life", c.deletionAndSecondLife},
	})
}

// TestOutputOracleChain runs a chain from before fault proofs and moves it to a new op-node.
func TestOutputOracleChain(t *testing.T) {
	t.Parallel()
	c := newChain("oracle", "old-chain")
	steps(t, []step{
		{"comes up", c.comesUp},
		{"heads move", c.headsMove},
		{"transaction becomes safe", c.transactionBecomesSafe},
		{"batch is on L1", c.batchIsOnL1},
		{"proposal is on L1", c.proposalIsOnL1},
		{"metrics are exposed", c.programsExpose},
		{"op-node moves to a new version", c.newNodeImage},
		{"wrong input is refused and stops nothing", c.wrongInput},
	})
}

type step struct {
	name string
	run  func(*testing.T)
}

// steps run in order; the first that fails ends them, since the next ones build on it.
func steps(t *testing.T, list []step) {
	t.Helper()
	for _, s := range list {
		if !t.Run(s.name, s.run) {
			return
		}
	}
}

func (c chain) comesUp(t *testing.T) {
	c.kubectl(t, "apply", "-f", c.manifest)
	c.kubectl(t, "wait", "--for=condition=Ready", "--timeout=240s", "opchain/"+c.name)
	c.until(t, time.Minute, "blocks are produced", func(o *v1alpha1.OPChain) bool {
		unsafe, _, _ := heads(o)
		return running(o) && unsafe > 0
	})
	want := []string{"op-batcher", "op-geth", "op-node", "op-proposer"}
	got := c.pods(t)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pods: %s", diff)
	}
}

func (c chain) headsMove(t *testing.T) {
	var unsafe, safe, finalized int64
	c.until(t, 4*time.Minute, "there is a finalized head", func(o *v1alpha1.OPChain) bool {
		unsafe, safe, finalized = heads(o)
		return finalized > 0 && safe > 0 && unsafe > 0
	})
	c.until(t, 4*time.Minute, "all three heads move", func(o *v1alpha1.OPChain) bool {
		u, s, f := heads(o)
		return u > unsafe && s > safe && f > finalized
	})
}

func (c chain) transactionBecomesSafe(t *testing.T) {
	url := c.forward(t, c.name+"-op-geth", 8545)
	out := tool(t, "devchain", "tx", "--rpc", url, "--key", filepath.Join(c.artifacts, "user.key"), "--to", "0x000000000000000000000000000000000000dEaD", "--value", "1000")
	var tx struct{ BlockNumber int64 }
	if err := json.Unmarshal([]byte(out), &tx); err != nil || tx.BlockNumber == 0 {
		t.Fatalf("read %q: %v", out, err)
	}
	c.until(t, 2*time.Minute, fmt.Sprintf("block %d with the transaction is safe", tx.BlockNumber), func(o *v1alpha1.OPChain) bool {
		_, safe, _ := heads(o)
		return safe >= tx.BlockNumber
	})
}

func (c chain) batchIsOnL1(t *testing.T) {
	out := tool(t, "devchain", "batches", "--l1-rpc", l1, "--dir", c.artifacts, "--blocks", "200")
	var onL1 struct{ Count int }
	if err := json.Unmarshal([]byte(out), &onL1); err != nil || onL1.Count == 0 {
		t.Errorf("L1 says %s (%v), want batches", out, err)
	}
	c.until(t, time.Minute, "status shows a recent batch", func(o *v1alpha1.OPChain) bool {
		last := o.Status.ComponentStatus.Batcher.LastBatchSubmission
		return last != nil && time.Since(last.Time) < 2*time.Minute
	})
}

func (c chain) proposalIsOnL1(t *testing.T) {
	var onL1 struct {
		Count           int
		LatestTimestamp int64
	}
	eventually(t, 3*time.Minute, "a proposal is on L1", func() (bool, string) {
		out := tool(t, "devchain", "proposals", "--l1-rpc", l1, "--dir", c.artifacts)
		if err := json.Unmarshal([]byte(out), &onL1); err != nil {
			t.Fatalf("read %q: %v", out, err)
		}
		return onL1.Count > 0 && onL1.LatestTimestamp > 0, out
	})
	c.until(t, time.Minute, "status shows its time", func(o *v1alpha1.OPChain) bool {
		last := o.Status.ComponentStatus.Proposer.LastProposal
		return last != nil && last.Unix() >= onL1.LatestTimestamp
	})
}

func (c chain) survivesKill(t *testing.T) {
	before, victim := c.read(t), c.pod(t, "op-geth")
	unsafe, safe, _ := heads(before)
	tool(t, "devcluster", "kill", "--state", state, "--container", "op-geth", c.namespace+"/"+victim.name)
	eventually(t, time.Minute, "its container is started again", func() (bool, string) {
		now := c.pod(t, "op-geth")
		return now.restarts > victim.restarts && now.uid == victim.uid, fmt.Sprint(now)
	})
	c.until(t, 3*time.Minute, "the chain goes on", func(o *v1alpha1.OPChain) bool {
		u, s, _ := heads(o)
		return running(o) && u > unsafe+5 && s > safe+5
	})
}

func (c chain) batcherOffAndOn(t *testing.T) {
	c.kubectl(t, "patch", "opchain", c.name, "--type=merge", "-p", `{"spec":{"components":{"batcher":{"enabled":false}}}}`)
	eventually(t, 3*time.Minute, "the batcher is gone", func() (bool, string) {
		left := c.kubectl(t, "get", "deployments,services,secrets,pods", "-l", "app.kubernetes.io/name=op-batcher", "-o", "name")
		return left == "", left
	})
	_, safe, _ := heads(c.until(t, time.Minute, "the chain runs without it", running))
	c.kubectl(t, "patch", "opchain", c.name, "--type=merge", "-p", `{"spec":{"components":{"batcher":{"enabled":true}}}}`)
	c.until(t, 3*time.Minute, "the safe head moves again", func(o *v1alpha1.OPChain) bool {
		_, s, _ := heads(o)
		return running(o) && s > safe+5
	})
}

// newNodeImage moves op-node from the legacy to the current version, as a user would.
func (c chain) newNodeImage(t *testing.T) {
	before, geth, node := c.read(t), c.pod(t, "op-geth"), c.pod(t, "op-node")
	unsafe, safe, _ := heads(before)
	image := strings.Replace(before.Spec.Components.Node.Image, "v1.13.7", "v1.19.6", 1)
	if image == before.Spec.Components.Node.Image {
		t.Fatalf("op-node runs %s, not the legacy version", image)
	}
	c.kubectl(t, "patch", "opchain", c.name, "--type=merge", "-p", fmt.Sprintf(`{"spec":{"components":{"node":{"image":%q}}}}`, image))
	c.until(t, 4*time.Minute, "the chain goes on from where it was", func(o *v1alpha1.OPChain) bool {
		u, s, _ := heads(o)
		return running(o) && u > unsafe+5 && s > safe+5
	})
	if now := c.pod(t, "op-geth"); now != geth {
		t.Errorf("op-geth is %+v, was %+v: only op-node should have been replaced", now, geth)
	}
	if now := c.pod(t, "op-node"); now.uid == node.uid {
		t.Error("op-node was not replaced")
	}
}

func (c chain) wrongInput(t *testing.T) {
	was := c.kubectl(t, "get", "secret", "rollup", "-o", `jsonpath={.data.rollup\.json}`)
	geth := c.pod(t, "op-geth")
	c.kubectl(t, "patch", "secret", "rollup", "--type=merge", "-p", `{"stringData":{"rollup.json":"{\"l2_chain_id\": 1}"}}`)
	refused := c.until(t, time.Minute, "the input is refused", func(o *v1alpha1.OPChain) bool {
		return o.Status.Phase == v1alpha1.PhaseConfigurationInvalid
	})
	describe := c.kubectl(t, "describe", "opchain", c.name)
	if !strings.Contains(describe, `Secret rollup, key "rollup.json"`) {
		t.Errorf("kubectl describe does not name the Secret and key:\n%s", describe)
	}
	unsafe, _, _ := heads(refused)
	c.until(t, time.Minute, "the chain runs on", func(o *v1alpha1.OPChain) bool {
		u, _, _ := heads(o)
		return u > unsafe+3
	})
	c.kubectl(t, "patch", "secret", "rollup", "--type=merge", "-p", fmt.Sprintf(`{"data":{"rollup.json":%q}}`, was))
	c.until(t, time.Minute, "it is well again", running)
	if now := c.pod(t, "op-geth"); now != geth {
		t.Errorf("op-geth is %+v, was %+v: a wrong input must not touch it", now, geth)
	}
}

func (c chain) deletionAndSecondLife(t *testing.T) {
	unsafe, _, _ := heads(c.read(t))
	claims := c.kubectl(t, "get", "pvc", "-o", `jsonpath={.items[*].metadata.uid}`)
	gone := c.watchPodsGo(t, func() { c.kubectl(t, "delete", "opchain", c.name, "--wait=false") })
	if diff := cmp.Diff([]string{"op-batcher", "op-proposer", "op-node", "op-geth"}, gone); diff != "" {
		t.Errorf("order in which the pods went: %s", diff)
	}
	eventually(t, time.Minute, "the OPChain is gone", func() (bool, string) {
		left := c.kubectl(t, "get", "opchains", "-o", "name")
		return left == "", left
	})
	if now := c.kubectl(t, "get", "pvc", "-o", `jsonpath={.items[*].metadata.uid}`); now != claims {
		t.Errorf("claims are %q, were %q: data outlives the chain", now, claims)
	}
	left := c.kubectl(t, "get", "deployments,services,configmaps,secrets", "-l", "app.kubernetes.io/instance="+c.name, "-o", "name")
	if left != "" {
		t.Errorf("left behind: %s", left)
	}
	c.kubectl(t, "apply", "-f", c.manifest)
	first := c.until(t, 4*time.Minute, "the chain has a height again", func(o *v1alpha1.OPChain) bool {
		u, _, _ := heads(o)
		return u >= 0
	})
	if u, _, _ := heads(first); u < unsafe {
		t.Errorf("the chain came back at height %d, was at %d", u, unsafe)
	}
	c.until(t, 3*time.Minute, "it goes on from its old height", func(o *v1alpha1.OPChain) bool {
		u, s, _ := heads(o)
		return running(o) && u > unsafe+5 && s > unsafe
	})
}

// watchPodsGo gives the components in the order in which their pods went, once all of them have.
// It watches, because two of them can go between two looks.
func (c chain) watchPodsGo(t *testing.T, after func()) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, kubectl, "--kubeconfig", filepath.Join(state, "kubeconfig"), "-n", c.namespace,
		"get", "pods", "-l", "app.kubernetes.io/instance="+c.name, "--watch", "--output-watch-events",
		"-o", `jsonpath={.type} {.object.metadata.labels.app\.kubernetes\.io/name}{"\n"}`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	there, gone := len(c.pods(t)), []string{}
	for lines := bufio.NewScanner(out); len(gone) < there; {
		if !lines.Scan() {
			t.Fatalf("the watch of pods ended; of %d, gone are %q", there, gone)
		}
		if after != nil { // the watch has begun
			after()
			after = nil
		}
		if component, ok := strings.CutPrefix(lines.Text(), "DELETED "); ok {
			gone = append(gone, component)
		}
	}
	return gone
}
