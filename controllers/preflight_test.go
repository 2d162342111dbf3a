package controllers

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	chainconfig "github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// stranger is an account that no chain of the tests has anything to do with.
var stranger = common.HexToAddress("0x00000000000000000000000000000000000000aa")

// clocked is a harness with a clock that only the test moves, by which the nodes go too: L1 is asked
// again, and chains are looked at, when the test lets time pass.
type clocked struct {
	*harness
	clock *clocktesting.FakePassiveClock
}

// startClocked runs the controller by a clock of its own.
func startClocked(t *testing.T, tune ...func(ctrl.Manager, *OPChainReconciler)) *clocked {
	t.Helper()
	clk := clocktesting.NewFakePassiveClock(time.Now())
	byClock := func(mgr ctrl.Manager, r *OPChainReconciler) {
		r.Clock, r.Loader, r.Reporter = clk, chainconfig.NewLoader(mgr.GetAPIReader(), clk), reporter(mgr, clk, time.Hour)
	}
	c := &clocked{clock: clk, harness: start(t, append(tune, byClock)...)}
	c.later(0)
	return c
}

// later lets time pass, in which chains go on as they should.
func (c *clocked) later(d time.Duration) {
	now := c.clock.Now().Add(d)
	c.nodes.Set(func(n *testenv.Nodes) { n.Now, n.LastBatch, n.LastGame = c.clock.Now, now, now })
	c.clock.SetTime(now)
}

func (h *harness) l1(change func(*testenv.L1)) {
	h.nodes.Set(func(n *testenv.Nodes) { change(&n.L1) })
}

// nothingStarted fails if anything is there of a chain but what the operator generates for it.
func (h *harness) nothingStarted(chain string) {
	h.t.Helper()
	if there := h.objects(chain); !slices.Equal(there, []string{"Secret " + chain + "-generated"}) {
		h.t.Errorf("there is %v, want nothing but the generated Secret", there)
	}
	for _, component := range []string{names.Geth, names.Node} {
		if !h.gone(&corev1.PersistentVolumeClaim{}, chain+"-"+component) {
			h.t.Errorf("%s has a claim", component)
		}
	}
}

// preflightIs is a chain whose Ready and PreflightPassed are so.
func preflightIs(ready, passed metav1.ConditionStatus) func(*v1alpha1.OPChain) bool {
	return func(c *v1alpha1.OPChain) bool {
		return condition(c, v1alpha1.ConditionReady).Status == ready && condition(c, v1alpha1.ConditionPreflightPassed).Status == passed &&
			c.Status.ObservedGeneration == c.Generation
	}
}

// announced waits for an event of a chain.
func (h *harness) announced(chain, kind, reason string) {
	h.t.Helper()
	h.eventually("has an event "+reason, func() (bool, string) {
		events := &eventsv1.EventList{}
		h.must("list events", h.Client.List(h.t.Context(), events, client.InNamespace(h.Namespace)))
		return slices.ContainsFunc(events.Items, func(e eventsv1.Event) bool {
			return e.Reason == reason && e.Type == kind && e.Regarding.Name == chain
		}), "no such event"
	})
}

func TestL1ThatCannotWorkStartsNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		wrong       func(*testenv.L1)
		wantReason  v1alpha1.FindingCode
		wantMessage string
	}{
		"another chain": {func(l1 *testenv.L1) { l1.ChainID = 5 }, v1alpha1.CodeL1WrongChain, "spec.l1.rpcUrl: the endpoint is of the chain with ID 5"},
		"no contract": {func(l1 *testenv.L1) {
			l1.NoCode = map[common.Address]bool{common.HexToAddress(testenv.SystemConfig): true}
		}, v1alpha1.CodeContractMissing, "spec.l1.contractAddresses.systemConfig"},
		"two faults": {func(l1 *testenv.L1) { l1.Origin, l1.PortalSystemConfig = common.Hash{1}, stranger }, v1alpha1.CodeL1OriginMismatch,
			"belongs to another"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startClocked(t, polling)
			good := h.nodes.L1
			h.l1(tc.wrong)
			chain := h.chain("alpha")
			h.CreateChain(t, chain)
			chain = h.until(chain, "is refused", phaseIs(v1alpha1.PhaseConfigurationInvalid))
			got := condition(chain, v1alpha1.ConditionPreflightPassed)
			if got.Status != metav1.ConditionFalse || got.Reason != string(tc.wantReason) {
				t.Errorf("PreflightPassed is %+v, want %s: …%s…", got, tc.wantReason, tc.wantMessage)
			}
			for kind, want := range map[string]metav1.ConditionStatus{
				v1alpha1.ConditionReady: metav1.ConditionFalse, v1alpha1.ConditionStalled: metav1.ConditionTrue,
				v1alpha1.ConditionReconciling: metav1.ConditionFalse, v1alpha1.ConditionConfigurationValid: metav1.ConditionTrue,
			} {
				if c := condition(chain, kind); c.Status != want {
					t.Errorf("%s is %+v, want %s", kind, c, want)
				}
			}
			if found := chain.Status.Preflight.Findings; len(found) == 0 || found[0].Code != tc.wantReason {
				t.Errorf("status.preflight has %+v", found)
			}
			h.announced("alpha", corev1.EventTypeWarning, string(tc.wantReason))
			h.nothingStarted("alpha")
			for range 20 { // no time passes
				h.pass(chain)()
			}
			if asked := h.nodes.AskedFor("alpha", "l1", "eth_chainId"); asked != 1 {
				t.Errorf("L1 was asked %d times, want once", asked)
			}
			h.l1(func(l1 *testenv.L1) { *l1 = good })
			h.later(l1Retry)
			h.until(chain, "runs once L1 is as it should be", phaseIs(v1alpha1.PhaseRunning))
		})
	}
}

// TestSilentL1HoldsANewChain also looks that nobody learns of the endpoint's key.
func TestSilentL1HoldsANewChain(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef0123456789abcdef"
	h := startClocked(t, polling)
	h.l1(func(l1 *testenv.L1) { l1.Down = true })
	chain := h.chain("alpha")
	url := string(chain.Spec.L1.RPCURL) + "?apikey=" + key
	chain.Spec.L1.RPCURL = ""
	chain.Spec.L1.RPCURLFrom = &v1alpha1.ValueFromSecret{SecretKeyRef: v1alpha1.SecretKeySelector{Name: "endpoint", Key: "url"}}
	h.must("create", h.Client.Create(t.Context(), &corev1.Secret{ObjectMeta: objectMeta(h.Namespace, "endpoint"), Data: map[string][]byte{"url": []byte(url)}}))
	h.CreateChain(t, chain)
	chain = h.until(chain, "waits", preflightIs(metav1.ConditionFalse, metav1.ConditionUnknown))
	if chain.Status.Phase != v1alpha1.PhasePending {
		t.Errorf("phase is %s, want Pending", chain.Status.Phase)
	}
	ready, want := condition(chain, v1alpha1.ConditionReady), `Secret endpoint, key "url": L1 gives no answer: 503 Service Unavailable`
	if ready.Reason != string(v1alpha1.CodeL1NoAnswer) || !strings.Contains(ready.Message, want) {
		t.Errorf("Ready is %+v, want L1NoAnswer: …%s…", ready, want)
	}
	if c := condition(chain, v1alpha1.ConditionReconciling); c.Status != metav1.ConditionTrue {
		t.Errorf("Reconciling is %+v, want True: it is asked again", c)
	}
	if c := condition(chain, v1alpha1.ConditionL2ServicesReady); c.Reason != v1alpha1.ReasonNotDeployed || c.Message != "nothing is started before L1 has answered" {
		t.Errorf("L2ServicesReady is %+v", c)
	}
	h.announced("alpha", corev1.EventTypeWarning, string(v1alpha1.CodeL1NoAnswer))
	h.nothingStarted("alpha")
	h.l1(func(l1 *testenv.L1) { l1.Down = false })
	h.later(l1Wait)
	chain = h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	events := &eventsv1.EventList{}
	h.must("list events", h.Client.List(t.Context(), events, client.InNamespace(h.Namespace)))
	text, err := yaml.Marshal([]any{chain, events})
	if err != nil || strings.Contains(string(text), key) || strings.Contains(string(text), "alpha/l1") {
		t.Errorf("the chain or an event shows the endpoint, %v:\n%s", err, text)
	}
}

