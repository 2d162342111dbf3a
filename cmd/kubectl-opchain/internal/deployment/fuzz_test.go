package deployment_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/deployment"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
)

const rollup = `{"l1_chain_id":900,"l2_chain_id":901,"deposit_contract_address":"0x1000000000000000000000000000000000000001"}`

// Whatever a state holds, reading ends with an error or with addresses.
func FuzzState(f *testing.F) {
	f.Add(`{"opChainDeployments":[{"id":"0x385","OptimismPortalProxy":"0x1000000000000000000000000000000000000009"}]}`, rollup)
	f.Add(`{"opChainDeployments":[{"id":901,"systemConfigProxyAddress":5}],"appliedIntent":{"chains":[{"id":"901","roles":null}]}}`, rollup)
	f.Add(`{"opChainDeployments":[null,{}]}`, `{"l1_chain_id":1e99,"l2_chain_id":-1}`)
	f.Fuzz(func(t *testing.T, state, rollup string) {
		dir := t.TempDir()
		for name, content := range map[string]string{"state.json": state, "rollup.json": rollup, "genesis.json": "{}"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d, err := deployment.Read(dir, &deployment.Sources{})
		if err == nil && (d.L2ChainID <= 0 || d.L1ChainID <= 0 || d.Files[input.Rollup] == nil) {
			t.Errorf("a deployment without a chain: %+v", d)
		}
	})
}
