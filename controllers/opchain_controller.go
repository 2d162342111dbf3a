// Package controllers makes the cluster match every OPChain. It is the only writer to the
// cluster: what it writes, pkg/config and pkg/manifests decide.
package controllers

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
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
	// Prober asks L1 whether it is as a chain needs it.
	Prober Prober
	// Observer looks at what runs, in the background.
	Observer *observer.Observer
	// Logs reads why a pod crashes.
	Logs Logs
	// Volumes knows how full volumes are.
	Volumes Volumes
	// Endpoint is where a component of a chain answers; names.URL where it is not set.
	Endpoint func(chain *v1alpha1.OPChain, component string, port int) string
	// Detector knows what the cluster has; nothing beside Kubernetes' own resources where it is not
	// set.
	Detector *Detector
	// Clock tells when L1 was last asked, and when a fork comes. The Loader's and the Observer's go
	// the same.
	Clock clock.PassiveClock
	// PollInterval is the most time between two passes over a chain.
	PollInterval time.Duration
	// PreflightInterval is the time between two times that L1 is asked whether it still is as
	// a chain needs it.
	PreflightInterval time.Duration

	ledger ledger
	causes causes
}

// +kubebuilder:rbac:groups=rollup.oplabs.io,resources=opchains,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=rollup.oplabs.io,resources=opchains/status,verbs=get;patch
// +kubebuilder:rbac:groups=rollup.oplabs.io,resources=opchains/finalizers,verbs=update
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=services;configmaps;secrets;persistentvolumeclaims,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=pods,verbs=list;watch
// +kubebuilder:rbac:groups="",resources=pods/log,verbs=get
// +kubebuilder:rbac:groups=monitoring.coreos.com,resources=podmonitors,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the cluster match the chain's spec and reports what it found.
//
//  1. Deletion: stop components in order, then drop the finalizer.
//  2. Converge: load config, ask L1, generate manifests, apply them, prune the rest.
//  3. Observe: read workloads, and take what the last look at the nodes and L1 found.
//  4. Report: write status once, whatever happened above.
func (r *OPChainReconciler) Reconcile(ctx context.Context, chain *v1alpha1.OPChain) (ctrl.Result, error) {
	if former := r.ledger.meet(client.ObjectKeyFromObject(chain), chain.UID); former != "" {
		r.Observer.Forget(former)
		r.causes.forget(former)
	}
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
	return ctrl.Result{RequeueAfter: r.pause(outcome, r.Observer.Due(chain.UID))}, nil
}

// ReconcileName is Reconcile for the OPChain of a name. One that is not there is forgotten,
// however it went.
func (r *OPChainReconciler) ReconcileName(ctx context.Context, request reconcile.Request) (ctrl.Result, error) {
	chain := &v1alpha1.OPChain{}
	err := r.Get(ctx, request.NamespacedName, chain)
	if apierrors.IsNotFound(err) {
		r.forget(request.NamespacedName)
		return ctrl.Result{}, nil
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	return r.Reconcile(ctx, chain)
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

// pause is the time until the next pass over a chain, which must not be later than its next look.
// Many may wait for few downloads, and each pass reads their Secrets: only those that are
// downloading come often.
func (r *OPChainReconciler) pause(outcome outcome, look time.Time) time.Duration {
	pending := outcome.pending
	switch {
	case len(outcome.waiting) > 0, pending != nil && !pending.Failed && !pending.Queued:
		return min(shortPause, r.PollInterval)
	case outcome.err != nil, pending != nil:
		return min(retryPause, r.PollInterval)
	}
	pause := r.PollInterval
	if !look.IsZero() {
		pause = min(pause, max(time.Millisecond, look.Sub(r.Clock.Now())))
	}
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
