package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
)

// history is what a condition said one after the other while an operator looked at a world four
// times a minute.
func history(w *world, chain *v1alpha1.OPChain, kind string, from, until time.Time) []string {
	var told []string
	for t := from; !t.After(until); t = t.Add(15 * time.Second) {
		chain.Status = stored(Next(chain, w.at(t), t))
		if now := said(&chain.Status, kind); len(told) == 0 || told[len(told)-1] != now {
			told = append(told, now)
		}
	}
	return told
}

func checkHistory(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it said one after the other (-want +got):\n%s", diff)
	}
}

// op-batcher tells a batch when it is confirmed, ten L1 blocks after its own. It is no batch that
// op-node dropped.
func TestSilentBatcherIsNoFaultOfOpNode(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	silent := w.but(func(w *world) {
		w.batcher = noon
		w.tell = func(v *observer.View) {
			v.Batcher.Value.LastBatch = new(v.Batcher.Value.LastBatch.Add(2 * time.Minute))
		}
	})
	got := history(&silent, chain, v1alpha1.ConditionBatcherProgressing, noon, noon.Add(2*time.Hour))
	checkHistory(t, got, "True SafeHeadMoves", "False BatchesOverdue")
}

// After its start op-node takes its safe head back to the finalized one, and reads L1 again from
// before that: half an hour of it here, with a batch every 2 minutes. That takes it a minute.
func TestOpNodeThatIsRestartedIsNoSilentBatcher(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		down   time.Duration
		change func(*Observation)
		want   []string
	}{
		"for a minute":                           {down: time.Minute, want: []string{"True SafeHeadMoves"}},
		"for two hours, with batches of another": {down: 2 * time.Hour, want: []string{"True SafeHeadMoves", "Unknown NotSeen", "True SafeHeadMoves"}},
		"while rollup.json cannot be read":       {down: time.Minute, change: func(o *Observation) { o.Rollup = nil }, want: []string{"True SafeHeadMoves"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := wellFor()
			w.chain = func(chain *v1alpha1.OPChain) { chain.Spec.Components.Batcher.MaxChannelDuration = 10 }
			chain := w.live(noon.Add(-time.Hour), noon)
			up := noon.Add(tc.down)
			down := w.but(func(w *world) { w.noNode = noon })
			again := w.but(func(w *world) {
				w.change = func(o *Observation) {
					reread(w, o, up)
					if tc.change != nil {
						tc.change(o)
					}
				}
			})
			got := history(&down, chain, v1alpha1.ConditionBatcherProgressing, noon, up)
			for i, now := range history(&again, chain, v1alpha1.ConditionBatcherProgressing, up, up.Add(10*time.Minute)) {
				if i > 0 || now != got[len(got)-1] {
					got = append(got, now)
				}
			}
			checkHistory(t, got, tc.want...)
		})
	}
}

// reread is what an op-node says that came up again some time ago.
func reread(w *world, o *Observation, up time.Time) {
	node := &o.View.Node
	claims("Bound", 40, nil)(o)
	since := node.At.Sub(up)
	if o.View.Since = w.started; up.Sub(noon) > 5*time.Minute {
		o.View.Since = up
	}
	if since >= time.Minute {
		return
	}
	read := up.Add(-30*time.Minute + since/2*60) // half an hour in a minute
	node.Value.CurrentL1 = w.l1Block(read)
	node.Value.Safe = w.l2Block(read.Add(-2 * time.Minute))
	o.View.L1.Value.SafeSince = new(w.l1Block(read.Add(-2 * time.Minute)).Time)
	if o.View.SafeMoved = noon; since > 0 {
		o.View.SafeMoved = node.At
	}
}

