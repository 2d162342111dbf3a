//go:build linux

package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/host"
)

// recordName is the file that holds an Identity. There are two: the one in the
// state directory survives the machine, the one in the run directory survives
// somebody who deletes the state directory under a running cluster.
const recordName = "cluster.json"

// errNoCluster says that a state directory has no cluster.
var errNoCluster = errors.New("no cluster")

// find returns the identity of the cluster of a state directory.
func find(state string) (Identity, error) {
	state, err := filepath.Abs(state)
	if err != nil {
		return Identity{}, fmt.Errorf("find state directory: %w", err)
	}
	if id, err := readRecord(filepath.Join(state, recordName)); err == nil {
		id.State = state
		return id, id.validate()
	}
	running, err := filepath.Glob(runPrefix + "*/" + recordName)
	if err != nil {
		return Identity{}, err
	}
	for _, file := range running {
		if id, err := readRecord(file); err == nil && id.State == state {
			return id, id.validate()
		}
	}
	return Identity{}, fmt.Errorf("%w in %s", errNoCluster, state)
}

// findOrMake is find, or a new identity of the given name.
func findOrMake(state, name string) (Identity, error) {
	id, err := find(state)
	switch {
	case err == nil && name != "" && name != id.Name:
		return Identity{}, fmt.Errorf("%s holds the cluster %q: take it down first, or give %q a directory of its own", state, id.Name, name)
	case err == nil || !errors.Is(err, errNoCluster):
		return id, err
	}
	if name == "" {
		name = "dev"
	}
	if state, err = filepath.Abs(state); err != nil {
		return Identity{}, fmt.Errorf("find state directory: %w", err)
	}
	id = Identity{Name: name, State: state}
	if err := id.validate(); err != nil {
		return Identity{}, err
	}
	used, err := addresses()
	if err != nil {
		return Identity{}, err
	}
	id.Slot, err = freeSlot(name, used)
	return id, err
}

// claim records the identity, unless another cluster of that name is alive.
func (id Identity) claim() error {
	other, err := readRecord(id.run(recordName))
	if err == nil && other.State != id.State {
		group, err := host.NewGroup(id.Group())
		if err != nil {
			return err
		}
		pids, err := group.Processes()
		if err != nil {
			return err
		}
		if len(pids) > 0 {
			return fmt.Errorf("the name %q is used by the cluster in %s: take that down or choose another --name", id.Name, other.State)
		}
	}
	return id.writeRecord(id.path(recordName))
}

func (id Identity) writeRecord(file string) error {
	data, err := json.Marshal(id)
	if err != nil {
		return err
	}
	return writeFile(file, append(data, '\n'), 0o644)
}

func readRecord(file string) (Identity, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, errNoCluster
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read cluster: %w", err)
	}
	var id Identity
	if err := json.Unmarshal(data, &id); err != nil {
		return Identity{}, fmt.Errorf("read %s: %w", file, err)
	}
	return id, nil
}

// addresses lists those of the host's interfaces.
func addresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	var found []netip.Addr
	for _, addr := range list {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
			found = append(found, prefix.Addr())
		}
	}
	return found, nil
}
