package controllers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/pkg/names"
)

// A Secret's annotations may hold its content: kubectl apply writes it there.
func TestStripSecret(t *testing.T) {
	t.Parallel()
	full := metav1.ObjectMeta{
		Namespace: "rollups", Name: "key", UID: "uid", ResourceVersion: "7", Labels: map[string]string{"a": "b"},
		Annotations:     map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "hunter2"},
		ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		OwnerReferences: []metav1.OwnerReference{{Kind: "OPChain", Name: "demo", UID: "owner", Controller: new(true)}},
	}
	want := metav1.ObjectMeta{Namespace: "rollups", Name: "key", UID: "uid", ResourceVersion: "7", OwnerReferences: full.OwnerReferences}
	got, err := stripSecret(&metav1.PartialObjectMetadata{ObjectMeta: full})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&metav1.PartialObjectMetadata{ObjectMeta: want}, got); diff != "" {
		t.Errorf("stripSecret() (-want +got):\n%s", diff)
	}
}

func TestStripPod(t *testing.T) {
	t.Parallel()
	end := corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error", FinishedAt: metav1.Unix(1_700_000_000, 0), ContainerID: "containerd://1"}
	container := corev1.ContainerStatus{
		Name: "c", Image: "c:v1", RestartCount: 3, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
		LastTerminationState: corev1.ContainerState{Terminated: &end},
	}
	full := *container.DeepCopy()
	full.VolumeMounts, full.AllocatedResources, full.Resources = []corev1.VolumeMountStatus{{Name: "v"}}, corev1.ResourceList{}, &corev1.ResourceRequirements{}
	full.ImageID, full.ContainerID, full.Started = "sha256:1", "containerd://2", new(bool)
	full.State.Waiting.Message, full.LastTerminationState.Terminated.Message = "from https://user:secret@registry", "https://rpc.example/secret"
	full.LastTerminationState.Terminated.StartedAt = metav1.Unix(1_600_000_000, 0)
	unscheduled := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "no node"}
	kept := metav1.ObjectMeta{Namespace: "rollups", Name: "pod", UID: "uid", CreationTimestamp: metav1.Unix(1_500_000_000, 0), Labels: map[string]string{names.LabelInstance: "demo"}}
	for name, conditions := range map[string][]corev1.PodCondition{"it crashes": nil, "it finds no node": {unscheduled}} {
		pod := &corev1.Pod{
			ObjectMeta: *kept.DeepCopy(),
			Spec:       corev1.PodSpec{NodeName: "node", Containers: []corev1.Container{{Env: []corev1.EnvVar{{Name: "A", Value: "b"}}}}},
			Status: corev1.PodStatus{
				Phase: corev1.PodRunning, HostIP: "192.0.2.1", HostIPs: []corev1.HostIP{{IP: "192.0.2.1"}}, PodIP: "10.0.0.1", Message: "m",
				Conditions:            append([]corev1.PodCondition{{Type: corev1.PodReady}}, conditions...),
				InitContainerStatuses: []corev1.ContainerStatus{*full.DeepCopy()}, ContainerStatuses: []corev1.ContainerStatus{*full.DeepCopy()},
			},
		}
		pod.Annotations, pod.ManagedFields = map[string]string{"a": "b"}, []metav1.ManagedFieldsEntry{{Manager: "kubelet"}}
		before := podTrouble(pod, silent)
		got, err := stripPod(pod)
		if err != nil {
			t.Fatal(err)
		}
		want := &corev1.Pod{ObjectMeta: kept, Status: corev1.PodStatus{
			HostIP: "192.0.2.1", Conditions: conditions,
			InitContainerStatuses: []corev1.ContainerStatus{container}, ContainerStatuses: []corev1.ContainerStatus{container},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: stripPod() (-want +got):\n%s", name, diff)
		}
		if after := podTrouble(pod, silent); after != before || after == "" {
			t.Errorf("%s: its trouble was %q and is %q", name, before, after)
		}
	}
}

// What the cache could not see go comes as a tombstone.
func TestStripLeavesTombstonesAlone(t *testing.T) {
	t.Parallel()
	tombstone := toolscache.DeletedFinalStateUnknown{Key: "rollups/x"}
	for name, strip := range map[string]toolscache.TransformFunc{"stripPod": stripPod, "stripSecret": stripSecret} {
		if got, err := strip(tombstone); err != nil || got != tombstone {
			t.Errorf("%s() = %v, %v", name, got, err)
		}
	}
}

func TestCacheOptions(t *testing.T) {
	t.Parallel()
	options := CacheOptions([]string{"a", "b"})
	if len(options.DefaultNamespaces) != 2 {
		t.Errorf("namespaces %v", options.DefaultNamespaces)
	}
	if CacheOptions(nil).DefaultNamespaces != nil {
		t.Error("without namespaces the cache must see all of them")
	}
	limited := 0
	for object, by := range options.ByObject {
		_, isSecret := object.(*corev1.Secret)
		if all := by.Label == nil; all != isSecret {
			t.Errorf("the cache holds %T of others: %v", object, all)
		}
		limited++
	}
	if limited != 7 {
		t.Errorf("%d kinds are limited, want 7", limited)
	}
}

func TestChainOfLabels(t *testing.T) {
	t.Parallel()
	pod := func(labels map[string]string) client.Object {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "rollups", Name: "x", Labels: labels}}
	}
	want := []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: "rollups", Name: "demo"}}}
	if diff := cmp.Diff(want, chainOfLabels(t.Context(), pod(map[string]string{names.LabelInstance: "demo"}))); diff != "" {
		t.Errorf("chainOfLabels() (-want +got):\n%s", diff)
	}
	if got := chainOfLabels(t.Context(), pod(nil)); got != nil {
		t.Errorf("chainOfLabels() of a pod without labels = %v", got)
	}
}
