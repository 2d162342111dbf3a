package controllers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/podlog"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// fakeLogs are the logs of containers that ended, by pod and container. The API server of the
// tests has no kubelet that it could ask for them.
type fakeLogs struct {
	mu    sync.Mutex
	texts map[string]string
	reads []string
}

func (f *fakeLogs) Read(_ context.Context, _, pod, container string, previous bool) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := pod + "/" + container
	f.reads = append(f.reads, name)
	text, ok := f.texts[name]
	if !ok || !previous { // that of the one before alone
		return nil, errors.New("there is no such log")
	}
	return []byte(text), nil
}

func (f *fakeLogs) write(name, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.texts == nil {
		f.texts = map[string]string{}
	}
	f.texts[name] = text
}

func (f *fakeLogs) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.reads)
}

// fakeVolumes knows the volumes of one node.
type fakeVolumes struct {
	mu     sync.Mutex
	hostIP string
	usages map[string]status.Usage // by namespace and claim
}

func (f *fakeVolumes) Usage(hostIP, namespace, claim string) (usage *status.Usage, why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.usages[namespace+"/"+claim]; ok && hostIP == f.hostIP {
		return &known, ""
	}
	return nil, "nobody measured it"
}

func (f *fakeVolumes) set(hostIP, namespace, claim string, usage status.Usage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hostIP, f.usages = hostIP, map[string]status.Usage{namespace + "/" + claim: usage}
}

// silent is a container of which nothing is known.
func silent(*corev1.ContainerStatus) podlog.Cause { return podlog.Cause{} }

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
			if got := containerTrouble(&tc.container, silent); got != tc.want {
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
			if got := podTrouble(&corev1.Pod{Status: tc.status}, silent); got != tc.want {
				t.Errorf("podTrouble() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestContainerTroubleNamesItsCause(t *testing.T) {
	t.Parallel()
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	full := podlog.Cause{Message: "Low disk space", DiskFull: true}
	cases := map[string]struct {
		container corev1.ContainerStatus
		why       podlog.Cause
		want      string
	}{
		"an error": {
			corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(1), RestartCount: 4},
			podlog.Cause{Message: "expected L2 genesis hash to match"}, `container c exits with code 1, 4 restarts: "expected L2 genesis hash to match"`,
		},
		"a full volume":                    {corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(0), RestartCount: 1}, full, `container c exits with code 0, 1 restarts: "Low disk space"`},
		"a full volume, and it starts":     {corev1.ContainerStatus{State: running, LastTerminationState: terminated(0), RestartCount: 2}, full, `container c exits with code 0, 2 restarts: "Low disk space"`},
		"a full volume, and it just ended": {corev1.ContainerStatus{State: terminated(0), RestartCount: 2}, full, `container c exits with code 0, 2 restarts: "Low disk space"`},
		"a volume that was full":           {corev1.ContainerStatus{State: running, Ready: true, LastTerminationState: terminated(0), RestartCount: 2}, full, ""},
		"an error, and it starts":          {corev1.ContainerStatus{State: running, LastTerminationState: terminated(1), RestartCount: 2}, podlog.Cause{Message: "no"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.container.Name = "c"
			got := containerTrouble(&tc.container, func(*corev1.ContainerStatus) podlog.Cause { return tc.why })
			if got != tc.want {
				t.Errorf("containerTrouble() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestNewest(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	pod := func(name string, hour int, ending bool) corev1.Pod {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(day.Add(time.Duration(hour) * time.Hour))}}
		if ending {
			p.DeletionTimestamp = &metav1.Time{Time: day}
		}
		return p
	}
	cases := map[string]struct {
		pods []corev1.Pod
		want string
	}{
		"none":              {nil, ""},
		"one":               {[]corev1.Pod{pod("a", 1, false)}, "a"},
		"one is ending":     {[]corev1.Pod{pod("a", 1, true)}, ""},
		"the second is new": {[]corev1.Pod{pod("a", 1, false), pod("b", 2, false)}, "b"},
		"the first is new":  {[]corev1.Pod{pod("a", 3, false), pod("b", 2, false)}, "a"},
		"the new is ending": {[]corev1.Pod{pod("a", 1, false), pod("b", 2, true)}, "a"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if pod := newest(tc.pods); pod != nil {
				got = pod.Name
			}
			if got != tc.want {
				t.Errorf("newest() = %q, want %q", got, tc.want)
			}
		})
	}
}

// ended is how a container ended at an hour.
func ended(code int32, hour int) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: "Error", FinishedAt: metav1.Date(2026, 11, 20, hour, 0, 0, 0, time.UTC),
	}}
}

