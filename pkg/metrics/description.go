// Package metrics tells Prometheus how each chain is, from the status of its last pass, and what
// the operator does about it.
package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Type is Prometheus' word for what a series is.
type Type string

// The types of the operator's series.
const (
	Gauge     Type = "gauge"
	Counter   Type = "counter"
	Histogram Type = "histogram"
)

// Description is one name under which there are series.
type Description struct {
	Name, Help string
	Type       Type
	// Labels are the labels of each series; LabelNamespace and LabelChain come first where the
	// series are of a chain.
	Labels []string
}

// Labels of the series. The first two are those of every chain.
const (
	LabelNamespace   = "namespace"
	LabelChain       = "chain"
	LabelChainID     = "chain_id"
	LabelNetwork     = "network"
	LabelHead        = "head"
	LabelSigner      = "signer"
	LabelComponent   = "component"
	LabelCondition   = "condition"
	LabelFork        = "fork"
	LabelImagesReady = "images_ready"
)

// MaxSeriesPerChain is the most series that a chain has.
const MaxSeriesPerChain = 30

// family is the place of a name in families.
type family int

const (
	info family = iota
	headBlock
	headLag
	windowLeftSeconds
	windowLeftRatio
	lastBatch
	lastProposal
	signerBalance
	signerFundsLeft
	componentReady
	condition
	nextFork
	pollFailures
)

// families are the names of series of a chain.
var families = [...]Description{
	info: ofChain("opstack_chain_info", Gauge,
		"Always 1. The labels say which chain it is: its L2 chain ID and spec.l2.networkName.", LabelChainID, LabelNetwork),
	headBlock: ofChain("opstack_chain_head_block", Gauge,
		"Number of the L2 block at the unsafe, safe or finalized head, as op-node last told it.", LabelHead),
	headLag: ofChain("opstack_chain_head_lag_seconds", Gauge,
		"Age of the L2 block at the unsafe or safe head, by its timestamp. It grows while op-node does not answer.", LabelHead),
	windowLeftSeconds: ofChain("opstack_chain_sequencing_window_left_seconds", Gauge,
		"Time until the sequencing window ends unless the safe head moves before. 0 means that it has run out and the chain reorganises."),
	windowLeftRatio: ofChain("opstack_chain_sequencing_window_left_ratio", Gauge,
		"Part of the sequencing window that is left, from 1 down to 0: of its L1 blocks, and by the clock while op-node does not answer."),
	lastBatch: ofChain("opstack_chain_last_batch_timestamp_seconds", Gauge,
		"Unix time at which a batch of op-batcher was last seen on L1."),
	lastProposal: ofChain("opstack_chain_last_proposal_timestamp_seconds", Gauge,
		"Unix time of the newest proposal on L1: a dispute game of op-proposer, or an output of the oracle."),
	signerBalance: ofChain("opstack_chain_signer_balance_ether", Gauge,
		"Balance on L1 of the account that pays for batches or proposals, in ETH, as L1 last told it.", LabelSigner),
	signerFundsLeft: ofChain("opstack_chain_signer_funds_left_seconds", Gauge,
		"Time until the account's ETH ends at the rate at which it was spent of late.", LabelSigner),
	componentReady: ofChain("opstack_chain_component_ready", Gauge,
		"1 if the pod of an enabled component is available in its newest version, 0 if not.", LabelComponent),
	condition: ofChain("opstack_chain_condition", Gauge,
		"Condition of the OPChain: 1 if it is True, 0 if it is False, -1 if it is Unknown.", LabelCondition),
	nextFork: ofChain("opstack_chain_next_fork_timestamp_seconds", Gauge,
		"Unix time of the next fork that rollup.json schedules. images_ready says whether every image is new enough for it: true, false or unknown.",
		LabelFork, LabelImagesReady),
	pollFailures: ofChain("opstack_chain_poll_failures_total", Counter,
		"Programs of the chain, L1 among them, that did not answer when the operator looked at them, since it started."),
}

// Names of the operator's own work.
var (
	pollDuration = Description{
		Name: "opstack_poll_duration_seconds", Type: Histogram,
		Help: "Time that one look at a chain took: at all of its programs and at L1.",
	}
	statusWrites = Description{
		Name: "opstack_status_writes_total", Type: Counter,
		Help: "Writes of the status of an OPChain.",
	}
)

func ofChain(name string, kind Type, help string, labels ...string) Description {
	return Description{Name: name, Help: help, Type: kind, Labels: append([]string{LabelNamespace, LabelChain}, labels...)}
}

// Descriptions lists what a Recorder tells, so that pages and dashboards can be held to it.
func Descriptions() []Description {
	list := append(slices.Clone(families[:]), pollDuration, statusWrites)
	for i := range list {
		list[i].Labels = slices.Clone(list[i].Labels)
	}
	return list
}

// descs are the families as Prometheus' library wants them.
var descs = func() (list [len(families)]*prometheus.Desc) {
	for i := range families {
		list[i] = prometheus.NewDesc(families[i].Name, families[i].Help, families[i].Labels, nil)
	}
	return list
}()
