package testenv

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// L1 is what the fake L1 says when it is asked what a chain needs of it. By default it is as
// the chain that Chain builds needs it.
type L1 struct {
	// Down makes it answer nothing but that it is not available.
	Down bool
	// NoBlocks makes it have no block but the newest, as a node that dropped the old ones.
	NoBlocks bool

	ChainID uint64
	// Origin is the hash of every block.
	Origin common.Hash
	// NoCode are addresses without a contract. All others have one.
	NoCode map[common.Address]bool

	// Batcher and UnsafeBlockSigner are what SystemConfig names.
	Batcher, UnsafeBlockSigner common.Address
	// PortalSystemConfig is the SystemConfig that the portal obeys.
	PortalSystemConfig common.Address
	// GameType is the type that the portal respects, and GameImpl the implementation that the
	// factory has of any type.
	GameType uint32
	GameImpl common.Address
	// Proposer may propose.
	Proposer common.Address
	// Balance is what every account has, in wei, but for those in Balances.
	Balance  *big.Int
	Balances map[common.Address]*big.Int
	// Nonce is how many transactions every account has sent.
	Nonce uint64

	// Stopped is the timestamp of the newest block of an L1 that has stopped. While it is zero
	// there is always one of just now. Blocks have numbers by their times: see L1Number.
	Stopped time.Time
	// Games are the games in the factory, of whatever type is asked for, the oldest first. Where
	// it is nil there is the one of LastGame, which the proposer created.
	Games []Game
	// SubmissionInterval is the oracle's, in L2 blocks.
	SubmissionInterval int64
}

// Game is a dispute game.
type Game struct {
	At      time.Time
	Creator common.Address
}

// l1BlockTime is the time between two blocks of the fake L1, in seconds, and l1Start that of its
// block 0.
const (
	l1BlockTime = 12
	l1Start     = 1_600_000_000
)

// L1Number is the number of the newest block that the fake L1 has at a time.
func L1Number(at time.Time) int64 { return max(0, at.Unix()-l1Start) / l1BlockTime }

// L1Time is the timestamp of a block of the fake L1.
func L1Time(number int64) time.Time { return time.Unix(l1Start+l1BlockTime*number, 0) }

func goodL1() L1 {
	return L1{
		ChainID:            L1ChainID,
		Origin:             common.HexToHash("0x1c202e5769bb123f3e990b66ede32121595cc38229dea1165ee321c613ec06ce"),
		Batcher:            Account(BatcherKey),
		Proposer:           Account(ProposerKey),
		PortalSystemConfig: common.HexToAddress(SystemConfig),
		GameType:           1,
		GameImpl:           common.HexToAddress("0x1000000000000000000000000000000000000005"),
		Balance:            big.NewInt(params.Ether),
		Nonce:              1000,
		SubmissionInterval: 120,
	}
}

// l1 answers as L1 does.
func (n *Nodes) l1(asked *call) any {
	l1 := &n.L1
	switch asked.Method {
	case "eth_chainId":
		return hexutil.Uint64(l1.ChainID)
	case "eth_getBlockByNumber":
		return n.l1Block(asked.first())
	case "eth_getCode":
		if l1.NoCode[addressIn(asked.first())] {
			return "0x"
		}
		return "0x00"
	case "eth_getBalance":
		if balance, ok := l1.Balances[addressIn(asked.first())]; ok {
			return (*hexutil.Big)(balance)
		}
		return (*hexutil.Big)(l1.Balance)
	case "eth_getTransactionCount":
		return hexutil.Uint64(l1.Nonce)
	case "eth_call":
		var contract struct {
			To    common.Address `json:"to"`
			Data  hexutil.Bytes  `json:"data"`
			Input hexutil.Bytes  `json:"input"`
		}
		_ = json.Unmarshal(asked.first(), &contract) // no data selects no method
		return n.contract(contract.To, append(contract.Data, contract.Input...))
	}
	return nil
}

// l1Block is the block of L1 of a number, or the newest. It is null where there is none.
func (n *Nodes) l1Block(param json.RawMessage) any {
	newest := L1Number(n.stoppedOrNow(n.L1.Stopped))
	number := newest
	var asked hexutil.Uint64
	if json.Unmarshal(param, &asked) == nil {
		number = int64(asked) //nolint:gosec // a test's block number
	}
	if number != newest && n.L1.NoBlocks {
		return nil
	}
	return map[string]any{
		"number": hexutil.Uint64(number), "hash": n.L1.Origin, //nolint:gosec // a test's block number
		"timestamp": hexutil.Uint64(L1Time(number).Unix()), //nolint:gosec // after 1970
	}
}

func addressIn(param json.RawMessage) common.Address {
	var address common.Address
	_ = json.Unmarshal(param, &address) // what is no address is nobody's
	return address
}

// contract answers a call of a method of the OP Stack's contracts.
func (n *Nodes) contract(to common.Address, input []byte) any {
	if len(input) < 4 {
		return reverted
	}
	selected, args := [4]byte(input), input[4:]
	switch selected {
	case selector("batcherHash()"):
		return account(n.L1.Batcher)
	case selector("unsafeBlockSigner()"):
		return account(n.L1.UnsafeBlockSigner)
	case selector("systemConfig()"):
		return account(n.L1.PortalSystemConfig)
	case selector("respectedGameType()"):
		return "0x" + word(int64(n.L1.GameType))
	case selector("gameImpls(uint32)"):
		return account(n.L1.GameImpl)
	case selector("proposer()"), selector("PROPOSER()"):
		return account(n.L1.Proposer)
	}
	return n.proposals(to, selected, args)
}

// account is an address in 32 bytes.
func account(a common.Address) any { return hexutil.Bytes(common.LeftPadBytes(a[:], 32)) }

// word is a number in 32 bytes.
func word(v int64) string { return fmt.Sprintf("%064x", big.NewInt(v)) }

// reverted is what a contract answers that does not know a method.
var reverted = refusal{Code: 3, Message: "execution reverted"}

// selector is how a call names a method.
func selector(signature string) [4]byte { return [4]byte(crypto.Keccak256([]byte(signature))) }
