package controllers

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// observe looks at the chain. It never fails: what cannot be seen stays unknown.
func (r *OPChainReconciler) observe(ctx context.Context, chain *v1alpha1.OPChain, result outcome) status.Observation {
	seen := status.Observation{Unread: result.unread, Inputs: result.found, L1: result.said.seen(), NotApplied: result.notApplied}
	for _, name := range manifests.Enabled(chain) {
		component := r.component(ctx, chain, name)
		component.Waiting = result.waiting[name]
		if why := result.held[name]; why != "" {
			component.Waiting, component.Held = why, true
		}
		seen.Components = append(seen.Components, component)
	}
	r.look(chain, &seen)
	return seen
}

// component judges a component by its Deployment and, while it is not available, its pods.
func (r *OPChainReconciler) component(ctx context.Context, chain *v1alpha1.OPChain, name string) status.Component {
	component := status.Component{Name: name}
	deployment := &appsv1.Deployment{}
	err := r.Get(ctx, types.NamespacedName{Namespace: chain.Namespace, Name: names.Of(chain, name)}, deployment, readOnly)
	if err != nil || deployment.DeletionTimestamp != nil {
		return component
	}
	component.State = stateOf(deployment)
	if component.State != status.Available {
		component.Stuck = r.stuck(ctx, chain, name, deployment)
	}
	return component
}

// stateOf reads how far the newest version came. Kubernetes keeps the reason
// NewReplicaSetAvailable from the end of a rollout until the next one has a pod, which with
// Recreate is only after the old pod is gone: no pod of the newest version means a rollout, but
// where Kubernetes says that it cannot make one.
func stateOf(d *appsv1.Deployment) status.State {
	switch {
	case d.Status.ObservedGeneration < d.Generation:
		return status.RollingOut
	case d.Status.UpdatedReplicas < 1 && (!rolledOut(d) || deploymentCondition(d, appsv1.DeploymentReplicaFailure) == nil):
		return status.RollingOut
	case d.Status.AvailableReplicas > 0 && d.Status.UpdatedReplicas == d.Status.Replicas:
		return status.Available
	case rolledOut(d):
		return status.Unavailable
	}
	return status.RollingOut
}

func rolledOut(d *appsv1.Deployment) bool {
	progressing := deploymentCondition(d, appsv1.DeploymentProgressing)
	return progressing != nil && progressing.Reason == "NewReplicaSetAvailable"
}

func deploymentCondition(d *appsv1.Deployment, kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == kind {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}

// stuck says why a component's pod does not come up; empty where nothing is known.
func (r *OPChainReconciler) stuck(ctx context.Context, chain *v1alpha1.OPChain, name string, d *appsv1.Deployment) string {
	pods := &corev1.PodList{}
	err := r.List(ctx, pods, client.InNamespace(chain.Namespace), client.MatchingFields{podIndex: names.Of(chain, name)})
	if err != nil {
		return ""
	}
	for i := range pods.Items {
		if why := podTrouble(&pods.Items[i]); why != "" {
			return why
		}
	}
	for _, kind := range []appsv1.DeploymentConditionType{appsv1.DeploymentReplicaFailure, appsv1.DeploymentProgressing} {
		if c := deploymentCondition(d, kind); c != nil && (c.Reason == "FailedCreate" || c.Reason == "ProgressDeadlineExceeded") {
			return c.Message
		}
	}
	return ""
}

// hopeless are reasons for which a container waits that time alone seldom mends.
var hopeless = map[string]bool{
	"CrashLoopBackOff": true, "ImagePullBackOff": true, "ErrImagePull": true, "ErrImageNeverPull": true, "InvalidImageName": true,
	"CreateContainerConfigError": true, "CreateContainerError": true, "RunContainerError": true,
}

// manyRestarts is from when on a container that runs at the moment still counts as crashing.
const manyRestarts = 3

// podTrouble says why a pod does not come up. One that is ending is not meant to.
func podTrouble(pod *corev1.Pod) string {
	if pod.DeletionTimestamp != nil {
		return ""
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return "pod cannot be scheduled: " + c.Message
		}
	}
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			if why := containerTrouble(&list[i]); why != "" {
				return why
			}
		}
	}
	return ""
}

// containerTrouble takes an end without an error for trouble too, if it comes again and again:
// op-geth ends so on a full volume.
func containerTrouble(c *corev1.ContainerStatus) string {
	last := c.State.Terminated
	if last == nil {
		last = c.LastTerminationState.Terminated
	}
	crashes := last != nil && last.ExitCode != 0 && c.RestartCount >= manyRestarts
	if !c.Ready && last != nil && (crashes || waitsFor(c, "CrashLoopBackOff")) {
		return fmt.Sprintf("container %s exits with code %d, %d restarts: read its log", c.Name, last.ExitCode, c.RestartCount)
	}
	return waitingTrouble(c)
}

// waitingTrouble says why a container cannot be started; empty where nothing is in the way.
func waitingTrouble(c *corev1.ContainerStatus) string {
	switch {
	case waitsFor(c, "ErrImagePull"), waitsFor(c, "ImagePullBackOff"): // they take turns
		return fmt.Sprintf("container %s: image %q cannot be pulled: correct its name, or set spec.imagePullSecrets", c.Name, c.Image)
	case c.State.Waiting != nil && hopeless[c.State.Waiting.Reason]:
		return fmt.Sprintf("container %s: %s", c.Name, c.State.Waiting.Reason)
	}
	return ""
}

func waitsFor(c *corev1.ContainerStatus, reason string) bool {
	return c.State.Waiting != nil && c.State.Waiting.Reason == reason
}
