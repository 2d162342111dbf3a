package controllers

import (
	"context"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func objectMeta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// TestWrongInputStartsNothing breaks one input of a good chain, sees it refused, mends it and
// sees the chain run.
func TestWrongInputStartsNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secret      string
		data        map[string][]byte // nil: the Secret is missing
		wantReason  string
		wantMessage string
	}{
		"no genesis Secret":  {"alpha-genesis", nil, string(v1alpha1.CodeSecretNotFound), "Secret alpha-genesis: spec.l2.genesisConfigSecret names it, but it does not exist"},
		"a misspelt key":     {"alpha-rollup", map[string][]byte{"rollup.jsn": []byte("{}")}, string(v1alpha1.CodeSecretKeyMissing), "has no key rollup.json, which spec.l2.rollupConfigSecret asks for: it has rollup.jsn"},
		"genesis not gzip":   {"alpha-genesis", map[string][]byte{"genesis.json.gz": []byte("{}")}, string(v1alpha1.CodeInvalidGenesis), "gzip -9n genesis.json"},
		"genesis of another": {"alpha-genesis", map[string][]byte{"genesis.json": []byte(`{"config":{"chainId":10},"timestamp":"0x65536780","gasLimit":"0x3938700","difficulty":"0x0","alloc":{}}`)}, string(v1alpha1.CodeL2ChainIDMismatch), "the genesis is of chain 10, but spec.l2.chainId is 901"},
		"key with a typo":    {"alpha-batcher-key", map[string][]byte{"key": []byte("hunter2")}, string(v1alpha1.CodeInvalidPrivateKey), `Secret alpha-batcher-key, key "key": it is not a private key`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			chain := h.chain("alpha")
			good := map[string]map[string][]byte{}
			for _, secret := range testenv.Inputs(chain) {
				good[secret.Name] = secret.Data
				if secret.Name == c.secret {
					secret.Data = c.data
				}
				if secret.Data != nil {
					h.must("create Secret", h.Client.Create(t.Context(), secret))
				}
			}
			h.must("create", h.Client.Create(t.Context(), chain))
			chain = h.until(chain, "is refused", phaseIs(v1alpha1.PhaseConfigurationInvalid))
			got := condition(chain, v1alpha1.ConditionConfigurationValid)
			if got.Status != metav1.ConditionFalse || got.Reason != c.wantReason || !strings.Contains(got.Message, c.wantMessage) {
				t.Errorf("ConfigurationValid is %+v, want %s: …%s…", got, c.wantReason, c.wantMessage)
			}
			if strings.Contains(describe(chain), "hunter2") {
				t.Error("the status shows what the Secret holds")
			}
			h.nothingStarted("alpha")
			if c.data == nil {
				h.must("create Secret", h.Client.Create(t.Context(), &corev1.Secret{ObjectMeta: objectMeta(h.Namespace, c.secret), Data: good[c.secret]}))
			} else {
				h.changeSecret(c.secret, good[c.secret])
			}
			h.until(chain, "runs once it is mended", phaseIs(v1alpha1.PhaseRunning))
		})
	}
}

func TestRunningChainOutlivesWrongInput(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	before, secret := h.generations(), &corev1.Secret{}
	h.must("read", h.Client.Get(t.Context(), client.ObjectKey{Namespace: h.Namespace, Name: "alpha-op-batcher"}, secret))
	h.changeSecret("alpha-batcher-key", map[string][]byte{"key": []byte("not a key")})
	chain = h.until(chain, "notices", phaseIs(v1alpha1.PhaseConfigurationInvalid))
	if c := condition(chain, v1alpha1.ConditionL2ServicesReady); c.Status != metav1.ConditionTrue {
		t.Errorf("L2ServicesReady is %+v, want True: the chain still runs", c)
	}
	now := &corev1.Secret{}
	h.must("read", h.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), now))
	if now.ResourceVersion != secret.ResourceVersion {
		t.Error("the wrong key reached the pod's Secret")
	}
	for component, generation := range h.generations() {
		if generation != before[component] {
			t.Errorf("%s was changed", component)
		}
	}
	h.eventually("has an event", func() (bool, string) {
		events := &eventsv1.EventList{}
		h.must("list events", h.Client.List(t.Context(), events, client.InNamespace(h.Namespace)))
		for _, event := range events.Items {
			if event.Reason == string(v1alpha1.CodeInvalidPrivateKey) && event.Type == corev1.EventTypeWarning && event.Regarding.Name == "alpha" {
				return true, ""
			}
		}
		return false, "no such event"
	})
}

