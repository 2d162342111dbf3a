//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/oplabs/op-stack-operator/pkg/metrics"
)

var update = flag.Bool("update", false, "rewrite the lists of names that the programs expose")

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

// names of all samples, as a query names them.
func (p page) names() []string {
	var all []string
	for name, family := range p {
		switch family.GetType() {
		case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
			all = append(all, name+"_bucket", name+"_sum", name+"_count")
		case dto.MetricType_SUMMARY:
			all = append(all, name, name+"_sum", name+"_count")
		case dto.MetricType_COUNTER, dto.MetricType_GAUGE, dto.MetricType_UNTYPED:
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
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

// exposes fails the test where a dashboard, rule or page of docs goes by a name that a program
// does not expose.
func exposes(t *testing.T, program string, p page) {
	t.Helper()
	file := filepath.Join("..", "..", "config", "monitoring", "testdata", "exposed", program+".txt")
	names := p.names()
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	list, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	listed := 0
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		listed++
		if _, found := slices.BinarySearch(names, name); !found {
			t.Errorf("%s does not expose %s, which %s lists", program, name, filepath.Base(file))
		}
	}
	if listed == 0 {
		t.Errorf("%s lists no name", file)
	}
	t.Logf("%s exposes %d names, among them the %d that are listed", program, len(names), listed)
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
		if operator[d.Name] == nil && d.Name != "opstack_chain_next_fork_timestamp_seconds" { // no fork is scheduled
			t.Errorf("the operator does not expose %s", d.Name)
		}
	}
	exposes(t, "operator", operator)
	for program := range programPages {
		exposes(t, program, w.programPage(t, program))
	}
}
