package preflight

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// genesisRules judge the genesis, and whether rollup.json is of the same chain.
var genesisRules = []rule{l2ChainID, optimismGenesis, firstBlock, registeredState, borrowedChainID, eip1559, firstExtraData, gasLimit}

func l2ChainID(in *Inputs) Findings {
	var found Findings
	wants := uint64(in.Chain.Spec.L2.ChainID)
	if in.Genesis != nil && in.Genesis.ChainID != wants {
		found = append(found, in.inGenesis().wrong(v1alpha1.CodeL2ChainIDMismatch, "name the genesis of this chain",
			"the genesis is of chain %d, but spec.l2.chainId is %d", in.Genesis.ChainID, wants))
	}
	if in.Rollup != nil && in.Rollup.L2ChainID != 0 && in.Rollup.L2ChainID != wants {
		found = append(found, in.inRollup().wrong(v1alpha1.CodeL2ChainIDMismatch, correct,
			"l2_chain_id is %d, but spec.l2.chainId is %d", in.Rollup.L2ChainID, wants))
	}
	return found
}

// oneChain reports whether genesis and rollup.json are there and of one chain. Of two chains,
// everything differs, and to say more than that is no help.
func oneChain(in *Inputs) bool {
	return in.Genesis != nil && in.Rollup != nil && in.Genesis.Optimism != nil && in.Rollup.L2ChainID == in.Genesis.ChainID
}

func optimismGenesis(in *Inputs) Findings {
	if in.Genesis == nil || in.Genesis.Optimism != nil {
		return nil
	}
	return Findings{in.inGenesis().wrong(v1alpha1.CodeInvalidGenesis, "use the genesis.json that op-deployer wrote",
		"it has no config.optimism, without which op-geth does not run an OP Stack chain")}
}

// firstBlock compares the block that op-geth makes with the one at which op-node begins. It
// names the first difference: a hash says less than the number or the time that is in it.
func firstBlock(in *Inputs) Findings {
	if !oneChain(in) {
		return nil
	}
	made, begins := in.Genesis, &in.Rollup.Genesis
	one := func(code v1alpha1.FindingCode, format string, args ...any) Findings {
		return Findings{in.inGenesis().wrong(code, oneDeployment, format, args...)}
	}
	switch {
	case made.ByStateHash && made.Number != begins.L2.Number:
		return Findings{in.inGenesis().is(v1alpha1.SeverityUnknown, v1alpha1.CodeGenesisHashUnknown,
			"make sure that op-geth's volume has the state of the chain: it cannot be made from this genesis",
			"it gives the hash of a state instead of the state, and makes block %d, but rollup.json begins at block %d", made.Number, begins.L2.Number)}
	case made.Number != begins.L2.Number:
		return one(v1alpha1.CodeGenesisNumberMismatch, "it makes block %d, but genesis.l2.number of rollup.json is %d", made.Number, begins.L2.Number)
	case begins.L2Time != 0 && made.Timestamp != begins.L2Time:
		return one(v1alpha1.CodeGenesisTimeMismatch, "timestamp is %d, but genesis.l2_time of rollup.json is %d", made.Timestamp, begins.L2Time)
	case begins.L2.Hash != common.Hash{} && made.Hash != begins.L2.Hash:
		return one(v1alpha1.CodeGenesisHashMismatch, "it makes block %s, but genesis.l2.hash of rollup.json is %s", made.Hash, begins.L2.Hash)
	}
	return nil
}

// eip1559 compares the parameters of the base fee. From Holocene on they count where SystemConfig
// sets none: op-geth then takes its own, and op-node compares the blocks with its own.
func eip1559(in *Inputs) Findings {
	if !oneChain(in) || in.Rollup.ChainOpConfig == nil {
		return nil
	}
	differ := otherParameters(in.Genesis.Optimism, in.Rollup.ChainOpConfig)
	own, registered := registryEntry(in)
	severity := v1alpha1.SeverityError
	switch {
	case len(differ) == 0, own != nil && own.Optimism != nil && len(otherParameters(own.Optimism, in.Rollup.ChainOpConfig)) == 0:
		return nil
	case registered && own == nil:
		severity = v1alpha1.SeverityWarning // an op-geth that knows the chain has them right
	}
	return Findings{in.inGenesis().is(severity, v1alpha1.CodeEIP1559Mismatch, oneDeployment, "%s", strings.Join(differ, "; "))}
}

