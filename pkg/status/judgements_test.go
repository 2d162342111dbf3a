package status

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// said is a condition in one line.
func said(status *v1alpha1.OPChainStatus, kind string) string {
	c := meta.FindStatusCondition(status.Conditions, kind)
	if c == nil {
		return "none"
	}
	return string(c.Status) + " " + c.Reason
}

// wellFor is a world where all is well, and the chain after an hour of it.
func wellFor() (world, *v1alpha1.OPChain) {
	w := aWorld()
	w.change = claims(corev1.ClaimBound, 40, nil)
	return w, w.live(noon.Add(-time.Hour), noon)
}

// What comes first in a chain's way is what Ready names.
func TestReadyNamesTheFirstFault(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name       string
		change     func(*Observation)
		want       string
		wantStatus metav1.ConditionStatus
		wantPhase  v1alpha1.Phase
	}{
		{"inputs", func(o *Observation) { o.Inputs = tooShort }, "InvalidJWT", metav1.ConditionFalse, v1alpha1.PhaseConfigurationInvalid},
		{"preflight", func(o *Observation) { o.L1 = refused }, "BatcherNotAuthorized", metav1.ConditionFalse, v1alpha1.PhaseConfigurationInvalid},
		{"services", func(o *Observation) { o.Components[2].State = RollingOut }, v1alpha1.ReasonRollingOut, metav1.ConditionFalse, v1alpha1.PhaseDeploying},
		{"storage", func(o *Observation) { o.Components[0].Claim.Phase = corev1.ClaimLost }, v1alpha1.ReasonClaimLost, metav1.ConditionFalse, v1alpha1.PhaseDegraded},
		{"l1", func(o *Observation) { o.View.L1.Failing = noon.Add(-time.Hour) }, v1alpha1.ReasonL1Silent, metav1.ConditionFalse, v1alpha1.PhaseDegraded},
		{"sequencer", func(o *Observation) {
			o.View.Node.Value.Unsafe.Time, o.View.UnsafeMoved = noon.Add(-time.Hour), noon.Add(-time.Hour)
		}, v1alpha1.ReasonUnsafeHeadStalled, metav1.ConditionFalse, v1alpha1.PhaseDegraded},
		{"signers", func(o *Observation) {
			o.View.L1.Value.BatcherBalance, o.View.L1.At = inWei(0), noon.Add(time.Minute)
		}, v1alpha1.ReasonOutOfFunds, metav1.ConditionFalse, v1alpha1.PhaseDegraded},
		{"batcher", func(o *Observation) { o.View.Node.Value.Safe.L1Origin -= windowSize }, v1alpha1.ReasonSequencingWindowOver, metav1.ConditionFalse, v1alpha1.PhaseDegraded},
		{"proposer", func(o *Observation) {
			o.View.L1.At, o.View.L1.Value.Head.Time = noon.Add(4*time.Hour), noon.Add(4*time.Hour)
		}, v1alpha1.ReasonProposalsOverdue, metav1.ConditionFalse, v1alpha1.PhaseDegraded},
	}
	for i, first := range faults {
		t.Run(first.name, func(t *testing.T) {
			t.Parallel()
			w, chain := wellFor()
			seen := w.at(noon)
			for j := len(faults) - 1; j >= i; j-- {
				faults[j].change(&seen)
			}
			next := Next(chain, seen, noon)
			ready := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionReady)
			if ready.Reason != first.want || ready.Status != first.wantStatus || next.Phase != first.wantPhase {
				t.Errorf("%s: Ready is %s %s, phase %s; want %s %s, %s", first.name, ready.Status, ready.Reason, next.Phase, first.wantStatus, first.want, first.wantPhase)
			}
		})
	}
}

// What is wrong with a chain is nothing that the operator is at work on, or cannot go on with.
func TestHealthIsNoWorkOfTheOperators(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	seen := w.at(noon)
	seen.View.Node.Value.Safe.L1Origin -= windowSize
	next := Next(chain, seen, noon)
	for kind, want := range map[string]string{
		v1alpha1.ConditionReady: "False SequencingWindowOver", v1alpha1.ConditionReconciling: "False Settled", v1alpha1.ConditionStalled: "False Settled",
	} {
		if got := said(&next, kind); got != want {
			t.Errorf("%s is %s, want %s", kind, got, want)
		}
	}
	seen.Unread = fault(v1alpha1.ReasonReadFailed, "timeout")
	next = Next(chain, seen, noon)
	for kind, want := range map[string]string{
		v1alpha1.ConditionReady: "False SequencingWindowOver", v1alpha1.ConditionReconciling: "True ReadFailed", v1alpha1.ConditionStalled: "False Settled",
	} {
		if got := said(&next, kind); got != want {
			t.Errorf("unread: %s is %s, want %s", kind, got, want)
		}
	}
	if strings.Contains(meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionReady).Message, goesOn) {
		t.Error("a chain that is undone goes on as it was")
	}
}

