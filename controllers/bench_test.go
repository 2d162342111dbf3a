package controllers

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// BenchmarkSettledPass is what each look at a chain costs in which nothing is to be done.
func BenchmarkSettledPass(b *testing.B) {
	inMemory := func(_ ctrl.Manager, r *OPChainReconciler) {
		r.Prober, r.Observer = oracle{}, observer.New(oracle{}, r.Clock, observer.Options{Interval: time.Hour})
	}
	b.Run("nodes in memory", func(b *testing.B) {
		settledPass(b, startIn(b, testenv.New(b), nil, inMemory))
	})
	b.Run("nodes in memory, confined to a namespace", func(b *testing.B) {
		settledPass(b, start(b, inMemory))
	})
	b.Run("nodes over HTTP", func(b *testing.B) {
		h := startIn(b, testenv.New(b), nil)
		h.nodes.Apart(b)
		settledPass(b, h)
	})
}

func settledPass(b *testing.B, h *harness) {
	b.Helper()
	chain := h.running("alpha")
	h.quiet(chain)
	pass := h.pass(chain)
	b.ReportAllocs()
	for b.Loop() {
		pass()
	}
}

// pass gives a function that does one pass over a chain, as the manager does.
func (h *harness) pass(chain *v1alpha1.OPChain) func() {
	request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(chain)}
	return func() {
		if _, err := h.r.ReconcileName(h.t.Context(), request); err != nil {
			h.t.Fatal(err)
		}
	}
}

// oracle is a Prober that knows the answers.
type oracle struct{}

func (oracle) Geth(context.Context, string) (probe.Geth, error) {
	return probe.Geth{Height: 120}, nil
}

func (oracle) Node(context.Context, string, string) (probe.Node, error) {
	return probe.Node{Unsafe: probe.L2Block{Number: 120}, Safe: probe.L2Block{Number: 100}, Finalized: probe.L2Block{Number: 60}}, nil
}

func (oracle) Batcher(context.Context, string) (probe.Batcher, error) {
	return probe.Batcher{LastBatch: &oracleTime}, nil
}

func (oracle) State(context.Context, string, probe.L1Query) (probe.L1State, error) {
	return probe.L1State{Head: probe.L1Block{Number: 1, Time: oracleTime}, LastProposal: &oracleTime}, nil
}

func (oracle) L1(context.Context, string, preflight.L1Question) *preflight.L1View {
	return &preflight.L1View{}
}

var oracleTime = time.Unix(1_700_000_000, 0)

// BenchmarkFirstPass is the time from a new OPChain to the end of the pass that made all its
// objects, with a real API server and a genesis of the usual size.
func BenchmarkFirstPass(b *testing.B) {
	h := start(b)
	chains := h.follow()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		chain := h.withInputs(fmt.Sprintf("chain-%d", i))
		b.StartTimer()
		h.must("create OPChain", h.Client.Create(b.Context(), chain))
		chains.wait(i+1, applied)
	}
}

// BenchmarkBringUp applies many OPChains at once.
func BenchmarkBringUp(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("%d chains", n), func(b *testing.B) {
			for b.Loop() {
				start(b).bringUp(b, n)
			}
			b.ReportMetric(0, "ns/op") // the metrics say it all
		})
	}
}

// bringUp reports the time until every object of n chains exists, and until they all run.
func (h *harness) bringUp(b *testing.B, n int) {
	b.Helper()
	h.nodes.Apart(b)
	seen := h.follow()
	var chains []*v1alpha1.OPChain
	for i := range n {
		chains = append(chains, h.withInputs(fmt.Sprintf("chain-%d", i)))
	}
	h.requests.Reset()
	began := time.Now()
	report := func(unit string) { b.ReportMetric(time.Since(began).Seconds(), unit) }
	inParallel(chains, func(chain *v1alpha1.OPChain) { h.must("create OPChain", h.Client.Create(b.Context(), chain)) })
	report("s-created")
	seen.wait(n, applied)
	report("s-objects")
	h.checkObjects(chains)
	seen.wait(n, phaseIs(v1alpha1.PhaseRunning))
	report("s-running")
	b.ReportMetric(float64(h.requests.Total())/float64(n), "requests/chain")
	b.ReportMetric(float64(total(h.writes()))/float64(n), "writes/chain")
	b.Logf("the controller's requests:\n%s", h.requests)
}

