package preflight

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// L1Question is what L1 is asked about a chain. What is nil or zero is not asked.
type L1Question struct {
	// ChainID is the chain that L1 should be; another one is asked nothing more.
	ChainID uint64
	// Origin is the number of the L1 block at which the rollup begins.
	Origin *uint64
	// Portal and SystemConfig are the rollup's contracts.
	Portal, SystemConfig common.Address
	// Factory and Oracle are what op-proposer proposes to: one of them, or none where there
	// is no op-proposer.
	Factory, Oracle common.Address
	// GameType is the type of the games that are proposed to Factory.
	GameType uint32
	// Batcher and Proposer are the accounts that send transactions.
	Batcher, Proposer common.Address
	// Sequencer says whether a key signs unsafe blocks.
	Sequencer bool
}

// QuestionOf is what L1 is to be asked about a chain: nothing about components that are
// disabled, nor about what could not be read.
func QuestionOf(in *Inputs) L1Question {
	spec := &in.Chain.Spec
	at, components := &spec.L1.ContractAddresses, &spec.Components
	q := L1Question{
		ChainID:      uint64(max(spec.L1.ChainID, 0)),
		Portal:       addressOf(at.OptimismPortal),
		SystemConfig: addressOf(at.SystemConfig),
		Sequencer:    signsBlocks(&components.Node) && in.Signers.Sequencer != common.Address{},
	}
	if in.Rollup != nil {
		q.Origin = new(in.Rollup.Genesis.L1.Number)
	}
	if components.Batcher.IsEnabled() {
		q.Batcher = in.Signers.Batcher
	}
	if components.Proposer.IsEnabled() {
		q.Proposer = in.Signers.Proposer
		q.Factory, q.Oracle = addressOf(at.DisputeGameFactory), addressOf(at.L2OutputOracle)
		q.GameType = gameType(&components.Proposer)
	}
	return q
}

// defaultGameType is the default of spec.components.proposer.gameType.
const defaultGameType = 1

func gameType(proposer *v1alpha1.ProposerSpec) uint32 {
	if proposer.GameType == nil {
		return defaultGameType
	}
	return uint32(max(*proposer.GameType, 0))
}

// signsBlocks reports whether op-node signs the blocks that it gossips.
func signsBlocks(node *v1alpha1.NodeSpec) bool {
	return node.IsEnabled() && node.Sequencer.IsEnabled() && node.P2P.IsEnabled()
}

func addressOf(address v1alpha1.Address) common.Address {
	return common.HexToAddress(string(address))
}

// L1View is what L1 answered. A question that was not asked leaves its answer NotAsked.
type L1View struct {
	// ChainID is L1's chain ID.
	ChainID Answer[uint64]
	// Origin is the hash of the block with the number that was asked for.
	Origin Answer[common.Hash]
	// PortalCode, SystemConfigCode and ProposalsCode tell whether there is a contract;
	// proposals go to the factory or the oracle.
	PortalCode, SystemConfigCode, ProposalsCode Answer[bool]
	// BatcherHash and UnsafeBlockSigner are accounts that SystemConfig names.
	BatcherHash, UnsafeBlockSigner Answer[common.Address]
	// PortalSystemConfig is the SystemConfig that the portal obeys.
	PortalSystemConfig Answer[common.Address]
	// RespectedGameType is the type of game by which the portal pays withdrawals. Portals
	// from before fault proofs refuse to answer.
	RespectedGameType Answer[uint32]
	// GameImpl is the factory's implementation of the game type; zero where there is none.
	GameImpl Answer[common.Address]
	// Proposer is who alone may propose: to the oracle, or games of a permissioned type.
	Proposer Answer[common.Address]
	// BatcherBalance and ProposerBalance are in wei.
	BatcherBalance, ProposerBalance Answer[*big.Int]
}

// Standing says how a question was answered.
type Standing int

const (
	// NotAsked means that the question was not put.
	NotAsked Standing = iota
	// Known means that Value is the answer.
	Known
	// Unknown means that there was no answer: L1 could not be asked, or cannot tell now.
	Unknown
	// Refused means that the answer will never come: the contract does not know the question,
	// or gives nonsense, since it is another one or another version of it; or the node dropped
	// the block.
	Refused
)

// Answer is L1's answer to one question.
type Answer[T any] struct {
	Standing Standing
	// Value is the answer where it is Known.
	Value T
	// Why says why it is not: short, without secrets.
	Why string
	// Recalled is set where L1 did not answer this time, and this is what it said before. Why
	// then says why it did not.
	Recalled bool
}

// Is makes an answer that is known.
func Is[T any](value T) Answer[T] { return Answer[T]{Standing: Known, Value: value} }

// unsure is an Answer of any kind.
type unsure interface {
	missing() (why string, missing bool)
}

