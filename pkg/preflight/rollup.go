package preflight

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// rollupRules judge rollup.json by itself, as op-node does at its start.
var rollupRules = []rule{
	rollupFieldsThere, innerFields, chainOpConfig, pectraBlobSchedule, differentBlocks, feeParameters, altDA, dependencySet,
}

// needed are the fields without which op-node does not start (rollup.Config.Check), and those
// without which it could not follow the chain.
var needed = []struct {
	path  string
	lacks func(*rollup.Config) bool
	wants string
}{
	{"genesis.l1.hash", func(c *rollup.Config) bool { return c.Genesis.L1.Hash == common.Hash{} }, "the hash of a block, not zero"},
	{"genesis.l2.hash", func(c *rollup.Config) bool { return c.Genesis.L2.Hash == common.Hash{} }, "the hash of a block, not zero"},
	{"genesis.l2_time", func(c *rollup.Config) bool { return c.Genesis.L2Time == 0 }, "the time of a block in Unix seconds, not zero"},
	{"genesis.system_config.batcherAddr", func(c *rollup.Config) bool { return c.Genesis.SystemConfig.BatcherAddr == common.Address{} }, "the account of the batcher, not zero"},
	{"genesis.system_config.scalar", func(c *rollup.Config) bool { return c.Genesis.SystemConfig.Scalar == common.Hash{} }, "the fee scalar of SystemConfig, not zero"},
	{"genesis.system_config.gasLimit", func(c *rollup.Config) bool { return c.Genesis.SystemConfig.GasLimit == 0 }, "at least 1"},
	{"block_time", func(c *rollup.Config) bool { return c.BlockTime == 0 }, "at least 1"},
	{"max_sequencer_drift", func(c *rollup.Config) bool { return c.MaxSequencerDrift == 0 }, "at least 1, even if it has no effect from Fjord on"},
	{"seq_window_size", func(c *rollup.Config) bool { return c.SeqWindowSize < 2 }, "at least 2"},
	{"channel_timeout", func(c *rollup.Config) bool { return c.ChannelTimeout == 0 }, "at least 1"},
	{"l1_chain_id", func(c *rollup.Config) bool { return c.L1ChainID == 0 }, "at least 1"},
	{"l2_chain_id", func(c *rollup.Config) bool { return c.L2ChainID == 0 }, "at least 1"},
	{"batch_inbox_address", func(c *rollup.Config) bool { return c.BatchInboxAddress == common.Address{} }, "an address, not zero"},
	{"deposit_contract_address", func(c *rollup.Config) bool { return c.DepositContractAddress == common.Address{} }, "the address of the OptimismPortal, not zero"},
	{"l1_system_config_address", func(c *rollup.Config) bool { return c.L1SystemConfigAddress == common.Address{} }, "the address of SystemConfig, not zero"},
}

func rollupFieldsThere(in *Inputs) Findings {
	if in.Rollup == nil {
		return nil
	}
	var found Findings
	var missing []string
	for _, field := range needed {
		switch {
		case !field.lacks(in.Rollup):
		case in.Rollup.Has(field.path):
			found = append(found, in.inRollup().wrong(v1alpha1.CodeRollupFieldInvalid, asDeployed, "%s must be %s", field.path, field.wants))
		default:
			missing = append(missing, field.path)
		}
	}
	if len(missing) > 0 {
		found = append(found, in.inRollup().wrong(v1alpha1.CodeRollupFieldMissing, asDeployed, "it lacks %s", strings.Join(missing, ", ")))
	}
	return found
}

// knowsInner are since when op-node knows fields that are not at the top level, which
// pkg/catalog has: those of eth.SystemConfig and rollup.AltDAConfig.
var knowsInner = []struct {
	path string
	demand
}{
	{"genesis.system_config.eip1559Params", since("v1.9.5", "v1.10.2")},
	{"genesis.system_config.operatorFeeParams", since("v1.11.2", "v1.12.2")},
	{"genesis.system_config.minBaseFee", since("v1.12.2", "v1.13.7")},
	{"genesis.system_config.daFootprintGasScalar", since("v1.14.3", "v1.16.10")},
	{"alt_da.da_max_input_size", since("v1.13.7", "v1.19.6")},
}

