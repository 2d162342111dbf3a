package controllers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

func TestDeletionGoesInOrderAndKeepsTheData(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.running("alpha")
	h.workloads.Hold(t.Context(), "alpha-op-batcher")
	h.must("delete", h.Client.Delete(t.Context(), chain))
	chain = h.until(chain, "terminates", phaseIs(v1alpha1.PhaseTerminating))
	if got := condition(chain, v1alpha1.ConditionReady); got.Reason != v1alpha1.ReasonShuttingDown {
		t.Errorf("Ready is %+v, want reason %s", got, v1alpha1.ReasonShuttingDown)
	}
	if d := h.deployment("alpha-op-proposer"); d.DeletionTimestamp != nil {
		t.Error("op-proposer is stopped while op-batcher still runs")
	}
	h.workloads.Release(t.Context(), "alpha-op-batcher")
	h.eventually("is gone", func() (bool, string) { return h.gone(&v1alpha1.OPChain{}, "alpha"), "still there" })
	want := []string{"alpha-op-batcher", "alpha-op-proposer", "alpha-op-node", "alpha-op-geth"}
	if diff := cmp.Diff(want, h.workloads.Stopped()); diff != "" {
		t.Errorf("order of stopping: %s", diff)
	}
	if left := h.objects("alpha"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, name := range []string{"alpha-op-geth", "alpha-op-node"} {
		if h.gone(&corev1.PersistentVolumeClaim{}, name) {
			t.Errorf("claim %s is gone", name)
		}
	}
	h.changeNothingAndRunAgain()
}

// changeNothingAndRunAgain creates a chain of the old name, whose Secrets are still there.
func (h *harness) changeNothingAndRunAgain() {
	h.t.Helper()
	claim := &corev1.PersistentVolumeClaim{}
	h.must("read claim", h.Client.Get(h.t.Context(), client.ObjectKey{Namespace: h.Namespace, Name: "alpha-op-geth"}, claim))
	again := h.chain("alpha")
	h.must("create", h.Client.Create(h.t.Context(), again))
	h.until(again, "runs again", phaseIs(v1alpha1.PhaseRunning))
	now := &corev1.PersistentVolumeClaim{}
	h.must("read claim", h.Client.Get(h.t.Context(), client.ObjectKeyFromObject(claim), now))
	if now.UID != claim.UID {
		t := h.t
		t.Errorf("the new chain has another claim")
	}
}

// objects lists what is there of a chain, but for its claims.
func (h *harness) objects(chain string) []string {
	h.t.Helper()
	var left []string
	for _, component := range append(manifests.Components(), "generated") {
		for kind, factory := range kinds {
			if kind == manifests.KindPodMonitor {
				continue // of which this API server knows nothing
			}
			if kind != manifests.KindClaim && !h.gone(factory.object(), chain+"-"+component) {
				left = append(left, kind+" "+chain+"-"+component)
			}
		}
	}
	return left
}

func TestDeletionPolicyDeleteRemovesTheData(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.running("alpha")
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })
	h.must("delete", h.Client.Delete(t.Context(), chain))
	h.eventually("is gone", func() (bool, string) { return h.gone(&v1alpha1.OPChain{}, "alpha"), "still there" })
	for _, name := range []string{"alpha-op-geth", "alpha-op-node"} {
		claim := &corev1.PersistentVolumeClaim{}
		if !h.gone(claim, name) && claim.DeletionTimestamp == nil {
			t.Errorf("claim %s is kept", name)
		}
	}
}

func TestDataOfAnotherChainIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.running("alpha")
	h.must("delete", h.Client.Delete(t.Context(), chain))
	h.eventually("is gone", func() (bool, string) { return h.gone(&v1alpha1.OPChain{}, "alpha"), "still there" })
	other := h.chain("alpha")
	other.Spec.L2.ChainID = 77
	other.Spec.L2.GenesisConfigSecret, other.Spec.L2.RollupConfigSecret = "other-genesis", "other-rollup"
	other.Spec.Components.Batcher.SignerPrivateKeySecret, other.Spec.Components.Proposer.SignerPrivateKeySecret = "other-batcher", "other-proposer"
	h.CreateChain(t, other)
	other = h.until(other, "refuses", phaseIs(v1alpha1.PhaseDeploymentError))
	if c := condition(other, v1alpha1.ConditionReady); !strings.Contains(c.Message, "alpha-op-geth holds the data of chain 901") {
		t.Errorf("Ready is %+v, want the claim and its chain named", c)
	}
	if !h.gone(kinds[manifests.KindDeployment].object(), "alpha-op-geth") {
		t.Error("op-geth was started on the data of another chain")
	}
}

func TestBrokenInputDoesNotHoldUpDeletion(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.running("alpha")
	h.must("delete Secret", h.Client.Delete(t.Context(), &corev1.Secret{ObjectMeta: objectMeta(h.Namespace, "alpha-genesis")}))
	h.until(chain, "notices", phaseIs(v1alpha1.PhaseConfigurationInvalid))
	h.must("delete", h.Client.Delete(t.Context(), chain))
	h.eventually("is gone", func() (bool, string) { return h.gone(&v1alpha1.OPChain{}, "alpha"), "still there" })
}