// missing reports whether L1 did not answer this time, and why.
func (a Answer[T]) missing() (why string, missing bool) {
	return a.Why, a.Standing == Unknown || a.Recalled
}

// Complete reports whether L1 answered all that it was asked this time.
func (v *L1View) Complete() bool { return len(v.unknown()) == 0 }

// Recalling gives the view with what L1 said before, to the same questions, in the place of what
// it did not tell this time: who does not answer takes nothing back.
func (v *L1View) Recalling(before *L1View) *L1View {
	var chain unsure = v.ChainID // asked before all else, as a game is before its proposer
	game := chain
	if _, silent := chain.missing(); !silent {
		game = v.GameImpl
	}
	return &L1View{
		ChainID:            recalled(v.ChainID, before.ChainID, chain),
		Origin:             recalled(v.Origin, before.Origin, chain),
		PortalCode:         recalled(v.PortalCode, before.PortalCode, chain),
		SystemConfigCode:   recalled(v.SystemConfigCode, before.SystemConfigCode, chain),
		ProposalsCode:      recalled(v.ProposalsCode, before.ProposalsCode, chain),
		BatcherHash:        recalled(v.BatcherHash, before.BatcherHash, chain),
		UnsafeBlockSigner:  recalled(v.UnsafeBlockSigner, before.UnsafeBlockSigner, chain),
		PortalSystemConfig: recalled(v.PortalSystemConfig, before.PortalSystemConfig, chain),
		RespectedGameType:  recalled(v.RespectedGameType, before.RespectedGameType, chain),
		GameImpl:           recalled(v.GameImpl, before.GameImpl, chain),
		Proposer:           recalled(v.Proposer, before.Proposer, game),
		BatcherBalance:     recalled(v.BatcherBalance, before.BatcherBalance, chain),
		ProposerBalance:    recalled(v.ProposerBalance, before.ProposerBalance, chain),
	}
}

// recalled is an answer, or the one from before where there is none now. A question is not even
// put where the one before it has no answer.
func recalled[T any](now, before Answer[T], first unsure) Answer[T] {
	why, silent := now.missing()
	if now.Standing == NotAsked {
		why, silent = first.missing()
	}
	if !silent || before.Standing != Known && before.Standing != Refused {
		return now
	}
	before.Recalled, before.Why = true, why
	return before
}

// part is one answer of a view, in the words of a message.
type part struct {
	what   string
	answer unsure
}

func (v *L1View) parts() []part {
	return []part{
		{"the chain ID", v.ChainID},
		{"the block at which the rollup begins", v.Origin},
		{"the code of optimismPortal", v.PortalCode},
		{"the code of systemConfig", v.SystemConfigCode},
		{"the code of what op-proposer proposes to", v.ProposalsCode},
		{"the batcher that SystemConfig names", v.BatcherHash},
		{"the unsafeBlockSigner that SystemConfig names", v.UnsafeBlockSigner},
		{"the SystemConfig that the portal obeys", v.PortalSystemConfig},
		{"the game type that the portal respects", v.RespectedGameType},
		{"the game type's implementation", v.GameImpl},
		{"who may propose", v.Proposer},
		{"the batcher's balance", v.BatcherBalance},
		{"the proposer's balance", v.ProposerBalance},
	}
}

// unknown are the answers that did not come this time.
func (v *L1View) unknown() []part {
	var missing []part
	for _, p := range v.parts() {
		if _, is := p.answer.missing(); is {
			missing = append(missing, p)
		}
	}
	return missing
}

// Concerns are the components that a finding of JudgeL1 is about: all of them where it is about
// the chain as a whole.
func Concerns(f *v1alpha1.Finding) []string {
	switch f.Code {
	case v1alpha1.CodeBatcherNotAuthorized:
		return []string{names.Batcher}
	case v1alpha1.CodeProposerNotAuthorized, v1alpha1.CodeGameTypeMissing:
		return []string{names.Proposer}
	case v1alpha1.CodeSequencerNotAuthorized:
		return []string{names.Node}
	}
	if component, ok := concerned[f.Field]; ok {
		return []string{component}
	}
	return []string{names.Geth, names.Node, names.Batcher, names.Proposer}
}

// Fields that are of one component only.
const (
	fieldFactory         = "spec.l1.contractAddresses.disputeGameFactory"
	fieldOracle          = "spec.l1.contractAddresses.l2OutputOracle"
	fieldBatcherBalance  = "spec.components.batcher.minimumBalance"
	fieldProposerBalance = "spec.components.proposer.minimumBalance"
)

var concerned = map[string]string{
	fieldFactory:         names.Proposer,
	fieldOracle:          names.Proposer,
	fieldBatcherBalance:  names.Batcher,
	fieldProposerBalance: names.Proposer,
}
