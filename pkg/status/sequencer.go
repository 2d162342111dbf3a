package status

import (
	"fmt"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// sequencerProgressing judges whether blocks are made, or come in: the unsafe head is new, or moves.
func sequencerProgressing(s *situation) verdict {
	const kind = v1alpha1.ConditionSequencerProgressing
	node, limit, head := s.node(), s.limits.unsafeHeadAge, s.nodeStatus().UnsafeTime
	switch {
	case s.nodeSilence() > limit:
		return notSeen(unseen("op-node", node, s.nodeStatus().ObservedAt) + s.lastUnsafe())
	case node.At.IsZero():
		return s.asBefore(kind, unseen("op-node", node, s.nodeStatus().ObservedAt)+s.lastUnsafe())
	case head == nil:
		return s.asBefore(kind, "op-node answers, but does not tell its unsafe head yet")
	}
	age := max(node.At.Sub(head.Time), 0)
	if s.byBatchesAlone() {
		return s.withoutBlocks(age)
	}
	moved := s.seen.View.UnsafeMoved
	moves := !moved.IsZero() && node.At.Sub(moved) <= limit
	switch {
	case moves && moved.Sub(head.Time) > s.late(limit):
		return fine(v1alpha1.ReasonCatchingUp, fmt.Sprintf("%s is %s behind, and moves", s.unsafeHead(), lasting(age)))
	case age <= limit || moves:
		return s.unsafeMoves(age)
	}
	return s.stalledInTime(age)
}

// withoutBlocks judges a node that moves by batches alone: it moves with each of them, and is stalled
// in between, so that it stays stalled until other blocks come.
func (s *situation) withoutBlocks(age time.Duration) verdict {
	switch {
	case s.reasonOf(v1alpha1.ConditionSequencerProgressing) == v1alpha1.ReasonUnsafeHeadStalled:
		return s.stalled(age)
	case age <= s.limits.unsafeHeadAge:
		return s.unsafeMoves(age)
	}
	return s.stalledInTime(age)
}

func (s *situation) unsafeMoves(age time.Duration) verdict {
	return fine(v1alpha1.ReasonUnsafeHeadMoves, fmt.Sprintf("%s is %s old", s.unsafeHead(), lasting(age)))
}

// stalledInTime calls the unsafe head stalled once there was time to see it move.
func (s *situation) stalledInTime(age time.Duration) verdict {
	if limit := s.limits.unsafeHeadAge; s.young(limit) || s.restarted(limit) {
		return s.asBefore(v1alpha1.ConditionSequencerProgressing, fmt.Sprintf("%s is %s old; whether it moves is not known yet", s.unsafeHead(), lasting(age)))
	}
	return s.stalled(age)
}

// late is from when on a head that moves is called one that catches up. Once it is, it is so until it
// has come well within the limit.
func (s *situation) late(limit time.Duration) time.Duration {
	if s.reasonOf(v1alpha1.ConditionSequencerProgressing) == v1alpha1.ReasonCatchingUp {
		return limit / 2
	}
	return limit
}

// byBatchesAlone reports whether a node that should make blocks or receive them by gossip knows none
// but those of batches, of which it has read all: it moves with each batch, and does not catch up.
func (s *situation) byBatchesAlone() bool {
	node := &s.node().Value
	return seesUnsafeBlocks(&s.spec.Components.Node) && toldL2(node.Unsafe) && node.Unsafe.Number == node.Safe.Number &&
		toldL1(node.CurrentL1) && s.behind() <= readBehind
}

// restarted reports whether the components came up only now, so that the sequencer needs time.
func (s *situation) restarted(limit time.Duration) bool {
	return !s.ready.IsZero() && s.now.Sub(s.ready) <= limit
}

// stalled says what to look at when no blocks come.
func (s *situation) stalled(age time.Duration) verdict {
	sequencer, status := &s.spec.Components.Node.Sequencer, s.nodeStatus()
	text := fmt.Sprintf("%s is %s old and does not move", s.unsafeHead(), lasting(age))
	switch {
	case !seesUnsafeBlocks(&s.spec.Components.Node):
		return wrong(v1alpha1.ReasonUnsafeHeadStalled, text+": this node learns blocks only from L1: look at whether batches are posted, and at op-node's log")
	case !sequencer.IsEnabled():
		return wrong(v1alpha1.ReasonUnsafeHeadStalled, text+": look at the sequencer, and at whether op-node has peers"+peersOf(status.Peers))
	case status.Sequencing != nil && !*status.Sequencing:
		return wrong(v1alpha1.ReasonSequencerStopped, text+": op-node says that it does not make blocks, though it should: see its log for who stopped it, and restart its pod")
	}
	text += ": look at the logs of op-node and op-geth, and at L1, whose blocks the sequencer builds on"
	if lag := sequencer.MaxSafeLag; lag != nil && *lag > 0 && status.UnsafeHeight != nil && status.SafeHeight != nil && *status.UnsafeHeight-*status.SafeHeight >= *lag {
		text += fmt.Sprintf("; the safe head is %d blocks behind, and from %d on (sequencer.maxSafeLag) no blocks are made", *status.UnsafeHeight-*status.SafeHeight, *lag)
	}
	return wrong(v1alpha1.ReasonUnsafeHeadStalled, text)
}

func peersOf(peers *int32) string {
	if peers == nil {
		return ""
	}
	return fmt.Sprintf(" (it has %d)", *peers)
}

// unsafeHead names the unsafe head.
func (s *situation) unsafeHead() string {
	height := s.nodeStatus().UnsafeHeight
	if height == nil {
		return "the unsafe head"
	}
	return fmt.Sprintf("the unsafe head, block %d,", *height)
}

// lastUnsafe says where the unsafe head was when it was last seen.
func (s *situation) lastUnsafe() string {
	node := s.nodeStatus()
	if node.UnsafeHeight == nil || node.UnsafeTime == nil {
		return ""
	}
	return fmt.Sprintf("; the unsafe head was then block %d of %s", *node.UnsafeHeight, clocked(node.UnsafeTime.Time))
}