// Deletion asks nobody: judgements stay as they were, and none is made.
func TestDeletionLeavesJudgements(t *testing.T) {
	t.Parallel()
	_, chain := wellFor()
	deleting := Observation{Deleting: true, Stopping: "stopping op-node"}
	next := Next(chain, deleting, noon.Add(time.Hour))
	for _, j := range judgements {
		was, is := meta.FindStatusCondition(chain.Status.Conditions, j.condition), meta.FindStatusCondition(next.Conditions, j.condition)
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("%s (-before +after):\n%s", j.condition, diff)
		}
	}
	fresh := Next(newChain(), deleting, noon)
	for _, j := range judgements {
		if got := said(&fresh, j.condition); got != "none" {
			t.Errorf("%s of a chain that nobody looked at is %s", j.condition, got)
		}
	}
	if got := said(&next, v1alpha1.ConditionReady); got != "False ShuttingDown" {
		t.Errorf("Ready is %s", got)
	}
}

// A chain of which nothing runs yet is not judged by what nobody saw.
func TestNotDeployedIsNotSeen(t *testing.T) {
	t.Parallel()
	next := Next(newChain(), Observation{L1: silent, Components: held()}, noon)
	for _, j := range judgements {
		if got := said(&next, j.condition); got != "Unknown NotSeen" {
			t.Errorf("%s is %s", j.condition, got)
		}
	}
	if got := said(&next, v1alpha1.ConditionReady); got != "False L1NoAnswer" {
		t.Errorf("Ready is %s", got)
	}
}

// A judgement goes with what it judges.
func TestJudgementsGoWithTheirComponents(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	for _, step := range []struct {
		disable **bool
		want    []string
	}{
		{&chain.Spec.Components.Proposer.Enabled, []string{v1alpha1.ConditionProposerProgressing}},
		{&chain.Spec.Components.Batcher.Enabled, []string{v1alpha1.ConditionProposerProgressing, v1alpha1.ConditionSignersFunded}},
		{&chain.Spec.Components.Node.Enabled, []string{
			v1alpha1.ConditionProposerProgressing, v1alpha1.ConditionSignersFunded, v1alpha1.ConditionSequencerProgressing, v1alpha1.ConditionBatcherProgressing,
		}},
		{&chain.Spec.Components.Geth.Enabled, []string{
			v1alpha1.ConditionProposerProgressing, v1alpha1.ConditionSignersFunded, v1alpha1.ConditionSequencerProgressing, v1alpha1.ConditionBatcherProgressing,
			v1alpha1.ConditionStorageHealthy,
		}},
	} {
		*step.disable = new(false)
		next := Next(chain, w.at(noon), noon)
		gone := map[string]bool{}
		for _, kind := range step.want {
			gone[kind] = true
		}
		for _, j := range judgements {
			if got := said(&next, j.condition); (got == "none") != gone[j.condition] {
				t.Errorf("%s is %s, want it gone: %t", j.condition, got, gone[j.condition])
			}
		}
	}
}

func TestL1Reachable(t *testing.T) {
	t.Parallel()
	reading := func(change func(*observer.Reading[probe.L1State])) observer.View {
		r := observer.Reading[probe.L1State]{At: noon, Asked: noon, Value: probe.L1State{Head: probe.L1Block{Number: 7, Time: noon.Add(-10 * time.Second)}}}
		change(&r)
		return observer.View{L1: r}
	}
	failing := func(d time.Duration) func(*observer.Reading[probe.L1State]) {
		return func(r *observer.Reading[probe.L1State]) { r.At, r.Failing, r.Why = noon.Add(-d), noon.Add(-d), "503" }
	}
	cases := map[string]struct {
		was         string // a reason
		view        observer.View
		spec        v1alpha1.ThresholdsSpec
		want        string
		wantMessage string
	}{
		"it answers":                    {view: reading(func(*observer.Reading[probe.L1State]) {}), want: "True L1Answers", wantMessage: "block is 7, 10s old"},
		"a clock that is behind":        {view: reading(func(r *observer.Reading[probe.L1State]) { r.Value.Head.Time = noon.Add(time.Hour) }), want: "True L1Answers", wantMessage: "0s old"},
		"never asked":                   {want: "Unknown NotSeen"},
		"never asked by this process":   {was: v1alpha1.ReasonL1Silent, want: "False L1Silent"},
		"silent, and never known":       {view: reading(failing(time.Minute)), want: "Unknown NotSeen", wantMessage: "503"},
		"silent for less than 2m":       {was: v1alpha1.ReasonL1HeadStale, view: reading(failing(2*time.Minute - time.Second)), want: "False L1HeadStale"},
		"silent for 2m":                 {was: v1alpha1.ReasonL1HeadStale, view: reading(failing(2 * time.Minute)), want: "False L1Silent", wantMessage: "503"},
		"silent for what the spec says": {view: reading(failing(2 * time.Minute)), spec: v1alpha1.ThresholdsSpec{L1Silence: "3m"}, want: "Unknown NotSeen"},
		"stale":                         {view: reading(func(r *observer.Reading[probe.L1State]) { r.Value.Head.Time = noon.Add(-5*time.Minute - time.Second) }), want: "False L1HeadStale", wantMessage: "5m1s"},
		"stale for less than the spec says": {
			view: reading(func(r *observer.Reading[probe.L1State]) { r.Value.Head.Time = noon.Add(-5*time.Minute - time.Second) }),
			spec: v1alpha1.ThresholdsSpec{L1HeadAge: "1h"}, want: "True L1Answers",
		},
		"not asked any more": {was: v1alpha1.ReasonL1HeadStale, view: reading(func(r *observer.Reading[probe.L1State]) { r.At, r.Asked = noon.Add(-time.Hour), noon.Add(-time.Hour) }), want: "Unknown NotSeen"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain()
			chain.Spec.Monitoring.Thresholds = tc.spec
			if tc.was != "" {
				chain.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionL1Reachable, Status: metav1.ConditionFalse, Reason: tc.was}}
			}
			next := Next(chain, Observation{Components: all(Available), View: tc.view}, noon)
			c := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionL1Reachable)
			if got := said(&next, c.Type); got != tc.want || !strings.Contains(c.Message, tc.wantMessage) {
				t.Errorf("%s: %s, want %s with %q", got, c.Message, tc.want, tc.wantMessage)
			}
		})
	}
}

