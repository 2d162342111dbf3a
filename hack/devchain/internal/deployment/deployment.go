package deployment

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/contracts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/devl1"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/rollup"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/wallet"
)

// Mode says where op-proposer writes its proposals.
type Mode string

// The two kinds of proposal contracts that op-proposer has known.
const (
	DisputeGame    Mode = "disputeGame"
	L2OutputOracle Mode = "l2OutputOracle"
)

const (
	// permissioned is the game type that only the proposer may start.
	permissioned = 1
	// submissionInterval is the number of L2 blocks from one output to the next.
	submissionInterval = 10
	// finalizationPeriod is how long an output can be challenged, in seconds.
	finalizationPeriod = 12
)

// initBond is what a proposer deposits for a game: 0.08 ether, as on mainnet.
var initBond = big.NewInt(params.Ether / 100 * 8)

// Roles are the accounts a rollup works with.
type Roles struct {
	Batcher, Proposer, Sequencer, User common.Address
}

// Deployment is the set of contracts of one rollup.
type Deployment struct {
	Mode    Mode
	ChainID uint64
	Roles   Roles

	OptimismPortal, SystemConfig common.Address
	// One of the two is set, as the mode says.
	DisputeGameFactory, L2OutputOracle common.Address
	PermissionedGame                   common.Address

	proxyAdmin common.Address
	// proposals is what must know the L2's genesis: the anchor of the games, or
	// the oracle.
	proposals proxied
	plan      plan
}

// New plans a deployment from a fresh account.
func New(mode Mode, chainID uint64, deployer common.Address, roles Roles) (*Deployment, error) {
	d := &Deployment{Mode: mode, ChainID: chainID, Roles: roles, plan: plan{deployer: deployer}}
	p := &d.plan
	p.pay("batcher", roles.Batcher, devl1.Ether(10_000))
	p.pay("proposer", roles.Proposer, devl1.Ether(10_000))
	p.pay("user", roles.User, devl1.Ether(100))

	d.proxyAdmin = p.create(contracts.ProxyAdmin, contracts.Address(deployer))
	superchain := p.proxied(contracts.SuperchainConfig, d.proxyAdmin)
	p.initialize(d.proxyAdmin, superchain,
		contracts.Call("initialize(address,bool)", contracts.Address(deployer), contracts.Bool(false)))
	system := p.proxied(contracts.SystemConfig, d.proxyAdmin)
	d.SystemConfig = system.proxy

	switch mode {
	case DisputeGame:
		d.planDisputeGame(superchain.proxy)
	case L2OutputOracle:
		d.planOracle(superchain.proxy)
	default:
		return nil, fmt.Errorf("choose mode %s or %s: %q is neither", DisputeGame, L2OutputOracle, mode)
	}
	p.initialize(d.proxyAdmin, system, d.systemConfigInitializer())
	return d, p.err
}

// FirstTransactions returns what comes before the L2's genesis is known, in
// nonce order.
func (d *Deployment) FirstTransactions() []wallet.Tx { return d.plan.take() }

// LastTransactions returns what needs the L2's genesis: the outputs' starting
// point. The L1 must have them before the proposer starts.
func (d *Deployment) LastTransactions(genesisTime uint64, genesisOutput common.Hash) []wallet.Tx {
	var initializer []byte
	switch d.Mode {
	case DisputeGame:
		// initialize((uint32 gameType, (bytes32 root, uint256 l2BlockNumber))[])
		initializer = contracts.Call("initialize((uint32,(bytes32,uint256))[])",
			contracts.Uint(32), contracts.Uint(1), contracts.Uint(permissioned), genesisOutput, contracts.Uint(0))
	case L2OutputOracle:
		initializer = contracts.Call("initialize(uint256,uint256,uint256,uint256,address,address,uint256)",
			contracts.Uint(submissionInterval), contracts.Uint(rollup.BlockTime),
			contracts.Uint(0), contracts.Uint(genesisTime),
			contracts.Address(d.Roles.Proposer), contracts.Address(d.plan.deployer), contracts.Uint(finalizationPeriod))
	}
	d.plan.initialize(d.proxyAdmin, d.proposals, initializer)
	return d.plan.take()
}

