package controllers

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

var statusPatch = testenv.Request{Verb: "patch", Resource: "opchains.rollup.oplabs.io/status"}

// TestBringUpWrites holds the cost of a new chain: one write for each object, one for the
// finalizer, and for the status two, and one more for the first word of each program and of L1.
func TestBringUpWrites(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.requests.Reset()
	chain := h.running("alpha")
	h.quiet(chain)
	want := map[testenv.Request]int{
		{Verb: "patch", Resource: "opchains.rollup.oplabs.io"}: 1,
		{Verb: "create", Resource: "secrets"}:                  1,
	}
	keys, _ := manifests.Keys(chain, h.r.Detector.has())
	for _, key := range keys {
		want[applyOf[key.Kind]]++
	}
	got := h.writes()
	if n := got[statusPatch]; n < 1 || n > 6 {
		t.Errorf("%d status writes, want one to six", n)
	}
	delete(got, statusPatch)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes of a new chain (-want +got):\n%s", diff)
	}
}

// applyOf is how an object of a kind is written.
var applyOf = map[string]testenv.Request{
	manifests.KindConfigMap:  {Verb: "apply", Resource: "configmaps"},
	manifests.KindSecret:     {Verb: "apply", Resource: "secrets"},
	manifests.KindClaim:      {Verb: "apply", Resource: "persistentvolumeclaims"},
	manifests.KindService:    {Verb: "apply", Resource: "services"},
	manifests.KindDeployment: {Verb: "apply", Resource: "deployments.apps"},
	manifests.KindPodMonitor: {Verb: "apply", Resource: "podmonitors.monitoring.coreos.com"},
}

// quiet waits until the cache shows every object of the chain as it is, no look at it is under
// way, and a pass over it finds nothing changed and has nothing to write.
func (h *harness) quiet(chain *v1alpha1.OPChain) {
	h.t.Helper()
	h.eventually("settles", func() (bool, string) {
		now := &v1alpha1.OPChain{}
		h.must("read", h.cached.Get(h.t.Context(), client.ObjectKeyFromObject(chain), now))
		keys, _ := manifests.Keys(now, h.r.Detector.has())
		for _, key := range keys {
			if seen := h.versions(now, key); seen[0] != seen[1] {
				return false, fmt.Sprintf("%s %s: version %q in the cache of %q", key.Kind, key.Name, seen[0], seen[1])
			}
		}
		generated, err := h.r.ensureGenerated(h.t.Context(), now)
		h.must("read the generated Secret", err)
		inputs, err := h.r.inputs(h.t.Context(), now, generated)
		h.must("read inputs", err)
		outcome, ok := h.r.settled(h.t.Context(), now, inputs)
		if !ok {
			return false, "not settled"
		}
		h.r.Observer.Wait()
		next := status.Next(now, h.r.observe(h.t.Context(), now, outcome), h.r.Clock.Now())
		if h.r.Observer.Due(now.UID).IsZero() {
			return false, "a look is under way"
		}
		return judgement(&now.Status) == judgement(&next), "a status is to be written"
	})
}

// judgement is what of a status is written at once: the conditions, and that something is known.
func judgement(s *v1alpha1.OPChainStatus) string {
	var conditions []string
	for _, c := range s.Conditions {
		conditions = append(conditions, fmt.Sprintln(c.Type, c.Status, c.Reason, c.ObservedGeneration))
	}
	slices.Sort(conditions)
	return fmt.Sprintln(s.Phase, conditions, told(s))
}

// told are op-geth, op-node, op-batcher and the proposals, whether anything is known of each.
func told(s *v1alpha1.OPChainStatus) [4]bool {
	is := &s.ComponentStatus
	return [4]bool{
		is.Geth != nil && is.Geth.SyncHeight != nil,
		is.Node != nil && is.Node.UnsafeHeight != nil,
		is.Batcher != nil && is.Batcher.LastBatchSubmission != nil,
		is.Proposer != nil && is.Proposer.LastProposal != nil,
	}
}

