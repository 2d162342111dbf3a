package controllers

import (
	"context"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// observe looks at the chain. It never fails: what cannot be seen stays unknown.
func (r *OPChainReconciler) observe(ctx context.Context, chain *v1alpha1.OPChain, result outcome) status.Observation {
	seen := status.Observation{Unread: result.unread, Inputs: result.found, L1: result.said.seen(), NotApplied: result.notApplied}
	seen.Components = r.components(ctx, chain, &result)
	r.look(chain, &seen)
	return seen
}
