// Package artifacts is the folder that a deployed chain leaves behind: what a
// user of the operator puts into Secrets, and what tests need beside it.
package artifacts

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// File names inside the folder.
const (
	Genesis       = "genesis.json"
	GenesisGzip   = "genesis.json.gz"
	RollupConfig  = "rollup.json"
	L1ChainConfig = "l1-chain-config.json"
	AddressBook   = "addresses.json"
	JWT           = "jwt"
	BatcherKey    = "batcher.key"
	ProposerKey   = "proposer.key"
	SequencerKey  = "sequencer.key"
	UserKey       = "user.key"
	DeployerKey   = "deployer.key"
)

// Addresses is addresses.json. Addresses are written with their checksum; one
// of disputeGameFactory and l2OutputOracle is there, as mode says.
type Addresses struct {
	Mode               string `json:"mode"`
	L1ChainID          uint64 `json:"l1ChainId"`
	L2ChainID          uint64 `json:"l2ChainId"`
	OptimismPortal     string `json:"optimismPortal"`
	SystemConfig       string `json:"systemConfig"`
	DisputeGameFactory string `json:"disputeGameFactory,omitempty"`
	L2OutputOracle     string `json:"l2OutputOracle,omitempty"`
	Batcher            string `json:"batcher"`
	Proposer           string `json:"proposer"`
	Sequencer          string `json:"sequencer"`
	User               string `json:"user"`
	BatchInbox         string `json:"batchInbox"`
}

// LoadAddresses reads addresses.json from a folder.
func LoadAddresses(dir string) (*Addresses, error) {
	data, err := os.ReadFile(filepath.Join(dir, AddressBook))
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	var book Addresses
	if err := json.Unmarshal(data, &book); err != nil {
		return nil, fmt.Errorf("parse addresses: %w", err)
	}
	return &book, nil
}

// Folder collects files in memory and writes them together.
type Folder map[string][]byte

// AddJSON adds a file as one line of JSON, or indented where people read it.
func (f Folder) AddJSON(name string, value any, indent bool) error {
	data, err := json.Marshal(value)
	if indent && err == nil {
		data, err = json.MarshalIndent(value, "", "  ")
	}
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	f[name] = append(data, '\n')
	return nil
}

// AddGzip adds a compressed copy of a file. The same content always gives the
// same bytes, as with gzip -9n: neither name nor time is in it.
func (f Folder) AddGzip(name, of string) error {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress %s: %w", of, err)
	}
	if _, err := w.Write(f[of]); err != nil {
		return fmt.Errorf("compress %s: %w", of, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress %s: %w", of, err)
	}
	f[name] = out.Bytes()
	return nil
}

// AddJWT adds the secret that op-node and op-geth share.
func (f Folder) AddJWT(secret common.Hash) {
	f[JWT] = []byte(hex.EncodeToString(secret[:]) + "\n")
}

// CheckFree fails when the folder holds a chain already: its keys would be lost.
func CheckFree(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, AddressBook)); err == nil {
		return fmt.Errorf("choose another folder: %s holds a chain already", dir)
	}
	return nil
}

// Write puts all files into dir, readable by their owner only: keys are among
// them. The address book comes last, so that a folder that has one is whole.
func (f Folder) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	names := slices.Sorted(maps.Keys(f))
	if last := slices.Index(names, AddressBook); last >= 0 {
		names = append(slices.Delete(names, last, last+1), AddressBook)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), f[name], 0o600); err != nil {
			return fmt.Errorf("write artifact: %w", err)
		}
	}
	return nil
}
