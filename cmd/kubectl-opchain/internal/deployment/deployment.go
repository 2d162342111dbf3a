// Package deployment reads what a deployment of a chain's L1 contracts left behind: the files of
// op-deployer, and keys beside them.
package deployment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
)

// Deployment is a chain as it was deployed.
type Deployment struct {
	L1ChainID, L2ChainID int64
	// Contracts are the addresses that the files tell.
	Contracts v1alpha1.ContractAddresses
	// Files are the configs and the keys.
	Files input.Files
}

// usual are the names that files have in a deployment's folder, the likeliest first.
var usual = map[input.Kind][]string{
	input.Genesis:       {"genesis.json", "genesis.json.gz"},
	input.Rollup:        {"rollup.json"},
	input.JWT:           {"jwt", "jwt.txt", "jwt.hex"},
	input.BatcherKey:    {"batcher.key"},
	input.ProposerKey:   {"proposer.key"},
	input.SequencerKey:  {"sequencer.key"},
	input.L1ChainConfig: {"l1-chain-config.json"},
}

// Where op-deployer keeps its state: in its work folder, which .deployer is by default, and
// where the addresses are that its command "inspect l1" writes.
var (
	states    = []string{"state.json", ".deployer/state.json"}
	addresses = []string{"addresses.json", "l1.json"}
)

// Sources say what is read of a deployment.
type Sources struct {
	// Paths are files that go before those of the folder.
	Paths map[input.Kind]string
	// State is the path of op-deployer's state; empty looks for it in the folder.
	State string
	// WithoutKeys leaves the keys in the folder alone, and WithoutGenesis the genesis.
	WithoutKeys, WithoutGenesis bool
}

// Read reads the deployment in a folder.
func Read(dir string, from *Sources) (*Deployment, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("read deployment: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("read deployment: %s is no folder", dir)
	}
	d := &Deployment{Files: input.Files{}}
	if err := d.open(dir, from); err != nil {
		return nil, err
	}
	if d.Files[input.Rollup] == nil {
		return nil, missing(dir, "rollup.json", "rollup")
	}
	if d.Files[input.Genesis] == nil && !from.WithoutGenesis {
		return nil, missing(dir, "genesis.json or genesis.json.gz", "genesis")
	}
	if err := d.readRollup(); err != nil {
		return nil, err
	}
	return d, d.readAddresses(dir, from.State)
}

// open reads the files that were named, and else those with the usual names.
func (d *Deployment) open(dir string, from *Sources) (err error) {
	for kind, names := range usual {
		path := from.Paths[kind]
		if path == "" && !from.leaves(kind) {
			if path, err = firstOf(dir, names); err != nil {
				return err
			}
		}
		if path == "" {
			continue
		}
		if d.Files[kind], err = input.OpenKind(kind, path); err != nil {
			return err
		}
	}
	return nil
}

// leaves reports whether what the folder has of a kind is left alone.
func (s *Sources) leaves(kind input.Kind) bool {
	switch kind { //nolint:exhaustive // all else is taken
	case input.Genesis:
		return s.WithoutGenesis
	case input.BatcherKey, input.ProposerKey, input.SequencerKey:
		return s.WithoutKeys
	}
	return false
}

func missing(dir, name, what string) error {
	return fmt.Errorf("find the %s config: %s has no %s: write it with op-deployer inspect %s, or give --%s", what, dir, name, what, what)
}

// firstOf is the path of the first of names that a folder has, or empty.
func firstOf(dir string, names []string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", fmt.Errorf("read deployment: %w", err)
		case info.Mode().IsRegular():
			return path, nil
		}
	}
	return "", nil
}

// readRollup takes from rollup.json what the spec repeats.
func (d *Deployment) readRollup() error {
	file := d.Files[input.Rollup]
	var rollup struct {
		L1ChainID int64 `json:"l1_chain_id"`
		L2ChainID int64 `json:"l2_chain_id"`
		Genesis   struct {
			SystemConfig struct {
				Batcher *common.Address `json:"batcherAddr"`
			} `json:"system_config"`
		} `json:"genesis"`
		Portal       *common.Address `json:"deposit_contract_address"`
		SystemConfig *common.Address `json:"l1_system_config_address"`
	}
	if err := json.Unmarshal(file.Content, &rollup); err != nil {
		return fmt.Errorf("read %s: it is not a rollup config", file.Path)
	}
	if rollup.L1ChainID <= 0 || rollup.L2ChainID <= 0 {
		return fmt.Errorf("read %s: it lacks l1_chain_id or l2_chain_id", file.Path)
	}
	d.L1ChainID, d.L2ChainID = rollup.L1ChainID, rollup.L2ChainID
	set(&d.Contracts.OptimismPortal, rollup.Portal)
	set(&d.Contracts.SystemConfig, rollup.SystemConfig)
	set(&d.Contracts.Batcher, rollup.Genesis.SystemConfig.Batcher)
	return nil
}

// readAddresses takes what state.json tells, or else addresses.json.
func (d *Deployment) readAddresses(dir, state string) (err error) {
	if state == "" {
		if state, err = firstOf(dir, states); err != nil {
			return err
		}
	}
	read := d.readState
	if state == "" {
		if state, err = firstOf(dir, addresses); err != nil || state == "" {
			return err
		}
		read = d.readList
	}
	file, err := input.Open(state)
	if err != nil {
		return err
	}
	if err := read(file.Content); err != nil {
		return fmt.Errorf("read %s: %w", state, err)
	}
	return nil
}

// set puts an address where there is one.
func set(at *v1alpha1.Address, address *common.Address) {
	if address != nil && *address != (common.Address{}) {
		*at = v1alpha1.Address(address.Hex())
	}
}

// named is an object of which some fields are addresses, by the names of the fields in lower
// case: op-deployer changed the case of their first letters.
type named map[string]json.RawMessage

func (n *named) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return errors.New("it is not an object")
	}
	*n = named{}
	for name, value := range fields {
		(*n)[strings.ToLower(name)] = value
	}
	return nil
}

// address is the first of some fields that has an address other than zero.
func (n named) address(fields ...string) *common.Address {
	for _, field := range fields {
		var address common.Address
		if json.Unmarshal(n[strings.ToLower(field)], &address) == nil && address != (common.Address{}) {
			return &address
		}
	}
	return nil
}
