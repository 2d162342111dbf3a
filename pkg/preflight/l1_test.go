package preflight

import (
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/ether"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

var (
	portal       = common.HexToAddress("0x1000000000000000000000000000000000000001")
	systemConfig = common.HexToAddress("0x1000000000000000000000000000000000000002")
	factory      = common.HexToAddress("0x1000000000000000000000000000000000000003")
	oracle       = common.HexToAddress("0x1000000000000000000000000000000000000004")
	game         = common.HexToAddress("0x1000000000000000000000000000000000000005")
	batcher      = common.HexToAddress("0x2000000000000000000000000000000000000001")
	proposer     = common.HexToAddress("0x2000000000000000000000000000000000000002")
	sequencer    = common.HexToAddress("0x2000000000000000000000000000000000000003")
	stranger     = common.HexToAddress("0x2000000000000000000000000000000000000004")
	begin        = common.HexToHash("0xbe61")
)

// gamesChain is a chain of all components that proposes dispute games.
func gamesChain() *Inputs {
	chain := &v1alpha1.OPChain{}
	spec := &chain.Spec
	spec.L1.ChainID, spec.L1.RPCURL = 900, "https://l1.example/v2/topsecretkey"
	spec.L1.ContractAddresses = v1alpha1.ContractAddresses{
		OptimismPortal: v1alpha1.Address(portal.Hex()), SystemConfig: v1alpha1.Address(systemConfig.Hex()),
		DisputeGameFactory: v1alpha1.Address(factory.Hex()),
	}
	spec.L2.RollupConfigSecret = "rollup"
	components := &spec.Components
	components.Node.Sequencer.Enabled, components.Node.P2P.Enabled = new(true), new(true)
	components.Node.P2P.SequencerKeySecret = "sequencer"
	components.Batcher.SignerPrivateKeySecret = "batcher"
	components.Proposer.SignerPrivateKeySecret = "proposer"
	return &Inputs{
		Chain:   chain,
		Rollup:  &rollup.Config{Genesis: rollup.Genesis{L1: rollup.BlockID{Hash: begin, Number: 7}}},
		Signers: Signers{Sequencer: sequencer, Batcher: batcher, Proposer: proposer},
	}
}

// gamesView is what L1 answers about gamesChain where all is well.
func gamesView() *L1View {
	return &L1View{
		ChainID: Is[uint64](900), Origin: Is(begin),
		PortalCode: Is(true), SystemConfigCode: Is(true), ProposalsCode: Is(true),
		BatcherHash: Is(batcher), UnsafeBlockSigner: Is(sequencer), PortalSystemConfig: Is(systemConfig),
		RespectedGameType: Is[uint32](1), GameImpl: Is(game), Proposer: Is(proposer),
		BatcherBalance: Is(amount("0.1")), ProposerBalance: Is(amount("3")),
	}
}

func amount(eth v1alpha1.Ether) *big.Int {
	value, _ := ether.Wei(eth)
	return value
}

func oracleChain() *Inputs {
	in := gamesChain()
	at := &in.Chain.Spec.L1.ContractAddresses
	at.DisputeGameFactory, at.L2OutputOracle = "", v1alpha1.Address(oracle.Hex())
	return in
}

func oracleView() *L1View {
	view := gamesView()
	view.RespectedGameType, view.GameImpl = Answer[uint32]{}, Answer[common.Address]{}
	return view
}

func refused[T any]() Answer[T] { return Answer[T]{Standing: Refused, Why: "execution reverted"} }

func unknown[T any](why string) Answer[T] { return Answer[T]{Standing: Unknown, Why: why} }

func TestJudgeL1(t *testing.T) {
	t.Parallel()
	const (
		atPortal = "spec.l1.contractAddresses.optimismPortal: "
		atConfig = "spec.l1.contractAddresses.systemConfig: "
	)
	type inputs = func(*Inputs)
	type view = func(*L1View)
	cases := map[string]struct {
		oracle bool
		in     inputs
		view   view
		// want are severity, code and sentence of each finding.
		want []string
	}{
		"all is well":             {},
		"all is well with oracle": {oracle: true},
		"another chain, and nothing else is said": {
			view: func(v *L1View) {
				*v = L1View{ChainID: Is[uint64](11155111), PortalCode: Is(false), Origin: unknown[common.Hash]("lost")}
			},
			want: []string{"Error L1WrongChain spec.l1.rpcUrl: the endpoint is of the chain with ID 11155111, but spec.l1.chainId is 900: use an endpoint of chain 900"},
		},
		"another chain at a URL from a Secret": {
			in: func(in *Inputs) {
				in.Chain.Spec.L1.RPCURLFrom = &v1alpha1.ValueFromSecret{SecretKeyRef: v1alpha1.SecretKeySelector{Name: "l1", Key: "url"}}
			},
			view: func(v *L1View) { v.ChainID = Is[uint64](1) },
			want: []string{`Error L1WrongChain Secret l1, key "url": the endpoint is of the chain with ID 1, but spec.l1.chainId is 900: use an endpoint of chain 900`},
		},
		"another origin": {
			view: func(v *L1View) { v.Origin = Is(common.HexToHash("0xfa15e")) },
			want: []string{`Error L1OriginMismatch Secret rollup, key "rollup.json": genesis.l1.hash is 0x000000000000000000000000000000000000000000000000000000000000be61, ` +
				"but block 7 of L1 has the hash 0x00000000000000000000000000000000000000000000000000000000000fa15e: " +
				"use the rollup.json that was made when the chain was deployed on this L1; if the L1 was started anew since, deploy again"},
		},
		"origin that L1 dropped": {
			view: func(v *L1View) { v.Origin = refused[common.Hash]() },
			want: []string{"Unknown L1OriginMismatch spec.l1.rpcUrl: the node dropped block 7, at which the rollup begins, so its hash could not be compared: " +
				"use an endpoint that keeps old blocks, or see for yourself that rollup.json is of this L1"},
		},
		"origin without a rollup config": {in: func(in *Inputs) { in.Rollup = nil }, view: func(v *L1View) { v.Origin = Is(common.Hash{}) }},
		"no portal": {
			view: func(v *L1View) { v.PortalCode, v.PortalSystemConfig = Is(false), refused[common.Address]() },
			want: []string{"Error ContractMissing " + atPortal + "L1 has no contract at " + portal.Hex() + ": use the address of the OptimismPortal proxy from the deployment's output"},
		},
		"no SystemConfig": {
			view: func(v *L1View) {
				v.SystemConfigCode, v.BatcherHash, v.UnsafeBlockSigner = Is(false), refused[common.Address](), refused[common.Address]()
			},
			want: []string{"Error ContractMissing " + atConfig + "L1 has no contract at " + systemConfig.Hex() + ": use the address of the SystemConfig proxy from the deployment's output"},
		},
		"no factory": {
			view: func(v *L1View) {
				v.ProposalsCode, v.GameImpl, v.Proposer = Is(false), refused[common.Address](), Answer[common.Address]{}
			},
			want: []string{"Error ContractMissing spec.l1.contractAddresses.disputeGameFactory: L1 has no contract at " + factory.Hex() + ": use the address of the DisputeGameFactory proxy from the deployment's output"},
		},
		"no oracle": {
			oracle: true,
			view:   func(v *L1View) { v.ProposalsCode, v.Proposer = Is(false), refused[common.Address]() },
			want:   []string{"Error ContractMissing spec.l1.contractAddresses.l2OutputOracle: L1 has no contract at " + oracle.Hex() + ": use the address of the L2OutputOracle proxy from the deployment's output"},
		},
		"portal is another contract": {
			view: func(v *L1View) {
				v.PortalSystemConfig, v.RespectedGameType = refused[common.Address](), refused[uint32]()
			},
			want: []string{"Warning ContractUnreadable " + atPortal + "the contract does not tell its SystemConfig as OptimismPortal does: make sure that it is the address of the chain's OptimismPortal proxy"},
		},
		"SystemConfig is another contract": {
			view: func(v *L1View) {
				v.BatcherHash, v.UnsafeBlockSigner = refused[common.Address](), refused[common.Address]()
			},
			want: []string{"Warning ContractUnreadable " + atConfig + "the contract does not tell its batcher as SystemConfig does: make sure that it is the address of the chain's SystemConfig proxy"},
		},
		"SystemConfig is another contract, and the portal says which it is": {
			view: func(v *L1View) { v.BatcherHash, v.PortalSystemConfig = refused[common.Address](), Is(stranger) },
			want: []string{
				"Error PortalForeign " + atConfig + "the portal belongs to another SystemConfig, " + stranger.Hex() + ": use the OptimismPortal and the SystemConfig of one chain",
				"Warning ContractUnreadable " + atConfig + "the contract does not tell its batcher as SystemConfig does: make sure that it is the address of the chain's SystemConfig proxy",
			},
		},
		"SystemConfig does not know the signer of blocks": {
			view: func(v *L1View) { v.UnsafeBlockSigner = refused[common.Address]() },
			want: []string{"Warning ContractUnreadable " + atConfig + "the contract does not tell its unsafeBlockSigner as SystemConfig does: make sure that it is the address of the chain's SystemConfig proxy"},
		},
		"factory is another contract": {
			view: func(v *L1View) { v.GameImpl, v.Proposer = refused[common.Address](), Answer[common.Address]{} },
			want: []string{"Warning ContractUnreadable spec.l1.contractAddresses.disputeGameFactory: the contract does not tell its implementations as DisputeGameFactory does: make sure that it is the address of the chain's DisputeGameFactory proxy"},
		},
		"game that names no proposer": {
			view: func(v *L1View) { v.Proposer = refused[common.Address]() },
			want: []string{"Warning ContractUnreadable spec.l1.contractAddresses.disputeGameFactory: the contract does not tell who may propose as DisputeGameFactory does: make sure that it is the address of the chain's DisputeGameFactory proxy"},
		},
		"oracle is another contract": {
			oracle: true,
			view:   func(v *L1View) { v.Proposer = refused[common.Address]() },
			want:   []string{"Warning ContractUnreadable spec.l1.contractAddresses.l2OutputOracle: the contract does not tell who may propose as L2OutputOracle does: make sure that it is the address of the chain's L2OutputOracle proxy"},
		},
		"portal from before fault proofs with a factory": {view: func(v *L1View) { v.RespectedGameType = refused[uint32]() }},
		"portal of another chain": {
			view: func(v *L1View) { v.PortalSystemConfig = Is(stranger) },
			want: []string{"Error PortalForeign " + atPortal + "the portal belongs to the SystemConfig " + stranger.Hex() + ", but spec.l1.contractAddresses.systemConfig is " + systemConfig.Hex() + ": use the OptimismPortal and the SystemConfig of one chain"},
		},
		"another batcher": {
			view: func(v *L1View) { v.BatcherHash = Is(stranger) },
			want: []string{`Error BatcherNotAuthorized Secret batcher, key "key": the key belongs to ` + batcher.Hex() + ", but the batcher in SystemConfig on L1 is " + stranger.Hex() +
				": op-node would pass over all batches: use the key of " + stranger.Hex() + ", or have the owner of the SystemConfig call setBatcherHash"},
		},
		"no batcher at all": {
			view: func(v *L1View) { v.BatcherHash = Is(common.Address{}) },
			want: []string{`Error BatcherNotAuthorized Secret batcher, key "key": the key belongs to ` + batcher.Hex() +
				", but the batcher in SystemConfig on L1 is 0x0000000000000000000000000000000000000000: op-node would pass over all batches: have the owner of the SystemConfig call setBatcherHash"},
		},
		"another batcher, but ours is disabled": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Batcher.Enabled = new(false) },
			view: func(v *L1View) { v.BatcherHash, v.BatcherBalance = Is(stranger), Is(new(big.Int)) },
		},
		"another batcher, but our key is not there": {
			in:   func(in *Inputs) { in.Signers.Batcher = common.Address{} },
			view: func(v *L1View) { v.BatcherHash = Is(stranger) },
		},
		"another batcher, ignored": {
			in: func(in *Inputs) {
				in.Chain.Spec.Preflight.Ignore = []v1alpha1.FindingCode{v1alpha1.CodeBatcherNotAuthorized}
			},
			view: func(v *L1View) { v.BatcherHash = Is(stranger) },
			want: []string{`Warning BatcherNotAuthorized Secret batcher, key "key": the key belongs to ` + batcher.Hex() + ", but the batcher in SystemConfig on L1 is " + stranger.Hex() +
				": op-node would pass over all batches: use the key of " + stranger.Hex() + ", or have the owner of the SystemConfig call setBatcherHash"},
		},
		"another signer of blocks": {
			view: func(v *L1View) { v.UnsafeBlockSigner = Is(stranger) },
			want: []string{`Error SequencerNotAuthorized Secret sequencer, key "key": the key belongs to ` + sequencer.Hex() + ", but unsafeBlockSigner in SystemConfig on L1 is " + stranger.Hex() +
				": other nodes would drop all blocks: use the key of " + stranger.Hex() + ", or have the owner of the SystemConfig call setUnsafeBlockSigner"},
		},
		"another signer of blocks, but there is no gossip": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Node.P2P.Enabled = new(false) },
			view: func(v *L1View) { v.UnsafeBlockSigner = Is(stranger) },
		},
		"another signer of blocks, but this is a replica": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Node.Sequencer.Enabled = new(false) },
			view: func(v *L1View) { v.UnsafeBlockSigner = Is(stranger) },
		},
		"game type without an implementation": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Proposer.GameType = new(int32(8)) },
			view: func(v *L1View) { v.GameImpl, v.Proposer = Is(common.Address{}), Answer[common.Address]{} },
			want: []string{"Error GameTypeMissing spec.components.proposer.gameType: the factory has no implementation of game type 8: " +
				"use a game type that the factory has, or have the factory's owner add this one; the portal respects type 1"},
		},
		"game type that the portal does not respect": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Proposer.GameType = new(int32(0)) },
			view: func(v *L1View) { v.Proposer = Answer[common.Address]{} },
			want: []string{"Warning GameTypeMissing spec.components.proposer.gameType: the portal respects game type 1, not 0: no withdrawal can be proven by these games: use 1, unless the portal is about to change over"},
		},
		"another proposer of games": {
			view: func(v *L1View) { v.Proposer = Is(stranger) },
			want: []string{`Error ProposerNotAuthorized Secret proposer, key "key": the key belongs to ` + proposer.Hex() + ", but only " + stranger.Hex() + " may propose games of type 1: use the key of " +
				stranger.Hex() + ", or have the factory's owner set an implementation that admits it"},
		},
		"another proposer of outputs": {
			oracle: true,
			view:   func(v *L1View) { v.Proposer = Is(stranger) },
			want: []string{`Error ProposerNotAuthorized Secret proposer, key "key": the key belongs to ` + proposer.Hex() + ", but only " + stranger.Hex() + " may propose to the L2OutputOracle: use the key of " +
				stranger.Hex() + ", or have the owner of its ProxyAdmin set another proposer"},
		},
		"another proposer, but ours is disabled": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Proposer.Enabled = new(false) },
			view: func(v *L1View) { v.Proposer, v.ProposerBalance = Is(stranger), Is(new(big.Int)) },
		},
		"proposer of a game that anybody may propose": {view: func(v *L1View) { v.Proposer = Answer[common.Address]{} }},
		"a wei too little": {
			view: func(v *L1View) { v.BatcherBalance = Is(new(big.Int).Sub(amount("0.1"), common.Big1)) },
			want: []string{"Warning BalanceLow spec.components.batcher.minimumBalance: " + batcher.Hex() + " owns 0.09999 ETH on L1, less than 0.1: send ETH to " + batcher.Hex() + ", or lower the minimum"},
		},
		"proposer below what the spec asks": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Proposer.MinimumBalance = "3.000000000000000001" },
			want: []string{"Warning BalanceLow spec.components.proposer.minimumBalance: " + proposer.Hex() + " owns 3 ETH on L1, less than 3.000000000000000001: send ETH to " + proposer.Hex() + ", or lower the minimum"},
		},
		"no minimum": {
			in: func(in *Inputs) {
				in.Chain.Spec.Components.Batcher.MinimumBalance, in.Chain.Spec.Components.Proposer.MinimumBalance = "0", "0"
			},
			view: func(v *L1View) { v.BatcherBalance, v.ProposerBalance = Is(new(big.Int)), Is(new(big.Int)) },
		},
		"a minimum that is no amount": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Batcher.MinimumBalance = "1e3" },
			want: []string{"Unknown BalanceLow spec.components.batcher.minimumBalance: it is not an amount of ETH, so the balance could not be compared: write digits, with at most 18 of them after a point, such as 0.1"},
		},
		"no answer": {
			view: func(v *L1View) { *v = L1View{ChainID: unknown[uint64]("it took too long")} },
			want: []string{"Unknown L1NoAnswer spec.l1.rpcUrl: L1 gives no answer: it took too long: make sure that the endpoint is up, in sync and not rate limited; it is asked again"},
		},
		"one thing is not told": {
			view: func(v *L1View) { v.Origin = unknown[common.Hash]("the node does not have block 7") },
			want: []string{"Unknown L1NoAnswer spec.l1.rpcUrl: L1 did not tell the block at which the rollup begins: the node does not have block 7: make sure that the endpoint is up, in sync and not rate limited; it is asked again"},
		},
		"many things are not told, one is wrong, and the reason is hostile": {
			view: func(v *L1View) {
				const why = "go\naway\x1b[31m\u202e"
				v.PortalCode, v.SystemConfigCode, v.ProposalsCode = unknown[bool](why), unknown[bool](why), unknown[bool](why)
				v.BatcherBalance, v.Proposer = unknown[*big.Int](why), Is(stranger)
				v.ProposerBalance = unknown[*big.Int](why)
			},
			want: []string{
				`Error ProposerNotAuthorized Secret proposer, key "key": the key belongs to ` + proposer.Hex() + ", but only " + stranger.Hex() + " may propose games of type 1: use the key of " +
					stranger.Hex() + ", or have the factory's owner set an implementation that admits it",
				"Unknown L1NoAnswer spec.l1.rpcUrl: L1 did not tell the code of optimismPortal, the code of systemConfig, the code of what op-proposer proposes to, 2 more: " +
					"go away [31m : make sure that the endpoint is up, in sync and not rate limited; it is asked again",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, view := gamesChain(), gamesView()
			if tc.oracle {
				in, view = oracleChain(), oracleView()
			}
			if tc.in != nil {
				tc.in(in)
			}
			if tc.view != nil {
				tc.view(view)
			}
			var got []string
			for _, f := range JudgeL1(in, view) {
				got = append(got, string(f.Severity)+" "+string(f.Code)+" "+Sentence(&f))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("JudgeL1() (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecalling has L1 say something, and then less. What it said last of a thing counts.
func TestRecalling(t *testing.T) {
	t.Parallel()
	silent := L1View{ChainID: unknown[uint64]("503")}
	cases := map[string]struct {
		before, now func(*L1View)
		want        []v1alpha1.FindingCode
	}{
		"it never said anything": {
			before: func(v *L1View) { *v = silent },
			now:    func(v *L1View) { *v = silent },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeL1NoAnswer},
		},
		"a refusal and a warning stand": {
			before: func(v *L1View) { v.BatcherHash, v.BatcherBalance = Is(stranger), Is(new(big.Int)) },
			now:    func(v *L1View) { *v = silent },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeBatcherNotAuthorized, v1alpha1.CodeBalanceLow, v1alpha1.CodeL1NoAnswer},
		},
		"what was mended is mended, whatever else is not told": {
			before: func(v *L1View) { v.BatcherHash = Is(stranger) },
			now:    func(v *L1View) { v.Origin = unknown[common.Hash]("pruned") },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeL1NoAnswer},
		},
		"what was told well before is not told": {
			now:  func(v *L1View) { v.BatcherHash = unknown[common.Address]("429") },
			want: []v1alpha1.FindingCode{v1alpha1.CodeL1NoAnswer},
		},
		"a contract that did not know the question": {
			before: func(v *L1View) { v.BatcherHash = refused[common.Address]() },
			now:    func(v *L1View) { v.BatcherHash = unknown[common.Address]("429") },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeContractUnreadable, v1alpha1.CodeL1NoAnswer},
		},
		"a proposer that is not asked for, as the game is not told": {
			before: func(v *L1View) { v.Proposer = Is(stranger) },
			now: func(v *L1View) {
				v.GameImpl, v.Proposer = unknown[common.Address]("429"), Answer[common.Address]{}
			},
			want: []v1alpha1.FindingCode{v1alpha1.CodeProposerNotAuthorized, v1alpha1.CodeL1NoAnswer},
		},
		"a proposer that is not asked for, as the game went": {
			before: func(v *L1View) { v.Proposer = Is(stranger) },
			now:    func(v *L1View) { v.GameImpl, v.Proposer = Is(common.Address{}), Answer[common.Address]{} },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeGameTypeMissing},
		},
		"another chain that fell silent": {
			before: func(v *L1View) { *v = L1View{ChainID: Is(uint64(5))} },
			now:    func(v *L1View) { *v = silent },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeL1WrongChain, v1alpha1.CodeL1NoAnswer},
		},
		"another chain all of a sudden": {
			before: func(v *L1View) { v.BatcherHash = Is(stranger) },
			now:    func(v *L1View) { *v = L1View{ChainID: Is(uint64(5))} },
			want:   []v1alpha1.FindingCode{v1alpha1.CodeL1WrongChain},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, before, now := gamesChain(), gamesView(), gamesView()
			if tc.before != nil {
				tc.before(before)
			}
			tc.now(now)
			view := now.Recalling(now.Recalling(before)) // said twice
			var got []v1alpha1.FindingCode
			for _, f := range JudgeL1(in, view) {
				got = append(got, f.Code)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("JudgeL1() (-want +got):\n%s", diff)
			}
			if complete := !slices.Contains(tc.want, v1alpha1.CodeL1NoAnswer); view.Complete() != complete {
				t.Errorf("Complete() = %t, want %t", !complete, complete)
			}
		})
	}
}