// otherParameters are the EIP-1559 parameters that a genesis has otherwise than rollup.json.
func otherParameters(l2 *genesis.Optimism, node *rollup.ChainOpConfig) []string {
	var differ []string
	compare := func(field string, has, wants *uint64) {
		if wants == nil || *wants == 0 { // found wanting by itself already
			return
		}
		if has == nil || *has != *wants {
			differ = append(differ, fmt.Sprintf("%s, but %s", isAt("config.optimism."+field, has), isAt("chain_op_config."+field+" of rollup.json", wants)))
		}
	}
	compare("eip1559Elasticity", &l2.Elasticity, &node.Elasticity)
	compare("eip1559Denominator", &l2.Denominator, &node.Denominator)
	compare("eip1559DenominatorCanyon", l2.DenominatorCanyon, node.DenominatorCanyon)
	return differ
}

// extraData is what the extra data of a block holds from Holocene on.
type extraData struct {
	denominator, elasticity uint32
	// minBaseFee is nil where there is none: it came with Jovian.
	minBaseFee *uint64
}

// Sizes of extra data from Holocene on, and from Jovian on: a version, the denominator and the
// elasticity of four bytes each, and the minimum base fee.
const holoceneExtra, jovianExtra = 9, 17

// readExtraData reads the extra data of the first block. ok is false where op-geth could not. As
// op-geth does with a parent, it looks at no version, and takes that of Holocene in Jovian too.
func readExtraData(g *genesis.Genesis) (read extraData, ok bool) {
	switch extra := g.ExtraData; {
	case len(extra) == jovianExtra && inForce(g, "jovianTime"):
		read.minBaseFee = new(binary.BigEndian.Uint64(extra[holoceneExtra:]))
	case len(extra) != holoceneExtra:
		return extraData{}, false
	}
	read.denominator, read.elasticity = holoceneParams(g.ExtraData[1:holoceneExtra])
	return read, read.denominator != 0 && read.elasticity != 0
}

// inForce reports whether a fork is in force in the first block.
func inForce(g *genesis.Genesis, fork string) bool {
	at, set := g.Forks[fork]
	return set && at <= g.Timestamp
}

// firstExtraData: from Holocene on, op-geth takes the parameters of each block's base fee from
// the block before. A first block without any makes it panic. One with others than SystemConfig
// has makes nothing but an odd base fee of the second block.
func firstExtraData(in *Inputs) Findings {
	if in.Genesis == nil || !inForce(in.Genesis, "holoceneTime") {
		return nil
	}
	extra, ok := readExtraData(in.Genesis)
	if !ok {
		return Findings{in.inGenesis().wrong(v1alpha1.CodeEIP1559Mismatch, "use the genesis.json that op-deployer wrote",
			"extraData holds no EIP-1559 parameters, which op-geth needs in a first block of Holocene or later")}
	}
	if !oneChain(in) {
		return nil
	}
	differ := extra.otherThan(in)
	if differ == "" {
		return nil
	}
	return Findings{in.inGenesis().is(v1alpha1.SeverityWarning, v1alpha1.CodeEIP1559Mismatch, oneDeployment, "%s", differ)}
}

// otherThan says how the first block differs from what rollup.json begins with, where that sets
// anything.
func (e extraData) otherThan(in *Inputs) string {
	system := &in.Rollup.Genesis.SystemConfig
	denominator, elasticity := holoceneParams(system.EIP1559Params)
	if denominator != 0 && elasticity != 0 && (denominator != e.denominator || elasticity != e.elasticity) {
		return fmt.Sprintf("extraData has denominator %d and elasticity %d, but eip1559Params of rollup.json has %d and %d",
			e.denominator, e.elasticity, denominator, elasticity)
	}
	if fee := system.MinBaseFee; fee != nil && e.minBaseFee != nil && *fee != *e.minBaseFee {
		return fmt.Sprintf("extraData has the minimum base fee %d, but minBaseFee of rollup.json is %d", *e.minBaseFee, *fee)
	}
	return ""
}

// gasLimit warns only: op-node compares it with nothing, and on an OP Stack chain a block may have
// any gas limit whatever its parent had. The second block has that of rollup.json.
func gasLimit(in *Inputs) Findings {
	if !oneChain(in) {
		return nil
	}
	has, wants := in.Genesis.GasLimit, in.Rollup.Genesis.SystemConfig.GasLimit
	if wants == 0 || has == wants {
		return nil
	}
	return Findings{in.inGenesis().is(v1alpha1.SeverityWarning, v1alpha1.CodeGasLimitMismatch, oneDeployment,
		"gasLimit is %d, but gasLimit of rollup.json is %d", has, wants)}
}