func TestSequencerProgressing(t *testing.T) {
	t.Parallel()
	const limit = time.Minute
	type view = observer.View
	// looked is a look at noon at a head of some age that moved some time ago, by a process that
	// has looked for some time.
	looked := func(age, moved, since time.Duration) view {
		v := view{Since: noon.Add(-since), Node: observer.Reading[probe.Node]{At: noon, Asked: noon, Value: probe.Node{Unsafe: probe.L2Block{Number: 9, Time: noon.Add(-age)}}}}
		if moved >= 0 {
			v.UnsafeMoved = noon.Add(-moved)
		}
		return v
	}
	const never = time.Duration(-1)
	cases := map[string]struct {
		was  metav1.ConditionStatus
		view view
		want string
	}{
		"new":                    {view: looked(2*time.Second, never, 0), want: "True UnsafeHeadMoves"},
		"in the future":          {view: looked(-time.Hour, never, 0), want: "True UnsafeHeadMoves"},
		"just within the limit":  {was: metav1.ConditionFalse, view: looked(limit, never, 0), want: "True UnsafeHeadMoves"},
		"old, at the first look": {view: looked(time.Hour, never, 0), want: "Unknown NotSeen"},
		"old, at the first look, and was stalled": {was: metav1.ConditionFalse, view: looked(time.Hour, never, 0), want: "False Before"},
		"old, at the first look, and moved":       {was: metav1.ConditionTrue, view: looked(time.Hour, never, 0), want: "True Before"},
		"old, and does not move for long":         {was: metav1.ConditionTrue, view: looked(time.Hour, never, limit+time.Second), want: "False UnsafeHeadStalled"},
		"old, and moved":                          {was: metav1.ConditionFalse, view: looked(time.Hour, time.Second, time.Hour), want: "True CatchingUp"},
		"old, and has stopped to move":            {was: metav1.ConditionTrue, view: looked(time.Hour, limit+time.Second, time.Hour), want: "False UnsafeHeadStalled"},
		"somewhat late, and moves":                {was: metav1.ConditionTrue, view: looked(limit+time.Second, 5*time.Second, time.Hour), want: "True UnsafeHeadMoves"},
		"not asked":                               {view: view{}, want: "Unknown NotSeen"},
		"not asked, and was stalled":              {was: metav1.ConditionFalse, view: view{}, want: "False Before"},
		"silent from the start":                   {was: metav1.ConditionTrue, view: view{Node: observer.Reading[probe.Node]{Asked: noon, Failing: noon.Add(-limit)}}, want: "True Before"},
		"silent from the start for long":          {was: metav1.ConditionFalse, view: view{Node: observer.Reading[probe.Node]{Asked: noon, Failing: noon.Add(-limit - time.Second)}}, want: "Unknown NotSeen"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain()
			chain.Spec.Components.Node.Sequencer.Enabled = new(true)
			if tc.was != "" {
				chain.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionSequencerProgressing, Status: tc.was, Reason: "Before"}}
			}
			chain.Status.Conditions = append(chain.Status.Conditions, metav1.Condition{
				Type: v1alpha1.ConditionL2ServicesReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAllComponentsReady, LastTransitionTime: *at(noon.Add(-24 * time.Hour)),
			})
			next := Next(chain, Observation{Components: all(Available), View: tc.view}, noon)
			if got := said(&next, v1alpha1.ConditionSequencerProgressing); got != tc.want {
				t.Errorf("it is %s, want %s", got, tc.want)
			}
		})
	}
}

