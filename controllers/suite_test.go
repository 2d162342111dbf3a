package controllers

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	chainconfig "github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// harness is the controller, running against a real API server with fake workloads and nodes.
type harness struct {
	*testenv.Env
	t         testing.TB
	requests  *testenv.Requests // of the controller alone
	workloads *testenv.Workloads
	nodes     *testenv.Nodes
	r         *OPChainReconciler
	cached    client.Client
	hours     *clocktesting.FakePassiveClock // of downloads
	logs      *fakeLogs
	volumes   *fakeVolumes
}

// start runs the controller until the test ends, for one namespace. It polls so seldom that
// only events wake it, unless tune says otherwise.
func start(t testing.TB, tune ...func(ctrl.Manager, *OPChainReconciler)) *harness {
	t.Helper()
	env := testenv.New(t)
	return startIn(t, env, []string{env.Namespace}, tune...)
}

// startIn runs the controller for some namespaces; all of them if none is given.
func startIn(t testing.TB, env *testenv.Env, namespaces []string, tune ...func(ctrl.Manager, *OPChainReconciler)) *harness {
	t.Helper()
	h := &harness{Env: env, t: t, hours: clocktesting.NewFakePassiveClock(time.Now()), logs: &fakeLogs{}, volumes: &fakeVolumes{}}
	h.workloads, h.nodes = h.RunWorkloads(t), testenv.RunNodes(t)
	restConfig, requests := testenv.CountWrites(h.Config)
	h.requests = requests
	readOwnWrites, anyName := true, true
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme:         h.Scheme,
		MapperProvider: NewMapper,
		Cache:          CacheOptions(namespaces),
		Client:         client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: &readOwnWrites}},
		Metrics:        metricsserver.Options{BindAddress: "0"},
		Controller:     config.Controller{SkipNameValidation: &anyName},
	})
	h.must("make manager", err)
	h.cached = mgr.GetClient()
	h.r = h.reconciler(mgr, tune...)
	ctx, cancel := context.WithCancel(context.Background())
	h.must("set up", h.r.SetupWithManager(ctx, mgr))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop manager: %v", err)
		}
	})
	if !mgr.GetCache().WaitForCacheSync(ctx) {
		t.Fatal("the cache does not fill")
	}
	return h
}

func (h *harness) reconciler(mgr ctrl.Manager, tune ...func(ctrl.Manager, *OPChainReconciler)) *OPChainReconciler {
	generator, err := manifests.NewGenerator("op-stack-operator:test")
	h.must("make generator", err)
	r := &OPChainReconciler{
		Client:            mgr.GetClient(),
		Live:              mgr.GetAPIReader(),
		Loader:            chainconfig.NewLoader(mgr.GetAPIReader(), clock.RealClock{}).WithDownloads(h.library()),
		Generator:         generator,
		Reporter:          reporter(mgr, clock.RealClock{}, time.Hour),
		Prober:            probe.New(),
		Logs:              h.logs,
		Volumes:           h.volumes,
		Clock:             clock.RealClock{},
		PollInterval:      time.Hour,
		PreflightInterval: time.Hour,
		Endpoint: func(chain *v1alpha1.OPChain, component string, _ int) string {
			return h.nodes.Endpoint(chain.Name, component)
		},
	}
	for _, change := range tune {
		change(mgr, r)
	}
	if r.Observer == nil {
		r.Observer = observer.New(probe.New(), r.Clock, observer.Options{Interval: r.PollInterval, Timeout: patience})
	}
	h.t.Cleanup(r.Observer.Close)
	return r
}

// newProcess is the controller as a new process has it: with nothing remembered, and woken by
// nobody.
func (h *harness) newProcess(changes ...func(*OPChainReconciler)) *OPChainReconciler {
	h.t.Helper()
	is := h.r
	r := &OPChainReconciler{
		Client: is.Client, Live: is.Live, Loader: is.Loader, Generator: is.Generator, Reporter: is.Reporter, Prober: is.Prober,
		Logs: is.Logs, Volumes: is.Volumes, Endpoint: is.Endpoint, Detector: is.Detector, Clock: is.Clock,
		PollInterval: is.PollInterval, PreflightInterval: is.PreflightInterval,
		Observer: observer.New(probe.New(), is.Clock, observer.Options{Interval: is.PollInterval, Timeout: patience}),
	}
	h.t.Cleanup(r.Observer.Close)
	for _, change := range changes {
		change(r)
	}
	return r
}

// library downloads over real HTTP, with a clock that stands still: a server that failed is asked
// again when the test says so.
func (h *harness) library() *download.Library {
	h.t.Helper()
	limits := download.Limits{Bytes: chainconfig.MaxGenesisBytes, Stall: patience, Tries: 1}
	library := download.NewLibrary(download.NewClient(limits), chainconfig.MaxGenesisBytes, h.hours)
	h.t.Cleanup(library.Close)
	return library
}

