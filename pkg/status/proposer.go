package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// proposerProgressing judges whether proposals come to L1, by the newest one.
func proposerProgressing(s *situation) verdict {
	const kind = v1alpha1.ConditionProposerProgressing
	l1, limit, last := &s.seen.View.L1, s.limits.proposalAge, s.lastProposal()
	switch {
	case limit == 0:
		return s.asBefore(kind, "how often the L2OutputOracle wants a proposal is not known yet")
	case silence(l1, s.now) > limit:
		return notSeen(joined(unseen("L1", l1, s.facts.L1.ObservedAt), proposalText(last)))
	case l1.At.IsZero():
		return s.asBefore(kind, joined(unseen("L1", l1, s.facts.L1.ObservedAt), proposalText(last)))
	case s.proposalUntold(last):
		return s.stillWrong(kind, joined("L1 did not tell the newest proposal"+because(l1.Why), proposalText(last)))
	case last == nil && (s.ready.IsZero() || s.now.Sub(s.ready) <= limit):
		return s.stillWrong(kind, "no proposal was seen yet; the first one may take "+lasting(limit))
	case last == nil:
		return wrong(v1alpha1.ReasonProposalsOverdue, fmt.Sprintf("no proposal was ever seen, and the chain has been up for more than %s: %s", lasting(limit), proposerAdvice))
	}
	age := l1.At.Sub(last.Time)
	if age > limit {
		return wrong(v1alpha1.ReasonProposalsOverdue, fmt.Sprintf("the newest proposal is %s old, and should not be older than %s: %s", lasting(age), lasting(limit), proposerAdvice))
	}
	return fine(v1alpha1.ReasonProposalsOnTime, fmt.Sprintf("the newest proposal is %s old; one is due every %s", lasting(age), lasting(s.limits.proposals)))
}

// proposalUntold reports whether the newest proposal would be overdue, and L1 did not tell whether it
// is the newest.
func (s *situation) proposalUntold(last *metav1.Time) bool {
	l1 := &s.seen.View.L1
	return !l1.Value.ProposalsTold && (last == nil || l1.At.Sub(last.Time) > s.limits.proposalAge)
}

const proposerAdvice = "look at op-proposer's log, its ETH, and whether the finalized head moves"

func (s *situation) lastProposal() *metav1.Time {
	if proposer := s.facts.ComponentStatus.Proposer; proposer != nil {
		return proposer.LastProposal
	}
	return nil
}

func proposalText(last *metav1.Time) string {
	if last == nil {
		return ""
	}
	return "the newest proposal is of " + clocked(last.Time)
}
