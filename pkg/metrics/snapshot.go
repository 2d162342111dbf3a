package metrics

import (
	"math"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
)

// Values of labels.
const (
	headUnsafe     = "unsafe"
	headSafe       = "safe"
	headFinalized  = "finalized"
	signerBatcher  = "batcher"
	signerProposer = "proposer"
)

// conditions are those that have series. Reconciling and Stalled say nothing that these do not.
var conditions = []string{
	v1alpha1.ConditionReady, v1alpha1.ConditionConfigurationValid, v1alpha1.ConditionPreflightPassed, v1alpha1.ConditionL2ServicesReady,
	v1alpha1.ConditionStorageHealthy, v1alpha1.ConditionL1Reachable, v1alpha1.ConditionSequencerProgressing,
	v1alpha1.ConditionBatcherProgressing, v1alpha1.ConditionProposerProgressing, v1alpha1.ConditionSignersFunded,
}

// snapshot is what is told of a chain until its next pass. It is never changed.
type snapshot []sample

// sample is one series of a chain.
type sample struct {
	family family
	sense  sense
	// value is the series' value, or the Unix time from which it follows, in seconds.
	value float64
	// from and until are the Unix times between which a value that dwindles does so, in seconds.
	from, until float64
	// labels are the values of those labels that follow namespace and chain.
	labels []string
}

// sense says what a sample's value means.
type sense uint8

const (
	asIs sense = iota
	// age is the time since then.
	age
	// left is the time until then; 0 once it has come.
	left
	// dwindling is the value at from, and evenly less until nothing is left.
	dwindling
)

// at is the value at a time.
func (s *sample) at(now float64) float64 {
	switch s.sense {
	case age:
		return now - s.value
	case left:
		return max(0, s.value-now)
	case dwindling:
		return s.value * min(1, max(0, s.until-now)/max(s.until-s.from, math.SmallestNonzeroFloat64))
	case asIs:
	}
	return s.value
}

func (s *sample) metric(chain types.NamespacedName, now float64) prometheus.Metric {
	kind := prometheus.GaugeValue
	if families[s.family].Type == Counter {
		kind = prometheus.CounterValue
	}
	labels := append([]string{chain.Namespace, chain.Name}, s.labels...)
	m, err := prometheus.NewConstMetric(descs[s.family], kind, s.at(now), labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(descs[s.family], err)
	}
	return m
}

// snapshotOf takes from a status what is told. A value that is not known has no sample, and what
// was last seen of a disabled component is of the past.
func snapshotOf(chain *v1alpha1.OPChain, next *v1alpha1.OPChainStatus, view *observer.View) snapshot {
	s := make(snapshot, 0, MaxSeriesPerChain)
	s.add(info, asIs, 1, strconv.FormatInt(chain.Spec.L2.ChainID, 10), chain.Spec.L2.NetworkName)
	for _, component := range manifests.Enabled(chain) {
		s.component(component, &next.ComponentStatus)
		if component == names.Node {
			s.window(next.SequencingWindow)
		}
	}
	for _, kind := range conditions {
		if c := meta.FindStatusCondition(next.Conditions, kind); c != nil {
			s.add(condition, asIs, truth(c.Status), kind)
		}
	}
	if fork := next.NextFork; fork != nil {
		s.time(nextFork, asIs, fork.Time, fork.Name, imagesReady(fork.ImagesReady))
	}
	if view != nil && view.Looks > 0 {
		s.add(pollFailures, asIs, float64(view.Failures))
	}
	return s
}

// component adds what is told of an enabled component.
func (s *snapshot) component(name string, is *v1alpha1.ComponentStatuses) {
	switch name {
	case names.Geth:
		if geth := is.Geth; geth != nil {
			s.ready(name, geth.Ready)
		}
	case names.Node:
		if node := is.Node; node != nil {
			s.ready(name, node.Ready)
			s.heads(node)
		}
	case names.Batcher:
		if batcher := is.Batcher; batcher != nil {
			s.ready(name, batcher.Ready)
			s.time(lastBatch, asIs, batcher.LastBatchSubmission)
			s.signer(signerBatcher, batcher.Account)
		}
	case names.Proposer:
		if proposer := is.Proposer; proposer != nil {
			s.ready(name, proposer.Ready)
			s.time(lastProposal, asIs, proposer.LastProposal)
			s.signer(signerProposer, proposer.Account)
		}
	}
}

func (s *snapshot) ready(component string, is *bool) {
	if is == nil {
		return
	}
	value := 0.0
	if *is {
		value = 1
	}
	s.add(componentReady, asIs, value, component)
}

func (s *snapshot) heads(node *v1alpha1.NodeStatus) {
	s.count(headBlock, node.UnsafeHeight, headUnsafe)
	s.count(headBlock, node.SafeHeight, headSafe)
	s.count(headBlock, node.FinalizedHeight, headFinalized)
	s.time(headLag, age, node.UnsafeTime, headUnsafe)
	s.time(headLag, age, node.SafeTime, headSafe)
}

func (s *snapshot) window(is *v1alpha1.SequencingWindowStatus) {
	if is == nil {
		return
	}
	s.time(windowLeftSeconds, left, is.EndsAt)
	if is.Left == nil || is.Size == nil || *is.Size <= 0 {
		return
	}
	s.add(windowLeftRatio, asIs, float64(*is.Left)/float64(*is.Size))
	if is.EndsAt != nil && is.ObservedAt != nil {
		ratio := &(*s)[len(*s)-1]
		ratio.sense, ratio.from, ratio.until = dwindling, seconds(is.ObservedAt.Time), seconds(is.EndsAt.Time)
	}
}

func (s *snapshot) signer(who string, account *v1alpha1.AccountStatus) {
	if account == nil {
		return
	}
	if ether, err := strconv.ParseFloat(string(account.Balance), 64); err == nil && !math.IsNaN(ether) && !math.IsInf(ether, 0) {
		s.add(signerBalance, asIs, ether, who)
	}
	s.time(signerFundsLeft, left, account.LastsUntil, who)
}

func (s *snapshot) count(f family, value *int64, labels ...string) {
	if value != nil {
		s.add(f, asIs, float64(*value), labels...)
	}
}

func (s *snapshot) time(f family, sense sense, value *metav1.Time, labels ...string) {
	if !value.IsZero() {
		s.add(f, sense, seconds(value.Time), labels...)
	}
}

// add takes labels as they come: one that is no valid UTF-8 would fail the whole scrape.
func (s *snapshot) add(f family, sense sense, value float64, labels ...string) {
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\ufffd")
	}
	*s = append(*s, sample{family: f, sense: sense, value: value, labels: labels})
}

func truth(status metav1.ConditionStatus) float64 {
	switch status {
	case metav1.ConditionTrue:
		return 1
	case metav1.ConditionFalse:
		return 0
	case metav1.ConditionUnknown:
	}
	return -1
}

func imagesReady(is *bool) string {
	if is == nil {
		return "unknown"
	}
	return strconv.FormatBool(*is)
}