func TestBatcherProgressing(t *testing.T) {
	t.Parallel()
	// The world's batchAge is half an hour. Each case changes what is seen at noon.
	old := func(w *world) { w.batcher = noon.Add(-65 * time.Minute) }
	cases := map[string]struct {
		world  func(*world)
		was    metav1.ConditionStatus
		change func(*Observation)
		want   string
	}{
		"a batch lately":         {world: func(*world) {}, want: "True SafeHeadMoves"},
		"none for long":          {world: old, was: metav1.ConditionTrue, want: "False BatchesOverdue"},
		"batches without effect": {world: func(w *world) { w.safe = noon.Add(-65 * time.Minute) }, was: metav1.ConditionTrue, want: "False SafeHeadStalled"},
		"none, but nothing to post": {world: func(w *world) { old(w); w.sequencer = noon.Add(-time.Hour) }, change: func(o *Observation) {
			o.View.Node.Value.Unsafe = o.View.Node.Value.Safe
		}, want: "True SafeHeadMoves"},
		"none, and a replica that would not know": {world: func(w *world) {
			old(w)
			w.noGossip, w.chain = true, func(chain *v1alpha1.OPChain) { chain.Spec.Components.Node.Sequencer.Enabled = nil }
		}, want: "False BatchesOverdue"},
		"none for long, and op-node was restarted and moves it again": {world: old, was: metav1.ConditionFalse, change: func(o *Observation) {
			o.View.SafeMoved = noon.Add(-time.Minute)
		}, want: "False BatchesOverdue"},
		"without a safe-head database that is progress": {world: func(w *world) { old(w); w.noSafeDB = true }, was: metav1.ConditionFalse, change: func(o *Observation) {
			o.View.SafeMoved = noon.Add(-time.Minute)
		}, want: "True SafeHeadMoves"},
		"while L1 is silent, too": {world: old, was: metav1.ConditionFalse, change: func(o *Observation) {
			o.View.SafeMoved, o.View.L1.Failing = noon.Add(-time.Minute), noon.Add(-time.Minute)
		}, want: "True SafeHeadMoves"},
		"an old safe head, by a process that is young": {world: func(w *world) { old(w); w.noSafeDB, w.started = true, noon.Add(-time.Minute) }, was: metav1.ConditionTrue, want: "True Before"},
		"the same, and was overdue":                    {world: func(w *world) { old(w); w.noSafeDB, w.started = true, noon.Add(-time.Minute) }, was: metav1.ConditionFalse, want: "False Before"},
		"the same, and never known":                    {world: func(w *world) { old(w); w.noSafeDB, w.started = true, noon.Add(-time.Minute) }, want: "Unknown NotSeen"},
		"L1 was last asked for the time of genesis, and op-node has read batches since": {world: func(w *world) { old(w); w.started = noon.Add(-time.Minute) }, change: func(o *Observation) {
			o.View.L1.Value.SafeSince = new(time.Unix(int64(o.Rollup.Genesis.L2Time), 0))
		}, want: "Unknown NotSeen"},
		"op-node reads L1":               {world: func(w *world) { w.syncing = true }, change: func(o *Observation) { o.View.SafeMoved = noon }, want: "Unknown NotSeen"},
		"op-node reads L1, and was well": {world: func(w *world) { w.syncing = true }, was: metav1.ConditionTrue, change: func(o *Observation) { o.View.SafeMoved = noon }, want: "True Before"},
		"op-node reads L1 no further, though batches come": {world: func(w *world) { w.syncing = true }, was: metav1.ConditionTrue, change: func(o *Observation) {
			o.View.SafeMoved, o.View.L1.Value.SafeSince = noon.Add(-time.Hour), new(noon.Add(-time.Hour))
		}, want: "False SafeHeadStalled"},
		"op-node is silent for less than its time": {world: func(w *world) { w.noNode = noon.Add(-20 * time.Minute) }, was: metav1.ConditionTrue, want: "True SafeHeadMoves"},
		"op-node is silent for longer":             {world: func(w *world) { w.noNode = noon.Add(-time.Hour) }, was: metav1.ConditionFalse, want: "Unknown NotSeen"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := aWorld().but(tc.world)
			chain := w.opchain()
			if tc.was != "" {
				chain.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionBatcherProgressing, Status: tc.was, Reason: "Before"}}
			}
			seen := w.at(noon)
			if tc.change != nil {
				tc.change(&seen)
			}
			next := Next(chain, seen, noon)
			if got := said(&next, v1alpha1.ConditionBatcherProgressing); got != tc.want {
				c := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionBatcherProgressing)
				t.Errorf("it is %s, want %s: %s", got, tc.want, c.Message)
			}
		})
	}
}

// A sequencer whose pods have just come up is not called stalled before it had time to go on.
func TestSequencerHasTimeAfterARestart(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	down := w.but(func(w *world) { w.noNode, w.services = noon, Unavailable })
	for t := noon; !t.After(noon.Add(10 * time.Minute)); t = t.Add(time.Minute) {
		chain.Status = stored(Next(chain, down.at(t), t))
	}
	if got := said(&chain.Status, v1alpha1.ConditionSequencerProgressing); got != "Unknown NotSeen" {
		t.Fatalf("while it is down it is %s", got)
	}
	up := w.but(func(w *world) { w.sequencer = noon })
	for after, want := range map[time.Duration]string{10 * time.Minute: "Unknown NotSeen", 12 * time.Minute: "False SequencerStopped"} {
		status := chain.DeepCopy()
		for t := noon.Add(10 * time.Minute); !t.After(noon.Add(after)); t = t.Add(time.Minute) {
			status.Status = stored(Next(status, up.at(t), t))
		}
		if got := said(&status.Status, v1alpha1.ConditionSequencerProgressing); got != want {
			t.Errorf("%s later it is %s, want %s", after, got, want)
		}
	}
}

