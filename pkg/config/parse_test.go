package config

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
)

func FuzzParsePrivateKey(f *testing.F) {
	for _, seed := range []string{
		batcherKey, "0x" + batcherKey + "\n", "", "0x", "0x0x" + batcherKey, strings.ToUpper(batcherKey),
		strings.Repeat("0", 64), strings.Repeat("f", 64), batcherKey[:63], batcherKey + "0", "\xff" + batcherKey, "hunter2",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		private, address, err := parsePrivateKey(data)
		if err != nil {
			if private != "" || address != "" {
				t.Errorf("a key and the error %v", err)
			}
			if content := strings.TrimSpace(string(data)); len(content) > 8 && strings.Contains(err.Error(), content) {
				t.Errorf("error %q tells the content", err)
			}
			return
		}
		key, err := crypto.HexToECDSA(private)
		if err != nil {
			t.Fatalf("gave %q, which is no key: %v", private, err)
		}
		if private != hex.EncodeToString(crypto.FromECDSA(key)) {
			t.Errorf("gave %q, which is not normal", private)
		}
		if !strings.EqualFold(address, crypto.PubkeyToAddress(key.PublicKey).Hex()) {
			t.Errorf("gave address %s", address)
		}
		if again, _, err := parsePrivateKey([]byte("0x" + private)); err != nil || again != private {
			t.Errorf("read its own output as %q, %v", again, err)
		}
	})
}

func FuzzParseJWT(f *testing.F) {
	for _, seed := range []string{userJWT, "0x" + userJWT, " " + userJWT + "\r\n", "abc", "0xzz", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := parseJWT(data)
		if err != nil {
			return
		}
		raw, err := hex.DecodeString(token)
		if err != nil || len(raw) != 32 || token != strings.ToLower(token) {
			t.Errorf("gave %q, %v", token, err)
		}
		if !strings.Contains(strings.ToLower(string(data)), token) {
			t.Errorf("gave %q for %q", token, data)
		}
	})
}

func FuzzParseRollup(f *testing.F) {
	for _, seed := range []string{
		rollupJSON(nil), rollupJSON(map[string]any{"genesis": nil}), `{}`, `null`, `[]`, `{"genesis": {"l2_time": -1}}`,
		`{"genesis": null, "block_time": 1e3}`, rollupJSON(nil) + "x", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rollup, err := parseRollup(data)
		if err != nil {
			if strings.Contains(err.Error(), "struct") || strings.Contains(err.Error(), "int64") {
				t.Errorf("error %q speaks of Go", err)
			}
			return
		}
		if rollup.Genesis == nil || rollup.L1ChainID == 0 || rollup.L2ChainID == 0 || !json.Valid(data) {
			t.Errorf("accepted %q", data)
		}
		if text := quoted(rollup.DepositAddress); len(text) > 64 {
			t.Errorf("would quote %d bytes", len(text))
		}
	})
}