// TestDisablingWorksWithWrongInput stops a batcher whose key has leaked while another input is
// wrong.
func TestDisablingWorksWithWrongInput(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.running("alpha")
	h.changeSecret("alpha-rollup", map[string][]byte{"rollup.json": []byte("{")})
	h.until(chain, "notices", phaseIs(v1alpha1.PhaseConfigurationInvalid))
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.Enabled = new(false) })
	for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.Secret{}} {
		h.eventually("removes op-batcher", func() (bool, string) { return h.gone(object, "alpha-op-batcher"), "still there" })
	}
	h.until(chain, "still says what is wrong", phaseIs(v1alpha1.PhaseConfigurationInvalid))
	if h.gone(&appsv1.Deployment{}, "alpha-op-geth") {
		t.Error("op-geth was stopped")
	}
}

// refusing is a client whose writes are answered with err.
type refusing struct {
	client.Client
	err error
}

func (r refusing) Apply(context.Context, runtime.ApplyConfiguration, ...client.ApplyOption) error {
	return r.err
}

func TestEveryFailedWriteIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	notFound := apierrors.NewNotFound(schema.GroupResource{Resource: "services"}, "alpha-op-node")
	r := h.newProcess(func(r *OPChainReconciler) { r.Client = refusing{h.r.Client, notFound} })
	chain.Spec.Components.Node.Image = "op-node:v9"
	if result, err := r.Reconcile(t.Context(), chain); err == nil && result.RequeueAfter != retryPause {
		t.Errorf("the pass ended with %+v and no error: nobody would try again soon", result)
	}
}

func TestKeysArePassedOnNormalised(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.running("alpha")
	for name, want := range map[string]string{"alpha-op-batcher": testenv.BatcherKey, "alpha-op-proposer": testenv.ProposerKey} {
		secret := &corev1.Secret{}
		h.must("read", h.Client.Get(t.Context(), client.ObjectKey{Namespace: h.Namespace, Name: name}, secret))
		found := false
		for key, value := range secret.Data {
			found = found || strings.HasSuffix(key, "PRIVATE_KEY") && string(value) == want
		}
		if !found {
			t.Errorf("Secret %s does not hold the key without white space and 0x", name)
		}
	}
}

// TestDeadNodesDelayNoOtherChain lets one chain's nodes hang and watches another's heights.
func TestDeadNodesDelayNoOtherChain(t *testing.T) {
	t.Parallel()
	h := start(t, polling, eager)
	dead, alive := h.running("dead"), h.running("alive")
	h.nodes.Hang("dead")
	for height := int64(200); height < 205; height++ {
		h.nodes.Set(func(n *testenv.Nodes) { n.Unsafe = height })
		h.until(alive, "shows the new height", func(c *v1alpha1.OPChain) bool { return *c.Status.ComponentStatus.Node.UnsafeHeight == height })
	}
	dead = h.until(dead, "keeps what was last seen", func(c *v1alpha1.OPChain) bool { return c.Status.ComponentStatus.Node.UnsafeHeight != nil })
	if dead.Status.Phase != v1alpha1.PhaseRunning {
		t.Errorf("the chain whose nodes do not answer is %s, want Running by its pods", dead.Status.Phase)
	}
}
