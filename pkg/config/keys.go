package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

var errNotHex = errors.New("not hexadecimal")

// parseHex32 reads 32 bytes in hexadecimal, with or without 0x and with white space around
// it, which files and kubectl leave there. Its errors never show the content.
func parseHex32(data []byte) (string, error) {
	text := strings.ToLower(strings.TrimSpace(string(data)))
	text = strings.TrimPrefix(text, "0x")
	if _, err := hex.DecodeString(text); err != nil && !errors.Is(err, hex.ErrLength) {
		return "", errNotHex
	}
	if len(text) != 64 {
		return "", fmt.Errorf("%d hexadecimal digits instead of 64", len(text))
	}
	return text, nil
}

// parseJWT reads the engine API's token (32 bytes, engine API specification).
func parseJWT(data []byte) (string, error) {
	return parseHex32(data)
}

// parsePrivateKey reads a secp256k1 private key and derives its account. The key
// comes back normalised, because op-batcher and op-proposer exit on white space around it.
func parsePrivateKey(data []byte) (private string, account common.Address, err error) {
	private, err = parseHex32(data)
	if err != nil {
		return "", common.Address{}, err
	}
	key, err := crypto.HexToECDSA(private)
	if err != nil {
		return "", common.Address{}, errors.New("outside the range of secp256k1 keys")
	}
	return private, crypto.PubkeyToAddress(key.PublicKey), nil
}
