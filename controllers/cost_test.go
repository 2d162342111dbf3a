package controllers

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

var statusPatch = testenv.Request{Verb: "patch", Resource: "opchains.rollup.oplabs.io/status"}

// TestBringUpWrites holds the cost of a new chain: one write for each object, one for the
// finalizer, two for the status.
func TestBringUpWrites(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.requests.Reset()
	chain := h.running("alpha")
	h.quiet(chain)
	wanted, _ := manifests.Keys(chain)
	objects := len(wanted) + 1 // and the generated Secret
	if writes := h.writes(); total(writes) > objects+3 {
		t.Errorf("%d writes for %d objects, want at most %d: %v", total(writes), objects, objects+3, writes)
	}
}

// quiet waits until a pass over the chain finds nothing changed.
func (h *harness) quiet(chain *v1alpha1.OPChain) {
	h.t.Helper()
	h.eventually("settles", func() (bool, string) {
		inputs, err := h.r.inputs(h.t.Context(), chain)
		h.must("read inputs", err)
		now := &v1alpha1.OPChain{}
		h.must("read", h.cached.Get(h.t.Context(), client.ObjectKeyFromObject(chain), now))
		_, ok := h.r.settled(h.t.Context(), now, inputs)
		return ok, "not settled"
	})
}

func TestSettledChainSendsNothing(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.quiet(chain)
	h.requests.Reset()
	for range 1000 {
		now := &v1alpha1.OPChain{}
		h.must("read", h.cached.Get(t.Context(), client.ObjectKeyFromObject(chain), now))
		if _, err := h.r.Reconcile(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	sent := h.requests.All()
	for request := range sent {
		if request.Verb == "watch" || request.Verb == "create" && strings.HasPrefix(request.Resource, "events") {
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
	if total(writes) != 1 {
		t.Errorf("writes %v, want one of one Deployment", writes)
	}
}

func TestUnrelatedSecretWakesNobody(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.quiet(chain)
	asked := h.nodes.Asked("alpha", "op-node")
	unrelated := &corev1.Secret{ObjectMeta: objectMeta(h.Namespace, "unrelated"), Data: map[string][]byte{"a": []byte("b")}}
	h.must("create", h.Client.Create(t.Context(), unrelated))
	h.changeSecret("unrelated", map[string][]byte{"a": []byte("c")})
	// A Secret that does wake the chain comes after it in the same watch: when that one was
	// handled, the unrelated one was too.
	h.changeSecret("alpha-batcher-key", map[string][]byte{"key": []byte(testenv.BatcherKey)})
	h.eventually("looks once", func() (bool, string) { return h.nodes.Asked("alpha", "op-node") > asked, "no look" })
	h.quiet(chain)
	if got := h.nodes.Asked("alpha", "op-node") - asked; got > 2 {
		t.Errorf("%d passes, want one for the related Secret (two when its derived Secret changes)", got)
	}
}
