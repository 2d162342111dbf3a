package overview

import (
	"cmp"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// program is a component as the spec wants it and the status has it.
type program struct {
	name  string
	spec  *v1alpha1.ComponentSpec
	state *v1alpha1.ComponentState // nil where the status says nothing
}

// programs are the chain's, in the order in which they start.
func programs(chain *v1alpha1.OPChain) []program {
	spec, status := &chain.Spec.Components, &chain.Status.ComponentStatus
	list := []program{
		{name: names.Geth, spec: &spec.Geth.ComponentSpec}, {name: names.Node, spec: &spec.Node.ComponentSpec},
		{name: names.Batcher, spec: &spec.Batcher.ComponentSpec}, {name: names.Proposer, spec: &spec.Proposer.ComponentSpec},
	}
	if status.Geth != nil {
		list[0].state = &status.Geth.ComponentState
	}
	if status.Node != nil {
		list[1].state = &status.Node.ComponentState
	}
	if status.Batcher != nil {
		list[2].state = &status.Batcher.ComponentState
	}
	if status.Proposer != nil {
		list[3].state = &status.Proposer.ComponentState
	}
	return list
}

// components are those that are enabled, and those of which there is still something.
func components(sources *Sources) []Component {
	list := []Component{}
	for _, p := range programs(sources.Chain) {
		deployment, pod := sources.deployment(p.name), sources.pod(p.name)
		if !p.spec.IsEnabled() && deployment == nil && pod == nil {
			continue
		}
		c := Component{Name: p.name, Image: p.spec.Image}
		c.fromStatus(p.state)
		c.fromChain(sources.Chain)
		if deployment != nil {
			c.fromDeployment(deployment)
		}
		if pod != nil {
			c.fromPod(pod)
		}
		list = append(list, c)
	}
	return list
}

// fromStatus takes what the operator says.
func (c *Component) fromStatus(state *v1alpha1.ComponentState) {
	if state == nil {
		return
	}
	c.Ready, c.Version, c.Restarts, c.ObservedAt = state.Ready, state.Version, state.Restarts, timeOf(state.ObservedAt)
	if exit := state.LastExit; exit != nil && exit.ExitCode != nil {
		c.LastExit = &Exit{Container: exit.Container, ExitCode: *exit.ExitCode, Reason: exit.Reason, Message: exit.Message, At: timeOf(exit.At)}
	}
}

// fromChain takes what the operator says of one program alone.
func (c *Component) fromChain(chain *v1alpha1.OPChain) {
	geth, node := chain.Status.ComponentStatus.Geth, chain.Status.ComponentStatus.Node
	switch {
	case c.Name == names.Geth && geth != nil:
		c.Syncing = geth.Syncing
	case c.Name == names.Node && node != nil:
		c.Sequencing = node.Sequencing
		if chain.Spec.Components.Node.P2P.IsEnabled() {
			c.Peers = node.Peers
		}
	}
}

// fromDeployment takes what is so now, rather than when the operator looked.
func (c *Component) fromDeployment(d *appsv1.Deployment) {
	c.Image = imageOf(d.Spec.Template.Spec.Containers, c.Name, c.Image)
	c.Ready = new(d.Status.ObservedGeneration >= d.Generation && d.Status.AvailableReplicas > 0 && d.Status.UpdatedReplicas == d.Status.Replicas)
	for _, condition := range d.Status.Conditions {
		if condition.Type == appsv1.DeploymentReplicaFailure && condition.Status == corev1.ConditionTrue {
			c.Waiting = condition.Message
		}
	}
}

// fromPod takes what is so now. Of a container that ended it takes no message: programs put
// there what they like, such as the URL that they could not reach.
func (c *Component) fromPod(pod *corev1.Pod) {
	c.Pod, c.Node, c.Image = pod.Name, pod.Spec.NodeName, imageOf(pod.Spec.Containers, c.Name, c.Image)
	c.StartedAt = new(pod.CreationTimestamp.UTC())
	c.Ready = new(podReady(pod) && (c.Ready == nil || *c.Ready))
	restarts := int32(0)
	for _, container := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		restarts += container.RestartCount
		c.exited(&container)
	}
	c.Restarts = &restarts
	if !*c.Ready {
		c.Waiting = cmp.Or(waiting(pod), c.Waiting)
	}
}

// exited takes the end of a container where it is newer than the one that the operator told of.
// That an init container is done is no news.
func (c *Component) exited(container *corev1.ContainerStatus) {
	for _, end := range []*corev1.ContainerStateTerminated{container.LastTerminationState.Terminated, container.State.Terminated} {
		if end == nil || end.Reason == "Completed" && end.ExitCode == 0 && container.RestartCount == 0 {
			continue
		}
		at := timeOf(&end.FinishedAt)
		if c.LastExit == nil || at != nil && c.LastExit.At != nil && at.After(*c.LastExit.At) {
			c.LastExit = &Exit{Container: container.Name, ExitCode: end.ExitCode, Reason: end.Reason, At: at}
		}
	}
}

// waiting says why a pod is not ready.
func waiting(pod *corev1.Pod) string {
	if pod.DeletionTimestamp != nil {
		return "it is being stopped"
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Reason + ": " + condition.Message
		}
	}
	for _, container := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if state := container.State.Waiting; state != nil && state.Reason != "PodInitializing" {
			return container.Name + ": " + state.Reason
		}
	}
	if len(pod.Status.ContainerStatuses) > 0 && pod.Status.ContainerStatuses[0].State.Running != nil {
		return "it runs, and does not answer its probe yet"
	}
	return string(pod.Status.Phase)
}

func podReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// imageOf is the image of the container that is called as the component.
func imageOf(containers []corev1.Container, name, otherwise string) string {
	for i := range containers {
		if containers[i].Name == name {
			return containers[i].Image
		}
	}
	return otherwise
}

// deployment is a component's; nil where there is none, or none may be seen.
func (s *Sources) deployment(component string) *appsv1.Deployment {
	for i := range s.Deployments {
		if s.Deployments[i].Name == names.Of(s.Chain, component) {
			return &s.Deployments[i]
		}
	}
	return nil
}

// pod is a component's: the newest that is not being stopped, else the newest.
func (s *Sources) pod(component string) *corev1.Pod {
	var newest *corev1.Pod
	for i := range s.Pods {
		pod := &s.Pods[i]
		if pod.Labels[names.LabelName] != component {
			continue
		}
		if newest == nil || newer(pod, newest) {
			newest = pod
		}
	}
	return newest
}

func newer(a, b *corev1.Pod) bool {
	if aStops, bStops := a.DeletionTimestamp != nil, b.DeletionTimestamp != nil; aStops != bStops {
		return bStops
	}
	return a.CreationTimestamp.After(b.CreationTimestamp.Time)
}
