package controllers

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/oplabs/op-stack-operator/pkg/status"
)

// rollout is the status of a Deployment of one replica, in its second generation.
func rollout(change func(*appsv1.DeploymentStatus)) *appsv1.Deployment {
	d := &appsv1.Deployment{}
	d.Generation = 2
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1}
	change(&d.Status)
	return d
}

// progress sets the reason of the condition that tells how a rollout goes.
func progress(s *appsv1.DeploymentStatus, reason string) {
	s.Conditions = append(s.Conditions,
		appsv1.DeploymentCondition{Type: appsv1.DeploymentAvailable, Reason: "MinimumReplicasUnavailable"},
		appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Reason: reason})
}

func TestStateOf(t *testing.T) {
	t.Parallel()
	const done = "NewReplicaSetAvailable"
	cases := map[string]struct {
		status func(*appsv1.DeploymentStatus)
		want   status.State
	}{
		"available":                        {func(s *appsv1.DeploymentStatus) { progress(s, done) }, status.Available},
		"available before it is called so": {func(s *appsv1.DeploymentStatus) { progress(s, "ReplicaSetUpdated") }, status.Available},
		"just made":                        {func(s *appsv1.DeploymentStatus) { *s = appsv1.DeploymentStatus{} }, status.RollingOut},
		"changed a moment ago":             {func(s *appsv1.DeploymentStatus) { progress(s, done); s.ObservedGeneration = 1 }, status.RollingOut},
		"the first pod starts":             {func(s *appsv1.DeploymentStatus) { progress(s, "ReplicaSetUpdated"); s.AvailableReplicas = 0 }, status.RollingOut},
		"no pod yet": {func(s *appsv1.DeploymentStatus) {
			progress(s, "NewReplicaSetCreated")
			s.Replicas, s.UpdatedReplicas, s.AvailableReplicas = 0, 0, 0
		}, status.RollingOut},
		"the old pod still runs":     {func(s *appsv1.DeploymentStatus) { progress(s, "ReplicaSetUpdated"); s.UpdatedReplicas = 0 }, status.RollingOut},
		"old and new side by side":   {func(s *appsv1.DeploymentStatus) { progress(s, "ReplicaSetUpdated"); s.Replicas = 2 }, status.RollingOut},
		"the start takes too long":   {func(s *appsv1.DeploymentStatus) { progress(s, "ProgressDeadlineExceeded"); s.AvailableReplicas = 0 }, status.RollingOut},
		"it was available and fails": {func(s *appsv1.DeploymentStatus) { progress(s, done); s.AvailableReplicas = 0 }, status.Unavailable},
		"its pod is replaced": {func(s *appsv1.DeploymentStatus) {
			progress(s, done)
			s.Replicas, s.UpdatedReplicas, s.AvailableReplicas = 0, 0, 0
		}, status.RollingOut},
		"no conditions, not available": {func(s *appsv1.DeploymentStatus) { s.AvailableReplicas = 0 }, status.RollingOut},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := stateOf(rollout(tc.status)); got != tc.want {
				t.Errorf("stateOf() = %v, want %v", got, tc.want)
			}
		})
	}
}
