package controllers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

func TestChainComesUp(t *testing.T) {
	t.Parallel()
	h := startClocked(t)
	seen := []string{
		v1alpha1.ConditionL1Reachable, v1alpha1.ConditionSequencerProgressing, v1alpha1.ConditionBatcherProgressing,
		v1alpha1.ConditionProposerProgressing, v1alpha1.ConditionSignersFunded,
	}
	chain := h.until(h.running("alpha"), "is seen", func(c *v1alpha1.OPChain) bool {
		unseen := func(kind string) bool { return condition(c, kind).Status != metav1.ConditionTrue }
		return !slices.ContainsFunc(seen, unseen) && told(&c.Status) == [4]bool{true, true, true, true}
	})
	if !slices.Contains(chain.Finalizers, v1alpha1.Finalizer) {
		t.Errorf("finalizers %v, want %s", chain.Finalizers, v1alpha1.Finalizer)
	}
	for kind, want := range map[string]metav1.ConditionStatus{
		v1alpha1.ConditionReady:              metav1.ConditionTrue,
		v1alpha1.ConditionConfigurationValid: metav1.ConditionTrue,
		v1alpha1.ConditionPreflightPassed:    metav1.ConditionTrue,
		v1alpha1.ConditionL2ServicesReady:    metav1.ConditionTrue,
		v1alpha1.ConditionReconciling:        metav1.ConditionFalse,
		v1alpha1.ConditionStalled:            metav1.ConditionFalse,
	} {
		if c := condition(chain, kind); c.Status != want || c.ObservedGeneration != chain.Generation {
			t.Errorf("%s is %+v, want %s of generation %d", kind, c, want, chain.Generation)
		}
	}
	ago := func(seconds int) *metav1.Time {
		return &metav1.Time{Time: h.clock.Now().Truncate(time.Second).Add(-time.Duration(seconds) * time.Second)}
	}
	state := func(version string, observed *metav1.Time) v1alpha1.ComponentState {
		return v1alpha1.ComponentState{Ready: ptr.To(true), Version: version, Restarts: ptr.To[int32](0), ObservedAt: observed}
	}
	account := func(key string) *v1alpha1.AccountStatus {
		return &v1alpha1.AccountStatus{Address: v1alpha1.Address(testenv.Account(key).Hex()), Balance: "1", ObservedAt: ago(0)}
	}
	want := v1alpha1.ComponentStatuses{
		Geth: &v1alpha1.GethStatus{ComponentState: state(testenv.GethVersion, ago(0)), SyncHeight: ptr.To[int64](120), Syncing: ptr.To(false), Peers: ptr.To[int32](3)},
		Node: &v1alpha1.NodeStatus{
			ComponentState: state(testenv.NodeVersion, ago(0)),
			UnsafeHeight:   ptr.To[int64](120), SafeHeight: ptr.To[int64](100), FinalizedHeight: ptr.To[int64](60),
			UnsafeTime: ago(0), SafeTime: ago(40), FinalizedTime: ago(120),
			SafeL1Origin: ptr.To(testenv.L1Number(ago(40).Time)), L1Height: ptr.To(testenv.L1Number(ago(0).Time)),
			Sequencing: ptr.To(true), Peers: ptr.To[int32](3),
		},
		Batcher: &v1alpha1.BatcherStatus{
			ComponentState:      state(testenv.BatcherVersion, ago(0)),
			LastBatchSubmission: ago(0), LastBatchWitness: v1alpha1.BatchWitnessMetrics, Account: account(testenv.BatcherKey),
		},
		Proposer: &v1alpha1.ProposerStatus{ComponentState: state("", nil), LastProposal: ago(0), Account: account(testenv.ProposerKey)},
	}
	if diff := cmp.Diff(want, chain.Status.ComponentStatus); diff != "" {
		t.Errorf("component status: %s", diff)
	}
	if diff := cmp.Diff(&chain.Spec.L1.ContractAddresses, chain.Status.L1ContractAddresses); diff != "" {
		t.Errorf("contract addresses: %s", diff)
	}
	pods := &corev1.PodList{}
	h.must("list pods", h.Client.List(t.Context(), pods, client.InNamespace(h.Namespace), client.MatchingLabels{"app.kubernetes.io/instance": "alpha"}))
	if len(pods.Items) != 4 {
		t.Errorf("%d pods carry the instance label, want 4", len(pods.Items))
	}
}