// The window goes on with the clock while nobody tells anything, with and without rollup.json.
func TestWindowGoesOnInSilence(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	quiet := Observation{L1: passed, Components: four(Available), Rollup: w.rollup()}
	for _, step := range []struct {
		after time.Duration
		want  v1alpha1.WindowSeverity
	}{
		{time.Hour, v1alpha1.WindowSeverityNone}, {6 * time.Hour, v1alpha1.WindowSeverityNotice}, {9 * time.Hour, v1alpha1.WindowSeverityWarning},
		{11 * time.Hour, v1alpha1.WindowSeverityCritical}, {13 * time.Hour, v1alpha1.WindowSeverityCritical},
	} {
		next := Next(chain, quiet, noon.Add(step.after))
		was := chain.Status.SequencingWindow
		if got := next.SequencingWindow; got.Severity != step.want || *got.Left != *was.Left || !got.EndsAt.Equal(was.EndsAt) || !got.ObservedAt.Equal(was.ObservedAt) {
			t.Errorf("after %s: %v, want %s", step.after, got, step.want)
		}
	}
	if got := chain.Status.SequencingWindow.Severity; got != v1alpha1.WindowSeverityNone {
		t.Errorf("Next() changed the chain's window: %s", got)
	}
	quiet.Rollup = nil
	for after, want := range map[time.Duration]v1alpha1.WindowSeverity{9 * time.Hour: v1alpha1.WindowSeverityNone, 13 * time.Hour: v1alpha1.WindowSeverityCritical} {
		if got := Next(chain, quiet, noon.Add(after)).SequencingWindow.Severity; got != want {
			t.Errorf("without rollup.json, after %s: %s, want %s", after, got, want)
		}
	}
}

func TestSequencingWindow(t *testing.T) {
	t.Parallel()
	w := aWorld()
	whole := func(change func(*Observation)) Observation {
		seen := w.at(noon)
		change(&seen)
		return seen
	}
	ends := noon.Add(3593 * slot)
	cases := map[string]struct {
		seen     Observation
		wantLeft int64 // -1 for no window
		wantEnd  time.Time
	}{
		"by both":               {whole(func(*Observation) {}), 3593, ends},
		"by op-node's L1 alone": {whole(func(o *Observation) { o.View.L1 = observer.Reading[probe.L1State]{} }), 3593, ends},
		"by the higher L1": {whole(func(o *Observation) {
			o.View.L1.Value.Head = probe.L1Block{Number: 15410, Time: noon.Add(2 * time.Minute)}
		}), 3583, noon.Add(2*time.Minute + 3583*slot)},
		"by the lower one not":         {whole(func(o *Observation) { o.View.L1.Value.Head = probe.L1Block{Number: 15000, Time: noon.Add(-time.Hour)} }), 3593, ends},
		"L1 behind the safe head":      {whole(func(o *Observation) { o.View.Node.Value.Safe.L1Origin = 15500 }), windowSize, noon.Add((windowSize + 100) * slot)},
		"over":                         {whole(func(o *Observation) { o.View.Node.Value.Safe.L1Origin = 15400 - windowSize - 300 }), 0, noon.Add(-time.Hour)},
		"no rollup.json":               {whole(func(o *Observation) { o.Rollup = nil }), -1, noon},
		"op-node was never heard":      {whole(func(o *Observation) { o.View.Node = observer.Reading[probe.Node]{} }), -1, noon},
		"op-node still derives":        {whole(func(o *Observation) { o.View.Node.Value.CurrentL1 = probe.L1Block{Number: 15000, Time: noon} }), -1, noon},
		"op-node derives the last bit": {whole(func(o *Observation) { o.View.Node.Value.CurrentL1 = probe.L1Block{Number: 15300, Time: noon} }), 3593, ends},
		"another L1": {whole(func(o *Observation) {
			o.Rollup.Genesis.L2Time = uint64(noon.Add(-8 * time.Hour).Unix()) //nolint:gosec // after 1970
		}), 3593, noon.Add(3593 * 2 * time.Second)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Next(newChain(), tc.seen, noon).SequencingWindow
			if (got == nil) != (tc.wantLeft < 0) {
				t.Fatalf("window %v, want %d left", got, tc.wantLeft)
			}
			if got != nil && (*got.Left != tc.wantLeft || !got.EndsAt.Time.Equal(tc.wantEnd) || *got.Size != windowSize) {
				t.Errorf("%d of %d left, until %s; want %d, until %s", *got.Left, *got.Size, got.EndsAt, tc.wantLeft, tc.wantEnd)
			}
		})
	}
}

// A replica that was off for longer than the window has yet to read the batches of others. What is
// left of the window is counted again once it has.
func TestSequencingWindowOfAReplicaThatWasOff(t *testing.T) {
	t.Parallel()
	w := aWorld()
	chain := newChain()
	chain.Status = Next(chain, w.at(noon), noon)
	later := noon.Add((windowSize + 300) * slot)
	back := w.at(later)
	silent := back
	silent.View.Node.Failing, silent.View.Node.Why = noon, "connection refused"
	derives := func(seen *Observation) {
		seen.View.Node.Value.Safe = w.l2Block(noon)
		seen.View.Node.Value.CurrentL1 = w.l1Block(noon)
	}
	derives(&back)
	derives(&silent)
	if next := Next(chain, back, later); next.SequencingWindow != nil {
		t.Errorf("window %+v, want none while op-node reads L1", next.SequencingWindow)
	}
	if next := Next(chain, silent, later); next.SequencingWindow == nil || next.SequencingWindow.Severity != v1alpha1.WindowSeverityCritical {
		t.Errorf("window %+v, want one that is over: op-node does not say that it reads L1", next.SequencingWindow)
	}
}