func TestFailedAndRestarts(t *testing.T) {
	t.Parallel()
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	type list = []corev1.ContainerStatus
	cases := map[string]struct {
		init, main   list
		wantName     string
		wantHour     int
		wantRestarts int32
	}{
		"nothing is known":                  {},
		"all runs":                          {list{{Name: "init", State: ended(0, 1)}}, list{{Name: "main", State: running}}, "", 0, 0},
		"restarted once":                    {list{{Name: "init", State: ended(0, 1)}}, list{{Name: "main", State: running, LastTerminationState: ended(137, 2), RestartCount: 1}}, "main", 2, 1},
		"ended without an error":            {nil, list{{Name: "main", State: waiting("CrashLoopBackOff"), LastTerminationState: ended(0, 2), RestartCount: 5}}, "main", 2, 5},
		"ended a moment ago":                {nil, list{{Name: "main", State: ended(1, 3), LastTerminationState: ended(2, 2), RestartCount: 5}}, "main", 3, 5},
		"init fails":                        {list{{Name: "init", State: waiting("CrashLoopBackOff"), LastTerminationState: ended(1, 2), RestartCount: 2}}, list{{Name: "main", State: waiting("PodInitializing")}}, "init", 2, 2},
		"init failed before it did its job": {list{{Name: "init", State: ended(0, 3), LastTerminationState: ended(1, 2), RestartCount: 1}}, list{{Name: "main", State: running}}, "init", 2, 1},
		"the last counts": {
			list{{Name: "init", State: ended(0, 3), LastTerminationState: ended(1, 2), RestartCount: 1}},
			list{{Name: "main", State: running, LastTerminationState: ended(2, 4), RestartCount: 2}}, "main", 4, 3,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := &corev1.Pod{Status: corev1.PodStatus{InitContainerStatuses: tc.init, ContainerStatuses: tc.main}}
			gotName, gotHour := "", 0
			if container, end := failed(pod); container != nil {
				gotName, gotHour = container.Name, end.FinishedAt.Hour()
			}
			if gotName != tc.wantName || gotHour != tc.wantHour {
				t.Errorf("failed() = %q at %d, want %q at %d", gotName, gotHour, tc.wantName, tc.wantHour)
			}
			if got := restarts(pod); *got != tc.wantRestarts {
				t.Errorf("restarts() = %d, want %d", *got, tc.wantRestarts)
			}
		})
	}
}

// crash is a container that ended so for the nth time.
func crash(container string, code, n int32) corev1.ContainerStatus {
	state := ended(code, int(n))
	state.Terminated.ContainerID = "containerd://" + container + strings.Repeat("x", int(n))
	return corev1.ContainerStatus{Name: container, Image: container, LastTerminationState: state, RestartCount: n}
}

func (h *harness) component(chain *v1alpha1.OPChain, name string) status.Component {
	h.t.Helper()
	for _, c := range h.r.components(h.t.Context(), chain, &outcome{}) {
		if c.Name == name {
			return c
		}
	}
	h.t.Fatalf("%s is not enabled", name)
	return status.Component{}
}

