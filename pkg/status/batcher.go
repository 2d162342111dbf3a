package status

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// batcherProgressing judges whether batches come to L1: the safe head moves, whoever posts them,
// and enough of the sequencing window is left.
func batcherProgressing(s *situation) verdict {
	const kind = v1alpha1.ConditionBatcherProgressing
	node := s.node()
	runsOut, enough := s.windowRunsOut()
	if s.nodeSilence() > s.limits.batchAge {
		if !enough && runsOut.Reason != v1alpha1.ReasonSequencingWindowNotice {
			runsOut.Message += "; " + unseen("op-node", node, s.nodeStatus().ObservedAt)
			return runsOut
		}
		return notSeen(unseen("op-node", node, s.nodeStatus().ObservedAt) + "; " + s.batches())
	}
	switch {
	case !enough:
		return runsOut
	case node.At.IsZero():
		return s.asBefore(kind, joined(unseen("op-node", node, s.nodeStatus().ObservedAt), s.batches()))
	case !toldL2(node.Value.Safe):
		return s.asBefore(kind, "op-node answers, but does not tell its safe head yet")
	case s.derives() && s.readsOn():
		return s.stillReads(kind)
	}
	return s.safeHead(kind)
}

// readsOn reports whether op-node got on with reading L1 lately, or has only begun to.
func (s *situation) readsOn() bool {
	return s.node().At.Sub(newest(s.seen.View.SafeMoved, s.seen.View.Since)) <= s.limits.batchAge
}

func (s *situation) stillReads(kind string) verdict {
	return s.asBefore(kind, joined("op-node still reads L1, and cannot tell yet which batches are there", s.batches()))
}

// unread reports whether L1 may hold a batch that op-node, some blocks behind, has not read yet: by
// the blocks that it has, the safe head stands for no longer than it may since it last moved.
func (s *situation) unread(moved time.Time) bool {
	node := &s.node().Value
	return toldL1(node.CurrentL1) && s.behind() > readBehind && node.CurrentL1.Time.Sub(moved) <= s.limits.batchAge && s.readsOn()
}

// unwitnessed reports whether nobody can say yet when the safe head last moved.
func (s *situation) unwitnessed(limit time.Duration) bool {
	return !s.atGenesis() && lastMove(s.seen) == nil && s.young(limit)
}

// safeHead judges by when the safe head last moved.
func (s *situation) safeHead(kind string) verdict {
	node, limit := s.node(), s.limits.batchAge
	moved := s.safeMoved()
	age := max(node.At.Sub(moved), 0)
	switch {
	case s.nothingToPost():
		return fine(v1alpha1.ReasonSafeHeadMoves, joined("every block is posted", s.batches()))
	case !moved.IsZero() && age <= limit:
		return fine(v1alpha1.ReasonSafeHeadMoves, joined("the safe head moved within the last "+within(age), s.batches()))
	case s.atGenesis() && (s.ready.IsZero() || s.now.Sub(s.ready) <= limit):
		return s.stillWrong(kind, "no batch was seen yet; the first one may take "+lasting(limit))
	case s.unwitnessed(limit):
		return s.asBefore(kind, joined("when the safe head last moved is not known yet", s.batches()))
	case s.unread(moved):
		return s.stillReads(kind)
	}
	return s.overdue()
}

// overdue tells what to look at when the safe head does not move. That op-node drops batches is told
// by those that came long after it last moved: op-batcher calls a batch posted some minutes after its
// block, when it is confirmed.
func (s *situation) overdue() verdict {
	limit, last, moved := s.limits.batchAge, instant(s.lastBatch()), s.safeMoved()
	if last.IsZero() || s.node().At.Sub(last) > limit || !moved.IsZero() && last.Sub(moved) <= limit/2 {
		return wrong(v1alpha1.ReasonBatchesOverdue, joined(fmt.Sprintf("no batch moved the safe head for more than %s: %s", lasting(limit), s.whoPosts()), s.batches()))
	}
	return wrong(v1alpha1.ReasonSafeHeadStalled, joined(fmt.Sprintf("batches are posted, and the safe head has not moved for more than %s: "+
		"look at op-node's log, whether it can read them (beacon API, blobs) or drops them", lasting(limit)), s.batches()))
}

// whoPosts says whom to look at when no batches come.
func (s *situation) whoPosts() string {
	switch components := &s.spec.Components; {
	case components.Batcher.IsEnabled():
		return "look at op-batcher's log, its ETH, and L1"
	case components.Node.Sequencer.IsEnabled():
		return "spec.components.batcher is disabled; enable it, unless another op-batcher posts for this chain"
	}
	return "op-batcher is not enabled here, so look at the one that posts for this chain"
}

