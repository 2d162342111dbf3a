package status

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

func at(when time.Time) *metav1.Time { return &metav1.Time{Time: when} }

// four are all components, in one state.
func four(state State) []Component {
	return append(all(state), Component{Name: names.Proposer, State: state})
}

// wholeView is an answer of everybody to everything, at noon.
func wholeView() observer.View {
	return observer.View{
		Geth: observer.Reading[probe.Geth]{At: noon, Asked: noon, Value: probe.Geth{Height: 10, Syncing: new(false), Peers: new(int32(3)), Version: "Geth/v1.101702.3"}},
		Node: observer.Reading[probe.Node]{At: noon, Asked: noon, Value: probe.Node{
			Unsafe:    probe.L2Block{Number: 10, Time: noon.Add(-time.Second), L1Origin: 103},
			Safe:      probe.L2Block{Number: 8, Time: noon.Add(-5 * time.Second), L1Origin: 102},
			Finalized: probe.L2Block{Number: 4, Time: noon.Add(-20 * time.Second), L1Origin: 101},
			L1Head:    probe.L1Block{Number: 104, Time: noon.Add(-3 * time.Second)}, Sequencing: new(true), Peers: new(int32(2)), Version: "v1.19.6",
		}},
		Batcher: observer.Reading[probe.Batcher]{At: noon, Asked: noon, Value: probe.Batcher{LastBatch: new(noon.Add(-time.Minute)), Version: "v1.16.13"}},
		L1: observer.Reading[probe.L1State]{At: noon, Asked: noon, Value: probe.L1State{
			Head: probe.L1Block{Number: 105, Time: noon}, LastProposal: new(noon.Add(-time.Hour)), BatcherBalance: big.NewInt(2e18), ProposerBalance: big.NewInt(3e18),
		}},
		Since: noon,
	}
}

var payers = preflight.Signers{
	Batcher:  common.HexToAddress("0xB000000000000000000000000000000000000001"),
	Proposer: common.HexToAddress("0xB000000000000000000000000000000000000002"),
}

// wholeStatus is what follows from wholeView.
func wholeStatus() v1alpha1.ComponentStatuses {
	state := func(version string) v1alpha1.ComponentState {
		return v1alpha1.ComponentState{Ready: new(true), Version: version, ObservedAt: at(noon)}
	}
	return v1alpha1.ComponentStatuses{
		Geth: &v1alpha1.GethStatus{ComponentState: state("Geth/v1.101702.3"), SyncHeight: new(int64(10)), Syncing: new(false), Peers: new(int32(3))},
		Node: &v1alpha1.NodeStatus{
			ComponentState: state("v1.19.6"), UnsafeHeight: new(int64(10)), SafeHeight: new(int64(8)), FinalizedHeight: new(int64(4)),
			UnsafeTime: at(noon.Add(-time.Second)), SafeTime: at(noon.Add(-5 * time.Second)), FinalizedTime: at(noon.Add(-20 * time.Second)),
			SafeL1Origin: new(int64(102)), L1Height: new(int64(104)), Sequencing: new(true), Peers: new(int32(2)),
		},
		Batcher: &v1alpha1.BatcherStatus{
			ComponentState: state("v1.16.13"), LastBatchSubmission: at(noon.Add(-time.Minute)), LastBatchWitness: v1alpha1.BatchWitnessMetrics,
			Account: &v1alpha1.AccountStatus{Address: "0xb000000000000000000000000000000000000001", Balance: "2", ObservedAt: at(noon)},
		},
		Proposer: &v1alpha1.ProposerStatus{
			ComponentState: v1alpha1.ComponentState{Ready: new(true)}, LastProposal: at(noon.Add(-time.Hour)),
			Account: &v1alpha1.AccountStatus{Address: "0xb000000000000000000000000000000000000002", Balance: "3", ObservedAt: at(noon)},
		},
	}
}

// changedBy is a copy of something with a change.
func changedBy[T any](thing T, change func(*T)) T {
	change(&thing)
	return thing
}

