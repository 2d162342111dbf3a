package probe

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// L1 asks L1 at url what the checks of a chain need to know, at the newest block. It never
// fails: what it cannot see is unknown in the view, with a reason that holds no secret. It takes
// as long as L1 does, or for ever where a websocket breaks in the midst, so ctx needs a deadline.
//
// At most sixteen requests are sent, each by itself: providers refuse batches, or cap them,
// each in its own way, and count what is in them as single requests anyway. So that an endpoint
// that is down, or another chain, gets one, the chain ID is asked for first.
func (p *Prober) L1(ctx context.Context, url string, q preflight.L1Question) *preflight.L1View {
	view := &preflight.L1View{}
	client, err := p.dial(ctx, url)
	if err != nil {
		view.ChainID = unseen[uint64](err, url)
		return view
	}
	defer client.Close()
	r := &reader{client: client, url: url}
	view.ChainID = r.chainID(ctx)
	if view.ChainID.Standing != preflight.Known || view.ChainID.Value != q.ChainID {
		return view
	}
	inLanes(r.questions(ctx, &q, view))
	return view
}

// reader puts the questions of one view.
type reader struct {
	client *rpc.Client
	url    string
}

// questions each fill a part of the view that is theirs alone.
func (r *reader) questions(ctx context.Context, q *preflight.L1Question, view *preflight.L1View) []func() {
	asks := []func(){
		func() { view.PortalSystemConfig = r.account(ctx, q.Portal, "systemConfig", "SYSTEM_CONFIG") },
		func() { view.BatcherHash = r.batcher(ctx, q.SystemConfig) },
		func() { view.PortalCode = r.code(ctx, q.Portal) },
		func() { view.SystemConfigCode = r.code(ctx, q.SystemConfig) },
	}
	when := func(asked bool, some ...func()) {
		if asked {
			asks = append(asks, some...)
		}
	}
	none := common.Address{}
	when(q.Factory != none,
		func() { r.games(ctx, q, view) },
		func() { view.ProposalsCode = r.code(ctx, q.Factory) },
		func() { view.RespectedGameType = call[uint32](ctx, r, q.Portal, "respectedGameType") })
	when(q.Oracle != none,
		func() { view.Proposer = r.account(ctx, q.Oracle, "proposer", "PROPOSER") },
		func() { view.ProposalsCode = r.code(ctx, q.Oracle) })
	when(q.Sequencer, func() { view.UnsafeBlockSigner = r.account(ctx, q.SystemConfig, "unsafeBlockSigner") })
	when(q.Batcher != none, func() { view.BatcherBalance = r.balance(ctx, q.Batcher) })
	when(q.Proposer != none, func() { view.ProposerBalance = r.balance(ctx, q.Proposer) })
	if q.Origin != nil {
		asks = append(asks, func() { view.Origin = r.blockHash(ctx, *q.Origin) })
	}
	return asks
}

func (r *reader) chainID(ctx context.Context) preflight.Answer[uint64] {
	var id hexutil.Uint64
	err := r.client.CallContext(ctx, &id, "eth_chainId")
	return seen(uint64(id), err, r.url)
}

// blockHash is unknown where the node does not have the block yet, and refused where it does not
// have it any more.
func (r *reader) blockHash(ctx context.Context, number uint64) preflight.Answer[common.Hash] {
	var block *struct {
		Hash   *common.Hash    `json:"hash"`
		Number *hexutil.Uint64 `json:"number"`
	}
	err := r.client.CallContext(ctx, &block, "eth_getBlockByNumber", hexutil.Uint64(number), false)
	switch {
	case err != nil:
		return unseen[common.Hash](err, r.url)
	case block == nil:
		return r.missing(ctx, number)
	case block.Hash == nil || block.Number == nil || uint64(*block.Number) != number:
		return unseen[common.Hash](fmt.Errorf("the node gave something else than block %d", number), r.url)
	}
	return preflight.Is(*block.Hash)
}

// historyKept is how many blocks every node has, be it one that drops old ones: a day's worth
// (SLOTS_PER_HISTORICAL_ROOT of the consensus specification). A block that is younger will be
// there when the node, or the one that answers for it next, has caught up.
const historyKept = 8192