func TestOracleChainShowsItsProposal(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.until(h.running("oracle", testenv.WithOutputOracle()), "has proposed", func(c *v1alpha1.OPChain) bool {
		return c.Status.ComponentStatus.Proposer.LastProposal != nil
	})
	if got := chain.Status.ComponentStatus.Proposer.LastProposal; !got.Time.Equal(h.nodes.LastGame) {
		t.Errorf("lastProposal is %v, want %v", got, h.nodes.LastGame)
	}
}

func TestNewImageReachesARunningChain(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Node.Image = "op-node:v9" })
	h.until(chain, "runs the new image", func(c *v1alpha1.OPChain) bool {
		return phaseIs(v1alpha1.PhaseRunning)(c) && image(h, "alpha-op-node") == "op-node:v9"
	})
}

func image(h *harness, name string) string {
	return h.deployment(name).Spec.Template.Spec.Containers[0].Image
}

func TestDegradesAndRecovers(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.until(h.running("alpha"), "is seen", func(c *v1alpha1.OPChain) bool { return c.Status.ComponentStatus.Node.UnsafeHeight != nil })
	h.workloads.Break(t.Context(), "alpha-op-node")
	chain = h.until(chain, "degrades", phaseIs(v1alpha1.PhaseDegraded))
	if c := condition(chain, v1alpha1.ConditionReady); c.Status != metav1.ConditionFalse || !strings.Contains(c.Message, "op-node") {
		t.Errorf("Ready is %+v, want False and a message about op-node", c)
	}
	if got := chain.Status.ComponentStatus.Node; *got.Ready || *got.UnsafeHeight != 120 {
		t.Errorf("node is %+v, want not ready with its last known height", got)
	}
	h.workloads.Mend(t.Context(), "alpha-op-node")
	h.until(chain, "recovers", phaseIs(v1alpha1.PhaseRunning))
}

func TestDriftIsPutBack(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	cases := map[string]struct {
		object client.Object
		edit   func(client.Object)
	}{
		"a port of a Service": {&corev1.Service{}, func(o client.Object) { o.(*corev1.Service).Spec.Ports[0].Port = 1 }},
		"the image of a Deployment": {&appsv1.Deployment{}, func(o client.Object) {
			o.(*appsv1.Deployment).Spec.Template.Spec.Containers[0].Image = "mine:v1"
		}},
		"the replicas of a Deployment": {&appsv1.Deployment{}, func(o client.Object) { o.(*appsv1.Deployment).Spec.Replicas = ptr.To[int32](2) }},
		"the strategy of a Deployment": {&appsv1.Deployment{}, func(o client.Object) {
			o.(*appsv1.Deployment).Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType}
		}},
		"a label of a claim":   {&corev1.PersistentVolumeClaim{}, func(o client.Object) { o.GetLabels()["app.kubernetes.io/part-of"] = "x" }},
		"the genesis":          {&corev1.ConfigMap{}, func(o client.Object) { o.(*corev1.ConfigMap).BinaryData = map[string][]byte{"genesis.json.gz": {1}} }},
		"the engine's token":   {&corev1.Secret{}, func(o client.Object) { o.(*corev1.Secret).Data["jwt"] = []byte("x") }},
		"the managed-by label": {&corev1.Service{}, func(o client.Object) { delete(o.GetLabels(), "app.kubernetes.io/managed-by") }},
	}
	for name, c := range cases { // one after the other: each counts the controller's writes
		key := client.ObjectKey{Namespace: h.Namespace, Name: "alpha-op-geth"}
		var want client.Object
		h.quiet(chain)
		h.must("edit", retry.RetryOnConflict(retry.DefaultRetry, func() error { // the status moves meanwhile
			h.must("read", h.Client.Get(t.Context(), key, c.object))
			want = c.object.DeepCopyObject().(client.Object)
			h.requests.Reset()
			c.edit(c.object)
			return h.Client.Update(t.Context(), c.object)
		}))
		h.eventually("puts back "+name, func() (bool, string) {
			h.must("read", h.Client.Get(t.Context(), key, c.object))
			diff := cmp.Diff(fields(want), fields(c.object))
			return diff == "", diff
		})
		h.quiet(chain)
		if got := h.writes(); total(got)-got[statusPatch] != 1 {
			t.Errorf("putting back %s took %v, want one write", name, got)
		}
	}
}