func TestSilentL1LeavesAChainAlone(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.running("alpha")
	before := h.generations()
	h.l1(func(l1 *testenv.L1) { l1.Down = true })
	h.later(time.Hour)
	h.until(chain, "is Ready all the same", preflightIs(metav1.ConditionTrue, metav1.ConditionUnknown))
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Node.Image = "op-node:v1.19.7" })
	chain = h.until(chain, "runs the new image", func(c *v1alpha1.OPChain) bool {
		return phaseIs(v1alpha1.PhaseRunning)(c) && image(h.harness, "alpha-op-node") == "op-node:v1.19.7"
	})
	if !preflightIs(metav1.ConditionTrue, metav1.ConditionUnknown)(chain) {
		t.Errorf("want Ready True and PreflightPassed Unknown: %s", describe(chain))
	}
	before["op-node"]++
	if diff := cmp.Diff(before, h.generations()); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if chain.Status.Preflight.CheckedL1At == nil || chain.Status.Preflight.CheckedL1At.After(h.clock.Now().Add(-time.Minute)) {
		t.Errorf("L1 was checked at %v, though it did not answer", chain.Status.Preflight.CheckedL1At)
	}
}

// silentL1 is another L1, which does not answer yet.
func (c *clocked) silentL1() *testenv.Nodes {
	c.t.Helper()
	there := testenv.RunNodes(c.t)
	there.Set(func(n *testenv.Nodes) { n.Now, n.L1.Down = c.clock.Now, true })
	return there
}

// A misspelt URL ends no program. Once somebody answers there, the chain moves.
func TestChainDoesNotMoveToASilentL1(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain, there := h.running("alpha"), h.silentL1()
	before := h.generations()
	h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.L1.RPCURL = v1alpha1.Endpoint(there.Endpoint("alpha", "l1"))
		c.Spec.Components.Geth.Image = "op-geth:v9" // which asks no L1
	})
	chain = h.until(chain, "says what it waits for", func(c *v1alpha1.OPChain) bool {
		return condition(c, v1alpha1.ConditionReady).Reason == string(v1alpha1.CodeL1NoAnswer) && image(h.harness, "alpha-op-geth") == "op-geth:v9"
	})
	ready := condition(chain, v1alpha1.ConditionReady)
	if ready.Status != metav1.ConditionFalse || chain.Status.Phase != v1alpha1.PhaseDeploying || !strings.HasSuffix(ready.Message, "what runs goes on as it was") {
		t.Errorf("%s, Ready is %s: %s", chain.Status.Phase, ready.Status, ready.Message)
	}
	before["op-geth"]++
	if diff := cmp.Diff(before, h.generations()); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	there.Set(func(n *testenv.Nodes) { n.L1.Down = false })
	h.later(time.Minute)
	h.until(chain, "has moved", func(c *v1alpha1.OPChain) bool {
		return preflightIs(metav1.ConditionTrue, metav1.ConditionTrue)(c) && h.generations()["op-node"] == before["op-node"]+1
	})
}

