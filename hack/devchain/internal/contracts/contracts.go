// Package contracts holds the creation code of the OP Stack's L1 contracts and
// encodes calls to them.
//
// The code is taken unchanged from a published build (see bytecode/SOURCE.md),
// so that a development chain runs the real contracts and needs no compiler.
package contracts

import (
	"embed"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Names of the contracts, as in the published build.
const (
	Proxy                   = "Proxy"
	ProxyAdmin              = "ProxyAdmin"
	SuperchainConfig        = "SuperchainConfig"
	SystemConfig            = "SystemConfig"
	OptimismPortal          = "OptimismPortal"
	OptimismPortal2         = "OptimismPortal2"
	L2OutputOracle          = "L2OutputOracle"
	DisputeGameFactory      = "DisputeGameFactory"
	PermissionedDisputeGame = "PermissionedDisputeGame"
	AnchorStateRegistry     = "AnchorStateRegistry"
	DelayedWETH             = "DelayedWETH"
	PreimageOracle          = "PreimageOracle"
	MIPS                    = "MIPS"
)

// Names lists every contract this package has code for.
func Names() []string {
	return []string{
		Proxy, ProxyAdmin, SuperchainConfig, SystemConfig, OptimismPortal, OptimismPortal2, L2OutputOracle,
		DisputeGameFactory, PermissionedDisputeGame, AnchorStateRegistry, DelayedWETH, PreimageOracle, MIPS,
	}
}

//go:embed bytecode/*.hex
var bytecode embed.FS

// CreationCode is what a transaction that creates the contract carries: its
// code with the constructor's arguments behind it.
func CreationCode(name string, args ...Word) ([]byte, error) {
	text, err := bytecode.ReadFile("bytecode/" + name + ".hex")
	if err != nil {
		return nil, fmt.Errorf("find bytecode: %w", err)
	}
	code, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("decode bytecode of %s: %w", name, err)
	}
	return append(code, join(args)...), nil
}

// Word is one 32-byte argument. Every call made here has arguments of fixed
// size, or arrays and bytes whose offsets the caller writes out, so that a list
// of words is all the ABI there is.
type Word = common.Hash

// Call encodes a call of the function with the given signature, for example
// "transfer(address,uint256)".
func Call(signature string, args ...Word) []byte {
	return append(crypto.Keccak256([]byte(signature))[:4], join(args)...)
}

// CallWithBytes is Call for a function whose last argument is of type bytes.
func CallWithBytes(signature string, data []byte, args ...Word) []byte {
	head := append(args, Uint(uint64(len(args)+1)*32), Uint(uint64(len(data))))
	padded := make([]byte, (len(data)+31)/32*32)
	copy(padded, data)
	return append(Call(signature, head...), padded...)
}

// Address encodes an address argument.
func Address(a common.Address) Word { return common.BytesToHash(a[:]) }

// Uint encodes an unsigned integer argument of any size.
func Uint(n uint64) Word { return Big(new(big.Int).SetUint64(n)) }

// Big encodes an unsigned integer beyond 64 bits.
func Big(n *big.Int) Word { return common.BigToHash(n) }

// Bool encodes a boolean argument.
func Bool(b bool) Word {
	if b {
		return Uint(1)
	}
	return Word{}
}

func join(words []Word) []byte {
	out := make([]byte, 0, len(words)*32)
	for _, w := range words {
		out = append(out, w[:]...)
	}
	return out
}