// TestClaimsNeverHoldAChainBack: a claim that was made larger by hand is left as it is, and one
// that does not take a larger size is reported and used.
func TestClaimsNeverHoldAChainBack(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.chain("alpha")
	larger := &corev1.PersistentVolumeClaim{}
	larger.Namespace, larger.Name = h.Namespace, "alpha-op-node"
	larger.Labels = names.Labels(chain, names.Node)
	larger.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	larger.Spec.Resources.Requests = testenv.Storage("500Gi")
	h.must("create claim", h.Client.Create(t.Context(), larger))
	h.CreateChain(t, chain)
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	h.must("read claim", h.Client.Get(t.Context(), client.ObjectKeyFromObject(larger), larger))
	if got := larger.Spec.Resources.Requests.Storage().String(); got != "500Gi" {
		t.Errorf("the larger claim has %s, want it left at 500Gi", got)
	}
	h.change(chain, func(c *v1alpha1.OPChain) { // nothing binds the claim here, so it cannot grow
		c.Spec.Components.Geth.Storage.Size = resource.MustParse("900Gi")
		c.Spec.Components.Geth.Image = "op-geth:v9"
	})
	chain = h.until(chain, "reports the claim", phaseIs(v1alpha1.PhaseDeploymentError))
	if c := condition(chain, v1alpha1.ConditionReady); !strings.Contains(c.Message, "alpha-op-geth") {
		t.Errorf("Ready is %+v, want the claim named", c)
	}
	h.eventually("gets the new image", func() (bool, string) { return image(h, "alpha-op-geth") == "op-geth:v9", "the old image" })
}

// fields are an object's labels and what it holds, without what the server keeps for itself.
func fields(object client.Object) any {
	switch o := object.(type) {
	case *corev1.Service:
		return []any{o.Labels, o.Spec}
	case *appsv1.Deployment:
		return []any{o.Labels, o.Spec}
	case *corev1.PersistentVolumeClaim:
		return []any{o.Labels, o.Spec}
	case *corev1.ConfigMap:
		return []any{o.Labels, o.BinaryData}
	case *corev1.Secret:
		return []any{o.Labels, o.Data}
	}
	return nil
}

func TestDeletedObjectsComeBack(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.running("alpha")
	for _, object := range []client.Object{&corev1.Service{}, &corev1.ConfigMap{}, &corev1.Secret{}} {
		object.SetNamespace(h.Namespace)
		object.SetName("alpha-op-node")
		h.must("delete", h.Client.Delete(t.Context(), object))
		h.eventually("comes back", func() (bool, string) { return !h.gone(object, "alpha-op-node"), "not there" })
	}
}

func TestFieldsOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.running("alpha")
	d := h.deployment("alpha-op-node")
	d.Annotations["team"] = "rollup"
	d.Spec.Template.Spec.PriorityClassName = "high"
	h.must("annotate", h.Client.Update(t.Context(), d))
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Node.Image = "op-node:v9" })
	h.until(chain, "runs the new image", func(*v1alpha1.OPChain) bool { return image(h, "alpha-op-node") == "op-node:v9" })
	d = h.deployment("alpha-op-node")
	if d.Annotations["team"] != "rollup" || d.Spec.Template.Spec.PriorityClassName != "high" {
		t.Errorf("annotations %v, priority class %q: want those of others kept", d.Annotations, d.Spec.Template.Spec.PriorityClassName)
	}
}