func TestProposerProgressingWithAnOracle(t *testing.T) {
	t.Parallel()
	oracle := func(w *world) {
		w.chain = func(chain *v1alpha1.OPChain) {
			chain.Spec.L1.ContractAddresses.DisputeGameFactory, chain.Spec.L1.ContractAddresses.L2OutputOracle = "", "0x1000000000000000000000000000000000000002"
		}
		w.proposer = noon.Add(-10 * time.Hour)
	}
	for interval, want := range map[int64]string{0: "Unknown NotSeen", 1800: "False ProposalsOverdue", 10 * 1800: "True ProposalsOnTime"} {
		w := aWorld().but(oracle)
		if interval > 0 {
			w.tell = func(v *observer.View) { v.L1.Value.SubmissionInterval = &interval }
		}
		chain := w.live(noon.Add(-time.Hour), noon)
		if got := said(&chain.Status, v1alpha1.ConditionProposerProgressing); got != want {
			t.Errorf("with an interval of %d it is %s, want %s", interval, got, want)
		}
	}
}

func TestVolumeFullUntilOpGethRuns(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	look := func(c Component) string {
		seen := w.at(noon)
		c.Name, c.Claim = names.Geth, &Claim{Phase: corev1.ClaimBound, Why: "the pod is gone"}
		seen.Components[0] = c
		chain.Status = stored(Next(chain, seen, noon))
		return said(&chain.Status, v1alpha1.ConditionStorageHealthy)
	}
	full := &Exit{Container: names.Geth, At: noon, DiskFull: true}
	for _, step := range []struct {
		what string
		is   Component
		want string
	}{
		{"it stops", Component{State: Unavailable, LastExit: full}, "False VolumeFull"},
		{"a new pod starts", Component{State: RollingOut}, "False VolumeFull"},
		{"it stops for something else", Component{State: Unavailable, LastExit: &Exit{Container: names.Geth, ExitCode: 2}}, "True VolumesHealthy"},
		{"it stops again", Component{State: Unavailable, LastExit: full}, "False VolumeFull"},
		{"it runs", Component{State: Available, LastExit: full}, "True VolumesHealthy"},
	} {
		if got := look(step.is); got != step.want {
			t.Errorf("%s: %s, want %s", step.what, got, step.want)
		}
	}
}

// Figures of volumes hold for an hour; one that was too full stays so.
func TestVolumesNotMeasuredAnyMore(t *testing.T) {
	t.Parallel()
	for used, want := range map[int64][]string{40: {"True VolumesHealthy", "Unknown NotSeen"}, 90: {"False VolumeFilling", "False VolumeFilling"}} {
		w := aWorld()
		w.change = claims(corev1.ClaimBound, used, nil)
		chain := w.live(noon.Add(-time.Minute), noon)
		w.change = claims(corev1.ClaimBound, 0, nil)
		for i, after := range []time.Duration{50 * time.Minute, 70 * time.Minute} {
			next := Next(chain, w.at(noon.Add(after)), noon.Add(after))
			if got := said(&next, v1alpha1.ConditionStorageHealthy); got != want[i] {
				t.Errorf("%d%% full, %s later: %s, want %s", used, after, got, want[i])
			}
		}
	}
}

