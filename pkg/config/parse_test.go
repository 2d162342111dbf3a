package config

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
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
		private, account, err := parsePrivateKey(data)
		if err != nil {
			if private != "" || account != (common.Address{}) {
				t.Errorf("a key and the error %v", err)
			}
			tellsNothing(t, err, data)
			return
		}
		key, err := crypto.HexToECDSA(private)
		if err != nil {
			t.Fatalf("gave %q, which is no key: %v", private, err)
		}
		if private != hex.EncodeToString(crypto.FromECDSA(key)) {
			t.Errorf("gave %q, which is not normal", private)
		}
		if account != crypto.PubkeyToAddress(key.PublicKey) {
			t.Errorf("gave account %s", account)
		}
		if again, _, err := parsePrivateKey([]byte("0x" + private)); err != nil || again != private {
			t.Errorf("read its own output as %q, %v", again, err)
		}
	})
}

// says are all errors that the parsers of keys have: nothing in them is of the content but how
// long it is.
var says = regexp.MustCompile(`^(not hexadecimal|outside the range of secp256k1 keys|[0-9]{1,9} hexadecimal digits instead of 64)$`)

func tellsNothing(t *testing.T, err error, content []byte) {
	t.Helper()
	var digits int
	if _, scanErr := fmt.Sscanf(err.Error(), "%d hexadecimal", &digits); !says.MatchString(err.Error()) || scanErr == nil && digits > len(content) {
		t.Errorf("error %q may tell the content", err)
	}
}

func FuzzParseJWT(f *testing.F) {
	for _, seed := range []string{userJWT, "0x" + userJWT, " " + userJWT + "\r\n", "abc", "0xzz", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := parseJWT(data)
		if err != nil {
			tellsNothing(t, err, data)
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
