package status

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// stored is a status as the API server gives it back: in whole seconds.
func stored(status v1alpha1.OPChainStatus) v1alpha1.OPChainStatus {
	data, err := json.Marshal(status)
	if err != nil {
		panic(err)
	}
	var back v1alpha1.OPChainStatus
	if err := json.Unmarshal(data, &back); err != nil {
		panic(err)
	}
	return back
}

// A scene is a world some time after it was well, and what is then said of it.
type scene struct {
	world world
	// lives is how long the operator looked at it, an hour where that is zero.
	lives time.Duration
	// want are the reasons of conditions that are not as they are in a world where all is well.
	want  map[string]string
	phase v1alpha1.Phase
}

func claims(phase corev1.PersistentVolumeClaimPhase, used int64, change func([]Component)) func(*Observation) {
	return func(seen *Observation) {
		for i, name := range []string{names.Geth, names.Node} {
			seen.Components[i].Claim = &Claim{Name: "demo-" + name, Phase: phase, Created: noon.Add(-10 * time.Minute)}
			if used > 0 {
				seen.Components[i].Claim.Usage = &Usage{Used: used << 30, Capacity: 100 << 30, At: noon.Add(-20 * time.Second)}
			} else {
				seen.Components[i].Claim.Why = "the kubelet does not tell"
			}
		}
		if change != nil {
			change(seen.Components)
		}
	}
}

func crashed(c *Component, exit *Exit) {
	c.State, c.Restarts, c.LastExit = Unavailable, new(int32(7)), exit
	c.Stuck = "container " + c.Name + " exits with code " + map[bool]string{true: "0", false: "1"}[exit.DiskFull] + ", 7 restarts"
}

