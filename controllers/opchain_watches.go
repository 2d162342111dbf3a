package controllers

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

const (
	// secretIndex finds the OPChains that read a Secret.
	secretIndex = "secrets"
	// podIndex finds the pods of a component.
	podIndex = "component"

	workers          = 16
	reconcileTimeout = time.Minute

	// Between two tries of a pass that failed. The default maximum is a quarter of an hour, in
	// which nobody would look at the chain.
	firstRetry, lastRetry = 5 * time.Millisecond, time.Minute
)

// CacheOptions keep the cache small: only what is ours, but for Secrets, which are kept by
// metadata, and nothing of what nobody reads. Without namespaces it covers all of them. A read of
// what it does not hold is refused: it would begin to hold it, and wait for that, for ever where the
// cluster has lost the resource meanwhile.
func CacheOptions(namespaces []string) cache.Options {
	ours := labels.SelectorFromSet(labels.Set{names.LabelManagedBy: names.Manager})
	options := cache.Options{
		DefaultTransform:            cache.TransformStripManagedFields(),
		ReaderFailOnMissingInformer: true,
		ByObject: map[client.Object]cache.ByObject{
			&appsv1.Deployment{}:            {Label: ours, Transform: stripDeployment},
			&corev1.Service{}:               {Label: ours},
			&corev1.PersistentVolumeClaim{}: {Label: ours},
			&corev1.ConfigMap{}:             {Label: ours},
			&corev1.Pod{}:                   {Label: ours, Transform: stripPod},
			&corev1.Secret{}:                {Transform: stripSecret},

			metadataOf(manifests.KindPodMonitor): {Label: ours}, // filled by a Detector
		},
	}
	for _, namespace := range namespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	return options
}

// stripSecret leaves what tells one version of a Secret from the next. Annotations go because
// kubectl apply writes the content into one.
func stripSecret(in any) (any, error) {
	if object, ok := in.(client.Object); ok {
		object.SetManagedFields(nil)
		object.SetAnnotations(nil)
		object.SetLabels(nil)
	}
	return in, nil
}

// stripDeployment leaves a Deployment's metadata and status. Its generation tells when its spec
// changed, which is then read from the API server.
func stripDeployment(in any) (any, error) {
	if deployment, ok := in.(*appsv1.Deployment); ok {
		deployment.ManagedFields = nil
		deployment.Spec = appsv1.DeploymentSpec{}
	}
	return in, nil
}

// stripPod leaves a pod's metadata, its node's address, and what is read of its status.
func stripPod(in any) (any, error) {
	pod, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	pod.ManagedFields = nil
	pod.Annotations = nil
	pod.Spec = corev1.PodSpec{}
	status := corev1.PodStatus{
		HostIP:                pod.Status.HostIP,
		InitContainerStatuses: stripContainers(pod.Status.InitContainerStatuses),
		ContainerStatuses:     stripContainers(pod.Status.ContainerStatuses),
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled {
			status.Conditions = []corev1.PodCondition{{Type: c.Type, Status: c.Status, Reason: c.Reason, Message: c.Message}}
		}
	}
	pod.Status = status
	return pod, nil
}

func stripContainers(list []corev1.ContainerStatus) []corev1.ContainerStatus {
	for i := range list {
		c := &list[i]
		*c = corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: c.Ready, RestartCount: c.RestartCount,
			State: stripState(c.State), LastTerminationState: stripState(c.LastTerminationState),
		}
	}
	return list
}

// stripState leaves messages out, which may hold the URL of a registry or what a program wrote.
func stripState(state corev1.ContainerState) corev1.ContainerState {
	if waiting := state.Waiting; waiting != nil {
		state.Waiting = &corev1.ContainerStateWaiting{Reason: waiting.Reason}
	}
	if end := state.Terminated; end != nil {
		state.Terminated = &corev1.ContainerStateTerminated{
			ExitCode: end.ExitCode, Reason: end.Reason, FinishedAt: end.FinishedAt, ContainerID: end.ContainerID,
		}
	}
	return state
}

// SetupWithManager registers the reconciler and what wakes it.
func (r *OPChainReconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager) error {
	if err := addIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	toChain := handler.EnqueueRequestsFromMapFunc(chainOfLabels)
	controlled := ctrl.NewControllerManagedBy(mgr).
		Named("opchain").
		For(&v1alpha1.OPChain{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.Deployment{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ConfigMap{}, builder.OnlyMetadata).
		Watches(&corev1.PersistentVolumeClaim{}, toChain).
		Watches(&corev1.Pod{}, toChain).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.chainsOfSecret)).
		WatchesRawSource(r.Observer.Source()).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			ReconciliationTimeout:   reconcileTimeout,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
		})
	if r.Detector != nil {
		controlled.WatchesRawSource(r.Detector)
	}
	return controlled.Complete(reconcile.Func(r.ReconcileName))
}

func addIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.OPChain{}, secretIndex, func(object client.Object) []string {
		chain, ok := object.(*v1alpha1.OPChain)
		if !ok {
			return nil
		}
		return config.SecretNames(chain)
	})
	if err != nil {
		return fmt.Errorf("index OPChains by Secret: %w", err)
	}
	err = indexer.IndexField(ctx, &corev1.Pod{}, podIndex, func(object client.Object) []string {
		l := object.GetLabels()
		return []string{l[names.LabelInstance] + "-" + l[names.LabelName]}
	})
	if err != nil {
		return fmt.Errorf("index pods by component: %w", err)
	}
	return nil
}

// chainOfLabels wakes the chain that an object is labelled with.
func chainOfLabels(_ context.Context, object client.Object) []reconcile.Request {
	name := object.GetLabels()[names.LabelInstance]
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: name}}}
}

// chainsOfSecret wakes the chains that read a Secret, and the one that it was derived for.
func (r *OPChainReconciler) chainsOfSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	var requests []reconcile.Request
	if owner := metav1.GetControllerOf(secret); owner != nil && owner.Kind == "OPChain" {
		requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: secret.GetNamespace(), Name: owner.Name}})
	}
	chains := &v1alpha1.OPChainList{}
	err := r.List(ctx, chains, client.InNamespace(secret.GetNamespace()), client.MatchingFields{secretIndex: secret.GetName()})
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not find the chains of a Secret", "secret", secret.GetName())
		return requests
	}
	for i := range chains.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&chains.Items[i])})
	}
	return requests
}
