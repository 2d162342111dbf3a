//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Limits that are short, because nobody waits eleven hours for a test. What the account spends is
// not limited: the test itself moves all of it at once.
const (
	batchAge  = 30 * time.Second
	l1Silence = 15 * time.Second
	limits    = `{"unsafeHeadAge": "20s", "batchAge": "30s", "l1Silence": "15s", "l1HeadAge": "1m", "proposalAge": "2m", "fundsLeft": "1s", "volumeUsedPercent": 100}`
	// polls is the time that the operator may take on top: some looks, the last of which may
	// wait for a program that does not answer, and a busy machine.
	polls = 20 * time.Second
)

// told are the conditions of a chain that has all components.
var told = []string{
	v1alpha1.ConditionReady, v1alpha1.ConditionConfigurationValid, v1alpha1.ConditionPreflightPassed, v1alpha1.ConditionL2ServicesReady,
	v1alpha1.ConditionStorageHealthy, v1alpha1.ConditionL1Reachable, v1alpha1.ConditionSequencerProgressing,
	v1alpha1.ConditionBatcherProgressing, v1alpha1.ConditionProposerProgressing, v1alpha1.ConditionSignersFunded,
}

// watched is a chain that bad things happen to, and all that is told of it.
type watched struct {
	chain
	history *history
	scraper scraper
	l1      *ethclient.Client
}

// TestHealth does to a chain what happens to chains, one after the other, and wants it told by
// conditions, events and metrics, soon, and taken back when it is over.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := &watched{chain: newChain("health", "watched")}
	client, err := ethclient.DialContext(t.Context(), l1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w.l1 = client
	w.comesUpHealthy(t)
	for _, s := range []step{
		{"everything is told", w.everythingIsTold},
		{"the plugin shows it", w.pluginShowsIt},
		{"metrics are exposed", w.metricsAreExposed},
		{"batcher stopped", w.batcherStopped},
		{"batcher out of ETH", w.batcherOutOfETH},
		{"L1 cut off", w.l1CutOff},
		{"op-node killed", w.nodeKilled},
		{"nothing went backwards", func(t *testing.T) { w.history.onlyForward(t, 0) }},
		{"deleted", w.deletedWithItsSeries},
	} {
		t.Run(s.name, s.run) // each leaves the chain as it found it, so that one failure hides no other
	}
}

// comesUpHealthy starts the chain behind a relay of its own, and begins to watch it.
func (w *watched) comesUpHealthy(t *testing.T) {
	t.Helper()
	w.kubectl(t, "apply", "-f", filepath.Join("testdata", "relay.yaml"))
	w.kubectl(t, "rollout", "status", "deployment/l1-relay", "--timeout=60s")
	w.kubectl(t, "apply", "-f", w.watchedManifest(t))
	w.scraper = w.chain.scraper(t)
	began := time.Now()
	w.until(t, 4*time.Minute, "it is ready", running)
	w.history = w.remember(t)
	w.history.await(t, 0, 3*time.Minute, "all conditions are True", func(c *v1alpha1.OPChain) bool { return isTrue(c, told...) })
	t.Logf("all conditions are True after %s", since(began))
}

func since(began time.Time) time.Duration { return time.Since(began).Round(100 * time.Millisecond) }