func reporter(mgr ctrl.Manager, clk clock.PassiveClock, interval time.Duration) *status.Reporter {
	return status.NewReporter(mgr.GetClient(), mgr.GetEventRecorder(names.Manager), status.Unrecorded{}, clk, interval)
}

// polling makes the controller look often.
func polling(_ ctrl.Manager, r *OPChainReconciler) { r.PollInterval = 100 * time.Millisecond }

// eager makes the controller write heights at once.
func eager(mgr ctrl.Manager, r *OPChainReconciler) { r.Reporter = reporter(mgr, r.Clock, 0) }

// chain builds a chain whose L1 is the fake one.
func (h *harness) chain(name string, options ...testenv.Option) *v1alpha1.OPChain {
	chain := testenv.Chain(name, options...)
	chain.Namespace = h.Namespace
	chain.Spec.L1.RPCURL = v1alpha1.Endpoint(h.nodes.Endpoint(name, "l1"))
	return chain
}

// running creates a chain and waits until it runs.
func (h *harness) running(name string, options ...testenv.Option) *v1alpha1.OPChain {
	h.t.Helper()
	chain := h.chain(name, options...)
	h.CreateChain(h.t, chain)
	return h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
}

func phaseIs(phase v1alpha1.Phase) func(*v1alpha1.OPChain) bool {
	return func(c *v1alpha1.OPChain) bool {
		return c.Status.Phase == phase && c.Status.ObservedGeneration == c.Generation
	}
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// until waits for a chain to be as it should and gives it.
func (h *harness) until(chain *v1alpha1.OPChain, what string, ok func(*v1alpha1.OPChain) bool) *v1alpha1.OPChain {
	h.t.Helper()
	now := &v1alpha1.OPChain{}
	h.eventually(what, func() (bool, string) {
		if err := h.Client.Get(h.t.Context(), client.ObjectKeyFromObject(chain), now); err != nil {
			return false, err.Error()
		}
		return ok(now), describe(now)
	})
	return now
}

// eventually asks until the answer is yes. It waits between two questions, never for a fixed time.
func (h *harness) eventually(what string, ask func() (bool, string)) {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, seen := ask()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("waited %s until it %s; last seen: %s", patience, what, seen)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func describe(chain *v1alpha1.OPChain) string {
	var text strings.Builder
	fmt.Fprintf(&text, "phase %s", chain.Status.Phase)
	for _, c := range chain.Status.Conditions {
		fmt.Fprintf(&text, "; %s=%s %s %s", c.Type, c.Status, c.Reason, c.Message)
	}
	return text.String()
}

func (h *harness) must(what string, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%s: %v", what, err)
	}
}

func (h *harness) deployment(name string) *appsv1.Deployment {
	h.t.Helper()
	d := &appsv1.Deployment{}
	h.must("read Deployment", h.Client.Get(h.t.Context(), types.NamespacedName{Namespace: h.Namespace, Name: name}, d))
	return d
}

// gone reports whether an object is not there.
func (h *harness) gone(object client.Object, name string) bool {
	h.t.Helper()
	err := h.Client.Get(h.t.Context(), types.NamespacedName{Namespace: h.Namespace, Name: name}, object)
	if err != nil && !apierrors.IsNotFound(err) {
		h.t.Fatalf("read %s: %v", name, err)
	}
	return err != nil
}

// change edits a chain and gives the new one.
func (h *harness) change(chain *v1alpha1.OPChain, edit func(*v1alpha1.OPChain)) *v1alpha1.OPChain {
	h.t.Helper()
	now := &v1alpha1.OPChain{}
	h.must("read OPChain", h.Client.Get(h.t.Context(), client.ObjectKeyFromObject(chain), now))
	before := now.DeepCopy()
	edit(now)
	h.must("change OPChain", h.Client.Patch(h.t.Context(), now, client.MergeFrom(before)))
	return now
}

func (h *harness) changeSecret(name string, data map[string][]byte) {
	h.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.Namespace, Name: name}}
	h.must("read Secret", h.Client.Get(h.t.Context(), client.ObjectKeyFromObject(secret), secret))
	secret.Data = data
	h.must("change Secret", h.Client.Update(h.t.Context(), secret))
}

func condition(chain *v1alpha1.OPChain, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(chain.Status.Conditions, kind); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// writes counts the controller's writes, by kind of request, without events.
func (h *harness) writes() map[testenv.Request]int {
	writes := h.requests.Writes()
	for request := range writes {
		if strings.HasPrefix(request.Resource, "events") {
			delete(writes, request)
		}
	}
	return writes
}

func total(writes map[testenv.Request]int) int {
	sum := 0
	for _, n := range writes {
		sum += n
	}
	return sum
}
