package status

import (
	"math/big"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

const (
	windowSize = 3600 // L1 blocks: 12 hours
	firstL1    = 1000 // the L1 block that the rollup began on
	gwei       = int64(1e9)
)

// world is a chain, and how far its parts have come: an L1 that makes a block in 12 seconds, a
// rollup with one in 2, a batch every 10 minutes, a proposal every hour. Each part goes on until
// the time at which it stops; zero where it does not.
type world struct {
	began   time.Time // when the rollup began
	started time.Time // when the operator's process was started

	sequencer, batcher, proposer, l1 time.Time // when each stopped
	noNode, noL1                     time.Time // since when nobody hears from them
	safe                             time.Time // when the safe head stopped, though batches are posted
	catchingUp                       time.Duration
	noSafeDB, noGossip, syncing      bool

	balance  int64 // of the batcher when the rollup began, in gwei
	hourly   int64 // what it spends in an hour, in gwei
	change   func(*Observation)
	tell     func(*observer.View)
	chain    func(*v1alpha1.OPChain)
	services State
}

// aWorld is all well, two days after the rollup began, with an operator that runs for a day.
func aWorld() world {
	return world{began: noon.Add(-48 * time.Hour), started: noon.Add(-24 * time.Hour), balance: 3e9, hourly: 2e6, services: Available}
}

// until is now, or when something stopped before.
func until(now, stopped time.Time) time.Time {
	if !stopped.IsZero() && stopped.Before(now) {
		return stopped
	}
	return now
}

// asked is a reading of something that answers until it does not.
func asked[T any](now, started, silent time.Time, value func(time.Time) T) observer.Reading[T] {
	when := until(now, silent)
	r := observer.Reading[T]{Asked: now}
	if !when.Before(started) {
		r.At, r.Value = when, value(when)
	}
	if when.Before(now) {
		r.Failing, r.Why = newest(silent.Add(15*time.Second), started), "connection refused"
	}
	return r
}

func (w *world) l1Block(at time.Time) probe.L1Block {
	at = until(at, w.l1)
	n := int64(at.Sub(w.began) / slot)
	return probe.L1Block{Number: firstL1 + n, Time: w.began.Add(time.Duration(n) * slot)}
}

func (w *world) l2Block(at time.Time) probe.L2Block {
	n := int64(at.Sub(w.began) / (2 * time.Second))
	return probe.L2Block{Number: n, Time: w.began.Add(2 * time.Second * time.Duration(n)), L1Origin: w.l1Block(at).Number - 4}
}

// batch is when the newest batch came to L1, by a time at which none came any more.
func (w *world) batch(now time.Time) time.Time {
	now = until(now, w.batcher)
	return w.began.Add(now.Sub(w.began).Truncate(10 * time.Minute))
}

func (w *world) node(now time.Time) probe.Node {
	batch := w.batch(until(now, w.safe))
	node := probe.Node{
		Unsafe: w.l2Block(until(now, w.sequencer).Add(-time.Second - w.catchingUp)), Safe: w.l2Block(batch.Add(-30 * time.Second)),
		Finalized: w.l2Block(batch.Add(-15 * time.Minute)), L1Head: w.l1Block(now), CurrentL1: w.l1Block(now), Version: "v1.19.6",
		Sequencing: new(w.sequencer.IsZero()), Peers: new(int32(2)),
	}
	if !batch.After(w.began) {
		node.Safe, node.Finalized = w.l2Block(w.began), w.l2Block(w.began)
		node.Safe.L1Origin, node.Finalized.L1Origin = firstL1, firstL1
	}
	if w.noGossip {
		node.Unsafe, node.Sequencing = node.Safe, new(false)
	}
	if w.syncing {
		node.CurrentL1 = w.l1Block(w.began.Add(10 * time.Hour))
		node.Safe = w.l2Block(w.began.Add(9 * time.Hour))
	}
	return node
}

func (w *world) state(now time.Time) probe.L1State {
	safe := w.batch(until(now, w.safe))
	proposal := w.began.Add(until(now, w.proposer).Sub(w.began).Truncate(time.Hour))
	spent := int64(now.Sub(w.began)/time.Hour) * w.hourly
	state := probe.L1State{
		Head: w.l1Block(now), BatcherBalance: inWei(max(w.balance-spent, 0)), ProposerBalance: inWei(5e9), BatcherNonce: new(uint64(spent)),
		SafeSince: new(w.l1Block(safe).Time), LastProposal: &proposal, ProposalsTold: true,
	}
	if w.noSafeDB {
		state.SafeSince = nil
	}
	return state
}

func inWei(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(gwei)) }

