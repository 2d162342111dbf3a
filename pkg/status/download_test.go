package status

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// A download that goes on is told once, and its progress as seldom as heights are.
func TestReportOfADownload(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	downloading := func(progress string) Observation {
		return Observation{Unread: &Fault{v1alpha1.ReasonDownloading, "downloading the genesis, " + progress}}
	}
	steps := []struct {
		seen        Observation
		wait        bool
		wantPatches int
		wantEvent   string
	}{
		{seen: downloading("1 MiB"), wantPatches: 1, wantEvent: corev1.EventTypeNormal + " " + v1alpha1.ReasonDownloading},
		{seen: downloading("2 MiB")},
		{seen: downloading("3 MiB"), wait: true, wantPatches: 1},
		{
			seen: Observation{Unread: &Fault{v1alpha1.ReasonDownloadFailed, "404"}}, wantPatches: 1,
			wantEvent: corev1.EventTypeWarning + " " + v1alpha1.ReasonDownloadFailed,
		},
	}
	for i, step := range steps {
		if step.wait {
			d.clock.SetTime(d.clock.Now().Add(interval))
		}
		patches, announced := d.report(step.seen)
		about := strings.Join(announced, "\n")
		if patches != step.wantPatches || !strings.Contains(about, step.wantEvent) || step.wantEvent == "" && about != "" {
			t.Errorf("step %d: %d writes and events %q, want %d and %q", i, patches, about, step.wantPatches, step.wantEvent)
		}
	}
	for _, c := range d.read().Status.Conditions {
		if c.Type == v1alpha1.ConditionConfigurationValid && c.Status != metav1.ConditionUnknown {
			t.Errorf("ConfigurationValid is %s", c.Status)
		}
	}
}