// situations are whole situations. Each is also looked at by an operator that is restarted in it.
func situations() map[string]scene { //nolint:funlen // a table
	const (
		ready     = v1alpha1.ConditionReady
		services  = v1alpha1.ConditionL2ServicesReady
		storage   = v1alpha1.ConditionStorageHealthy
		l1        = v1alpha1.ConditionL1Reachable
		sequencer = v1alpha1.ConditionSequencerProgressing
		batcher   = v1alpha1.ConditionBatcherProgressing
		proposer  = v1alpha1.ConditionProposerProgressing
		funds     = v1alpha1.ConditionSignersFunded
	)
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	well := aWorld()
	well.change = claims(corev1.ClaimBound, 40, nil)
	storageWith := func(phase corev1.PersistentVolumeClaimPhase, used int64, change func([]Component)) world {
		return well.but(func(w *world) { w.change = claims(phase, used, change) })
	}
	replica := func(w *world) {
		w.noGossip, w.chain = true, func(chain *v1alpha1.OPChain) {
			chain.Spec.Components.Node.Sequencer.Enabled = nil
			chain.Spec.Components.Batcher.Enabled, chain.Spec.Components.Proposer.Enabled = new(false), new(false)
		}
		w.change = func(seen *Observation) {
			claims(corev1.ClaimBound, 40, nil)(seen)
			seen.Components = seen.Components[:2]
		}
	}
	window := func(silent time.Duration) world { return well.but(func(w *world) { w.batcher = ago(silent) }) }
	seq := func(reason string) map[string]string { return map[string]string{sequencer: reason, ready: reason} }
	post := func(reason string) map[string]string { return map[string]string{batcher: reason, ready: reason} }
	return map[string]scene{
		"healthy": {world: well, phase: v1alpha1.PhaseRunning},
		"starting": {
			world: well.but(func(w *world) {
				w.began, w.started, w.services, w.noNode = ago(20*time.Second), ago(24*time.Hour), RollingOut, ago(24*time.Hour+time.Minute)
				w.tell = func(v *observer.View) { *v = observer.View{L1: v.L1} }
				w.change = claims(corev1.ClaimBound, 0, nil)
			}),
			lives: time.Second, phase: v1alpha1.PhaseDeploying,
			want: map[string]string{
				ready: v1alpha1.ReasonRollingOut, services: v1alpha1.ReasonRollingOut, storage: v1alpha1.ReasonNotSeen, sequencer: v1alpha1.ReasonNotSeen,
				batcher: v1alpha1.ReasonNotSeen, proposer: v1alpha1.ReasonProposalsOnTime,
			},
		},
		"no batch yet": {
			world: well.but(func(w *world) { w.began, w.batcher = ago(9*time.Minute), ago(9*time.Minute) }), lives: 9 * time.Minute,
			phase: v1alpha1.PhaseRunning, want: map[string]string{batcher: v1alpha1.ReasonNotSeen},
		},
		"no batch for too long after the start": {
			world: well.but(func(w *world) { w.began, w.batcher = ago(90*time.Minute), ago(90*time.Minute) }), lives: 89 * time.Minute,
			phase: v1alpha1.PhaseDegraded, want: post(v1alpha1.ReasonBatchesOverdue),
		},
		"L1 silent": {
			world: well.but(func(w *world) { w.noL1 = ago(5 * time.Minute) }), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{l1: v1alpha1.ReasonL1Silent, ready: v1alpha1.ReasonL1Silent},
		},
		"L1 silent for a minute": {world: well.but(func(w *world) { w.noL1 = ago(time.Minute) }), phase: v1alpha1.PhaseRunning},
		"L1 lags": {
			world: well.but(func(w *world) { w.l1 = ago(6 * time.Minute) }), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{l1: v1alpha1.ReasonL1HeadStale, ready: v1alpha1.ReasonL1HeadStale},
		},
		"batcher silent": {world: window(65 * time.Minute), lives: 2 * time.Hour, phase: v1alpha1.PhaseDegraded, want: post(v1alpha1.ReasonBatchesOverdue)},
		"batches without effect": {
			world: well.but(func(w *world) { w.safe = ago(65 * time.Minute) }), lives: 2 * time.Hour, phase: v1alpha1.PhaseDegraded,
			want: post(v1alpha1.ReasonSafeHeadStalled),
		},
		"window at half":      {world: window(6*time.Hour + 5*time.Minute), phase: v1alpha1.PhaseDegraded, want: post(v1alpha1.ReasonSequencingWindowNotice)},
		"window at a quarter": {world: window(9*time.Hour + 5*time.Minute), phase: v1alpha1.PhaseDegraded, want: post(v1alpha1.ReasonSequencingWindowWarning)},
		"window at a tenth":   {world: window(11 * time.Hour), phase: v1alpha1.PhaseDegraded, want: post(v1alpha1.ReasonSequencingWindowCritical)},
		"window over":         {world: window(14 * time.Hour), phase: v1alpha1.PhaseDegraded, want: post(v1alpha1.ReasonSequencingWindowOver)},
		"window runs out in silence": {
			world: well.but(func(w *world) { w.batcher, w.noNode = ago(10*time.Hour), ago(9*time.Hour) }), lives: 12 * time.Hour,
			phase: v1alpha1.PhaseDegraded, want: map[string]string{
				batcher: v1alpha1.ReasonSequencingWindowWarning, ready: v1alpha1.ReasonSequencingWindowWarning, sequencer: v1alpha1.ReasonNotSeen,
			},
		},
		"node silent": {
			world: well.but(func(w *world) { w.noNode = ago(2 * time.Hour) }), lives: 3 * time.Hour, phase: v1alpha1.PhaseRunning,
			want: map[string]string{batcher: v1alpha1.ReasonNotSeen, sequencer: v1alpha1.ReasonNotSeen},
		},
		"out of funds": {
			world: well.but(func(w *world) { w.hourly = 1e8 }), lives: 20 * time.Hour, phase: v1alpha1.PhaseDegraded,
			want: map[string]string{funds: v1alpha1.ReasonOutOfFunds, ready: v1alpha1.ReasonOutOfFunds},
		},
		"balance low": {
			world: well.but(func(w *world) { w.balance = 18e7 }), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{funds: v1alpha1.ReasonBalanceLow, ready: v1alpha1.ReasonBalanceLow},
		},
		"funds end soon": {
			world: well.but(func(w *world) { w.hourly = 4e7 }), lives: 10 * time.Hour, phase: v1alpha1.PhaseDegraded,
			want: map[string]string{funds: v1alpha1.ReasonFundsEndSoon, ready: v1alpha1.ReasonFundsEndSoon},
		},
		"batcher crashes": {
			world: storageWith(corev1.ClaimBound, 40, func(c []Component) {
				crashed(&c[2], &Exit{Container: names.Batcher, ExitCode: 1, Reason: "Error", Message: "insufficient funds", At: ago(time.Minute)})
			}).but(func(w *world) { w.batcher = ago(20 * time.Minute) }), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{services: v1alpha1.ReasonComponentUnavailable, ready: v1alpha1.ReasonComponentUnavailable},
		},
		"disk full": {
			world: storageWith(corev1.ClaimBound, 99, func(c []Component) {
				crashed(&c[0], &Exit{Container: names.Geth, Reason: "Completed", Message: "Low disk space", At: ago(time.Minute), DiskFull: true})
			}).but(func(w *world) { w.noNode = ago(10 * time.Minute) }), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{
				services: v1alpha1.ReasonComponentUnavailable, ready: v1alpha1.ReasonComponentUnavailable, storage: v1alpha1.ReasonVolumeFull, sequencer: v1alpha1.ReasonNotSeen,
			},
		},
		"disk fills": {
			world: storageWith(corev1.ClaimBound, 85, nil), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{storage: v1alpha1.ReasonVolumeFilling, ready: v1alpha1.ReasonVolumeFilling},
		},
		"claim pending": {
			world: storageWith(corev1.ClaimPending, 0, nil), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{storage: v1alpha1.ReasonClaimPending, ready: v1alpha1.ReasonClaimPending},
		},
		"claim lost": {
			world: storageWith(corev1.ClaimLost, 0, nil), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{storage: v1alpha1.ReasonClaimLost, ready: v1alpha1.ReasonClaimLost},
		},
		"sequencer stopped": {
			world: well.but(func(w *world) { w.sequencer = ago(5 * time.Minute) }), phase: v1alpha1.PhaseDegraded, want: seq(v1alpha1.ReasonSequencerStopped),
		},
		"unsafe head stalled": {
			world: well.but(func(w *world) {
				w.sequencer, w.tell = ago(5*time.Minute), func(v *observer.View) { v.Node.Value.Sequencing = new(true) }
			}), phase: v1alpha1.PhaseDegraded, want: seq(v1alpha1.ReasonUnsafeHeadStalled),
		},
		"catching up": {
			world: well.but(func(w *world) { w.catchingUp = 3 * time.Hour }), phase: v1alpha1.PhaseRunning,
			want: map[string]string{sequencer: v1alpha1.ReasonCatchingUp},
		},
		"replica without gossip": {
			world: well.but(replica), phase: v1alpha1.PhaseRunning, want: map[string]string{funds: "", proposer: ""},
		},
		"replica without gossip or batches": {
			world: well.but(func(w *world) { replica(w); w.batcher = ago(65 * time.Minute) }), lives: 2 * time.Hour, phase: v1alpha1.PhaseDegraded,
			want: map[string]string{
				funds: "", proposer: "", sequencer: v1alpha1.ReasonUnsafeHeadStalled, batcher: v1alpha1.ReasonBatchesOverdue, ready: v1alpha1.ReasonUnsafeHeadStalled,
			},
		},
		"replica that syncs": {
			world: well.but(func(w *world) {
				replica(w)
				w.syncing = true
				w.tell = func(v *observer.View) {
					v.Node.Value.Unsafe, v.UnsafeMoved, v.SafeMoved = v.Node.Value.Safe, v.Node.At, v.Node.At
				}
			}), phase: v1alpha1.PhaseRunning, want: map[string]string{funds: "", proposer: "", sequencer: v1alpha1.ReasonCatchingUp, batcher: v1alpha1.ReasonNotSeen},
		},
		"proposer silent": {
			world: well.but(func(w *world) { w.proposer = ago(4 * time.Hour) }), phase: v1alpha1.PhaseDegraded,
			want: map[string]string{proposer: v1alpha1.ReasonProposalsOverdue, ready: v1alpha1.ReasonProposalsOverdue},
		},
		"several at once": {
			world: storageWith(corev1.ClaimBound, 90, nil).but(func(w *world) {
				w.batcher, w.sequencer, w.hourly = ago(11*time.Hour), ago(time.Hour), 1e8
			}), lives: 20 * time.Hour, phase: v1alpha1.PhaseDegraded,
			want: map[string]string{
				storage: v1alpha1.ReasonVolumeFilling, sequencer: v1alpha1.ReasonSequencerStopped, funds: v1alpha1.ReasonOutOfFunds,
				batcher: v1alpha1.ReasonSequencingWindowCritical, ready: v1alpha1.ReasonVolumeFilling,
			},
		},
		"a fork to come": {
			world: well.but(func(w *world) {
				healthy := w.change
				w.change = func(seen *Observation) {
					healthy(seen)
					seen.NextFork = &preflight.NextFork{Name: "jovian", Time: noon.Add(72 * time.Hour), TooOld: []catalog.Component{catalog.Node}}
				}
			}), phase: v1alpha1.PhaseRunning,
		},
	}
}

