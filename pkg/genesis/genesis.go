// Package genesis reads an L2 genesis, which op-geth calls genesis.json, and computes the first
// block that op-geth makes from it.
package genesis

import "github.com/ethereum/go-ethereum/common"

// Genesis is what an L2 genesis says, without its state.
type Genesis struct {
	// ChainID is config.chainId.
	ChainID uint64
	// Number, Timestamp (Unix seconds) and GasLimit are of the first block.
	Number, Timestamp, GasLimit uint64
	// ExtraData is of the first block; from Holocene on it holds EIP-1559 parameters.
	ExtraData []byte
	// Hash is the hash of the first block.
	Hash common.Hash
	// ByStateHash is set where the file gives the state's root instead of the state, as OP
	// Mainnet's does: the state then is not checked by Hash.
	ByStateHash bool
	// Forks are the times of the forks (Unix seconds), by the name that the execution layer
	// has for the field, such as canyonTime and shanghaiTime. A fork that is not set is not
	// here.
	Forks map[string]uint64
	// Optimism are the EIP-1559 parameters of config.optimism; nil where there are none.
	Optimism *Optimism
}

// Optimism is config.optimism.
type Optimism struct {
	Elasticity, Denominator uint64
	// DenominatorCanyon is nil where the file does not have it.
	DenominatorCanyon *uint64
}