// TestCrashLoopTellsItsCause follows op-node through two crashes, and until it runs again.
func TestCrashLoopTellsItsCause(t *testing.T) {
	t.Parallel()
	h := start(t, eager)
	chain := h.running("alpha")
	if got := h.component(chain, names.Node); *got.Restarts != 0 || got.LastExit != nil {
		t.Errorf("at first: %+v", got)
	}
	h.logs.write("alpha-op-node-0/op-node", `{"lvl":"crit","msg":"Application failed","message":"dial `+string(chain.Spec.L1.RPCURL)+`: refused"}`)
	h.must("crash", h.workloads.Crash(t.Context(), "alpha-op-node", crash("op-node", 1, 4)))
	const cause = "Application failed: dial http://…: refused"
	h.until(chain, "says why", func(c *v1alpha1.OPChain) bool {
		return strings.Contains(condition(c, v1alpha1.ConditionReady).Message, `op-node (container op-node exits with code 1, 4 restarts: "`+cause+`")`)
	})
	h.eventually("gives the exit", func() (bool, string) {
		got := h.component(chain, names.Node)
		got.LastExit.At = got.LastExit.At.UTC()
		diff := cmp.Diff(&status.Exit{
			Container: "op-node", ExitCode: 1, Reason: "Error", Message: cause, At: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC),
		}, got.LastExit)
		return diff == "" && *got.Restarts == 4, diff
	})
	if got := h.logs.count(); got != 1 {
		t.Errorf("its log was read %d times: %v", got, h.logs.reads)
	}
	h.logs.write("alpha-op-node-0/op-node", "Fatal: another\n")
	h.must("crash again", h.workloads.Crash(t.Context(), "alpha-op-node", crash("op-node", 2, 5)))
	h.until(chain, "says why it crashed again", func(c *v1alpha1.OPChain) bool {
		return strings.Contains(condition(c, v1alpha1.ConditionReady).Message, `exits with code 2, 5 restarts: "Fatal: another"`)
	})
	h.must("recover", h.workloads.Recover(t.Context(), "alpha-op-node"))
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	h.eventually("still knows how it ended", func() (bool, string) {
		got := h.component(chain, names.Node)
		return got.Stuck == "" && got.State == status.Available && got.LastExit.Message == "Fatal: another", cmp.Diff(status.Component{}, got)
	})
	if got := h.logs.count(); got != 2 {
		t.Errorf("its log was read %d times: %v", got, h.logs.reads)
	}
}

// TestLowDiskIsSeen has op-geth end without an error.
func TestLowDiskIsSeen(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	const low = "Low disk space. Gracefully shutting down Geth to prevent database corruption."
	for _, container := range []string{"alpha-op-geth-0/op-geth", "alpha-op-batcher-0/op-batcher"} {
		h.logs.write(container, `{"lvl":"error","msg":"`+low+`","available":"1 GiB"}`)
	}
	h.must("crash", h.workloads.Crash(t.Context(), "alpha-op-geth", crash("op-geth", 0, 2)))
	h.must("crash", h.workloads.Crash(t.Context(), "alpha-op-batcher", crash("op-batcher", 0, 2)))
	for component, wantFull := range map[string]bool{names.Geth: true, names.Batcher: false} { // op-batcher has no volume
		h.eventually("says why", func() (bool, string) {
			got := h.component(chain, component)
			exit := ptr.Deref(got.LastExit, status.Exit{})
			return exit.Message == low && exit.DiskFull == wantFull && strings.Contains(got.Stuck, low), cmp.Diff(status.Component{}, got)
		})
	}
}

// TestLogThatCannotBeRead fails no pass, and is tried once for each crash.
func TestLogThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.must("crash", h.workloads.Crash(t.Context(), "alpha-op-node", crash("op-node", 1, 4)))
	h.until(chain, "says that it crashes", func(c *v1alpha1.OPChain) bool {
		return strings.Contains(condition(c, v1alpha1.ConditionReady).Message, "container op-node exits with code 1, 4 restarts: read its log")
	})
	h.pass(chain)()
	if got := h.logs.count(); got != 1 {
		t.Errorf("its log was read %d times: %v", got, h.logs.reads)
	}
}

