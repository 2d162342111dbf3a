package controllers

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/pkg/status"
)

// TestStateOfRecreate follows the status of a Deployment with the strategy Recreate as the
// Deployment controller writes it (recreate.go, progress.go).
func TestStateOfRecreate(t *testing.T) {
	t.Parallel()
	const done, created, updated = "NewReplicaSetAvailable", "NewReplicaSetCreated", "ReplicaSetUpdated"
	cases := map[string]struct {
		observed                     int64
		replicas, updated, available int32
		progressing                  string
		failure                      bool
		want                         status.State
	}{
		"new":                              {0, 0, 0, 0, "", false, status.RollingOut},
		"first pod made":                   {2, 1, 1, 0, updated, false, status.RollingOut},
		"runs":                             {2, 1, 1, 1, done, false, status.Available},
		"changed, not yet seen":            {1, 1, 1, 1, done, false, status.RollingOut},
		"old version still counted":        {2, 1, 0, 1, done, false, status.RollingOut},
		"old pod is ending":                {2, 0, 0, 0, done, false, status.RollingOut},
		"new version made":                 {2, 0, 0, 0, created, false, status.RollingOut},
		"pod not ready any more":           {2, 1, 1, 0, done, false, status.Unavailable},
		"pod gone and not to be made anew": {2, 0, 0, 0, done, true, status.Unavailable},
		"first pod not to be made":         {2, 0, 0, 0, created, true, status.RollingOut},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
			d.Status = appsv1.DeploymentStatus{ObservedGeneration: c.observed, Replicas: c.replicas, UpdatedReplicas: c.updated, AvailableReplicas: c.available}
			if c.progressing != "" {
				d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Reason: c.progressing})
			}
			if c.failure {
				d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: appsv1.DeploymentReplicaFailure, Reason: "FailedCreate"})
			}
			if got := stateOf(d); got != c.want {
				t.Errorf("state %d, want %d", got, c.want)
			}
		})
	}
}

func TestPodThatEndsHasNoTrouble(t *testing.T) {
	t.Parallel()
	crashed := corev1.ContainerStatus{
		Name: "op-node", RestartCount: manyRestarts,
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}},
	}
	pod := corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{crashed}}}
	d := rollout(func(s *appsv1.DeploymentStatus) { s.AvailableReplicas = 0 })
	if got := stuck(d, newest([]corev1.Pod{pod}), silent); got != "container op-node exits with code 1, 3 restarts: read its log" {
		t.Errorf("a crashing pod's trouble is %q", got)
	}
	now := metav1.Now()
	pod.DeletionTimestamp = &now
	if got := stuck(d, newest([]corev1.Pod{pod}), silent); got != "" {
		t.Errorf("a pod that makes room for another has trouble: %q", got)
	}
}
