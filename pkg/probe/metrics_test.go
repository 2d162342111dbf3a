package probe

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func TestBatcher(t *testing.T) {
	t.Parallel()
	info := "# TYPE " + batcherInfoMetric + " gauge\n" + batcherInfoMetric + `{version="v1.16.13-stable"} 1` + "\n"
	page := func(lines ...string) http.HandlerFunc {
		return says(200, "go_goroutines 7\n"+info+"# HELP "+lastBatchMetric+" Timestamp.\n# TYPE "+lastBatchMetric+" gauge\n"+strings.Join(lines, "\n")+"\n")
	}
	const version = "v1.16.13-stable"
	none := Batcher{Version: version}
	cases := map[string]struct {
		handler http.HandlerFunc
		want    Batcher
		wantErr string
	}{
		"a batch": {
			handler: page(lastBatchMetric+`{stage="failed"} 1.8e9`, lastBatchMetric+`{stage="submitted"} 1.700000001e+09`, lastBatchMetric+`{stage="success"} 1.7000000005e+09`),
			want:    Batcher{LastBatch: new(time.Unix(1700000000, 0)), Version: version},
		},
		"none confirmed yet":        {handler: page(lastBatchMetric + `{stage="submitted"} 1.7e+09`), want: none},
		"none at all":               {handler: says(200, info), want: none},
		"no version":                {handler: says(200, "# TYPE "+lastBatchMetric+" gauge\n"+lastBatchMetric+`{stage="success"} 1.7e+09`+"\n"), want: Batcher{LastBatch: new(time.Unix(1700000000, 0))}},
		"a version of lines":        {handler: says(200, batcherInfoMetric+`{version="v1\nv2"} 1`+"\n"), want: Batcher{}},
		"zero is never":             {handler: page(lastBatchMetric + `{stage="success"} 0`), want: none},
		"negative is never":         {handler: page(lastBatchMetric + `{stage="success"} -5`), want: none},
		"not a number is never":     {handler: page(lastBatchMetric + `{stage="success"} NaN`), want: none},
		"no stage":                  {handler: page(lastBatchMetric + ` 1.7e+09`), want: none},
		"infinite":                  {handler: page(lastBatchMetric + `{stage="success"} +Inf`), wantErr: "read metrics: time out of range"},
		"in a year of five digits":  {handler: page(lastBatchMetric + `{stage="success"} 253402300800`), wantErr: "read metrics: time out of range"},
		"no number":                 {handler: page(lastBatchMetric + `{stage="success"} soon`), wantErr: "read metrics: "},
		"cut off":                   {handler: says(200, info+lastBatchMetric+`{stage="success"} 1.7`), wantErr: "read metrics: the page ends in the midst of a line"},
		"cut off in another line":   {handler: says(200, info+"go_gorouti"), wantErr: "read metrics: the page ends in the midst of a line"},
		"a line without end":        {handler: says(200, info+strings.Repeat("a", 100_000)), wantErr: "read metrics: the page ends in the midst of a line"},
		"a wanted line too long":    {handler: says(200, batcherInfoMetric+`{version="`+strings.Repeat("v", 100_000)+"\"} 1\n"), wantErr: "read metrics: a line that is wanted is too long"},
		"another program":           {handler: says(200, nodePage), wantErr: "read metrics: it is not the page of an op-batcher"},
		"an empty page":             {handler: says(200, ""), wantErr: "read metrics: it is not the page of an op-batcher"},
		"a page for people":         {handler: says(200, "<html>\n"), wantErr: "read metrics: the page is of another kind"},
		"a page that breaks expfmt": {handler: says(200, "# TYPE "+batcherInfoMetric+" gauge\n{}\n"), wantErr: "read metrics: it is not the page of an op-batcher"},
		"JSON":                      {handler: says(200, "[]\n"), wantErr: "read metrics: the page is of another kind"},
		"HTTP 404":                  {handler: says(404, "404 page not found"), wantErr: "read metrics: 404 Not Found"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New().Batcher(t.Context(), serve(t, tc.handler)+"/metrics")
			checkErr(t, err, tc.wantErr)
			if tc.wantErr != "" && err != nil {
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Batcher() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWantedLines(t *testing.T) {
	t.Parallel()
	long := "op_other " + strings.Repeat("1", 10_000) + "\n"
	cases := map[string]struct{ page, want string }{
		"nothing":                     {},
		"a sample":                    {"a 1\nwanted 2\nb 3\n", "wanted 2\n"},
		"with labels":                 {"wanted{a=\"b\"} 2\nwanted\t3\n", "wanted{a=\"b\"} 2\nwanted\t3\n"},
		"with its type":               {"# HELP wanted All of it.\n# TYPE wanted gauge\nwanted 2\n", "# TYPE wanted gauge\nwanted 2\n"},
		"a longer name":               {"wanted_total 1\n# TYPE wanted_total counter\nwanted 2\n", "wanted 2\n"},
		"a shorter name":              {"want 1\nwanted\n", ""},
		"a name within":               {"a{b=\"wanted 1\"} 1\n", ""},
		"a comment":                   {"# wanted 7\n#\n", ""},
		"blank lines":                 {"\n \nwanted 2\n\n", "wanted 2\n"},
		"a long line before":          {long + "wanted 2\n", "wanted 2\n"},
		"a long line that ends so":    {"op_other " + strings.Repeat("1", 4096-len("op_other ")) + "wanted 2\nwanted 3\n", "wanted 3\n"},
		"a line as long as a buffer":  {"op_other " + strings.Repeat("1", 4096-len("op_other ")-1) + "\nwanted 3\n", "wanted 3\n"},
		"another family that follows": {"wanted 1\nalso{x=\"y\"} 2\nno 3\n", "wanted 1\nalso{x=\"y\"} 2\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wantedLines(strings.NewReader(tc.page), []string{"wanted", "also"})
			if string(got) != tc.want || err != nil {
				t.Errorf("wantedLines() = %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

// FuzzPage has the filter make no difference: what the parser reads of a page whole, it reads
// of what is left of it.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{nodePage, "", "\n", "# TYPE " + peerCountMetric + " gauge\n" + peerCountMetric + "{a=\"\\\"\\n\"} +Inf 17\n", peerCountMetric + " 1e400\n", "# TYPE " + lastBatchMetric + " gauge\n" + lastBatchMetric + "{stage=\"success\"} 1.7e9\n", "<html>"} {
		f.Add([]byte(seed))
	}
	f.Add([]byte("# TYPE w gauge\nw{a=\"b\",c=\"\\\\\"} 1 17\nw 2\nw{} 3\n"))
	f.Add([]byte("# TYPE w histogram\nw_bucket{le=\"+Inf\"} 1\nw{\"w\",a=\"b\"} 1\n# TYPE w summary\nw{quantile=\"0.5\"} 1\n"))
	f.Add([]byte("#TYPE A gauge\n{}\n")) // at which expfmt's parser itself panics
	wanted := []string{"w", sequencerActiveMetric, peerCountMetric, lastBatchMetric, batcherInfoMetric}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parsePage(bytes.NewReader(text), wanted...)
		if err != nil {
			return
		}
		whole, err := parseWhole(text)
		if err != nil {
			return // what is not wanted need not be right
		}
		for _, name := range wanted {
			was, isThere := whole.gauge(name, "", "")
			is, found := got.gauge(name, "", "")
			if found && (!isThere || was != is && was == was) {
				t.Errorf("%s is %v, %t, want %v, %t, in %q", name, is, found, was, isThere, text)
			}
		}
		if last, err := lastBatchIn(got); err == nil && last != nil && (last.Unix() < 0 || last.UTC().Year() > 9999) {
			t.Errorf("the last batch is of %v in %q", last, text)
		}
		if node := nodeIn(got); node.Peers != nil && *node.Peers < 0 {
			t.Errorf("%d peers in %q", *node.Peers, text)
		}
	})
}

// parseWhole reads a page without a filter. The parser panics at some that are wrong.
func parseWhole(text []byte) (page metricsPage, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("parse: %v", fault)
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(bytes.NewReader(text))
}

// opNodePage is as the page of an op-node that has run for a while: some 100 KB, most of it
// histograms.
func opNodePage() []byte {
	var page bytes.Buffer
	family := func(name, kind string) {
		fmt.Fprintf(&page, "# HELP %s What %s is about, in the words of the program.\n# TYPE %s %s\n", name, name, name, kind)
	}
	for i := range 60 {
		name := fmt.Sprintf("go_memstats_number_%d_bytes", i)
		family(name, "gauge")
		fmt.Fprintf(&page, "%s %g\n", name, 1.2345e+07*float64(i))
	}
	histogram := func(name, label string, series int) {
		family(name, "histogram")
		for s := range series {
			for _, le := range []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"} {
				fmt.Fprintf(&page, "%s_bucket{%s=\"engine_forkchoiceUpdatedV%d\",le=\"%s\"} %d\n", name, label, s, le, 123456+s)
			}
			fmt.Fprintf(&page, "%s_sum{%s=\"engine_forkchoiceUpdatedV%d\"} %g\n", name, label, s, 12.345678*float64(s))
			fmt.Fprintf(&page, "%s_count{%s=\"engine_forkchoiceUpdatedV%d\"} %d\n", name, label, s, 123456+s)
		}
	}
	histogram("op_node_default_event_process_time", "event", 25)
	family(peerCountMetric, "gauge")
	page.WriteString(peerCountMetric + " 12\n")
	histogram("op_node_default_peer_scores", "type", 8)
	histogram("op_node_default_rpc_client_request_duration_seconds", "method", 20)
	histogram("op_node_default_rpc_server_request_duration_seconds", "method", 12)
	family(sequencerActiveMetric, "gauge")
	page.WriteString(sequencerActiveMetric + " 1\n")
	for i := range 100 {
		name := fmt.Sprintf("op_node_default_thing_%d_total", i)
		family(name, "counter")
		fmt.Fprintf(&page, "%s %d\n", name, i)
	}
	return page.Bytes()
}

func TestPageOfARealSize(t *testing.T) {
	t.Parallel()
	text := opNodePage()
	if len(text) < 90_000 || len(text) > 150_000 {
		t.Errorf("the page has %d bytes", len(text))
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(bytes.NewReader(text)); err != nil {
		t.Error(err)
	}
	server := httptest.NewServer(says(200, string(text)))
	defer server.Close()
	got := New().nodeMetrics(t.Context(), server.URL)
	if diff := cmp.Diff(Node{Sequencing: new(true), Peers: new(int32(12))}, got); diff != "" {
		t.Errorf("nodeMetrics() (-want +got):\n%s", diff)
	}
}

// BenchmarkPage reads a page of op-node's: filtered as a look does, and, for comparison, whole.
func BenchmarkPage(b *testing.B) {
	text := opNodePage()
	b.Run("filtered", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if page, err := parsePage(bytes.NewReader(text), sequencerActiveMetric, peerCountMetric); err != nil || len(page) != 2 {
				b.Fatal(len(page), err)
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			parser := expfmt.NewTextParser(model.UTF8Validation)
			if _, err := parser.TextToMetricFamilies(bytes.NewReader(text)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("over HTTP", func(b *testing.B) {
		var small bytes.Buffer // as op-node sends it
		compressor := gzip.NewWriter(&small)
		if _, err := compressor.Write(text); err != nil || compressor.Close() != nil {
			b.Fatal("compress the page")
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(small.Bytes())
		}))
		defer server.Close()
		p := New()
		b.ReportAllocs()
		for b.Loop() {
			if node := p.nodeMetrics(b.Context(), server.URL); node.Peers == nil {
				b.Fatal("no peers")
			}
		}
	})
}
