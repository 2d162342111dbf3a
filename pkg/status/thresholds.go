package status

import (
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// slot is the time between two blocks of Ethereum: what L1 is taken to need until that can be
// measured.
const slot = 12 * time.Second

// Defaults of a spec from before the schema had them (monitoring_types.go, component_types.go).
const (
	defaultL1Silence          = 2 * time.Minute
	defaultL1HeadAge          = 5 * time.Minute
	defaultFundsLeft          = 72 * time.Hour
	defaultVolumeUsed         = 85
	defaultNotice             = 50
	defaultWarning            = 25
	defaultCritical           = 10
	defaultMaxChannelDuration = 150 // L1 blocks
	defaultProposalInterval   = time.Hour
)

// limits are the thresholds of a chain, and what they are computed from.
type limits struct {
	unsafeHeadAge, batchAge time.Duration
	// proposalAge is zero where it is not known what the oracle asks for.
	proposalAge                           time.Duration
	l1Silence, l1HeadAge, fundsLeft       time.Duration
	volumeUsed, notice, warning, critical int64 // percent
	// l1Block is the time between two blocks of L1, channel that over which op-batcher fills a
	// channel, and proposals that between two proposals.
	l1Block, channel, proposals time.Duration
}

// limitsOf reads the thresholds of a chain whose L1 makes a block in l1Block.
func limitsOf(spec *v1alpha1.OPChainSpec, config *rollup.Config, l1Block time.Duration, oracleInterval *int64) limits {
	set := &spec.Monitoring.Thresholds
	l := limits{
		l1Silence:  lengthOf(set.L1Silence, defaultL1Silence),
		l1HeadAge:  lengthOf(set.L1HeadAge, defaultL1HeadAge),
		fundsLeft:  lengthOf(set.FundsLeft, defaultFundsLeft),
		volumeUsed: percentOf(set.VolumeUsedPercent, defaultVolumeUsed),
		notice:     percentOf(set.WindowNoticePercent, defaultNotice),
		warning:    percentOf(set.WindowWarningPercent, defaultWarning),
		critical:   percentOf(set.WindowCriticalPercent, defaultCritical),
		l1Block:    l1Block,
		channel:    times(blocksOr(spec.Components.Batcher.MaxChannelDuration, defaultMaxChannelDuration), l1Block),
		proposals:  proposalInterval(spec, config, oracleInterval),
	}
	l.batchAge = lengthOf(set.BatchAge, batchAge(l.channel, config, l1Block))
	l.unsafeHeadAge = lengthOf(set.UnsafeHeadAge, unsafeHeadAge(&spec.Components.Node, config, l.batchAge))
	if l.proposals > 0 {
		l.proposalAge = 2*l.proposals + time.Hour
	}
	l.proposalAge = lengthOf(set.ProposalAge, l.proposalAge)
	return l
}

// batchAge leaves time for two channels, and says so early enough: when half of the sequencing
// window is gone.
func batchAge(channel time.Duration, config *rollup.Config, l1Block time.Duration) time.Duration {
	age := 2*channel + 10*time.Minute
	if config != nil && config.SeqWindowSize > 0 {
		age = min(age, windowOf(config, l1Block)/2)
	}
	return age
}

// unsafeHeadAge is for a node that sees blocks as they are made; one that learns them from L1 sees
// them when batches come.
func unsafeHeadAge(node *v1alpha1.NodeSpec, config *rollup.Config, batchAge time.Duration) time.Duration {
	switch {
	case !seesUnsafeBlocks(node):
		return batchAge
	case config == nil:
		return time.Minute
	}
	return max(time.Minute, times(signed(config.BlockTime), 10*time.Second))
}

// seesUnsafeBlocks reports whether a node makes blocks or receives them by gossip. Another one has
// no unsafe head beyond its safe head.
func seesUnsafeBlocks(node *v1alpha1.NodeSpec) bool {
	return node.Sequencer.IsEnabled() || node.P2P.IsEnabled()
}

// proposalInterval is the time between two proposals; zero where it is not known what the oracle
// asks for.
func proposalInterval(spec *v1alpha1.OPChainSpec, config *rollup.Config, oracleInterval *int64) time.Duration {
	contracts := &spec.L1.ContractAddresses
	if contracts.L2OutputOracle == "" || contracts.DisputeGameFactory != "" {
		return lengthOf(spec.Components.Proposer.ProposalInterval, defaultProposalInterval)
	}
	if config == nil || oracleInterval == nil {
		return 0
	}
	return times(*oracleInterval, times(signed(config.BlockTime), time.Second))
}

// windowOf is how long the sequencing window is.
func windowOf(config *rollup.Config, l1Block time.Duration) time.Duration {
	return times(signed(config.SeqWindowSize), l1Block)
}

// lengthOf reads a length of time; the schema admits only such as can be read.
func lengthOf(d v1alpha1.Duration, otherwise time.Duration) time.Duration {
	if length, err := time.ParseDuration(string(d)); err == nil && length > 0 {
		return length
	}
	return otherwise
}

func percentOf(percent *int32, otherwise int64) int64 {
	if percent == nil {
		return otherwise
	}
	return int64(*percent)
}

func blocksOr(n, otherwise int32) int64 {
	if n <= 0 {
		n = otherwise
	}
	return int64(n)
}

// longest bounds lengths of time that come from files and contracts, so that sums of them do not
// overflow: a century.
const longest = 100 * 365 * 24 * time.Hour

// times multiplies a length of time, up to the longest.
func times(n int64, unit time.Duration) time.Duration {
	if n <= 0 || unit <= 0 {
		return 0
	}
	if n > int64(longest/unit) {
		return longest
	}
	return time.Duration(n) * unit
}

// signed is a number of a file as a signed one; what is too large for that is nonsense anyway.
func signed(n uint64) int64 { return int64(min(n, 1<<62)) } //nolint:gosec // bounded
