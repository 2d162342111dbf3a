package controllers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// detecting gives the controller a Detector that asks often.
func detecting(mgr ctrl.Manager, r *OPChainReconciler) {
	detector, err := NewDetector(mgr)
	if err != nil {
		panic(err) // of the test environment
	}
	detector.Interval = 50 * time.Millisecond
	r.Detector = detector
}

// monitored names the components of a chain that have a PodMonitor.
func (h *harness) monitored(chain *v1alpha1.OPChain) []string {
	h.t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(gvkOf(manifests.KindPodMonitor))
	h.must("list PodMonitors", h.Client.List(h.t.Context(), list, client.InNamespace(h.Namespace), client.MatchingLabels{names.LabelInstance: chain.Name}))
	components := []string{}
	for i := range list.Items {
		components = append(components, list.Items[i].GetLabels()[names.LabelName])
	}
	slices.Sort(components)
	return components
}

func (h *harness) untilMonitored(chain *v1alpha1.OPChain, want ...string) {
	h.t.Helper()
	h.eventually("has PodMonitors of "+fmt.Sprint(want), func() (bool, string) {
		got := h.monitored(chain)
		return slices.Equal(want, got), fmt.Sprint(got)
	})
}

func (h *harness) podMonitor(name string) *unstructured.Unstructured {
	h.t.Helper()
	object := podMonitor()
	h.must("read PodMonitor", h.Client.Get(h.t.Context(), types.NamespacedName{Namespace: h.Namespace, Name: name}, object))
	return object
}

// everyComponent are the components of a chain, in alphabetical order.
var everyComponent = []string{names.Batcher, names.Geth, names.Node, names.Proposer}

// TestPodMonitors goes through the life of a cluster, one step after the other: the resource
// comes, is used, and goes.
func TestPodMonitors(t *testing.T) {
	t.Parallel()
	h := start(t, polling, detecting)
	chain := h.running("alpha")
	if has := h.r.Detector.has(); has.PodMonitors {
		t.Fatal("the cluster is said to have PodMonitors, and has none")
	}
	h.untilSilent(chain)

	h.InstallPodMonitors(t)
	h.untilMonitored(chain, everyComponent...)
	h.untilSilent(chain)
	h.checkWritten(chain)

	h.driftOfPodMonitors(chain)
	h.foreignPodMonitor()
	h.podMonitorsOff(chain)
	h.podMonitorsOfADeletedChain()

	before := condition(h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning)), v1alpha1.ConditionL2ServicesReady)
	h.RemovePodMonitors(t)
	h.eventually("knows that the resource is gone", func() (bool, string) { return !h.r.Detector.has().PodMonitors, "has PodMonitors" })
	h.untilSilent(chain)
	after := condition(h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning)), v1alpha1.ConditionL2ServicesReady)
	if !before.LastTransitionTime.Equal(&after.LastTransitionTime) {
		t.Errorf("the end of a resource that it can do without shows in the chain: %+v, before %+v", after, before)
	}
	h.untilSilent(chain)
}

// untilSilent waits until a hundred passes over a settled chain send nothing but what the Detector
// asks, which may just have noticed something.
func (h *harness) untilSilent(chain *v1alpha1.OPChain) {
	h.t.Helper()
	h.quiet(chain)
	pass := h.pass(chain)
	h.eventually("sends nothing", func() (bool, string) {
		h.requests.Reset()
		for range 100 {
			pass()
		}
		sent := h.requests.All()
		maps.DeleteFunc(sent, func(request testenv.Request, _ int) bool {
			return strings.HasPrefix(request.Resource, "/apis/") || request.Verb == "watch" || strings.HasPrefix(request.Resource, "events")
		})
		return len(sent) == 0, fmt.Sprint(sent)
	})
}

// checkWritten fails unless each PodMonitor is as it was generated, written once and ours.
func (h *harness) checkWritten(chain *v1alpha1.OPChain) {
	h.t.Helper()
	for _, component := range everyComponent {
		object := h.podMonitor(names.Of(chain, component))
		if !metav1.IsControlledBy(object, chain) || object.GetGeneration() != 1 {
			h.t.Errorf("PodMonitor of %s: generation %d, owners %v", component, object.GetGeneration(), object.GetOwnerReferences())
		}
		endpoints, _, err := unstructured.NestedSlice(object.Object, "spec", "podMetricsEndpoints")
		if err != nil || len(endpoints) != 1 || endpoints[0].(map[string]any)["interval"] != "30s" {
			h.t.Errorf("PodMonitor of %s reads %v, %v", component, endpoints, err)
		}
	}
}

