package overview

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// maxEvents is how many events are told of.
const maxEvents = 8

// Of makes the overview of a chain at a time.
func Of(sources *Sources, now time.Time) *Overview {
	chain, status := sources.Chain, &sources.Chain.Status
	o := &Overview{
		Namespace: chain.Namespace, Name: chain.Name, ChainID: chain.Spec.L2.ChainID, L1ChainID: chain.Spec.L1.ChainID,
		NetworkName: chain.Spec.L2.NetworkName, Role: RoleReplica, CreatedAt: chain.CreationTimestamp.UTC(), DeletedAt: timeOf(chain.DeletionTimestamp),
		ReadAt: now.UTC().Truncate(time.Second), Phase: status.Phase, Known: status.ObservedGeneration > 0, Outdated: status.ObservedGeneration < chain.Generation,
		Conditions: conditions(status.Conditions), Heads: heads(status, now), Window: window(status.SequencingWindow, now),
		Components: components(sources), Accounts: accounts(status, now), Storage: storage(sources),
		Preflight: preflight(&status.Preflight), Events: events(sources), NotShown: append([]string{}, sources.NotShown...),
	}
	if chain.Spec.Components.Node.Sequencer.IsEnabled() {
		o.Role = RoleSequencer
	}
	if batcher := status.ComponentStatus.Batcher; batcher != nil && batcher.LastBatchSubmission != nil {
		at := batcher.LastBatchSubmission.UTC()
		o.Batch = &Batch{At: at, AgeSeconds: seconds(now.Sub(at)), Witness: batcher.LastBatchWitness}
	}
	if proposer := status.ComponentStatus.Proposer; proposer != nil && proposer.LastProposal != nil {
		at := proposer.LastProposal.UTC()
		o.Proposal = &Proposal{At: at, AgeSeconds: seconds(now.Sub(at))}
	}
	if fork := status.NextFork; fork != nil && fork.Time != nil {
		o.NextFork = &Fork{Name: fork.Name, Time: fork.Time.UTC(), InSeconds: seconds(fork.Time.Sub(now)), ImagesReady: fork.ImagesReady}
	}
	o.LastAnswer = timeOf(status.L1.ObservedAt)
	for _, component := range o.Components {
		o.LastAnswer = latest(o.LastAnswer, component.ObservedAt)
	}
	o.ObservedAt = o.LastAnswer
	if chain.Spec.Components.Node.IsEnabled() {
		o.ObservedAt = o.Component(names.Node).ObservedAt
	}
	return o
}

// Condition gives a condition of the chain; nil where there is none.
func (o *Overview) Condition(kind string) *Condition {
	for i := range o.Conditions {
		if o.Conditions[i].Type == kind {
			return &o.Conditions[i]
		}
	}
	return nil
}

// Tells reports whether a condition has a reason.
func (o *Overview) Tells(reason string) bool {
	return slices.ContainsFunc(o.Conditions, func(c Condition) bool { return c.Reason == reason })
}

// Component gives a component of the chain; nil where there is none.
func (o *Overview) Component(name string) *Component {
	for i := range o.Components {
		if o.Components[i].Name == name {
			return &o.Components[i]
		}
	}
	return nil
}

// conditions are the worst first, and first of these what Ready names.
func conditions(all []metav1.Condition) []Condition {
	list := make([]Condition, 0, len(all))
	for i := range all {
		c := &all[i]
		list = append(list, Condition{
			Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: c.Message, Since: c.LastTransitionTime.UTC(), Rank: rank(c),
		})
	}
	ready := meta.FindStatusCondition(all, v1alpha1.ConditionReady)
	rest := func(c Condition) int { // after what Ready names
		if ready != nil && c.Reason == ready.Reason {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b Condition) int { return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(rest(a), rest(b))) })
	return list
}

// rank judges a condition. Reconciling and Stalled are True when something is the matter.
func rank(c *metav1.Condition) Rank {
	switch {
	case c.Status != metav1.ConditionTrue && status.Passing(c.Reason):
		return Changing
	case c.Status == metav1.ConditionUnknown:
		return Unknown
	case c.Type == v1alpha1.ConditionReconciling && c.Status == metav1.ConditionTrue:
		return Changing
	case c.Type == v1alpha1.ConditionReconciling:
		return Fine
	case (c.Status == metav1.ConditionTrue) == (c.Type == v1alpha1.ConditionStalled):
		return Fault
	}
	return Fine
}

// heads are nil where none was ever seen.
func heads(status *v1alpha1.OPChainStatus, now time.Time) *Heads {
	h := &Heads{L1: head(status.L1.HeadHeight, status.L1.HeadTime, status.L1.ObservedAt, nil, now, StaleAfterL1)}
	var unsafe *int64
	if node := status.ComponentStatus.Node; node != nil {
		unsafe = node.UnsafeHeight
		h.Unsafe = head(node.UnsafeHeight, node.UnsafeTime, node.ObservedAt, nil, now, StaleAfter)
		h.Safe = head(node.SafeHeight, node.SafeTime, node.ObservedAt, unsafe, now, StaleAfter)
		h.Finalized = head(node.FinalizedHeight, node.FinalizedTime, node.ObservedAt, unsafe, now, StaleAfter)
		h.SafeL1Origin = node.SafeL1Origin
	}
	if geth := status.ComponentStatus.Geth; geth != nil {
		h.Geth = head(geth.SyncHeight, nil, geth.ObservedAt, unsafe, now, StaleAfter)
	}
	if *h == (Heads{}) {
		return nil
	}
	return h
}

