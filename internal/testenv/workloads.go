package testenv

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Workloads stands in for the controllers that the API server lacks: it gives every
// Deployment of a namespace a pod that becomes ready, and finishes foreground deletions.
type Workloads struct {
	client client.WithWatch
	ns     string

	mu      sync.Mutex
	broken  map[string]bool // Deployments whose pods are not ready
	holding map[string]bool // Deployments whose deletion is not finished
	stopped []string
}

// RunWorkloads starts it for the namespace of env. It ends with the test.
func (e *Env) RunWorkloads(tb testing.TB) *Workloads {
	tb.Helper()
	c, err := client.NewWithWatch(e.Config, client.Options{Scheme: e.Scheme})
	if err != nil {
		tb.Fatalf("make a client: %v", err)
	}
	w := &Workloads{client: c, ns: e.Namespace, broken: map[string]bool{}, holding: map[string]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	queue := workqueue.NewTyped[types.NamespacedName]()
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil { // the server ends the watch of one who cannot follow
			w.follow(ctx, queue)
		}
	})
	for range 4 {
		done.Go(func() {
			for key, ended := queue.Get(); !ended; key, ended = queue.Get() {
				w.settle(ctx, key)
				queue.Done(key)
			}
		})
	}
	tb.Cleanup(func() { cancel(); queue.ShutDown(); done.Wait() })
	return w
}

// follow queues every Deployment that there is, and then those that change.
func (w *Workloads) follow(ctx context.Context, queue workqueue.TypedInterface[types.NamespacedName]) {
	list := &appsv1.DeploymentList{}
	if err := w.client.List(ctx, list, client.InNamespace(w.ns)); err != nil {
		return
	}
	for i := range list.Items {
		queue.Add(client.ObjectKeyFromObject(&list.Items[i]))
	}
	changes, err := w.client.Watch(ctx, list, client.InNamespace(w.ns), &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.ResourceVersion}})
	if err != nil {
		return
	}
	defer changes.Stop()
	for event := range changes.ResultChan() {
		if deployment, ok := event.Object.(*appsv1.Deployment); ok && event.Type != watch.Deleted {
			queue.Add(client.ObjectKeyFromObject(deployment))
		}
	}
}

// Break makes the pod of a Deployment fail; Mend makes it well again.
func (w *Workloads) Break(ctx context.Context, name string) { w.set(ctx, w.broken, name, true) }

// Mend makes the pod of a Deployment ready again.
func (w *Workloads) Mend(ctx context.Context, name string) { w.set(ctx, w.broken, name, false) }

// Crash makes a container of a Deployment's pod end so again and again: its status is what the
// kubelet writes while it waits to restart it.
func (w *Workloads) Crash(ctx context.Context, name string, container corev1.ContainerStatus) error {
	container.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	if err := w.tell(ctx, name, func(s *corev1.PodStatus) { s.ContainerStatuses = []corev1.ContainerStatus{container} }); err != nil {
		return err
	}
	w.Break(ctx, name)
	return nil
}

// Recover lets a Deployment's pod run after Crash. How its containers ended stays known.
func (w *Workloads) Recover(ctx context.Context, name string) error {
	if err := w.tell(ctx, name, func(s *corev1.PodStatus) {
		for i := range s.ContainerStatuses {
			s.ContainerStatuses[i].State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
			s.ContainerStatuses[i].Ready = true
		}
	}); err != nil {
		return err
	}
	w.Mend(ctx, name)
	return nil
}

// Place says that the pod of a Deployment runs on the node of this address.
func (w *Workloads) Place(ctx context.Context, name, hostIP string) error {
	return w.tell(ctx, name, func(s *corev1.PodStatus) { s.HostIP, s.HostIPs = hostIP, []corev1.HostIP{{IP: hostIP}} })
}

// tell changes the status of a Deployment's pod.
func (w *Workloads) tell(ctx context.Context, name string, change func(*corev1.PodStatus)) error {
	pod := &corev1.Pod{}
	if err := w.client.Get(ctx, types.NamespacedName{Namespace: w.ns, Name: podNameOf(name)}, pod); err != nil {
		return err
	}
	before := pod.DeepCopy()
	change(&pod.Status)
	return w.client.Status().Patch(ctx, pod, client.MergeFrom(before))
}

// Hold keeps a deleted Deployment's pod until Release.
func (w *Workloads) Hold(ctx context.Context, name string) { w.set(ctx, w.holding, name, true) }

// Release lets the pod of a deleted Deployment go.
func (w *Workloads) Release(ctx context.Context, name string) { w.set(ctx, w.holding, name, false) }

