//go:build linux

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/binaries"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/host"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/lockfile"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

// cniCache is a path built into the CNI library. The node covers it with a
// file system of its own, for which the directory must exist on the host.
const cniCache = "/var/lib/cni"

// cniMarker says that the directory is there only for clusters of ours.
const cniMarker = cniCache + "/.opstack-devcluster"

// Down removes a cluster: processes, namespaces, mounts, control groups, the
// link, and the state directory except for its logs. It builds nothing and
// does what there is to do, however far Up had come.
func Down(ctx context.Context, store *binaries.Store, log *progress.Log, state string) error {
	id, err := find(state)
	if errors.Is(err, errNoCluster) {
		log.Step("%v: nothing to take down", err)
		return nil
	}
	if err != nil {
		return err
	}
	group, err := host.NewGroup(id.Group())
	if err != nil {
		return err
	}
	c := &Cluster{Identity: id, store: store, log: log, group: group}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	log.Step("taking cluster %q down", id.Name)
	if err := c.clear(ctx); err != nil {
		return err
	}
	if err := c.removeState(); err != nil {
		return err
	}
	log.Step("cluster %q is gone", id.Name)
	return nil
}

// clear removes what lives only as long as the machine is up. Killing the
// group ends every process of the node, containers included; with the last of
// them the kernel drops both namespaces, and so every mount, address and
// firewall rule in them.
func (c *Cluster) clear(ctx context.Context) error {
	// Another cluster of this name may have been started from elsewhere.
	if other, err := readRecord(c.run(recordName)); err == nil && other.State != c.State {
		if pids, err := c.group.Processes(); err != nil || len(pids) > 0 {
			return errors.Join(err, fmt.Errorf("the name %q is used by the cluster in %s", c.Name, other.State))
		}
	}
	if err := c.group.Destroy(30 * time.Second); err != nil {
		return err
	}
	if c.linked() {
		if err := host.Run(ctx, "ip", "link", "delete", c.Interface()); err != nil && c.linked() {
			return err
		}
	}
	if err := os.RemoveAll(c.RunDir()); err != nil {
		return fmt.Errorf("remove run directory: %w", err)
	}
	return c.releaseCNI()
}

// removeState keeps the logs, which are what one wants after a failure.
func (c *Cluster) removeState() error {
	entries, err := os.ReadDir(c.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	for _, entry := range entries {
		// The record goes last: without it a second Down would find nothing.
		if !ours(entry.Name()) || entry.Name() == "logs" || entry.Name() == recordName {
			continue
		}
		if err := os.RemoveAll(c.path(entry.Name())); err != nil {
			return fmt.Errorf("remove state: %w", err)
		}
	}
	if err := os.Remove(c.path(recordName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove state: %w", err)
	}
	_ = os.Remove(c.State) // only when there are no logs
	return nil
}

// ours tells the cluster's files from those that somebody else keeps in the
// same directory.
func ours(name string) bool {
	switch strings.TrimSuffix(name, ".partial") {
	case "etc", "pki", "etcd", "containerd", "kubelet", "images", "logs", "volumes", "kubeconfig", recordName:
		return true
	}
	return false
}

// reserveCNI makes the directory that the node's mount namespace covers.
func (c *Cluster) reserveCNI() error {
	unlock, err := c.lockCNI()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(cniCache); err == nil {
		return nil
	}
	return writeFile(cniMarker, nil, 0o644)
}

// releaseCNI removes that directory after the last cluster.
func (c *Cluster) releaseCNI() error {
	unlock, err := c.lockCNI()
	if err != nil {
		return err
	}
	defer unlock()
	others, err := filepath.Glob(runPrefix + "*")
	if err != nil || len(others) > 0 {
		return err
	}
	if err := os.Remove(cniMarker); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("remove %s: %w", cniMarker, err)
	}
	if err := os.Remove(cniCache); err != nil && !errors.Is(err, syscall.ENOTEMPTY) {
		return fmt.Errorf("remove %s: %w", cniCache, err)
	}
	return nil
}

func (c *Cluster) lockCNI() (func(), error) {
	return lockfile.Acquire(filepath.Join(c.store.Root(), "cni-cache.lock"), func() {})
}
