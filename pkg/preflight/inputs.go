package preflight

import (
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// Inputs are what a chain is made from, as far as it could be read: what could not is nil or
// zero, and is passed over. It holds no secret.
type Inputs struct {
	Chain   *v1alpha1.OPChain
	Genesis *genesis.Genesis
	// GenesisKey is the key of spec.l2.genesisConfigSecret that the genesis was read from.
	GenesisKey string
	Rollup     *rollup.Config
	// L1ChainConfig is that of spec.l1.chainConfigSecret.
	L1ChainConfig *L1ChainConfig
	Signers       Signers
	// Now is when the judgement is made: forks come into force.
	Now time.Time
}

// Signers are the accounts of the chain's keys; zero where a key is not there or not needed.
type Signers struct {
	Sequencer, Batcher, Proposer common.Address
}

// L1ChainConfig is what op-node looks at in an L1 chain config when it starts.
type L1ChainConfig struct {
	ChainID int64
	// BlobSchedule is whether it has a blobSchedule, and Optimism whether that L1 is an L2.
	BlobSchedule, Optimism bool
	// TerminalPassed is whether it has terminalTotalDifficultyPassed, which geth wrote until
	// 2024 and which op-node, strict here, takes for an unknown field.
	TerminalPassed bool
}
