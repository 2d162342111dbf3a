package preflight

import (
	"strconv"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// registeredState warns of a chain that op-geth knows by name, but whose first state it does not
// have: on an empty volume it would answer and never follow the chain.
func registeredState(in *Inputs) Findings {
	from := in.Chain.Spec.L2.Genesis
	if in.Genesis == nil || !in.Genesis.ByStateHash || from == nil || from.RegistryChain == "" {
		return nil
	}
	return Findings{place{field: "spec.l2.genesis.registryChain"}.is(v1alpha1.SeverityWarning, v1alpha1.CodeGenesisHashUnknown,
		"put a database of the chain on op-geth's volume before it starts",
		"op-geth does not have the state that %s begins with", from.RegistryChain)}
}

// followsRegistry reports whether op-geth, once it runs, passes over config of the genesis where
// its copy of the superchain registry has the chain ID (core.ChainOverrides). It does unless it is
// told not to.
func followsRegistry(in *Inputs) bool {
	for _, flag := range []string{"rollup.superchain-upgrades", "beta.rollup.superchain-upgrades"} {
		value, given := argument(in.Chain.Spec.Components.Geth.ExtraArgs, flag)
		if follows, err := strconv.ParseBool(value); given && err == nil && !follows {
			return false
		}
	}
	return true
}

// registryEntry gives what op-geth has of the chain itself and goes by: forks and EIP-1559
// parameters of such a chain are often not in its genesis.json, which is from before they were
// decided. own is nil where only older versions of op-geth have the chain.
func registryEntry(in *Inputs) (own *genesis.Genesis, registered bool) {
	own, registered = genesis.RegisteredID(in.Genesis.ChainID)
	if !registered || !followsRegistry(in) || own != nil && !meantFor(in, own) {
		return nil, false
	}
	return own, true
}

// meantFor reports whether the inputs are of a chain of the registry, be the genesis damaged, and
// not of another with its ID. Of OP Mainnet, genesis.json makes block 0 and the registry has the
// first of Bedrock.
func meantFor(in *Inputs, own *genesis.Genesis) bool {
	return own.Hash == in.Genesis.Hash || own.ByStateHash && in.Genesis.ByStateHash || in.Rollup != nil && in.Rollup.Genesis.L2.Hash == own.Hash
}

// borrowedChainID finds a chain whose ID is that of another one which op-geth knows.
func borrowedChainID(in *Inputs) Findings {
	if in.Genesis == nil || in.Genesis.Optimism == nil || !followsRegistry(in) {
		return nil
	}
	if in.Genesis.ChainID != uint64(in.Chain.Spec.L2.ChainID) { // it is no genesis of this chain
		return nil
	}
	own, _ := genesis.RegisteredID(in.Genesis.ChainID)
	if own == nil || meantFor(in, own) {
		return nil
	}
	return Findings{in.inGenesis().is(v1alpha1.SeverityWarning, v1alpha1.CodeL2ChainIDMismatch,
		"use another chain ID, or put --rollup.superchain-upgrades=false into spec.components.geth.extraArgs",
		"chain ID %d is in the superchain registry, with another first block: op-geth goes by the forks of that chain, not by those of this genesis", in.Genesis.ChainID)}
}
