package preflight

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// l1SettingRules judge what the spec says of L1.
var l1SettingRules = []rule{l1ChainID, contracts, beacon, l1ChainConfig, l1ChainConfigThere, channel}

func l1ChainID(in *Inputs) Findings {
	if in.Rollup == nil || in.Rollup.L1ChainID == 0 || in.Rollup.L1ChainID == uint64(in.Chain.Spec.L1.ChainID) {
		return nil
	}
	return Findings{in.inRollup().wrong(v1alpha1.CodeL1ChainIDMismatch, correct,
		"l1_chain_id is %d, but spec.l1.chainId is %d", in.Rollup.L1ChainID, in.Chain.Spec.L1.ChainID)}
}

// contracts compares addresses. The spec is written by hand, rollup.json is not.
func contracts(in *Inputs) Findings {
	if in.Rollup == nil {
		return nil
	}
	var found Findings
	compare := func(code v1alpha1.FindingCode, field string, has v1alpha1.Address, key string, wants common.Address) {
		if wants != (common.Address{}) && common.HexToAddress(string(has)) != wants {
			found = append(found, place{field: "spec.l1.contractAddresses." + field}.wrong(code, correct, "it is %s, but %s of rollup.json is %s", has, key, wants))
		}
	}
	spec := &in.Chain.Spec.L1.ContractAddresses
	compare(v1alpha1.CodePortalMismatch, "optimismPortal", spec.OptimismPortal, "deposit_contract_address", in.Rollup.DepositContractAddress)
	compare(v1alpha1.CodeSystemConfigMismatch, "systemConfig", spec.SystemConfig, "l1_system_config_address", in.Rollup.L1SystemConfigAddress)
	return found
}

func beacon(in *Inputs) Findings {
	if in.Rollup == nil || in.Rollup.EcotoneTime == nil || in.Chain.Spec.L1.Beacon != nil {
		return nil
	}
	return Findings{place{field: "spec.l1.beacon"}.wrong(v1alpha1.CodeBeaconMissing,
		"set spec.l1.beacon.url, or spec.l1.beacon.ignore for a chain that posts calldata only",
		"it is not set, but rollup.json sets ecotone_time, from which on op-node reads blobs")}
}

// knownL1s are the L1 chains whose config op-node has built in (op-service's
// L1ChainConfigByChainID, v1.19.6): for these it reads no other.
var knownL1s = map[int64]bool{1: true, 11155111: true, 17000: true, 560048: true}

// readsL1ChainConfig: v1.13.7 does not know the setting, v1.16 needs it.
var readsL1ChainConfig = since("v1.13.7", "v1.16.0")

func l1ChainConfig(in *Inputs) Findings {
	l1, chainID := in.L1ChainConfig, in.Chain.Spec.L1.ChainID
	if l1 == nil {
		return nil
	}
	if l1.ChainID != chainID {
		return Findings{in.inL1ChainConfig().wrong(v1alpha1.CodeL1ChainConfigMismatch, correct,
			"it is for L1 chain %d, but spec.l1.chainId is %d", l1.ChainID, chainID)}
	}
	severity, reads := readsL1ChainConfig.severity(in)
	if !reads || knownL1s[chainID] {
		return nil
	}
	var found Findings
	if !l1.BlobSchedule && !l1.Optimism {
		found = append(found, in.inL1ChainConfig().is(severity, v1alpha1.CodeInvalidL1ChainConfig, "add the blobSchedule of the L1 genesis",
			"it has no blobSchedule, without which op-node from v1.16 on does not start"))
	}
	if l1.TerminalPassed {
		found = append(found, in.inL1ChainConfig().is(severity, v1alpha1.CodeInvalidL1ChainConfig, "remove it",
			"it has terminalTotalDifficultyPassed, which op-node from v1.16 on refuses"))
	}
	return found
}

func l1ChainConfigThere(in *Inputs) Findings {
	l1 := &in.Chain.Spec.L1
	severity, reads := readsL1ChainConfig.severity(in)
	if !reads || knownL1s[l1.ChainID] || l1.ChainConfigSecret != "" {
		return nil
	}
	return Findings{place{field: "spec.l1.chainConfigSecret"}.is(severity, v1alpha1.CodeL1ChainConfigMissing,
		"put the config object of the L1 genesis into a Secret, under the key l1-chain-config.json, and name it here",
		"it is not set, but op-node from v1.16 on does not know L1 chain %d without it", l1.ChainID)}
}

// graniteChannelTimeout is the channel timeout from Granite on, in L1 blocks (specification of
// Granite). op-batcher keeps to it as soon as Granite is scheduled.
const graniteChannelTimeout = 50

// channel judges whether batches come in time. op-batcher exits where its margin is longer than
// the channel timeout. It posts at the latest a margin before the sequencing window ends: where
// that is before the channel may be full, the window is the only thing that makes it post, and an
// outage of L1 as short as the margin makes the chain reorganise.
func channel(in *Inputs) Findings {
	batcher := &in.Chain.Spec.Components.Batcher
	if in.Rollup == nil || !batcher.IsEnabled() {
		return nil
	}
	timeout := in.Rollup.ChannelTimeout
	if in.Rollup.GraniteTime != nil {
		timeout = graniteChannelTimeout
	}
	duration, margin, window := uint64(batcher.MaxChannelDuration), uint64(batcher.SubSafetyMargin), in.Rollup.SeqWindowSize
	const field = "spec.components.batcher."
	switch {
	case timeout == 0 || window < 2:
		return nil
	case margin > timeout:
		return Findings{place{field: field + "subSafetyMargin"}.wrong(v1alpha1.CodeChannelTooLong, "lower it",
			"it is %d, but must not be above the channel timeout of %d L1 blocks: op-batcher would not start", margin, timeout)}
	case duration+margin >= window:
		return Findings{place{field: field + "maxChannelDuration"}.wrong(v1alpha1.CodeChannelTooLong, "lower it",
			"together with subSafetyMargin it is %d L1 blocks, but the sequencing window has %d, and the chain reorganises when batches come later", duration+margin, window)}
	case 2*(duration+margin) > window:
		return Findings{place{field: field + "maxChannelDuration"}.is(v1alpha1.SeverityWarning, v1alpha1.CodeChannelTooLong, "lower it",
			"together with subSafetyMargin it is %d L1 blocks, more than half of the sequencing window of %d", duration+margin, window)}
	}
	return nil
}
