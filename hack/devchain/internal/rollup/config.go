package rollup

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/params"
)

// Config is rollup.json with the fields that every supported op-node knows:
// up to v1.16 an op-node refuses a file with one field it does not know.
type Config struct {
	Genesis           GenesisRef `json:"genesis"`
	BlockTime         uint64     `json:"block_time"`
	MaxSequencerDrift uint64     `json:"max_sequencer_drift"`
	SeqWindowSize     uint64     `json:"seq_window_size"`
	ChannelTimeout    uint64     `json:"channel_timeout"`
	L1ChainID         uint64     `json:"l1_chain_id"`
	L2ChainID         uint64     `json:"l2_chain_id"`

	RegolithTime *uint64 `json:"regolith_time"`
	CanyonTime   *uint64 `json:"canyon_time"`
	DeltaTime    *uint64 `json:"delta_time"`
	EcotoneTime  *uint64 `json:"ecotone_time"`
	FjordTime    *uint64 `json:"fjord_time"`
	GraniteTime  *uint64 `json:"granite_time"`
	HoloceneTime *uint64 `json:"holocene_time"`
	IsthmusTime  *uint64 `json:"isthmus_time"`

	BatchInboxAddress      common.Address `json:"batch_inbox_address"`
	DepositContractAddress common.Address `json:"deposit_contract_address"`
	L1SystemConfigAddress  common.Address `json:"l1_system_config_address"`

	ChainOpConfig *params.OptimismConfig `json:"chain_op_config"`
}

// GenesisRef ties the rollup to one block on each chain.
type GenesisRef struct {
	L1           BlockID      `json:"l1"`
	L2           BlockID      `json:"l2"`
	L2Time       uint64       `json:"l2_time"`
	SystemConfig SystemConfig `json:"system_config"`
}

// BlockID names a block.
type BlockID struct {
	Hash   common.Hash `json:"hash"`
	Number uint64      `json:"number"`
}

// SystemConfig is what the SystemConfig contract said at the origin.
type SystemConfig struct {
	BatcherAddr       common.Address `json:"batcherAddr"`
	Overhead          common.Hash    `json:"overhead"`
	Scalar            common.Hash    `json:"scalar"`
	GasLimit          uint64         `json:"gasLimit"`
	EIP1559Params     hexutil.Bytes  `json:"eip1559Params"`
	OperatorFeeParams common.Hash    `json:"operatorFeeParams"`
}

// NewConfig returns the rollup config that goes with a genesis made from the
// same parameters.
func NewConfig(p Params, genesis *core.Genesis) *Config {
	forks, block := genesis.Config, genesis.ToBlock()
	return &Config{
		Genesis: GenesisRef{
			L1:     BlockID{Hash: p.Origin.Hash, Number: p.Origin.Number},
			L2:     BlockID{Hash: block.Hash(), Number: block.NumberU64()},
			L2Time: block.Time(),
			SystemConfig: SystemConfig{
				BatcherAddr:   p.Batcher,
				Scalar:        EcotoneScalar(),
				GasLimit:      block.GasLimit(),
				EIP1559Params: eip1559Params(),
			},
		},
		BlockTime:         BlockTime,
		MaxSequencerDrift: maxSequencerDrift,
		SeqWindowSize:     seqWindowSize,
		ChannelTimeout:    channelTimeout,
		L1ChainID:         p.L1ChainID,
		L2ChainID:         p.L2ChainID,

		RegolithTime: forks.RegolithTime,
		CanyonTime:   forks.CanyonTime,
		// Delta changed nothing in the execution client, so only this file has it.
		DeltaTime:    new(uint64),
		EcotoneTime:  forks.EcotoneTime,
		FjordTime:    forks.FjordTime,
		GraniteTime:  forks.GraniteTime,
		HoloceneTime: forks.HoloceneTime,
		IsthmusTime:  forks.IsthmusTime,

		BatchInboxAddress:      p.BatchInbox,
		DepositContractAddress: p.OptimismPortal,
		L1SystemConfigAddress:  p.SystemConfig,
		ChainOpConfig:          forks.Optimism,
	}
}

// EcotoneScalar packs both fee scalars as SystemConfig does: version 1 in the
// first byte, the scalars in the last eight.
func EcotoneScalar() common.Hash {
	scalar := new(big.Int).Lsh(big.NewInt(1), 248)
	scalar.Or(scalar, new(big.Int).Lsh(big.NewInt(BlobBaseFeeScalar), 32))
	return common.BigToHash(scalar.Or(scalar, big.NewInt(BaseFeeScalar)))
}

// BatchInbox is the conventional inbox of a chain: 0xff, zeros, and the chain
// ID in decimal digits. Nobody has its key.
func BatchInbox(chainID uint64) common.Address {
	digits := []byte(new(big.Int).SetUint64(chainID).String())
	hex := []byte("0xff00000000000000000000000000000000000000")
	copy(hex[len(hex)-len(digits):], digits)
	return common.HexToAddress(string(hex))
}