func TestForeignObjectIsNeverAdopted(t *testing.T) {
	t.Parallel()
	cases := map[string]client.Object{
		"Service":    &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		"ConfigMap":  &corev1.ConfigMap{Data: map[string]string{"a": "b"}},
		"Secret":     &corev1.Secret{Data: map[string][]byte{"a": []byte("b")}},
		"Deployment": foreignDeployment(),
		"PersistentVolumeClaim": &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: testenv.Storage("1Gi")},
		}},
	}
	for kind, object := range cases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h := start(t, polling)
			object.SetNamespace(h.Namespace)
			object.SetName("alpha-op-geth")
			h.must("create", h.Client.Create(t.Context(), object))
			version := object.GetResourceVersion()
			chain := h.chain("alpha")
			h.CreateChain(t, chain)
			chain = h.until(chain, "refuses", phaseIs(v1alpha1.PhaseDeploymentError))
			if c := condition(chain, v1alpha1.ConditionStalled); c.Reason != v1alpha1.ReasonForeignObject || !strings.Contains(c.Message, kind+" alpha-op-geth") {
				t.Errorf("Stalled is %+v, want the foreign %s named", c, kind)
			}
			h.must("read", h.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object))
			if kind != "Deployment" && object.GetResourceVersion() != version {
				t.Errorf("the foreign %s was changed", kind)
			}
			h.must("delete", h.Client.Delete(t.Context(), object))
			h.finishClaim(object)
			h.until(chain, "runs when it is gone", phaseIs(v1alpha1.PhaseRunning))
		})
	}
}

func TestForeignGeneratedSecretIsNamed(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	secret := &corev1.Secret{ObjectMeta: objectMeta(h.Namespace, "alpha-generated"), Data: map[string][]byte{"jwt": []byte("x")}}
	h.must("create", h.Client.Create(t.Context(), secret))
	chain := h.chain("alpha")
	h.CreateChain(t, chain)
	chain = h.until(chain, "refuses", phaseIs(v1alpha1.PhaseDeploymentError))
	if c := condition(chain, v1alpha1.ConditionStalled); c.Reason != v1alpha1.ReasonForeignObject || !strings.Contains(c.Message, "Secret alpha-generated") {
		t.Errorf("Stalled is %+v, want the foreign Secret named", c)
	}
	if c := condition(chain, v1alpha1.ConditionConfigurationValid); c.Status != metav1.ConditionUnknown {
		t.Errorf("ConfigurationValid is %+v, want Unknown: nobody looked", c)
	}
	if c := condition(chain, v1alpha1.ConditionReconciling); c.Status != metav1.ConditionFalse {
		t.Errorf("Reconciling is %+v, want False beside Stalled", c)
	}
}

// TestForeignPodsAreInNobodysWay has pods with the labels that Helm would give them.
func TestForeignPodsAreInNobodysWay(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "geth", Image: "geth"}}}}
	pod.Namespace, pod.Name = h.Namespace, "alpha-op-geth-0"
	pod.Labels = map[string]string{"app.kubernetes.io/name": "op-geth", "app.kubernetes.io/instance": "alpha", "app.kubernetes.io/managed-by": "Helm"}
	h.must("create pod", h.Client.Create(t.Context(), pod))
	chain := h.chain("alpha", testenv.AsReplica())
	for _, secret := range testenv.Inputs(chain)[:1] { // invalid: nothing is started
		h.must("create Secret", h.Client.Create(t.Context(), secret))
	}
	h.must("create", h.Client.Create(t.Context(), chain))
	chain = h.until(chain, "is refused", phaseIs(v1alpha1.PhaseConfigurationInvalid))
	h.must("delete", h.Client.Delete(t.Context(), chain))
	h.eventually("is gone", func() (bool, string) { return h.gone(&v1alpha1.OPChain{}, "alpha"), "still there" })
	if h.gone(pod, pod.Name) {
		t.Error("the foreign pod was deleted")
	}
}

