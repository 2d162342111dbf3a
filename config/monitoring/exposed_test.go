package monitoring_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	// For the metrics of controllers, which it registers.
	_ "sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/oplabs/op-stack-operator/pkg/metrics"
)

// TestOperatorExposes holds the list of the operator's metrics, which queries are held to in
// hack/tools/promtool, to the operator itself.
func TestOperatorExposes(t *testing.T) {
	t.Parallel()
	var own []string
	for _, description := range metrics.Descriptions() {
		own = append(own, description.Name)
	}
	var listed []string
	for _, line := range strings.Split(string(read(t, "testdata/exposed/op-stack-operator.txt")), "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "opstack_"):
			listed = append(listed, line)
		default:
			// A name that is taken cannot be registered with another text.
			err := ctrlmetrics.Registry.Register(prometheus.NewGauge(prometheus.GaugeOpts{Name: line, Help: "Taken?"}))
			if err == nil {
				t.Errorf("controller-runtime has no metric %s", line)
			}
		}
	}
	slices.Sort(own)
	if !slices.Equal(own, listed) {
		t.Errorf("the operator exposes %q, and %q are listed", own, listed)
	}
}
