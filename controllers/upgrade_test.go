package controllers

import (
	"testing"

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
	newer := &OPChainReconciler{ // as a new process would have it, with nothing remembered
		Client: h.r.Client, Live: h.r.Live, Loader: h.r.Loader, Reporter: h.r.Reporter, Prober: h.r.Prober,
		Endpoint: h.r.Endpoint, Clock: h.r.Clock, PollInterval: h.r.PollInterval, L1Interval: h.r.L1Interval,
		Generator: h.r.Generator.WithHelper("op-stack-operator:newer"),
	}
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
}
