package controllers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/podlog"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// looked lets the time of the next look at a chain come, and gives what a pass after it sees.
func (c *clocked) looked(chain *v1alpha1.OPChain) status.Observation {
	c.t.Helper()
	c.r.Observer.Wait()
	c.later(2 * c.r.PollInterval)
	now := &v1alpha1.OPChain{}
	c.must("read", c.cached.Get(c.t.Context(), client.ObjectKeyFromObject(chain), now))
	c.r.observe(c.t.Context(), now, outcome{})
	c.r.Observer.Wait()
	return c.r.observe(c.t.Context(), now, outcome{})
}

// watching is what L1 is asked by every look at a chain, and by nothing else.
const watching = "eth_getTransactionCount"

// What runs is watched with what it runs with, whatever the spec says that was refused.
func TestRefusedInputsAreNotWatched(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		other  func(*testenv.Nodes)         // what is wrong with the L1 that the new spec names
		change func(*v1alpha1.OPChain)      // what else the new spec says
		told   func(*v1alpha1.OPChain) bool // that it was refused
	}{
		"a mistake in the inputs": {
			change: func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.SignerPrivateKeySecret = "none" },
			told: func(c *v1alpha1.OPChain) bool {
				return condition(c, v1alpha1.ConditionConfigurationValid).Reason == string(v1alpha1.CodeSecretNotFound)
			},
		},
		"an L1 that is another chain": {
			other: func(n *testenv.Nodes) { n.L1.ChainID = 5 },
			told: func(c *v1alpha1.OPChain) bool {
				return condition(c, v1alpha1.ConditionPreflightPassed).Reason == string(v1alpha1.CodeL1WrongChain)
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startClocked(t)
			chain := h.running("alpha")
			h.quiet(chain)
			before := h.looked(chain)
			other := testenv.RunNodes(t)
			if tc.other != nil {
				other.Set(tc.other)
			}
			chain = h.change(chain, func(c *v1alpha1.OPChain) {
				c.Spec.L1.RPCURL = v1alpha1.Endpoint(other.Endpoint("alpha", "l1"))
				if tc.change != nil {
					tc.change(c)
				}
			})
			h.until(chain, "is refused", tc.told)
			h.r.Observer.Wait()
			asked := h.nodes.AskedFor("alpha", "l1", watching)
			after := h.looked(chain)
			if got := h.nodes.AskedFor("alpha", "l1", watching) - asked; got != 1 {
				t.Errorf("the L1 that the chain runs with was asked %d times, want once", got)
			}
			if got := other.AskedFor("alpha", "l1", watching); got != 0 {
				t.Errorf("the L1 that was refused was asked %d times", got)
			}
			if after.Rollup == nil || after.Rollup.L2ChainID != before.Rollup.L2ChainID || after.Signers != before.Signers {
				t.Errorf("watched with %+v and %+v, want %+v and %+v", after.Rollup, after.Signers, before.Rollup, before.Signers)
			}
		})
	}
}

// A batcher that L1 refuses goes on with its former key, while all else has the new inputs.
func TestRefusedBatcherIsWatched(t *testing.T) {
	t.Parallel()
	h := startClocked(t)
	chain := h.running("alpha")
	h.quiet(chain)
	other := testenv.RunNodes(t)
	h.changeSecret("alpha-batcher-key", map[string][]byte{names.KeySigner: []byte(testenv.ProposerKey)})
	chain = h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.L1.RPCURL = v1alpha1.Endpoint(other.Endpoint("alpha", "l1"))
		c.Spec.L1.ContractAddresses.Batcher = v1alpha1.Address(testenv.Account(testenv.ProposerKey).Hex())
	})
	h.until(chain, "is refused", func(c *v1alpha1.OPChain) bool {
		return condition(c, v1alpha1.ConditionPreflightPassed).Reason == string(v1alpha1.CodeBatcherNotAuthorized)
	})
	h.r.Observer.Wait()
	asked := other.AskedFor("alpha", "l1", watching)
	seen := h.looked(chain)
	if got := other.AskedFor("alpha", "l1", watching) - asked; got != 1 {
		t.Errorf("the new L1 was asked %d times, want once", got)
	}
	if want := testenv.Account(testenv.BatcherKey); seen.Signers.Batcher != want {
		t.Errorf("batches are signed by %s, want %s", seen.Signers.Batcher, want)
	}
}

func TestRunningOn(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.quiet(chain)
	was := h.r.ledger.get(chain.UID).running
	is := running{l1: "new", beacon: "its beacon", query: probe.L1Query{Batcher: "b", Proposer: "p", Factory: "f", GameType: 8}}
	with := func(edit func(*running)) running { r := is; edit(&r); return r }
	held := func(components ...string) map[string]string {
		list := map[string]string{}
		for _, c := range components {
			list[c] = "L1"
		}
		return list
	}
	cases := map[string]struct {
		held map[string]string
		want running
	}{
		"nothing is held": {nil, is},
		"all is held":     {held(names.Geth, names.Node, names.Batcher, names.Proposer), was},
		"op-node": {held(names.Node), with(func(r *running) {
			r.l1, r.beacon, r.rollup, r.signers.Sequencer = was.l1, was.beacon, was.rollup, was.signers.Sequencer
		})},
		"op-batcher": {held(names.Batcher), with(func(r *running) { r.signers.Batcher, r.query.Batcher = was.signers.Batcher, was.query.Batcher })},
		"op-proposer": {held(names.Proposer), with(func(r *running) {
			r.signers.Proposer, r.query.Proposer = was.signers.Proposer, was.query.Proposer
			r.query.Factory, r.query.Oracle, r.query.GameType = was.query.Factory, was.query.Oracle, was.query.GameType
		})},
	}
	for name, tc := range cases {
		if got := h.r.applied(t.Context(), chain, is, tc.held); got != tc.want {
			t.Errorf("%s: runs with %+v, want %+v", name, got, tc.want)
		}
	}
	fresh := h.chain("fresh") // of which nothing runs that could go on
	fresh.UID = "fresh"
	h.r.ledger.remember(fresh.UID, entry{running: was})
	t.Cleanup(func() { h.r.ledger.forget(client.ObjectKeyFromObject(fresh)) })
	if got := h.r.applied(t.Context(), fresh, is, held(names.Geth, names.Node, names.Batcher, names.Proposer)); got != is {
		t.Errorf("a chain that never started runs with %+v, want %+v", got, is)
	}
}

