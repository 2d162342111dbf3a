package genesis

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// registryJSON has a line for each chain of the superchain registry that op-geth
// v1.101702.3-rc.7 carries. TestRegistry makes it, and computes every hash from the state.
//
//go:embed registry.json
var registryJSON []byte

// registered is a line of registryJSON.
type registered struct {
	Name        string            `json:"name"`
	ChainID     uint64            `json:"chainId"`
	Hash        common.Hash       `json:"hash"`
	Number      uint64            `json:"number,omitempty"`
	Timestamp   uint64            `json:"timestamp"`
	GasLimit    uint64            `json:"gasLimit"`
	ExtraData   hexutil.Bytes     `json:"extraData"`
	ByStateHash bool              `json:"byStateHash,omitempty"`
	Forks       map[string]uint64 `json:"forks"`
	// Optimism is elasticity, denominator and, if there is one, denominator from Canyon on.
	Optimism []uint64 `json:"optimism,omitempty"`
}

var registry = sync.OnceValue(func() map[string]*Genesis {
	var lines []registered
	if err := json.Unmarshal(registryJSON, &lines); err != nil {
		panic(fmt.Errorf("read registry.json: %w", err)) // it is part of the program
	}
	chains := make(map[string]*Genesis, len(lines))
	for i := range lines {
		chains[lines[i].Name] = lines[i].genesis()
	}
	return chains
})

func (r *registered) genesis() *Genesis {
	g := &Genesis{
		ChainID: r.ChainID, Number: r.Number, Timestamp: r.Timestamp, GasLimit: r.GasLimit,
		ExtraData: r.ExtraData, Hash: r.Hash, ByStateHash: r.ByStateHash, Forks: r.Forks,
	}
	if len(r.Optimism) >= 2 {
		g.Optimism = &Optimism{Elasticity: r.Optimism[0], Denominator: r.Optimism[1]}
	}
	if len(r.Optimism) == 3 {
		g.Optimism.DenominatorCanyon = &r.Optimism[2]
	}
	return g
}

// Registered gives the genesis of a chain that op-geth knows by name, as its flag --op-network
// takes it, such as op-mainnet. It must not be changed.
//
// Of op-mainnet it gives the first block of Bedrock, where rollup nodes begin, and not the
// block 0 from which op-geth starts; what that block has as extra data the registry does not
// say.
func Registered(name string) (*Genesis, bool) {
	g, ok := registry()[name]
	return g, ok
}

// RegisteredNames gives the names of all chains that op-geth knows, in order.
func RegisteredNames() []string {
	return slices.Sorted(maps.Keys(registry()))
}

// formerlyRegistered are chains that op-geth knew until v1.101609.2 and does not know any more.
var formerlyRegistered = []uint64{
	1923,     // swell-mainnet
	2192,     // snax-mainnet
	7897,     // arena-z-mainnet
	8453,     // base-mainnet
	9899,     // arena-z-sepolia
	84532,    // base-sepolia
	11763072, // base-devnet-0-sepolia-dev-0
}

// RegisteredID gives the genesis of a chain that op-geth knows, by the chain's ID, as Registered
// does. It is nil, though known, where only older versions of op-geth knew the chain.
func RegisteredID(chainID uint64) (chain *Genesis, known bool) {
	for _, g := range registry() {
		if g.ChainID == chainID {
			return g, true
		}
	}
	return nil, slices.Contains(formerlyRegistered, chainID)
}