// A user who ignores that L1 does not answer has the chain move, as one whose operator does not
// reach what its pods do.
func TestChainMovesToAnL1ThatTheUserVouchesFor(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain, there := h.running("alpha"), h.silentL1()
	before := h.generations()
	h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.L1.RPCURL = v1alpha1.Endpoint(there.Endpoint("alpha", "l1"))
		c.Spec.Preflight.Ignore = []v1alpha1.FindingCode{v1alpha1.CodeL1NoAnswer}
	})
	h.until(chain, "has moved", func(*v1alpha1.OPChain) bool { return h.generations()["op-node"] == before["op-node"]+1 })
}

// TestSilentL1LetsAnOldChainStart has claims from a former life.
func TestSilentL1LetsAnOldChainStart(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	h.l1(func(l1 *testenv.L1) { l1.Down = true })
	chain := h.chain("alpha")
	claim := &corev1.PersistentVolumeClaim{}
	claim.Namespace, claim.Name, claim.Labels = h.Namespace, "alpha-op-geth", names.Labels(chain, names.Geth)
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	claim.Spec.Resources.Requests = testenv.Storage("10Gi")
	h.must("create claim", h.Client.Create(t.Context(), claim))
	h.CreateChain(t, chain)
	h.until(chain, "runs", preflightIs(metav1.ConditionTrue, metav1.ConditionUnknown))
}

// TestRotatedBatcherShows also looks that L1, once it falls silent, takes nothing back.
func TestRotatedBatcherShows(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.running("alpha")
	before, good := h.generations(), h.nodes.L1
	h.l1(func(l1 *testenv.L1) { l1.Batcher = stranger })
	h.later(time.Hour)
	chain = h.until(chain, "notices", preflightIs(metav1.ConditionFalse, metav1.ConditionFalse))
	if c := condition(chain, v1alpha1.ConditionReady); c.Reason != string(v1alpha1.CodeBatcherNotAuthorized) || !strings.Contains(c.Message, stranger.Hex()) {
		t.Errorf("Ready is %+v, want the other account named", c)
	}
	if c := condition(chain, v1alpha1.ConditionL2ServicesReady); c.Status != metav1.ConditionTrue {
		t.Errorf("L2ServicesReady is %+v, want True: the chain still runs", c)
	}
	h.announced("alpha", corev1.EventTypeWarning, string(v1alpha1.CodeBatcherNotAuthorized))
	h.l1(func(l1 *testenv.L1) { l1.Down = true })
	h.later(l1Retry)
	chain = h.until(chain, "says that L1 fell silent", func(c *v1alpha1.OPChain) bool {
		return slices.ContainsFunc(c.Status.Preflight.Findings, func(f v1alpha1.Finding) bool { return f.Code == v1alpha1.CodeL1NoAnswer })
	})
	if !preflightIs(metav1.ConditionFalse, metav1.ConditionFalse)(chain) {
		t.Errorf("silence took the refusal back: %s", describe(chain))
	}
	if diff := cmp.Diff(before, h.generations()); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	h.l1(func(l1 *testenv.L1) { *l1 = good })
	h.later(l1Retry)
	h.until(chain, "is well again", preflightIs(metav1.ConditionTrue, metav1.ConditionTrue))
}

// TestRefusedChangeWaits points a running chain at an L1 of another chain: it runs on as it was.
func TestRefusedChangeWaits(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.running("alpha")
	before, right := h.generations(), chain.Spec.L1.RPCURL
	h.l1(func(l1 *testenv.L1) { l1.ChainID = 5 })
	h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.L1.RPCURL = right + "?of=another"
		c.Spec.Components.Node.Image = "op-node:v1.19.7"
	})
	chain = h.until(chain, "is refused", preflightIs(metav1.ConditionFalse, metav1.ConditionFalse))
	if c := condition(chain, v1alpha1.ConditionL2ServicesReady); c.Status != metav1.ConditionTrue {
		t.Errorf("L2ServicesReady is %+v, want True: the chain runs on", c)
	}
	h.quiet(chain)
	if diff := cmp.Diff(before, h.generations()); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	h.l1(func(l1 *testenv.L1) { l1.ChainID = testenv.L1ChainID })
	h.later(l1Retry)
	h.until(chain, "takes the change", func(c *v1alpha1.OPChain) bool {
		return preflightIs(metav1.ConditionTrue, metav1.ConditionTrue)(c) && image(h.harness, "alpha-op-node") == "op-node:v1.19.7"
	})
}

