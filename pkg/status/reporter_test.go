package status

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

const interval = time.Minute

// desk is a Reporter with everything around it counted.
type desk struct {
	t        *testing.T
	reporter *Reporter
	client   client.Client
	clock    *clocktesting.FakePassiveClock
	recorder *events.FakeRecorder
	series   recording
	patches  []string // the bodies of what was written
	fail     error
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, clock: clocktesting.NewFakePassiveClock(noon), recorder: events.NewFakeRecorder(100)}
	other := func(what string) error { t.Errorf("unexpected %s", what); return errors.New(what) }
	d.client = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.OPChain{}).WithObjects(newChain()).
		WithInterceptorFuncs(interceptor.Funcs{
			SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
				body, err := p.Data(o)
				if err != nil {
					return err
				}
				d.patches = append(d.patches, string(body))
				if d.fail != nil {
					return d.fail
				}
				return c.SubResource(sub).Patch(ctx, o, p, opts...)
			},
			Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error {
				return other("update")
			},
			Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
				return other("patch")
			},
			SubResourceUpdate: func(context.Context, client.Client, string, client.Object, ...client.SubResourceUpdateOption) error {
				return other("status update")
			},
		}).Build()
	d.reporter = NewReporter(d.client, d.recorder, &d.series, d.clock, interval)
	return d
}

// recording is a Recorder that notes the heights that it was told.
type recording struct {
	heights, seen []int64
	writes        int
	forgotten     []types.NamespacedName
}

func (r *recording) StatusWritten() { r.writes++ }

func (r *recording) Record(_ *v1alpha1.OPChain, next *v1alpha1.OPChainStatus, view *observer.View) {
	if node := next.ComponentStatus.Node; node != nil {
		r.heights = append(r.heights, ptr.Deref(node.UnsafeHeight, -1))
	}
	r.seen = append(r.seen, view.Node.Value.Unsafe.Number)
}

func (r *recording) Forget(chain types.NamespacedName) { r.forgotten = append(r.forgotten, chain) }

// report reads the chain as the controller does, reports, and counts what was written.
func (d *desk) report(seen Observation) (patches int, announced []string) {
	d.t.Helper()
	chain, before := d.read(), len(d.patches)
	if err := d.reporter.Report(d.t.Context(), chain, seen); err != nil {
		d.t.Fatal(err)
	}
	return len(d.patches) - before, d.events()
}

func (d *desk) read() *v1alpha1.OPChain {
	d.t.Helper()
	chain := &v1alpha1.OPChain{}
	if err := d.client.Get(d.t.Context(), client.ObjectKey{Namespace: "rollups", Name: "demo"}, chain); err != nil {
		d.t.Fatal(err)
	}
	return chain
}

func (d *desk) events() []string {
	var list []string
	for {
		select {
		case event := <-d.recorder.Events:
			list = append(list, event)
		default:
			return list
		}
	}
}

func running(height int64) Observation {
	return Observation{L1: passed, Components: all(Available), View: observer.View{Node: observer.Reading[probe.Node]{At: noon, Value: probe.Node{Unsafe: probe.L2Block{Number: height}}}}}
}

// runningWith is a chain that runs, at a height of 5.
func runningWith(l1 L1) Observation {
	seen := running(5)
	seen.L1 = l1
	return seen
}

func lowBalance(wei string) L1 {
	return L1{Asked: true, Complete: true, Answered: noon, Findings: preflight.Findings{finding(v1alpha1.SeverityWarning, v1alpha1.CodeBalanceLow, wei+" wei")}}
}