func TestNextComponentStatuses(t *testing.T) {
	t.Parallel()
	type statuses = v1alpha1.ComponentStatuses
	whole := func(change func(*statuses)) statuses { return changedBy(wholeStatus(), change) }
	told := func(change func(*observer.View)) Observation {
		return Observation{Components: four(Available), Signers: payers, View: changedBy(wholeView(), change)}
	}
	quiet := func(components ...Component) Observation { return Observation{Components: components} }
	unready := whole(func(s *statuses) {
		s.Geth.Ready, s.Node.Ready, s.Batcher.Ready, s.Proposer.Ready = new(false), new(false), new(false), new(false)
	})
	exit := &Exit{Container: "op-geth", ExitCode: 0, Reason: "Completed", Message: "Low disk space", At: noon.Add(time.Millisecond), DiskFull: true}
	crashed := Component{Name: names.Geth, State: Unavailable, Restarts: new(int32(4)), LastExit: exit, Claim: &Claim{Phase: corev1.ClaimBound, Usage: &Usage{Used: 95 << 30, Capacity: 100 << 30, At: noon}}}
	gethCrashed := func(s *statuses) {
		s.Geth.Ready, s.Geth.Restarts = new(false), new(int32(4))
		s.Geth.LastExit = &v1alpha1.ExitStatus{Container: "op-geth", ExitCode: new(int32(0)), Reason: "Completed", Message: "Low disk space", At: at(noon)}
		s.Geth.Volume = &v1alpha1.VolumeStatus{Capacity: new(resource.MustParse("100Gi")), Used: new(resource.MustParse("95Gi")), ObservedAt: at(noon)}
		s.Node.Ready, s.Batcher.Ready, s.Proposer.Ready = new(false), new(false), new(false)
	}
	cases := map[string]struct {
		was  statuses
		seen Observation
		want statuses
	}{
		"first look": {seen: told(func(*observer.View) {}), want: wholeStatus()},
		"first look without answers": {
			seen: quiet(all(RollingOut)[:2]...),
			want: statuses{Geth: &v1alpha1.GethStatus{ComponentState: v1alpha1.ComponentState{Ready: new(false)}}, Node: &v1alpha1.NodeStatus{ComponentState: v1alpha1.ComponentState{Ready: new(false)}}},
		},
		"no answers keep what was":                          {was: wholeStatus(), seen: quiet(four(Available)...), want: wholeStatus()},
		"nothing available keeps what was":                  {was: wholeStatus(), seen: quiet(four(Unavailable)...), want: unready},
		"disabled components stay, not ready":               {was: wholeStatus(), seen: Observation{}, want: unready},
		"disabled components that never were do not appear": {seen: Observation{}},
		"the end of a container, and its volume":            {was: wholeStatus(), seen: quiet(crashed), want: whole(gethCrashed)},
		"a new pod has ended no container, and is told of less": {
			was: whole(gethCrashed), seen: quiet(Component{Name: names.Geth, State: RollingOut, Restarts: new(int32(0))}),
			want: whole(func(s *statuses) { gethCrashed(s); s.Geth.Restarts = new(int32(0)) }),
		},
		"a height of zero is a height": {
			was: wholeStatus(), seen: told(func(v *observer.View) { v.Node.Value.Finalized.Number = 0 }),
			want: whole(func(s *statuses) { s.Node.FinalizedHeight = new(int64(0)) }),
		},
		"heads that a node that starts does not tell are not zero": {
			was: wholeStatus(), seen: told(func(v *observer.View) { v.Node.Value = probe.Node{Unsafe: probe.L2Block{Time: time.Unix(0, 0)}} }), want: wholeStatus(),
		},
		"heights are what the node says": {
			was: wholeStatus(), seen: told(func(v *observer.View) { v.Node.Value.Unsafe, v.Geth.Value.Height = v.Node.Value.Safe, 8 }),
			want: whole(func(s *statuses) {
				s.Node.UnsafeHeight, s.Node.UnsafeTime, s.Geth.SyncHeight = s.Node.SafeHeight, s.Node.SafeTime, new(int64(8))
			}),
		},
		"times go on": {
			was: wholeStatus(), seen: told(func(v *observer.View) { v.Batcher.Value.LastBatch, v.L1.Value.LastProposal = &afternoon, &afternoon }),
			want: whole(func(s *statuses) {
				s.Batcher.LastBatchSubmission, s.Proposer.LastProposal = at(afternoon), at(afternoon)
			}),
		},
		"times never go back": {
			was: wholeStatus(), seen: told(func(v *observer.View) {
				v.Batcher.Value.LastBatch, v.L1.Value.LastProposal = new(noon.Add(-2*time.Hour)), new(noon.Add(-2*time.Hour))
			}), want: wholeStatus(),
		},
		"parts of a second are no news": {
			was: wholeStatus(), seen: told(func(v *observer.View) { v.Batcher.Value.LastBatch = new(noon.Add(-time.Minute + 999*time.Millisecond)) }), want: wholeStatus(),
		},
		"texts fit the schema": {
			was: wholeStatus(), seen: told(func(v *observer.View) { v.Geth.Value.Version = strings.Repeat("é", 200) }),
			want: whole(func(s *statuses) { s.Geth.Version = strings.Repeat("é", 62) + "…" }),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain()
			chain.Status.ComponentStatus = *tc.was.DeepCopy()
			got := Next(chain, tc.seen, noon)
			if diff := cmp.Diff(tc.want, got.ComponentStatus); diff != "" {
				t.Errorf("component status (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.was, chain.Status.ComponentStatus); diff != "" {
				t.Errorf("Next() changed the chain (-before +after):\n%s", diff)
			}
		})
	}
}

