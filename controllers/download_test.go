package controllers

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	chainconfig "github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// webServer has one file, if any, and may keep who asks for it waiting.
type webServer struct {
	*httptest.Server
	mu    sync.Mutex
	data  []byte
	gate  chan struct{} // nil: nobody waits
	asked int
}

func serveFile(t *testing.T, data []byte) *webServer {
	t.Helper()
	s := &webServer{data: data}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *webServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	data, gate := s.data, s.gate
	s.mu.Unlock()
	if data == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func (s *webServer) set(change func(*webServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *webServer) at() string { return s.URL + "/token-in-the-path" }

func smallGenesis() []byte { return testenv.SmallGenesis(testenv.Chain("any")) }

func configurationIs(status metav1.ConditionStatus, reason string) func(*v1alpha1.OPChain) bool {
	return func(c *v1alpha1.OPChain) bool {
		is := condition(c, v1alpha1.ConditionConfigurationValid)
		return is.Status == status && is.Reason == reason && is.ObservedGeneration == c.Generation
	}
}

func TestChainWaitsForItsGenesis(t *testing.T) {
	t.Parallel()
	h, file := start(t, polling), testenv.Gzip(smallGenesis())
	server := serveFile(t, file)
	gate := make(chan struct{})
	server.gate = gate
	chain := h.chain("alpha", testenv.WithGenesisAt(server.at(), file))
	h.CreateChain(t, chain)
	chain = h.until(chain, "waits", configurationIs(metav1.ConditionUnknown, v1alpha1.ReasonDownloading))
	if got := condition(chain, v1alpha1.ConditionConfigurationValid).Message; !strings.HasPrefix(got, "downloading the genesis from 127.0.0.1:") || strings.Contains(got, "token") {
		t.Errorf("it waits for %q", got)
	}
	if !h.gone(&appsv1.Deployment{}, "alpha-op-geth") {
		t.Error("op-geth was started")
	}
	close(gate)
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	args := strings.Join(h.deployment("alpha-op-geth").Spec.Template.Spec.InitContainers[0].Args, " ")
	if !strings.Contains(args, "--url="+server.at()+" --sha256=") {
		t.Errorf("op-geth's pod unpacks with %s", args)
	}
	if !h.gone(&corev1.ConfigMap{}, "alpha-op-geth") {
		t.Error("there is a ConfigMap that nobody reads")
	}
	server.set(func(s *webServer) {
		if s.asked != 1 {
			t.Errorf("the server was asked %d times", s.asked)
		}
	})
}

// TestWrongGenesisFileStartsNothing has another file at the URL, and then the right one.
func TestWrongGenesisFileStartsNothing(t *testing.T) {
	t.Parallel()
	h, file := start(t, polling), smallGenesis()
	server := serveFile(t, append(bytes.Clone(file), '\n'))
	chain := h.chain("alpha", testenv.WithGenesisAt(server.at(), file))
	h.CreateChain(t, chain)
	chain = h.until(chain, "is refused", configurationIs(metav1.ConditionFalse, string(v1alpha1.CodeGenesisDigestMismatch)))
	if got := condition(chain, v1alpha1.ConditionConfigurationValid).Message; !strings.HasPrefix(got, "spec.l2.genesis.sha256: the file at 127.0.0.1:") || strings.Contains(got, "token") {
		t.Errorf("it is refused because %q", got)
	}
	if !h.gone(&appsv1.Deployment{}, "alpha-op-geth") || !h.gone(&appsv1.Deployment{}, "alpha-op-node") {
		t.Error("something was started")
	}
	server.set(func(s *webServer) { s.data = file })
	h.hours.SetTime(h.hours.Now().Add(time.Hour))
	h.until(chain, "runs once the right file is there", phaseIs(v1alpha1.PhaseRunning))
}

// TestGenesisThatIsNotThereIsWaitedFor lets a server have nothing at first.
func TestGenesisThatIsNotThereIsWaitedFor(t *testing.T) {
	t.Parallel()
	h, file := start(t, polling), smallGenesis()
	server := serveFile(t, nil)
	chain := h.chain("alpha", testenv.WithGenesisAt(server.at(), file))
	h.CreateChain(t, chain)
	chain = h.until(chain, "waits", configurationIs(metav1.ConditionUnknown, v1alpha1.ReasonDownloadFailed))
	if got := condition(chain, v1alpha1.ConditionConfigurationValid).Message; !strings.HasSuffix(got, ": the server answers 404 Not Found: it is tried again") {
		t.Errorf("it waits because %q", got)
	}
	if !h.gone(&appsv1.Deployment{}, "alpha-op-geth") {
		t.Error("op-geth was started")
	}
	server.set(func(s *webServer) { s.data = file })
	h.hours.SetTime(h.hours.Now().Add(time.Hour))
	h.until(chain, "runs once the file is there", phaseIs(v1alpha1.PhaseRunning))
}

// TestRunningChainOutlivesItsDownload takes the file away and starts the operator anew, which
// knows nothing of it then.
func TestRunningChainOutlivesItsDownload(t *testing.T) {
	t.Parallel()
	h, file := start(t), smallGenesis()
	server := serveFile(t, file)
	chain := h.running("alpha", testenv.WithGenesisAt(server.at(), file))
	before := h.generations()
	server.set(func(s *webServer) { s.data = nil })
	newer := h.newProcess(func(r *OPChainReconciler) {
		r.Loader = chainconfig.NewLoader(h.r.Live, clock.RealClock{}).WithDownloads(h.library())
	})
	now := h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	h.eventually("says that the file is gone", func() (bool, string) {
		h.must("read", h.cached.Get(t.Context(), client.ObjectKeyFromObject(chain), now))
		result, err := newer.Reconcile(t.Context(), now)
		h.must("reconcile", err)
		if result.RequeueAfter > retryPause {
			t.Errorf("the pass ended with %+v: nobody would ask again soon", result)
		}
		return configurationIs(metav1.ConditionUnknown, v1alpha1.ReasonDownloadFailed)(now), describe(now)
	})
	if now.Status.Phase != v1alpha1.PhaseRunning || condition(now, v1alpha1.ConditionL2ServicesReady).Status != metav1.ConditionTrue {
		t.Errorf("the chain is %s, and runs all the same", describe(now))
	}
	for component, generation := range h.generations() {
		if generation != before[component] {
			t.Errorf("%s was changed", component)
		}
	}
	server.set(func(s *webServer) { s.data = file })
	h.hours.SetTime(h.hours.Now().Add(time.Hour))
	h.eventually("knows the genesis again", func() (bool, string) {
		h.must("read", h.cached.Get(t.Context(), client.ObjectKeyFromObject(chain), now))
		_, err := newer.Reconcile(t.Context(), now)
		h.must("reconcile", err)
		return configurationIs(metav1.ConditionTrue, v1alpha1.ReasonConfigurationValid)(now), describe(now)
	})
}

// TestRegisteredGenesis runs a chain whose genesis op-geth has built in, and has a new version of
// the operator look after it.
func TestRegisteredGenesis(t *testing.T) {
	t.Parallel()
	h := start(t)
	known, ok := genesis.Registered("lyra-mainnet")
	if !ok {
		t.Fatal("op-geth knows no lyra-mainnet")
	}
	chain := h.chain("alpha", func(c *v1alpha1.OPChain) {
		c.Spec.L2.ChainID, c.Spec.L2.GenesisConfigSecret = int64(known.ChainID), ""
		c.Spec.L2.Genesis = &v1alpha1.GenesisSource{RegistryChain: "lyra-mainnet"}
	})
	files := testenv.NewDeployment(chain, testenv.Account(testenv.BatcherKey))
	files.Follow(known)
	inputs := testenv.Inputs(chain)
	for _, secret := range inputs {
		if secret.Name == "alpha-rollup" {
			secret.Data["rollup.json"] = files.Rollup.JSON()
		}
	}
	h.CreateSecrets(t, inputs)
	h.must("create", h.Client.Create(t.Context(), chain))
	now := h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	pod := h.deployment("alpha-op-geth").Spec.Template.Spec
	if args := strings.Join(pod.Containers[0].Args, " "); len(pod.InitContainers) > 0 || !strings.Contains(args, " --op-network=lyra-mainnet") {
		t.Errorf("op-geth runs with %d init containers and %s", len(pod.InitContainers), args)
	}
	if !h.gone(&corev1.ConfigMap{}, "alpha-op-geth") {
		t.Error("there is a ConfigMap that nobody reads")
	}
	before := h.generations()
	newer := h.newProcess(func(r *OPChainReconciler) { r.Generator = h.r.Generator.WithHelper("op-stack-operator:newer") })
	if _, err := newer.Reconcile(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	for component, generation := range h.generations() {
		if generation != before[component] {
			t.Errorf("%s was changed by an upgrade of the operator", component)
		}
	}
}

// TestGenesisMoves takes a running chain's genesis out of its Secret and puts it back. What the
// running pod reads stays until the next pod does without.
func TestGenesisMoves(t *testing.T) {
	t.Parallel()
	h, file := start(t, polling), smallGenesis()
	chain := h.running("alpha")
	server := serveFile(t, nil)
	h.change(chain, func(c *v1alpha1.OPChain) { testenv.WithGenesisAt(server.at(), file)(c) })
	h.until(chain, "waits", configurationIs(metav1.ConditionUnknown, v1alpha1.ReasonDownloadFailed))
	if h.gone(&corev1.ConfigMap{}, "alpha-op-geth") {
		t.Error("the running pod lost its genesis")
	}
	server.set(func(s *webServer) { s.data = append(bytes.Clone(file), ' ') })
	h.hours.SetTime(h.hours.Now().Add(time.Hour))
	h.until(chain, "refuses another file", configurationIs(metav1.ConditionFalse, string(v1alpha1.CodeGenesisDigestMismatch)))
	if h.gone(&corev1.ConfigMap{}, "alpha-op-geth") {
		t.Error("the running pod lost its genesis")
	}
	server.set(func(s *webServer) { s.data = file })
	h.hours.SetTime(h.hours.Now().Add(time.Hour))
	h.until(chain, "runs from the URL", phaseIs(v1alpha1.PhaseRunning))
	h.eventually("removes the ConfigMap", func() (bool, string) { return h.gone(&corev1.ConfigMap{}, "alpha-op-geth"), "still there" })
	h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.L2.Genesis, c.Spec.L2.GenesisConfigSecret = nil, "alpha-genesis"
	})
	h.until(chain, "runs from the Secret again", phaseIs(v1alpha1.PhaseRunning))
	if h.gone(&corev1.ConfigMap{}, "alpha-op-geth") {
		t.Error("the ConfigMap did not come back")
	}
}