// versions gives an object's version in the cache and in truth; empty where it is not.
func (h *harness) versions(chain *v1alpha1.OPChain, key manifests.Key) (versions [2]string) {
	h.t.Helper()
	cached, err := h.r.cached(h.t.Context(), key.Kind, chain.Namespace, key.Name)
	h.must("read", err)
	live, err := get(h.t.Context(), h.Client, key.Kind, chain.Namespace, key.Name)
	h.must("read", err)
	for i, object := range []client.Object{cached, live} {
		if object != nil {
			versions[i] = object.GetResourceVersion()
		}
	}
	return versions
}

func TestSettledChainSendsNothing(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.quiet(chain)
	h.requests.Reset()
	pass := h.pass(chain)
	for range 1000 {
		pass()
	}
	sent := h.requests.All()
	for request := range sent {
		if request.Verb == "watch" || strings.HasPrefix(request.Resource, "events") {
			delete(sent, request) // a watch that the server ended; an event of the bring-up
		}
	}
	if len(sent) > 0 {
		t.Errorf("1000 passes over a settled chain sent %v, want nothing", sent)
	}
}

func TestNewImageCostsOneWrite(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.quiet(chain)
	h.requests.Reset()
	chain = h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Geth.Image = "op-geth:v9" })
	chain = h.until(chain, "runs it", func(c *v1alpha1.OPChain) bool {
		return phaseIs(v1alpha1.PhaseRunning)(c) && image(h, "alpha-op-geth") == "op-geth:v9"
	})
	h.quiet(chain)
	writes := h.writes()
	if writes[statusPatch] > 2 {
		t.Errorf("%d status writes, want at most 2", writes[statusPatch])
	}
	delete(writes, statusPatch)
	want := map[testenv.Request]int{applyOf[manifests.KindDeployment]: 1}
	if diff := cmp.Diff(want, writes); diff != "" {
		t.Errorf("writes of a new image (-want +got):\n%s", diff)
	}
}

// passes is a Recorder that counts the passes that reported.
type passes struct {
	status.Unrecorded
	n atomic.Int32
}

func (p *passes) Record(*v1alpha1.OPChain, *v1alpha1.OPChainStatus, *observer.View) { p.n.Add(1) }

func TestUnrelatedSecretWakesNobody(t *testing.T) {
	t.Parallel()
	passes := &passes{}
	h := start(t, func(mgr ctrl.Manager, r *OPChainReconciler) {
		r.Reporter = status.NewReporter(mgr.GetClient(), mgr.GetEventRecorder(names.Manager), passes, r.Clock, time.Hour)
	})
	chain := h.running("alpha")
	h.quiet(chain)
	alpha := []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(chain)}}
	unrelated := &corev1.Secret{ObjectMeta: objectMeta(h.Namespace, "unrelated"), Data: map[string][]byte{"a": []byte("b")}}
	h.must("create", h.Client.Create(t.Context(), unrelated))
	for name, want := range map[string][]reconcile.Request{
		"unrelated": nil, "alpha-batcher-key": alpha, "alpha-generated": append(alpha, alpha...), "alpha-op-node": alpha,
	} {
		secret := &corev1.Secret{}
		h.must("read", h.Client.Get(t.Context(), client.ObjectKey{Namespace: h.Namespace, Name: name}, secret))
		if diff := cmp.Diff(want, h.r.chainsOfSecret(t.Context(), secret)); diff != "" {
			t.Errorf("Secret %s wakes (-want +got):\n%s", name, diff)
		}
	}

	const changes = 30
	h.r.Observer.Wait()
	before := passes.n.Load()
	for i := range changes {
		h.changeSecret("unrelated", map[string][]byte{"a": fmt.Append(nil, i)})
	}
	// A Secret that does wake the chain comes after them in the same watch: when that one was
	// handled, they were too.
	h.changeSecret("alpha-batcher-key", map[string][]byte{"key": []byte(testenv.BatcherKey)})
	h.eventually("passes", func() (bool, string) { return passes.n.Load() > before, "no pass" })
	h.quiet(chain)
	// What is left of the bring-up may still wake it some times.
	if got := passes.n.Load() - before; got > changes/3 {
		t.Errorf("%d passes after %d changes of an unrelated Secret and one of a related one", got, changes)
	}
}