// TestRecallingForgetsNothing holds Recalling to the list of answers.
func TestRecallingForgetsNothing(t *testing.T) {
	t.Parallel()
	for _, before := range []*L1View{gamesView(), oracleView()} {
		view := (&L1View{ChainID: unknown[uint64]("503")}).Recalling(before)
		for i, p := range view.parts() {
			_, is := p.answer.missing()
			if told := !reflect.ValueOf(before.parts()[i].answer).IsZero(); is != told {
				t.Errorf("%s is recalled: %t, want %t", p.what, is, told)
			}
		}
	}
}

func TestNoAnswerIsBounded(t *testing.T) {
	t.Parallel()
	view := &L1View{ChainID: unknown[uint64](strings.Repeat("ä", 5000))}
	for _, f := range JudgeL1(gamesChain(), view) {
		if len(f.Message) > 512 || !strings.Contains(f.Message, "ääää") {
			t.Errorf("the message has %d bytes: %s", len(f.Message), f.Message)
		}
	}
}

func TestQuestionOf(t *testing.T) {
	t.Parallel()
	everything := L1Question{
		ChainID: 900, Origin: new(uint64(7)), Portal: portal, SystemConfig: systemConfig, Factory: factory, GameType: 1,
		Batcher: batcher, Proposer: proposer, Sequencer: true,
	}
	cases := map[string]struct {
		in   func(*Inputs)
		want func(*L1Question)
	}{
		"everything": {in: func(*Inputs) {}, want: func(*L1Question) {}},
		"another game type": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Proposer.GameType = new(int32(0)) },
			want: func(q *L1Question) { q.GameType = 0 },
		},
		"nothing could be read": {
			in: func(in *Inputs) { in.Rollup, in.Signers = nil, Signers{} },
			want: func(q *L1Question) {
				q.Origin, q.Batcher, q.Proposer, q.Sequencer = nil, common.Address{}, common.Address{}, false
			},
		},
		"no batcher": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Batcher.Enabled = new(false) },
			want: func(q *L1Question) { q.Batcher = common.Address{} },
		},
		"no proposer": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Proposer.Enabled = new(false) },
			want: func(q *L1Question) { q.Proposer, q.Factory, q.GameType = common.Address{}, common.Address{}, 0 },
		},
		"no gossip": {
			in:   func(in *Inputs) { in.Chain.Spec.Components.Node.P2P.Enabled = nil },
			want: func(q *L1Question) { q.Sequencer = false },
		},
		"oracle": {
			in:   func(in *Inputs) { *in = *oracleChain() },
			want: func(q *L1Question) { q.Factory, q.Oracle = common.Address{}, oracle },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, want := gamesChain(), everything
			tc.in(in)
			tc.want(&want)
			if diff := cmp.Diff(want, QuestionOf(in)); diff != "" {
				t.Errorf("QuestionOf() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*L1View)
		want   bool
	}{
		"all known":         {change: func(*L1View) {}, want: true},
		"one refused":       {change: func(v *L1View) { v.BatcherHash = refused[common.Address]() }, want: true},
		"some not asked":    {change: func(v *L1View) { *v = L1View{ChainID: Is[uint64](5)} }, want: true},
		"chain ID unknown":  {change: func(v *L1View) { v.ChainID = unknown[uint64]("") }},
		"origin unknown":    {change: func(v *L1View) { v.Origin = unknown[common.Hash]("") }},
		"portal unknown":    {change: func(v *L1View) { v.PortalCode = unknown[bool]("") }},
		"config unknown":    {change: func(v *L1View) { v.SystemConfigCode = unknown[bool]("") }},
		"factory unknown":   {change: func(v *L1View) { v.ProposalsCode = unknown[bool]("") }},
		"batcher unknown":   {change: func(v *L1View) { v.BatcherHash = unknown[common.Address]("") }},
		"signer unknown":    {change: func(v *L1View) { v.UnsafeBlockSigner = unknown[common.Address]("") }},
		"obeyed unknown":    {change: func(v *L1View) { v.PortalSystemConfig = unknown[common.Address]("") }},
		"respected unknown": {change: func(v *L1View) { v.RespectedGameType = unknown[uint32]("") }},
		"game unknown":      {change: func(v *L1View) { v.GameImpl = unknown[common.Address]("") }},
		"proposer unknown":  {change: func(v *L1View) { v.Proposer = unknown[common.Address]("") }},
		"balance unknown":   {change: func(v *L1View) { v.BatcherBalance = unknown[*big.Int]("") }},
		"balances unknown":  {change: func(v *L1View) { v.ProposerBalance = unknown[*big.Int]("") }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			view := gamesView()
			tc.change(view)
			if got := view.Complete(); got != tc.want {
				t.Errorf("Complete() = %t, want %t", got, tc.want)
			}
		})
	}
}

