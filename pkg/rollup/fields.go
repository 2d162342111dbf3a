package rollup

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// field is a field that some op-node knows.
type field struct {
	path string
	// at is where its value goes: a pointer to it, or to an object of further fields. It is
	// nil for what no op-node of today reads.
	at func(*Config) any
}

// object is a value with fields of its own that is always there.
type object struct{}

func within(*Config) any { return &object{} }

func unread(*Config) any { return nil }

// fields are all that op-node knows or knew, from v1.4 to v1.19, by folded path.
var fields = byPath([]field{
	{"genesis", within},
	{"genesis.l1", within},
	{"genesis.l1.hash", func(c *Config) any { return &c.Genesis.L1.Hash }},
	{"genesis.l1.number", func(c *Config) any { return &c.Genesis.L1.Number }},
	{"genesis.l2", within},
	{"genesis.l2.hash", func(c *Config) any { return &c.Genesis.L2.Hash }},
	{"genesis.l2.number", func(c *Config) any { return &c.Genesis.L2.Number }},
	{"genesis.l2_time", func(c *Config) any { return &c.Genesis.L2Time }},
	{"genesis.system_config", within},
	{"genesis.system_config.batcherAddr", func(c *Config) any { return &c.Genesis.SystemConfig.BatcherAddr }},
	{"genesis.system_config.overhead", func(c *Config) any { return &c.Genesis.SystemConfig.Overhead }},
	{"genesis.system_config.scalar", func(c *Config) any { return &c.Genesis.SystemConfig.Scalar }},
	{"genesis.system_config.gasLimit", func(c *Config) any { return &c.Genesis.SystemConfig.GasLimit }},
	{"genesis.system_config.eip1559Params", func(c *Config) any { return &c.Genesis.SystemConfig.EIP1559Params }},
	{"genesis.system_config.operatorFeeParams", func(c *Config) any { return &c.Genesis.SystemConfig.OperatorFeeParams }},
	{"genesis.system_config.minBaseFee", func(c *Config) any { return &c.Genesis.SystemConfig.MinBaseFee }},
	{"genesis.system_config.daFootprintGasScalar", func(c *Config) any { return &c.Genesis.SystemConfig.DAFootprintGasScalar }},
	{"block_time", func(c *Config) any { return &c.BlockTime }},
	{"max_sequencer_drift", func(c *Config) any { return &c.MaxSequencerDrift }},
	{"seq_window_size", func(c *Config) any { return &c.SeqWindowSize }},
	{"channel_timeout", func(c *Config) any { return &c.ChannelTimeout }},
	{"l1_chain_id", func(c *Config) any { return &c.L1ChainID }},
	{"l2_chain_id", func(c *Config) any { return &c.L2ChainID }},
	{"regolith_time", func(c *Config) any { return &c.RegolithTime }},
	{"canyon_time", func(c *Config) any { return &c.CanyonTime }},
	{"delta_time", func(c *Config) any { return &c.DeltaTime }},
	{"ecotone_time", func(c *Config) any { return &c.EcotoneTime }},
	{"fjord_time", func(c *Config) any { return &c.FjordTime }},
	{"granite_time", func(c *Config) any { return &c.GraniteTime }},
	{"holocene_time", func(c *Config) any { return &c.HoloceneTime }},
	{"isthmus_time", func(c *Config) any { return &c.IsthmusTime }},
	{"jovian_time", func(c *Config) any { return &c.JovianTime }},
	{"karst_time", func(c *Config) any { return &c.KarstTime }},
	{"lagoon_time", func(c *Config) any { return &c.LagoonTime }},
	{"interop_time", func(c *Config) any { return &c.InteropTime }},
	{"pectra_blob_schedule_time", func(c *Config) any { return &c.PectraBlobScheduleTime }},
	{"keep_karst_upgrade_gas", func(c *Config) any { return &c.KeepKarstUpgradeGas }},
	{"batch_inbox_address", func(c *Config) any { return &c.BatchInboxAddress }},
	{"deposit_contract_address", func(c *Config) any { return &c.DepositContractAddress }},
	{"l1_system_config_address", func(c *Config) any { return &c.L1SystemConfigAddress }},
	{"protocol_versions_address", func(c *Config) any { return &c.ProtocolVersionsAddress }},
	{"chain_op_config", func(c *Config) any { return &c.ChainOpConfig }},
	{"chain_op_config.eip1559Elasticity", func(c *Config) any { return &c.ChainOpConfig.Elasticity }},
	{"chain_op_config.eip1559Denominator", func(c *Config) any { return &c.ChainOpConfig.Denominator }},
	{"chain_op_config.eip1559DenominatorCanyon", func(c *Config) any { return &c.ChainOpConfig.DenominatorCanyon }},
	{"alt_da", func(c *Config) any { return &c.AltDA }},
	{"alt_da.da_challenge_contract_address", func(c *Config) any { return &c.AltDA.ChallengeAddress }},
	{"alt_da.da_commitment_type", func(c *Config) any { return &c.AltDA.CommitmentType }},
	{"alt_da.da_challenge_window", func(c *Config) any { return &c.AltDA.ChallengeWindow }},
	{"alt_da.da_resolve_window", func(c *Config) any { return &c.AltDA.ResolveWindow }},
	{"alt_da.da_max_input_size", func(c *Config) any { return &c.AltDA.MaxInputSize }},
	// Of the time when alt_da was called plasma and stood at the top level, and older.
	{"plasma_config", unread},
	{"use_plasma", unread},
	{"da_challenge_address", unread},
	{"da_challenge_window", unread},
	{"da_resolve_window", unread},
	{"blobs_data", unread},
	{"override_message_expiry_time_interop", unread},
})

