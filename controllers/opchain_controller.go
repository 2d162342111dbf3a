// Package controllers makes the cluster match every OPChain. It is the only writer to the
// cluster: what it writes, pkg/config and pkg/manifests decide.
package controllers

import (
	"context"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// OPChainReconciler brings chains up and keeps them as their specs say.
type OPChainReconciler struct {
	// Client reads from the cache, which sees our own writes, and writes.
	client.Client
	// Live reads from the API server: Secrets and ConfigMaps, whose content no cache holds.
	Live client.Reader
	// Loader reads and checks a chain's inputs.
	Loader *config.Loader
	// Generator renders a chain's objects.
	Generator *manifests.Generator
	// Reporter writes a chain's status.
	Reporter *status.Reporter
	// Prober asks the nodes and L1.
	Prober Prober
	// Endpoint is where a component of a chain answers; names.URL where it is not set.
	Endpoint func(chain *v1alpha1.OPChain, component string, port int) string
	// Clock tells when L1 was last asked, and when a fork comes. The Loader's goes the same.
	Clock clock.PassiveClock
	// PollInterval is the time between two looks at a chain.
	PollInterval time.Duration
	// L1Interval is the least time between two looks at a chain's proposals on L1, because
	// endpoints count requests.
	L1Interval time.Duration
	// PreflightInterval is the time between two times that L1 is asked whether it still is as
	// a chain needs it.
	PreflightInterval time.Duration

	ledger ledger
}

// +kubebuilder:rbac:groups=rollup.oplabs.io,resources=opchains,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=rollup.oplabs.io,resources=opchains/status,verbs=get;patch
// +kubebuilder:rbac:groups=rollup.oplabs.io,resources=opchains/finalizers,verbs=update
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=services;configmaps;secrets;persistentvolumeclaims,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the cluster match the chain's spec and reports what it found.
//
//  1. Deletion: stop components in order, then drop the finalizer.
//  2. Converge: load config, ask L1, generate manifests, apply them, prune the rest.
//  3. Observe: read workloads and ask the nodes for their heads.
//  4. Report: write status once, whatever happened above.
func (r *OPChainReconciler) Reconcile(ctx context.Context, chain *v1alpha1.OPChain) (ctrl.Result, error) {
	if !chain.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, chain)
	}
	if err := r.ensureFinalizer(ctx, chain); err != nil {
		return ctrl.Result{}, err
	}
	outcome := r.converge(ctx, chain)
	if outcome.err != nil { // not returned: the queue would then look at the chain less and less often
		ctrl.LoggerFrom(ctx).Info("Could not converge, will try again", "error", outcome.err.Error())
	}
	seen := r.observe(ctx, chain, outcome)
	if err := r.Reporter.Report(ctx, chain, seen); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	return ctrl.Result{RequeueAfter: r.pause(outcome)}, nil
}

// ensureFinalizer puts the finalizer on before anything is made that it must clean up. The
// patch fails if somebody else changed the list meanwhile.
func (r *OPChainReconciler) ensureFinalizer(ctx context.Context, chain *v1alpha1.OPChain) error {
	if controllerutil.ContainsFinalizer(chain, v1alpha1.Finalizer) {
		return nil
	}
	before := chain.DeepCopy()
	controllerutil.AddFinalizer(chain, v1alpha1.Finalizer)
	return r.Patch(ctx, chain, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

// shortPause is the time between two looks at something that is about to end, such as a pod
// that must be gone before its successor may start.
const shortPause = 2 * time.Second

// retryPause is the time until what failed is tried again.
const retryPause = 10 * time.Second

// pause is the time until the next look at a chain. Many may wait for few downloads, and each look
// reads their Secrets: only those that are downloading look often.
func (r *OPChainReconciler) pause(outcome outcome) time.Duration {
	pending := outcome.pending
	switch {
	case len(outcome.waiting) > 0, pending != nil && !pending.Failed && !pending.Queued:
		return min(shortPause, r.PollInterval)
	case outcome.err != nil, pending != nil:
		return min(retryPause, r.PollInterval)
	}
	pause := r.PollInterval
	for _, due := range []time.Time{outcome.said.again, outcome.until} {
		if !due.IsZero() {
			pause = min(pause, max(shortPause, due.Sub(r.Clock.Now())))
		}
	}
	return pause
}

func (r *OPChainReconciler) endpoint(chain *v1alpha1.OPChain, component string, port int) string {
	if r.Endpoint != nil {
		return r.Endpoint(chain, component, port)
	}
	return names.URL(chain, component, port)
}
