package metrics

import (
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// Recorder is a prometheus.Collector of all chains. It may be used by many at once.
type Recorder struct {
	clock  clock.PassiveClock
	polls  prometheus.Histogram
	writes prometheus.Counter

	mu sync.RWMutex
	// chains are by name, not by UID: a chain that was deleted and made again has one set of series.
	chains map[types.NamespacedName]snapshot
}

var (
	_ prometheus.Collector = &Recorder{}
	_ status.Recorder      = &Recorder{}
)

// NewRecorder makes a Recorder. The clock tells how old a head is and how much time is left when
// Prometheus asks.
func NewRecorder(clk clock.PassiveClock) *Recorder {
	return &Recorder{
		clock:  clk,
		chains: map[types.NamespacedName]snapshot{},
		polls: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: pollDuration.Name, Help: pollDuration.Help, Buckets: prometheus.DefBuckets, // 5 ms to 10 s
		}),
		writes: prometheus.NewCounter(prometheus.CounterOpts{Name: statusWrites.Name, Help: statusWrites.Help}),
	}
}

// Record tells of a chain what its status and the view say, until the next Record. It keeps
// none of the three. view is nil where the chain was not looked at.
func (r *Recorder) Record(chain *v1alpha1.OPChain, next *v1alpha1.OPChainStatus, view *observer.View) {
	s := snapshotOf(chain, next, view)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.chains[types.NamespacedName{Namespace: chain.Namespace, Name: chain.Name}] = s
}

// Forget ends all series of a chain that is gone. One that was never known is no mistake.
func (r *Recorder) Forget(chain types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.chains, chain)
}

// StatusWritten counts a write of a status.
func (r *Recorder) StatusWritten() { r.writes.Inc() }

// Looked counts a look at a chain, and how long it took.
func (r *Recorder) Looked(took time.Duration) { r.polls.Observe(took.Seconds()) }

// Describe implements prometheus.Collector.
func (r *Recorder) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range descs {
		ch <- desc
	}
	r.polls.Describe(ch)
	r.writes.Describe(ch)
}

// Collect implements prometheus.Collector.
func (r *Recorder) Collect(ch chan<- prometheus.Metric) {
	now := seconds(r.clock.Now())
	for chain, s := range r.snapshots() {
		for i := range s {
			ch <- s[i].metric(chain, now)
		}
	}
	r.polls.Collect(ch)
	r.writes.Collect(ch)
}

// snapshots are the chains as they are: a slow reader of the channel must hold up no pass.
func (r *Recorder) snapshots() map[types.NamespacedName]snapshot {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return maps.Clone(r.chains)
}

// seconds is a Unix time with its fraction.
func seconds(t time.Time) float64 {
	return float64(t.Unix()) + float64(t.Nanosecond())/float64(time.Second)
}
