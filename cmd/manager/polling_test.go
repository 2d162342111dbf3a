package main

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

const (
	polledChains    = 1000
	pollingInterval = 30 * time.Second
	pollingTime     = 4 * pollingInterval // that is measured
)

// BenchmarkPolling measures a manager, in a process of its own, that looks at a thousand chains
// over real HTTP, each program with a host of its own, while their heads move. Some of the chains
// are dead: their programs take requests and never answer. What is told of looks is of the others.
func BenchmarkPolling(b *testing.B) {
	c := newCluster(b)
	for i := range polledChains {
		chain := testenv.Chain(fmt.Sprintf("chain-%d", i), testenv.InNamespace(c.Namespace))
		chain.Spec.L1.RPCURL = v1alpha1.Endpoint(c.nodes.Endpoint("all", "l1"))
		c.CreateChain(b, chain)
		c.chains = append(c.chains, chain)
	}
	m := c.startManager(b, fmt.Sprintf("--poll-interval=%s", pollingInterval))
	c.awaitRunning(b)
	c.awaitLooks(b, 2) // after which each chain has come to its own moment in the interval
	for _, n := range []int{0, 50} {
		b.Run(fmt.Sprintf("%d of %d dead", n, polledChains), func(b *testing.B) {
			for len(c.chains) > polledChains-n {
				c.nodes.Hang(c.chains[0].Name)
				c.chains = c.chains[1:]
			}
			c.awaitLooks(b, 2)
			for b.Loop() {
				m.poll(b, c.nodes).report(b)
			}
			b.ReportMetric(0, "ns/op") // the metrics say it all
		})
	}
	m.end(b)
}

// awaitRunning waits until all chains run.
func (c *cluster) awaitRunning(b *testing.B) {
	b.Helper()
	deadline, again := time.After(20*time.Minute), time.NewTicker(5*time.Second)
	defer again.Stop()
	for running := 0; running < len(c.chains); {
		select {
		case <-again.C:
		case <-deadline:
			b.Fatalf("%d of %d chains run", running, len(c.chains))
		}
		list := &v1alpha1.OPChainList{}
		must(b, c.Client.List(b.Context(), list, client.InNamespace(c.Namespace)))
		running = 0
		for i := range list.Items {
			if list.Items[i].Status.Phase == v1alpha1.PhaseRunning {
				running++
			}
		}
	}
}

// poll measures the manager for some time, in which the heads move.
func (m *measured) poll(b *testing.B, nodes *testenv.Nodes) *polling {
	b.Helper()
	block := time.NewTicker(2 * time.Second)
	defer block.Stop()
	m.ask(b, "start", &struct{}{})
	for end := time.After(pollingTime); ; {
		select {
		case <-block.C:
			nodes.Set(func(n *testenv.Nodes) { n.Unsafe, n.Safe, n.Finalized = n.Unsafe+1, n.Safe+1, n.Finalized+1 })
			continue
		case <-end:
		}
		is := &polling{}
		m.ask(b, "stop", is)
		return is
	}
}

// polling is what a manager did for some time.
type polling struct {
	Seconds, CPU float64 // of the clock, and of the processor
	Memory       memory
	Looks        int // at all chains
	Writes       int // of statuses
	// Took is how long looks at healthy chains took, and Late by how much the time between two of
	// them was longer than it should be.
	Took, Late []time.Duration
}

func (p *polling) report(b *testing.B) {
	b.Helper()
	minutes := p.Seconds / 60
	b.ReportMetric(p.CPU/p.Seconds, "CPU-s/s")
	b.ReportMetric(mebibytes(p.Memory.RSS), "MiB-resident")
	b.ReportMetric(float64(p.Looks)/minutes, "looks/min")
	b.ReportMetric(float64(p.Writes)/minutes, "status-writes/min")
	for name, list := range map[string][]time.Duration{"look": p.Took, "late": p.Late} {
		b.ReportMetric(quantile(list, 0.5).Seconds()*1000, "ms-p50-"+name)
		b.ReportMetric(quantile(list, 0.99).Seconds()*1000, "ms-p99-"+name)
	}
}

func quantile(list []time.Duration, q float64) time.Duration {
	if len(list) == 0 {
		return -1
	}
	slices.Sort(list)
	return list[int(q*float64(len(list)-1))]
}

// meter is the series of a manager that is measured.
type meter struct {
	status.Unrecorded
	interval time.Duration

	mu    sync.Mutex
	began time.Time
	cpu   float64
	seen  map[types.NamespacedName]look
	is    polling
}

// look is the last look at a chain that was seen.
type look struct {
	number uint64
	began  time.Time
}

func newMeter(interval time.Duration) *meter {
	return &meter{interval: interval, seen: map[types.NamespacedName]look{}}
}

func (m *meter) start() error {
	used, err := ownCPU()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.began, m.cpu, m.is = time.Now(), used, polling{}
	return err
}

func (m *meter) stop() (*polling, error) {
	used, err := ownCPU()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	is := m.is
	is.Seconds, is.CPU = time.Since(m.began).Seconds(), used-m.cpu
	is.Memory, err = ownMemory()
	return &is, err
}

// ownCPU is the time in seconds that this process has had a processor.
func ownCPU() (float64, error) {
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds(), err
}

// Looked counts the looks.
func (m *meter) Looked(time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.is.Looks++
}

// StatusWritten counts the writes.
func (m *meter) StatusWritten() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.is.Writes++
}

// Record takes in the looks at healthy chains.
func (m *meter) Record(chain *v1alpha1.OPChain, _ *v1alpha1.OPChainStatus, view *observer.View) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := client.ObjectKeyFromObject(chain)
	was, is := m.seen[name], look{view.Looks, view.Node.Asked}
	if is.number == was.number {
		return
	}
	m.seen[name] = is
	if !view.Node.Failing.IsZero() {
		return
	}
	m.is.Took = append(m.is.Took, view.Took)
	if is.number == was.number+1 && !was.began.IsZero() {
		m.is.Late = append(m.is.Late, is.began.Sub(was.began)-m.interval)
	}
}
