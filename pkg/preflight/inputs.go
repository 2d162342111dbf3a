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
	Rollup  *rollup.Config
	Signers Signers
	// Now is when the judgement is made: forks come into force.
	Now time.Time
}

// Signers are the accounts of the chain's keys; zero where a key is not there or not needed.
type Signers struct {
	Sequencer, Batcher, Proposer common.Address
}