// missing says why the node does not have a block. What it dropped it will never tell, and op-node
// starts without.
func (r *reader) missing(ctx context.Context, number uint64) preflight.Answer[common.Hash] {
	var head hexutil.Uint64
	if err := r.client.CallContext(ctx, &head, "eth_blockNumber"); err != nil {
		return unseen[common.Hash](err, r.url)
	}
	is := unseen[common.Hash](fmt.Errorf("the node does not have block %d", number), r.url)
	if uint64(head) >= number && uint64(head)-number > historyKept {
		is.Standing = preflight.Refused
	}
	return is
}

func (r *reader) code(ctx context.Context, address common.Address) preflight.Answer[bool] {
	var code hexutil.Bytes
	err := r.client.CallContext(ctx, &code, "eth_getCode", address, "latest")
	return seen(len(code) > 0, err, r.url)
}

func (r *reader) balance(ctx context.Context, account common.Address) preflight.Answer[*big.Int] {
	var wei hexutil.Big
	err := r.client.CallContext(ctx, &wei, "eth_getBalance", account, "latest")
	return seen(wei.ToInt(), err, r.url)
}

// account calls a method that gives an address; where the contract does not know it, its older
// names.
func (r *reader) account(ctx context.Context, contract common.Address, method string, older ...string) preflight.Answer[common.Address] {
	answer := call[common.Address](ctx, r, contract, method)
	for _, name := range older {
		if answer.Standing != preflight.Refused {
			break
		}
		answer = call[common.Address](ctx, r, contract, name)
	}
	return answer
}

// batcher is the account in SystemConfig's batcherHash: as op-node reads it, its low 20 bytes.
func (r *reader) batcher(ctx context.Context, systemConfig common.Address) preflight.Answer[common.Address] {
	word := call[[32]byte](ctx, r, systemConfig, "batcherHash")
	return preflight.Answer[common.Address]{Standing: word.Standing, Value: common.BytesToAddress(word.Value[:]), Why: word.Why}
}

// Game types that only one account may propose (GameTypes in op-contracts).
const (
	permissionedCannon = 1
	superPermissioned  = 5
)

// games learns of the factory's implementation, and then who may propose with it. In this
// order, because the newest block may change in between: arguments that were set together with
// an implementation are there once it is.
func (r *reader) games(ctx context.Context, q *preflight.L1Question, view *preflight.L1View) {
	view.GameImpl = call[common.Address](ctx, r, q.Factory, "gameImpls", q.GameType)
	none := view.GameImpl.Standing != preflight.Known || view.GameImpl.Value == common.Address{}
	if none || q.GameType != permissionedCannon && q.GameType != superPermissioned {
		return
	}
	args := call[[]byte](ctx, r, q.Factory, "gameArgs", q.GameType)
	switch {
	case args.Standing == preflight.Unknown:
		view.Proposer = preflight.Answer[common.Address]{Standing: preflight.Unknown, Why: args.Why}
	case args.Standing == preflight.Known && len(args.Value) > 0:
		view.Proposer = proposerIn(args.Value)
	default:
		view.Proposer = r.account(ctx, view.GameImpl.Value, "proposer")
	}
}

// proposerIn finds the proposer among a game's arguments. Since DisputeGameFactory 1.3 they can
// lie in the factory; the implementation then knows none. Their layouts, which only their length
// tells apart, are in LibGameArgs of op-contracts.
func proposerIn(args []byte) preflight.Answer[common.Address] {
	switch len(args) {
	case 164: // prestate 32, vm 20, registry 20, weth 20, chain ID 32, proposer 20, challenger 20
		return preflight.Is(common.BytesToAddress(args[124:144]))
	case 40: // registry 20, proposer 20
		return preflight.Is(common.BytesToAddress(args[20:40]))
	}
	return preflight.Answer[common.Address]{Standing: preflight.Refused, Why: fmt.Sprintf("the game has %d bytes of arguments", len(args))}
}

// seen is an answer of the node itself, which cannot be refused: it is there or it is not.
func seen[T any](value T, err error, url string) preflight.Answer[T] {
	if err != nil {
		return unseen[T](err, url)
	}
	return preflight.Is(value)
}

func unseen[T any](err error, url string) preflight.Answer[T] {
	why := told(err, url).Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = "it took too long"
	}
	return preflight.Answer[T]{Standing: preflight.Unknown, Why: why}
}