// whenWell are the reasons in a world where all is well.
var whenWell = map[string]string{
	v1alpha1.ConditionReady: v1alpha1.ReasonChainRunning, v1alpha1.ConditionL2ServicesReady: v1alpha1.ReasonAllComponentsReady,
	v1alpha1.ConditionStorageHealthy: v1alpha1.ReasonVolumesHealthy, v1alpha1.ConditionL1Reachable: v1alpha1.ReasonL1Answers,
	v1alpha1.ConditionSequencerProgressing: v1alpha1.ReasonUnsafeHeadMoves, v1alpha1.ConditionBatcherProgressing: v1alpha1.ReasonSafeHeadMoves,
	v1alpha1.ConditionProposerProgressing: v1alpha1.ReasonProposalsOnTime, v1alpha1.ConditionSignersFunded: v1alpha1.ReasonSignersFunded,
}

func reasons(status *v1alpha1.OPChainStatus) map[string]string {
	all := map[string]string{}
	for _, c := range status.Conditions {
		if whenWell[c.Type] != "" {
			all[c.Type] = c.Reason
		}
	}
	return all
}

// live is the chain at noon.
func (s *scene) live() *v1alpha1.OPChain {
	lives := s.lives
	if lives == 0 {
		lives = time.Hour
	}
	return s.world.live(noon.Add(-lives), noon)
}