// TestMendedRefusalIsTakenBack has an L1 that never tells everything: it lacks the block at which
// the rollup begins. What it does tell counts all the same.
func TestMendedRefusalIsTakenBack(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.running("alpha")
	h.l1(func(l1 *testenv.L1) { l1.Batcher, l1.NoBlocks = stranger, true })
	h.later(time.Hour)
	chain = h.until(chain, "notices", preflightIs(metav1.ConditionFalse, metav1.ConditionFalse))
	h.l1(func(l1 *testenv.L1) { l1.Batcher = testenv.Account(testenv.BatcherKey) })
	h.later(l1Retry)
	h.until(chain, "is well again, as far as L1 tells", preflightIs(metav1.ConditionTrue, metav1.ConditionUnknown))
}

// TestIgnoredSilenceHoldsNobody is for an operator that cannot reach an L1 which the chain's pods
// can.
func TestIgnoredSilenceHoldsNobody(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	h.l1(func(l1 *testenv.L1) { l1.Down = true })
	chain := h.running("alpha", func(c *v1alpha1.OPChain) {
		c.Spec.Preflight.Ignore = []v1alpha1.FindingCode{v1alpha1.CodeL1NoAnswer}
	})
	if !preflightIs(metav1.ConditionTrue, metav1.ConditionUnknown)(chain) {
		t.Errorf("want Ready True and PreflightPassed Unknown: %s", describe(chain))
	}
}

// TestRefusedProposerHoldsNobodyElse enables a proposer that L1 does not let propose.
func TestRefusedProposerHoldsNobodyElse(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	good := h.nodes.L1
	h.l1(func(l1 *testenv.L1) { l1.Proposer = stranger })
	chain := h.running("alpha", func(c *v1alpha1.OPChain) { c.Spec.Components.Proposer.Enabled = new(false) })
	h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.Components.Proposer.Enabled, c.Spec.Components.Batcher.Image = new(true), "op-batcher:v1.19.7"
	})
	chain = h.until(chain, "refuses the proposer", preflightIs(metav1.ConditionFalse, metav1.ConditionFalse))
	h.eventually("changes the batcher all the same", func() (bool, string) {
		got := image(h.harness, "alpha-op-batcher")
		return got == "op-batcher:v1.19.7", got
	})
	want := "waiting for op-proposer (L1 to be as it needs it: ProposerNotAuthorized)"
	if c := condition(chain, v1alpha1.ConditionL2ServicesReady); !strings.HasPrefix(c.Message, want) {
		t.Errorf("L2ServicesReady is %+v, want %q", c, want)
	}
	h.l1(func(l1 *testenv.L1) { l1.Down = true }) // which must not let it start
	h.later(l1Retry)
	h.until(chain, "says that L1 fell silent", func(c *v1alpha1.OPChain) bool {
		return slices.ContainsFunc(c.Status.Preflight.Findings, func(f v1alpha1.Finding) bool { return f.Code == v1alpha1.CodeL1NoAnswer })
	})
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.Image = "op-batcher:v1.19.8" })
	h.until(chain, "takes a change that is no matter of L1's", func(c *v1alpha1.OPChain) bool {
		return c.Status.ObservedGeneration == c.Generation && image(h.harness, "alpha-op-batcher") == "op-batcher:v1.19.8"
	})
	for kind, factory := range kinds {
		if kind == manifests.KindPodMonitor {
			continue // of which this API server knows nothing
		}
		if !h.gone(factory.object(), "alpha-op-proposer") {
			t.Errorf("%s alpha-op-proposer was made", kind)
		}
	}
	h.l1(func(l1 *testenv.L1) { *l1 = good })
	h.later(l1Retry)
	h.until(chain, "runs", preflightIs(metav1.ConditionTrue, metav1.ConditionTrue))
	h.deployment("alpha-op-proposer")
}

