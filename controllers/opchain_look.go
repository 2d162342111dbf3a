package controllers

import (
	"context"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// Prober asks L1 whether it is as a chain needs it. pkg/probe has the one that does so over HTTP.
type Prober interface {
	L1(ctx context.Context, url string, q preflight.L1Question) *preflight.L1View
}

// running is what a chain's programs run with, and so what it is watched with. It is not what the
// spec says where that is refused. Its zero value is a chain of which nothing was ever loaded.
type running struct {
	l1      string // URL of L1; it may carry an API key
	beacon  string // URL of L1's beacon API; it may carry one, too
	rollup  *rollup.Config
	signers preflight.Signers
	query   probe.L1Query
}

// runningWith is a chain that runs with what was loaded.
func runningWith(loaded *config.Loaded) running {
	q := preflight.QuestionOf(&loaded.Inputs)
	return running{
		l1: loaded.Config.L1RPC, beacon: loaded.Config.L1Beacon, rollup: loaded.Inputs.Rollup, signers: loaded.Inputs.Signers,
		query: probe.L1Query{
			Batcher: hexOf(q.Batcher), Proposer: hexOf(q.Proposer),
			Factory: hexOf(q.Factory), Oracle: hexOf(q.Oracle), GameType: q.GameType,
		},
	}
}

// hexOf is an address in hexadecimal; empty where it is zero.
func hexOf(address common.Address) string {
	if address == (common.Address{}) {
		return ""
	}
	return address.Hex()
}

// applied is what a chain runs with after new inputs were applied, but to the components that L1
// has left as they are: these go on with what they had.
func (r *OPChainReconciler) applied(ctx context.Context, chain *v1alpha1.OPChain, is running, held map[string]string) running {
	was := r.ledger.get(chain.UID).running
	if was.l1 == "" || len(held) == 0 {
		return is
	}
	unstarted, _, err := r.unstarted(ctx, chain)
	runsOn := func(component string) bool {
		return held[component] != "" && (err != nil || !slices.Contains(unstarted, component))
	}
	for _, component := range manifests.Enabled(chain) {
		if component != names.Geth { // which asks no L1
			if runsOn(component) {
				is.l1, is.rollup = was.l1, was.rollup
			}
			break // op-node where there is one: the others follow it
		}
	}
	if runsOn(names.Node) {
		is.beacon, is.signers.Sequencer = was.beacon, was.signers.Sequencer
	}
	if runsOn(names.Batcher) {
		is.signers.Batcher, is.query.Batcher = was.signers.Batcher, was.query.Batcher
	}
	if runsOn(names.Proposer) {
		is.signers.Proposer, is.query.Proposer = was.signers.Proposer, was.query.Proposer
		is.query.Factory, is.query.Oracle, is.query.GameType = was.query.Factory, was.query.Oracle, was.query.GameType
	}
	return is
}

// look adds to an observation what is known of the chain itself. The programs that are available
// and L1 are asked in the background; the chain is woken when they were.
func (r *OPChainReconciler) look(chain *v1alpha1.OPChain, seen *status.Observation) {
	is := r.ledger.get(chain.UID).running
	seen.Rollup, seen.Signers = is.rollup, is.signers
	seen.NextFork = preflight.NextForkOf(&preflight.Inputs{Chain: chain, Rollup: is.rollup, Now: r.Clock.Now()})
	target := observer.Target{UID: chain.UID, Key: client.ObjectKeyFromObject(chain), L1: is.l1, Query: is.query}
	for i := range seen.Components {
		if seen.Components[i].State != status.Available {
			continue
		}
		switch name := seen.Components[i].Name; name {
		case names.Geth:
			target.Geth = r.endpoint(chain, name, names.PortGethHTTP)
		case names.Node:
			target.Node, target.NodeMetrics = r.endpoint(chain, name, names.PortNodeRPC), r.metrics(chain, name)
		case names.Batcher:
			target.Batcher = r.metrics(chain, name)
		}
	}
	seen.View = r.Observer.See(target)
}

func (r *OPChainReconciler) metrics(chain *v1alpha1.OPChain, component string) string {
	return r.endpoint(chain, component, names.PortMetrics) + "/metrics"
}
