package status

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// A judgement is a condition that tells how the chain itself fares, from what its programs and L1
// said.
type judgement struct {
	condition string
	// applies reports whether there is something to judge; without, there is no condition.
	applies func(*v1alpha1.ComponentsSpec) bool
	judge   func(*situation) verdict
}

// judgements are in the order in which one may be the cause of the next: Ready shows the first that
// is at fault.
var judgements = []judgement{
	{v1alpha1.ConditionStorageHealthy, hasVolumes, storageHealthy},
	{v1alpha1.ConditionL1Reachable, always, l1Reachable},
	{v1alpha1.ConditionSequencerProgressing, hasNode, sequencerProgressing},
	{v1alpha1.ConditionSignersFunded, hasSigners, signersFunded},
	{v1alpha1.ConditionBatcherProgressing, hasNode, batcherProgressing},
	{v1alpha1.ConditionProposerProgressing, hasProposer, proposerProgressing},
}

func always(*v1alpha1.ComponentsSpec) bool        { return true }
func hasNode(c *v1alpha1.ComponentsSpec) bool     { return c.Node.IsEnabled() }
func hasVolumes(c *v1alpha1.ComponentsSpec) bool  { return c.Geth.IsEnabled() || c.Node.IsEnabled() }
func hasProposer(c *v1alpha1.ComponentsSpec) bool { return c.Proposer.IsEnabled() }
func hasSigners(c *v1alpha1.ComponentsSpec) bool {
	return c.Batcher.IsEnabled() || c.Proposer.IsEnabled()
}

// A verdict is what a judgement says.
type verdict struct {
	status metav1.ConditionStatus
	Fault
}

func fine(reason, message string) verdict {
	return verdict{metav1.ConditionTrue, Fault{reason, message}}
}
func wrong(reason, message string) verdict {
	return verdict{metav1.ConditionFalse, Fault{reason, message}}
}

// notSeen is the verdict on what was never seen, or not for some time.
func notSeen(message string) verdict {
	return verdict{metav1.ConditionUnknown, Fault{v1alpha1.ReasonNotSeen, message}}
}

// situation is what judgements are made of: the facts as they are now in the status, so that an
// operator that was just started knows what the one before it knew, and what tells how fresh these
// are.
type situation struct {
	spec *v1alpha1.OPChainSpec
	// was are the conditions before.
	was []metav1.Condition
	// facts is the status with all that is known by now.
	facts *v1alpha1.OPChainStatus
	seen  *Observation
	// limits are those of the spec, with their defaults.
	limits limits
	now    time.Time
	// ready is since when all components are available; zero where they are not.
	ready time.Time
}

// judged gives the conditions that apply to the chain. A chain that is deleted has no other
// judgements than those it had: nothing is asked any more.
func (s *situation) judged() []metav1.Condition {
	var conditions []metav1.Condition
	for _, j := range judgements {
		condition := metav1.Condition{Type: j.condition}
		switch old := meta.FindStatusCondition(s.was, j.condition); {
		case s.seen.Deleting && old != nil:
			conditions = append(conditions, *old)
		case !s.seen.Deleting && j.applies(&s.spec.Components):
			v := j.judge(s)
			conditions = append(conditions, with(condition, v.status, v.Fault))
		}
	}
	return conditions
}

// healthOf writes what is known of the chain by now into its status, and gives the conditions that
// follow from that.
func healthOf(chain *v1alpha1.OPChain, next *v1alpha1.OPChainStatus, seen *Observation, now time.Time) []metav1.Condition {
	next.L1 = l1Status(next.L1, &seen.View.L1)
	next.ComponentStatus = componentStatuses(next.ComponentStatus, seen, now)
	next.NextFork = nextFork(next.NextFork, seen, now)
	s := &situation{
		spec: &chain.Spec, was: chain.Status.Conditions, facts: next, seen: seen, now: now,
		limits: limitsOf(&chain.Spec, seen.Rollup, blockTime(seen.Rollup, highest(seen, next)), seen.View.L1.Value.SubmissionInterval),
	}
	if services := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionL2ServicesReady); services.Status == metav1.ConditionTrue {
		s.ready = services.LastTransitionTime.Time
	}
	next.SequencingWindow = s.sequencingWindow(next.SequencingWindow)
	return s.judged()
}