// TestRefusedChainStopsWhatIsDisabled: L1 has no say in what is stopped.
func TestRefusedChainStopsWhatIsDisabled(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.running("alpha")
	h.l1(func(l1 *testenv.L1) { l1.ChainID = 5 })
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.Enabled = new(false) })
	h.until(chain, "is refused", preflightIs(metav1.ConditionFalse, metav1.ConditionFalse))
	for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.Secret{}} {
		h.eventually("removes op-batcher", func() (bool, string) { return h.gone(object, "alpha-op-batcher"), "still there" })
	}
	h.deployment("alpha-op-geth")
}

// TestForkComesByTheClock has an op-geth that is too old for a fork that comes in three hours.
// Nobody changes anything meanwhile.
func TestForkComesByTheClock(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.chain("alpha")
	chain.Spec.Components.Geth.Image = "op-geth:v1.101602.0"
	chain.Spec.Preflight.ForkNotice = "1h"
	files, jovian := testenv.NewDeployment(chain, testenv.Account(testenv.BatcherKey)), h.clock.Now().Add(3*time.Hour).Unix()
	files.Rollup["jovian_time"], files.Genesis.At("config")["jovianTime"] = jovian, jovian
	files.Rehash()
	secrets := testenv.Inputs(chain)
	for _, secret := range secrets {
		switch secret.Name {
		case "alpha-genesis":
			secret.Data = map[string][]byte{"genesis.json": files.Genesis.JSON()}
		case "alpha-rollup":
			secret.Data = map[string][]byte{"rollup.json": files.Rollup.JSON()}
		}
	}
	h.CreateSecrets(t, secrets)
	h.must("create", h.Client.Create(t.Context(), chain))
	chain = h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	tooOld := func(severity v1alpha1.FindingSeverity) func(*v1alpha1.OPChain) bool {
		return func(c *v1alpha1.OPChain) bool {
			return slices.ContainsFunc(c.Status.Preflight.Findings, func(f v1alpha1.Finding) bool {
				return f.Code == v1alpha1.CodeImageTooOld && f.Severity == severity
			})
		}
	}
	if tooOld(v1alpha1.SeverityWarning)(chain) || tooOld(v1alpha1.SeverityError)(chain) {
		t.Fatalf("warned too soon: %+v", chain.Status.Preflight.Findings)
	}
	before := h.generations()
	h.later(2*time.Hour + time.Second)
	chain = h.until(chain, "warns an hour before", tooOld(v1alpha1.SeverityWarning))
	if c := condition(chain, v1alpha1.ConditionReady); c.Status != metav1.ConditionTrue {
		t.Errorf("Ready is %+v, want True: it is a warning", c)
	}
	h.later(time.Hour)
	chain = h.until(chain, "refuses when the fork is there", tooOld(v1alpha1.SeverityError))
	if c := condition(chain, v1alpha1.ConditionReady); c.Status != metav1.ConditionFalse || c.Reason != string(v1alpha1.CodeImageTooOld) {
		t.Errorf("Ready is %+v, want False for the image", c)
	}
	if diff := cmp.Diff(before, h.generations()); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Geth.Image = "op-geth:v1.101603.5" })
	h.until(chain, "takes the right image", func(c *v1alpha1.OPChain) bool {
		return phaseIs(v1alpha1.PhaseRunning)(c) && image(h.harness, "alpha-op-geth") == "op-geth:v1.101603.5"
	})
}

