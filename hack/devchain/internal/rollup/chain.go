// Package rollup computes a rollup's genesis.json and rollup.json, which must
// agree with each other and with the L1.
package rollup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// templateChainID names the registered chain whose predeploys we use:
// rehearsal-0-bn-0, which had every fork up to Isthmus active at genesis. An
// older chain's L1Block contract would refuse what op-node writes into it.
const templateChainID = 420120009

// Protocol parameters of every development chain.
const (
	BlockTime = 2 // seconds
	GasLimit  = 60_000_000

	BaseFeeScalar     = 1368
	BlobBaseFeeScalar = 810949

	maxSequencerDrift = 600  // seconds
	seqWindowSize     = 3600 // L1 blocks
	channelTimeout    = 300  // L1 blocks

	elasticity  = 6   // as in the template's config
	denominator = 250 // its denominator since Canyon
)

// Block is the L1 block from which the rollup is derived.
type Block struct {
	Hash   common.Hash
	Number uint64
	Time   uint64
}

// Params is what tells one chain from another.
type Params struct {
	L1ChainID, L2ChainID         uint64
	Origin                       Block
	Batcher, BatchInbox          common.Address
	OptimismPortal, SystemConfig common.Address
	// Funded accounts own ether on L2 from the start.
	Funded []common.Address
}

// Genesis returns the chain's first block and all its state: a real chain's
// predeploys, some 9 MB as JSON.
func Genesis(p Params) (*core.Genesis, error) {
	genesis, err := core.LoadOPStackGenesis(templateChainID)
	if err != nil {
		return nil, fmt.Errorf("load predeploys: %w", err)
	}
	// The template's forks stay: everything up to Isthmus at genesis is the
	// newest set that both binary sets run.
	config := *genesis.Config
	config.ChainID = new(big.Int).SetUint64(p.L2ChainID)
	config.LagoonTime = nil
	genesis.Config = &config
	genesis.Timestamp = p.Origin.Time
	genesis.GasLimit = GasLimit
	genesis.ExtraData = holoceneExtraData()
	for _, account := range p.Funded {
		genesis.Alloc[account] = types.Account{Balance: new(big.Int).Mul(big.NewInt(10_000), big.NewInt(params.Ether))}
	}
	return genesis, nil
}

// holoceneExtraData is version 0, denominator, elasticity: with Holocene active
// at genesis a block without these nine bytes is invalid.
func holoceneExtraData() []byte {
	return append([]byte{0}, eip1559Params()...)
}

func eip1559Params() []byte {
	out := binary.BigEndian.AppendUint32(nil, denominator)
	return binary.BigEndian.AppendUint32(out, elasticity)
}

// OutputRoot is the version 0 output root of a block with Isthmus active, whose
// header then carries the storage root of L2ToL1MessagePasser.
func OutputRoot(block *types.Block) (common.Hash, error) {
	messagePasserRoot := block.Header().WithdrawalsHash
	if messagePasserRoot == nil {
		return common.Hash{}, errors.New("the block has no withdrawals root")
	}
	var version common.Hash
	return crypto.Keccak256Hash(version[:], block.Root().Bytes(), messagePasserRoot[:], block.Hash().Bytes()), nil
}
