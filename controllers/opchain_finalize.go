package controllers

import (
	"context"
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// finalize takes a chain down.
//
//  1. Stop the components, last started first, each after the one before it is gone.
//  2. Remove what they used, their claims only if the policy says so.
//  3. Drop the finalizer.
func (r *OPChainReconciler) finalize(ctx context.Context, chain *v1alpha1.OPChain) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(chain, v1alpha1.Finalizer) {
		r.forget(client.ObjectKeyFromObject(chain))
		return ctrl.Result{}, nil
	}
	stopping, err := r.stopNext(ctx, chain)
	if err == nil && stopping == "" {
		err = r.clear(ctx, chain)
		if err == nil {
			return ctrl.Result{}, r.release(ctx, chain)
		}
	}
	seen := status.Observation{Deleting: true, Stopping: stopping}
	if err != nil {
		seen.Stopping = "cannot go on: " + err.Error()
	}
	reported := r.Reporter.Report(ctx, chain, seen)
	if err := errors.Join(err, client.IgnoreNotFound(reported)); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: min(shortPause, r.PollInterval)}, nil
}

// stopNext stops the last component that still runs and says so; empty when none does. It
// asks the API server, not the cache: what was made a moment ago must not be missed.
func (r *OPChainReconciler) stopNext(ctx context.Context, chain *v1alpha1.OPChain) (string, error) {
	for _, component := range slices.Backward(manifests.Components()) {
		deployment, err := get(ctx, r.Live, manifests.KindDeployment, chain.Namespace, names.Of(chain, component))
		if err != nil {
			return "", err
		}
		if deployment != nil && metav1.IsControlledBy(deployment, chain) {
			if deployment.GetDeletionTimestamp() == nil {
				err = r.discard(ctx, deployment, manifests.KindDeployment)
			}
			return "stopping " + component, err
		}
		pod, err := r.anyPod(ctx, chain, component)
		if err != nil {
			return "", err
		}
		if pod != "" {
			return "stopping " + component + ": waiting for pod " + pod, nil
		}
	}
	return "", nil
}

// clear removes everything but the claims, and these too if the policy says so. The garbage
// collector would do the former some time later, and a new chain of the same name would meet
// the remains.
func (r *OPChainReconciler) clear(ctx context.Context, chain *v1alpha1.OPChain) error {
	wanted, unwanted := manifests.Keys(chain, r.Detector.has())
	keys := append(slices.Concat(wanted, unwanted), manifests.Key{Kind: manifests.KindSecret, Name: names.Generated(chain)})
	for _, key := range keys {
		if key.Kind == manifests.KindClaim {
			continue
		}
		object, err := get(ctx, r.Live, key.Kind, chain.Namespace, key.Name)
		if err != nil {
			return err
		}
		if object != nil && metav1.IsControlledBy(object, chain) && object.GetDeletionTimestamp() == nil {
			if err := r.discard(ctx, object, key.Kind); err != nil {
				return err
			}
		}
	}
	if chain.Spec.DeletionPolicy != v1alpha1.DeletionPolicyDelete {
		return nil
	}
	return r.clearClaims(ctx, chain)
}

func (r *OPChainReconciler) clearClaims(ctx context.Context, chain *v1alpha1.OPChain) error {
	for _, name := range manifests.Claims(chain) {
		claim, err := get(ctx, r.Live, manifests.KindClaim, chain.Namespace, name)
		if err != nil {
			return err
		}
		if claim == nil || claim.GetDeletionTimestamp() != nil || ours(chain, manifests.KindClaim, claim) != nil {
			continue // gone, going, or somebody else's
		}
		if err := r.discard(ctx, claim, manifests.KindClaim); err != nil {
			return err
		}
	}
	return nil
}

// release lets the OPChain go.
func (r *OPChainReconciler) release(ctx context.Context, chain *v1alpha1.OPChain) error {
	before := chain.DeepCopy()
	controllerutil.RemoveFinalizer(chain, v1alpha1.Finalizer)
	err := r.Patch(ctx, chain, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}), client.DisableReadYourWritesConsistency)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	r.forget(client.ObjectKeyFromObject(chain))
	return nil
}

// forget drops all that is remembered of a chain that is gone.
func (r *OPChainReconciler) forget(chain types.NamespacedName) {
	uid := r.ledger.forget(chain)
	r.Observer.Forget(uid)
	r.causes.forget(uid)
	r.Reporter.Forget(chain)
}