func TestIgnoredRefusalIsAWarning(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	h.l1(func(l1 *testenv.L1) { l1.Batcher = stranger })
	chain := h.running("alpha", func(c *v1alpha1.OPChain) {
		c.Spec.Preflight.Ignore = []v1alpha1.FindingCode{v1alpha1.CodeBatcherNotAuthorized}
	})
	if c := condition(chain, v1alpha1.ConditionPreflightPassed); c.Status != metav1.ConditionTrue || !strings.Contains(c.Message, "1 warning") {
		t.Errorf("PreflightPassed is %+v, want True with a warning", c)
	}
	isWarning := func(f v1alpha1.Finding) bool {
		return f.Code == v1alpha1.CodeBatcherNotAuthorized && f.Severity == v1alpha1.SeverityWarning
	}
	if !slices.ContainsFunc(chain.Status.Preflight.Findings, isWarning) {
		t.Errorf("status.preflight has %+v, want the warning", chain.Status.Preflight.Findings)
	}
}

// TestRestartedOperatorWithoutL1ChangesNothing: what the operator knew of L1 is gone, and L1
// does not tell it again.
func TestRestartedOperatorWithoutL1ChangesNothing(t *testing.T) {
	t.Parallel()
	h := startClocked(t, polling)
	chain := h.running("alpha")
	h.quiet(chain)
	h.l1(func(l1 *testenv.L1) { l1.Down = true })
	fresh := h.newProcess()
	h.requests.Reset()
	if _, err := fresh.Reconcile(t.Context(), chain); err != nil {
		t.Fatal(err)
	}
	writes := h.writes()
	delete(writes, statusPatch)
	if len(writes) > 0 {
		t.Errorf("the new operator wrote %v", writes)
	}
	if !preflightIs(metav1.ConditionTrue, metav1.ConditionUnknown)(chain) {
		t.Errorf("want Ready True and PreflightPassed Unknown: %s", describe(chain))
	}
}

// TestSettledChainAsksL1Nothing looks at 1,000 passes, and then at the one in which it is time.
func TestSettledChainAsksL1Nothing(t *testing.T) {
	t.Parallel()
	h := startClocked(t)
	chain := h.running("alpha")
	h.quiet(chain)
	h.r.Observer.Wait()
	h.requests.Reset()
	asked, pass := h.nodes.Asked("alpha", "l1"), h.pass(chain)
	for range 1000 {
		pass()
	}
	if got := h.nodes.Asked("alpha", "l1") - asked; got != 0 {
		t.Errorf("1000 passes over a settled chain asked L1 %d times", got)
	}
	h.later(time.Hour)
	asked = h.nodes.AskedFor("alpha", "l1", "eth_chainId")
	for range 10 {
		pass()
	}
	if got := h.nodes.AskedFor("alpha", "l1", "eth_chainId") - asked; got != 1 {
		t.Errorf("after an hour L1 was asked %d times, want once", got)
	}
	if reads := h.requests.All()[testenv.Request{Verb: "get", Resource: "secrets"}]; reads != 0 {
		t.Errorf("asking L1 read %d Secrets, want none", reads)
	}
}