// withInputs makes the Secrets of a chain, with a genesis of the usual size, and gives the
// chain, which is yet to be created.
func (h *harness) withInputs(name string) *v1alpha1.OPChain {
	h.t.Helper()
	chain := h.chain(name)
	h.CreateSecrets(h.t, testenv.RealInputs(chain))
	return chain
}

// inParallel does something with every chain, several at a time.
func inParallel(chains []*v1alpha1.OPChain, do func(*v1alpha1.OPChain)) {
	var all sync.WaitGroup
	next := make(chan *v1alpha1.OPChain)
	for range 8 {
		all.Go(func() {
			for chain := range next {
				do(chain)
			}
		})
	}
	for _, chain := range chains {
		next <- chain
	}
	close(next)
	all.Wait()
}

// checkObjects fails unless the objects of the chains exist, each of them.
func (h *harness) checkObjects(chains []*v1alpha1.OPChain) {
	h.t.Helper()
	want := map[string]int{manifests.KindSecret: len(chains)} // the generated ones
	for _, chain := range chains {
		keys, _ := manifests.Keys(chain, h.r.Detector.has())
		for _, key := range keys {
			want[key.Kind]++
		}
	}
	for kind, count := range want {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(versionOf(kind).WithKind(kind + "List"))
		h.must("list", h.Client.List(h.t.Context(), list, client.InNamespace(h.Namespace), client.MatchingLabels{names.LabelManagedBy: names.Manager}))
		if len(list.Items) != count {
			h.t.Fatalf("%d objects of kind %s, want %d", len(list.Items), kind, count)
		}
	}
}

func versionOf(kind string) schema.GroupVersion {
	if kind == manifests.KindDeployment {
		return appsv1.SchemeGroupVersion
	}
	return corev1.SchemeGroupVersion
}

// followed are the OPChains of a namespace, as their last change left them.
type followed struct {
	h      *harness
	events <-chan watch.Event
	chains map[string]*v1alpha1.OPChain
}

func (h *harness) follow() *followed {
	h.t.Helper()
	c, err := client.NewWithWatch(h.Config, client.Options{Scheme: h.Scheme})
	h.must("make client", err)
	w, err := c.Watch(h.t.Context(), &v1alpha1.OPChainList{}, client.InNamespace(h.Namespace))
	h.must("watch OPChains", err)
	h.t.Cleanup(w.Stop)
	return &followed{h: h, events: w.ResultChan(), chains: map[string]*v1alpha1.OPChain{}}
}

// wait takes in changes until n chains are as they should be.
func (f *followed) wait(n int, ok func(*v1alpha1.OPChain) bool) {
	f.h.t.Helper()
	reached := map[string]bool{}
	for name, chain := range f.chains {
		if ok(chain) {
			reached[name] = true
		}
	}
	for len(reached) < n {
		event, open := <-f.events
		chain, isChain := event.Object.(*v1alpha1.OPChain)
		if !open || !isChain {
			f.h.t.Fatalf("the watch on OPChains ended: %v", event.Object)
		}
		f.chains[chain.Name] = chain
		if ok(chain) {
			reached[chain.Name] = true
		}
	}
}

// applied reports whether every object of a chain was made.
func applied(chain *v1alpha1.OPChain) bool {
	reason := condition(chain, v1alpha1.ConditionL2ServicesReady).Reason
	return reason == v1alpha1.ReasonRollingOut || reason == v1alpha1.ReasonAllComponentsReady
}
