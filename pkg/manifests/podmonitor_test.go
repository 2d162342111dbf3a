package manifests

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// A PodMonitor that finds no pod, or asks at a port that no container names, is silent about it.
func TestPodMonitorsFindTheMetricsOfTheirPods(t *testing.T) {
	t.Parallel()
	paths := map[string]string{names.Geth: "/debug/metrics/prometheus", names.Node: "/metrics", names.Batcher: "/metrics", names.Proposer: "/metrics"}
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			object := g.byComponent(KindPodMonitor, component)
			if !g.chain.Spec.Monitoring.PodMonitor.IsEnabled() {
				if object != nil {
					t.Errorf("%s has a PodMonitor that is turned off", component)
				}
				continue
			}
			monitor := typed[monitoringv1.PodMonitor](t, object)
			if diff := cmp.Diff(d.Spec.Selector.MatchLabels, monitor.Spec.Selector.MatchLabels); diff != "" {
				t.Errorf("%s: selector (-Deployment +PodMonitor):\n%s", component, diff)
			}
			if is := d.Spec.Template.Labels[monitor.Spec.JobLabel]; is != component {
				t.Errorf("%s: the job is %q", component, is)
			}
			endpoint := monitor.Spec.PodMetricsEndpoints[0]
			named := func(p corev1.ContainerPort) bool { return p.Name == *endpoint.Port }
			if !slices.ContainsFunc(d.Spec.Template.Spec.Containers[0].Ports, named) || endpoint.Path != paths[component] {
				t.Errorf("%s: asks at %s%s", component, *endpoint.Port, endpoint.Path)
			}
			labels := map[string]string{}
			for _, r := range endpoint.RelabelConfigs {
				labels[r.TargetLabel] = *r.Replacement
			}
			if diff := cmp.Diff(map[string]string{"chain": g.chain.Name, "component": component}, labels); diff != "" {
				t.Errorf("%s: labels of the series (-want +got):\n%s", component, diff)
			}
		}
	})
}

func TestPodMonitorsFollowTheSpec(t *testing.T) {
	t.Parallel()
	chain, cfg := everything(t)
	chain.Spec.Monitoring.PodMonitor.Interval = "1m30s"
	chain.Spec.Monitoring.PodMonitor.Labels = map[string]v1alpha1.LabelValue{"release": "prometheus", names.LabelInstance: "not mine"}
	monitor := typed[monitoringv1.PodMonitor](t, (&golden{chain: chain, objects: generate(t, chain, cfg)}).byComponent(KindPodMonitor, names.Node))
	if got := monitor.Spec.PodMetricsEndpoints[0].Interval; got != "1m30s" {
		t.Errorf("interval %q", got)
	}
	want := names.Labels(chain, names.Node)
	want["release"] = "prometheus"
	if diff := cmp.Diff(want, monitor.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	chain.Spec.Monitoring.PodMonitor.Interval = ""
	monitor = typed[monitoringv1.PodMonitor](t, (&golden{chain: chain, objects: generate(t, chain, cfg)}).byComponent(KindPodMonitor, names.Node))
	if got := monitor.Spec.PodMetricsEndpoints[0].Interval; got != "" {
		t.Errorf("interval %q where none is set", got)
	}
}

// How a chain is watched rolls no pod and changes no other object.
func TestMonitoringChangesNothingElse(t *testing.T) {
	t.Parallel()
	chain, cfg := everything(t)
	before := generate(t, chain, cfg)
	chain.Spec.Monitoring.PodMonitor.Enabled = new(false)
	rest := generate(t, chain, cfg)
	isMonitor := func(o Object) bool { return o.GetKind() == KindPodMonitor }
	if diff := cmp.Diff(marshalled(t, slices.DeleteFunc(before, isMonitor)), marshalled(t, rest)); diff != "" {
		t.Errorf("without PodMonitors (-before +after):\n%s", diff)
	}
}

// Without the resource, nothing is said of PodMonitors at all, or a settled chain would ask for them.
func TestAClusterWithoutPodMonitors(t *testing.T) {
	t.Parallel()
	chain, cfg := everything(t)
	g, err := NewGenerator(helperImage)
	if err != nil {
		t.Fatal(err)
	}
	of := map[Capabilities][2]int{{}: {0, 0}, everywhere: {4, 0}}
	for _, enabled := range []bool{true, false} {
		if !enabled {
			chain.Spec.Components.Batcher.Enabled, chain.Spec.Components.Proposer.Enabled = new(false), new(false)
			of[everywhere] = [2]int{2, 2}
		}
		for has, want := range of {
			objects, err := g.Generate(chain, cfg, has)
			if err != nil {
				t.Fatal(err)
			}
			generated := 0
			for _, object := range objects {
				if object.GetKind() == KindPodMonitor {
					generated++
				}
			}
			wanted, unwanted := Keys(chain, has)
			count := func(keys []Key) (n int) {
				for _, key := range keys {
					if key.Kind == KindPodMonitor {
						n++
					}
				}
				return n
			}
			if got := [2]int{count(wanted), count(unwanted)}; got != want || generated != want[0] {
				t.Errorf("%+v: %v PodMonitors wanted and not, want %v; %d generated", has, got, want, generated)
			}
		}
	}
	chain.Spec.Monitoring.PodMonitor.Enabled = new(false)
	_, unwanted := Keys(chain, everywhere)
	for _, component := range Components() {
		if !slices.Contains(unwanted, Key{Kind: KindPodMonitor, Name: names.Of(chain, component), Component: component}) {
			t.Errorf("PodMonitors are turned off, and that of %s stays", component)
		}
	}
}
