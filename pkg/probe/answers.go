package probe

import (
	"math/big"
	"time"
)

// Geth is what op-geth says of itself. A pointer is nil, and a text empty, where it does not tell.
type Geth struct {
	// Height is the number of its newest block (eth_blockNumber).
	Height int64
	// Syncing is whether it is syncing (eth_syncing).
	Syncing *bool
	// Peers is how many peers it has (net_peerCount).
	Peers *int32
	// Version is its name and version (web3_clientVersion).
	Version string
}

// Node is what op-node says of itself and of the chain. A pointer is nil, and a text empty, where
// it does not tell.
type Node struct {
	// Unsafe, Safe and Finalized are the heads of L2, and L1Head is the newest L1 block that
	// op-node knows (optimism_syncStatus). All of them are known, with their times.
	Unsafe, Safe, Finalized L2Block
	L1Head                  L1Block
	// CurrentL1 is the L1 block up to which it has derived L2 (current_l1 of optimism_syncStatus).
	// It is far behind L1Head while the node syncs, and for some time after each of its starts: its
	// safe head is then old whatever is on L1. Zero where it does not tell it yet.
	CurrentL1 L1Block
	// SafeSince is the number of the L1 block that last moved the safe head
	// (optimism_safeHeadAtL1Block at current_l1). It is nil without --safedb.path.
	SafeSince *int64
	// Sequencing is whether it makes blocks (metric op_node_default_sequencer_active).
	Sequencing *bool
	// Peers is how many peers it has (metric op_node_default_p2p_peer_count).
	Peers *int32
	// Version is its version (optimism_version).
	Version string
}

// L2Block is a block of the rollup.
type L2Block struct {
	Number int64
	Time   time.Time
	// L1Origin is the number of the L1 block that it builds on.
	L1Origin int64
}

// L1Block is a block of L1.
type L1Block struct {
	Number int64
	Time   time.Time
}

// Batcher is what op-batcher's metrics say.
type Batcher struct {
	// LastBatch is when it last had a transaction confirmed; nil before the first one since it
	// started.
	LastBatch *time.Time
	// Version is its version (metric op_batcher_default_info).
	Version string
}

// L1Query is what L1 is asked about a chain, again and again.
type L1Query struct {
	// Batcher and Proposer are accounts in hexadecimal; empty where one is not asked for. The
	// newest game counts, whoever created it, where there is no Proposer.
	Batcher, Proposer string
	// Factory is the dispute game factory, and Oracle the L2OutputOracle; empty where there is
	// none. GameType is the type of game that is proposed.
	Factory, Oracle string
	GameType        uint32
	// SafeSince is the number of an L1 block whose time is asked for; nil where none is.
	SafeSince *int64
}

// L1State is what L1 says of a chain. A pointer is nil where that was not asked for, or not
// answered.
type L1State struct {
	// Head is its newest block.
	Head L1Block
	// BatcherBalance and ProposerBalance are in wei.
	BatcherBalance, ProposerBalance *big.Int
	// BatcherNonce is how many transactions the batcher's account has sent.
	BatcherNonce *uint64
	// SafeSince is the time of the block of that number.
	SafeSince *time.Time
	// LastProposal is the time of the newest game of the type that the proposer created, or of
	// the oracle's newest output; nil also where there is none, or 32 games of others are newer.
	LastProposal *time.Time
	// ProposalsTold is set where LastProposal was asked for and answered, also that there is none.
	ProposalsTold bool
	// SubmissionInterval is how many L2 blocks the oracle wants between two outputs.
	SubmissionInterval *int64
}