func (d *Deployment) planDisputeGame(superchainConfig common.Address) {
	p, deployer := &d.plan, contracts.Address(d.plan.deployer)
	factory := p.proxied(contracts.DisputeGameFactory, d.proxyAdmin)
	d.DisputeGameFactory = factory.proxy
	p.initialize(d.proxyAdmin, factory, contracts.Call("initialize(address)", deployer))

	const maturityDelay, finalityDelay = 12, 6 // seconds; a week and 3.5 days on mainnet
	portal := p.proxied(contracts.OptimismPortal2, d.proxyAdmin, contracts.Uint(maturityDelay), contracts.Uint(finalityDelay))
	d.OptimismPortal = portal.proxy
	p.initialize(d.proxyAdmin, portal, contracts.Call("initialize(address,address,address,uint32)",
		contracts.Address(factory.proxy), contracts.Address(d.SystemConfig),
		contracts.Address(superchainConfig), contracts.Uint(permissioned)))

	weth := p.proxied(contracts.DelayedWETH, d.proxyAdmin, contracts.Uint(finalityDelay))
	p.initialize(d.proxyAdmin, weth,
		contracts.Call("initialize(address,address)", deployer, contracts.Address(superchainConfig)))
	d.proposals = p.proxied(contracts.AnchorStateRegistry, d.proxyAdmin, contracts.Address(factory.proxy))

	oracle := p.create(contracts.PreimageOracle, contracts.Uint(126_000), contracts.Uint(60))
	vm := p.create(contracts.MIPS, contracts.Address(oracle))
	d.PermissionedGame = p.create(contracts.PermissionedDisputeGame, d.gameArguments(vm, weth.proxy)...)
	p.call("register game", factory.proxy, contracts.Call("setImplementation(uint32,address)",
		contracts.Uint(permissioned), contracts.Address(d.PermissionedGame)))
	p.call("set bond", factory.proxy, contracts.Call("setInitBond(uint32,uint256)",
		contracts.Uint(permissioned), contracts.Big(initBond)))
}

// gameArguments are those of PermissionedDisputeGame's constructor. Nobody
// plays on a development chain: depths are mainnet's, clocks are short, and the
// prestate is that of no program.
func (d *Deployment) gameArguments(vm, weth common.Address) []contracts.Word {
	const maxDepth, splitDepth, clockExtension, maxClock = 73, 30, 10, 1200
	return []contracts.Word{
		contracts.Uint(permissioned), common.HexToHash("0xdead"), contracts.Uint(maxDepth), contracts.Uint(splitDepth),
		contracts.Uint(clockExtension), contracts.Uint(maxClock), contracts.Address(vm), contracts.Address(weth),
		contracts.Address(d.proposals.proxy), contracts.Uint(d.ChainID),
		contracts.Address(d.Roles.Proposer), contracts.Address(d.plan.deployer),
	}
}

func (d *Deployment) planOracle(superchainConfig common.Address) {
	p := &d.plan
	d.proposals = p.proxied(contracts.L2OutputOracle, d.proxyAdmin)
	d.L2OutputOracle = d.proposals.proxy
	portal := p.proxied(contracts.OptimismPortal, d.proxyAdmin)
	d.OptimismPortal = portal.proxy
	p.initialize(d.proxyAdmin, portal, contracts.Call("initialize(address,address,address)",
		contracts.Address(d.L2OutputOracle), contracts.Address(d.SystemConfig), contracts.Address(superchainConfig)))
}

// systemConfigInitializer has two tuples among its arguments; being of fixed
// size they are encoded in place.
func (d *Deployment) systemConfigInitializer() []byte {
	maxUint128 := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	resourceConfig := []contracts.Word{ // as Constants.DEFAULT_RESOURCE_CONFIG
		contracts.Uint(20_000_000), contracts.Uint(10), contracts.Uint(8),
		contracts.Uint(params.GWei), contracts.Uint(1_000_000), contracts.Big(maxUint128),
	}
	var none common.Address // no bridges on the development L1
	addresses := []contracts.Word{
		contracts.Address(none), contracts.Address(none), contracts.Address(none),
		contracts.Address(d.DisputeGameFactory), contracts.Address(d.OptimismPortal),
		contracts.Address(none), contracts.Address(none),
	}
	args := []contracts.Word{
		contracts.Address(d.plan.deployer), contracts.Uint(rollup.BaseFeeScalar), contracts.Uint(rollup.BlobBaseFeeScalar),
		contracts.Address(d.Roles.Batcher), contracts.Uint(rollup.GasLimit), contracts.Address(d.Roles.Sequencer),
	}
	args = append(append(args, resourceConfig...), contracts.Address(rollup.BatchInbox(d.ChainID)))
	const signature = "initialize(address,uint32,uint32,bytes32,uint64,address," +
		"(uint32,uint8,uint8,uint32,uint32,uint128),address," +
		"(address,address,address,address,address,address,address))"
	return contracts.Call(signature, append(args, addresses...)...)
}