// at is what the operator sees at some time.
func (w *world) at(now time.Time) Observation {
	seen := Observation{L1: passed, Components: four(w.services), Signers: payers, Rollup: w.rollup()}
	seen.L1.Answered = noon.Add(-time.Hour)
	view := &seen.View
	view.Node = asked(now, w.started, w.noNode, w.node)
	view.Geth = asked(now, w.started, w.noNode, func(at time.Time) probe.Geth {
		return probe.Geth{Height: w.node(at).Unsafe.Number, Syncing: new(false), Peers: new(int32(1)), Version: "Geth/v1.101702.3"}
	})
	view.L1 = asked(now, w.started, w.noL1, w.state)
	view.Batcher = asked(now, w.started, time.Time{}, func(at time.Time) probe.Batcher {
		return probe.Batcher{LastBatch: new(w.batch(at)), Version: "v1.16.13"}
	})
	if !view.Node.At.IsZero() {
		view.Since = w.started
		view.UnsafeMoved = w.moved(until(view.Node.At, w.sequencer))
		if batch := w.batch(until(view.Node.At, w.safe)); batch.After(w.began) {
			view.SafeMoved = w.moved(batch.Add(15 * time.Second))
		}
	}
	if w.syncing || w.noGossip {
		view.UnsafeMoved = view.SafeMoved
	}
	if w.tell != nil {
		w.tell(view)
	}
	if w.change != nil {
		w.change(&seen)
	}
	return seen
}

// moved is when something moved, if the operator's process was there: it takes two looks.
func (w *world) moved(at time.Time) time.Time {
	if at.Before(w.started.Add(15 * time.Second)) {
		return time.Time{}
	}
	return at
}

func (w *world) rollup() *rollup.Config {
	return &rollup.Config{
		BlockTime: 2, SeqWindowSize: windowSize,
		Genesis: rollup.Genesis{L1: rollup.BlockID{Number: firstL1}, L2Time: uint64(w.began.Unix())}, //nolint:gosec // after 1970
	}
}

// opchain is a sequencer with all components, and the defaults of the schema where they matter.
func (w *world) opchain() *v1alpha1.OPChain {
	chain := newChain()
	chain.Spec.Components.Node.Sequencer.Enabled = new(true)
	chain.Spec.Components.Batcher.MaxChannelDuration = 50
	chain.Spec.Components.Batcher.MinimumBalance, chain.Spec.Components.Proposer.MinimumBalance = "0.1", "0.1"
	chain.Spec.L1.ContractAddresses.DisputeGameFactory = "0x1000000000000000000000000000000000000002"
	if w.chain != nil {
		w.chain(chain)
	}
	return chain
}

// live lets an operator look at a world for some time up to now, a hundred times but no more than
// once a minute, and gives the chain as it is then stored.
func (w *world) live(from, now time.Time) *v1alpha1.OPChain {
	chain, step := w.opchain(), max(now.Sub(from)/100, time.Minute)
	for t := from; !t.After(now); t = t.Add(step) {
		chain.Status = stored(Next(chain, w.at(t), t))
	}
	return chain
}

// but is the world with a change.
func (w world) but(change func(*world)) world {
	change(&w)
	return w
}
