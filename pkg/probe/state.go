package probe

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// State asks L1 at url how it is, and how a chain is doing there. It returns what it could see,
// and an error where anything that was asked for was not answered. Where the newest block was
// not, nothing else was asked for.
//
// Each request is sent by itself, for the reasons that Prober.L1 gives, and at most four at a time.
// A chain that proposes costs eight, every time: the newest block, the batcher's balance and
// nonce, the proposer's balance, the time of one block, and three for the proposals (the games'
// number, the newest one and its creator; or the outputs' number, the newest one and the
// oracle's interval). Where others have created newer games than the proposer there is one more
// for each, and one for their list: at most 40 together. Factories that cannot search cost 71 at
// worst.
func (p *Prober) State(ctx context.Context, url string, q L1Query) (L1State, error) {
	var state L1State
	r, err := p.reader(ctx, url)
	if err != nil {
		return state, err
	}
	defer r.client.Close()
	state.Head, err = r.block(ctx, "latest")
	if err != nil {
		return L1State{}, err
	}
	questions := r.stateQuestions(ctx, &q, &state)
	asks, errs := make([]func(), len(questions)), make([]error, len(questions))
	for i, question := range questions {
		asks[i] = func() { errs[i] = question() }
	}
	inLanes(asks)
	return state, first(errs)
}

// stateQuestions each fill a part of the state that is theirs alone. What takes the most requests
// comes first.
func (r *reader) stateQuestions(ctx context.Context, q *L1Query, state *L1State) []func() error {
	var questions []func() error
	when := func(asked bool, some ...func() error) {
		if asked {
			questions = append(questions, some...)
		}
	}
	when(q.Factory != "",
		func() error { return state.tell(r.lastGame(ctx, q)) })
	when(q.Oracle != "",
		func() error { return state.tell(r.lastOutput(ctx, q.Oracle)) },
		func() (err error) { state.SubmissionInterval, err = r.submissionInterval(ctx, q.Oracle); return })
	when(q.Batcher != "",
		func() (err error) { state.BatcherBalance, err = r.wei(ctx, q.Batcher); return },
		func() (err error) { state.BatcherNonce, err = r.nonce(ctx, q.Batcher); return })
	when(q.Proposer != "",
		func() (err error) { state.ProposerBalance, err = r.wei(ctx, q.Proposer); return })
	when(q.SafeSince != nil,
		func() (err error) { state.SafeSince, err = r.timeOf(ctx, *q.SafeSince); return })
	return questions
}

// tell takes over what was said of the newest proposal.
func (s *L1State) tell(last *time.Time, err error) error {
	s.LastProposal, s.ProposalsTold = last, err == nil
	return err
}

// block asks for a block of L1, by number or name, without its transactions.
func (r *reader) block(ctx context.Context, which string) (L1Block, error) {
	var found *header
	if err := r.ask(ctx, &found, "eth_getBlockByNumber", which, false); err != nil {
		return L1Block{}, err
	}
	block, err := found.block()
	if err != nil {
		return L1Block{}, fmt.Errorf("read block %s: %w", which, err)
	}
	return block, nil
}

// header is what is read of a block.
type header struct {
	Number *hexutil.Uint64 `json:"number"`
	Time   *hexutil.Uint64 `json:"timestamp"`
}

func (h *header) block() (L1Block, error) {
	switch {
	case h == nil:
		return L1Block{}, errors.New("the node does not have it")
	case h.Number == nil || h.Time == nil:
		return L1Block{}, errors.New("it has no number, or no timestamp")
	}
	number, err := height(uint64(*h.Number))
	if err != nil {
		return L1Block{}, err
	}
	at, err := unixTime(uint64(*h.Time))
	return L1Block{Number: number, Time: at}, err
}

// timeOf is the time of the block of a number.
func (r *reader) timeOf(ctx context.Context, number int64) (*time.Time, error) {
	block, err := r.block(ctx, hexutil.Uint64(number).String()) //nolint:gosec // heights are not negative
	if err != nil {
		return nil, err
	}
	if block.Number != number {
		return nil, fmt.Errorf("read block %d: the node gave block %d", number, block.Number)
	}
	return &block.Time, nil
}

func (r *reader) wei(ctx context.Context, account string) (*big.Int, error) {
	var wei hexutil.Big
	if err := r.ask(ctx, &wei, "eth_getBalance", common.HexToAddress(account), "latest"); err != nil {
		return nil, err
	}
	return wei.ToInt(), nil
}

func (r *reader) nonce(ctx context.Context, account string) (*uint64, error) {
	var nonce hexutil.Uint64
	if err := r.ask(ctx, &nonce, "eth_getTransactionCount", common.HexToAddress(account), "latest"); err != nil {
		return nil, err
	}
	return new(uint64(nonce)), nil
}

// submissionInterval asks by the older name first: every oracle that was ever released knows it,
// and only since 1.8 are there two.
func (r *reader) submissionInterval(ctx context.Context, oracle string) (*int64, error) {
	interval, err := ofContract[*big.Int](ctx, r, oracle, "SUBMISSION_INTERVAL")
	if isRefusal(err) {
		interval, err = ofContract[*big.Int](ctx, r, oracle, "submissionInterval")
	}
	if err != nil {
		return nil, err
	}
	if !interval.IsInt64() || interval.Sign() == 0 {
		return nil, errors.New("read the submission interval: out of range")
	}
	return new(interval.Int64()), nil
}

// lastOutput is the time of the newest output in an oracle; nil where there is none.
func (r *reader) lastOutput(ctx context.Context, oracle string) (*time.Time, error) {
	count, err := ofContract[*big.Int](ctx, r, oracle, "nextOutputIndex")
	if err != nil || count.Sign() == 0 {
		return nil, err
	}
	newest, err := ofContract[output](ctx, r, oracle, "getL2Output", new(big.Int).Sub(count, common.Big1))
	if err != nil {
		return nil, err
	}
	return blockTime(newest.Timestamp)
}

// ofContract calls a contract's method and says whose it was where there is no answer.
func ofContract[T any](ctx context.Context, r *reader, contract, method string, args ...any) (T, error) {
	value, err := invoke[T](ctx, r, common.HexToAddress(contract), method, args...)
	if err != nil {
		return value, fmt.Errorf("ask %s for %s: %w", contract, method, err)
	}
	return value, nil
}