func TestSituations(t *testing.T) {
	t.Parallel()
	valid := schemaOf(t)
	for name, s := range situations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := s.live()
			want := map[string]string{}
			for kind, reason := range whenWell {
				if other, different := s.want[kind]; different {
					reason = other
				}
				if reason != "" {
					want[kind] = reason
				}
			}
			if diff := cmp.Diff(want, reasons(&chain.Status)); diff != "" || chain.Status.Phase != s.phase {
				t.Errorf("phase %s, want %s; reasons (-want +got):\n%s", chain.Status.Phase, s.phase, diff)
			}
			got, err := yaml.Marshal(chain.Status)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".yaml"), got)
			valid(t, &chain.Status)
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// schemaOf holds statuses against the schema, with all its rules: the API server refuses a status
// as a whole.
func schemaOf(t *testing.T) func(*testing.T, *v1alpha1.OPChainStatus) {
	t.Helper()
	data, err := os.ReadFile("../../config/crd/rollup.oplabs.io_opchains.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(data, &crd); err != nil {
		t.Fatal(err)
	}
	external := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"]
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&external, &internal, nil); err != nil {
		t.Fatal(err)
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		t.Fatal(err)
	}
	props, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		t.Fatal(err)
	}
	rules := cel.NewValidator(structural, false, celconfig.PerCallLimit)
	return func(t *testing.T, status *v1alpha1.OPChainStatus) {
		t.Helper()
		data, err := json.Marshal(status)
		if err != nil {
			t.Fatal(err)
		}
		var plain map[string]any
		if err := utiljson.Unmarshal(data, &plain); err != nil { // which keeps integers
			t.Fatal(err)
		}
		path := field.NewPath("status")
		if errs := validation.ValidateCustomResource(path, plain, props); len(errs) > 0 {
			t.Errorf("the API server refuses it: %v", errs.ToAggregate())
		}
		if errs, _ := rules.Validate(t.Context(), path, structural, plain, nil, celconfig.RuntimeCELCostBudget); len(errs) > 0 {
			t.Errorf("the API server refuses it: %v", errs.ToAggregate())
		}
	}
}

