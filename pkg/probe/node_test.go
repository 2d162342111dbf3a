package probe

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/go-cmp/cmp"
)

func TestHeight(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		handler http.HandlerFunc
		want    int64
		wantErr string
	}{
		"a height":          {handler: answers(map[string]string{"eth_blockNumber": `"0x2a"`}), want: 42},
		"genesis":           {handler: answers(map[string]string{"eth_blockNumber": `"0x0"`})},
		"the highest":       {handler: answers(map[string]string{"eth_blockNumber": `"0x7fffffffffffffff"`}), want: 1<<63 - 1},
		"too high":          {handler: answers(map[string]string{"eth_blockNumber": `"0x8000000000000000"`}), wantErr: "read block number: 9223372036854775808 is too large"},
		"a decimal":         {handler: answers(map[string]string{"eth_blockNumber": `42`}), wantErr: "call eth_blockNumber: "},
		"null":              {handler: answers(map[string]string{"eth_blockNumber": `null`}), wantErr: "call eth_blockNumber: json: "},
		"unknown method":    {handler: answers(nil), wantErr: "call eth_blockNumber: the method eth_blockNumber does not exist"},
		"HTTP 500":          {handler: says(500, "stack trace"), wantErr: "call eth_blockNumber: 500 Internal Server Error"},
		"HTTP 401":          {handler: says(401, "no"), wantErr: "call eth_blockNumber: 401 Unauthorized"},
		"an empty page":     {handler: says(200, ""), wantErr: "call eth_blockNumber: EOF"},
		"a page for people": {handler: says(200, "<html>"), wantErr: "call eth_blockNumber: invalid character"},
		"an endless page":   {handler: endless(`{"jsonrpc": "2.0", "id": 1, "result": "`), wantErr: "call eth_blockNumber: unexpected EOF"},
		"an endless error":  {handler: endlessError, wantErr: "call eth_blockNumber: 500 Internal Server Error"},
		"a redirect to itself": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}, wantErr: "call eth_blockNumber: stopped after 10 redirects"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New().Height(t.Context(), serve(t, tc.handler))
			checkErr(t, err, tc.wantErr)
			if got != tc.want {
				t.Errorf("Height() = %d, want %d", got, tc.want)
			}
		})
	}
}

func endlessError(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusInternalServerError)
	endless("")(w, r)
}

// checkErr compares the beginning of an error, and looks that it is short.
func checkErr(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error = %v", err)
	case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
		t.Errorf("error = %v, want one that starts with %q", err, want)
	case err != nil && len(err.Error()) > 400:
		t.Errorf("error has %d bytes", len(err.Error()))
	}
}

