package wallet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const faucet = "0x71562b71999873DB5b286dF957af199Ec94617F7"

func TestParseKey(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ in, wantErr string }{
		"plain":                      {in: FaucetKey},
		"0x prefix and newline":      {in: "0x" + FaucetKey + "\n"},
		"empty":                      {in: "", wantErr: "64 hexadecimal digits"},
		"zero is no key":             {in: strings.Repeat("0", 64), wantErr: "64 hexadecimal digits"},
		"not hex, and not shown":     {in: "hunter2", wantErr: "64 hexadecimal digits"},
		"one digit short":            {in: FaucetKey[1:], wantErr: "64 hexadecimal digits"},
		"white space within the key": {in: FaucetKey[:32] + " " + FaucetKey[32:], wantErr: "64 hexadecimal digits"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := ParseKey(c.in)
			switch {
			case c.wantErr == "" && err != nil:
				t.Fatal(err)
			case c.wantErr == "":
				if key.Address().Hex() != faucet || key.Hex() != FaucetKey {
					t.Errorf("address %s, want %s", key.Address(), faucet)
				}
			case err == nil || !strings.Contains(err.Error(), c.wantErr) || strings.Contains(err.Error(), "hunter2"):
				t.Errorf("ParseKey() = %v, want %q", err, c.wantErr)
			}
		})
	}
}

func TestLoadKey(t *testing.T) {
	t.Parallel()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.key")
	if _, err := LoadKey(path); err == nil {
		t.Error("a missing file gave a key")
	}
	if err := os.WriteFile(path, []byte(key.Hex()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := LoadKey(path)
	if err != nil || read.Address() != key.Address() {
		t.Errorf("LoadKey() = %s, %v, want %s", read.Address(), err, key.Address())
	}
}
