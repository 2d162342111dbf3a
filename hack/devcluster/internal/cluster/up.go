//go:build linux

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/binaries"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/host"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/lockfile"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

// A Cluster is a node that runs, or is about to.
type Cluster struct {
	Identity
	store  *binaries.Store
	log    *progress.Log
	group  *host.Group
	holder host.Record
	bins   map[string]string // program: path
}

// daemonsChild is the part of the control group that the daemons live in; pods
// have one beside it.
const daemonsChild = "daemons"

// Up brings a node up, and leaves one alone that runs already.
//
//  1. The machine: what it must offer, packages, programs.
//  2. The box: network, mounts, control group. A box whose holder is gone is
//     cleared away first; data stays.
//  3. The daemons: those that are not alive.
//  4. The cluster: names and storage, then wait until all of it answers.
func Up(ctx context.Context, store *binaries.Store, log *progress.Log, state, name string) (*Cluster, error) {
	id, err := findOrMake(state, name)
	if err != nil {
		return nil, err
	}
	if err := prepareMachine(ctx, store, log); err != nil {
		return nil, err
	}
	c, err := newCluster(ctx, store, log, id)
	if err != nil {
		return nil, err
	}
	return c, c.start(ctx)
}

// start is Up from the box on.
func (c *Cluster) start(ctx context.Context) error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := c.claim(); err != nil {
		return err
	}
	if err := c.makeBox(ctx); err != nil {
		return err
	}
	began, err := c.startDaemons(ctx)
	if err != nil {
		return err
	}
	if began || !c.complete() {
		if err := c.applyAddons(ctx); err != nil {
			return err
		}
	}
	if err := c.awaitCluster(ctx); err != nil {
		return err
	}
	return writeFile(c.run("complete"), nil, 0o644)
}

// complete says that an earlier Up of this boot went through.
func (c *Cluster) complete() bool {
	_, err := os.Stat(c.run("complete"))
	return err == nil
}

// prepareMachine does everything that needs no cluster.
func prepareMachine(ctx context.Context, store *binaries.Store, log *progress.Log) error {
	machine, err := host.Inspect()
	if err != nil {
		return err
	}
	if problems := machine.Problems(); len(problems) > 0 {
		return errors.New("this machine lacks\n  " + strings.Join(problems, "\n  "))
	}
	if len(machine.Packages) > 0 {
		log.Step("installing Debian packages: %s", strings.Join(machine.Packages, ", "))
		if err := host.Install(ctx, machine.Packages); err != nil {
			return err
		}
	}
	return store.Build(ctx)
}

func newCluster(ctx context.Context, store *binaries.Store, log *progress.Log, id Identity) (*Cluster, error) {
	group, err := host.NewGroup(id.Group())
	if err != nil {
		return nil, err
	}
	c := &Cluster{Identity: id, store: store, log: log, group: group, bins: map[string]string{}}
	for _, name := range binaries.Names() {
		if c.bins[name], err = store.Path(ctx, name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// lock keeps two commands from working on one cluster.
func (c *Cluster) lock() (func(), error) {
	return lockfile.Acquire(filepath.Join(c.store.Root(), "cluster-"+c.Name+".lock"), func() {
		c.log.Step("waiting for another run that works on cluster %q", c.Name)
	})
}

// makeBox makes the namespaces and what is in them, unless their holder lives.
func (c *Cluster) makeBox(ctx context.Context) error {
	if record, alive := host.Load(c.run("pids"), "holder"); alive && c.linked() {
		c.holder = record
		return nil
	}
	c.log.Step("making a network namespace for node %s at %s", c.NodeName(), c.NodeIP())
	if err := c.clear(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(c.path("logs")); err != nil {
		return fmt.Errorf("clear logs: %w", err)
	}
	if err := c.writeConfigs(filepath.Dir(c.bins["ptp"])); err != nil {
		return err
	}
	if err := c.writeIdentities(); err != nil {
		return err
	}
	if err := c.writeRecord(c.run(recordName)); err != nil {
		return err
	}
	if err := c.group.Make(daemonsChild); err != nil {
		return err
	}
	if err := c.reserveCNI(); err != nil {
		return err
	}
	return c.startHolder(ctx)
}

// startHolder starts the process whose namespaces the others enter. It is
// recorded last, so that a box half made counts as none.
func (c *Cluster) startHolder(ctx context.Context) error {
	holder := c.daemon("holder", c.bins["pause"])
	holder.Holder, holder.Pids = nil, c.run()
	record, err := holder.Start()
	if err != nil {
		return err
	}
	network := fmt.Sprintf(`
ip link add %[1]s type veth peer name eth0 netns %[2]d
ip addr add %[3]s/30 dev %[1]s
ip link set %[1]s up
`, c.Interface(), record.PID, c.HostIP())
	if err := host.Run(ctx, "sh", "-ec", network); err != nil {
		return err
	}
	if err := host.RunInside(ctx, record, "sh", "-ec", c.linkScript()+c.mountScript()); err != nil {
		return err
	}
	c.holder = record
	if err := os.MkdirAll(c.run("pids"), 0o755); err != nil {
		return fmt.Errorf("record holder: %w", err)
	}
	return os.Rename(c.run("holder.json"), c.run("pids", "holder.json"))
}

// daemon describes a process of the node.
func (c *Cluster) daemon(name string, argv ...string) host.Daemon {
	return host.Daemon{
		Name: name, Argv: argv, Log: c.path("logs", name+".log"), Pids: c.run("pids"),
		// containerd looks for its shim in the path.
		Path:  filepath.Dir(c.bins["containerd"]) + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		Group: c.group, Child: daemonsChild, Holder: &c.holder,
	}
}

// startDaemons starts those that are not alive and says whether there were any.
func (c *Cluster) startDaemons(ctx context.Context) (began bool, err error) {
	// From here on a record of a dead process means that it died just now.
	if err := c.forgetDead(); err != nil {
		return false, err
	}
	started, err := c.startAll(foundation)
	if err != nil {
		return false, err
	}
	began = started
	if err := c.await(ctx, "etcd", 30*time.Second, c.etcdAnswers); err != nil {
		return began, err
	}
	// Images arrive while the API server starts.
	var images sync.WaitGroup
	var imagesErr error
	images.Go(func() { imagesErr = c.loadOwnImages(ctx) })
	started, err = c.startAll(apiserver)
	began = began || started
	if err == nil {
		err = c.await(ctx, "the API server", time.Minute, c.apiReady)
	}
	images.Wait()
	if err := errors.Join(err, imagesErr); err != nil {
		return began, err
	}
	started, err = c.startAll(node)
	return began || started, err
}

// forgetDead drops the records of daemons that do not live.
func (c *Cluster) forgetDead() error {
	for dead := c.deadDaemon(); dead != ""; dead = c.deadDaemon() {
		c.log.Step("%s had died", dead)
		if err := os.Remove(c.run("pids", dead+".json")); err != nil {
			return fmt.Errorf("forget %s: %w", dead, err)
		}
	}
	return nil
}

func (c *Cluster) startAll(daemons []daemon) (began bool, err error) {
	for _, d := range daemons {
		if _, alive := host.Load(c.run("pids"), d.name); alive {
			continue
		}
		c.log.Step("starting %s", d.name)
		if _, err := c.daemon(d.name, append([]string{c.bins[d.name]}, d.args(c.Identity)...)...).Start(); err != nil {
			return began, err
		}
		began = true
	}
	return began, nil
}
