package controllers

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// Volumes knows how full volumes are. pkg/kubelet has the one that asks the kubelets.
type Volumes interface {
	// Usage gives what is known of the claim's volume, which a pod on the node of this address
	// uses, at once. It is nil where nothing is known; why says why that is, or why it is not
	// newer. It is empty where all is well.
	Usage(hostIP, namespace, claim string) (usage *status.Usage, why string)
}

func hasClaim(chain *v1alpha1.OPChain, component string) bool {
	return slices.Contains(manifests.Claims(chain), names.Of(chain, component))
}

// claim is the volume claim of a component, and how full its volume is; nil where it needs none.
func (r *OPChainReconciler) claim(ctx context.Context, chain *v1alpha1.OPChain, component string, pod *corev1.Pod) *status.Claim {
	if !hasClaim(chain, component) {
		return nil
	}
	seen := &status.Claim{Name: names.Of(chain, component)}
	object, err := r.cached(ctx, manifests.KindClaim, chain.Namespace, seen.Name)
	claim, ok := object.(*corev1.PersistentVolumeClaim)
	switch {
	case err != nil:
		seen.Why = err.Error()
		return seen
	case !ok || ours(chain, manifests.KindClaim, claim) != nil:
		seen.Why = "there is no such claim"
		return seen
	}
	seen.Phase, seen.Created = claim.Status.Phase, claim.CreationTimestamp.Time
	if pod == nil || pod.Status.HostIP == "" {
		seen.Why = "no pod uses the claim"
		return seen
	}
	seen.Usage, seen.Why = r.Volumes.Usage(pod.Status.HostIP, chain.Namespace, seen.Name)
	return seen
}
