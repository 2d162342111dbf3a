package deployment

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/artifacts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/devl1"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/rollup"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/wallet"
)

// keys are all fresh: two chains on one L1 share none.
type keys struct{ deployer, batcher, proposer, sequencer, user wallet.Key }

func newKeys() (keys, error) {
	var k keys
	var err error
	for _, key := range []*wallet.Key{&k.deployer, &k.batcher, &k.proposer, &k.sequencer, &k.user} {
		if *key, err = wallet.NewKey(); err != nil {
			return keys{}, err
		}
	}
	return k, nil
}

func (k keys) roles() Roles {
	return Roles{
		Batcher: k.batcher.Address(), Proposer: k.proposer.Address(),
		Sequencer: k.sequencer.Address(), User: k.user.Address(),
	}
}

// Run deploys a rollup's contracts on a development L1 and returns its
// artifacts.
//
//  1. Fund a fresh deployer, so that parallel deployments share no nonce.
//  2. Send everything that does not depend on L2, and wait for it.
//  3. Take the block of the last receipt as the rollup's origin: op-node then
//     starts after all configuration events.
//  4. Compute the L2's genesis, and tell the contracts about it.
//  5. Ask the contracts whether everything is as it should be.
func Run(ctx context.Context, client *ethclient.Client, mode Mode, chainID uint64, log io.Writer) (artifacts.Folder, error) {
	k, err := newKeys()
	if err != nil {
		return nil, err
	}
	d, err := New(mode, chainID, k.deployer.Address(), k.roles())
	if err != nil {
		return nil, err
	}
	step := stepper(log)
	if err := fund(ctx, client, k.deployer.Address()); err != nil {
		return nil, err
	}
	step("deployer %s funded", k.deployer.Address())
	receipts, err := k.deployer.Send(ctx, client, d.FirstTransactions()...)
	if err != nil {
		return nil, err
	}
	step("%d transactions in blocks up to %v", len(receipts), receipts[len(receipts)-1].BlockNumber)

	p, err := d.paramsAt(ctx, client, receipts[len(receipts)-1])
	if err != nil {
		return nil, err
	}
	genesis, err := rollup.Genesis(p)
	if err != nil {
		return nil, err
	}
	output, err := rollup.OutputRoot(genesis.ToBlock())
	if err != nil {
		return nil, err
	}
	step("genesis %s computed, origin is L1 block %d", genesis.ToBlock().Hash(), p.Origin.Number)
	if _, err := k.deployer.Send(ctx, client, d.LastTransactions(genesis.Timestamp, output)...); err != nil {
		return nil, err
	}
	if err := d.Verify(ctx, client); err != nil {
		return nil, fmt.Errorf("verify contracts: %w", err)
	}
	step("contracts verified")
	return d.folder(p, k, genesis)
}

// fund pays the deployer from the faucet. Another deployment may take the same
// nonce at the same moment; one of the two then tries again.
func fund(ctx context.Context, client *ethclient.Client, deployer common.Address) error {
	faucet, err := wallet.ParseKey(wallet.FaucetKey)
	if err != nil {
		return err
	}
	tx := wallet.Tx{Name: "fund deployer", To: &deployer, Value: devl1.Ether(100_000), Gas: 21_000}
	for {
		_, err := faucet.Send(ctx, client, tx)
		if err == nil || !strings.Contains(err.Error(), "nonce") && !strings.Contains(err.Error(), "underpriced") {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (d *Deployment) paramsAt(ctx context.Context, client *ethclient.Client, last *types.Receipt) (rollup.Params, error) {
	origin, err := client.HeaderByHash(ctx, last.BlockHash)
	if err != nil {
		return rollup.Params{}, fmt.Errorf("read origin: %w", err)
	}
	l1, err := client.ChainID(ctx)
	if err != nil {
		return rollup.Params{}, fmt.Errorf("read chain id: %w", err)
	}
	if l1.Uint64() != devl1.ChainID {
		return rollup.Params{}, fmt.Errorf("use the development L1 (chain id %d): this one has %v", devl1.ChainID, l1)
	}
	return d.rollupParams(rollup.Block{Hash: last.BlockHash, Number: origin.Number.Uint64(), Time: origin.Time}), nil
}

func (d *Deployment) rollupParams(origin rollup.Block) rollup.Params {
	return rollup.Params{
		L1ChainID: devl1.ChainID, L2ChainID: d.ChainID,
		Origin:  origin,
		Batcher: d.Roles.Batcher, BatchInbox: rollup.BatchInbox(d.ChainID),
		OptimismPortal: d.OptimismPortal, SystemConfig: d.SystemConfig,
		Funded: []common.Address{d.Roles.User},
	}
}

func (d *Deployment) folder(p rollup.Params, k keys, genesis *core.Genesis) (artifacts.Folder, error) {
	var jwt common.Hash
	if _, err := rand.Read(jwt[:]); err != nil {
		return nil, fmt.Errorf("make JWT secret: %w", err)
	}
	f := artifacts.Folder{
		// As a file made with an editor or echo has it: with a newline.
		artifacts.BatcherKey:   []byte(k.batcher.Hex() + "\n"),
		artifacts.ProposerKey:  []byte(k.proposer.Hex()),
		artifacts.SequencerKey: []byte(k.sequencer.Hex()),
		artifacts.UserKey:      []byte(k.user.Hex()),
		artifacts.DeployerKey:  []byte(k.deployer.Hex()),
	}
	f.AddJWT(jwt)
	if err := f.AddJSON(artifacts.Genesis, genesis, false); err != nil {
		return nil, err
	}
	if err := f.AddGzip(artifacts.GenesisGzip, artifacts.Genesis); err != nil {
		return nil, err
	}
	if err := f.AddJSON(artifacts.RollupConfig, rollup.NewConfig(p, genesis), true); err != nil {
		return nil, err
	}
	if err := f.AddJSON(artifacts.L1ChainConfig, devl1.ChainConfig(), true); err != nil {
		return nil, err
	}
	return f, f.AddJSON(artifacts.AddressBook, d.addressBook(), true)
}

func (d *Deployment) addressBook() artifacts.Addresses {
	book := artifacts.Addresses{
		Mode: string(d.Mode), L1ChainID: devl1.ChainID, L2ChainID: d.ChainID,
		OptimismPortal: d.OptimismPortal.Hex(), SystemConfig: d.SystemConfig.Hex(),
		Batcher: d.Roles.Batcher.Hex(), Proposer: d.Roles.Proposer.Hex(),
		Sequencer: d.Roles.Sequencer.Hex(), User: d.Roles.User.Hex(),
		BatchInbox: rollup.BatchInbox(d.ChainID).Hex(),
	}
	if d.Mode == DisputeGame {
		book.DisputeGameFactory = d.DisputeGameFactory.Hex()
	} else {
		book.L2OutputOracle = d.L2OutputOracle.Hex()
	}
	return book
}

func stepper(log io.Writer) func(format string, args ...any) {
	start := time.Now()
	return func(format string, args ...any) {
		_, _ = fmt.Fprintf(log, "%6.1fs %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...))
	}
}
