package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core"
)

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	taken := t.TempDir()
	if err := os.WriteFile(filepath.Join(taken, "addresses.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		args    string
		wantErr string
	}{
		"no command":             {"", "choose a command"},
		"unknown command":        {"fly", `there is no "fly"`},
		"unknown set":            {"images --set newest", `"newest"`},
		"no folder":              {"l1-genesis", "set --out"},
		"no L1":                  {"deploy --out x", "set --l1-rpc"},
		"folder taken":           {"deploy --l1-rpc http://127.0.0.1:1 --out " + taken, "holds a chain already"},
		"value is no number":     {"tx --rpc http://127.0.0.1:1 --key x --value much", "--value"},
		"receiver is no address": {"tx --rpc http://127.0.0.1:1 --key x --to me", "--to"},
		"no artifacts":           {"proposals --l1-rpc http://127.0.0.1:1 --dir /nonexistent", "read addresses"},
		"no package":             {"extract-bytecode", "set --package"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), strings.Fields(c.args))
			if err == nil || !strings.Contains(err.Error(), c.wantErr) {
				t.Errorf("run(%q) = %v, want %q", c.args, err, c.wantErr)
			}
		})
	}
}

func TestL1Genesis(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run(t.Context(), []string{"l1-genesis", "--out", dir}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "l1-genesis.json"))
	if err != nil {
		t.Fatal(err)
	}
	var genesis core.Genesis
	if err := json.Unmarshal(data, &genesis); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "l1-chain-config.json")); err != nil {
		t.Error(err)
	}
}
