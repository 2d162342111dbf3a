package testenv

import (
	"encoding/json"
	"fmt"
	"math/big"

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
	// Balance is what every account has, in wei.
	Balance *big.Int
}

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
	}
}

// l1 answers as L1 does.
func (n *Nodes) l1(asked *call) any {
	l1 := &n.L1
	switch asked.Method {
	case "eth_chainId":
		return hexutil.Uint64(l1.ChainID)
	case "eth_getBlockByNumber":
		if l1.NoBlocks {
			return nil
		}
		return map[string]any{"number": asked.Params[0], "hash": l1.Origin}
	case "eth_getCode":
		if l1.NoCode[addressIn(asked.Params[0])] {
			return "0x"
		}
		return "0x00"
	case "eth_getBalance":
		return (*hexutil.Big)(l1.Balance)
	case "eth_call":
		var contract struct {
			Data  hexutil.Bytes `json:"data"`
			Input hexutil.Bytes `json:"input"`
		}
		_ = json.Unmarshal(asked.Params[0], &contract) // no data selects no method
		return n.contract(append(contract.Data, contract.Input...))
	}
	return nil
}

func addressIn(param json.RawMessage) common.Address {
	var address common.Address
	_ = json.Unmarshal(param, &address) // what is no address is nobody's
	return address
}

// contract answers a call of a method of the OP Stack's contracts.
func (n *Nodes) contract(input []byte) any {
	word := func(v int64) string { return fmt.Sprintf("%064x", big.NewInt(v)) }
	account := func(a common.Address) any { return hexutil.Bytes(common.LeftPadBytes(a[:], 32)) }
	if len(input) < 4 {
		return reverted{}
	}
	switch selected := [4]byte(input); selected {
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
	case selector("gameCount()"), selector("nextOutputIndex()"):
		return "0x" + word(1)
	case selector("getL2Output(uint256)"):
		return "0x" + word(1) + word(n.LastGame.Unix()) + word(90)
	case selector("findLatestGames(uint32,uint256,uint256)"): // one game with empty extraData
		return "0x" + word(0x20) + word(1) + word(0x20) + word(0) + word(0) + word(n.LastGame.Unix()) + word(7) + word(0xa0) + word(0)
	}
	return reverted{}
}

// reverted is what a contract answers that does not know a method.
type reverted struct{}

// selector is how a call names a method.
func selector(signature string) [4]byte { return [4]byte(crypto.Keccak256([]byte(signature))) }