// TestCauseIsKnownOnce holds what is remembered to one end of one container.
func TestCauseIsKnownOnce(t *testing.T) {
	t.Parallel()
	logs := &fakeLogs{}
	logs.write("pod/op-geth", "Fatal: no")
	r := &OPChainReconciler{Logs: logs, Clock: clock.RealClock{}}
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: "alpha", UID: "chain"}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", UID: "first"}}
	c := crash("op-geth", 1, 4)
	c.State = waiting("CrashLoopBackOff")
	late, cancel := context.WithCancel(t.Context())
	cancel()
	steps := []struct {
		what      string
		do        func()
		ctx       context.Context
		want      podlog.Cause
		wantReads int
	}{
		{"no time is left", func() {}, late, podlog.Cause{}, 0},
		{"it is read", func() {}, t.Context(), podlog.Cause{Message: "Fatal: no"}, 1},
		{"it is known", func() {}, t.Context(), podlog.Cause{Message: "Fatal: no"}, 1},
		{"it runs again", func() { c.State, c.RestartCount = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, 5 }, t.Context(), podlog.Cause{Message: "Fatal: no"}, 1},
		{"another pod", func() { pod.UID = "second" }, t.Context(), podlog.Cause{Message: "Fatal: no"}, 2},
		{"another end", func() { c.LastTerminationState = ended(1, 9) }, t.Context(), podlog.Cause{Message: "Fatal: no"}, 3},
		{"it is ready, and ended otherwise", func() { c.Ready, c.LastTerminationState = true, ended(1, 10) }, t.Context(), podlog.Cause{}, 3},
		{"the chain is gone", func() { c.Ready = false; r.causes.forget(chain.UID) }, t.Context(), podlog.Cause{Message: "Fatal: no"}, 4},
		{"it ended a moment ago, once more", func() { c.State, c.RestartCount = ended(1, 11), 1 }, t.Context(), podlog.Cause{}, 5},
		{"it ended for the first time", func() { c.State, c.RestartCount = ended(1, 12), 0 }, t.Context(), podlog.Cause{}, 5},
		{"it never ended", func() { c.State, c.LastTerminationState = corev1.ContainerState{}, corev1.ContainerState{} }, t.Context(), podlog.Cause{}, 5},
	}
	for _, step := range steps {
		step.do()
		if got := r.cause(step.ctx, chain, names.Geth, pod, &c); got != step.want || logs.count() != step.wantReads {
			t.Errorf("%s: %+v after %d reads, want %+v after %d", step.what, got, logs.count(), step.want, step.wantReads)
		}
	}
}

// TestCauseTellsNoEndpoint has a program tell hosts that it cannot find, also where the inputs that
// it runs with were loaded and the last ones are refused.
func TestCauseTellsNoEndpoint(t *testing.T) {
	t.Parallel()
	logs := &fakeLogs{}
	r := &OPChainReconciler{Logs: logs, Clock: clock.RealClock{}}
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: "alpha", UID: "chain"}}
	r.ledger.remember(chain.UID, entry{running: running{l1: "https://my-key.l1.example/rpc", beacon: "https://my-key.beacon.example"}})
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", UID: "first"}}
	for i, host := range []string{"my-key.l1.example", "my-key.beacon.example"} {
		logs.write("pod/op-node", "Fatal: dial tcp: lookup "+host+": no such host")
		c := crash("op-node", 1, 4)
		c.State, c.LastTerminationState = waiting("CrashLoopBackOff"), ended(1, i+1)
		if got := r.cause(t.Context(), chain, names.Node, pod, &c); got.Message != "Fatal: dial tcp: lookup …: no such host" {
			t.Errorf("told %q", got.Message)
		}
	}
}