func (h *harness) driftOfPodMonitors(chain *v1alpha1.OPChain) {
	h.t.Helper()
	want := h.podMonitor("alpha-op-node")
	edits := map[string]func(*unstructured.Unstructured) error{
		"its selector": func(o *unstructured.Unstructured) error {
			return unstructured.SetNestedField(o.Object, "other", "spec", "selector", "matchLabels", names.LabelInstance)
		},
		"its endpoints": func(o *unstructured.Unstructured) error {
			return unstructured.SetNestedSlice(o.Object, []any{}, "spec", "podMetricsEndpoints")
		},
		"its labels": func(o *unstructured.Unstructured) error {
			return unstructured.SetNestedField(o.Object, "other", "metadata", "labels", names.LabelPartOf)
		},
	}
	for what, edit := range edits {
		object := h.podMonitor("alpha-op-node")
		h.must("edit "+what, edit(object))
		h.must("write "+what, h.Client.Update(h.t.Context(), object))
		h.eventually("has back "+what, func() (bool, string) {
			now := h.podMonitor("alpha-op-node")
			same := fmt.Sprint(now.Object["spec"], now.GetLabels()) == fmt.Sprint(want.Object["spec"], want.GetLabels())
			return same, fmt.Sprint(now.Object["spec"], now.GetLabels())
		})
	}
	h.must("delete", h.Client.Delete(h.t.Context(), want))
	h.untilMonitored(chain, everyComponent...)
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
}

// A PodMonitor of somebody else stays as it is, and the chain says so and runs.
func (h *harness) foreignPodMonitor() {
	h.t.Helper()
	foreign := podMonitor()
	foreign.SetNamespace(h.Namespace)
	foreign.SetName("beta-op-node")
	foreign.Object["spec"] = map[string]any{"selector": map[string]any{}, "podMetricsEndpoints": []any{}}
	h.must("create", h.Client.Create(h.t.Context(), foreign))
	chain := h.chain("beta")
	h.CreateChain(h.t, chain)
	h.until(chain, "names the foreign PodMonitor", func(c *v1alpha1.OPChain) bool {
		services := condition(c, v1alpha1.ConditionL2ServicesReady)
		return services.Reason == v1alpha1.ReasonForeignObject && strings.Contains(services.Message, "PodMonitor beta-op-node")
	})
	h.untilMonitored(chain, names.Batcher, names.Geth, names.Proposer)
	if now := h.podMonitor("beta-op-node"); now.GetResourceVersion() != foreign.GetResourceVersion() {
		h.t.Errorf("the foreign PodMonitor was written: %v", now.Object)
	}
	h.must("delete", h.Client.Delete(h.t.Context(), foreign))
	h.untilMonitored(chain, everyComponent...)
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
}

func (h *harness) podMonitorsOff(chain *v1alpha1.OPChain) {
	h.t.Helper()
	versions := map[string]string{}
	for _, component := range everyComponent {
		versions[component] = h.deployment(names.Of(chain, component)).ResourceVersion
	}
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Monitoring.PodMonitor.Enabled = new(false) })
	h.untilMonitored(chain)
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Monitoring.PodMonitor.Enabled = new(true) })
	h.untilMonitored(chain, everyComponent...)
	for component, version := range versions {
		if now := h.deployment(names.Of(chain, component)).ResourceVersion; now != version {
			h.t.Errorf("turning PodMonitors off and on wrote the Deployment of %s", component)
		}
	}
	h.change(chain, func(c *v1alpha1.OPChain) { c.Spec.Components.Batcher.Enabled = new(false) })
	h.untilMonitored(chain, names.Geth, names.Node, names.Proposer)
	h.until(chain, "runs", phaseIs(v1alpha1.PhaseRunning))
}

// The API server of the tests collects no garbage: nobody else removes them.
func (h *harness) podMonitorsOfADeletedChain() {
	h.t.Helper()
	chain := h.running("gone")
	h.untilMonitored(chain, everyComponent...)
	h.must("delete", h.Client.Delete(h.t.Context(), chain))
	h.eventually("is gone", func() (bool, string) { return h.gone(&v1alpha1.OPChain{}, "gone"), "still there" })
	if left := h.monitored(chain); len(left) > 0 {
		h.t.Errorf("PodMonitors that outlive their chain: %v", left)
	}
}

// A resource that went since the cluster was last asked costs one refused write, and is no fault.
func TestPodMonitorsThatAreNotThere(t *testing.T) {
	t.Parallel()
	cluster, refusing := &answers{resources: []string{"podmonitors"}}, &withoutPodMonitors{}
	h := start(t, func(_ ctrl.Manager, r *OPChainReconciler) {
		refusing.Client = r.Client
		r.Client, r.Detector = refusing, &Detector{discovery: cluster, cache: cluster, Interval: time.Hour}
	})
	chain := h.running("alpha")
	h.quiet(chain)
	if n := refusing.refused.Load(); n != 1 || h.r.Detector.has().PodMonitors {
		t.Errorf("wrote a PodMonitor %d times; takes them for there: %v", n, h.r.Detector.has())
	}
}

// withoutPodMonitors is a client of an API server that knows no PodMonitors.
type withoutPodMonitors struct {
	client.Client
	refused atomic.Int32
}

func (c *withoutPodMonitors) Apply(ctx context.Context, object runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if u, ok := object.(interface{ GetKind() string }); ok && u.GetKind() == manifests.KindPodMonitor {
		c.refused.Add(1)
		return apierrors.NewNotFound(schema.GroupResource{Resource: "podmonitors"}, "")
	}
	return c.Client.Apply(ctx, object, options...)
}