// FieldNames are the top-level fields that some op-node knows or knew, sorted.
func FieldNames() []string {
	var names []string
	for _, f := range fields {
		if !strings.Contains(f.path, ".") {
			names = append(names, f.path)
		}
	}
	slices.Sort(names)
	return names
}

func byPath(list []field) map[string]field {
	index := make(map[string]field, len(list))
	for _, f := range list {
		index[fold(f.path)] = f
	}
	return index
}

// fold makes alike what encoding/json, and so op-node, takes for the same name.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// set puts a value where at points. It gives what the value must be if it is not that. null
// leaves the field as it is, except where op-node refuses it.
func set(at any, value json.Token) (wants string) {
	if value == nil && !isHex(at) {
		return ""
	}
	switch at := at.(type) {
	case *uint64:
		return number(at, value)
	case **uint64:
		*at = new(uint64)
		return number(*at, value)
	case **common.Hash:
		*at = new(common.Hash)
		return fixed((*at)[:], value)
	case *common.Hash:
		return fixed(at[:], value)
	case *common.Address:
		return fixed(at[:], value)
	case *hexutil.Bytes:
		*at = make(hexutil.Bytes, 8)
		return fixed(*at, value)
	case *bool:
		return typed(at, value, "true or false")
	case *string:
		return typed(at, value, "a string")
	}
	return "an object"
}

func isHex(at any) bool {
	switch at.(type) {
	case *common.Hash, **common.Hash, *common.Address, *hexutil.Bytes:
		return true
	}
	return false
}

func typed[T any](at *T, value json.Token, wants string) string {
	got, ok := value.(T)
	if !ok {
		return wants
	}
	*at = got
	return ""
}

func number(at *uint64, value json.Token) string {
	digits, _ := value.(json.Number)
	got, err := strconv.ParseUint(digits.String(), 10, 64)
	if err != nil {
		return "a whole number"
	}
	*at = got
	return ""
}

// fixed reads hexadecimal of just the length of at, as op-node does.
func fixed(at []byte, value json.Token) string {
	text, ok := value.(string)
	if !ok || hexutil.UnmarshalFixedText("", []byte(text), at) != nil {
		return "0x and " + strconv.Itoa(2*len(at)) + " hexadecimal digits"
	}
	return ""
}