func TestHeads(t *testing.T) {
	t.Parallel()
	sync := func(result string) http.HandlerFunc {
		return answers(map[string]string{"optimism_syncStatus": result})
	}
	const missing = "read optimism_syncStatus: a head is missing"
	cases := map[string]struct {
		handler http.HandlerFunc
		want    Heads
		wantErr string
	}{
		"all heads": {
			handler: sync(`{"head_l1": {"number": 7}, "unsafe_l2": {"hash": "0x", "number": 30}, "safe_l2": {"number": 20}, "finalized_l2": {"number": 10}, "cross_unsafe_l2": {"number": 1}}`),
			want:    Heads{Unsafe: 30, Safe: 20, Finalized: 10},
		},
		"a chain at its start": {handler: sync(`{"unsafe_l2": {"number": 0}, "safe_l2": {"number": 0}, "finalized_l2": {"number": 0}}`)},
		"no unsafe head":       {handler: sync(`{"safe_l2": {"number": 0}, "finalized_l2": {"number": 0}}`), wantErr: missing},
		"safe head null":       {handler: sync(`{"unsafe_l2": {"number": 1}, "safe_l2": null, "finalized_l2": {"number": 0}}`), wantErr: missing},
		"head without number":  {handler: sync(`{"unsafe_l2": {"number": 1}, "safe_l2": {"number": 1}, "finalized_l2": {}}`), wantErr: missing},
		"nothing":              {handler: sync(`{}`), wantErr: missing},
		"null":                 {handler: sync(`null`), wantErr: missing},
		"negative head":        {handler: sync(`{"unsafe_l2": {"number": -1}}`), wantErr: "call optimism_syncStatus: "},
		"head too high":        {handler: sync(`{"unsafe_l2": {"number": 9223372036854775808}, "safe_l2": {"number": 0}, "finalized_l2": {"number": 0}}`), wantErr: "read block number: "},
		"a list":               {handler: sync(`[]`), wantErr: "call optimism_syncStatus: "},
		"a node that starts":   {handler: says(503, "not ready"), wantErr: "call optimism_syncStatus: 503 Service Unavailable"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New().Heads(t.Context(), serve(t, tc.handler))
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Heads() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLastBatch(t *testing.T) {
	t.Parallel()
	const metric = "op_batcher_default_last_batcher_tx_unix"
	page := func(lines ...string) http.HandlerFunc {
		text := "# HELP go_goroutines Number.\n# TYPE go_goroutines gauge\ngo_goroutines 7\n# TYPE " + metric + " gauge\n"
		return says(200, text+strings.Join(lines, "\n")+"\n")
	}
	cases := map[string]struct {
		handler http.HandlerFunc
		want    *time.Time
		wantErr string
	}{
		"a batch": {
			handler: page(metric+`{stage="failed"} 1.8e9`, metric+`{stage="submitted"} 1.700000001e+09`, metric+`{stage="success"} 1.7e+09`),
			want:    new(time.Unix(1700000000, 0)),
		},
		"none confirmed yet":       {handler: page(metric + `{stage="submitted"} 1.7e+09`)},
		"none at all":              {handler: says(200, "go_goroutines 7\n")},
		"an empty page":            {handler: says(200, "")},
		"zero is never":            {handler: page(metric + `{stage="success"} 0`)},
		"negative is never":        {handler: page(metric + `{stage="success"} -5`)},
		"not a number is never":    {handler: page(metric + `{stage="success"} NaN`)},
		"no stage":                 {handler: page(metric + ` 1.7e+09`)},
		"beyond all calendars":     {handler: page(metric + `{stage="success"} 1e300`), wantErr: "read metrics: time out of range"},
		"infinite":                 {handler: page(metric + `{stage="success"} +Inf`), wantErr: "read metrics: time out of range"},
		"in a year of five digits": {handler: page(metric + `{stage="success"} 253402300800`), wantErr: "read metrics: time out of range"},
		"a page for people":        {handler: says(200, "<html>\n"), wantErr: "read metrics: "},
		"HTTP 404":                 {handler: says(404, "404 page not found"), wantErr: "read metrics: 404 Not Found"},
		"an endless page":          {handler: endless("x 1\n"), wantErr: "read metrics: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New().LastBatch(t.Context(), serve(t, tc.handler)+"/metrics")
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("LastBatch() (-want +got):\n%s", diff)
			}
		})
	}
}

// looks are all that a Prober can do, against one address.
func looks(ctx context.Context, url string) map[string]error {
	p, found := New(), map[string]error{}
	_, found["Height"] = p.Height(ctx, url)
	_, found["Heads"] = p.Heads(ctx, url)
	_, found["LastBatch"] = p.LastBatch(ctx, url)
	_, found["LastGame"] = p.LastGame(ctx, url, contract, 1)
	_, found["LastOutput"] = p.LastOutput(ctx, url, contract)
	_, found["Geth"] = p.Geth(ctx, url)
	_, found["Node"] = p.Node(ctx, url, url)
	_, found["Batcher"] = p.Batcher(ctx, url)
	_, found["State"] = p.State(ctx, url, L1Query{Batcher: contract, Proposer: contract, Factory: contract, Oracle: contract, SafeSince: new(int64)})
	return found
}

func TestLooksEndWithTheirDeadline(t *testing.T) {
	t.Parallel()
	url := serve(t, silent)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for look, err := range looks(ctx, url) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error = %v, want the deadline", look, err)
		}
	}
}