func TestReportLifeOfAChain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	steps := []struct {
		what        string
		after       time.Duration
		seen        Observation
		wantPatches int
		wantEvents  []string
	}{
		{"the first look is written", 0, Observation{L1: passed, Components: all(Missing)}, 1, []string{
			"Normal ConfigurationValid the spec and the Secrets that it names agree",
			"Normal PreflightPassed L1 is as the chain needs it",
			"Normal RollingOut waiting for op-geth, op-node, op-batcher",
		}},
		{"nothing new", time.Second, Observation{L1: passed, Components: all(Missing)}, 0, nil},
		{"other wording waits", time.Second, Observation{L1: passed, Components: all(RollingOut)[:2]}, 0, nil},
		{"a condition changes", time.Second, running(1), 1, []string{"Normal AllComponentsReady available: op-geth, op-node, op-batcher"}},
		{"a height waits", interval - time.Second, running(2), 0, nil},
		{"a height is due", time.Second, running(3), 1, nil},
		{"the next height waits", time.Second, running(4), 0, nil},
		{"nothing new, though due", interval, running(3), 0, nil},
		{"no answer is nothing new", interval, Observation{L1: passed, Components: all(Available)}, 0, nil},
		{"inputs turn invalid", 0, Observation{Components: all(Available), Inputs: append(tooShort, finding(v1alpha1.SeverityError, v1alpha1.CodeSecretNotFound, "no key"))}, 1, []string{
			"Warning InvalidJWT too short; no key",
		}},
		{"one of two mistakes is mended", 0, Observation{Components: all(Available), Inputs: tooShort}, 1, []string{
			"Warning InvalidJWT too short",
		}},
		{"the other is mended too", 0, running(4), 1, []string{
			"Normal ConfigurationValid the spec and the Secrets that it names agree", "Normal PreflightPassed L1 is as the chain needs it",
		}},
		{"L1 does not answer", 0, runningWith(silent), 1, []string{"Warning L1NoAnswer it took too long"}},
		{"it does not answer in other words, which waits", time.Second, runningWith(L1{Asked: true, Findings: preflight.Findings{finding(v1alpha1.SeverityUnknown, v1alpha1.CodeL1NoAnswer, "503")}}), 0, nil},
		{"L1 answers, and a balance is low", time.Second, runningWith(lowBalance("10")), 1, []string{
			"Normal PreflightPassed L1 is as the chain needs it; there is 1 warning in status.preflight",
		}},
		{"the balance moves, which waits", time.Second, runningWith(lowBalance("9")), 0, nil},
		{"the balance is due", interval, runningWith(lowBalance("9")), 1, nil},
		{"L1 was asked again, which waits", time.Second, runningWith(L1{Asked: true, Complete: true, Answered: afternoon, Findings: lowBalance("9").Findings}), 0, nil},
		{"L1 refuses", 0, runningWith(refused), 1, []string{"Warning BatcherNotAuthorized SystemConfig names another; no such type"}},
		{"L1 refuses less", 0, runningWith(L1{Asked: true, Complete: true, Findings: refused.Findings[:1]}), 1, []string{"Warning BatcherNotAuthorized SystemConfig names another"}},
		{"L1 is as it should be", 0, running(4), 1, []string{"Normal PreflightPassed L1 is as the chain needs it"}},
		{"a component goes", 0, Observation{L1: passed, Components: but(Component{Name: names.Node, State: Unavailable})}, 1, []string{
			"Warning ComponentUnavailable not available any more: op-node",
		}},
		{"why it went waits", time.Second, Observation{L1: passed, Components: but(Component{Name: names.Node, State: Unavailable, Stuck: "exits"})}, 0, nil},
		{"why it went is due, and no event", interval, Observation{L1: passed, Components: but(Component{Name: names.Node, State: Unavailable, Stuck: "exits"})}, 1, nil},
		{"it comes back", 0, running(5), 1, []string{"Normal AllComponentsReady available: op-geth, op-node, op-batcher"}},
		{"deletion", 0, Observation{Deleting: true, Stopping: "stopping op-batcher"}, 1, []string{"Normal ShuttingDown stopping op-batcher"}},
		{"deletion goes on", time.Second, Observation{Deleting: true, Stopping: "stopping op-node"}, 0, nil},
	}
	for _, step := range steps {
		d.clock.SetTime(d.clock.Now().Add(step.after))
		patches, announced := d.report(step.seen)
		if patches != step.wantPatches {
			t.Errorf("%s: %d patches, want %d: %v", step.what, patches, step.wantPatches, d.patches)
		}
		if diff := cmp.Diff(step.wantEvents, announced); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", step.what, diff)
		}
	}
	for _, patch := range d.patches {
		fields := map[string]any{}
		if err := json.Unmarshal([]byte(patch), &fields); err != nil || len(fields) != 1 || fields["status"] == nil {
			t.Errorf("patch %s touches more than the status, %v", patch, err)
		}
	}
}

