package overview_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *metav1.Time { return new(metav1.NewTime(now.Add(-d))) }

func chain(status v1alpha1.OPChainStatus) *v1alpha1.OPChain {
	c := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Namespace: "rollups", Name: "my-chain", UID: "one"}, Status: status}
	c.Spec.Components.Geth.Image, c.Spec.Components.Node.Image = "op-geth:v1", "op-node:v1"
	c.Spec.Components.Batcher.Enabled, c.Spec.Components.Proposer.Enabled = new(false), new(false)
	return c
}

func pod(component, name string, age time.Duration, change func(*corev1.Pod)) corev1.Pod {
	p := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{names.LabelName: component}, CreationTimestamp: *ago(age)},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: component, Image: component + ":of-the-pod"}}},
		Status: corev1.PodStatus{
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: component, Ready: true, RestartCount: 2}},
		},
	}
	if change != nil {
		change(&p)
	}
	return p
}

func notReady(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse }

func ended(code int32, reason string, before time.Duration) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, FinishedAt: *ago(before), Message: "a secret"}}
}

// What is so now goes before what the operator saw, and what the operator saw before nothing.
func TestComponents(t *testing.T) {
	t.Parallel()
	at := now.Add(-time.Minute)
	status := v1alpha1.OPChainStatus{}
	status.ComponentStatus.Geth = &v1alpha1.GethStatus{ComponentState: v1alpha1.ComponentState{
		Ready: new(true), Version: "v1.2.3", Restarts: new(int32(1)), ObservedAt: ago(time.Minute),
		LastExit: &v1alpha1.ExitStatus{Container: "op-geth", ExitCode: new(int32(2)), Reason: "Error", Message: "told by the operator", At: ago(time.Hour)},
	}}
	told := &overview.Exit{Container: "op-geth", ExitCode: 2, Reason: "Error", Message: "told by the operator", At: new(now.Add(-time.Hour))}
	deployment := func(available int32) []appsv1.Deployment {
		return []appsv1.Deployment{{
			ObjectMeta: metav1.ObjectMeta{Name: "my-chain-op-geth"},
			Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "op-geth", Image: "op-geth:wanted"}}}}},
			Status:     appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: available},
		}}
	}
	cases := map[string]struct {
		deployments []appsv1.Deployment
		pods        []corev1.Pod
		want        overview.Component
	}{
		"only the status": {want: overview.Component{Image: "op-geth:v1", Ready: new(true), Restarts: new(int32(1)), LastExit: told}},
		"no pod for quota": {
			deployments: func() []appsv1.Deployment {
				d := deployment(0)
				d[0].Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota"}}
				return d
			}(),
			want: overview.Component{Image: "op-geth:wanted", Ready: new(false), Waiting: "exceeded quota", Restarts: new(int32(1)), LastExit: told},
		},
		"a pod that is ready": {
			deployments: deployment(1), pods: []corev1.Pod{pod("op-geth", "a", time.Minute, nil)},
			want: overview.Component{Image: "op-geth:of-the-pod", Ready: new(true), Restarts: new(int32(2)), Pod: "a", StartedAt: &at, LastExit: told},
		},
		"another pod stops": {
			deployments: deployment(1),
			pods: []corev1.Pod{
				pod("op-geth", "stops", time.Second, func(p *corev1.Pod) { p.DeletionTimestamp = ago(0) }),
				pod("op-geth", "a", time.Minute, nil), pod("op-geth", "old", time.Hour, nil), pod("op-node", "node", 0, nil),
			},
			want: overview.Component{Image: "op-geth:of-the-pod", Ready: new(true), Restarts: new(int32(2)), Pod: "a", StartedAt: &at, LastExit: told},
		},
		"a newer end without its message": {
			pods: []corev1.Pod{pod("op-geth", "a", time.Minute, func(p *corev1.Pod) {
				notReady(p)
				p.Status.ContainerStatuses[0].LastTerminationState = ended(137, "OOMKilled", 30*time.Second)
				p.Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
			})},
			want: overview.Component{
				Image: "op-geth:of-the-pod", Ready: new(false), Waiting: "op-geth: CrashLoopBackOff", Restarts: new(int32(2)), Pod: "a", StartedAt: &at,
				LastExit: &overview.Exit{Container: "op-geth", ExitCode: 137, Reason: "OOMKilled", At: new(now.Add(-30 * time.Second))},
			},
		},
		"an init container that is done": {
			pods: []corev1.Pod{pod("op-geth", "a", time.Minute, func(p *corev1.Pod) {
				p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "init-genesis", State: ended(0, "Completed", time.Second)}}
			})},
			want: overview.Component{Image: "op-geth:of-the-pod", Ready: new(true), Restarts: new(int32(2)), Pod: "a", StartedAt: &at, LastExit: told},
		},
		"a pod without a place": {
			pods: []corev1.Pod{pod("op-geth", "a", time.Minute, func(p *corev1.Pod) {
				p.Status = corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes"}}}
			})},
			want: overview.Component{Image: "op-geth:of-the-pod", Ready: new(false), Waiting: "Unschedulable: 0/3 nodes", Restarts: new(int32(0)), Pod: "a", StartedAt: &at, LastExit: told},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := overview.Of(&overview.Sources{Chain: chain(status), Deployments: c.deployments, Pods: c.pods}, now)
			c.want.Name, c.want.Version, c.want.ObservedAt = "op-geth", "v1.2.3", &at
			if diff := cmp.Diff(c.want, o.Components[0]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A component that is disabled is shown for as long as there is something of it.
func TestDisabledComponents(t *testing.T) {
	t.Parallel()
	status := v1alpha1.OPChainStatus{}
	status.ComponentStatus.Batcher = &v1alpha1.BatcherStatus{}
	sources := &overview.Sources{Chain: chain(status)}
	if got := len(overview.Of(sources, now).Components); got != 2 {
		t.Errorf("%d components, want op-geth and op-node", got)
	}
	sources.Pods = []corev1.Pod{pod("op-batcher", "a", time.Minute, func(p *corev1.Pod) { p.DeletionTimestamp = ago(0) })}
	components := overview.Of(sources, now).Components
	if len(components) != 3 || components[2].Waiting != "it is being stopped" {
		t.Errorf("components %+v", components)
	}
}

// The lag is that of the moment in which the head was seen, for as long as that is as good as now.
func TestHeads(t *testing.T) {
	t.Parallel()
	status := v1alpha1.OPChainStatus{}
	status.ComponentStatus.Node = &v1alpha1.NodeStatus{
		UnsafeHeight: new(int64(100)), UnsafeTime: ago(62 * time.Second), SafeHeight: new(int64(90)), SafeTime: ago(2 * time.Minute),
	}
	status.ComponentStatus.Geth = &v1alpha1.GethStatus{SyncHeight: new(int64(101))}
	lags := func() [2]int64 {
		h := overview.Of(&overview.Sources{Chain: chain(status)}, now).Heads
		if *h.Safe.BehindUnsafe != 10 || *h.Geth.BehindUnsafe != 0 {
			t.Errorf("safe is %d behind, op-geth %d", *h.Safe.BehindUnsafe, *h.Geth.BehindUnsafe)
		}
		return [2]int64{*h.Unsafe.LagSeconds, *h.Safe.LagSeconds}
	}
	if got := lags(); got != [2]int64{62, 120} {
		t.Errorf("where it is not known when they were seen: %v", got)
	}
	status.ComponentStatus.Node.ObservedAt = ago(time.Minute)
	if got := lags(); got != [2]int64{2, 60} {
		t.Errorf("seen a minute ago: %v", got)
	}
	status.ComponentStatus.Node.ObservedAt = ago(overview.StaleAfter - time.Second)
	status.ComponentStatus.Node.UnsafeTime, status.ComponentStatus.Node.SafeTime = ago(overview.StaleAfter), ago(10*time.Minute)
	if got := lags(); got != [2]int64{1, 481} {
		t.Errorf("seen a second before it is too long ago: %v", got)
	}
	status.ComponentStatus.Node.ObservedAt = ago(overview.StaleAfter)
	if got := lags(); got != [2]int64{120, 600} {
		t.Errorf("seen too long ago: %v", got)
	}
	if got := overview.Of(&overview.Sources{Chain: chain(v1alpha1.OPChainStatus{})}, now).Heads; got != nil {
		t.Errorf("nothing was seen: %+v", got)
	}
}

// L1 is asked once a minute, so that what it says is good for longer.
func TestLagOfL1(t *testing.T) {
	t.Parallel()
	status := v1alpha1.OPChainStatus{L1: v1alpha1.L1Status{HeadHeight: new(int64(5)), HeadTime: ago(10 * time.Minute)}}
	for seen, want := range map[time.Duration]int64{overview.StaleAfter: 480, overview.StaleAfterL1 - time.Second: 421, overview.StaleAfterL1: 600} {
		status.L1.ObservedAt = ago(seen)
		if got := *overview.Of(&overview.Sources{Chain: chain(status)}, now).Heads.L1.LagSeconds; got != want {
			t.Errorf("seen %s ago: a lag of %d s, want %d", seen, got, want)
		}
	}
}

// op-node knows the chain: that others answer says nothing of how it is.
func TestObservedAt(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) *time.Time { return new(now.Add(-d)) }
	for name, c := range map[string]struct {
		disabled       bool
		node           *metav1.Time
		observed, last *time.Time
	}{
		"op-node is gone":       {node: ago(time.Hour), observed: at(time.Hour), last: at(time.Second)},
		"op-node never spoke":   {last: at(time.Second)},
		"op-node is disabled":   {disabled: true, node: ago(time.Hour), observed: at(time.Second), last: at(time.Second)},
		"op-node is the newest": {node: ago(0), observed: at(0), last: at(0)},
	} {
		status := v1alpha1.OPChainStatus{L1: v1alpha1.L1Status{ObservedAt: ago(time.Minute)}}
		status.ComponentStatus.Geth = &v1alpha1.GethStatus{ComponentState: v1alpha1.ComponentState{ObservedAt: ago(time.Second)}}
		status.ComponentStatus.Node = &v1alpha1.NodeStatus{ComponentState: v1alpha1.ComponentState{ObservedAt: c.node}}
		of := chain(status)
		of.Spec.Components.Node.Enabled = new(!c.disabled)
		o := overview.Of(&overview.Sources{Chain: of}, now)
		if diff := cmp.Diff([]*time.Time{c.observed, c.last}, []*time.Time{o.ObservedAt, o.LastAnswer}); diff != "" {
			t.Errorf("%s: observedAt, and the last answer (-want +got):\n%s", name, diff)
		}
	}
}

func TestConditionsAreSorted(t *testing.T) {
	t.Parallel()
	condition := func(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason}
	}
	status := v1alpha1.OPChainStatus{Conditions: []metav1.Condition{
		condition("Stalled", "False", "Settled"), condition("Reconciling", "True", "RollingOut"), condition("L1Reachable", "Unknown", "NotSeen"),
		condition("ConfigurationValid", "True", "ConfigurationValid"), condition("L2ServicesReady", "False", "RollingOut"),
		condition("SignersFunded", "False", "BalanceLow"), condition("StorageHealthy", "False", "VolumeFull"), condition("Ready", "False", "VolumeFull"),
	}}
	var got []string
	for _, c := range overview.Of(&overview.Sources{Chain: chain(status)}, now).Conditions {
		got = append(got, c.Type)
	}
	want := []string{"StorageHealthy", "Ready", "SignersFunded", "Reconciling", "L2ServicesReady", "L1Reachable", "Stalled", "ConfigurationValid"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Events are those of this very chain, by when they last happened.
func TestEvents(t *testing.T) {
	t.Parallel()
	event := func(reason, uid string, change func(*eventsv1.Event)) eventsv1.Event {
		e := eventsv1.Event{EventTime: metav1.NewMicroTime(now.Add(-time.Hour)), Reason: reason, Regarding: corev1.ObjectReference{UID: "one"}}
		if uid != "" {
			e.Regarding.UID = "another"
		}
		if change != nil {
			change(&e)
		}
		return e
	}
	sources := &overview.Sources{Chain: chain(v1alpha1.OPChainStatus{}), Events: []eventsv1.Event{
		event("Once", "", nil), event("OfItsNamesake", "another", nil),
		event("Series", "", func(e *eventsv1.Event) {
			e.Series = &eventsv1.EventSeries{Count: 7, LastObservedTime: metav1.NewMicroTime(now.Add(-time.Second))}
		}),
		event("Core", "", func(e *eventsv1.Event) {
			e.EventTime, e.DeprecatedLastTimestamp, e.DeprecatedCount = metav1.MicroTime{}, *ago(time.Minute), 3
		}),
		event("Bare", "", func(e *eventsv1.Event) {
			e.EventTime, e.CreationTimestamp = metav1.MicroTime{}, *ago(2 * time.Minute)
		}),
	}}
	want := []overview.Event{
		{At: now.Add(-time.Second), Reason: "Series", Count: 7}, {At: now.Add(-time.Minute), Reason: "Core", Count: 3},
		{At: now.Add(-2 * time.Minute), Reason: "Bare", Count: 1}, {At: now.Add(-time.Hour), Reason: "Once", Count: 1},
	}
	if diff := cmp.Diff(want, overview.Of(sources, now).Events); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for range 20 {
		sources.Events = append(sources.Events, event("More", "", nil))
	}
	if got := overview.Of(sources, now).Events; len(got) != 8 || got[0].Reason != "Series" {
		t.Errorf("%d events, the first %s", len(got), got[0].Reason)
	}
}

func TestStorage(t *testing.T) {
	t.Parallel()
	claim := corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "my-chain-op-geth"}}
	claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")}
	claim.Status.Phase = corev1.ClaimPending
	status := v1alpha1.OPChainStatus{}
	status.ComponentStatus.Node = &v1alpha1.NodeStatus{Volume: &v1alpha1.VolumeStatus{
		Capacity: new(resource.MustParse("1000")), Used: new(resource.MustParse("991")), ObservedAt: ago(time.Minute),
	}}
	got := overview.Of(&overview.Sources{Chain: chain(status), Claims: []corev1.PersistentVolumeClaim{claim}}, now).Storage
	want := []overview.Volume{
		{Component: "op-geth", Claim: "my-chain-op-geth", Phase: "Pending", CapacityBytes: new(int64(10 << 30))},
		{
			Component: "op-node", Claim: "my-chain-op-node", CapacityBytes: new(int64(1000)), UsedBytes: new(int64(991)), UsedPercent: new(int64(99)),
			ObservedAt: new(now.Add(-time.Minute)),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Who asks with a clock that is behind reads of nothing that is to come.
func TestClocksDiffer(t *testing.T) {
	t.Parallel()
	ahead := metav1.NewTime(now.Add(time.Hour))
	status := v1alpha1.OPChainStatus{L1: v1alpha1.L1Status{HeadHeight: new(int64(5)), HeadTime: &ahead, ObservedAt: ago(0)}}
	status.ComponentStatus.Batcher = &v1alpha1.BatcherStatus{LastBatchSubmission: &ahead}
	o := overview.Of(&overview.Sources{Chain: chain(status)}, now)
	if o.Batch.AgeSeconds != 0 || *o.Heads.L1.LagSeconds != 0 {
		t.Errorf("a batch of %d s, a lag of %d s", o.Batch.AgeSeconds, *o.Heads.L1.LagSeconds)
	}
}