// finishClaim does what the claim-protection controller would.
func (h *harness) finishClaim(object client.Object) {
	h.t.Helper()
	if _, ok := object.(*corev1.PersistentVolumeClaim); !ok {
		return
	}
	err := h.Client.Patch(h.t.Context(), object, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
	h.must("release claim", client.IgnoreNotFound(err))
}

func foreignDeployment() *appsv1.Deployment {
	labels := map[string]string{"app": "other"}
	d := &appsv1.Deployment{}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	d.Spec.Template.Labels = labels
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "other", Image: "other"}}
	return d
}

func TestDisabledComponentIsRemovedAndItsDataKept(t *testing.T) {
	t.Parallel()
	h := start(t, polling)
	chain := h.running("alpha")
	h.workloads.Hold(t.Context(), "alpha-op-batcher")
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.Enabled = ptr.To(false) })
	h.eventually("deletes the Deployment", func() (bool, string) {
		return h.deployment("alpha-op-batcher").DeletionTimestamp != nil, "still there"
	})
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.Enabled = ptr.To(true) })
	chain = h.until(chain, "waits for the old pod", func(c *v1alpha1.OPChain) bool {
		return phaseIs(v1alpha1.PhaseDeploying)(c) && strings.Contains(condition(c, v1alpha1.ConditionReady).Message, "its old Deployment")
	})
	h.workloads.Release(t.Context(), "alpha-op-batcher")
	chain = h.until(chain, "runs again", phaseIs(v1alpha1.PhaseRunning))
	h.change(chain, func(c *v1alpha1.OPChain) {
		c.Spec.Components.Batcher.Enabled, c.Spec.Components.Proposer.Enabled = ptr.To(false), ptr.To(false)
		c.Spec.Components.Node.Enabled = ptr.To(false)
	})
	for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.Service{}, &corev1.Secret{}, &corev1.ConfigMap{}} {
		h.eventually("removes op-node", func() (bool, string) { return h.gone(object, "alpha-op-node"), "still there" })
	}
	if h.gone(&corev1.PersistentVolumeClaim{}, "alpha-op-node") {
		t.Error("the claim of the disabled op-node is gone")
	}
	h.until(chain, "runs without them", phaseIs(v1alpha1.PhaseRunning))
}

func TestChangedSecretRollsItsPodsOnly(t *testing.T) {
	t.Parallel()
	h := start(t)
	chain := h.chain("alpha")
	chain.Spec.L2.JWTSecret = "alpha-jwt"
	h.must("create", h.Client.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: h.Namespace, Name: "alpha-jwt"},
		Data:       map[string][]byte{"jwt": []byte(strings.Repeat("ab", 32))},
	}))
	h.CreateChain(t, chain)
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
	before := h.generations()
	h.changeSecret("alpha-jwt", map[string][]byte{"jwt": []byte(strings.Repeat("cd", 32))})
	h.eventually("rolls op-geth and op-node", func() (bool, string) {
		now := h.generations()
		want := map[string]int64{"op-geth": before["op-geth"] + 1, "op-node": before["op-node"] + 1, "op-batcher": before["op-batcher"], "op-proposer": before["op-proposer"]}
		diff := cmp.Diff(want, now)
		return diff == "", diff
	})
	h.until(chain, "runs again", phaseIs(v1alpha1.PhaseRunning))
}

func (h *harness) generations() map[string]int64 {
	h.t.Helper()
	generations := map[string]int64{}
	for _, component := range manifests.Components() {
		generations[component] = h.deployment("alpha-" + component).Generation
	}
	return generations
}