// A node that should receive blocks by gossip, and has no peers, moves with each batch. It does not
// catch up and stall in turns.
func TestGossipWithoutPeersIsStalled(t *testing.T) {
	t.Parallel()
	w, _ := wellFor()
	w.chain = func(chain *v1alpha1.OPChain) {
		chain.Spec.Components.Node.Sequencer.Enabled, chain.Spec.Components.Node.P2P.Enabled = nil, new(true)
	}
	chain := w.live(noon.Add(-time.Hour), noon)
	alone := w.but(func(w *world) { w.noGossip = true })
	for _, delay := range []time.Duration{0, 40 * time.Second} { // by which its newest block is old when its batch comes
		alone.tell = func(v *observer.View) {
			v.Node.Value.Unsafe.Time = v.Node.Value.Unsafe.Time.Add(30*time.Second - delay)
		}
		got := history(&alone, chain.DeepCopy(), v1alpha1.ConditionSequencerProgressing, noon, noon.Add(2*time.Hour))
		checkHistory(t, got, "True UnsafeHeadMoves", "False UnsafeHeadStalled")
	}
	chain.Status = stored(Next(chain, alone.at(noon.Add(5*time.Minute)), noon.Add(5*time.Minute)))
	if got := said(&chain.Status, v1alpha1.ConditionSequencerProgressing); got != "False UnsafeHeadStalled" {
		t.Fatalf("it is %s", got)
	}
	if got := history(&w, chain, v1alpha1.ConditionSequencerProgressing, noon.Add(6*time.Minute), noon.Add(time.Hour)); len(got) != 1 || got[0] != "True UnsafeHeadMoves" {
		t.Errorf("once gossip comes it is %v", got)
	}
}

// A head that is late by about as much as it may be is not called one that catches up in turns.
func TestLateHeadIsCalledOneThing(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	for _, c := range []struct {
		late time.Duration
		want []string
	}{
		{58 * time.Second, []string{"True UnsafeHeadMoves", "True CatchingUp"}},
		{20 * time.Second, []string{"True UnsafeHeadMoves"}},
	} {
		swinging := w.but(func(w *world) {
			w.change = func(o *Observation) {
				claims("Bound", 40, nil)(o)
				swing := time.Duration(o.View.Node.At.Unix()/15%3) * 3 * time.Second
				o.View.Node.Value.Unsafe = w.l2Block(o.View.Node.At.Add(-c.late - swing))
			}
		})
		chain := chain.DeepCopy()
		checkHistory(t, history(&swinging, chain, v1alpha1.ConditionSequencerProgressing, noon, noon.Add(time.Hour)), c.want...)
		back := history(&w, chain, v1alpha1.ConditionSequencerProgressing, noon.Add(time.Hour), noon.Add(2*time.Hour))
		checkHistory(t, back, "True UnsafeHeadMoves")
	}
}

// The rate at which ETH is spent rises with each payment and falls until the next one, and with it
// how long the ETH lasts: it ends soon once.
func TestFundsEndSoonOnce(t *testing.T) {
	t.Parallel()
	w, _ := wellFor()
	w.balance, w.hourly = 286e7, 2e7
	w.tell = func(v *observer.View) { // it pays every four hours
		paid := int64(v.L1.At.Sub(w.began)/(4*time.Hour)) * 4 * w.hourly
		v.L1.Value.BatcherBalance = inWei(w.balance - paid)
	}
	chain := w.live(noon.Add(-30*time.Hour), noon)
	got := history(&w, chain, v1alpha1.ConditionSignersFunded, noon, noon.Add(40*time.Hour))
	checkHistory(t, got, "True SignersFunded", "False FundsEndSoon")
	w.balance += 9e9
	got = history(&w, chain, v1alpha1.ConditionSignersFunded, noon.Add(40*time.Hour), noon.Add(42*time.Hour))
	checkHistory(t, got, "False FundsEndSoon", "True SignersFunded") // the balance is asked for once a minute
}

// op-geth frees some of its volume now and then. It fills once, and has room once it is grown.
func TestVolumeFillsOnce(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	for _, step := range []struct {
		used int64
		want string
	}{
		{84, "True VolumesHealthy"}, {85, "False VolumeFilling"}, {84, "False VolumeFilling"}, {82, "False VolumeFilling"}, {85, "False VolumeFilling"},
		{80, "True VolumesHealthy"}, {84, "True VolumesHealthy"},
	} {
		w.change = claims("Bound", step.used, nil)
		chain.Status = stored(Next(chain, w.at(noon), noon))
		if got := said(&chain.Status, v1alpha1.ConditionStorageHealthy); got != step.want {
			t.Errorf("%d%% used: %s, want %s", step.used, got, step.want)
		}
	}
}
