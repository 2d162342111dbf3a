//go:build linux

// Package cluster runs one Kubernetes node out of the programs in the cache.
//
// Everything the node starts lives in three things of its own: a network
// namespace, a mount namespace and a control group. Taking it down is killing
// the group; the kernel then removes the rest.
package cluster

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
)

// Addresses inside the network namespace. They are the same in every cluster
// because no packet for them leaves its namespace.
const (
	podCIDR       = "10.244.0.0/24"
	serviceCIDR   = "10.96.0.0/16"
	serviceAPI    = "10.96.0.1"
	serviceDNS    = "10.96.0.10"
	clusterDomain = "cluster.local"
	apiPort       = 6443
)

// Names of images that the node needs before it can run any other.
const (
	pauseImage   = "localhost/devcluster/pause"
	corednsImage = "localhost/devcluster/coredns"
)

// The pool of volumes: so many that are ReadWriteOnce, so many that are
// ReadWriteOncePod. They are directories, so a claim of any size up to
// volumeSize costs nothing.
const (
	sharedVolumes    = 24
	exclusiveVolumes = 4
	volumeSize       = "50Gi"
)

// slots is the number of clusters that can have a link of their own to the
// host: one /30 in each /24 of the first half of 198.18.0.0/15, the range
// reserved for benchmarks, which no real network uses.
const slots = 256

// An Identity is what tells one cluster from another. It is all that is
// recorded; every other name derives from it.
type Identity struct {
	Name  string `json:"name"`
	State string `json:"state"` // absolute
	Slot  int    `json:"slot"`
}

var nameRule = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$`)

// validate rejects what would give broken names further on.
func (id Identity) validate() error {
	if !nameRule.MatchString(id.Name) {
		return fmt.Errorf("name %q: use at most 12 of a-z, 0-9 and -, starting with a letter", id.Name)
	}
	if !filepath.IsAbs(id.State) || id.State == "/" {
		return errors.New("state directory: give a directory of its own")
	}
	// The node sees other things at these places than the host does.
	for _, hidden := range []string{"/run", "/var/run", "/var/log", "/var/lib/cni", "/proc", "/sys", "/dev"} {
		if id.State == hidden || strings.HasPrefix(id.State, hidden+"/") {
			return fmt.Errorf("state directory %s: put it outside %s", id.State, hidden)
		}
	}
	if strings.ContainsAny(id.State, " '\"\\$\n:,") {
		return fmt.Errorf("state directory %s: its path may not hold spaces, quotes, colons or commas", id.State)
	}
	return nil
}

// preferredSlot spreads names over the slots.
func preferredSlot(name string) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name))
	return int(hash.Sum32() % slots)
}

// freeSlot is the first slot from the preferred one on whose network none of
// the addresses in use belongs to.
func freeSlot(name string, used []netip.Addr) (int, error) {
	for i := range slots {
		slot := (preferredSlot(name) + i) % slots
		taken := false
		for _, addr := range used {
			taken = taken || link(slot).Contains(addr)
		}
		if !taken {
			return slot, nil
		}
	}
	return 0, errors.New("choose a network: all are in use")
}

// link is the network between the host and the node.
func link(slot int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, byte(slot), 0}), 30)
}

// HostIP is the host's end of the link. Pods reach services of the host there.
func (id Identity) HostIP() string { return link(id.Slot).Addr().Next().String() }

// NodeIP is the node's end: API server, kubelet and node ports.
func (id Identity) NodeIP() string { return link(id.Slot).Addr().Next().Next().String() }

// NodeName is the name of the Node object.
func (id Identity) NodeName() string { return "opstack-" + id.Name }

// Group is the name of the control group.
func (id Identity) Group() string { return "opstack-" + id.Name }

// Interface is the host's end of the veth pair; the kernel allows 15 bytes.
func (id Identity) Interface() string { return "dc-" + id.Name }

// RunDir holds what ends with the machine's uptime: sockets and process ids.
// It is short because socket paths are limited to 107 bytes.
func (id Identity) RunDir() string { return runPrefix + id.Name }

const runPrefix = "/run/opstack-"

// Socket is containerd's, on the host as well as on the node.
func (id Identity) Socket() string { return filepath.Join(id.RunDir(), "containerd.sock") }

// Kubeconfig is the administrator's, for use on the host.
func (id Identity) Kubeconfig() string { return id.path("kubeconfig") }

// path is a place in the state directory.
func (id Identity) path(elements ...string) string {
	return filepath.Join(append([]string{id.State}, elements...)...)
}

// run is a place in the run directory.
func (id Identity) run(elements ...string) string {
	return filepath.Join(append([]string{id.RunDir()}, elements...)...)
}
