package config

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// rollupSummary is the part of rollup.json that other inputs are compared with. The names
// are those of op-node's rollup.Config.
type rollupSummary struct {
	Genesis *struct {
		L2Time uint64 `json:"l2_time"`
	} `json:"genesis"`
	L1ChainID      int64   `json:"l1_chain_id"`
	L2ChainID      int64   `json:"l2_chain_id"`
	BlockTime      uint64  `json:"block_time"`
	EcotoneTime    *uint64 `json:"ecotone_time"`
	DepositAddress string  `json:"deposit_contract_address"`
	SystemConfig   string  `json:"l1_system_config_address"`
	BatchInbox     string  `json:"batch_inbox_address"`
}

func (in *inputs) loadRollup(cfg *Config) (rollupSummary, error) {
	name := in.chain.Spec.L2.RollupConfigSecret
	data, key, err := in.value("spec.l2.rollupConfigSecret", name, names.KeyRollup)
	if err != nil {
		return rollupSummary{}, err
	}
	rollup, err := parseRollup(data)
	if err != nil {
		return rollupSummary{}, wrongKey(v1alpha1.CodeInvalidRollupConfig, name, key, fmt.Sprintf("it is not a rollup config: %v", err), "")
	}
	cfg.RollupJSON = data
	return rollup, nil
}

// parseRollup reads rollup.json and asks for the fields without which op-node does not start.
func parseRollup(data []byte) (rollupSummary, error) {
	var rollup rollupSummary
	if err := json.Unmarshal(data, &rollup); err != nil {
		return rollupSummary{}, jsonMistake(err)
	}
	var missing []string
	for field, there := range map[string]bool{
		"genesis":                  rollup.Genesis != nil,
		"l1_chain_id":              rollup.L1ChainID != 0,
		"l2_chain_id":              rollup.L2ChainID != 0,
		"block_time":               rollup.BlockTime != 0,
		"deposit_contract_address": rollup.DepositAddress != "",
		"l1_system_config_address": rollup.SystemConfig != "",
		"batch_inbox_address":      rollup.BatchInbox != "",
	} {
		if !there {
			missing = append(missing, field)
		}
	}
	if len(missing) > 0 {
		return rollupSummary{}, missingFields(missing)
	}
	return rollup, nil
}

// compare judges what two inputs both say. Inputs that could not be parsed are passed over:
// their own mistake was noted already.
func compare(chain *v1alpha1.OPChain, l2Genesis *genesis.Genesis, rollup rollupSummary, found *problems) {
	l1, l2 := &chain.Spec.L1, &chain.Spec.L2
	if l2Genesis != nil && l2Genesis.ChainID != uint64(l2.ChainID) {
		found.add(v1alpha1.CodeL2ChainIDMismatch, l2.GenesisConfigSecret, "", "name the Secret of this chain's genesis",
			"the genesis is of chain %d, but spec.l2.chainId is %d", l2Genesis.ChainID, l2.ChainID)
	}
	if rollup.Genesis == nil {
		return
	}
	mismatch := func(code v1alpha1.FindingCode, differs bool, key string, has any, field string, wants any) {
		if differs {
			found.add(code, l2.RollupConfigSecret, names.KeyRollup, correct, "%s is %v, but %s is %v", key, has, field, wants)
		}
	}
	mismatch(v1alpha1.CodeL2ChainIDMismatch, rollup.L2ChainID != l2.ChainID, "l2_chain_id", rollup.L2ChainID, "spec.l2.chainId", l2.ChainID)
	mismatch(v1alpha1.CodeL1ChainIDMismatch, rollup.L1ChainID != l1.ChainID, "l1_chain_id", rollup.L1ChainID, "spec.l1.chainId", l1.ChainID)
	if l2Genesis != nil {
		mismatch(v1alpha1.CodeGenesisTimeMismatch, l2Genesis.Timestamp != rollup.Genesis.L2Time,
			"genesis.l2_time", rollup.Genesis.L2Time, "the timestamp of the genesis in Secret "+string(l2.GenesisConfigSecret), l2Genesis.Timestamp)
	}
	portal, system := l1.ContractAddresses.OptimismPortal, l1.ContractAddresses.SystemConfig
	mismatch(v1alpha1.CodePortalMismatch, !sameAddress(rollup.DepositAddress, string(portal)),
		"deposit_contract_address", quoted(rollup.DepositAddress), "spec.l1.contractAddresses.optimismPortal", portal)
	mismatch(v1alpha1.CodeSystemConfigMismatch, !sameAddress(rollup.SystemConfig, string(system)),
		"l1_system_config_address", quoted(rollup.SystemConfig), "spec.l1.contractAddresses.systemConfig", system)
	if rollup.EcotoneTime != nil && l1.Beacon == nil {
		found.found = append(found.found, v1alpha1.Finding{
			Code: v1alpha1.CodeBeaconMissing, Severity: v1alpha1.SeverityError, Field: "spec.l1.beacon",
			Message: "it is not set, but rollup.json sets ecotone_time, from which on op-node reads blobs",
			Cure:    "set spec.l1.beacon.url, or spec.l1.beacon.ignore for a chain that posts calldata only",
		})
	}
}

// quoted keeps a hostile value from filling a condition.
func quoted(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 64)], "?")
}
