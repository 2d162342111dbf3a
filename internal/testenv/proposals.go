package testenv

import (
	"encoding/hex"
	"math"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// proposals answers a call of a method of the contracts that hold proposals.
func (n *Nodes) proposals(to common.Address, selected [4]byte, args []byte) any {
	switch selected {
	case selector("gameCount()"), selector("nextOutputIndex()"):
		return "0x" + word(int64(len(n.games())))
	case selector("findLatestGames(uint32,uint256,uint256)"):
		return n.latestGames(args)
	case selector("gameCreator()"):
		game, ok := n.game(new(big.Int).Sub(to.Big(), firstGame.Big()))
		if !ok {
			return reverted
		}
		return account(game.Creator)
	case selector("getL2Output(uint256)"):
		output, ok := n.game(new(big.Int).SetBytes(args))
		if !ok {
			return reverted
		}
		return "0x" + word(1) + word(output.At.Unix()) + word(90)
	case selector("submissionInterval()"), selector("SUBMISSION_INTERVAL()"):
		return "0x" + word(n.L1.SubmissionInterval)
	}
	return reverted
}

// firstGame is the address of the first game. The others follow it.
var firstGame = common.HexToAddress("0x2000000000000000000000000000000000000000")

func (n *Nodes) games() []Game {
	if n.L1.Games == nil && !n.LastGame.IsZero() {
		return []Game{{At: n.LastGame, Creator: Account(ProposerKey)}}
	}
	return n.L1.Games
}

// game is the one of an index.
func (n *Nodes) game(index *big.Int) (Game, bool) {
	games := n.games()
	if !index.IsInt64() || index.Sign() < 0 || index.Int64() >= int64(len(games)) {
		return Game{}, false
	}
	return games[index.Int64()], true
}

// latestGames are, as findLatestGames(gameType, start, n) gives them, the n newest games from an
// index on downwards, with empty extraData.
func (n *Nodes) latestGames(args []byte) any {
	if len(args) != 3*32 {
		return reverted
	}
	kind, start, count := args[28:32], new(big.Int).SetBytes(args[32:64]), new(big.Int).SetBytes(args[64:])
	games := n.games()
	if start.Cmp(big.NewInt(int64(len(games)))) >= 0 {
		return "0x" + word(0x20) + word(0)
	}
	found := min(int(start.Int64())+1, int(min(count.Uint64(), math.MaxInt32)))
	var offsets, tuples strings.Builder
	for i := range found {
		index := start.Int64() - int64(i)
		at := word(games[index].At.Unix())
		proxy := common.BigToAddress(new(big.Int).Add(firstGame.Big(), big.NewInt(index)))
		offsets.WriteString(word(int64(found*32 + i*6*32)))
		tuples.WriteString(word(index) + hex.EncodeToString(kind) + at[48:] + hex.EncodeToString(proxy[:]) + at + word(7) + word(0xa0) + word(0))
	}
	return "0x" + word(0x20) + word(int64(found)) + offsets.String() + tuples.String()
}
