// Package rollup reads a rollup config, which op-node calls rollup.json.
package rollup

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Config is rollup.json. Names are those of op-node's rollup.Config. What the file does not
// have is zero, as it is for op-node; a pointer is nil where that means something else than 0.
type Config struct {
	Genesis           Genesis
	BlockTime         uint64 // seconds
	MaxSequencerDrift uint64 // seconds
	SeqWindowSize     uint64 // L1 blocks
	ChannelTimeout    uint64 // L1 blocks; 50 from Granite on, whatever is written here
	L1ChainID         uint64
	L2ChainID         uint64

	// When each fork comes into force, in Unix seconds; nil where it is not scheduled.
	RegolithTime *uint64
	CanyonTime   *uint64
	DeltaTime    *uint64
	EcotoneTime  *uint64
	FjordTime    *uint64
	GraniteTime  *uint64
	HoloceneTime *uint64
	IsthmusTime  *uint64
	JovianTime   *uint64
	KarstTime    *uint64
	LagoonTime   *uint64
	InteropTime  *uint64 // what lagoon_time was called until op-node v1.19

	// PectraBlobScheduleTime is no fork of the rollup: it mends blob fees of chains that were
	// not ready for L1's Prague.
	PectraBlobScheduleTime *uint64
	// KeepKarstUpgradeGas is for chains that raised their gas limit with Karst for good.
	KeepKarstUpgradeGas bool

	BatchInboxAddress       common.Address
	DepositContractAddress  common.Address
	L1SystemConfigAddress   common.Address
	ProtocolVersionsAddress common.Address // until op-node v1.16

	ChainOpConfig *ChainOpConfig
	AltDA         *AltDA

	// Fields are the names of the top-level fields of the file, sorted. A name that may be
	// something else, such as a key, is HiddenField.
	Fields []string

	// paths are all fields that the file has and that are known here.
	paths map[string]bool
}

// HiddenField stands for the name of a field that nobody knows and that does not look like one.
const HiddenField = "(a name that is not shown)"

// Genesis ties the rollup to one block on each chain.
type Genesis struct {
	L1           BlockID
	L2           BlockID
	L2Time       uint64 // Unix seconds
	SystemConfig SystemConfig
}

// BlockID names a block.
type BlockID struct {
	Hash   common.Hash
	Number uint64
}

// SystemConfig is what the SystemConfig contract said when the rollup began.
type SystemConfig struct {
	BatcherAddr common.Address
	Overhead    common.Hash // a number; without effect from Ecotone on
	Scalar      common.Hash // versioned by its first byte from Ecotone on
	GasLimit    uint64
	// EIP1559Params are denominator and elasticity, four bytes each; nil where the file does
	// not have them.
	EIP1559Params hexutil.Bytes
	// OperatorFeeParams is nil where the file does not have it, as are those below.
	OperatorFeeParams    *common.Hash
	MinBaseFee           *uint64
	DAFootprintGasScalar *uint64
}

// ChainOpConfig are the EIP-1559 parameters.
type ChainOpConfig struct {
	Elasticity        uint64
	Denominator       uint64
	DenominatorCanyon *uint64
}

// AltDA says where data is that is not on L1.
type AltDA struct {
	ChallengeAddress common.Address
	CommitmentType   string
	ChallengeWindow  uint64 // L1 blocks
	ResolveWindow    uint64 // L1 blocks
	MaxInputSize     *uint64
}

// Has reports whether the file has a field, such as genesis.l1.hash, be it zero.
func (c *Config) Has(path string) bool { return c.paths[path] }

// Fork is a fork of the rollup.
type Fork struct {
	// Name is op-node's name, in lower case.
	Name string
	// Time is when it comes into force, in Unix seconds; nil where it is not scheduled.
	Time *uint64
	// Field is the field of rollup.json that says so.
	Field string
}

// Forks are the rollup's forks in the order in which they must come.
func (c *Config) Forks() []Fork {
	lagoon := Fork{"lagoon", c.LagoonTime, "lagoon_time"}
	if c.LagoonTime == nil && c.InteropTime != nil {
		lagoon.Time, lagoon.Field = c.InteropTime, "interop_time"
	}
	return []Fork{
		{"regolith", c.RegolithTime, "regolith_time"},
		{"canyon", c.CanyonTime, "canyon_time"},
		{"delta", c.DeltaTime, "delta_time"},
		{"ecotone", c.EcotoneTime, "ecotone_time"},
		{"fjord", c.FjordTime, "fjord_time"},
		{"granite", c.GraniteTime, "granite_time"},
		{"holocene", c.HoloceneTime, "holocene_time"},
		{"isthmus", c.IsthmusTime, "isthmus_time"},
		{"jovian", c.JovianTime, "jovian_time"},
		{"karst", c.KarstTime, "karst_time"},
		lagoon,
	}
}
