package status

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// Bounds of a component in the status, by the schema (api/v1alpha1, in characters).
const (
	maxVersion    = 128
	maxContainer  = 63
	maxExitReason = 64
)

// componentStatuses carries on what this pass could not see. Heights are what the node said last.
// The times of what happened never go back: a batcher that was restarted has no batch of its own
// yet. A component that is disabled stays in the status only if it was there.
func componentStatuses(was v1alpha1.ComponentStatuses, seen *Observation, now time.Time) v1alpha1.ComponentStatuses {
	next, view := was, &seen.View
	if c := seen.component(names.Geth); c != nil || was.Geth != nil {
		next.Geth = orNew(was.Geth)
		next.Geth.ComponentState = componentState(next.Geth.ComponentState, c, view.Geth.At, view.Geth.Value.Version)
		next.Geth.Volume = volumeStatus(next.Geth.Volume, c)
		gethHeights(next.Geth, seen)
	}
	if c := seen.component(names.Node); c != nil || was.Node != nil {
		next.Node = orNew(was.Node)
		next.Node.ComponentState = componentState(next.Node.ComponentState, c, view.Node.At, view.Node.Value.Version)
		next.Node.Volume = volumeStatus(next.Node.Volume, c)
		nodeHeads(next.Node, seen)
	}
	if c := seen.component(names.Batcher); c != nil || was.Batcher != nil {
		next.Batcher = orNew(was.Batcher)
		next.Batcher.ComponentState = componentState(next.Batcher.ComponentState, c, view.Batcher.At, view.Batcher.Value.Version)
		lastBatch(next.Batcher, seen)
	}
	if c := seen.component(names.Proposer); c != nil || was.Proposer != nil {
		next.Proposer = orNew(was.Proposer)
		next.Proposer.ComponentState = componentState(next.Proposer.ComponentState, c, time.Time{}, "") // it is not asked
		next.Proposer.LastProposal = later(next.Proposer.LastProposal, view.L1.Value.LastProposal)
	}
	accounts(&next, seen, metav1.NewTime(now))
	return next
}

// componentState is what is told of every component.
func componentState(was v1alpha1.ComponentState, c *Component, at time.Time, version string) v1alpha1.ComponentState {
	was.Ready = new(c != nil && c.State == Available)
	if !at.IsZero() {
		was.ObservedAt = later(was.ObservedAt, &at)
	}
	if version != "" {
		was.Version = bounded(version, maxVersion)
	}
	if c == nil {
		return was
	}
	if c.Restarts != nil {
		was.Restarts = new(*c.Restarts)
	}
	if exit := c.LastExit; exit != nil {
		was.LastExit = &v1alpha1.ExitStatus{
			Container: bounded(exit.Container, maxContainer), ExitCode: new(exit.ExitCode), Reason: bounded(exit.Reason, maxExitReason),
			Message: bounded(exit.Message, maxText), At: stamp(exit.At),
		}
	}
	return was
}

func volumeStatus(was *v1alpha1.VolumeStatus, c *Component) *v1alpha1.VolumeStatus {
	if c == nil || c.Claim == nil || c.Claim.Usage == nil {
		return was
	}
	usage := c.Claim.Usage
	return &v1alpha1.VolumeStatus{
		Capacity: resource.NewQuantity(usage.Capacity, resource.BinarySI), Used: resource.NewQuantity(usage.Used, resource.BinarySI), ObservedAt: stamp(usage.At),
	}
}

func gethHeights(next *v1alpha1.GethStatus, seen *Observation) {
	geth := seen.View.Geth
	if geth.At.IsZero() {
		return
	}
	next.SyncHeight = &geth.Value.Height
	next.Syncing, next.Peers = orWas(geth.Value.Syncing, next.Syncing), orWas(geth.Value.Peers, next.Peers)
}

// nodeHeads takes over the heads that op-node tells. One that it does not tell yet, after a start,
// is zero in its answer.
func nodeHeads(next *v1alpha1.NodeStatus, seen *Observation) {
	node := seen.View.Node.Value
	if seen.View.Node.At.IsZero() {
		return
	}
	head := func(b *probe.L2Block, height **int64, at **metav1.Time) {
		if toldL2(*b) {
			*height, *at = &b.Number, stamp(b.Time)
		}
	}
	head(&node.Unsafe, &next.UnsafeHeight, &next.UnsafeTime)
	head(&node.Safe, &next.SafeHeight, &next.SafeTime)
	head(&node.Finalized, &next.FinalizedHeight, &next.FinalizedTime)
	if toldL2(node.Safe) {
		next.SafeL1Origin = &node.Safe.L1Origin
	}
	if toldL1(node.L1Head) {
		next.L1Height = &node.L1Head.Number
	}
	next.Sequencing, next.Peers = orWas(node.Sequencing, next.Sequencing), orWas(node.Peers, next.Peers)
}

// lastBatch asks the witnesses of batches, the most exact one first. The safe-head database knows
// of a batch only once one has moved the safe head.
func lastBatch(next *v1alpha1.BatcherStatus, seen *Observation) {
	view := &seen.View
	var at *time.Time
	var witness v1alpha1.BatchWitness
	switch {
	case view.Batcher.Value.LastBatch != nil:
		at, witness = view.Batcher.Value.LastBatch, v1alpha1.BatchWitnessMetrics
	case lastMove(seen) != nil:
		at, witness = lastMove(seen), v1alpha1.BatchWitnessSafeHead
	case !view.NonceMoved.IsZero():
		at, witness = &view.NonceMoved, v1alpha1.BatchWitnessNonce
	}
	if last := later(next.LastBatchSubmission, at); last != next.LastBatchSubmission {
		next.LastBatchSubmission, next.LastBatchWitness = last, witness
	}
}

// orWas is what was told, or else what was known.
func orWas[T any](told, was *T) *T {
	if told == nil {
		return was
	}
	return new(*told)
}

func orNew[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

// later keeps the later time, in whole seconds as the API server stores it.
func later(was *metav1.Time, seen *time.Time) *metav1.Time {
	if seen == nil || was != nil && !seen.Truncate(time.Second).After(was.Time) {
		return was
	}
	return stamp(*seen)
}