func TestNextFork(t *testing.T) {
	t.Parallel()
	fork := func(tooOld, untold []catalog.Component) *preflight.NextFork {
		return &preflight.NextFork{Name: "jovian", Time: afternoon, TooOld: tooOld, Untold: untold}
	}
	known := func(ready *bool) *v1alpha1.NextForkStatus {
		return &v1alpha1.NextForkStatus{Name: "jovian", Time: at(afternoon), ImagesReady: ready}
	}
	node := []catalog.Component{catalog.Node}
	cases := map[string]struct {
		was  *v1alpha1.NextForkStatus
		seen Observation
		now  time.Time
		want *v1alpha1.NextForkStatus
	}{
		"images are ready":            {nil, Observation{NextFork: fork(nil, nil)}, noon, known(new(true))},
		"one is too old":              {nil, Observation{NextFork: fork(node, nil)}, noon, known(new(false))},
		"one does not tell":           {nil, Observation{NextFork: fork(nil, node)}, noon, known(nil)},
		"one of each":                 {nil, Observation{NextFork: fork(node, node)}, noon, known(new(false))},
		"none is scheduled":           {known(new(true)), Observation{Rollup: &rollup.Config{}}, noon, nil},
		"the config cannot be read":   {known(new(true)), Observation{}, noon, known(new(true))},
		"it cannot be read, and came": {known(new(true)), Observation{}, afternoon, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain()
			chain.Status.NextFork = tc.was
			if diff := cmp.Diff(tc.want, Next(chain, tc.seen, tc.now).NextFork); diff != "" {
				t.Errorf("next fork (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	all := func(change func(*limits)) limits {
		l := limits{
			unsafeHeadAge: time.Minute, batchAge: 70 * time.Minute, proposalAge: 3 * time.Hour, l1Silence: 2 * time.Minute, l1HeadAge: 5 * time.Minute,
			fundsLeft: 72 * time.Hour, volumeUsed: 85, notice: 50, warning: 25, critical: 10, l1Block: slot, channel: 30 * time.Minute, proposals: time.Hour,
		}
		change(&l)
		return l
	}
	sequencer := func(spec *v1alpha1.OPChainSpec) { spec.Components.Node.Sequencer.Enabled = new(true) }
	cases := map[string]struct {
		spec    func(*v1alpha1.OPChainSpec)
		config  *rollup.Config
		l1Block time.Duration
		oracle  *int64
		want    limits
	}{
		"a spec without defaults":      {spec: sequencer, want: all(func(*limits) {})},
		"gossip":                       {spec: func(spec *v1alpha1.OPChainSpec) { spec.Components.Node.P2P.Enabled = new(true) }, want: all(func(*limits) {})},
		"neither sequencer nor gossip": {spec: func(*v1alpha1.OPChainSpec) {}, want: all(func(l *limits) { l.unsafeHeadAge = l.batchAge })},
		"slow blocks": {
			spec: sequencer, config: &rollup.Config{BlockTime: 12, SeqWindowSize: 3600},
			want: all(func(l *limits) { l.unsafeHeadAge = 2 * time.Minute }),
		},
		"a short window": {
			spec: sequencer, config: &rollup.Config{BlockTime: 2, SeqWindowSize: 200},
			want: all(func(l *limits) { l.batchAge = 20 * time.Minute }),
		},
		"a fast L1": {
			spec: sequencer, l1Block: 2 * time.Second,
			want: all(func(l *limits) { l.l1Block, l.channel, l.batchAge = 2*time.Second, 5*time.Minute, 20*time.Minute }),
		},
		"an oracle that was not asked": {
			spec:   func(spec *v1alpha1.OPChainSpec) { sequencer(spec); spec.L1.ContractAddresses.L2OutputOracle = "0x1" },
			config: &rollup.Config{BlockTime: 2, SeqWindowSize: 3600}, want: all(func(l *limits) { l.proposals, l.proposalAge = 0, 0 }),
		},
		"an oracle": {
			spec:   func(spec *v1alpha1.OPChainSpec) { sequencer(spec); spec.L1.ContractAddresses.L2OutputOracle = "0x1" },
			config: &rollup.Config{BlockTime: 2, SeqWindowSize: 3600}, oracle: new(int64(10800)),
			want: all(func(l *limits) { l.proposals, l.proposalAge = 6*time.Hour, 13*time.Hour }),
		},
		"nonsense in contracts and files": {
			spec:   func(spec *v1alpha1.OPChainSpec) { sequencer(spec); spec.L1.ContractAddresses.L2OutputOracle = "0x1" },
			config: &rollup.Config{BlockTime: 1 << 63, SeqWindowSize: 1 << 63}, oracle: new(int64(1 << 62)),
			want: all(func(l *limits) { l.proposals, l.proposalAge, l.unsafeHeadAge = longest, 2*longest+time.Hour, longest }),
		},
		"all set": {
			spec: func(spec *v1alpha1.OPChainSpec) {
				spec.Components.Proposer.ProposalInterval = "30m"
				spec.Components.Batcher.MaxChannelDuration = 50
				spec.Monitoring.Thresholds = v1alpha1.ThresholdsSpec{
					UnsafeHeadAge: "10s", BatchAge: "20m", ProposalAge: "30m", L1Silence: "40s", L1HeadAge: "50s", FundsLeft: "1h0m1s",
					VolumeUsedPercent: new(int32(91)), WindowNoticePercent: new(int32(92)), WindowWarningPercent: new(int32(20)), WindowCriticalPercent: new(int32(3)),
				}
			},
			want: limits{
				unsafeHeadAge: 10 * time.Second, batchAge: 20 * time.Minute, proposalAge: 30 * time.Minute, l1Silence: 40 * time.Second, l1HeadAge: 50 * time.Second,
				fundsLeft: time.Hour + time.Second, volumeUsed: 91, notice: 92, warning: 20, critical: 3, l1Block: slot, channel: 10 * time.Minute, proposals: 30 * time.Minute,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var spec v1alpha1.OPChainSpec
			tc.spec(&spec)
			if tc.l1Block == 0 {
				tc.l1Block = slot
			}
			if got := limitsOf(&spec, tc.config, tc.l1Block, tc.oracle); got != tc.want {
				t.Errorf("limitsOf() = %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "1s", 0: "1s", time.Millisecond: "1s", 4 * time.Second: "4s", 4*time.Second + 1: "5s", time.Minute - 1: "1m",
		140 * time.Second: "2m20s", time.Hour: "1h", time.Hour + 1: "1h1m", 48 * time.Hour: "2d", 48*time.Hour + 1: "2d1h",
	} {
		if got := within(d); got != want {
			t.Errorf("within(%d) = %s, want %s", d, got, want)
		}
	}
}

// Who asks for no batches is told how to get them.
func TestWhoPosts(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		batcher, sequencer bool
		want               string
	}{
		"op-batcher is here":      {batcher: true, sequencer: true, want: "look at op-batcher's log"},
		"a sequencer without one": {sequencer: true, want: "spec.components.batcher is disabled; enable it, unless another op-batcher posts"},
		"a replica":               {want: "not enabled here, so look at the one that posts"},
		"op-batcher by a replica": {batcher: true, want: "look at op-batcher's log"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain()
			chain.Spec.Components.Batcher.Enabled, chain.Spec.Components.Node.Sequencer.Enabled = &c.batcher, &c.sequencer
			if got := (&situation{spec: &chain.Spec}).whoPosts(); !strings.Contains(got, c.want) {
				t.Errorf("it says %q, want %q in it", got, c.want)
			}
		})
	}
}

// A reason that all volumes have in common is given once.
func TestStorageMessage(t *testing.T) {
	t.Parallel()
	const unmeasured, silent = "the kubelet does not measure the volume", "no pod uses the claim"
	usage := func(at time.Time) *Usage { return &Usage{Used: 40 << 30, Capacity: 100 << 30, At: at} }
	cases := map[string]struct {
		volumes [2]Claim // of op-geth and op-node
		want    string
	}{
		"one reason": {volumes: [2]Claim{{Why: unmeasured}, {Why: unmeasured}},
			want: "it is not known how full the volumes of op-geth and op-node are: " + unmeasured},
		"none": {want: "it is not known how full the volumes of op-geth and op-node are"},
		"two reasons": {volumes: [2]Claim{{Why: unmeasured}, {Why: silent}},
			want: "it is not known how full the volumes are: op-geth: " + unmeasured + ", and op-node: " + silent},
		"one of them": {volumes: [2]Claim{{Usage: usage(noon.Add(-time.Minute))}, {Why: silent}},
			want: "the volumes have room: op-geth 40% (40 GiB of 100 GiB); it is not known how full the volume of op-node is: " + silent},
		"long ago": {volumes: [2]Claim{{Usage: usage(noon.Add(-2 * time.Hour))}, {Why: silent}},
			want: "how full the volumes are was last seen more than 1h ago: op-geth 40% (40 GiB of 100 GiB) at 2026-11-22 10:00:00 UTC; " +
				"it is not known how full the volume of op-node is: " + silent},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, chain := aWorld(), newChain()
			seen := w.at(noon)
			for i := range c.volumes {
				c.volumes[i].Phase = corev1.ClaimBound
				seen.Components[i].Claim = &c.volumes[i]
			}
			next := Next(chain, seen, noon)
			if got := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionStorageHealthy).Message; got != c.want {
				t.Errorf("it says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestLasting(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 59*time.Second + 999*time.Millisecond: "59s", time.Minute: "1m", 4*time.Minute + 30*time.Second: "4m30s",
		2*time.Hour + 10*time.Minute + 59*time.Second: "2h10m", 3 * time.Hour: "3h", 47*time.Hour + 59*time.Minute: "47h59m", 48 * time.Hour: "2d",
		60*24*time.Hour + 12*time.Hour: "60d12h",
	} {
		if got := lasting(d); got != want {
			t.Errorf("lasting(%d) = %s, want %s", d, got, want)
		}
	}
}

// Whatever numbers a node gives, the window is of a size that the schema admits, and no status is
// refused for it.
func TestHostileWindow(t *testing.T) {
	t.Parallel()
	valid := schemaOf(t)
	const most = math.MaxInt64
	lastSecond := time.Unix(253402300799, 0)
	cases := map[string]struct {
		head     probe.L1Block
		origin   int64
		size     uint64
		wantLeft int64
	}{
		"a safe head on a block of the far future": {probe.L1Block{Number: 15400, Time: noon}, most, windowSize, windowSize},
		"an L1 head of the far future":             {probe.L1Block{Number: most, Time: noon}, 0, windowSize, 0},
		"a window without end":                     {probe.L1Block{Number: 15400, Time: noon}, most, math.MaxUint64, 1 << 62},
		"an L1 at the end of the calendar":         {probe.L1Block{Number: 15400, Time: lastSecond}, 15400, windowSize, windowSize},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, chain := wellFor()
			seen := w.at(noon)
			seen.Rollup.SeqWindowSize = tc.size
			seen.View.Node.Value.L1Head, seen.View.Node.Value.CurrentL1, seen.View.Node.Value.Safe.L1Origin = tc.head, tc.head, tc.origin
			next := Next(chain, seen, noon)
			if got := *next.SequencingWindow.Left; got != tc.wantLeft {
				t.Errorf("%d are left, want %d", got, tc.wantLeft)
			}
			valid(t, &next)
			if data, err := json.Marshal(next.SequencingWindow); err != nil {
				t.Error(err)
			} else if err := json.Unmarshal(data, &v1alpha1.SequencingWindowStatus{}); err != nil {
				t.Errorf("%s cannot be read: %v", data, err)
			}
		})
	}
}