// watchedManifest is that of the sample, with the relay for L1 and short limits.
func (w *watched) watchedManifest(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(w.manifest)
	if err != nil {
		t.Fatal(err)
	}
	made := &v1alpha1.OPChain{}
	if err := yaml.UnmarshalStrict(text, made); err != nil {
		t.Fatal(err)
	}
	var deployed struct{ L2ChainID int64 }
	w.load(t, "addresses.json", &deployed)
	made.Name, made.Spec.L2.ChainID = w.name, deployed.L2ChainID
	made.Spec.L1.RPCURL = v1alpha1.Endpoint("http://l1." + w.namespace + ".svc:8545")
	if err := json.Unmarshal([]byte(limits), &made.Spec.Monitoring.Thresholds); err != nil {
		t.Fatal(err)
	}
	text, err = yaml.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// untold lists what the status of a healthy chain does not tell, or tells wrongly.
func (w *watched) untold(t *testing.T, s *v1alpha1.OPChainStatus) []string {
	t.Helper()
	var list []string
	want := func(name string, ok bool) {
		if !ok {
			list = append(list, name)
		}
	}
	fresh := func(at *metav1.Time) bool { return at != nil && time.Since(at.Time) < 2*time.Minute }
	all := s.ComponentStatus
	for name, state := range map[string]*v1alpha1.ComponentState{
		"op-geth": &all.Geth.ComponentState, "op-node": &all.Node.ComponentState,
		"op-batcher": &all.Batcher.ComponentState, "op-proposer": &all.Proposer.ComponentState,
	} {
		want(name+": ready", state.Ready != nil && *state.Ready)
		want(name+": restarts", state.Restarts != nil && *state.Restarts == 0)
		want(name+": no exit", state.LastExit == nil)
		if name != "op-proposer" { // nobody asks it
			want(name+": version", state.Version != "")
			want(name+": when it answered", fresh(state.ObservedAt))
		}
	}
	want("op-geth: version", strings.Contains(all.Geth.Version, "1.101702"))
	want("op-geth: not syncing", all.Geth.Syncing != nil && !*all.Geth.Syncing)
	want("op-geth: peers", all.Geth.Peers != nil && *all.Geth.Peers == 0)
	want("op-node: peers", all.Node.Peers != nil && *all.Node.Peers == 0)
	want("op-node: sequencing", all.Node.Sequencing != nil && *all.Node.Sequencing)
	want("op-node: L1 origin", all.Node.SafeL1Origin != nil && *all.Node.SafeL1Origin > 0)
	unsafe, safe, finalized := heads(&v1alpha1.OPChain{Status: *s})
	want("heads in their order", finalized > 0 && finalized <= safe && safe <= unsafe)
	want("times of the heads", all.Node.UnsafeTime != nil && all.Node.SafeTime != nil && all.Node.FinalizedTime != nil)
	want("L1: height", s.L1.HeadHeight != nil && *s.L1.HeadHeight > 0)
	want("L1: time", fresh(s.L1.HeadTime) && fresh(s.L1.ObservedAt))
	window := s.SequencingWindow
	want("sequencing window", window != nil && window.Size != nil && *window.Size == 3600 && window.Left != nil && *window.Left > 3000 && *window.Left <= 3600)
	want("window: severity and end", window != nil && window.Severity == v1alpha1.WindowSeverityNone && window.EndsAt != nil && time.Until(window.EndsAt.Time) > time.Hour)
	want("last batch", fresh(all.Batcher.LastBatchSubmission) && all.Batcher.LastBatchWitness == v1alpha1.BatchWitnessMetrics)
	want("last proposal", fresh(all.Proposer.LastProposal))
	for name, account := range map[string]*v1alpha1.AccountStatus{"batcher": all.Batcher.Account, "proposer": all.Proposer.Account} {
		want(name+": account", account != nil && strings.EqualFold(string(account.Address), w.signer(t, name+".key").Hex()))
		want(name+": balance", account != nil && strings.HasPrefix(string(account.Balance), "9999.") && fresh(account.ObservedAt))
	}
	for name, volume := range map[string]*v1alpha1.VolumeStatus{"op-geth": all.Geth.Volume, "op-node": all.Node.Volume} {
		want(name+": volume", volume != nil && fresh(volume.ObservedAt) && volume.Used.Sign() > 0 && volume.Used.Cmp(*volume.Capacity) < 0)
	}
	return list
}

func (w *watched) everythingIsTold(t *testing.T) {
	began := time.Now()
	eventually(t, 3*time.Minute, "status tells everything", func() (bool, string) {
		found := w.read(t)
		missing := w.untold(t, &found.Status)
		text, _ := json.Marshal(found.Status)
		return len(missing) == 0, fmt.Sprintf("missing %q in %s", missing, text)
	})
	t.Logf("after %s", since(began))
	// The relay's Service is as young as the chain: it may refuse the first question to L1.
	relay := []string{string(v1alpha1.CodeL1NoAnswer), v1alpha1.ReasonNotDeployed}
	if early := slices.DeleteFunc(w.warnings(t), func(reason string) bool { return slices.Contains(relay, reason) }); len(early) > 0 {
		t.Errorf("nothing was wrong so far, and yet there are the warnings %q", early)
	}
	for _, kind := range told {
		w.gauge(t, "opstack_chain_condition", 1, "condition="+kind)
	}
	for _, component := range []string{"op-geth", "op-node", "op-batcher", "op-proposer"} {
		w.gauge(t, "opstack_chain_component_ready", 1, "component="+component)
	}
}

func (w *watched) pluginShowsIt(t *testing.T) {
	shown, err := w.plugin(t, "status", w.name)
	if err != nil {
		t.Fatalf("%v\n%s", err, shown)
	}
	t.Log("\n" + shown)
	for _, want := range append([]string{w.name, "op-geth", "op-node", "op-batcher", "op-proposer"}, told[1:]...) {
		if !strings.Contains(shown, want) {
			t.Errorf("kubectl opchain status does not show %s", want)
		}
	}
	text, err := w.plugin(t, "status", w.name, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Namespace, Name, Phase           string
		Conditions, Components, Accounts []any
		Heads                            struct{ Unsafe, Safe, Finalized, Geth, L1 struct{ Number int64 } }
		Window                           struct{ SizeBlocks, LeftBlocks int64 }
		Storage                          []struct{ UsedBytes, CapacityBytes int64 }
		NotShown                         []string
	}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	h := &parsed.Heads
	if parsed.Namespace != w.namespace || parsed.Name != w.name || parsed.Phase != string(v1alpha1.PhaseRunning) || len(parsed.NotShown) > 0 ||
		len(parsed.Conditions) < len(told)-1 || len(parsed.Components) != 4 || len(parsed.Accounts) != 2 || len(parsed.Storage) != 2 {
		t.Errorf("kubectl opchain status -o json does not show all:\n%s", text)
	}
	if h.Unsafe.Number < h.Safe.Number || h.Safe.Number < h.Finalized.Number || h.Finalized.Number == 0 || h.Geth.Number == 0 || h.L1.Number == 0 {
		t.Errorf("heads are %+v", h)
	}
	if parsed.Window.SizeBlocks != 3600 || parsed.Window.LeftBlocks == 0 {
		t.Errorf("window is %+v", parsed.Window)
	}
	for _, volume := range parsed.Storage {
		if volume.UsedBytes == 0 || volume.UsedBytes > volume.CapacityBytes {
			t.Errorf("storage is %+v", parsed.Storage)
		}
	}
}

// An action is something that was done to the chain.
type action struct {
	at    time.Time
	place int // in the history
}

func (w *watched) act() action { return action{time.Now(), w.history.now()} }

// fault waits until a condition is False for one of the reasons, and wants all that is told
// beside it.
func (w *watched) fault(t *testing.T, after action, within time.Duration, kind string, reasons ...string) moment {
	t.Helper()
	found := w.history.await(t, after.place, within, kind+" is False", func(c *v1alpha1.OPChain) bool {
		is := condition(c, kind)
		return is.Status == metav1.ConditionFalse && slices.Contains(reasons, is.Reason)
	})
	is := condition(found.chain, kind)
	t.Logf("%s is False after %s: %s: %s", kind, max(0, found.at.Sub(after.at)).Round(100*time.Millisecond), is.Reason, is.Message)
	if ready := condition(found.chain, v1alpha1.ConditionReady); ready.Status != metav1.ConditionFalse || ready.Reason != is.Reason || ready.Message != is.Message {
		t.Errorf("Ready is %s (%s: %s), want it False as %s is", ready.Status, ready.Reason, ready.Message, kind)
	}
	if found.chain.Status.Phase != v1alpha1.PhaseDegraded {
		t.Errorf("phase is %s, want Degraded", found.chain.Status.Phase)
	}
	w.event(t, is.Reason)
	return found
}

// recovery waits until a condition is True again and all is well, and the chain further than it
// was.
func (w *watched) recovery(t *testing.T, after action, kind string) {
	t.Helper()
	all, err := w.history.since(after.place - 1)
	if err != nil {
		t.Fatal(err)
	}
	unsafe, safe, _ := heads(all[0].chain)
	found := w.history.await(t, after.place, 3*time.Minute, "it is well again", func(c *v1alpha1.OPChain) bool {
		u, s, _ := heads(c)
		return running(c) && isTrue(c, told...) && u > unsafe && s > safe
	})
	t.Logf("%s is True again after %s", kind, w.history.await(t, after.place, 0, kind+" is True", func(c *v1alpha1.OPChain) bool { return isTrue(c, kind) }).at.Sub(after.at).Round(100*time.Millisecond))
	t.Logf("well again, and with new blocks on L1, after %s", found.at.Sub(after.at).Round(100*time.Millisecond))
	for _, kind := range told {
		w.gauge(t, "opstack_chain_condition", 1, "condition="+kind)
	}
}

// warnings are the reasons of the warnings about the chain.
func (w *watched) warnings(t *testing.T) []string {
	t.Helper()
	var list corev1.EventList
	if err := json.Unmarshal([]byte(w.kubectl(t, "get", "events", "--field-selector", "involvedObject.kind=OPChain,involvedObject.name="+w.name, "-o", "json")), &list); err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for i := range list.Items {
		if e := &list.Items[i]; e.Type == corev1.EventTypeWarning && e.Message != "" {
			reasons = append(reasons, e.Reason)
		}
	}
	return reasons
}

// event wants a warning of that reason about the chain.
func (w *watched) event(t *testing.T, reason string) {
	t.Helper()
	eventually(t, 20*time.Second, "there is a warning "+reason, func() (bool, string) {
		all := w.warnings(t)
		return slices.Contains(all, reason), strings.Join(all, ", ")
	})
}

// gauge waits until a metric of the chain has a value.
func (w *watched) gauge(t *testing.T, name string, want float64, labels ...string) {
	t.Helper()
	w.metric(t, fmt.Sprintf("%s%q is %v", name, labels, want), name, func(value float64) bool { return value == want }, labels...)
}

// metric waits until the one series of the chain with these labels is as it should be, and
// gives its value.
func (w *watched) metric(t *testing.T, what, name string, ok func(float64) bool, labels ...string) float64 {
	t.Helper()
	var value float64
	often(t, 50*time.Millisecond, polls, what, func() (bool, string) { // op-node that was killed is back in a second or two
		var there bool
		value, there = w.scraper.page(t).value(name, append([]string{"namespace=" + w.namespace, "chain=" + w.name}, labels...)...)
		return there && ok(value), fmt.Sprintf("%v, there: %t", value, there)
	})
	return value
}

func (w *watched) patch(t *testing.T, spec string) {
	t.Helper()
	w.kubectl(t, "patch", "opchain", w.name, "--type=merge", "-p", `{"spec":`+spec+`}`)
}

// batcherStopped is the eleven hours of silence, in half a minute.
func (w *watched) batcherStopped(t *testing.T) {
	stop := w.act()
	w.patch(t, `{"components":{"batcher":{"enabled":false}}}`)
	defer w.patch(t, `{"components":{"batcher":{"enabled":true}}}`)
	w.fault(t, stop, batchAge+polls+30*time.Second, v1alpha1.ConditionBatcherProgressing, v1alpha1.ReasonBatchesOverdue)
	w.gauge(t, "opstack_chain_condition", 0, "condition="+v1alpha1.ConditionBatcherProgressing)
	const left = "opstack_chain_sequencing_window_left_seconds"
	first := w.metric(t, "time is left", left, func(s float64) bool { return s > 0 })
	second := w.metric(t, "less time is left", left, func(s float64) bool { return s < first-2 })
	window := w.read(t).Status.SequencingWindow
	t.Logf("%d of %d L1 blocks are left; Prometheus reads %.1f s, then %.1f s", *window.Left, *window.Size, first, second)
	w.history.await(t, stop.place, polls, "fewer blocks are left", func(c *v1alpha1.OPChain) bool {
		is := c.Status.SequencingWindow
		return *is.Left < *window.Left && is.ObservedAt.After(window.ObservedAt.Time)
	})
	start := w.act()
	w.patch(t, `{"components":{"batcher":{"enabled":true}}}`)
	w.recovery(t, start, v1alpha1.ConditionBatcherProgressing)
}

// batcherOutOfETH takes what the batcher's account has on L1, and gives it back.
func (w *watched) batcherOutOfETH(t *testing.T) {
	refuge, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	batcher := w.key(t, "batcher.key")
	drained := w.act()
	w.sendAll(t, batcher, addressOf(refuge))
	drained.at = time.Now()
	back := func() { w.sendAll(t, refuge, addressOf(batcher)) }
	defer back()
	found := w.fault(t, drained, polls, v1alpha1.ConditionSignersFunded, v1alpha1.ReasonOutOfFunds, v1alpha1.ReasonBalanceLow)
	if says := condition(found.chain, v1alpha1.ConditionSignersFunded).Message; !strings.HasPrefix(says, "op-batcher ") || !strings.Contains(says, addressOf(batcher).Hex()) {
		t.Errorf("message is %q, want it to speak of the batcher first, and of its account", says)
	}
	w.gauge(t, "opstack_chain_condition", 0, "condition="+v1alpha1.ConditionSignersFunded)
	w.metric(t, "the batcher's account is empty", "opstack_chain_signer_balance_ether", func(eth float64) bool { return eth < 0.1 }, "signer=batcher")
	w.metric(t, "the proposer's is not", "opstack_chain_signer_balance_ether", func(eth float64) bool { return eth > 9000 }, "signer=proposer")
	funded := w.act()
	back()
	w.recovery(t, funded, v1alpha1.ConditionSignersFunded)
}

// sendAll leaves an account on L1 with nothing, whatever else is sent from it meanwhile: of the
// price of a legacy transaction nothing comes back.
func (w *watched) sendAll(t *testing.T, from *ecdsa.PrivateKey, to common.Address) {
	t.Helper()
	id, err := w.l1.ChainID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signer, price := types.LatestSignerForChainID(id), big.NewInt(10*params.GWei)
	try := func() error {
		balance, err := w.l1.BalanceAt(t.Context(), addressOf(from), nil)
		if err != nil || balance.Sign() == 0 {
			return err
		}
		nonce, err := w.l1.NonceAt(t.Context(), addressOf(from), nil)
		if err != nil {
			return err
		}
		fee := new(big.Int).Mul(price, big.NewInt(int64(params.TxGas)))
		tx, err := types.SignNewTx(from, signer, &types.LegacyTx{Nonce: nonce, To: &to, Value: new(big.Int).Sub(balance, fee), Gas: params.TxGas, GasPrice: price})
		if err != nil {
			return err
		}
		price = new(big.Int).Div(new(big.Int).Mul(price, big.NewInt(5)), big.NewInt(4)) // to replace this one, if it must be
		if err := w.l1.SendTransaction(t.Context(), tx); err != nil {
			return err
		}
		return fmt.Errorf("%s waits with nonce %d", tx.Hash(), nonce)
	}
	eventually(t, time.Minute, "the account is empty", func() (bool, string) {
		err := try()
		return err == nil, fmt.Sprint(err)
	})
}

// podsOf gives the pods of all components.
func (w *watched) podsOf(t *testing.T) map[string]pod {
	t.Helper()
	all := map[string]pod{}
	for _, component := range []string{"op-geth", "op-node", "op-batcher", "op-proposer"} {
		all[component] = w.pod(t, component)
	}
	return all
}

// l1CutOff takes L1 away from this chain alone, connections and all.
func (w *watched) l1CutOff(t *testing.T) {
	before := w.podsOf(t)
	failures, _ := w.scraper.page(t).value("opstack_chain_poll_failures_total", "namespace="+w.namespace, "chain="+w.name)
	unsafe, _, _ := heads(w.read(t))
	cut := w.act()
	w.kubectl(t, "scale", "deployment/l1-relay", "--replicas=0")
	connect := func() { w.kubectl(t, "scale", "deployment/l1-relay", "--replicas=1") }
	defer connect()
	w.fault(t, cut, l1Silence+polls, v1alpha1.ConditionL1Reachable, v1alpha1.ReasonL1Silent)
	w.gauge(t, "opstack_chain_condition", 0, "condition="+v1alpha1.ConditionL1Reachable)
	w.metric(t, "failures are counted", "opstack_chain_poll_failures_total", func(n float64) bool { return n > failures })
	w.metric(t, "the last height is kept", "opstack_chain_head_block", func(n float64) bool { return n >= float64(unsafe) }, "head=unsafe")
	w.history.onlyForward(t, max(cut.place-1, 0))
	again := w.act()
	connect()
	w.recovery(t, again, v1alpha1.ConditionL1Reachable)
	if diff := cmp.Diff(before, w.podsOf(t), cmp.AllowUnexported(pod{})); diff != "" {
		t.Errorf("pods before and after (-, +): nothing is wrong with them, so that none is restarted or replaced: %s", diff)
	}
}

func (w *watched) nodeKilled(t *testing.T) {
	victim := w.pod(t, "op-node")
	kill := w.act()
	tool(t, "devcluster", "kill", "--state", state, "--container", "op-node", w.namespace+"/"+victim.name)
	// It is back within seconds: the metric is read first.
	w.gauge(t, "opstack_chain_component_ready", 0, "component=op-node")
	t.Logf("opstack_chain_component_ready is 0 after %s", since(kill.at))
	found := w.fault(t, kill, polls, v1alpha1.ConditionL2ServicesReady, v1alpha1.ReasonComponentUnavailable)
	w.recovery(t, action{kill.at, found.place}, v1alpha1.ConditionL2ServicesReady)
	w.gauge(t, "opstack_chain_component_ready", 1, "component=op-node")
	now := w.read(t).Status.ComponentStatus.Node
	if now.Restarts == nil || int(*now.Restarts) != victim.restarts+1 {
		t.Errorf("restarts are %v, were %d", now.Restarts, victim.restarts)
	}
	if now.LastExit == nil || *now.LastExit.ExitCode != 137 || now.LastExit.Container != "op-node" {
		t.Errorf("last exit is %+v, want that op-node was killed (137)", now.LastExit)
	}
}

// deletedWithItsSeries deletes the chain and wants nothing told of it any more.
func (w *watched) deletedWithItsSeries(t *testing.T) {
	t.Log("events:\n" + w.kubectl(t, "get", "events", "--field-selector", "involvedObject.kind=OPChain", "--sort-by=.metadata.creationTimestamp",
		"-o", "custom-columns=AT:.metadata.creationTimestamp,TYPE:.type,REASON:.reason,TIMES:.series.count,MESSAGE:.message"))
	if len(w.series(w.scraper.page(t))) == 0 {
		t.Error("it has no series, before it is deleted")
	}
	began := time.Now()
	w.kubectl(t, "delete", "opchain", w.name, "--timeout=5m")
	t.Logf("deleted after %s", since(began))
	eventually(t, polls, "its series are gone", func() (bool, string) {
		left := w.series(w.scraper.page(t))
		return len(left) == 0, fmt.Sprint(left)
	})
	t.Logf("its series are gone after %s", since(began))
}