// A pass over a chain whose programs hang waits for none of them.
func TestHangingProgramsKeepNoPass(t *testing.T) {
	t.Parallel()
	h := start(t, func(_ ctrl.Manager, r *OPChainReconciler) {
		r.PollInterval = time.Millisecond
		r.Observer = observer.New(probe.New(), r.Clock, observer.Options{Interval: time.Millisecond, Timeout: time.Hour})
	})
	chain := h.until(h.running("alpha"), "is seen", func(c *v1alpha1.OPChain) bool { return told(&c.Status)[1] })
	h.nodes.Hang("alpha")
	h.eventually("hangs", func() (bool, string) { return h.r.Observer.Due(chain.UID).IsZero(), "no look is under way" })
	pass := h.pass(chain)
	for range 100 {
		pass()
	}
	h.workloads.Break(t.Context(), "alpha-op-node")
	h.until(chain, "degrades", phaseIs(v1alpha1.PhaseDegraded))
}

// forgetting is a Recorder that notes who is to be forgotten.
type forgetting struct {
	status.Unrecorded
	gone chan types.NamespacedName
}

func (f *forgetting) Forget(chain types.NamespacedName) { f.gone <- chain }

// Of a chain that is gone nothing is remembered, also where it went without its finalizer.
func TestGoneChainIsForgotten(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"deleted": false, "its finalizer was taken away": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := &forgetting{gone: make(chan types.NamespacedName, 100)}
			h := start(t, polling, func(mgr ctrl.Manager, r *OPChainReconciler) {
				r.Reporter = status.NewReporter(mgr.GetClient(), mgr.GetEventRecorder(names.Manager), told, r.Clock, time.Hour)
			})
			chain := h.running("alpha")
			if taken {
				h.workloads.Hold(t.Context(), "alpha-op-batcher") // the first to be stopped
			}
			h.must("delete", h.Client.Delete(t.Context(), chain))
			if taken {
				h.change(chain, func(c *v1alpha1.OPChain) { c.Finalizers = nil })
			}
			key := client.ObjectKeyFromObject(chain)
			if gone := <-told.gone; gone != key {
				t.Errorf("forgot %v", gone)
			}
			h.eventually("is forgotten", func() (bool, string) {
				entry := h.r.ledger.get(chain.UID)
				return entry.inputs == "" && entry.running == running{} && h.r.Observer.Due(chain.UID).IsZero(), entry.inputs
			})
		})
	}
}

// One that was made again under its name before anybody looked is another one.
func TestSuccessorOfTheSameName(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.quiet(chain)
	r := h.newProcess()
	pass := func(chain *v1alpha1.OPChain) {
		_, err := r.Reconcile(t.Context(), chain)
		h.must("pass", err)
		r.Observer.Wait()
	}
	pass(chain)
	if r.Observer.Due(chain.UID).IsZero() || r.ledger.get(chain.UID).inputs == "" {
		t.Fatal("the chain is not looked at")
	}
	end := death{pod: "its pod"}
	r.causes.keep(chain.UID, program{names.Node, names.Node}, end, podlog.Cause{Message: "no"})
	successor := chain.DeepCopy()
	successor.UID = "another"
	pass(successor)
	if why, known := r.causes.of(chain.UID, program{names.Node, names.Node}, end); known {
		t.Errorf("why the former chain of that name crashed is remembered for ever: %+v", why)
	}
	if !r.Observer.Due(chain.UID).IsZero() || r.ledger.get(chain.UID).inputs != "" {
		t.Error("the former chain of that name is still looked at")
	}
	gone := types.NamespacedName{Namespace: h.Namespace, Name: "never-there"}
	if result, err := h.r.ReconcileName(t.Context(), reconcile.Request{NamespacedName: gone}); err != nil || result != (ctrl.Result{}) {
		t.Errorf("a chain that is not there: %+v, %v", result, err)
	}
}

// Forks that are to come, and who must be new enough for them, are those of what runs.
func TestNextForkIsObserved(t *testing.T) {
	t.Parallel()
	h := startClocked(t)
	chain := h.running("alpha")
	h.quiet(chain)
	seen := h.looked(chain)
	if diff := cmp.Diff(testenv.Account(testenv.BatcherKey), seen.Signers.Batcher); diff != "" || seen.Rollup == nil {
		t.Errorf("rollup %v, batcher (-want +got):\n%s", seen.Rollup, diff)
	}
	future := uint64(h.clock.Now().Add(time.Hour).Unix())
	entry := h.r.ledger.get(chain.UID)
	config := *entry.running.rollup
	config.KarstTime = &future
	entry.running.rollup = &config
	h.r.ledger.remember(chain.UID, entry)
	if next := h.r.observe(t.Context(), chain, outcome{}).NextFork; next == nil || next.Name != "karst" {
		t.Errorf("the next fork is %+v, want karst", next)
	}
	h.later(2 * time.Hour)
	if next := h.r.observe(t.Context(), chain, outcome{}).NextFork; next != nil {
		t.Errorf("the next fork is %+v, want none", next)
	}
}
