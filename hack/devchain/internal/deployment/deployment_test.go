package deployment

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/artifacts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/contracts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/devl1"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/rollup"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/wallet"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/witness"
)

const (
	now         = 1_700_000_100
	genesisTime = now - 60
)

var (
	deployer   = common.HexToAddress("0xde9107e5")
	testRoles  = Roles{Batcher: addr("batcher"), Proposer: addr("proposer"), Sequencer: addr("sequencer"), User: addr("user")}
	outputRoot = common.HexToHash("0x0123")
)

func addr(name string) common.Address { return common.BytesToAddress(crypto.Keccak256([]byte(name))) }

// evm is an L1 without blocks: transactions run one after the other.
type evm struct {
	t     *testing.T
	state *state.StateDB
}

func newEVM(t *testing.T) *evm {
	t.Helper()
	db := state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil), nil)
	s, err := state.New(types.EmptyRootHash, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []common.Address{deployer, testRoles.Proposer} {
		s.AddBalance(account, uint256.MustFromBig(devl1.Ether(1_000_000)), tracing.BalanceChangeUnspecified)
	}
	return &evm{t, s}
}

func (e *evm) config(from common.Address, value *big.Int, gas uint64) *runtime.Config {
	return &runtime.Config{
		ChainConfig: devl1.ChainConfig(), State: e.state, Origin: from, Value: value, GasLimit: gas,
		BlockNumber: big.NewInt(10), Time: now, Random: &common.Hash{},
	}
}

func (e *evm) send(from common.Address, txs ...wallet.Tx) {
	e.t.Helper()
	for _, tx := range txs {
		value := tx.Value
		if value == nil {
			value = new(big.Int)
		}
		nonce := e.state.GetNonce(from)
		config := e.config(from, value, tx.Gas)
		var err error
		if tx.To == nil {
			_, _, _, err = runtime.Create(tx.Data, config)
		} else {
			_, _, err = runtime.Call(*tx.To, tx.Data, config)
		}
		if err != nil {
			e.t.Fatalf("%s: %v", tx.Name, err)
		}
		e.state.SetNonce(from, nonce+1, tracing.NonceChangeUnspecified)
	}
}

// CallContract implements ethereum.ContractCaller.
func (e *evm) CallContract(_ context.Context, msg ethereum.CallMsg, _ *big.Int) ([]byte, error) {
	snapshot := e.state.Snapshot()
	defer e.state.RevertToSnapshot(snapshot)
	out, _, err := runtime.Call(*msg.To, msg.Data, e.config(msg.From, new(big.Int), 10_000_000))
	if err != nil {
		return nil, fmt.Errorf("call: %w", err)
	}
	return out, nil
}

func deployed(t *testing.T, mode Mode) (*Deployment, *evm) {
	t.Helper()
	d, err := New(mode, 901, deployer, testRoles)
	if err != nil {
		t.Fatal(err)
	}
	l1 := newEVM(t)
	l1.send(deployer, d.FirstTransactions()...)
	l1.send(deployer, d.LastTransactions(genesisTime, outputRoot)...)
	return d, l1
}

func (d *Deployment) count(t *testing.T, l1 *evm) witness.Proposals {
	t.Helper()
	book := d.addressBook()
	proposals, err := witness.CountProposals(t.Context(), l1, &book)
	if err != nil {
		t.Fatal(err)
	}
	return proposals
}

