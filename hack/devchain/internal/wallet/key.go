// Package wallet keeps the keys of a development chain and sends transactions
// with them.
package wallet

import (
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// FaucetKey is the key of geth's well-known developer account, which the
// development L1 funds. Everybody knows it: never use it on a public network.
const FaucetKey = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291"

// Key is a private key of an account.
type Key struct{ private *ecdsa.PrivateKey }

// NewKey makes a random key.
func NewKey() (Key, error) {
	private, err := crypto.GenerateKey()
	if err != nil {
		return Key{}, fmt.Errorf("generate key: %w", err)
	}
	return Key{private}, nil
}

// ParseKey reads 64 hexadecimal digits, with or without 0x and white space
// around them. Its errors never show what it was given.
func ParseKey(text string) (Key, error) {
	digits := strings.TrimPrefix(strings.TrimSpace(text), "0x")
	private, err := crypto.HexToECDSA(digits)
	if err != nil {
		return Key{}, fmt.Errorf("parse key: want 64 hexadecimal digits that are a valid private key")
	}
	return Key{private}, nil
}

// LoadKey reads a key from a file.
func LoadKey(path string) (Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("read key: %w", err)
	}
	return ParseKey(string(text))
}

// Address is the account that the key controls.
func (k Key) Address() common.Address { return crypto.PubkeyToAddress(k.private.PublicKey) }

// Hex is the key as 64 hexadecimal digits without 0x.
func (k Key) Hex() string { return hex.EncodeToString(crypto.FromECDSA(k.private)) }
