package preflight_test

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/internal/testenv/superchain"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// registeredChain is what the registry says of a chain.
type registeredChain struct {
	ChainID    uint64            `toml:"chain_id"`
	BatchInbox common.Address    `toml:"batch_inbox_addr"`
	BlockTime  uint64            `toml:"block_time"`
	Window     uint64            `toml:"seq_window_size"`
	Drift      uint64            `toml:"max_sequencer_drift"`
	Hardforks  map[string]uint64 `toml:"hardforks"`
	Optimism   struct {
		Elasticity  uint64  `toml:"eip1559_elasticity"`
		Denominator uint64  `toml:"eip1559_denominator"`
		Canyon      *uint64 `toml:"eip1559_denominator_canyon"`
	} `toml:"optimism"`
	AltDA *struct {
		Contract   common.Address `toml:"da_challenge_contract_address"`
		Challenge  uint64         `toml:"da_challenge_window"`
		Resolve    uint64         `toml:"da_resolve_window"`
		Commitment string         `toml:"da_commitment_type"`
	} `toml:"alt_da"`
	Genesis struct {
		L2Time uint64 `toml:"l2_time"`
		L1, L2 blockID
		System struct {
			Batcher  common.Address `toml:"batcherAddress"`
			Overhead common.Hash    `toml:"overhead"`
			Scalar   common.Hash    `toml:"scalar"`
			GasLimit uint64         `toml:"gasLimit"`
		} `toml:"system_config"`
	} `toml:"genesis"`
	Addresses struct{ OptimismPortalProxy, SystemConfigProxy v1alpha1.Address } `toml:"addresses"`
}

type blockID struct {
	Hash   common.Hash `toml:"hash"`
	Number uint64      `toml:"number"`
}

func (b blockID) document() testenv.Document {
	return testenv.Document{"hash": b.Hash, "number": b.Number}
}

// rollupJSON is the rollup config that op-node makes of what the registry says.
func (c *registeredChain) rollupJSON(l1 uint64) []byte {
	system := &c.Genesis.System
	doc := testenv.Document{
		"genesis": testenv.Document{
			"l1": c.Genesis.L1.document(), "l2": c.Genesis.L2.document(), "l2_time": c.Genesis.L2Time,
			"system_config": testenv.Document{
				"batcherAddr": system.Batcher, "overhead": system.Overhead, "scalar": system.Scalar, "gasLimit": system.GasLimit,
				"eip1559Params": "0x0000000000000000", "operatorFeeParams": common.Hash{}, "minBaseFee": 0, "daFootprintGasScalar": 0,
			},
		},
		"block_time": c.BlockTime, "max_sequencer_drift": c.Drift, "seq_window_size": c.Window, "channel_timeout": 300,
		"l1_chain_id": l1, "l2_chain_id": c.ChainID, "regolith_time": 0,
		"batch_inbox_address": c.BatchInbox, "deposit_contract_address": c.Addresses.OptimismPortalProxy,
		"l1_system_config_address": c.Addresses.SystemConfigProxy,
		"chain_op_config": testenv.Document{
			"eip1559Elasticity": c.Optimism.Elasticity, "eip1559Denominator": c.Optimism.Denominator, "eip1559DenominatorCanyon": c.Optimism.Canyon,
		},
	}
	for fork, at := range c.Hardforks {
		doc[fork] = at
	}
	if c.AltDA != nil {
		doc["alt_da"] = testenv.Document{
			"da_challenge_contract_address": c.AltDA.Contract, "da_challenge_window": c.AltDA.Challenge,
			"da_resolve_window": c.AltDA.Resolve, "da_commitment_type": c.AltDA.Commitment,
		}
	}
	return doc.JSON()
}

// peculiar are chains that do not start as the registry has them: most need op-node's flag
// --ignore-missing-pectra-blob-schedule, and two tried Lagoon out before Karst.
var peculiar = map[string][]v1alpha1.FindingCode{
	"camp-sepolia":                    {v1alpha1.CodeRollupFieldMissing},
	"ozean-sepolia":                   {v1alpha1.CodeRollupFieldMissing},
	"pivotal-sepolia":                 {v1alpha1.CodeRollupFieldMissing},
	"settlus-sepolia-sepolia":         {v1alpha1.CodeRollupFieldMissing},
	"shape-sepolia":                   {v1alpha1.CodeRollupFieldMissing},
	"tbn-sepolia":                     {v1alpha1.CodeRollupFieldMissing},
	"rehearsal-0-bn-0-rehearsal-0-bn": {v1alpha1.CodeImageTooOld, v1alpha1.CodeForkOrder, v1alpha1.CodeRollupFieldInvalid},
	"rehearsal-0-bn-1-rehearsal-0-bn": {v1alpha1.CodeImageTooOld, v1alpha1.CodeForkOrder, v1alpha1.CodeRollupFieldInvalid},
}

// TestRegisteredChains: chains that have run for years are found right, but for what is known of
// them.
func TestRegisteredChains(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads the superchain registry out of a Go module, which may have to be downloaded")
	}
	archive := superchain.Open(t, superchain.Newest)
	files, err := fs.Glob(archive, "configs/*/*.toml")
	if err != nil || len(files) < 50 {
		t.Fatalf("the registry has %d files: %v", len(files), err)
	}
	for _, file := range files {
		network, chain := path.Base(path.Dir(file)), strings.TrimSuffix(path.Base(file), ".toml")
		if chain == "superchain" {
			continue
		}
		name := chain + "-" + network
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var super struct {
				L1 struct {
					ChainID uint64 `toml:"chain_id"`
				} `toml:"l1"`
			}
			var facts registeredChain
			decode(t, archive, path.Join("configs", network, "superchain.toml"), &super)
			decode(t, archive, file, &facts)
			found := preflight.Check(registeredInputs(t, name, &facts, super.L1.ChainID))
			var codes []v1alpha1.FindingCode
			for i := range found {
				codes = append(codes, found[i].Code)
			}
			if !slices.Equal(codes, peculiar[name]) {
				t.Errorf("found %q, want %q", sentences(found), peculiar[name])
			}
		})
	}
}

// registeredInputs are those of a replica of a chain.
func registeredInputs(t *testing.T, name string, facts *registeredChain, l1 uint64) *preflight.Inputs {
	t.Helper()
	config, err := rollup.Parse(facts.rollupJSON(l1))
	if err != nil {
		t.Fatal(err)
	}
	first, ok := genesis.Registered(name)
	if !ok {
		t.Fatal("it has no genesis")
	}
	chain := testenv.Chain("replica", testenv.AsReplica())
	spec := &chain.Spec
	spec.L1.ChainID, spec.L2.ChainID = int64(l1), int64(facts.ChainID)
	spec.L1.ContractAddresses.OptimismPortal, spec.L1.ContractAddresses.SystemConfig = facts.Addresses.OptimismPortalProxy, facts.Addresses.SystemConfigProxy
	spec.Preflight.ForkNotice = "1h"
	return &preflight.Inputs{Chain: chain, Genesis: first, GenesisKey: "genesis.json", Rollup: config, Now: today}
}

func decode(t *testing.T, archive fs.FS, name string, into any) {
	t.Helper()
	f, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := toml.Unmarshal(data, into); err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
}
