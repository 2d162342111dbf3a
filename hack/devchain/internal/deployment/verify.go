package deployment

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/contracts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/rollup"
)

// expectation is a getter and the word it must return.
type expectation struct {
	contract common.Address
	call     []byte
	name     string
	want     contracts.Word
}

// Verify asks the contracts themselves for everything the rollup relies on.
func (d *Deployment) Verify(ctx context.Context, client ethereum.ContractCaller) error {
	for _, e := range d.expectations() {
		got, err := client.CallContract(ctx, ethereum.CallMsg{To: &e.contract, Data: e.call}, nil)
		if err != nil {
			return fmt.Errorf("read %s: %w", e.name, err)
		}
		if common.BytesToHash(got) != e.want || len(got) != 32 {
			return fmt.Errorf("read %s: got %x, want %s", e.name, got, e.want)
		}
	}
	return nil
}

func (d *Deployment) expectations() []expectation {
	expect := func(contract common.Address, want contracts.Word, getter string, args ...contracts.Word) expectation {
		return expectation{contract, contracts.Call(getter, args...), getter, want}
	}
	address := contracts.Address
	shared := []expectation{
		expect(d.SystemConfig, address(d.Roles.Batcher), "batcherHash()"),
		expect(d.SystemConfig, address(d.Roles.Sequencer), "unsafeBlockSigner()"),
		expect(d.SystemConfig, contracts.Uint(rollup.GasLimit), "gasLimit()"),
		expect(d.SystemConfig, rollup.EcotoneScalar(), "scalar()"),
		expect(d.SystemConfig, address(rollup.BatchInbox(d.ChainID)), "batchInbox()"),
		expect(d.SystemConfig, address(d.OptimismPortal), "optimismPortal()"),
		expect(d.OptimismPortal, address(d.SystemConfig), "systemConfig()"),
	}
	if d.Mode == L2OutputOracle {
		return append(shared,
			expect(d.OptimismPortal, address(d.L2OutputOracle), "l2Oracle()"),
			expect(d.L2OutputOracle, address(d.Roles.Proposer), "proposer()"),
			expect(d.L2OutputOracle, contracts.Uint(submissionInterval), "nextBlockNumber()"),
		)
	}
	return append(shared,
		expect(d.OptimismPortal, address(d.DisputeGameFactory), "disputeGameFactory()"),
		expect(d.OptimismPortal, contracts.Uint(permissioned), "respectedGameType()"),
		expect(d.DisputeGameFactory, address(d.PermissionedGame), "gameImpls(uint32)", contracts.Uint(permissioned)),
		expect(d.DisputeGameFactory, contracts.Big(initBond), "initBonds(uint32)", contracts.Uint(permissioned)),
		expect(d.PermissionedGame, address(d.Roles.Proposer), "proposer()"),
		expect(d.PermissionedGame, contracts.Uint(d.ChainID), "l2ChainId()"),
	)
}
