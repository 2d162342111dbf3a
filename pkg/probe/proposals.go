package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// maxGames bounds how many games are looked at for one that the proposer created.
const maxGames = 32

// errOtherGames is the error of a factory that gives something else than was asked for.
var errOtherGames = errors.New("read games: the factory gave others than it was asked for")

// indexedGame is a game as the factory lists it.
type indexedGame struct {
	GameType  uint32
	Timestamp uint64
	Proxy     common.Address
}

// indexed reads the metadata that the factory gives of a game it found. It is packed: type 4
// bytes, timestamp 8, proxy 20 (LibGameId in op-contracts).
func (g *game) indexed() indexedGame {
	return indexedGame{
		GameType:  binary.BigEndian.Uint32(g.Metadata[:4]),
		Timestamp: binary.BigEndian.Uint64(g.Metadata[4:12]),
		Proxy:     common.Address(g.Metadata[12:]),
	}
}

// lastGame is the time of the newest game of the type that the proposer created; nil where none
// of the newest is. Where the proposer is not known the newest game counts. The factory searches
// for the newest first, and only where that is someone else's for the ones before.
func (r *reader) lastGame(ctx context.Context, q *L1Query) (*time.Time, error) {
	count, err := ofContract[*big.Int](ctx, r, q.Factory, "gameCount")
	if err != nil || count.Sign() == 0 {
		return nil, err
	}
	start := new(big.Int).Sub(count, common.Big1)
	left := maxGames
	for _, most := range []int{1, maxGames - 1} {
		games, err := ofContract[[]game](ctx, r, q.Factory, "findLatestGames", q.GameType, start, big.NewInt(int64(most)))
		if isRefusal(err) { // it has no search, or would have to search too far
			return r.walkGames(ctx, q, start, left)
		}
		if err == nil {
			err = foundGames(games, q.GameType, start, most)
		}
		if err != nil {
			return nil, err
		}
		last, err := r.firstOwn(ctx, q, games)
		if last != nil || err != nil || len(games) < most || games[most-1].Index.Sign() == 0 {
			return last, err
		}
		start, left = new(big.Int).Sub(games[most-1].Index, common.Big1), left-most
	}
	return nil, nil //nolint:nilnil // nil is the answer: none of the newest is the proposer's
}

// foundGames checks that games are what was searched for: at most so many of a type, from an
// index on downwards.
func foundGames(games []game, gameType uint32, start *big.Int, most int) error {
	below := new(big.Int).Add(start, common.Big1)
	for i := range games {
		if games[i].Index.Cmp(below) >= 0 || games[i].indexed().GameType != gameType {
			return errOtherGames
		}
		below = games[i].Index
	}
	if len(games) > most {
		return errOtherGames
	}
	return nil
}

// firstOwn is the time of the first of some games that the proposer created; nil where none is.
func (r *reader) firstOwn(ctx context.Context, q *L1Query, games []game) (*time.Time, error) {
	for i := range games {
		if last, err := r.own(ctx, q, games[i].indexed()); last != nil || err != nil {
			return last, err
		}
	}
	return nil, nil //nolint:nilnil // nil is the answer: none is
}

// own is the time of a game if the proposer created it; nil if someone else did.
func (r *reader) own(ctx context.Context, q *L1Query, g indexedGame) (*time.Time, error) {
	if q.Proposer != "" {
		creator, err := ofContract[common.Address](ctx, r, g.Proxy.Hex(), "gameCreator")
		if err != nil || creator != common.HexToAddress(q.Proposer) {
			return nil, err
		}
	}
	return blockTime(new(big.Int).SetUint64(g.Timestamp))
}

// walkGames looks at so many games themselves, of whatever type, from an index on downwards.
func (r *reader) walkGames(ctx context.Context, q *L1Query, index *big.Int, most int) (*time.Time, error) {
	for range most {
		if index.Sign() < 0 {
			break
		}
		g, err := ofContract[indexedGame](ctx, r, q.Factory, "gameAtIndex", index)
		if err != nil {
			return nil, err
		}
		if g.GameType == q.GameType {
			if last, err := r.own(ctx, q, g); last != nil || err != nil {
				return last, err
			}
		}
		index = new(big.Int).Sub(index, common.Big1)
	}
	return nil, nil //nolint:nilnil // nil is the answer: none of the newest is the proposer's
}
