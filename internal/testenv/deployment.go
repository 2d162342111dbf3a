package testenv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// genesisTime is when the chain that Chain builds began: on 14 November 2023.
const genesisTime = 0x65536780

// Document is a JSON object that a test may change.
type Document map[string]any

// At gives the object at a path of objects.
func (d Document) At(path ...string) Document {
	for _, name := range path {
		inner, ok := d[name].(Document)
		if !ok {
			panic("no object " + name)
		}
		d = inner
	}
	return d
}

// JSON is the document as a file.
func (d Document) JSON() []byte {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err) // tests put nothing else into it
	}
	return text
}

// Deployment is what a deployment of a chain's contracts leaves behind: the files that the chain
// is started from, which agree with its spec. The genesis is small.
type Deployment struct{ Genesis, Rollup Document }

// NewDeployment makes the files of a chain, for a batcher. Every fork up to Isthmus is in force
// from the first block on.
func NewDeployment(chain *v1alpha1.OPChain, batcher common.Address) *Deployment {
	d := &Deployment{Genesis: genesisDocument(chain.Spec.L2.ChainID), Rollup: rollupDocument(chain, batcher)}
	d.Rehash()
	return d
}

// Rehash makes rollup.json name the first block that the genesis makes.
func (d *Deployment) Rehash() {
	read, err := genesis.Read(bytes.NewReader(d.Genesis.JSON()), 1<<20)
	if err != nil {
		panic(fmt.Sprintf("the genesis is none: %v", err))
	}
	d.Rollup.At("genesis", "l2")["hash"] = read.Hash
}

// forkNames are those of op-node, in order; twins is what the execution layer calls some besides.
var (
	forkNames = []string{"regolith", "canyon", "delta", "ecotone", "fjord", "granite", "holocene", "isthmus"}
	twins     = map[string]string{"canyon": "shanghai", "ecotone": "cancun", "isthmus": "prague"}
)

// Until takes out of both files the forks after one.
func (d *Deployment) Until(last string) {
	for _, fork := range forkNames[slices.Index(forkNames, last)+1:] {
		delete(d.Rollup, fork+"_time")
		delete(d.Genesis.At("config"), fork+"Time")
		delete(d.Genesis.At("config"), twins[fork]+"Time")
	}
	d.Rehash()
}

func genesisDocument(chainID int64) Document {
	doc := genesisHead(chainID)
	doc["alloc"] = Document{"0000000000000000000000000000000000000001": Document{"balance": "0x1"}}
	return doc
}

// genesisHead is a genesis without its accounts.
func genesisHead(chainID int64) Document {
	config := Document{
		"chainId":                 chainID,
		"terminalTotalDifficulty": 0,
		"optimism":                Document{"eip1559Elasticity": 6, "eip1559Denominator": 50, "eip1559DenominatorCanyon": 250},
	}
	for _, block := range []string{"homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul",
		"muirGlacier", "berlin", "london", "arrowGlacier", "grayGlacier", "mergeNetsplit", "bedrock"} {
		config[block+"Block"] = 0
	}
	for _, fork := range forkNames {
		config[fork+"Time"] = 0
	}
	for _, fork := range twins {
		config[fork+"Time"] = 0
	}
	delete(config, "deltaTime") // none of the execution layer's business
	return Document{
		"config": config, "timestamp": fmt.Sprintf("0x%x", genesisTime), "extraData": "0x00000000fa00000006",
		"gasLimit": "0x3938700", "difficulty": "0x0", "baseFeePerGas": "0x3b9aca00",
		"coinbase": "0x4200000000000000000000000000000000000011",
	}
}

func rollupDocument(chain *v1alpha1.OPChain, batcher common.Address) Document {
	zero := common.Hash{}
	doc := Document{
		"genesis": Document{
			"l1":      Document{"hash": common.HexToHash("0x1c202e5769bb123f3e990b66ede32121595cc38229dea1165ee321c613ec06ce"), "number": 5},
			"l2":      Document{"hash": zero, "number": 0},
			"l2_time": genesisTime,
			"system_config": Document{
				"batcherAddr": batcher, "gasLimit": 60_000_000, "overhead": zero, "operatorFeeParams": zero,
				"scalar":        common.HexToHash("0x010000000000000000000000000000000000000000000000000c5fc500000558"),
				"eip1559Params": "0x000000fa00000006",
			},
		},
		"block_time": 2, "max_sequencer_drift": 600, "seq_window_size": 3600, "channel_timeout": 300,
		"l1_chain_id": chain.Spec.L1.ChainID, "l2_chain_id": chain.Spec.L2.ChainID,
		"batch_inbox_address":      "0xff00000000000000000000000000000000000901",
		"deposit_contract_address": chain.Spec.L1.ContractAddresses.OptimismPortal,
		"l1_system_config_address": chain.Spec.L1.ContractAddresses.SystemConfig,
		"chain_op_config":          maps.Clone(genesisHead(0).At("config", "optimism")),
	}
	for _, fork := range forkNames {
		doc[fork+"_time"] = 0
	}
	return doc
}
