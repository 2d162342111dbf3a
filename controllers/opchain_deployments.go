package controllers

import (
	appsv1 "k8s.io/api/apps/v1"

	"github.com/oplabs/op-stack-operator/pkg/status"
)

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
