package status

import (
	"fmt"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// notAsked is from when on an answer of L1 is too old to judge by, though L1 was not found silent:
// it is not asked any more, as where its endpoint is not known. It is asked every minute or so.
const notAsked = 15 * time.Minute

// l1Reachable judges whether the chain's L1 endpoint answers, and is not behind L1.
func l1Reachable(s *situation) verdict {
	const kind = v1alpha1.ConditionL1Reachable
	l1, last := &s.seen.View.L1, s.facts.L1.ObservedAt
	switch silent := silence(l1, s.now); {
	case !l1.Failing.IsZero() && silent >= s.limits.l1Silence:
		return wrong(v1alpha1.ReasonL1Silent, unseen("L1", l1, last)+": look at the endpoint in spec.l1, its quota, and the network; batches and proposals wait meanwhile")
	case l1.At.IsZero() || !l1.Failing.IsZero():
		return s.asBefore(kind, unseen("L1", l1, last))
	case silent > max(notAsked, s.limits.l1Silence):
		return notSeen("L1 has not been asked since " + clocked(l1.At))
	}
	head := l1.Value.Head
	if !toldL1(head) {
		return s.asBefore(kind, "L1 answers, but does not tell its newest block")
	}
	if age := l1.At.Sub(head.Time); age > s.limits.l1HeadAge {
		return wrong(v1alpha1.ReasonL1HeadStale, fmt.Sprintf("L1 answers, but its newest block, %d, is %s old: the endpoint in spec.l1 lags behind L1, or L1 makes no blocks: look at it, or take another one", head.Number, lasting(age)))
	}
	return fine(v1alpha1.ReasonL1Answers, fmt.Sprintf("L1 answers; its newest block is %d, %s old", head.Number, lasting(l1.At.Sub(head.Time))))
}

// l1Status is L1 as it last answered.
func l1Status(was v1alpha1.L1Status, seen *observer.Reading[probe.L1State]) v1alpha1.L1Status {
	if seen.At.IsZero() {
		return was
	}
	was.ObservedAt = later(was.ObservedAt, &seen.At)
	if head := seen.Value.Head; toldL1(head) {
		was.HeadHeight, was.HeadTime = &head.Number, stamp(head.Time)
	}
	return was
}
