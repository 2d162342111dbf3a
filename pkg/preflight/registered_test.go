package preflight

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
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