// stillWrong leaves a condition False that was so, and calls any other one unknown: what is not
// there yet may be missing for long.
func (s *situation) stillWrong(kind, unseen string) verdict {
	if s.wasWrong(kind) {
		return s.asBefore(kind, unseen)
	}
	return notSeen(unseen)
}

// safeMoved is the latest time at which the safe head is known to have moved; zero where none is
// known. It moved after the block was made that it is now, so a young safe head is a witness that
// needs no other look. That one look found it further than another is asked last: op-node takes it
// back when it starts, and moves it again by batches that are old.
func (s *situation) safeMoved() time.Time {
	last := lastMove(s.seen)
	switch {
	case s.atGenesis():
		return s.seen.View.SafeMoved
	case last == nil:
		return newest(s.seen.View.SafeMoved, s.node().Value.Safe.Time)
	case !s.seen.View.L1.Failing.IsZero():
		return newest(s.seen.View.SafeMoved, s.node().Value.Safe.Time, *last)
	}
	return newest(s.node().Value.Safe.Time, *last)
}

// nothingToPost reports whether all unsafe blocks are safe. A node that learns blocks only from L1
// would always say so, and knows nothing of what is to be posted.
func (s *situation) nothingToPost() bool {
	node := &s.node().Value
	return seesUnsafeBlocks(&s.spec.Components.Node) && !s.atGenesis() && toldL2(node.Unsafe) && node.Unsafe.Number == node.Safe.Number
}

// atGenesis reports whether the safe head is the block with which the rollup began: no batch has
// moved it yet.
func (s *situation) atGenesis() bool {
	return atGenesis(s.seen)
}

func atGenesis(seen *Observation) bool {
	begin := int64(0)
	if seen.Rollup != nil {
		begin = signed(seen.Rollup.Genesis.L2.Number)
	}
	return seen.View.Node.Value.Safe.Number <= begin
}

// lastBatch is when a batch was last seen. Without op-batcher here it is when one last moved the
// safe head, as far as L1 was asked for that.
func (s *situation) lastBatch() *metav1.Time {
	if batcher := s.facts.ComponentStatus.Batcher; batcher != nil && batcher.LastBatchSubmission != nil {
		return batcher.LastBatchSubmission
	}
	if moved := lastMove(s.seen); moved != nil {
		return stamp(*moved)
	}
	return nil
}

// lastMove is the time of the L1 block whose batches last moved the safe head, by op-node's
// database; nil where it knows none. The database begins with the block that the rollup began
// with, and L1 may have been asked for the time of that one last.
func lastMove(seen *Observation) *time.Time {
	since := seen.View.L1.Value.SafeSince
	if since == nil || atGenesis(seen) || seen.Rollup != nil && since.Unix() <= signed(seen.Rollup.Genesis.L2Time) {
		return nil
	}
	return since
}

// witnesses say by what a batch was seen.
var witnesses = map[v1alpha1.BatchWitness]string{
	v1alpha1.BatchWitnessMetrics:  "op-batcher's metrics",
	v1alpha1.BatchWitnessSafeHead: "op-node's safe-head database",
	v1alpha1.BatchWitnessNonce:    "the nonce of op-batcher's account",
}

// batches gives the figures around batches: the last one, the safe head, L1 and the window.
func (s *situation) batches() string {
	node, text := s.nodeStatus(), []string{s.lastBatchText()}
	if node.SafeHeight != nil && node.SafeL1Origin != nil {
		text = append(text, fmt.Sprintf("the safe head, block %d, builds on L1 block %d", *node.SafeHeight, *node.SafeL1Origin))
	}
	if head := s.l1Head(); toldL1(head) {
		text = append(text, fmt.Sprintf("L1 is at block %d", head.Number))
	}
	if s.derives() {
		text = append(text, fmt.Sprintf("op-node has read L1 up to block %d", s.node().Value.CurrentL1.Number))
	}
	return joined(append(text, s.windowLeft())...)
}

func (s *situation) lastBatchText() string {
	last := s.lastBatch()
	if last == nil {
		return "no batch is known"
	}
	witness := v1alpha1.BatchWitnessSafeHead
	if batcher := s.facts.ComponentStatus.Batcher; batcher != nil && batcher.LastBatchSubmission != nil {
		witness = batcher.LastBatchWitness
	}
	text := "the last batch is of " + clocked(last.Time)
	if asOf := s.node().At; !asOf.IsZero() && s.node().Failing.IsZero() {
		text = "the last batch is " + lasting(asOf.Sub(last.Time)) + " old"
	}
	if by := witnesses[witness]; by != "" {
		text += " (by " + by + ")"
	}
	return text
}

// joined joins what is not empty.
func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, "; ")
}