// Stopped lists the Deployments whose pods are gone, in the order in which they went.
func (w *Workloads) Stopped() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.stopped)
}

func (w *Workloads) set(ctx context.Context, flags map[string]bool, name string, value bool) {
	w.mu.Lock()
	flags[name] = value
	w.mu.Unlock()
	w.settle(ctx, types.NamespacedName{Namespace: w.ns, Name: name})
}

// settle brings one Deployment to where its controllers would bring it.
func (w *Workloads) settle(ctx context.Context, key types.NamespacedName) {
	for ctx.Err() == nil {
		if err := w.trySettle(ctx, key); client.IgnoreNotFound(err) == nil {
			return // a Deployment that is gone meanwhile needs nothing
		}
	}
}

func (w *Workloads) trySettle(ctx context.Context, key types.NamespacedName) error {
	deployment := &appsv1.Deployment{}
	if err := w.client.Get(ctx, key, deployment); err != nil {
		return err
	}
	w.mu.Lock()
	broken, holding := w.broken[key.Name], w.holding[key.Name]
	w.mu.Unlock()
	if deployment.DeletionTimestamp != nil {
		if holding {
			return nil
		}
		return w.finish(ctx, deployment)
	}
	if err := w.bindClaims(ctx, deployment); err != nil {
		return err
	}
	if err := w.ensurePod(ctx, deployment); err != nil {
		return err
	}
	available := int32(1)
	if broken {
		available = 0
	}
	if deployment.Status.ObservedGeneration == deployment.Generation && deployment.Status.AvailableReplicas == available {
		return nil
	}
	before := deployment.DeepCopy()
	rolledOut := !broken || slices.ContainsFunc(deployment.Status.Conditions, func(c appsv1.DeploymentCondition) bool {
		return c.Reason == "NewReplicaSetAvailable"
	})
	deployment.Status = appsv1.DeploymentStatus{
		ObservedGeneration: deployment.Generation,
		Replicas:           1, UpdatedReplicas: 1, ReadyReplicas: available, AvailableReplicas: available,
	}
	reason := "ReplicaSetUpdated"
	if rolledOut {
		reason = "NewReplicaSetAvailable"
	}
	now := metav1.NewTime(time.Now())
	deployment.Status.Conditions = []appsv1.DeploymentCondition{{
		Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: reason, LastUpdateTime: now, LastTransitionTime: now,
	}}
	return w.client.Status().Patch(ctx, deployment, client.MergeFrom(before))
}

// bindClaims gives the claims of a Deployment their volumes, without which no pod would start.
func (w *Workloads) bindClaims(ctx context.Context, deployment *appsv1.Deployment) error {
	for _, volume := range deployment.Spec.Template.Spec.Volumes {
		if volume.PersistentVolumeClaim == nil {
			continue
		}
		claim := &corev1.PersistentVolumeClaim{}
		key := types.NamespacedName{Namespace: deployment.Namespace, Name: volume.PersistentVolumeClaim.ClaimName}
		if err := w.client.Get(ctx, key, claim); err != nil {
			return err
		}
		if claim.Status.Phase == corev1.ClaimBound {
			continue
		}
		before := claim.DeepCopy()
		claim.Status.Phase = corev1.ClaimBound
		if err := w.client.Status().Patch(ctx, claim, client.MergeFrom(before)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workloads) ensurePod(ctx context.Context, deployment *appsv1.Deployment) error {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: deployment.Namespace, Name: podNameOf(deployment.Name),
		Labels: deployment.Spec.Template.Labels, Annotations: deployment.Spec.Template.Annotations,
	}}
	pod.Spec = *deployment.Spec.Template.Spec.DeepCopy()
	return client.IgnoreAlreadyExists(w.client.Create(ctx, pod))
}

// finish removes the pod and then lets the Deployment go.
func (w *Workloads) finish(ctx context.Context, deployment *appsv1.Deployment) error {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: deployment.Namespace, Name: podNameOf(deployment.Name)}}
	if err := client.IgnoreNotFound(w.client.Delete(ctx, pod, client.GracePeriodSeconds(0))); err != nil {
		return err
	}
	before := deployment.DeepCopy()
	deployment.Finalizers = slices.DeleteFunc(deployment.Finalizers, func(f string) bool { return f == metav1.FinalizerDeleteDependents })
	if err := w.client.Patch(ctx, deployment, client.MergeFrom(before)); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.stopped, deployment.Name) {
		w.stopped = append(w.stopped, deployment.Name)
	}
	return nil
}

func podNameOf(deployment string) string { return deployment + "-0" }