// URLs carry API keys, and servers repeat what they were asked.
func TestErrorsNeverTellTheURL(t *testing.T) {
	t.Parallel()
	const key = "deadbeefcafe0123456789"
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("no such project: " + r.RequestURI))
	}
	refuse := func(w http.ResponseWriter, r *http.Request) {
		_, id, _ := request(r)
		reply(w, id, `null, "error": {"code": -32000, "message": "project `+r.RequestURI+` has no credit"}`)
	}
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:0"+r.RequestURI, http.StatusTemporaryRedirect)
	}
	servers := map[string]string{
		"echoes":          serve(t, echo),
		"refuses":         serve(t, refuse),
		"redirects":       serve(t, redirect),
		"hangs up":        serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		"is not there":    gone(),
		"is no address":   "http://[::1",
		"has a bad port":  "http://localhost:99999",
		"has a bad path":  "http://localhost/%zz",
		"is of no scheme": "gopher://localhost",
		"is a WebSocket":  "ws" + strings.TrimPrefix(serve(t, echo), "http"),
	}
	for name, address := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme, host, _ := strings.Cut(address, "://")
			for _, url := range []string{address + "/v3/" + key, address + "?apikey=" + key, scheme + "://user:" + key + "@" + host} {
				for look, err := range looks(t.Context(), url) {
					if err == nil || strings.Contains(err.Error(), key) || strings.Contains(err.Error(), key[:10]) {
						t.Errorf("%s of %s: error = %v", look, url, err)
					}
				}
			}
		})
	}
}

// gone is the address of a server that has stopped.
func gone() string {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	return server.URL
}

type ethService struct{}

func (ethService) BlockNumber() hexutil.Uint64 { return 42 }

// L1 may be reached by WebSocket.
func TestHeightByWebSocket(t *testing.T) {
	t.Parallel()
	handler := rpc.NewServer()
	t.Cleanup(handler.Stop)
	if err := handler.RegisterName("eth", ethService{}); err != nil {
		t.Fatal(err)
	}
	url := serve(t, handler.WebsocketHandler([]string{"*"}).ServeHTTP)
	got, err := New().Height(t.Context(), "ws"+strings.TrimPrefix(url, "http"))
	if got != 42 || err != nil {
		t.Errorf("Height() = %d, %v", got, err)
	}
}

// A broken program cannot fill our memory: we hang up on it.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		text string // of which no parser gets enough
		look func(url string) error
	}{
		"Height":    {" ", func(url string) error { _, err := New().Height(t.Context(), url); return err }},
		"LastBatch": {"#", func(url string) error { _, err := New().LastBatch(t.Context(), url); return err }},
		"Geth":      {" ", func(url string) error { _, err := New().Geth(t.Context(), url); return err }},
		"Node":      {" ", func(url string) error { _, err := New().Node(t.Context(), url, url); return err }},
		"Batcher":   {"#", func(url string) error { _, err := New().Batcher(t.Context(), url); return err }},
		"wanted":    {batcherInfoMetric + " 1\n", func(url string) error { _, err := New().Batcher(t.Context(), url); return err }},
		"State":     {" ", func(url string) error { _, err := New().State(t.Context(), url, L1Query{}); return err }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var total atomic.Int64 // of up to four answers
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				const enough = 16 * maxAnswer // what is on its way counts too
				sent := 0
				defer func() { total.Add(int64(sent)) }()
				page := bytes.Repeat([]byte(tc.text), 1<<16/len(tc.text))
				for err := error(nil); err == nil && sent < enough; sent += len(page) {
					_, err = w.Write(page)
				}
			}))
			err := tc.look(server.URL)
			server.Close() // waits for the handler
			if got := total.Load(); got >= 16*maxAnswer || err == nil {
				t.Errorf("took %d bytes, error %v", got, err)
			}
		})
	}
}
