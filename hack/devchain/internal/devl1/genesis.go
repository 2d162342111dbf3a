// Package devl1 describes a private development L1: geth in dev mode on a
// genesis of ours, with every L1 fork up to Osaka active.
package devl1

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// ChainID is the chain ID of the development L1. op-node must not know it, or
// it would assume that network's fork times.
const ChainID = 900

// gasLimit lets the whole set of contracts fit into a few blocks.
const gasLimit = 60_000_000

// ChainConfig is the L1's fork schedule. As a file it is what op-node wants for
// an L1 that it does not know; op-node refuses fields it does not know, and a
// schedule without blob parameters.
func ChainConfig() *params.ChainConfig {
	config := *params.AllDevChainProtocolChanges
	config.ChainID = big.NewInt(ChainID)
	return &config
}

// Genesis is the L1's first block, at the given Unix time. Accounts named in
// funded get ether beside the faucet, which has practically all there is.
func Genesis(timestamp uint64, faucet common.Address, funded ...common.Address) *core.Genesis {
	genesis := core.DeveloperGenesisBlock(gasLimit, &faucet)
	genesis.Config = ChainConfig()
	genesis.Timestamp = timestamp
	for _, account := range funded {
		genesis.Alloc[account] = types.Account{Balance: Ether(10_000)}
	}
	return genesis
}

// Ether converts whole ether to wei.
func Ether(n int64) *big.Int {
	return new(big.Int).Mul(big.NewInt(n), big.NewInt(params.Ether))
}
