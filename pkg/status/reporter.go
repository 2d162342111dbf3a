package status

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Reporter writes the status of chains.
type Reporter struct {
	client   client.Client
	events   events.EventRecorder
	recorder Recorder
	clock    clock.PassiveClock
	interval time.Duration

	mu      sync.Mutex
	written map[types.NamespacedName]writing
}

// writing is when the status of a chain was last written.
type writing struct {
	uid types.UID // of that chain, and not of a former one of its name
	at  time.Time
}

// NewReporter makes a Reporter. A change of nothing but heights, times and wording is written
// no more often than once an interval; a change of a condition, another finding, or the first
// word of a program, at once. The recorder is told every time.
func NewReporter(c client.Client, recorder events.EventRecorder, series Recorder, clk clock.PassiveClock, interval time.Duration) *Reporter {
	return &Reporter{client: c, events: recorder, recorder: series, clock: clk, interval: interval, written: map[types.NamespacedName]writing{}}
}

// Report writes what follows from an observation, with at most one request.
func (r *Reporter) Report(ctx context.Context, chain *v1alpha1.OPChain, seen Observation) error {
	next := Next(chain, seen, r.clock.Now())
	r.recorder.Record(chain, &next, &seen.View)
	if equality.Semantic.DeepEqual(chain.Status, next) || !r.due(chain, &next) {
		return nil
	}
	before := chain.DeepCopy()
	chain.Status = next
	if err := r.client.Status().Patch(ctx, chain, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	r.recorder.StatusWritten()
	r.mu.Lock()
	r.written[client.ObjectKeyFromObject(chain)] = writing{chain.UID, r.clock.Now()}
	r.mu.Unlock()
	r.announce(chain, before.Status.Conditions)
	return nil
}

// Forget drops what is remembered of a chain that is gone.
func (r *Reporter) Forget(chain types.NamespacedName) {
	r.recorder.Forget(chain)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.written, chain)
}

func (r *Reporter) due(chain *v1alpha1.OPChain, next *v1alpha1.OPChainStatus) bool {
	if chain.Status.Phase != next.Phase || chain.Status.ObservedGeneration != next.ObservedGeneration ||
		newFindings(chain.Status.Preflight.Findings, next.Preflight.Findings) {
		return true
	}
	if len(chain.Status.Conditions) != len(next.Conditions) {
		return true // one has nothing to judge any more
	}
	if firstTold(&chain.Status.ComponentStatus, &next.ComponentStatus) {
		return true
	}
	for i := range next.Conditions {
		if changed(chain.Status.Conditions, &next.Conditions[i]) {
			return true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.written[client.ObjectKeyFromObject(chain)]
	return last.uid != chain.UID || r.clock.Since(last.at) >= r.interval
}

// firstTold reports whether a program or L1 tells something of which nothing was known: what is
// looked at for the first time is not waited for.
func firstTold(was, is *v1alpha1.ComponentStatuses) bool {
	before, now := told(was), told(is)
	for i := range now {
		if now[i] && !before[i] {
			return true
		}
	}
	return false
}

// told are op-geth, op-node, op-batcher and the proposals, whether anything is known of each.
func told(c *v1alpha1.ComponentStatuses) [4]bool {
	return [4]bool{
		c.Geth != nil && c.Geth.SyncHeight != nil,
		c.Node != nil && c.Node.UnsafeHeight != nil,
		c.Batcher != nil && c.Batcher.LastBatchSubmission != nil,
		c.Proposer != nil && c.Proposer.LastProposal != nil,
	}
}

// changed tells a change of judgement from one of wording. The wording counts where it names
// what is still left to correct.
func changed(was []metav1.Condition, is *metav1.Condition) bool {
	old := meta.FindStatusCondition(was, is.Type)
	return old == nil || old.Status != is.Status || old.Reason != is.Reason || tellsFindings(is) && old.Message != is.Message
}

// tellsFindings reports whether a condition's message names what was found.
func tellsFindings(c *metav1.Condition) bool {
	return c.Status != metav1.ConditionUnknown && (c.Type == v1alpha1.ConditionConfigurationValid || c.Type == v1alpha1.ConditionPreflightPassed)
}

// announced are the conditions whose changes become events. The others sum these up.
var announced = []string{
	v1alpha1.ConditionConfigurationValid, v1alpha1.ConditionPreflightPassed, v1alpha1.ConditionL2ServicesReady, v1alpha1.ConditionStorageHealthy,
	v1alpha1.ConditionL1Reachable, v1alpha1.ConditionSequencerProgressing, v1alpha1.ConditionSignersFunded, v1alpha1.ConditionBatcherProgressing,
	v1alpha1.ConditionProposerProgressing,
}

// Passing reports whether a condition is not True for a reason that passes by itself: nobody has to
// be alarmed.
func Passing(reason string) bool {
	return reason == v1alpha1.ReasonRollingOut || reason == v1alpha1.ReasonShuttingDown || reason == v1alpha1.ReasonDownloading
}

// maxNote is the most bytes that an event's note may have (validation of events.k8s.io/v1).
const maxNote = 1024

func (r *Reporter) announce(chain *v1alpha1.OPChain, was []metav1.Condition) {
	for _, kind := range announced {
		is := meta.FindStatusCondition(chain.Status.Conditions, kind)
		if is == nil || !changed(was, is) || is.Reason == v1alpha1.ReasonNotChecked || neverSeen(was, is) {
			continue // what was not checked is said to be so by what is in its way
		}
		severity := corev1.EventTypeWarning
		if is.Status == metav1.ConditionTrue || Passing(is.Reason) {
			severity = corev1.EventTypeNormal
		}
		r.events.Eventf(chain, nil, severity, is.Reason, kind, "%s", brief(is.Message, maxNote))
	}
}

// neverSeen reports whether a condition judges what nobody has seen yet, which is no news.
func neverSeen(was []metav1.Condition, is *metav1.Condition) bool {
	return is.Reason == v1alpha1.ReasonNotSeen && meta.FindStatusCondition(was, is.Type) == nil
}