func TestConcerns(t *testing.T) {
	t.Parallel()
	all := []string{names.Geth, names.Node, names.Batcher, names.Proposer}
	cases := map[string]struct {
		finding v1alpha1.Finding
		want    []string
	}{
		"chain":             {v1alpha1.Finding{Code: v1alpha1.CodeL1WrongChain, Field: "spec.l1.rpcUrl"}, all},
		"portal":            {v1alpha1.Finding{Code: v1alpha1.CodeContractMissing, Field: fieldPortal}, all},
		"factory":           {v1alpha1.Finding{Code: v1alpha1.CodeContractMissing, Field: fieldFactory}, []string{names.Proposer}},
		"oracle":            {v1alpha1.Finding{Code: v1alpha1.CodeContractUnreadable, Field: fieldOracle}, []string{names.Proposer}},
		"batcher":           {v1alpha1.Finding{Code: v1alpha1.CodeBatcherNotAuthorized, Secret: "batcher"}, []string{names.Batcher}},
		"batcher's balance": {v1alpha1.Finding{Code: v1alpha1.CodeBalanceLow, Field: fieldBatcherBalance}, []string{names.Batcher}},
		"proposer":          {v1alpha1.Finding{Code: v1alpha1.CodeProposerNotAuthorized, Secret: "proposer"}, []string{names.Proposer}},
		"proposer's funds":  {v1alpha1.Finding{Code: v1alpha1.CodeBalanceLow, Field: fieldProposerBalance}, []string{names.Proposer}},
		"game type":         {v1alpha1.Finding{Code: v1alpha1.CodeGameTypeMissing, Field: fieldGameType}, []string{names.Proposer}},
		"sequencer":         {v1alpha1.Finding{Code: v1alpha1.CodeSequencerNotAuthorized, Secret: "sequencer"}, []string{names.Node}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, Concerns(&tc.finding)); diff != "" {
				t.Errorf("Concerns() (-want +got):\n%s", diff)
			}
		})
	}
}