// The health of a chain makes one event for each change of it, none for each look, and none for
// what nobody has seen yet. Figures alone are written once an interval.
func TestReportHealth(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := aWorld()
	w.change = claims(corev1.ClaimBound, 40, nil)
	well := func(*world) {}
	broken := func(w *world) { w.noL1 = noon.Add(90 * time.Second) }
	steps := []struct {
		what        string
		at          time.Duration
		change      func(*world)
		unseen      bool
		wantPatches int
		wantEvents  []string // without their notes
	}{
		{"nobody was heard yet", 0, well, true, 1, []string{"Normal ConfigurationValid", "Normal PreflightPassed", "Normal AllComponentsReady"}},
		{"all is well", 10 * time.Second, well, false, 1, []string{
			"Normal VolumesHealthy", "Normal L1Answers", "Normal UnsafeHeadMoves", "Normal SignersFunded", "Normal SafeHeadMoves", "Normal ProposalsOnTime",
		}},
		{"the next look", 25 * time.Second, well, false, 0, nil},
		{"a look when it is due", 70 * time.Second, well, false, 1, nil},
		{"a look after that", 85 * time.Second, well, false, 0, nil},
		{"L1 is silent", 100 * time.Second, broken, false, 0, nil},
		{"L1 is silent for 2m", 225 * time.Second, broken, false, 1, []string{"Warning L1Silent"}},
		{"it still is", 240 * time.Second, broken, false, 0, nil},
		{"it still is, when it is due", 300 * time.Second, broken, false, 1, nil},
		{"it answers", 315 * time.Second, well, false, 1, []string{"Normal L1Answers"}},
		{"op-node and the kubelet are gone for long", 80 * time.Minute, func(w *world) { w.noNode = noon.Add(320 * time.Second) }, false, 1, []string{
			"Warning NotSeen", "Warning NotSeen", "Warning NotSeen", // volumes, the unsafe head and the safe head
		}},
	}
	for _, step := range steps {
		d.clock.SetTime(noon.Add(step.at))
		changed := w.but(step.change)
		seen := changed.at(noon.Add(step.at))
		if step.unseen {
			seen.View = observer.View{}
			for i := range seen.Components {
				seen.Components[i].Claim = nil
			}
		}
		patches, announced := d.report(seen)
		if patches != step.wantPatches {
			t.Errorf("%s: %d patches, want %d: %v", step.what, patches, step.wantPatches, d.patches[len(d.patches)-patches:])
		}
		for i, event := range announced {
			words := strings.SplitN(event, " ", 3)
			announced[i] = words[0] + " " + words[1]
		}
		if diff := cmp.Diff(step.wantEvents, announced); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", step.what, diff)
		}
	}
}

// A condition that has nothing to judge any more goes at once, and without an event.
func TestReportAConditionThatGoes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := aWorld()
	d.report(w.at(noon))
	chain := d.read()
	chain.Spec.Components.Proposer.Enabled = new(false)
	before := len(d.patches)
	if err := d.reporter.Report(t.Context(), chain, w.at(noon)); err != nil {
		t.Fatal(err)
	}
	if announced := d.events(); len(d.patches) != before+1 || len(announced) > 0 {
		t.Errorf("%d patches, events %v", len(d.patches)-before, announced)
	}
	if c := meta.FindStatusCondition(d.read().Status.Conditions, v1alpha1.ConditionProposerProgressing); c != nil {
		t.Errorf("it is still there: %v", c)
	}
}

func TestReportANewGenerationAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.report(running(1))
	chain := d.read()
	chain.Generation++
	if err := d.reporter.Report(t.Context(), chain, running(1)); err != nil || len(d.patches) != 2 {
		t.Errorf("%d patches, %v", len(d.patches), err)
	}
	if got := d.read().Status.ObservedGeneration; got != 4 {
		t.Errorf("status speaks of generation %d, want 4", got)
	}
	if announced := d.events(); len(announced) != 0 {
		t.Errorf("events %v, though no condition changed", announced)
	}
}