func TestLastBatchWitness(t *testing.T) {
	t.Parallel()
	earlier, began := noon.Add(-time.Hour), noon.Add(-2*time.Hour)
	metrics := func(v *observer.View, last *time.Time) {
		v.Batcher = observer.Reading[probe.Batcher]{At: noon, Value: probe.Batcher{LastBatch: last}}
	}
	cases := map[string]struct {
		was    v1alpha1.BatcherStatus
		change func(*observer.View)
		safe   int64
		want   v1alpha1.BatcherStatus
	}{
		"op-batcher's own metric first": {
			change: func(v *observer.View) {
				metrics(v, &earlier)
				v.L1.Value.SafeSince, v.NonceMoved = &noon, noon
			}, safe: 8, want: v1alpha1.BatcherStatus{LastBatchSubmission: at(earlier), LastBatchWitness: v1alpha1.BatchWitnessMetrics},
		},
		"the safe-head database after op-batcher's restart": {
			change: func(v *observer.View) {
				metrics(v, nil)
				v.L1.Value.SafeSince, v.NonceMoved = &earlier, noon
			}, safe: 8, want: v1alpha1.BatcherStatus{LastBatchSubmission: at(earlier), LastBatchWitness: v1alpha1.BatchWitnessSafeHead},
		},
		"the safe-head database knows of no batch at genesis": {
			change: func(v *observer.View) { v.L1.Value.SafeSince = &earlier }, safe: 0,
		},
		"nor where the time of genesis is all that L1 was asked for": {
			change: func(v *observer.View) { v.L1.Value.SafeSince = new(began) }, safe: 8,
		},
		"the nonce last": {
			change: func(v *observer.View) { v.NonceMoved = noon }, safe: 8,
			want: v1alpha1.BatcherStatus{LastBatchSubmission: at(noon), LastBatchWitness: v1alpha1.BatchWitnessNonce},
		},
		"nobody knows": {change: func(*observer.View) {}, safe: 8},
		"another witness of an older batch changes nothing": {
			was:    v1alpha1.BatcherStatus{LastBatchSubmission: at(noon), LastBatchWitness: v1alpha1.BatchWitnessMetrics},
			change: func(v *observer.View) { v.L1.Value.SafeSince = &earlier }, safe: 8,
			want: v1alpha1.BatcherStatus{LastBatchSubmission: at(noon), LastBatchWitness: v1alpha1.BatchWitnessMetrics},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &Observation{
				View:   observer.View{Node: observer.Reading[probe.Node]{At: noon, Value: probe.Node{Safe: probe.L2Block{Number: tc.safe, Time: noon}}}},
				Rollup: &rollup.Config{Genesis: rollup.Genesis{L2Time: uint64(began.Unix())}},
			}
			tc.change(&seen.View)
			got := tc.was
			if lastBatch(&got, seen); !cmp.Equal(got, tc.want) {
				t.Errorf("lastBatch (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
		})
	}
}