// TestOthersLogsAreNotRead has a container crash that the cluster has put into op-geth's pod.
func TestOthersLogsAreNotRead(t *testing.T) {
	t.Parallel()
	logs := &fakeLogs{}
	logs.write("pod/sidecar", "no space left on device, token=hunter2")
	r := &OPChainReconciler{Logs: logs, Clock: clock.RealClock{}}
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: "alpha", UID: "chain"}}
	c := crash("sidecar", 1, 4)
	c.State = waiting("CrashLoopBackOff")
	if got := r.cause(t.Context(), chain, names.Geth, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}}, &c); got != (podlog.Cause{}) || logs.count() != 0 {
		t.Errorf("told %+v after %d reads", got, logs.count())
	}
}

// hangingLogs take all the time that there is.
type hangingLogs struct {
	reads int
	end   context.CancelFunc // of that time
}

func (h *hangingLogs) Read(ctx context.Context, _, _, _ string, _ bool) ([]byte, error) {
	h.reads++
	h.end()
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestSilentNodeHoldsUpFewPasses has a thousand pods crash on a node that gives no logs.
func TestSilentNodeHoldsUpFewPasses(t *testing.T) {
	t.Parallel()
	logs, clk := &hangingLogs{}, clocktesting.NewFakePassiveClock(time.Now())
	r := &OPChainReconciler{Logs: logs, Clock: clk}
	crashing := func(node string) {
		for i := range 1000 {
			chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: "alpha", UID: types.UID(fmt.Sprint(i))}}
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", UID: chain.UID}, Status: corev1.PodStatus{HostIP: node}}
			c := crash("op-node", 1, 4)
			c.State = waiting("CrashLoopBackOff")
			ctx, cancel := context.WithCancel(t.Context())
			logs.end = cancel
			if got := r.cause(ctx, chain, names.Node, pod, &c); got != (podlog.Cause{}) {
				t.Errorf("told %+v", got)
			}
			cancel()
		}
	}
	for _, step := range []struct {
		node      string
		passed    time.Duration
		wantReads int
	}{{"192.0.2.1", 0, 1}, {"192.0.2.2", 0, 2}, {"192.0.2.1", logPause - 1, 2}, {"192.0.2.1", 1, 3}} {
		clk.SetTime(clk.Now().Add(step.passed))
		if crashing(step.node); logs.reads != step.wantReads {
			t.Errorf("%s was asked for logs %d times in all, want %d", step.node, logs.reads, step.wantReads)
		}
	}
	if got := len(r.causes.nodes); got != 1 {
		t.Errorf("%d nodes are remembered, want the last one", got)
	}
}

func TestClaimIsSeen(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.eventually("knows its claim", func() (bool, string) {
		claim := h.component(chain, names.Geth).Claim
		ok := claim != nil && claim.Name == "alpha-op-geth" && claim.Phase == corev1.ClaimBound && !claim.Created.IsZero() && claim.Usage == nil && claim.Why == "no pod uses the claim"
		return ok, fmt.Sprintf("%+v", claim)
	})
	want := status.Usage{Used: 7, Capacity: 10, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}
	h.volumes.set("192.0.2.7", h.Namespace, "alpha-op-geth", want)
	for _, deployment := range []string{"alpha-op-geth", "alpha-op-node"} {
		h.must("place", h.workloads.Place(t.Context(), deployment, "192.0.2.7"))
	}
	h.eventually("knows its volumes", func() (bool, string) {
		geth, node := h.component(chain, names.Geth).Claim, h.component(chain, names.Node).Claim
		diff := cmp.Diff(&want, geth.Usage)
		return diff == "" && geth.Why == "" && node.Usage == nil && node.Why == "nobody measured it", diff + node.Why
	})
	if got := h.component(chain, names.Batcher).Claim; got != nil {
		t.Errorf("op-batcher has a claim: %+v", got)
	}
	h.eventually("does not take another chain's claim for its own", func() (bool, string) {
		other := chain.DeepCopy()
		other.Spec.L2.ChainID++
		got := h.component(other, names.Geth).Claim
		return got.Phase == "" && got.Usage == nil && got.Why == "there is no such claim", cmp.Diff(status.Claim{}, *got)
	})
}