// dropStale removes judgements that have nothing to judge any more. Deletion leaves all as it was.
func dropStale(conditions *[]metav1.Condition, spec *v1alpha1.OPChainSpec, deleting bool) {
	for _, j := range judgements {
		if !deleting && !j.applies(&spec.Components) {
			meta.RemoveStatusCondition(conditions, j.condition)
		}
	}
}

// asBefore leaves a judgement as it was while too little is seen for another one. What was not
// known is said in the words of now, once anybody was asked.
func (s *situation) asBefore(condition, unseen string) verdict {
	old := meta.FindStatusCondition(s.was, condition)
	asked := !s.seen.View.Node.Asked.IsZero() || !s.seen.View.L1.Asked.IsZero()
	if old == nil || old.Reason == v1alpha1.ReasonNotSeen && asked {
		return notSeen(unseen)
	}
	return verdict{old.Status, Fault{old.Reason, old.Message}}
}

// wasWrong reports whether a condition was False. It stays so until the contrary is seen.
func (s *situation) wasWrong(condition string) bool {
	return meta.IsStatusConditionFalse(s.was, condition)
}

// reasonOf is the reason that a condition had; empty where there was none.
func (s *situation) reasonOf(condition string) string {
	if old := meta.FindStatusCondition(s.was, condition); old != nil {
		return old.Reason
	}
	return ""
}

// component is an enabled component; nil where it is not enabled, or the chain is deleted.
func (s *Observation) component(name string) *Component {
	for i := range s.Components {
		if s.Components[i].Name == name {
			return &s.Components[i]
		}
	}
	return nil
}

// silence is for how long a program has given no answer: zero while it answers, and before this
// process asked it, whatever an earlier one saw.
func silence[T any](r *observer.Reading[T], now time.Time) time.Duration {
	switch {
	case !r.Failing.IsZero():
		return now.Sub(r.Failing)
	case r.At.IsZero():
		return 0
	}
	return now.Sub(r.At) // it was not even asked
}

// nodeSilence is for how long op-node has given no answer. A process that does not ask it, since it is
// not available, goes by when an earlier one heard from it.
func (s *situation) nodeSilence() time.Duration {
	c, last := s.seen.component(names.Node), s.nodeStatus().ObservedAt
	if s.node().Asked.IsZero() && last != nil && c != nil && c.State != Available {
		return s.now.Sub(last.Time)
	}
	return silence(s.node(), s.now)
}

// unseen says that a program does not answer, and since when.
func unseen[T any](name string, r *observer.Reading[T], last *metav1.Time) string {
	text := name + " has not answered yet"
	if last != nil {
		text = name + " has not answered since " + clocked(last.Time)
	}
	return text + because(r.Why)
}

// node is what op-node said.
func (s *situation) node() *observer.Reading[probe.Node] { return &s.seen.View.Node }

// nodeStatus is what is known of op-node.
func (s *situation) nodeStatus() *v1alpha1.NodeStatus {
	if node := s.facts.ComponentStatus.Node; node != nil {
		return node
	}
	return &v1alpha1.NodeStatus{}
}

// young reports whether too little time has passed to tell that something does not move: since
// op-node first answered this process, or came back.
func (s *situation) young(limit time.Duration) bool {
	since := s.seen.View.Since
	return since.IsZero() || s.node().At.Sub(since) <= limit
}

// newest is the latest of some points in time.
func newest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// storageField names where the size of a component's volume is set.
var storageField = map[string]string{
	names.Geth: "spec.components.geth.storage.size",
	names.Node: "spec.components.node.storage.size",
}
