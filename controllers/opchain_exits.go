package controllers

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/podlog"
	"github.com/oplabs/op-stack-operator/pkg/redaction"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// Logs reads the end of a container's log, of the one before if previous is set. pkg/podlog has
// the one that asks the API server.
type Logs interface {
	Read(ctx context.Context, namespace, pod, container string, previous bool) ([]byte, error)
}

// logTimeout bounds all reading of logs in one pass. Behind the API server is the kubelet of a
// node, which may be dead.
const logTimeout = 3 * time.Second

// logPause is how long nobody asks for logs of a node after one did not come in time.
const logPause = time.Minute

// lastExit is how a container of a pod last ended; nil where none has.
func (r *OPChainReconciler) lastExit(ctx context.Context, chain *v1alpha1.OPChain, component string, pod *corev1.Pod) *status.Exit {
	container, end := failed(pod)
	if container == nil {
		return nil
	}
	exit := &status.Exit{Container: container.Name, ExitCode: end.ExitCode, Reason: end.Reason, At: end.FinishedAt.Time}
	if last, _ := lastEnd(container); last == end {
		why := r.cause(ctx, chain, component, pod, container)
		exit.Message, exit.DiskFull = why.Message, why.DiskFull
	}
	return exit
}

// cause gives why a container last ended, by its log. The log of one that crashes again and again
// is read, once for each end, and at once if it was restarted before: else what is said of it would
// change with each crash. Of another it is what was read while it crashed. Containers that others
// put into a pod are not ours to read.
func (r *OPChainReconciler) cause(ctx context.Context, chain *v1alpha1.OPChain, component string, pod *corev1.Pod, c *corev1.ContainerStatus) podlog.Cause {
	end, previous := lastEnd(c)
	if end == nil || !slices.Contains(manifests.Containers(component), c.Name) {
		return podlog.Cause{}
	}
	program := program{component, c.Name}
	death := death{pod: pod.UID, container: end.ContainerID, finished: end.FinishedAt}
	why, known := r.causes.of(chain.UID, program, death)
	again := !c.Ready && c.State.Terminated != nil && c.RestartCount > 0
	if known || !crashes(c) && !again {
		return why
	}
	why, read := r.lastWords(ctx, chain, pod, c.Name, previous)
	if !read {
		return podlog.Cause{}
	}
	why.DiskFull = why.DiskFull && hasClaim(chain, component) // else it is the disk of the node
	r.causes.keep(chain.UID, program, death, why)
	return why
}

// lastWords reads from a container's log why it ended. read is not set where there was no time for
// that, or the pod's node took too long of late: the next pass may read it. Another error counts as
// an empty log.
func (r *OPChainReconciler) lastWords(ctx context.Context, chain *v1alpha1.OPChain, pod *corev1.Pod, container string, previous bool) (why podlog.Cause, read bool) {
	node := pod.Status.HostIP
	if ctx.Err() != nil || r.causes.isSilent(node, r.Clock.Now()) {
		return podlog.Cause{}, false
	}
	endpoints := r.endpoints(chain)
	log, err := r.Logs.Read(ctx, chain.Namespace, pod.Name, container, previous)
	if err != nil {
		ctrl.LoggerFrom(ctx).V(1).Info("Could not read a log", "pod", pod.Name, "container", container, "error", redaction.Error(err, endpoints...).Error())
	}
	if err != nil && ctx.Err() != nil {
		r.causes.silent(node, r.Clock.Now())
		return podlog.Cause{}, false
	}
	return podlog.CauseOf(log, endpoints...), true
}

// endpoints are the URLs that a chain's programs may tell.
func (r *OPChainReconciler) endpoints(chain *v1alpha1.OPChain) []string {
	running := r.ledger.get(chain.UID).running
	list := []string{running.l1, running.beacon, string(chain.Spec.L1.RPCURL)}
	if beacon := chain.Spec.L1.Beacon; beacon != nil {
		list = append(list, string(beacon.URL))
	}
	return list
}

// causes remembers why containers last ended, so that no log is read twice, and which nodes do not
// give logs, so that a dead one holds up few passes, however many pods crash on it.
type causes struct {
	mu     sync.Mutex
	chains map[types.UID]map[program]remembered
	nodes  map[string]time.Time // by address: until when nobody asks for logs
}

// program is a container of a component.
type program struct{ component, container string }

// death is one end of a container. The kubelet gives each run of it another ID.
type death struct {
	pod       types.UID
	container string
	finished  metav1.Time
}

type remembered struct {
	death death
	cause podlog.Cause
}

func (c *causes) of(chain types.UID, p program, d death) (podlog.Cause, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was := c.chains[chain][p]; was.death == d {
		return was.cause, true
	}
	return podlog.Cause{}, false
}

func (c *causes) keep(chain types.UID, p program, d death, why podlog.Cause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.chains == nil {
		c.chains = map[types.UID]map[program]remembered{}
	}
	if c.chains[chain] == nil {
		c.chains[chain] = map[program]remembered{}
	}
	c.chains[chain][p] = remembered{d, why}
}

func (c *causes) isSilent(node string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Before(c.nodes[node])
}

// silent notes that a node did not give a log in time.
func (c *causes) silent(node string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nodes == nil {
		c.nodes = map[string]time.Time{}
	}
	maps.DeleteFunc(c.nodes, func(_ string, until time.Time) bool { return !now.Before(until) })
	c.nodes[node] = now.Add(logPause)
}

func (c *causes) forget(chain types.UID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.chains, chain)
}