// TestManyFindingsAreTaken gives the API server as much as can be found.
func TestManyFindingsAreTaken(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	var found preflight.Findings
	for range 100 {
		found = append(found, v1alpha1.Finding{
			Code: v1alpha1.CodeRollupFieldInvalid, Severity: v1alpha1.SeverityError, Secret: strings.Repeat("s", 300), Key: strings.Repeat("é", 300),
			Message: strings.Repeat("é\xff\x00", 2000), Cure: strings.Repeat("x", 3000),
		})
	}
	seen := status.Observation{Inputs: found, L1: status.L1{Asked: true, Complete: true, Answered: time.Now(), Findings: found}}
	h.must("report", h.r.Reporter.Report(t.Context(), chain, seen))
	h.must("read", h.Client.Get(t.Context(), client.ObjectKeyFromObject(chain), chain))
	if got := chain.Status.Preflight; len(got.Findings) != 32 || got.Omitted != 168 {
		t.Errorf("%d findings and %d omitted, want 32 and 168", len(got.Findings), got.Omitted)
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 34, 56, 0, time.UTC)
	r := &OPChainReconciler{Clock: clocktesting.NewFakePassiveClock(now), PollInterval: time.Minute}
	cases := map[string]struct {
		outcome outcome
		look    time.Time
		want    time.Duration
	}{
		"all is well":               {outcome{}, time.Time{}, time.Minute},
		"an old pod is ending":      {outcome{waiting: map[string]string{names.Geth: "its old pod"}}, time.Time{}, shortPause},
		"a genesis is on its way":   {outcome{pending: &download.PendingError{}}, time.Time{}, shortPause},
		"other downloads go first":  {outcome{pending: &download.PendingError{Queued: true}}, time.Time{}, retryPause},
		"a download failed":         {outcome{pending: &download.PendingError{Failed: true}}, time.Time{}, retryPause},
		"something failed":          {outcome{err: errors.New("no")}, time.Time{}, retryPause},
		"L1 is to be asked soon":    {outcome{said: answer{again: now.Add(15 * time.Second)}}, time.Time{}, 15 * time.Second},
		"L1 is to be asked by now":  {outcome{said: answer{again: now.Add(-time.Second)}}, time.Time{}, shortPause},
		"a fork is near":            {outcome{said: answer{again: now.Add(time.Hour)}, until: now.Add(5 * time.Second)}, time.Time{}, 5 * time.Second},
		"nothing is due for a time": {outcome{said: answer{again: now.Add(time.Hour)}, until: now.Add(time.Hour)}, now.Add(2 * time.Minute), time.Minute},
		"a look is due soon":        {outcome{}, now.Add(time.Second), time.Second},
		"a look is due by now":      {outcome{}, now, time.Millisecond},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := r.pause(tc.outcome, tc.look); got != tc.want {
				t.Errorf("pause() = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestMomentAfter(t *testing.T) {
	t.Parallel()
	now, last := time.Date(2026, 11, 22, 12, 34, 56, 789, time.UTC), time.Duration(0)
	perTenth := make([]int, 10)
	for i := range 1000 {
		uid := types.UID(strings.Repeat("u", i))
		wait := momentAfter(now, time.Hour, uid).Sub(now)
		if wait <= 0 || wait > time.Hour {
			t.Fatalf("the next moment is in %v", wait)
		}
		if again := momentAfter(now.Add(wait), time.Hour, uid).Sub(now); again != wait+time.Hour {
			t.Fatalf("after one in %v comes one in %v", wait, again)
		}
		perTenth[min(9, int(10*wait/time.Hour))]++
		last = max(last, wait)
	}
	for tenth, n := range perTenth { // 100 each, give or take five deviations
		if n < 50 || n > 150 {
			t.Errorf("%d of 1000 chains ask in tenth %d of the hour", n, tenth)
		}
	}
}

// Whatever can be found on L1 concerns components that there are.
func TestRefused(t *testing.T) {
	t.Parallel()
	found := preflight.Findings{
		{Severity: v1alpha1.SeverityWarning, Code: v1alpha1.CodeL1WrongChain},
		{Severity: v1alpha1.SeverityError, Code: v1alpha1.CodeBatcherNotAuthorized},
		{Severity: v1alpha1.SeverityError, Code: v1alpha1.CodeProposerNotAuthorized},
	}
	want := map[string]v1alpha1.FindingCode{
		names.Geth: "", names.Node: "", names.Batcher: v1alpha1.CodeBatcherNotAuthorized, names.Proposer: v1alpha1.CodeProposerNotAuthorized,
	}
	for _, component := range manifests.Components() {
		if got := refused(found, component); got != want[component] {
			t.Errorf("%s is refused for %q, want %q", component, got, want[component])
		}
	}
}