// What is not written yet is recorded all the same, and so is what could not be written.
func TestEveryPassIsRecorded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.report(running(1))
	d.report(running(2))
	d.report(running(2))
	d.clock.SetTime(d.clock.Now().Add(interval))
	d.fail = errors.New("no answer")
	if err := d.reporter.Report(t.Context(), d.read(), running(3)); err == nil || len(d.patches) != 2 {
		t.Errorf("%d patches, %v", len(d.patches), err)
	}
	if d.series.writes != 1 {
		t.Errorf("%d writes are recorded, want 1", d.series.writes)
	}
	want := []int64{1, 2, 2, 3}
	if diff := cmp.Diff([][]int64{want, want}, [][]int64{d.series.heights, d.series.seen}); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

// What a program says for the first time is written at once, and what it says then is not.
func TestFirstWordsAreWritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	seen := Observation{L1: passed, Components: append(all(Available), Component{Name: names.Proposer, State: Available})}
	d.report(seen)
	for _, step := range []struct {
		what string
		tell func(*observer.View)
	}{
		{"op-geth", func(v *observer.View) { v.Geth.At, v.Geth.Value.Height = noon, v.Geth.Value.Height+1 }},
		{"op-node", func(v *observer.View) { v.Node.At, v.Node.Value.Unsafe.Number = noon, v.Node.Value.Unsafe.Number+1 }},
		{"op-batcher", func(v *observer.View) {
			v.Batcher.At, v.Batcher.Value.LastBatch = noon, ptr.To(noon.Add(time.Duration(len(d.patches))*time.Second))
		}},
		{"L1", func(v *observer.View) {
			v.L1.At, v.L1.Value.LastProposal = noon, ptr.To(noon.Add(time.Duration(len(d.patches))*time.Second))
		}},
	} {
		for word, want := range []int{1, 0} {
			step.tell(&seen.View)
			if patches, _ := d.report(seen); patches != want {
				t.Errorf("%s, word %d: %d writes, want %d", step.what, word+1, patches, want)
			}
		}
	}
}

// A write that failed is tried again at the next pass, and its events with it.
func TestReportFails(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fail = errors.New("no answer")
	err := d.reporter.Report(t.Context(), d.read(), running(1))
	if !errors.Is(err, d.fail) || err.Error() != "write status: no answer" {
		t.Errorf("Report() error = %v", err)
	}
	if announced := d.events(); len(announced) > 0 {
		t.Errorf("events of what was not written: %v", announced)
	}
	d.fail = nil
	if patches, announced := d.report(running(1)); patches != 1 || len(announced) != 3 {
		t.Errorf("second try: %d patches, events %v", patches, announced)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.report(running(1))
	if len(d.reporter.written) != 1 {
		t.Fatalf("remembers %v", d.reporter.written)
	}
	gone := []types.NamespacedName{{Namespace: "rollups", Name: "demo"}, {Namespace: "rollups", Name: "another"}}
	for _, chain := range gone {
		d.reporter.Forget(chain)
	}
	if len(d.reporter.written) != 0 {
		t.Errorf("still remembers %v", d.reporter.written)
	}
	if diff := cmp.Diff(gone, d.series.forgotten); diff != "" {
		t.Errorf("the recorder was told to forget (-want +got):\n%s", diff)
	}
}

// The API server counts a note in bytes and drops an event whose note is longer than 1,024.
func TestNotesFitAnEvent(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"x", "é", "😀"} {
		d := newDesk(t)
		long := finding(v1alpha1.SeverityError, v1alpha1.CodeInvalidJWT, strings.Repeat(letter, 3000))
		_, announced := d.report(Observation{Components: all(Available), Inputs: preflight.Findings{long}})
		note := strings.TrimPrefix(announced[0], "Warning InvalidJWT ")
		if len(note) > 1024 || len(note) < 900 || strings.Trim(note, letter) != "…" {
			t.Errorf("note of %d bytes: %s", len(note), note)
		}
	}
}
