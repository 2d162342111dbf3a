package preflight_test

import (
	"bytes"
	"compress/gzip"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

func claim(who string, account v1alpha1.Address) change {
	return spec(func(s *v1alpha1.OPChainSpec) {
		if who == "batcher" {
			s.L1.ContractAddresses.Batcher = account
		} else {
			s.L1.ContractAddresses.Proposer = account
		}
	})
}

var batcherAccount = v1alpha1.Address(testenv.Account(testenv.BatcherKey).Hex())

func batcherOff(g *given) {
	g.chain.Spec.Components.Batcher.Enabled = new(false)
	gone("batcher")(g)
}

// scheduled sets a fork in both files.
func scheduled(fork string, at uint64, twins ...string) change {
	return func(g *given) {
		g.files.Rollup[fork+"_time"] = at
		for _, name := range append(twins, fork) {
			g.files.Genesis.At("config")[name+"Time"] = at
		}
		g.files.Rehash()
	}
}

// isthmusToCome puts Isthmus off, to the time 1,790,000,000.
func isthmusToCome(g *given) { scheduled("isthmus", 1_790_000_000, "prague")(g) }

func jovianAt(at uint64) change { return scheduled("jovian", at) }

func jovianAtGenesis(g *given) { jovianAt(0)(g) }

// onSepolia is a chain that began before Prague came to Sepolia.
func onSepolia(g *given) {
	g.chain.Spec.L1.ChainID, g.files.Rollup["l1_chain_id"], g.l1["chainId"] = 11155111, 11155111, 11155111
}

// lagoon schedules all forks there are.
func lagoon(g *given) {
	all(jovianAt(1_790_000_000), scheduled("karst", 1_800_000_000), scheduled("lagoon", 1_810_000_000), foreseeing)(g)
}

// foreseeing is a chain that is not to be told of images that are too old for what is to come.
func foreseeing(g *given) { g.chain.Spec.Preflight.ForkNotice = "1h" }

// sentences are one for each finding, with its severity and its code.
func sentences(found preflight.Findings) []string {
	var list []string
	for i := range found {
		list = append(list, string(found[i].Severity)+" "+string(found[i].Code)+" "+preflight.Sentence(&found[i]))
	}
	return list
}

// misconfigurations are each one thing that a user may get wrong, and all that is to be said.
var misconfigurations = map[string]struct {
	change change
	want   []string
}{
	// Secrets.
	"no genesis Secret": {
		gone("genesis"),
		[]string{
			"Error SecretNotFound Secret genesis: spec.l2.genesisConfigSecret names it, but it does not exist in namespace rollups: create it",
		},
	},
	"no batcher Secret": {
		gone("batcher"),
		[]string{
			"Error SecretNotFound Secret batcher: spec.components.batcher.signerPrivateKeySecret names it, but it does not exist in namespace rollups: create it",
		},
	},
	"rollup.json under another key": {
		content("rollup", "rollup.jsn", "{}"),
		[]string{
			"Error SecretKeyMissing Secret rollup: it has no key rollup.json, which spec.l2.rollupConfigSecret asks for: it has rollup.jsn",
		},
	},
	"empty token": {
		content("token", names.KeyJWT, ""),
		[]string{
			`Error SecretKeyMissing Secret token, key "jwt": it is empty: put the content there that spec.l2.jwtSecret asks for`,
		},
	},
	"L1 endpoint without a scheme": {
		content("rpc", "url", "l1.example/api-key"),
		[]string{
			`Error InvalidURL Secret rpc, key "url": it is not a URL that spec.l1.rpcUrlFrom can use: put one URL there that starts with http:// or https:// or ws:// or wss://`,
		},
	},
	"two L1 endpoints": {
		content("rpc", "url", "https://a.example\nhttps://b.example"),
		[]string{
			`Error InvalidURL Secret rpc, key "url": it is not a URL that spec.l1.rpcUrlFrom can use: put one URL there that starts with http:// or https:// or ws:// or wss://`,
		},
	},

	// Keys.
	"token too short": {
		content("token", names.KeyJWT, "beef"),
		[]string{
			`Error InvalidJWT Secret token, key "jwt": it is not a JWT secret: 4 hexadecimal digits instead of 64: make one with openssl rand -hex 32`,
		},
	},
	"token no hexadecimal": {
		content("token", names.KeyJWT, "hunter2"),
		[]string{
			`Error InvalidJWT Secret token, key "jwt": it is not a JWT secret: not hexadecimal: make one with openssl rand -hex 32`,
		},
	},
	"mnemonic for a key": {
		content("batcher", names.KeySigner, "test test test test test test test test test test test junk"),
		[]string{
			`Error InvalidPrivateKey Secret batcher, key "key": it is not a private key: not hexadecimal: put 64 hexadecimal digits there`,
		},
	},
	"key cut short": {
		content("proposer", names.KeySigner, testenv.ProposerKey[:62]),
		[]string{
			`Error InvalidPrivateKey Secret proposer, key "key": it is not a private key: 62 hexadecimal digits instead of 64: put 64 hexadecimal digits there`,
		},
	},
	"key of zeros": {
		content("sequencer", names.KeySigner, strings.Repeat("0", 64)),
		[]string{
			`Error InvalidPrivateKey Secret sequencer, key "key": it is not a private key: outside the range of secp256k1 keys: put 64 hexadecimal digits there`,
		},
	},
	"batcher other than in spec and rollup.json": {
		all(claim("batcher", batcherAccount), content("batcher", names.KeySigner, strangerKey)),
		[]string{
			`Error SignerMismatch Secret batcher, key "key": it is the key of 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, but spec.l1.contractAddresses.batcher is 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: correct the one that is wrong`,
		},
	},
	"proposer other than in spec": {
		claim("proposer", stranger),
		[]string{
			`Error SignerMismatch Secret proposer, key "key": it is the key of 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC, but spec.l1.contractAddresses.proposer is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266: correct the one that is wrong`,
		},
	},
	"batcher other than in rollup.json": {
		content("batcher", names.KeySigner, strangerKey),
		[]string{
			`Error BatcherMismatch Secret batcher, key "key": it is the key of 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, but rollup.json begins with batcher 0x70997970C51812dc3A010C7d01b50e0d17dc79C8, and op-node reads the batches of no other: use the key of that account, or, if SystemConfig names another by now, set spec.l1.contractAddresses.batcher`,
		},
	},
	"batcher rotated": {
		all(content("batcher", names.KeySigner, strangerKey), claim("batcher", stranger)),
		[]string{
			"Warning BatcherMismatch spec.l1.contractAddresses.batcher: it is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, but rollup.json begins with batcher 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: leave it if SystemConfig on L1 names this account by now: else correct the one that is wrong",
		},
	},
	"batcher rotated, without a key here": {
		all(batcherOff, claim("batcher", stranger)),
		[]string{
			"Warning BatcherMismatch spec.l1.contractAddresses.batcher: it is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, but rollup.json begins with batcher 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: leave it if SystemConfig on L1 names this account by now: else correct the one that is wrong",
		},
	},
	"batcher rotated in spec only": {
		claim("batcher", stranger),
		[]string{
			`Error SignerMismatch Secret batcher, key "key": it is the key of 0x70997970C51812dc3A010C7d01b50e0d17dc79C8, but spec.l1.contractAddresses.batcher is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266: correct the one that is wrong`,
			"Warning BatcherMismatch spec.l1.contractAddresses.batcher: it is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, but rollup.json begins with batcher 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: leave it if SystemConfig on L1 names this account by now: else correct the one that is wrong",
		},
	},
	"a misspelt code to ignore": {
		spec(func(s *v1alpha1.OPChainSpec) {
			s.Preflight.Ignore = []v1alpha1.FindingCode{v1alpha1.CodeSharedKey, "BalanceTooLow"}
		}),
		[]string{
			`Warning IgnoredCodeUnknown spec.preflight.ignore: there is no finding "BalanceTooLow": copy the code from status.preflight.findings`,
		},
	},
	"one key for batcher and proposer": {
		content("proposer", names.KeySigner, testenv.BatcherKey),
		[]string{
			`Warning SharedKey Secret proposer, key "key": op-batcher and op-proposer share the key of 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: give each a key of its own`,
		},
	},
	"one key for batcher and sequencer": {
		content("sequencer", names.KeySigner, testenv.BatcherKey),
		[]string{
			`Warning SharedKey Secret sequencer, key "key": op-batcher and the sequencer share the key of 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: give each a key of its own`,
		},
	},
	"one key for proposer and sequencer": {
		content("sequencer", names.KeySigner, testenv.ProposerKey),
		[]string{
			`Warning SharedKey Secret sequencer, key "key": op-proposer and the sequencer share the key of 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC: give each a key of its own`,
		},
	},
	"one key for all": {
		all(content("proposer", names.KeySigner, testenv.BatcherKey), content("sequencer", names.KeySigner, testenv.BatcherKey)),
		[]string{
			`Warning SharedKey Secret sequencer, key "key": op-batcher and op-proposer and the sequencer share the key of 0x70997970C51812dc3A010C7d01b50e0d17dc79C8: give each a key of its own`,
		},
	},

	// The L2 genesis.
	"genesis no JSON": {
		content("genesis", names.KeyGenesis, "hunter2"),
		[]string{
			`Error InvalidGenesis Secret genesis, key "genesis.json": it is not an L2 genesis: not a JSON object`,
		},
	},
	"genesis not gzipped": {
		content("genesis", names.KeyGenesisGzip, "{}"),
		[]string{
			`Error InvalidGenesis Secret genesis, key "genesis.json.gz": it is not an L2 genesis: not gzip data: make it with gzip -9n genesis.json`,
		},
	},
	"genesis without accounts": {
		genesisWith("alloc", nil),
		[]string{
			`Error InvalidGenesis Secret genesis, key "genesis.json": it is not an L2 genesis: it has no alloc`,
		},
	},
	"genesis without a gas limit": {
		genesisWith("gasLimit", nil),
		[]string{
			`Error InvalidGenesis Secret genesis, key "genesis.json": it is not an L2 genesis: it has no gasLimit`,
		},
	},
	"genesis of an L1": {
		genesisWith("config.optimism", nil),
		[]string{
			`Error InvalidGenesis Secret genesis, key "genesis.json": it has no config.optimism, without which op-geth does not run an OP Stack chain: use the genesis.json that op-deployer wrote`,
		},
	},
	"genesis of another L2": {
		genesisWith("config.chainId", 10),
		[]string{
			`Error L2ChainIDMismatch Secret genesis, key "genesis.json": the genesis is of chain 10, but spec.l2.chainId is 901: name the genesis of this chain`,
		},
	},
	"one account more": {
		genesisWith("alloc.0000000000000000000000000000000000000002", testenv.Document{"balance": "0x1"}),
		[]string{
			`Error GenesisHashMismatch Secret genesis, key "genesis.json": it makes block 0x2ed0097bfe0f36a0621cff0a70787155cb621e84e9269c0df4a0fcd6d9621e02, but genesis.l2.hash of rollup.json is 0x6563a636f9728a39fecab9561c1cfe5752f4e6099744a090b0165fbdbb9b1b51: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"one wei more": {
		genesisWith("alloc.0000000000000000000000000000000000000001.balance", "0x2"),
		[]string{
			`Error GenesisHashMismatch Secret genesis, key "genesis.json": it makes block 0x1cc07dde0277ca0897794ed8ba0203534f4291c364b96e3d7fcc1ca7987033ec, but genesis.l2.hash of rollup.json is 0x6563a636f9728a39fecab9561c1cfe5752f4e6099744a090b0165fbdbb9b1b51: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"another coinbase": {
		genesisWith("coinbase", "0x4200000000000000000000000000000000000012"),
		[]string{
			`Error GenesisHashMismatch Secret genesis, key "genesis.json": it makes block 0x3bd48a059ad01113ac47387ebd7f068a48cf3db5b3ad6481c8ef11e2bebb23b2, but genesis.l2.hash of rollup.json is 0x6563a636f9728a39fecab9561c1cfe5752f4e6099744a090b0165fbdbb9b1b51: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"another base fee": {
		genesisWith("baseFeePerGas", "0x1"),
		[]string{
			`Error GenesisHashMismatch Secret genesis, key "genesis.json": it makes block 0xf69946368baa90d2939b46d091f15b5399ddcf61e31140a36932119a03431ee9, but genesis.l2.hash of rollup.json is 0x6563a636f9728a39fecab9561c1cfe5752f4e6099744a090b0165fbdbb9b1b51: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"another first block in rollup.json": {
		rollupWith("genesis.l2.hash", "0x"+strings.Repeat("22", 32)),
		[]string{
			`Error GenesisHashMismatch Secret genesis, key "genesis.json": it makes block 0x6563a636f9728a39fecab9561c1cfe5752f4e6099744a090b0165fbdbb9b1b51, but genesis.l2.hash of rollup.json is 0x2222222222222222222222222222222222222222222222222222222222222222: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"genesis of another number": {
		genesisWith("number", "0x1"),
		[]string{
			`Error GenesisNumberMismatch Secret genesis, key "genesis.json": it makes block 1, but genesis.l2.number of rollup.json is 0: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"rollup.json of another number": {
		rollupWith("genesis.l2.number", 1),
		[]string{
			`Error GenesisNumberMismatch Secret genesis, key "genesis.json": it makes block 0, but genesis.l2.number of rollup.json is 1: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"genesis of another time": {
		genesisWith("timestamp", "0x65536781"),
		[]string{
			`Error GenesisTimeMismatch Secret genesis, key "genesis.json": timestamp is 1699964801, but genesis.l2_time of rollup.json is 1699964800: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"rollup.json of another time": {
		rollupWith("genesis.l2_time", 0x65536781),
		[]string{
			`Error GenesisTimeMismatch Secret genesis, key "genesis.json": timestamp is 1699964800, but genesis.l2_time of rollup.json is 1699964801: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"genesis by the hash of its state": {
		all(until("holocene"), genesisWith("alloc", testenv.Document{}), genesisWith("stateHash", "0x"+strings.Repeat("57", 32)), rollupWith("genesis.l2.number", 105235063)),
		[]string{
			`Unknown GenesisHashUnknown Secret genesis, key "genesis.json": it gives the hash of a state instead of the state, and makes block 0, but rollup.json begins at block 105235063: make sure that op-geth's volume has the state of the chain: it cannot be made from this genesis`,
		},
	},
	"genesis by another hash of its state": {
		all(until("holocene"), genesisWith("alloc", testenv.Document{}), genesisWith("stateHash", "0x"+strings.Repeat("57", 32))),
		[]string{
			`Error GenesisHashMismatch Secret genesis, key "genesis.json": it makes block 0x5b8af11ffaa83765390c9ff57bddba400c8f22ffd30d87c518ee401747305325, but genesis.l2.hash of rollup.json is 0x5352471e1ae2e5dfbde72dcc671ed249e59dcfb2cc67bec28e0b198423bd1234: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other gas limit": {
		rehashed(genesisWith("gasLimit", "0x1c9c380")),
		[]string{
			`Warning GasLimitMismatch Secret genesis, key "genesis.json": gasLimit is 30000000, but gasLimit of rollup.json is 60000000: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other gas limit in rollup.json": {
		rollupWith("genesis.system_config.gasLimit", 30_000_000),
		[]string{
			`Warning GasLimitMismatch Secret genesis, key "genesis.json": gasLimit is 60000000, but gasLimit of rollup.json is 30000000: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other elasticity": {
		genesisWith("config.optimism.eip1559Elasticity", 10),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": config.optimism.eip1559Elasticity is 10, but chain_op_config.eip1559Elasticity of rollup.json is 6: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other denominator": {
		genesisWith("config.optimism.eip1559Denominator", 8),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": config.optimism.eip1559Denominator is 8, but chain_op_config.eip1559Denominator of rollup.json is 50: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other denominator of Canyon": {
		rollupWith("chain_op_config.eip1559DenominatorCanyon", 50),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": config.optimism.eip1559DenominatorCanyon is 250, but chain_op_config.eip1559DenominatorCanyon of rollup.json is 50: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"no denominator of Canyon in genesis": {
		genesisWith("config.optimism.eip1559DenominatorCanyon", nil),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": config.optimism.eip1559DenominatorCanyon is not set, but chain_op_config.eip1559DenominatorCanyon of rollup.json is 250: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other elasticity in the first block": {
		rehashed(genesisWith("extraData", "0x00000000fa00000002")),
		[]string{
			`Warning EIP1559Mismatch Secret genesis, key "genesis.json": extraData has denominator 250 and elasticity 2, but eip1559Params of rollup.json has 250 and 6: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"other parameters in rollup.json": {
		rollupWith("genesis.system_config.eip1559Params", "0x0000003200000006"),
		[]string{
			`Warning EIP1559Mismatch Secret genesis, key "genesis.json": extraData has denominator 250 and elasticity 6, but eip1559Params of rollup.json has 50 and 6: take genesis.json and rollup.json from the same deployment`,
		},
	},
	"no parameters in the first block": {
		rehashed(genesisWith("extraData", "0x424544524f434b")),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": extraData holds no EIP-1559 parameters, which op-geth needs in a first block of Holocene or later: use the genesis.json that op-deployer wrote`,
		},
	},
	"parameters of zero in the first block": {
		rehashed(genesisWith("extraData", "0x000000000000000000")),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": extraData holds no EIP-1559 parameters, which op-geth needs in a first block of Holocene or later: use the genesis.json that op-deployer wrote`,
		},
	},
	"parameters of Jovian in a first block of Holocene": {
		rehashed(genesisWith("extraData", "0x01000000fa000000060000000000000007")),
		[]string{
			`Error EIP1559Mismatch Secret genesis, key "genesis.json": extraData holds no EIP-1559 parameters, which op-geth needs in a first block of Holocene or later: use the genesis.json that op-deployer wrote`,
		},
	},
	"other minimum base fee in the first block": {
		rehashed(jovianAtGenesis, genesisWith("extraData", "0x01000000fa000000060000000000000007"), rollupWith("genesis.system_config.minBaseFee", 8)),
		[]string{
			`Warning EIP1559Mismatch Secret genesis, key "genesis.json": extraData has the minimum base fee 7, but minBaseFee of rollup.json is 8: take genesis.json and rollup.json from the same deployment`,
		},
	},

	"alt-DA by an argument alone": {
		spec(func(s *v1alpha1.OPChainSpec) {
			s.Components.Node.ExtraArgs = []v1alpha1.Argument{"--altda.enabled", "--altda.da-server=http://da:3100"}
		}),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks alt_da, without which op-node does not start with --altda.enabled: add the alt_da of the chain, or take --altda.enabled out of spec.components.node.extraArgs`,
		},
	},

	// Forks.
	"regolithTime later in genesis": {
		rehashed(genesisWith("config.regolithTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": regolithTime is 1800000000, but regolith_time of rollup.json is 0: set regolithTime in the genesis and regolith_time in rollup.json to the same time`,
		},
	},
	"canyonTime later in genesis": {
		rehashed(genesisWith("config.canyonTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": canyonTime is 1800000000, but canyon_time of rollup.json is 0: set canyonTime and shanghaiTime in the genesis and canyon_time in rollup.json to the same time`,
		},
	},
	"ecotoneTime later in genesis": {
		rehashed(genesisWith("config.ecotoneTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": ecotoneTime is 1800000000, but ecotone_time of rollup.json is 0: set ecotoneTime and cancunTime in the genesis and ecotone_time in rollup.json to the same time`,
		},
	},
	"fjordTime later in genesis": {
		rehashed(genesisWith("config.fjordTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": fjordTime is 1800000000, but fjord_time of rollup.json is 0: set fjordTime in the genesis and fjord_time in rollup.json to the same time`,
		},
	},
	"graniteTime later in genesis": {
		rehashed(genesisWith("config.graniteTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": graniteTime is 1800000000, but granite_time of rollup.json is 0: set graniteTime in the genesis and granite_time in rollup.json to the same time`,
		},
	},
	"holoceneTime later in genesis": {
		rehashed(until("holocene"), genesisWith("config.holoceneTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": holoceneTime is 1800000000, but holocene_time of rollup.json is 0: set holoceneTime in the genesis and holocene_time in rollup.json to the same time`,
		},
	},
	"pragueTime later in genesis": {
		rehashed(genesisWith("config.pragueTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": pragueTime is 1800000000, but isthmus_time of rollup.json is 0: set isthmusTime and pragueTime in the genesis and isthmus_time in rollup.json to the same time`,
		},
	},
	"shanghaiTime later in genesis": {
		rehashed(until("holocene"), genesisWith("config.shanghaiTime", 0x65536780), genesisWith("config.canyonTime", 1_800_000_000)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": canyonTime is 1800000000, but canyon_time of rollup.json is 0: set canyonTime and shanghaiTime in the genesis and canyon_time in rollup.json to the same time`,
		},
	},
	"cancunTime not set": {
		rehashed(until("holocene"), genesisWith("config.cancunTime", nil)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": cancunTime is not set, but ecotone_time of rollup.json is 0: set ecotoneTime and cancunTime in the genesis and ecotone_time in rollup.json to the same time`,
		},
	},
	"isthmusTime not set": {
		rehashed(genesisWith("config.isthmusTime", nil)),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": isthmusTime is not set, but isthmus_time of rollup.json is 0: set isthmusTime and pragueTime in the genesis and isthmus_time in rollup.json to the same time`,
		},
	},
	"jovian in rollup.json only": {
		rollupWith("jovian_time", 1_800_000_000),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": jovianTime is not set, but jovian_time of rollup.json is 1800000000: set jovianTime in the genesis and jovian_time in rollup.json to the same time`,
		},
	},
	"jovian in genesis only": {
		genesisWith("config.jovianTime", 1_800_000_000),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": jovianTime is 1800000000, but jovian_time of rollup.json is not set: set jovianTime in the genesis and jovian_time in rollup.json to the same time`,
		},
	},
	"karst a second apart": {
		all(jovianAt(1_790_000_000), rollupWith("karst_time", 1_800_000_000), genesisWith("config.karstTime", 1_800_000_001), foreseeing),
		[]string{
			`Error ForkTimeMismatch Secret genesis, key "genesis.json": karstTime is 1800000001, but karst_time of rollup.json is 1800000000: set karstTime in the genesis and karst_time in rollup.json to the same time`,
		},
	},
	"canyon after delta": {
		rollupWith("canyon_time", 1),
		[]string{
			`Error ForkOrder Secret rollup, key "rollup.json": delta_time is 0, but canyon_time, which comes before it, is 1: schedule every fork no earlier than the one before it`,
		},
	},
	"no regolith": {
		all(rollupWith("regolith_time", nil), rehashed(genesisWith("config.regolithTime", nil))),
		[]string{
			`Error ForkOrder Secret rollup, key "rollup.json": canyon_time is 0, but regolith_time, which comes before it, is not set: schedule every fork no earlier than the one before it`,
		},
	},
	"no delta": {
		rollupWith("delta_time", nil),
		[]string{
			`Error ForkOrder Secret rollup, key "rollup.json": ecotone_time is 0, but delta_time, which comes before it, is not set: schedule every fork no earlier than the one before it`,
		},
	},
	"delta after ecotone": {
		rollupWith("delta_time", 1_700_000_000),
		[]string{
			`Error ForkOrder Secret rollup, key "rollup.json": ecotone_time is 0, but delta_time, which comes before it, is 1700000000: schedule every fork no earlier than the one before it`,
		},
	},
	"jovian before isthmus": {
		all(isthmusToCome, jovianAt(1_780_000_000)),
		[]string{
			`Warning ForkOrder Secret rollup, key "rollup.json": jovian_time is 1780000000, but isthmus_time, which comes before it, is 1790000000: schedule every fork no earlier than the one before it`,
		},
	},
	"no isthmus before jovian": {
		all(until("holocene"), jovianAt(1_790_000_000)),
		[]string{
			`Warning ForkOrder Secret rollup, key "rollup.json": jovian_time is 1790000000, but isthmus_time, which comes before it, is not set: schedule every fork no earlier than the one before it`,
		},
	},
	"jovian before isthmus, for op-node v1.19.8": {
		all(isthmusToCome, jovianAt(1_780_000_000), node("v1.19.8")),
		[]string{
			`Error ForkOrder Secret rollup, key "rollup.json": jovian_time is 1780000000, but isthmus_time, which comes before it, is 1790000000: schedule every fork no earlier than the one before it`,
		},
	},
	"jovian with isthmus, for op-node of today": {
		all(isthmusToCome, jovianAt(1_790_000_000)),
		[]string{
			`Warning ForkOrder Secret rollup, key "rollup.json": isthmus_time and jovian_time are both 1790000000, which op-node from v1.19.8 on refuses after genesis: let jovian_time be later, here and in the genesis`,
		},
	},
	"jovian with isthmus, for op-node v1.19.8": {
		all(isthmusToCome, jovianAt(1_790_000_000), node("v1.19.8")),
		[]string{
			`Error ForkOrder Secret rollup, key "rollup.json": isthmus_time and jovian_time are both 1790000000, which op-node from v1.19.8 on refuses after genesis: let jovian_time be later, here and in the genesis`,
		},
	},

	// rollup.json.
	"rollup.json cut short": {
		content("rollup", names.KeyRollup, `{"genesis": `),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: not JSON: syntax error at byte 12: use the rollup.json that op-deployer wrote`,
		},
	},
	"rollup.json a list": {
		content("rollup", names.KeyRollup, `[]`),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: it must be an object: use the rollup.json that op-deployer wrote`,
		},
	},
	"rollup.json with a field twice": {
		content("rollup", names.KeyRollup, `{"block_time": 1, "block_time": 2}`),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: it has field block_time twice: remove one: use the rollup.json that op-deployer wrote`,
		},
	},
	"block time as text": {
		rollupWith("block_time", "2"),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: field block_time must be a whole number: use the rollup.json that op-deployer wrote`,
		},
	},
	"hash too short": {
		rollupWith("genesis.l1.hash", "0x12"),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: field genesis.l1.hash must be 0x and 64 hexadecimal digits: use the rollup.json that op-deployer wrote`,
		},
	},
	"address without 0x": {
		rollupWith("batch_inbox_address", "ff00000000000000000000000000000000000901"),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: field batch_inbox_address must be 0x and 40 hexadecimal digits: use the rollup.json that op-deployer wrote`,
		},
	},
	"parameters of three bytes": {
		rollupWith("genesis.system_config.eip1559Params", "0xabcdef"),
		[]string{
			`Error InvalidRollupConfig Secret rollup, key "rollup.json": it is not a rollup config: field genesis.system_config.eip1559Params must be 0x and 16 hexadecimal digits: use the rollup.json that op-deployer wrote`,
		},
	},
	"no block_time": {
		rollupWith("block_time", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks block_time: use the rollup.json that op-deployer wrote`,
		},
	},
	"no channel_timeout": {
		rollupWith("channel_timeout", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks channel_timeout: use the rollup.json that op-deployer wrote`,
		},
	},
	"no seq_window_size": {
		rollupWith("seq_window_size", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks seq_window_size: use the rollup.json that op-deployer wrote`,
		},
	},
	"no max_sequencer_drift": {
		rollupWith("max_sequencer_drift", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks max_sequencer_drift: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis.l1.hash": {
		rollupWith("genesis.l1.hash", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.l1.hash: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis.l2.hash": {
		rollupWith("genesis.l2.hash", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.l2.hash: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis.l2_time": {
		rollupWith("genesis.l2_time", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.l2_time: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis.system_config.batcherAddr": {
		rollupWith("genesis.system_config.batcherAddr", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.system_config.batcherAddr: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis.system_config.scalar": {
		rollupWith("genesis.system_config.scalar", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.system_config.scalar: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis.system_config.gasLimit": {
		rollupWith("genesis.system_config.gasLimit", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.system_config.gasLimit: use the rollup.json that op-deployer wrote`,
		},
	},
	"no batch_inbox_address": {
		rollupWith("batch_inbox_address", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks batch_inbox_address: use the rollup.json that op-deployer wrote`,
		},
	},
	"no deposit_contract_address": {
		rollupWith("deposit_contract_address", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks deposit_contract_address: use the rollup.json that op-deployer wrote`,
		},
	},
	"no l1_system_config_address": {
		rollupWith("l1_system_config_address", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks l1_system_config_address: use the rollup.json that op-deployer wrote`,
		},
	},
	"no l1_chain_id": {
		rollupWith("l1_chain_id", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks l1_chain_id: use the rollup.json that op-deployer wrote`,
		},
	},
	"no l2_chain_id": {
		rollupWith("l2_chain_id", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks l2_chain_id: use the rollup.json that op-deployer wrote`,
		},
	},
	"no chain_op_config": {
		rollupWith("chain_op_config", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks chain_op_config, without which op-node from v1.11 on does not start: use the rollup.json that op-deployer wrote`,
		},
	},
	"no chain_op_config.eip1559Elasticity": {
		rollupWith("chain_op_config.eip1559Elasticity", nil),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": chain_op_config.eip1559Elasticity must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"no chain_op_config.eip1559DenominatorCanyon": {
		rollupWith("chain_op_config.eip1559DenominatorCanyon", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks chain_op_config.eip1559DenominatorCanyon, though canyon_time is set: use the rollup.json that op-deployer wrote`,
		},
	},
	"no genesis": {
		rollupWith("genesis", nil),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.l1.hash, genesis.l2.hash, genesis.l2_time, genesis.system_config.batcherAddr, genesis.system_config.scalar, genesis.system_config.gasLimit: use the rollup.json that op-deployer wrote`,
		},
	},
	"nothing": {
		content("rollup", names.KeyRollup, `{}`),
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks genesis.l1.hash, genesis.l2.hash, genesis.l2_time, genesis.system_config.batcherAddr, genesis.system_config.scalar, genesis.system_config.gasLimit, block_time, max_sequencer_drift, seq_window_size, channel_timeout, l1_chain_id, l2_chain_id, batch_inbox_address, deposit_contract_address, l1_system_config_address: use the rollup.json that op-deployer wrote`,
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks chain_op_config, without which op-node from v1.11 on does not start: use the rollup.json that op-deployer wrote`,
		},
	},
	"block time 0": {
		rollupWith("block_time", 0),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": block_time must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"channel timeout 0": {
		rollupWith("channel_timeout", 0),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": channel_timeout must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"sequencing window of one block": {
		rollupWith("seq_window_size", 1),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": seq_window_size must be at least 2: use the rollup.json that op-deployer wrote`,
		},
	},
	"no drift": {
		rollupWith("max_sequencer_drift", 0),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": max_sequencer_drift must be at least 1, even if it has no effect from Fjord on: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero hash of L1": {
		rollupWith("genesis.l1.hash", common.Hash{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.l1.hash must be the hash of a block, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero hash of L2": {
		rollupWith("genesis.l2.hash", common.Hash{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.l2.hash must be the hash of a block, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"one hash for both": {
		func(g *given) { put(g.files.Rollup, "genesis.l1.hash", g.files.Rollup.At("genesis", "l2")["hash"]) },
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.l1.hash and genesis.l2.hash must be of different blocks: use the rollup.json that op-deployer wrote`,
		},
	},
	"time 0": {
		rollupWith("genesis.l2_time", 0),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.l2_time must be the time of a block in Unix seconds, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero batcher": {
		rollupWith("genesis.system_config.batcherAddr", common.Address{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.batcherAddr must be the account of the batcher, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero scalar": {
		rollupWith("genesis.system_config.scalar", common.Hash{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.scalar must be the fee scalar of SystemConfig, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"scalar of an unknown version": {
		rollupWith("genesis.system_config.scalar", common.HexToHash("0x0200000000000000000000000000000000000000000000000000000000000001")),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.scalar must be one of version 0 or 1: its first byte says which, and the next 23 of version 1 are zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"scalar with padding": {
		rollupWith("genesis.system_config.scalar", common.HexToHash("0x0100000000000000000000000000000000000000000001000000000000000001")),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.scalar must be one of version 0 or 1: its first byte says which, and the next 23 of version 1 are zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"elasticity without a denominator": {
		rollupWith("genesis.system_config.eip1559Params", "0x0000000000000006"),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.eip1559Params must have both a denominator and an elasticity, four bytes each, or neither: use the rollup.json that op-deployer wrote`,
		},
	},
	"footprint scalar of three bytes": {
		rollupWith("genesis.system_config.daFootprintGasScalar", 65536),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.daFootprintGasScalar must be below 65536: use the rollup.json that op-deployer wrote`,
		},
	},
	"gas limit 0": {
		rollupWith("genesis.system_config.gasLimit", 0),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": genesis.system_config.gasLimit must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero inbox": {
		rollupWith("batch_inbox_address", common.Address{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": batch_inbox_address must be an address, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero portal": {
		rollupWith("deposit_contract_address", common.Address{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": deposit_contract_address must be the address of the OptimismPortal, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"zero SystemConfig": {
		rollupWith("l1_system_config_address", common.Address{}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": l1_system_config_address must be the address of SystemConfig, not zero: use the rollup.json that op-deployer wrote`,
		},
	},
	"chain id 0": {
		rollupWith("l2_chain_id", 0),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": l2_chain_id must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"elasticity 0": {
		all(rollupWith("chain_op_config.eip1559Elasticity", 0), genesisWith("config.optimism.eip1559Elasticity", 0)),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": chain_op_config.eip1559Elasticity must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"another L2": {
		rollupWith("l2_chain_id", 10),
		[]string{
			`Error L2ChainIDMismatch Secret rollup, key "rollup.json": l2_chain_id is 10, but spec.l2.chainId is 901: correct the one that is wrong`,
		},
	},
	"both files of another L2": {
		all(rollupWith("l2_chain_id", 10), genesisWith("config.chainId", 10)),
		[]string{
			`Error L2ChainIDMismatch Secret genesis, key "genesis.json": the genesis is of chain 10, but spec.l2.chainId is 901: name the genesis of this chain`,
			`Error L2ChainIDMismatch Secret rollup, key "rollup.json": l2_chain_id is 10, but spec.l2.chainId is 901: correct the one that is wrong`,
		},
	},
	"another L1": {
		rollupWith("l1_chain_id", 1),
		[]string{
			`Error L1ChainIDMismatch Secret rollup, key "rollup.json": l1_chain_id is 1, but spec.l1.chainId is 900: correct the one that is wrong`,
		},
	},
	"another portal": {
		rollupWith("deposit_contract_address", stranger),
		[]string{
			"Error PortalMismatch spec.l1.contractAddresses.optimismPortal: it is 0x1000000000000000000000000000000000000001, but deposit_contract_address of rollup.json is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266: correct the one that is wrong",
		},
	},
	"another SystemConfig in spec": {
		spec(func(s *v1alpha1.OPChainSpec) { s.L1.ContractAddresses.SystemConfig = stranger }),
		[]string{
			"Error SystemConfigMismatch spec.l1.contractAddresses.systemConfig: it is 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, but l1_system_config_address of rollup.json is 0x1000000000000000000000000000000000000002: correct the one that is wrong",
		},
	},
	"no chain_op_config, op-node unknown": {
		all(rollupWith("chain_op_config", nil), node("mine")),
		[]string{
			`Unknown RollupFieldMissing Secret rollup, key "rollup.json": it lacks chain_op_config, without which op-node from v1.11 on does not start: use the rollup.json that op-deployer wrote`,
			`Unknown ImageVersionUnknown spec.components.node.image: tag "mine" is no version of op-node: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1`,
		},
	},
	"no Pectra blob schedule on Sepolia": {
		onSepolia,
		[]string{
			`Error RollupFieldMissing Secret rollup, key "rollup.json": it lacks pectra_blob_schedule_time, without which op-node does not start a chain that began before Prague on L1 chain 11155111: ask whoever runs the chain for its pectra_blob_schedule_time; if it has none, put --ignore-missing-pectra-blob-schedule into spec.components.node.extraArgs`,
		},
	},
	"misspelt field": {
		rollupWith("jovain_time", 1_800_000_000),
		[]string{
			`Warning RollupFieldUnknown Secret rollup, key "rollup.json": no op-node is known to heed "jovain_time": correct the spelling, or take out what is not for op-node`,
		},
	},
	"key for a field": {
		func(g *given) { g.files.Rollup[testenv.BatcherKey] = 1 },
		[]string{
			`Warning RollupFieldUnknown Secret rollup, key "rollup.json": no op-node is known to heed "(a name that is not shown)": correct the spelling, or take out what is not for op-node`,
		},
	},
	"field too new for op-node": {
		all(rollupWith("keep_karst_upgrade_gas", false), node("v1.16.10")),
		[]string{
			`Error RollupFieldUnsupported Secret rollup, key "rollup.json": op-node v1.16.10 refuses fields that it does not know: "keep_karst_upgrade_gas": use op-node v1.19.1 or later`,
		},
	},
	"parameter too new for op-node": {
		all(until("holocene"), rollupWith("chain_op_config", nil), node("v1.10.3")),
		[]string{
			`Error RollupFieldUnsupported Secret rollup, key "rollup.json": the op-node of spec.components.node.image refuses fields that it does not know: genesis.system_config.operatorFeeParams: use an op-node that knows them, or, if they are zero, take them out`,
		},
	},
	"minimum base fee for an op-node of before": {
		all(until("holocene"), rollupWith("genesis.system_config.minBaseFee", 0), node("v1.12.2")),
		[]string{
			`Error RollupFieldUnsupported Secret rollup, key "rollup.json": the op-node of spec.components.node.image refuses fields that it does not know: genesis.system_config.minBaseFee: use an op-node that knows them, or, if they are zero, take them out`,
		},
	},
	"Lagoon without a dependency set": {
		lagoon,
		[]string{
			`Unknown RollupFieldInvalid Secret rollup, key "rollup.json": lagoon_time is set, with which op-node starts only chains whose dependency set the superchain registry has: remove lagoon_time unless the superchain registry has the chain`,
		},
	},
	"alt-DA of an unknown type": {
		rollupWith("alt_da", testenv.Document{"da_commitment_type": "hunter2"}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": alt_da.da_commitment_type must be KeccakCommitment or GenericCommitment: use the rollup.json that op-deployer wrote`,
		},
	},
	"alt-DA by keccak without a contract": {
		rollupWith("alt_da", testenv.Document{"da_commitment_type": "KeccakCommitment"}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": alt_da.da_challenge_contract_address must be set for a KeccakCommitment: use the rollup.json that op-deployer wrote`,
		},
	},
	"alt-DA generic with a contract": {
		rollupWith("alt_da", testenv.Document{"da_commitment_type": "GenericCommitment", "da_challenge_contract_address": stranger}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": alt_da.da_challenge_contract_address must not be set for a GenericCommitment: use the rollup.json that op-deployer wrote`,
		},
	},
	"alt-DA generic with a size": {
		rollupWith("alt_da", testenv.Document{"da_commitment_type": "GenericCommitment", "da_max_input_size": 1}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": alt_da.da_max_input_size must not be set for a GenericCommitment: use the rollup.json that op-deployer wrote`,
		},
	},
	"alt-DA of no size": {
		rollupWith("alt_da", testenv.Document{"da_commitment_type": "KeccakCommitment", "da_challenge_contract_address": stranger, "da_max_input_size": 0}),
		[]string{
			`Error RollupFieldInvalid Secret rollup, key "rollup.json": alt_da.da_max_input_size must be at least 1: use the rollup.json that op-deployer wrote`,
		},
	},
	"margin longer than the channel timeout": {
		channel(150, 51),
		[]string{
			"Error ChannelTooLong spec.components.batcher.subSafetyMargin: it is 51, but must not be above the channel timeout of 50 L1 blocks: op-batcher would not start: lower it",
		},
	},
	"margin longer than the channel timeout of before Granite": {
		all(until("fjord"), channel(150, 301)),
		[]string{
			"Error ChannelTooLong spec.components.batcher.subSafetyMargin: it is 301, but must not be above the channel timeout of 300 L1 blocks: op-batcher would not start: lower it",
		},
	},
	"channel as long as the window": {
		channel(3590, 10),
		[]string{
			"Error ChannelTooLong spec.components.batcher.maxChannelDuration: together with subSafetyMargin it is 3600 L1 blocks, but the sequencing window has 3600, and the chain reorganises when batches come later: lower it",
		},
	},
	"channel of half the window": {
		channel(1791, 10),
		[]string{
			"Warning ChannelTooLong spec.components.batcher.maxChannelDuration: together with subSafetyMargin it is 1801 L1 blocks, more than half of the sequencing window of 3600: lower it",
		},
	},
	"short window": {
		rollupWith("seq_window_size", 100),
		[]string{
			"Error ChannelTooLong spec.components.batcher.maxChannelDuration: together with subSafetyMargin it is 160 L1 blocks, but the sequencing window has 100, and the chain reorganises when batches come later: lower it",
		},
	},

	// L1 settings.
	"no beacon": {
		spec(func(s *v1alpha1.OPChainSpec) { s.L1.Beacon = nil }),
		[]string{
			"Error BeaconMissing spec.l1.beacon: it is not set, but rollup.json sets ecotone_time, from which on op-node reads blobs: set spec.l1.beacon.url, or spec.l1.beacon.ignore for a chain that posts calldata only",
		},
	},
	"L1 chain config no JSON": {
		content("l1", names.KeyL1ChainConfig, "hunter2"),
		[]string{
			`Error InvalidL1ChainConfig Secret l1, key "l1-chain-config.json": it is not a chain config: put the config object of the L1 genesis there, with its chainId`,
		},
	},
	"L1 chain config without a chain id": {
		l1With("chainId", nil),
		[]string{
			`Error InvalidL1ChainConfig Secret l1, key "l1-chain-config.json": it is not a chain config: put the config object of the L1 genesis there, with its chainId`,
		},
	},
	"L1 chain config of another L1": {
		l1With("chainId", 1),
		[]string{
			`Error L1ChainConfigMismatch Secret l1, key "l1-chain-config.json": it is for L1 chain 1, but spec.l1.chainId is 900: correct the one that is wrong`,
		},
	},
	"L1 chain config without a blob schedule": {
		l1With("blobSchedule", nil),
		[]string{
			`Error InvalidL1ChainConfig Secret l1, key "l1-chain-config.json": it has no blobSchedule, without which op-node from v1.16 on does not start: add the blobSchedule of the L1 genesis`,
		},
	},
	"L1 chain config of an old geth": {
		l1With("terminalTotalDifficultyPassed", true),
		[]string{
			`Error InvalidL1ChainConfig Secret l1, key "l1-chain-config.json": it has terminalTotalDifficultyPassed, which op-node from v1.16 on refuses: remove it`,
		},
	},
	"no L1 chain config": {
		spec(func(s *v1alpha1.OPChainSpec) { s.L1.ChainConfigSecret = "" }),
		[]string{
			"Error L1ChainConfigMissing spec.l1.chainConfigSecret: it is not set, but op-node from v1.16 on does not know L1 chain 900 without it: put the config object of the L1 genesis into a Secret, under the key l1-chain-config.json, and name it here",
		},
	},
	"no L1 chain config, op-node unknown": {
		all(spec(func(s *v1alpha1.OPChainSpec) { s.L1.ChainConfigSecret = "" }), node("mine")),
		[]string{
			"Unknown L1ChainConfigMissing spec.l1.chainConfigSecret: it is not set, but op-node from v1.16 on does not know L1 chain 900 without it: put the config object of the L1 genesis into a Secret, under the key l1-chain-config.json, and name it here",
			`Unknown ImageVersionUnknown spec.components.node.image: tag "mine" is no version of op-node: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1`,
		},
	},
}

func TestRightInputsAreAccepted(t *testing.T) {
	t.Parallel()
	cases := map[string]change{
		"no chain_op_config for an op-node of before": all(until("holocene"), rollupWith("chain_op_config", nil),
			rollupWith("genesis.system_config.operatorFeeParams", nil), node("v1.10.3")),
		"no L1 chain config for an op-node of before": all(node("v1.13.7"), func(g *given) { g.chain.Spec.L1.ChainConfigSecret = "" }),
		"Pectra blob schedule on Sepolia":             all(onSepolia, rollupWith("pectra_blob_schedule_time", 1742486400)),
		"Sepolia after Prague":                        all(onSepolia, rehashed(genesisWith("timestamp", "0x67c7fd61"), rollupWith("genesis.l2_time", 0x67c7fd61))),
		"dependency set by an argument": all(lagoon, spec(func(s *v1alpha1.OPChainSpec) {
			s.Components.Node.ExtraArgs = []v1alpha1.Argument{"--interop.dependency-set=/data/set.json"}
		})),
		"Lagoon by the names of before": all(lagoon, func(g *given) {
			config := g.files.Genesis.At("config")
			config["interopTime"] = config["lagoonTime"]
			delete(config, "lagoonTime")
		}, spec(func(s *v1alpha1.OPChainSpec) {
			s.Components.Node.ExtraArgs = []v1alpha1.Argument{"--interop.dependency-set=/data/set.json"}
		})),
		"alt-DA by keccak": rollupWith("alt_da", testenv.Document{"da_commitment_type": "KeccakCommitment", "da_challenge_contract_address": stranger}),
		"alt-DA by both": all(rollupWith("alt_da", testenv.Document{"da_commitment_type": "GenericCommitment"}), spec(func(s *v1alpha1.OPChainSpec) {
			s.Components.Node.ExtraArgs = []v1alpha1.Argument{"--altda.enabled=true", "--altda.da-server=http://da:3100"}
		})),
		"alt-DA by neither": spec(func(s *v1alpha1.OPChainSpec) {
			s.Components.Node.ExtraArgs = []v1alpha1.Argument{"--altda.enabled=false"}
		}),
		"channel of less than half the window":  channel(1790, 10),
		"margin as long as the channel timeout": channel(150, 50),
		"addresses in other letters": func(g *given) {
			g.chain.Spec.L1.ContractAddresses.Batcher = v1alpha1.Address(strings.ToLower(string(batcherAccount)))
		},
		"as they are":    func(*given) {},
		"Jovian to come": jovianAt(1_900_000_000),
		"parameters of Holocene in a first block of Jovian": rehashed(jovianAtGenesis),
		"extra data of a version that op-geth passes over":  rehashed(genesisWith("extraData", "0x07000000fa00000006")),
		"forks at the first block, said otherwise":          all(rollupWith("isthmus_time", 0x65536780), genesisWith("config.ecotoneTime", 7)),
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := right()
			change(g)
			loaded := g.load(t)
			if len(loaded.Findings) > 0 || loaded.Config == nil {
				t.Errorf("found %q", sentences(loaded.Findings))
			}
		})
	}
}

func TestMisconfigurations(t *testing.T) {
	t.Parallel()
	secrets := []string{testenv.BatcherKey, testenv.ProposerKey, sequencerKey, strangerKey, "hunter2", "api-key", strings.Repeat("7e57", 16), strings.Repeat("6e57", 16)}
	for name, tc := range misconfigurations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := right()
			tc.change(g)
			loaded := g.load(t)
			got := sentences(loaded.Findings)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if refused := slices.ContainsFunc(tc.want, func(s string) bool { return strings.HasPrefix(s, "Error ") }); refused != (loaded.Config == nil) {
				t.Errorf("Config is %t, though an error was found: %t", loaded.Config != nil, refused)
			}
			for _, secret := range secrets {
				if strings.Contains(strings.Join(got, ""), secret[:6]) {
					t.Errorf("a finding tells a secret: %s", got)
				}
			}
		})
	}
}

// belongElsewhere are blocks of codes that a chain's inputs cannot lead to, or that other tests of
// this package are about.
var belongElsewhere = []string{"The manifest", "L1, asked by RPC", "Images"}

// downloads are codes of what pkg/config downloads.
var downloads = []string{"GenesisDigestMismatch"}

func TestEveryCodeHasAMisconfiguration(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, tc := range misconfigurations {
		for _, want := range tc.want {
			found[strings.Fields(want)[1]] = true
		}
	}
	codes := offlineCodes(t)
	if len(codes) < 25 {
		t.Fatalf("there are only the codes %q", codes)
	}
	for _, code := range codes {
		if !found[code] && !slices.Contains(downloads, code) {
			t.Errorf("no misconfiguration leads to %s", code)
		}
	}
}

// offlineCodes are read from the source, which keeps them in blocks.
func offlineCodes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../api/v1alpha1/finding_codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, decl := range file.Decls {
		block, ok := decl.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST || slices.Contains(belongElsewhere, strings.TrimSuffix(strings.TrimSpace(block.Doc.Text()), ".")) {
			continue
		}
		for _, each := range block.Specs {
			value, err := strconv.Unquote(each.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, value)
		}
	}
	return codes
}

// TestOneDigitOfARealGenesis changes one digit of a predeploy's code in nine megabytes.
func TestOneDigitOfARealGenesis(t *testing.T) {
	t.Parallel()
	g := right()
	g.chain = testenv.Chain("alpha", testenv.InNamespace("rollups"))
	for _, secret := range testenv.RealInputs(g.chain) {
		g.secrets[secret.Name] = map[string]string{}
		for key, value := range secret.Data {
			g.secrets[secret.Name][key] = string(value)
		}
	}
	if loaded := g.load(t); len(loaded.Findings) > 0 || loaded.Config == nil {
		t.Fatalf("found %q before the change", sentences(loaded.Findings))
	}
	r, err := gzip.NewReader(bytes.NewReader(testenv.Genesis("alpha")))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil || len(text) < 8<<20 {
		t.Fatalf("read %d bytes of genesis: %v", len(text), err)
	}
	at := bytes.LastIndex(text, []byte(`"code":"0x`)) + len(`"code":"0x`)
	text[at] ^= '0' ^ '1' // another digit, or the letter a or b for the other
	g.secrets["alpha-genesis"]["genesis.json.gz"] = string(testenv.Gzip(text))
	loaded := g.load(t)
	if len(loaded.Findings) != 1 || loaded.Findings[0].Code != v1alpha1.CodeGenesisHashMismatch || loaded.Findings[0].Secret != "alpha-genesis" {
		t.Errorf("found %q", sentences(loaded.Findings))
	}
}
