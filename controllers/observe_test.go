package controllers

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

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

func terminated(code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}
}

func waiting(reason string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "pull of https://user:secret@host failed"}}
}

func TestContainerTrouble(t *testing.T) {
	t.Parallel()
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	cases := map[string]struct {
		container corev1.ContainerStatus
		want      string
	}{
		"runs":                      {corev1.ContainerStatus{State: running, Ready: true}, ""},
		"starts":                    {corev1.ContainerStatus{State: running}, ""},
		"is being made":             {corev1.ContainerStatus{State: waiting("ContainerCreating")}, ""},
		"waits for the one before":  {corev1.ContainerStatus{State: waiting("PodInitializing")}, ""},
		"is done":                   {corev1.ContainerStatus{State: terminated(0), Ready: true}, ""},
		"exited once":               {corev1.ContainerStatus{State: terminated(1), RestartCount: 0}, ""},
		"runs after two exits":      {corev1.ContainerStatus{State: running, LastTerminationState: terminated(1), RestartCount: 2}, ""},
		"is ready after many exits": {corev1.ContainerStatus{State: running, Ready: true, LastTerminationState: terminated(1), RestartCount: 9}, ""},
		"runs between many exits": {
			corev1.ContainerStatus{State: running, LastTerminationState: terminated(2), RestartCount: 3},
			"container c exits with code 2, 3 restarts: read its log",
		},
		"waits after exits": {
			corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(1), RestartCount: 1},
			"container c exits with code 1, 1 restarts: read its log",
		},
		"exited again with another code": {
			corev1.ContainerStatus{State: terminated(137), LastTerminationState: terminated(1), RestartCount: 4},
			"container c exits with code 137, 4 restarts: read its log",
		},
		"stops again and again without an error": {
			corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(0), RestartCount: 5},
			"container c exits with code 0, 5 restarts: read its log",
		},
		"image cannot be pulled": {corev1.ContainerStatus{State: waiting("ImagePullBackOff")}, `container c: image "" cannot be pulled: correct its name, or set spec.imagePullSecrets`},
		"image has no name":      {corev1.ContainerStatus{State: waiting("InvalidImageName")}, "container c: InvalidImageName"},
		"Secret lacks the key":   {corev1.ContainerStatus{State: waiting("CreateContainerConfigError")}, "container c: CreateContainerConfigError"},
		"no program":             {corev1.ContainerStatus{State: waiting("RunContainerError")}, "container c: RunContainerError"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.container.Name = "c"
			if got := containerTrouble(&tc.container); got != tc.want {
				t.Errorf("containerTrouble() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestPodTrouble(t *testing.T) {
	t.Parallel()
	bad := func(name string) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: name, State: waiting("ErrImagePull")}
	}
	scheduled := func(status corev1.ConditionStatus, reason string) []corev1.PodCondition {
		return []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "not this one"},
			{Type: corev1.PodScheduled, Status: status, Reason: reason, Message: "0/3 nodes"},
		}
	}
	cases := map[string]struct {
		status corev1.PodStatus
		want   string
	}{
		"nothing is known":          {corev1.PodStatus{}, ""},
		"is scheduled":              {corev1.PodStatus{Conditions: scheduled(corev1.ConditionTrue, "")}, ""},
		"finds no node":             {corev1.PodStatus{Conditions: scheduled(corev1.ConditionFalse, corev1.PodReasonUnschedulable)}, "pod cannot be scheduled: 0/3 nodes"},
		"is held back by a gate":    {corev1.PodStatus{Conditions: scheduled(corev1.ConditionFalse, corev1.PodReasonSchedulingGated)}, ""},
		"a container is in trouble": {corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "a"}, bad("b")}}, `container b: image "" cannot be pulled: correct its name, or set spec.imagePullSecrets`},
		"an init container comes first": {
			corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{bad("init")}, ContainerStatuses: []corev1.ContainerStatus{bad("main")}},
			`container init: image "" cannot be pulled: correct its name, or set spec.imagePullSecrets`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := podTrouble(&corev1.Pod{Status: tc.status}); got != tc.want {
				t.Errorf("podTrouble() = %q, want %q", got, tc.want)
			}
		})
	}
}
