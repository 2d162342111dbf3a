package controllers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/podlog"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// components judges the enabled components by what the cluster shows of them. One deadline holds
// for all logs of a pass.
func (r *OPChainReconciler) components(ctx context.Context, chain *v1alpha1.OPChain, result *outcome) []status.Component {
	reading, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	var list []status.Component
	for _, name := range manifests.Enabled(chain) {
		pod := r.newestPod(ctx, chain, name)
		component := r.component(ctx, chain, name, pod, func(c *corev1.ContainerStatus) podlog.Cause {
			return r.cause(reading, chain, name, pod, c)
		})
		if pod != nil {
			component.Restarts = restarts(pod)
			component.LastExit = r.lastExit(reading, chain, name, pod)
		}
		component.Claim = r.claim(ctx, chain, name, pod)
		component.Waiting = result.waiting[name]
		if why := result.held[name]; why != "" {
			component.Waiting, component.Held = why, true
		}
		list = append(list, component)
	}
	return list
}

// cause gives why a container last ended, as far as that is known.
type cause func(*corev1.ContainerStatus) podlog.Cause

// component judges a component by its Deployment and, while it is not available, its pod.
func (r *OPChainReconciler) component(ctx context.Context, chain *v1alpha1.OPChain, name string, pod *corev1.Pod, why cause) status.Component {
	component := status.Component{Name: name}
	deployment := &appsv1.Deployment{}
	err := r.Get(ctx, types.NamespacedName{Namespace: chain.Namespace, Name: names.Of(chain, name)}, deployment, readOnly)
	if err != nil || deployment.DeletionTimestamp != nil {
		return component
	}
	component.State = stateOf(deployment)
	if component.State != status.Available {
		component.Stuck = stuck(deployment, pod, why)
	}
	return component
}

// newestPod is the newest pod of a component that is not ending; nil without one. It is readOnly.
func (r *OPChainReconciler) newestPod(ctx context.Context, chain *v1alpha1.OPChain, name string) *corev1.Pod {
	pods := &corev1.PodList{}
	err := r.List(ctx, pods, client.InNamespace(chain.Namespace), client.MatchingFields{podIndex: names.Of(chain, name)}, readOnly)
	if err != nil {
		return nil
	}
	return newest(pods.Items)
}

func newest(pods []corev1.Pod) *corev1.Pod {
	var newest *corev1.Pod
	for i := range pods {
		pod := &pods[i]
		if pod.DeletionTimestamp == nil && (newest == nil || newest.CreationTimestamp.Before(&pod.CreationTimestamp)) {
			newest = pod
		}
	}
	return newest
}

// stuck says why a component's pod does not come up; empty where nothing is known.
func stuck(d *appsv1.Deployment, pod *corev1.Pod, why cause) string {
	if pod != nil {
		if trouble := podTrouble(pod, why); trouble != "" {
			return trouble
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

// podTrouble says why a pod does not come up.
func podTrouble(pod *corev1.Pod, why cause) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return "pod cannot be scheduled: " + c.Message
		}
	}
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			if trouble := containerTrouble(&list[i], why); trouble != "" {
				return trouble
			}
		}
	}
	return ""
}

// containerTrouble takes a full volume for trouble between two crashes, too: op-geth ends without an
// error then, and so in no other way than one that was told to.
func containerTrouble(c *corev1.ContainerStatus, why cause) string {
	last, _ := lastEnd(c)
	if c.Ready || last == nil {
		return waitingTrouble(c)
	}
	known := why(c)
	if !crashes(c) && !known.DiskFull {
		return waitingTrouble(c)
	}
	trouble := fmt.Sprintf("container %s exits with code %d, %d restarts: ", c.Name, last.ExitCode, c.RestartCount)
	if known.Message != "" {
		return trouble + `"` + known.Message + `"`
	}
	return trouble + "read its log"
}

// crashes reports whether a container ends again and again: with an error, or so often that
// Kubernetes waits before it starts it once more.
func crashes(c *corev1.ContainerStatus) bool {
	last, _ := lastEnd(c)
	if c.Ready || last == nil {
		return false
	}
	return last.ExitCode != 0 && c.RestartCount >= manyRestarts || waitsFor(c, "CrashLoopBackOff")
}

// lastEnd is how a container last ended; nil if it never did. It is previous where the container
// was restarted since, or waits to be.
func lastEnd(c *corev1.ContainerStatus) (end *corev1.ContainerStateTerminated, previous bool) {
	if c.State.Terminated != nil {
		return c.State.Terminated, false
	}
	return c.LastTerminationState.Terminated, true
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

// restarts sums up how often the containers of a pod were restarted.
func restarts(pod *corev1.Pod) *int32 {
	var sum int32
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			sum += list[i].RestartCount
		}
	}
	return &sum
}

// failed is the container of a pod that ended last, and how; nil where none has. An init container
// that ended without an error has done its work, and one that failed before that counts by its
// failure.
func failed(pod *corev1.Pod) (*corev1.ContainerStatus, *corev1.ContainerStateTerminated) {
	type ended struct {
		container *corev1.ContainerStatus
		end       *corev1.ContainerStateTerminated
	}
	var list []ended
	for i := range pod.Status.InitContainerStatuses {
		c := &pod.Status.InitContainerStatuses[i]
		for _, end := range []*corev1.ContainerStateTerminated{c.State.Terminated, c.LastTerminationState.Terminated} {
			if end != nil && end.ExitCode != 0 {
				list = append(list, ended{c, end})
			}
		}
	}
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		if end, _ := lastEnd(c); end != nil {
			list = append(list, ended{c, end})
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	last := slices.MaxFunc(list, func(a, b ended) int { return cmp.Compare(a.end.FinishedAt.UnixNano(), b.end.FinishedAt.UnixNano()) })
	return last.container, last.end
}