// The contracts run for real here, so a wrong argument shows without an L1.
func TestDeploymentTakesProposals(t *testing.T) {
	t.Parallel()
	root := common.HexToHash("0xabcd")
	propose := map[Mode]func(*Deployment) wallet.Tx{
		DisputeGame: func(d *Deployment) wallet.Tx {
			l2Block := contracts.Uint(10)
			return wallet.Tx{Name: "create", To: &d.DisputeGameFactory, Value: initBond, Gas: 5_000_000,
				Data: contracts.CallWithBytes("create(uint32,bytes32,bytes)", l2Block[:], contracts.Uint(permissioned), root)}
		},
		L2OutputOracle: func(d *Deployment) wallet.Tx {
			return wallet.Tx{Name: "propose", To: &d.L2OutputOracle, Gas: 5_000_000, Data: contracts.Call(
				"proposeL2Output(bytes32,uint256,bytes32,uint256)", root, contracts.Uint(10), contracts.Word{}, contracts.Uint(0))}
		},
	}
	for mode, proposal := range propose {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d, l1 := deployed(t, mode)
			if err := d.Verify(t.Context(), l1); err != nil {
				t.Error(err)
			}
			if got := d.count(t, l1); got.Count != 0 {
				t.Errorf("%d proposals before the first", got.Count)
			}
			l1.send(testRoles.Proposer, proposal(d))
			want := witness.Proposals{Mode: string(mode), Count: 1, LatestTimestamp: now, LatestL2Block: 10}
			if got := d.count(t, l1); got != want {
				t.Errorf("proposals = %+v, want %+v", got, want)
			}
			if balance := l1.state.GetBalance(testRoles.Batcher); balance.IsZero() {
				t.Error("the batcher has no ether")
			}
		})
	}
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	d, l1 := deployed(t, DisputeGame)
	d.Roles.Batcher = addr("somebody else")
	if err := d.Verify(t.Context(), l1); err == nil || !strings.Contains(err.Error(), "batcherHash()") {
		t.Errorf("Verify() = %v, want an error that names batcherHash()", err)
	}
}

func TestAddressesFollowFromNonces(t *testing.T) {
	t.Parallel()
	p := plan{deployer: deployer}
	p.pay("somebody", addr("somebody"), big.NewInt(1))
	got := p.create(contracts.ProxyAdmin, contracts.Address(deployer))
	if want := crypto.CreateAddress(deployer, 1); got != want || p.err != nil {
		t.Errorf("create() = %s, %v, want %s", got, p.err, want)
	}
	p.take()
	target := p.proxied(contracts.SystemConfig, got)
	if want := crypto.CreateAddress(deployer, 3); target.proxy != want {
		t.Errorf("the nonce does not go on after take: proxy %s, want %s", target.proxy, want)
	}
	p.create("NoSuchContract")
	if p.err == nil {
		t.Error("a contract without bytecode was planned")
	}
}

// EIP-7825: since Osaka a transaction above this is invalid.
const maxTxGas = 1 << 24

func TestTransactionsFitL1(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{DisputeGame, L2OutputOracle} {
		d, err := New(mode, 901, deployer, testRoles)
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range d.FirstTransactions() {
			if tx.Gas > maxTxGas {
				t.Errorf("%s asks for %d gas", tx.Name, tx.Gas)
			}
		}
	}
}

func TestUnknownModeIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := New("plasma", 901, deployer, testRoles); err == nil {
		t.Error("New() took a mode that does not exist")
	}
}

func TestAddressBookNamesOneContract(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{DisputeGame, L2OutputOracle} {
		d, err := New(mode, 902, deployer, testRoles)
		if err != nil {
			t.Fatal(err)
		}
		book := d.addressBook()
		if (book.DisputeGameFactory == "") == (book.L2OutputOracle == "") {
			t.Errorf("%s: want exactly one of both contracts: %+v", mode, book)
		}
		if want := d.Roles.Batcher.Hex(); book.Batcher != want {
			t.Errorf("batcher = %s, want it with checksum: %s", book.Batcher, want)
		}
	}
}

func TestFolderIsComplete(t *testing.T) {
	t.Parallel()
	d, err := New(DisputeGame, 901, deployer, testRoles)
	if err != nil {
		t.Fatal(err)
	}
	k, err := newKeys()
	if err != nil {
		t.Fatal(err)
	}
	genesis := devl1.Genesis(now, deployer) // any genesis does
	genesis.Config.CanyonTime = new(uint64)
	folder, err := d.folder(d.rollupParams(rollup.Block{Time: now}), k, genesis)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		artifacts.Genesis, artifacts.GenesisGzip, artifacts.RollupConfig, artifacts.L1ChainConfig, artifacts.AddressBook,
		artifacts.JWT, artifacts.BatcherKey, artifacts.ProposerKey, artifacts.SequencerKey, artifacts.UserKey,
	} {
		if len(folder[name]) == 0 {
			t.Errorf("%s is missing", name)
		}
	}
	key, err := wallet.ParseKey(string(folder[artifacts.BatcherKey]))
	if err != nil || key.Address() != k.batcher.Address() {
		t.Error(errors.Join(err, errors.New("batcher.key is not the batcher's")))
	}
}