// head counts the lag to when the block was observed, for as long as that is as good as now.
func head(number *int64, at, observed *metav1.Time, unsafe *int64, now time.Time, stale time.Duration) *Head {
	if number == nil {
		return nil
	}
	h := &Head{Number: *number, Time: timeOf(at), ObservedAt: timeOf(observed)}
	if at != nil {
		seen := now
		if observed != nil && now.Sub(observed.Time) < stale {
			seen = observed.Time
		}
		h.LagSeconds = new(seconds(seen.Sub(at.Time)))
	}
	if unsafe != nil {
		h.BehindUnsafe = new(max(*unsafe-*number, 0)) // op-geth is asked after op-node, and may be ahead
	}
	return h
}

func window(w *v1alpha1.SequencingWindowStatus, now time.Time) *Window {
	if w == nil || w.Size == nil || w.Left == nil {
		return nil
	}
	shown := &Window{SizeBlocks: *w.Size, LeftBlocks: *w.Left, Severity: w.Severity, EndsAt: timeOf(w.EndsAt), ObservedAt: timeOf(w.ObservedAt)}
	if w.EndsAt != nil {
		shown.LeftSeconds = new(seconds(w.EndsAt.Sub(now)))
	}
	return shown
}

func accounts(status *v1alpha1.OPChainStatus, now time.Time) []Account {
	list := []Account{}
	add := func(component string, a *v1alpha1.AccountStatus) {
		if a == nil {
			return
		}
		account := Account{
			Component: component, Address: a.Address, Balance: a.Balance, SpentPerDay: a.SpentPerDay,
			LastsUntil: timeOf(a.LastsUntil), ObservedAt: timeOf(a.ObservedAt),
		}
		if a.LastsUntil != nil {
			account.LastsSeconds = new(seconds(a.LastsUntil.Sub(now)))
		}
		if measured, err := time.ParseDuration(string(a.MeasuredFor)); err == nil { // empty is unknown
			account.MeasuredForSeconds = new(seconds(measured))
		}
		list = append(list, account)
	}
	if batcher := status.ComponentStatus.Batcher; batcher != nil {
		add(names.Batcher, batcher.Account)
	}
	if proposer := status.ComponentStatus.Proposer; proposer != nil {
		add(names.Proposer, proposer.Account)
	}
	return list
}

// storage is what claims there are, and how full they were.
func storage(sources *Sources) []Volume {
	status := &sources.Chain.Status.ComponentStatus
	measured := map[string]*v1alpha1.VolumeStatus{}
	if status.Geth != nil {
		measured[names.Geth] = status.Geth.Volume
	}
	if status.Node != nil {
		measured[names.Node] = status.Node.Volume
	}
	list := []Volume{}
	for _, component := range []string{names.Geth, names.Node} {
		v := Volume{Component: component, Claim: names.Of(sources.Chain, component)}
		at := slices.IndexFunc(sources.Claims, func(c corev1.PersistentVolumeClaim) bool { return c.Name == v.Claim })
		if at >= 0 {
			claim := &sources.Claims[at]
			v.Phase = string(claim.Status.Phase)
			size, ok := claim.Status.Capacity[corev1.ResourceStorage]
			if !ok {
				size = claim.Spec.Resources.Requests[corev1.ResourceStorage]
			}
			v.CapacityBytes = new(size.Value())
		}
		use := measured[component]
		if use != nil && use.Capacity != nil && use.Used != nil {
			v.measure(use)
		}
		if at >= 0 || use != nil {
			list = append(list, v)
		}
	}
	return list
}

// measure takes what the kubelet said.
func (v *Volume) measure(use *v1alpha1.VolumeStatus) {
	capacity, used := use.Capacity.Value(), use.Used.Value()
	v.CapacityBytes, v.UsedBytes, v.ObservedAt = &capacity, &used, timeOf(use.ObservedAt)
	if capacity > 0 {
		v.UsedPercent = new(int64(100 * use.Used.AsApproximateFloat64() / use.Capacity.AsApproximateFloat64()))
	}
}

func preflight(p *v1alpha1.PreflightStatus) Preflight {
	found := Preflight{Omitted: int(p.Omitted), CheckedL1At: timeOf(p.CheckedL1At)}
	for i := range p.Findings {
		switch p.Findings[i].Severity {
		case v1alpha1.SeverityError:
			found.Errors++
		case v1alpha1.SeverityWarning:
			found.Warnings++
		default:
			found.Unknown++
		}
	}
	return found
}

// events are the newest of this very OPChain: one of the same name may have been before.
func events(sources *Sources) []Event {
	list := []Event{}
	for i := range sources.Events {
		e := &sources.Events[i]
		if e.Regarding.UID != "" && e.Regarding.UID != sources.Chain.UID {
			continue
		}
		list = append(list, eventOf(e))
	}
	slices.SortStableFunc(list, func(a, b Event) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Note, b.Note))
	})
	return list[:min(len(list), maxEvents)]
}

// eventOf reads both kinds of events: those of today, and those of the core API.
func eventOf(e *eventsv1.Event) Event {
	event := Event{At: e.EventTime.UTC(), Type: e.Type, Reason: e.Reason, Note: e.Note, Count: max(e.DeprecatedCount, 1)}
	switch {
	case e.Series != nil:
		event.At, event.Count = e.Series.LastObservedTime.UTC(), e.Series.Count
	case !e.DeprecatedLastTimestamp.IsZero():
		event.At = e.DeprecatedLastTimestamp.UTC()
	case e.EventTime.IsZero():
		event.At = e.CreationTimestamp.UTC()
	}
	return event
}

func timeOf(t *metav1.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

func latest(times ...*time.Time) *time.Time {
	var last *time.Time
	for _, t := range times {
		if t != nil && (last == nil || t.After(*last)) {
			last = t
		}
	}
	return last
}

// seconds are whole, and never below 0: clocks differ.
func seconds(d time.Duration) int64 { return max(int64(d/time.Second), 0) }
