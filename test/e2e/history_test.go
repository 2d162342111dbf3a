//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// history is every state of a chain that was written while a test ran, in order, so that nothing
// is missed that was true for no more than a moment.
type history struct {
	mu  sync.Mutex
	all []moment
	err error
}

// A moment in the life of a chain: its state, and when that was learned of.
type moment struct {
	at    time.Time
	chain *v1alpha1.OPChain
	// place is the one in the history.
	place int
}

// remember watches the chain until the test ends.
func (c chain) remember(t *testing.T) *history {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), kubectl, "--kubeconfig", filepath.Join(state, "kubeconfig"), "-n", c.namespace,
		"get", "opchain", c.name, "--watch", "-o", "json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := &history{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for decoder := json.NewDecoder(out); ; {
			found := &v1alpha1.OPChain{}
			err := decoder.Decode(found)
			h.mu.Lock()
			if err != nil {
				h.err = fmt.Errorf("the watch of %s ended: %w", c.name, err)
				h.mu.Unlock()
				return
			}
			h.all = append(h.all, moment{time.Now(), found, len(h.all)})
			h.mu.Unlock()
		}
	}()
	t.Cleanup(func() { <-done; _ = cmd.Wait() }) // the test's context has ended it
	return h
}

// now is a place in the history: what is written after it.
func (h *history) now() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

// since gives what was written from a place on.
func (h *history) since(place int) ([]moment, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.all[place:]), h.err
}

// await waits until the chain has been as it should at some time since a place in its history,
// and gives its first such moment.
func (h *history) await(t *testing.T, place int, within time.Duration, what string, ok func(*v1alpha1.OPChain) bool) moment {
	t.Helper()
	var found moment
	eventually(t, within, what, func() (bool, string) {
		all, err := h.since(place)
		for _, s := range all {
			if ok(s.chain) {
				found = s
				return true, ""
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			return false, "nothing was written"
		}
		last, _ := json.Marshal(all[len(all)-1].chain.Status)
		return false, string(last)
	})
	return found
}

// condition of a chain; one that is not there has no status.
func condition(c *v1alpha1.OPChain, kind string) metav1.Condition {
	if found := meta.FindStatusCondition(c.Status.Conditions, kind); found != nil {
		return *found
	}
	return metav1.Condition{Type: kind}
}

// isTrue reports whether all conditions of these types are True.
func isTrue(c *v1alpha1.OPChain, kinds ...string) bool {
	return !slices.ContainsFunc(kinds, func(kind string) bool { return condition(c, kind).Status != metav1.ConditionTrue })
}

// mark is something in a status that must be kept once it is known, and never go back.
type mark struct {
	name string
	of   func(*v1alpha1.OPChainStatus) *int64
}

// marks are what was last known of the chain, in blocks and in seconds.
var marks = []mark{
	{"unsafe height", func(s *v1alpha1.OPChainStatus) *int64 { return s.ComponentStatus.Node.UnsafeHeight }},
	{"safe height", func(s *v1alpha1.OPChainStatus) *int64 { return s.ComponentStatus.Node.SafeHeight }},
	{"finalized height", func(s *v1alpha1.OPChainStatus) *int64 { return s.ComponentStatus.Node.FinalizedHeight }},
	{"op-geth's height", func(s *v1alpha1.OPChainStatus) *int64 { return s.ComponentStatus.Geth.SyncHeight }},
	{"op-node's L1 height", func(s *v1alpha1.OPChainStatus) *int64 { return s.ComponentStatus.Node.L1Height }},
	{"L1's height", func(s *v1alpha1.OPChainStatus) *int64 { return s.L1.HeadHeight }},
	{"time of L1's answer", func(s *v1alpha1.OPChainStatus) *int64 { return unix(s.L1.ObservedAt) }},
	{"time of the unsafe head", func(s *v1alpha1.OPChainStatus) *int64 { return unix(s.ComponentStatus.Node.UnsafeTime) }},
	{"time of op-node's answer", func(s *v1alpha1.OPChainStatus) *int64 { return unix(s.ComponentStatus.Node.ObservedAt) }},
	{"last proposal", func(s *v1alpha1.OPChainStatus) *int64 { return unix(s.ComponentStatus.Proposer.LastProposal) }},
}

func unix(at *metav1.Time) *int64 {
	if at == nil {
		return nil
	}
	return new(at.Unix())
}

// onlyForward fails the test where something that was known is not any more, or went back.
func (h *history) onlyForward(t *testing.T, place int) {
	t.Helper()
	all, err := h.since(place)
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d states were written", len(all))
	for _, m := range marks {
		var last *int64
		for _, s := range all {
			is := m.of(&s.chain.Status)
			switch {
			case last != nil && is == nil:
				t.Errorf("%s was %d and is not told any more", m.name, *last)
			case last != nil && *is < *last:
				t.Errorf("%s was %d and is %d", m.name, *last, *is)
			}
			last = is
		}
	}
}