// An operator that is restarted says what the one before it said: before it looked at all, after
// its first look, which cannot tell what moves, and later.
func TestRestartedInTheMidst(t *testing.T) {
	t.Parallel()
	for name, s := range situations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := s.live()
			was := chain.Status.DeepCopy()
			restarted := s.world.but(func(w *world) { w.started = noon.Add(5 * time.Second) })
			for after, view := range map[time.Duration]bool{6 * time.Second: false, 10 * time.Second: true} {
				now := noon.Add(after)
				seen := restarted.at(now)
				if !view {
					seen.View = observer.View{}
				}
				chain.Status = *was.DeepCopy()
				next := stored(Next(chain, seen, now))
				if diff := cmp.Diff(reasons(was), reasons(&next)); diff != "" {
					t.Errorf("%s after it, reasons (-before +after):\n%s", after, diff)
				}
				if !view {
					keepsFacts(t, was, &next)
				}
			}
		})
	}
}

// keepsFacts checks that nothing that was known is gone.
func keepsFacts(t *testing.T, was, is *v1alpha1.OPChainStatus) {
	t.Helper()
	if diff := cmp.Diff(was.ComponentStatus, is.ComponentStatus); diff != "" {
		t.Errorf("components (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(was.L1, is.L1); diff != "" {
		t.Errorf("l1 (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(was.SequencingWindow, is.SequencingWindow); diff != "" {
		t.Errorf("window (-before +after):\n%s", diff)
	}
}

// Two passes in which nothing else was seen say the same, also some time apart.
func TestTheSameTwice(t *testing.T) {
	t.Parallel()
	for name, s := range situations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := s.live()
			seen := s.world.at(noon)
			chain.Status = stored(Next(chain, seen, noon))
			if diff := cmp.Diff(chain.Status, stored(Next(chain, seen, noon))); diff != "" {
				t.Errorf("at once (-first +second):\n%s", diff)
			}
			if strings.HasPrefix(name, "window") || name == "several at once" {
				return // a window runs out all the same
			}
			if diff := cmp.Diff(chain.Status, stored(Next(chain, seen, noon.Add(3*time.Second)))); diff != "" {
				t.Errorf("3s later (-first +second):\n%s", diff)
			}
		})
	}
}

// An operator that is restarted while op-node is down asks it nothing, and does not go on saying what
// was seen when it ran.
func TestRestartedWhileOpNodeIsDown(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	for _, step := range []struct {
		after              time.Duration
		sequencer, batcher string
	}{
		{time.Minute, "True UnsafeHeadMoves", "True SafeHeadMoves"},
		{time.Minute + time.Second, "Unknown NotSeen", "True SafeHeadMoves"},
		{31 * time.Minute, "Unknown NotSeen", "Unknown NotSeen"},
		{10 * time.Hour, "Unknown NotSeen", "False SequencingWindowWarning"},
	} {
		now := noon.Add(step.after)
		next := Next(chain, Observation{L1: passed, Components: four(Unavailable), Rollup: w.rollup()}, now)
		if sequencer, batcher := said(&next, v1alpha1.ConditionSequencerProgressing), said(&next, v1alpha1.ConditionBatcherProgressing); sequencer != step.sequencer || batcher != step.batcher {
			t.Errorf("%s later: %s and %s, want %s and %s", step.after, sequencer, batcher, step.sequencer, step.batcher)
		}
	}
}