// innerFields finds fields that an op-node which is strict about them does not know.
func innerFields(in *Inputs) Findings {
	if in.Rollup == nil || (demand{catalog.StrictNodes()}).of(in) != catalog.Present {
		return nil
	}
	var refused []string
	for _, field := range knowsInner {
		if in.Rollup.Has(field.path) && field.of(in) == catalog.Absent {
			refused = append(refused, field.path)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return Findings{in.inRollup().wrong(v1alpha1.CodeRollupFieldUnsupported,
		"use an op-node that knows them, or, if they are zero, take them out",
		"the op-node of spec.components.node.image refuses fields that it does not know: %s", strings.Join(refused, ", "))}
}

// asksChainOpConfig: op-node's own message names v1.11.0.
var asksChainOpConfig = since("v1.10.3", "v1.11.0")

func chainOpConfig(in *Inputs) Findings {
	if in.Rollup == nil {
		return nil
	}
	params := in.Rollup.ChainOpConfig
	if params == nil {
		if severity, ok := asksChainOpConfig.severity(in); ok {
			return Findings{in.inRollup().is(severity, v1alpha1.CodeRollupFieldMissing, asDeployed,
				"it lacks chain_op_config, without which op-node from v1.11 on does not start")}
		}
		return nil
	}
	// op-geth divides by all of them, and both panic where Canyon has no denominator.
	var found Findings
	invalid := func(zero bool, field string) {
		if zero {
			found = append(found, in.inRollup().wrong(v1alpha1.CodeRollupFieldInvalid, asDeployed, "chain_op_config.%s must be at least 1", field))
		}
	}
	invalid(params.Elasticity == 0, "eip1559Elasticity")
	invalid(params.Denominator == 0, "eip1559Denominator")
	switch {
	case params.DenominatorCanyon != nil:
		invalid(*params.DenominatorCanyon == 0, "eip1559DenominatorCanyon")
	case in.Rollup.CanyonTime != nil:
		found = append(found, in.inRollup().wrong(v1alpha1.CodeRollupFieldMissing, asDeployed,
			"it lacks chain_op_config.eip1559DenominatorCanyon, though canyon_time is set"))
	}
	return found
}

// pragueTimes are when Prague came to the L1s whose rollups were hit by the blob fee bug
// (go-ethereum's params; op-node's ProbablyMissingPectraBlobSchedule).
var pragueTimes = map[uint64]uint64{
	11155111: 1741159776, // Sepolia
	17000:    1740434112, // Holesky
}

var asksPectraBlobSchedule = since("v1.11.2", "v1.12.2")

func pectraBlobSchedule(in *Inputs) Findings {
	if in.Rollup == nil || in.Rollup.PectraBlobScheduleTime != nil || argued(in, "ignore-missing-pectra-blob-schedule") {
		return nil
	}
	prague, hit := pragueTimes[in.Rollup.L1ChainID]
	severity, asks := asksPectraBlobSchedule.severity(in)
	if !hit || !asks || in.Rollup.Genesis.L2Time > prague {
		return nil
	}
	return Findings{in.inRollup().is(severity, v1alpha1.CodeRollupFieldMissing,
		"ask whoever runs the chain for its pectra_blob_schedule_time; if it has none, put --ignore-missing-pectra-blob-schedule into spec.components.node.extraArgs",
		"it lacks pectra_blob_schedule_time, without which op-node does not start a chain that began before Prague on L1 chain %d", in.Rollup.L1ChainID)}
}

// argued reports whether the user gave op-node a flag.
func argued(in *Inputs, flag string) bool {
	_, given := argument(in.Chain.Spec.Components.Node.ExtraArgs, flag)
	return given
}

// argument finds a flag among those that the user gave to a component.
func argument(args []v1alpha1.Argument, flag string) (value string, given bool) {
	for _, arg := range args {
		name, value, _ := strings.Cut(string(arg), "=")
		if name == "--"+flag {
			return value, true
		}
	}
	return "", false
}

func differentBlocks(in *Inputs) Findings {
	if in.Rollup == nil || in.Rollup.Genesis.L1.Hash != in.Rollup.Genesis.L2.Hash || in.Rollup.Genesis.L1.Hash == (common.Hash{}) {
		return nil
	}
	return Findings{in.inRollup().wrong(v1alpha1.CodeRollupFieldInvalid, asDeployed, "genesis.l1.hash and genesis.l2.hash must be of different blocks")}
}

// feeParameters judges what has to be well formed for derivation to make any block.
func feeParameters(in *Inputs) Findings {
	if in.Rollup == nil {
		return nil
	}
	var found Findings
	system := &in.Rollup.Genesis.SystemConfig
	invalid := func(field, wants string) {
		found = append(found, in.inRollup().wrong(v1alpha1.CodeRollupFieldInvalid, asDeployed, "genesis.system_config.%s %s", field, wants))
	}
	// Version 0 has its scalar in the last four bytes, version 1 in the last eight.
	version, padding := system.Scalar[0], [23]byte(system.Scalar[1:24])
	if in.Rollup.EcotoneTime != nil && (version > 1 || version == 1 && padding != [23]byte{}) {
		invalid("scalar", "must be one of version 0 or 1: its first byte says which, and the next 23 of version 1 are zero")
	}
	denominator, elasticity := holoceneParams(system.EIP1559Params)
	if (denominator == 0) != (elasticity == 0) {
		invalid("eip1559Params", "must have both a denominator and an elasticity, four bytes each, or neither")
	}
	if scalar := system.DAFootprintGasScalar; scalar != nil && *scalar > math.MaxUint16 {
		invalid("daFootprintGasScalar", "must be below 65536")
	}
	return found
}

// holoceneParams reads EIP-1559 parameters as Holocene encodes them; zero where there are none.
func holoceneParams(encoded []byte) (denominator, elasticity uint32) {
	if len(encoded) != 8 {
		return 0, 0
	}
	return binary.BigEndian.Uint32(encoded[:4]), binary.BigEndian.Uint32(encoded[4:])
}

// Types of commitments, as op-node's op-alt-da calls them.
const (
	keccakCommitment  = "KeccakCommitment"
	genericCommitment = "GenericCommitment"
)

func altDA(in *Inputs) Findings {
	if in.Rollup == nil {
		return nil
	}
	if in.Rollup.AltDA == nil {
		return altDAThere(in)
	}
	da := in.Rollup.AltDA
	noContract, keccak, generic := da.ChallengeAddress == common.Address{}, da.CommitmentType == keccakCommitment, da.CommitmentType == genericCommitment
	var found Findings
	invalid := func(wrong bool, message string) {
		if wrong {
			found = append(found, in.inRollup().wrong(v1alpha1.CodeRollupFieldInvalid, asDeployed, "%s", message))
		}
	}
	invalid(!keccak && !generic, "alt_da.da_commitment_type must be "+keccakCommitment+" or "+genericCommitment)
	invalid(keccak && noContract, "alt_da.da_challenge_contract_address must be set for a "+keccakCommitment)
	invalid(generic && !noContract, "alt_da.da_challenge_contract_address must not be set for a "+genericCommitment)
	invalid(generic && da.MaxInputSize != nil, "alt_da.da_max_input_size must not be set for a "+genericCommitment)
	invalid(!generic && da.MaxInputSize != nil && *da.MaxInputSize == 0, "alt_da.da_max_input_size must be at least 1")
	return found
}

// altDAThere: what the argument turns on is described in rollup.json.
func altDAThere(in *Inputs) Findings {
	value, given := argument(in.Chain.Spec.Components.Node.ExtraArgs, "altda.enabled")
	if on, err := strconv.ParseBool(value); !given || err == nil && !on {
		return nil
	}
	return Findings{in.inRollup().wrong(v1alpha1.CodeRollupFieldMissing,
		"add the alt_da of the chain, or take --altda.enabled out of spec.components.node.extraArgs",
		"it lacks alt_da, without which op-node does not start with --altda.enabled")}
}

// dependencySet: op-node with Lagoon scheduled exits unless it has the chain's dependency set,
// from its own copy of the superchain registry or from a file.
func dependencySet(in *Inputs) Findings {
	if in.Rollup == nil || argued(in, "interop.dependency-set") {
		return nil
	}
	forks := in.Rollup.Forks()
	lagoon := forks[len(forks)-1]
	if lagoon.Time == nil {
		return nil
	}
	return Findings{in.inRollup().is(v1alpha1.SeverityUnknown, v1alpha1.CodeRollupFieldInvalid,
		"remove "+lagoon.Field+" unless the superchain registry has the chain",
		"%s is set, with which op-node starts only chains whose dependency set the superchain registry has", lagoon.Field)}
}
