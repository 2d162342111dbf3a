package testenv

import (
	"strings"

	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// laterForks are those that NewDeployment does not schedule.
var laterForks = []string{"jovian", "karst"}

// Follow makes rollup.json begin at another genesis than the deployment's own, and fork as it does.
func (d *Deployment) Follow(g *genesis.Genesis) {
	begins := d.Rollup.At("genesis")
	begins["l2"], begins["l2_time"] = Document{"hash": g.Hash, "number": g.Number}, g.Timestamp
	begins.At("system_config")["gasLimit"] = g.GasLimit
	d.Rollup["l2_chain_id"] = g.ChainID
	for _, fork := range append(laterForks, forkNames...) {
		delete(d.Rollup, fork+"_time")
		if at, ok := g.Forks[strings.Replace(fork, "delta", "canyon", 1)+"Time"]; ok { // Delta is op-node's alone
			d.Rollup[fork+"_time"] = at
		}
	}
	terms := Document{"eip1559Elasticity": g.Optimism.Elasticity, "eip1559Denominator": g.Optimism.Denominator}
	if g.Optimism.DenominatorCanyon != nil {
		terms["eip1559DenominatorCanyon"] = *g.Optimism.DenominatorCanyon
	}
	d.Rollup["chain_op_config"] = terms
}
