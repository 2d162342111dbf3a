package controllers

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

// TestOperatorUpgradeRestartsNothing brings a chain up with one helper image and lets an
// operator with another look after it.
func TestOperatorUpgradeRestartsNothing(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	before := h.generations()
	newer := h.newProcess(func(r *OPChainReconciler) { r.Generator = h.r.Generator.WithHelper("op-stack-operator:newer") })
	now := h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	if _, err := newer.Reconcile(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	for component, generation := range h.generations() {
		if generation != before[component] {
			t.Errorf("%s was changed by an upgrade of the operator", component)
		}
	}
	if got := manifests.HelperImage(h.deployment("alpha-op-geth")); got != "op-stack-operator:test" {
		t.Errorf("helper image is %q, want the former one", got)
	}
	h.loseHelper("alpha-op-geth-0")
	h.eventually("takes the new helper when the former is lost", func() (bool, string) {
		h.must("read", h.cached.Get(t.Context(), client.ObjectKeyFromObject(chain), now))
		_, err := newer.Reconcile(t.Context(), now)
		h.must("reconcile", err)
		got := manifests.HelperImage(h.deployment("alpha-op-geth"))
		return got == "op-stack-operator:newer", got
	})
}

// loseHelper lets a pod of op-geth wait for an image that is not there any more.
func (h *harness) loseHelper(pod string) {
	h.t.Helper()
	status := `{"status":{"initContainerStatuses":[{"name":"unpack-genesis","image":"","imageID":"","ready":false,"restartCount":0,` +
		`"state":{"waiting":{"reason":"ImagePullBackOff"}}}]}}`
	object := &corev1.Pod{ObjectMeta: objectMeta(h.Namespace, pod)}
	h.must("change pod", h.Client.Status().Patch(h.t.Context(), object, client.RawPatch(types.MergePatchType, []byte(status))))
}
