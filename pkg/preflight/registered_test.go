package preflight

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

func TestRegisteredState(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		from    *v1alpha1.GenesisSource
		genesis *genesis.Genesis
		want    string
	}{
		"a chain before OP Stack": {
			&v1alpha1.GenesisSource{RegistryChain: "op-mainnet"}, &genesis.Genesis{ByStateHash: true},
			"spec.l2.genesis.registryChain: op-geth does not have the state that op-mainnet begins with: put a database of the chain on op-geth's volume before it starts",
		},
		"another chain":     {from: &v1alpha1.GenesisSource{RegistryChain: "op-sepolia"}, genesis: &genesis.Genesis{}},
		"by URL":            {from: &v1alpha1.GenesisSource{URL: "http://files.example/x"}, genesis: &genesis.Genesis{ByStateHash: true}},
		"from a Secret":     {genesis: &genesis.Genesis{ByStateHash: true}},
		"not known by name": {from: &v1alpha1.GenesisSource{RegistryChain: "op-mainet"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := &v1alpha1.OPChain{}
			chain.Spec.L2.Genesis = tc.from
			found := registeredState(&Inputs{Chain: chain, Genesis: tc.genesis})
			if diff := cmp.Diff(tc.want, found.String()); diff != "" {
				t.Errorf("registeredState() (-want +got):\n%s", diff)
			}
			if len(found.Of(v1alpha1.SeverityError)) > 0 {
				t.Error("it refuses a chain whose database may be there")
			}
		})
	}
}

// Most chains run with the genesis.json of their first day, which has no fork that came later:
// op-geth has those of the registry, and so they are no fault.
func TestRegistryGoesBeforeGenesis(t *testing.T) {
	t.Parallel()
	const opSepolia, base = 11155420, 8453
	cases := map[string]struct {
		chainID uint64
		args    []v1alpha1.Argument
		change  func(*Inputs)
		want    string
	}{
		"forks that the registry has": {chainID: opSepolia, change: func(*Inputs) {}},
		"as the registry has it":      {chainID: opSepolia, change: func(in *Inputs) { *in.Genesis = *opSepoliaGenesis(t) }},
		"the registry is passed over": {
			chainID: opSepolia, args: []v1alpha1.Argument{"--rollup.superchain-upgrades=false"}, change: func(*Inputs) {},
			want: "Error ForkTimeMismatch, Error EIP1559Mismatch",
		},
		"the registry is asked for": {chainID: opSepolia, args: []v1alpha1.Argument{"--rollup.superchain-upgrades=true"}, change: func(*Inputs) {}},
		"a time that the registry does not have": {
			chainID: opSepolia, change: func(in *Inputs) { in.Rollup.FjordTime = new(uint64(1900000000)) }, want: "Warning ForkTimeMismatch",
		},
		"a parameter that the registry does not have": {
			chainID: opSepolia, change: func(in *Inputs) { in.Rollup.ChainOpConfig.Elasticity = 7 }, want: "Error EIP1559Mismatch",
		},
		"a damaged genesis": {chainID: opSepolia, change: func(in *Inputs) { in.Genesis.Hash[0]++ }},
		"another chain with its ID": {
			chainID: opSepolia,
			change:  func(in *Inputs) { in.Genesis.Hash[0]++; in.Rollup.Genesis.L2.Hash = in.Genesis.Hash },
			want:    "Error ForkTimeMismatch, Warning L2ChainIDMismatch, Error EIP1559Mismatch",
		},
		"another chain with its ID, whose own forks count": {
			chainID: opSepolia, args: []v1alpha1.Argument{"--beta.rollup.superchain-upgrades=false"},
			change: func(in *Inputs) {
				*in.Genesis = *opSepoliaGenesis(t)
				in.Genesis.Hash[0]++
				in.Rollup.Genesis.L2.Hash = in.Genesis.Hash
			},
		},
		"a chain that older versions know": {chainID: base, change: func(*Inputs) {}, want: "Warning ForkTimeMismatch, Warning EIP1559Mismatch"},
		"a chain that none knows":          {chainID: 901, change: func(*Inputs) {}, want: "Error ForkTimeMismatch, Error EIP1559Mismatch"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := firstDay(t, tc.chainID)
			in.Chain.Spec.Components.Geth.ExtraArgs = tc.args
			tc.change(in)
			got := ""
			for _, judge := range []rule{forkTimes, borrowedChainID, eip1559} {
				if found := judge(in); len(found) > 0 {
					if got != "" {
						got += ", "
					}
					got += string(found[0].Severity) + " " + string(found[0].Code)
				}
			}
			if got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

func opSepoliaGenesis(t *testing.T) *genesis.Genesis {
	t.Helper()
	known, ok := genesis.Registered("op-sepolia")
	if !ok {
		t.Fatal("OP Sepolia has no genesis")
	}
	g := *known
	return &g
}

// firstDay is OP Sepolia, or a chain like it, with a rollup.json of today and a genesis from
// before its first fork.
func firstDay(t *testing.T, chainID uint64) *Inputs {
	t.Helper()
	known := opSepoliaGenesis(t)
	g := *known
	g.ChainID, g.Forks = chainID, maps.Clone(known.Forks)
	for name, at := range known.Forks {
		if at > g.Timestamp {
			delete(g.Forks, name)
		}
	}
	if len(g.Forks) == len(known.Forks) {
		t.Fatal("no fork came later")
	}
	g.Optimism = &genesis.Optimism{Elasticity: known.Optimism.Elasticity, Denominator: known.Optimism.Denominator}
	at := func(name string) *uint64 {
		if at, ok := known.Forks[name]; ok {
			return &at
		}
		return nil
	}
	config := &rollup.Config{
		L2ChainID: chainID, Genesis: rollup.Genesis{L2: rollup.BlockID{Hash: g.Hash}, L2Time: g.Timestamp},
		RegolithTime: at("regolithTime"), CanyonTime: at("canyonTime"), EcotoneTime: at("ecotoneTime"), FjordTime: at("fjordTime"),
		GraniteTime: at("graniteTime"), HoloceneTime: at("holoceneTime"), IsthmusTime: at("isthmusTime"), JovianTime: at("jovianTime"), KarstTime: at("karstTime"),
		ChainOpConfig: &rollup.ChainOpConfig{
			Elasticity: known.Optimism.Elasticity, Denominator: known.Optimism.Denominator, DenominatorCanyon: known.Optimism.DenominatorCanyon,
		},
	}
	chain := &v1alpha1.OPChain{}
	chain.Spec.L2.ChainID = int64(chainID)
	return &Inputs{Chain: chain, Genesis: &g, Rollup: config}
}
