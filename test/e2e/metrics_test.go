//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/oplabs/op-stack-operator/pkg/metrics"
)

var update = flag.Bool("update", false, "rewrite the lists of names that the programs expose in config/monitoring")

// page is what one program told Prometheus.
type page map[string]*dto.MetricFamily

func parsePage(t *testing.T, text string) page {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// of gives the series of a name that have all these labels, each as key=value.
func (p page) of(name string, labels ...string) []*dto.Metric {
	var all []*dto.Metric
	for _, m := range p[name].GetMetric() {
		missing := slices.ContainsFunc(labels, func(want string) bool {
			return !slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName()+"="+l.GetValue() == want })
		})
		if !missing {
			all = append(all, m)
		}
	}
	return all
}

// value of the one series of a gauge or counter that has these labels; ok is false where there
// is none.
func (p page) value(name string, labels ...string) (value float64, ok bool) {
	all := p.of(name, labels...)
	if len(all) != 1 {
		return 0, false
	}
	return all[0].GetGauge().GetValue() + all[0].GetCounter().GetValue(), true
}

// scraper reads the operator's metrics as Prometheus does.
type scraper struct {
	url, token string
	client     *http.Client
}

// scraper makes an account that may read the operator's metrics. Both last until the test ends.
func (c chain) scraper(t *testing.T) scraper {
	t.Helper()
	binding := "e2e-" + c.namespace
	c.kubectl(t, "create", "serviceaccount", "scraper")
	c.kubectl(t, "create", "clusterrolebinding", binding, "--clusterrole=op-stack-operator-metrics-reader", "--serviceaccount="+c.namespace+":scraper")
	system := chain{namespace: "op-stack-operator-system"}
	return scraper{
		url:   strings.Replace(system.forward(t, "op-stack-operator-metrics", 8443), "http:", "https:", 1) + "/metrics",
		token: c.kubectl(t, "create", "token", "scraper", "--duration=1h"),
		client: &http.Client{
			Timeout:   10 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // it signs its certificate itself
		},
	}
}

// get asks with a token and gives the answer's code and text.
func (s scraper) get(ctx context.Context, token string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func (s scraper) page(t *testing.T) page {
	t.Helper()
	code, text, err := s.get(t.Context(), s.token)
	if err != nil || code != http.StatusOK {
		t.Fatalf("scrape the operator: %d, %v: %.200s", code, err, text)
	}
	return parsePage(t, text)
}

// programPages are where each program has its metrics.
var programPages = map[string]string{
	"op-geth": "6060/proxy/debug/metrics/prometheus", "op-node": "7300/proxy/metrics",
	"op-batcher": "7300/proxy/metrics", "op-proposer": "7300/proxy/metrics",
}

func (c chain) programPage(t *testing.T, program string) page {
	t.Helper()
	return parsePage(t, c.kubectl(t, "get", "--raw", fmt.Sprintf("/api/v1/namespaces/%s/pods/%s:%s", c.namespace, c.pod(t, program).name, programPages[program])))
}

// series are those of the chain, by name.
func (c chain) series(p page) map[string]int {
	count := map[string]int{}
	for name := range p {
		if n := len(p.of(name, "namespace="+c.namespace, "chain="+c.name)); n > 0 {
			count[name] = n
		}
	}
	return count
}

// monitoring is where alerts and dashboards are.
var monitoring = filepath.Join("..", "..", "config", "monitoring")

// queries are all alerts and dashboards.
func queries(t *testing.T) string {
	t.Helper()
	dashboards, err := filepath.Glob(filepath.Join(monitoring, "dashboards", "*.json"))
	if err != nil || len(dashboards) == 0 {
		t.Fatalf("%d dashboards, %v", len(dashboards), err)
	}
	var all strings.Builder
	for _, file := range append(dashboards, filepath.Join(monitoring, "prometheusrule.yaml")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// isQueried reports whether a text has the name of a metric, or of the parts of a histogram.
func isQueried(text, name string) bool {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `(_bucket|_sum|_count)?\b`).MatchString(text)
}

// exposes fails the test where an alert or dashboard goes by a name that a program does not
// expose. Queries are held to the lists elsewhere, and here the lists to the programs: a list may
// have names that come only with the first error, as long as nothing is asked of them.
func exposes(t *testing.T, program string, p page) {
	t.Helper()
	file := filepath.Join(monitoring, "testdata", "exposed", program+".txt")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	asked, comment := queries(t), ""
	var listed, queried, missing int
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			comment += line
			continue
		}
		name := strings.TrimSpace(line)
		listed++
		isAsked, isThere := isQueried(asked, name), p[name] != nil
		switch {
		case isAsked && !isThere && name != noFork:
			t.Errorf("%s does not expose %s, which alerts or dashboards ask for", program, name)
		case !isThere:
			missing++
		}
		if isAsked {
			queried++
		}
	}
	t.Logf("%s exposes %d names; %d are listed, %d of them asked for and %d not there", program, len(p), listed, queried, missing)
	if *update && programPages[program] != "" {
		names := strings.Join(slices.Sorted(maps.Keys(p)), "\n")
		if err := os.WriteFile(file, []byte(comment+names+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// noFork is a metric of chains that have a fork ahead, as these have not.
const noFork = "opstack_chain_next_fork_timestamp_seconds"

// programsExpose reads the pages of the chain's programs.
func (c chain) programsExpose(t *testing.T) {
	for program := range programPages {
		exposes(t, program, c.programPage(t, program))
	}
}

// metricsAreExposed reads every page that Prometheus would read.
func (w *watched) metricsAreExposed(t *testing.T) {
	if code, text, err := w.scraper.get(t.Context(), ""); err != nil || code != http.StatusUnauthorized {
		t.Errorf("without a token the operator says %d, %v: %.100s; want %d", code, err, text, http.StatusUnauthorized)
	}
	operator := w.scraper.page(t)
	total := 0
	for _, n := range w.series(operator) {
		total += n
	}
	if total == 0 || total > metrics.MaxSeriesPerChain {
		t.Errorf("the chain has %d series, want at most %d: %v", total, metrics.MaxSeriesPerChain, w.series(operator))
	}
	t.Logf("the chain has %d series", total)
	for _, d := range metrics.Descriptions() {
		if operator[d.Name] == nil && d.Name != noFork {
			t.Errorf("the operator does not expose %s", d.Name)
		}
	}
	exposes(t, "op-stack-operator", operator)
	w.programsExpose(t)
	node := "/api/v1/nodes/" + w.kubectl(t, "get", "nodes", "-o", "jsonpath={.items[0].metadata.name}") + "/proxy/metrics"
	kubelet := parsePage(t, w.kubectl(t, "get", "--raw", node))
	maps.Copy(kubelet, parsePage(t, w.kubectl(t, "get", "--raw", node+"/cadvisor")))
	exposes(t, "kubelet", kubelet)
}
