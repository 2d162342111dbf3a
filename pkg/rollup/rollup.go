// Package rollup reads a rollup config, which op-node calls rollup.json.
package rollup

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Config is rollup.json. Names are those of op-node's rollup.Config; a pointer is nil where the
// file does not have the field.
type Config struct {
	Genesis           Genesis `json:"genesis"`
	BlockTime         uint64  `json:"block_time"`
	MaxSequencerDrift uint64  `json:"max_sequencer_drift"`
	SeqWindowSize     uint64  `json:"seq_window_size"`
	ChannelTimeout    uint64  `json:"channel_timeout"`
	L1ChainID         uint64  `json:"l1_chain_id"`
	L2ChainID         uint64  `json:"l2_chain_id"`

	RegolithTime *uint64 `json:"regolith_time"`
	CanyonTime   *uint64 `json:"canyon_time"`
	DeltaTime    *uint64 `json:"delta_time"`
	EcotoneTime  *uint64 `json:"ecotone_time"`
	FjordTime    *uint64 `json:"fjord_time"`
	GraniteTime  *uint64 `json:"granite_time"`
	HoloceneTime *uint64 `json:"holocene_time"`
	IsthmusTime  *uint64 `json:"isthmus_time"`
	JovianTime   *uint64 `json:"jovian_time"`
	KarstTime    *uint64 `json:"karst_time"`
	LagoonTime   *uint64 `json:"lagoon_time"` // interop_time until op-node v1.19

	// PectraBlobScheduleTime is no fork of the rollup: it mends blob fees of chains that were
	// not ready for L1's Prague.
	PectraBlobScheduleTime *uint64 `json:"pectra_blob_schedule_time"`

	BatchInboxAddress      common.Address `json:"batch_inbox_address"`
	DepositContractAddress common.Address `json:"deposit_contract_address"`
	L1SystemConfigAddress  common.Address `json:"l1_system_config_address"`

	ChainOpConfig *ChainOpConfig `json:"chain_op_config"`

	// Fields are the names of the top-level fields of the file, sorted.
	Fields []string `json:"-"`
}

// Genesis ties the rollup to one block on each chain.
type Genesis struct {
	L1           BlockID      `json:"l1"`
	L2           BlockID      `json:"l2"`
	L2Time       uint64       `json:"l2_time"` // Unix seconds
	SystemConfig SystemConfig `json:"system_config"`
}

// BlockID names a block.
type BlockID struct {
	Hash   common.Hash `json:"hash"`
	Number uint64      `json:"number"`
}

// SystemConfig is what the SystemConfig contract said when the rollup began.
type SystemConfig struct {
	BatcherAddr   common.Address `json:"batcherAddr"`
	Scalar        common.Hash    `json:"scalar"`
	GasLimit      uint64         `json:"gasLimit"`
	EIP1559Params hexutil.Bytes  `json:"eip1559Params"`
}

// ChainOpConfig are the EIP-1559 parameters.
type ChainOpConfig struct {
	Elasticity        uint64  `json:"eip1559Elasticity"`
	Denominator       uint64  `json:"eip1559Denominator"`
	DenominatorCanyon *uint64 `json:"eip1559DenominatorCanyon"`
}

// Fork is a fork of the rollup.
type Fork struct {
	// Name is op-node's name, in lower case.
	Name string
	// Time is when it comes into force, in Unix seconds; nil where it is not scheduled.
	Time *uint64
}

// Forks are the rollup's forks in the order in which they must come.
func (c *Config) Forks() []Fork {
	return []Fork{
		{"regolith", c.RegolithTime},
		{"canyon", c.CanyonTime},
		{"delta", c.DeltaTime},
		{"ecotone", c.EcotoneTime},
		{"fjord", c.FjordTime},
		{"granite", c.GraniteTime},
		{"holocene", c.HoloceneTime},
		{"isthmus", c.IsthmusTime},
		{"jovian", c.JovianTime},
		{"karst", c.KarstTime},
		{"lagoon", c.LagoonTime},
	}
}
