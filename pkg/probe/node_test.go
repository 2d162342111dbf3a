package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What a server says that is no answer is an error that says so.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		handler http.HandlerFunc
		wantErr string
	}{
		"unknown method":    {handler: answers(nil), wantErr: "the method eth_blockNumber does not exist"},
		"HTTP 500":          {handler: says(500, "stack trace"), wantErr: "500 Internal Server Error"},
		"HTTP 401":          {handler: says(401, "no"), wantErr: "401 Unauthorized"},
		"an empty page":     {handler: says(200, ""), wantErr: "EOF"},
		"a page for people": {handler: says(200, "<html>"), wantErr: "invalid character"},
		"an endless page":   {handler: endless(`{"jsonrpc": "2.0", "id": 1, "result": "`), wantErr: "unexpected EOF"},
		"an endless error":  {handler: endlessError, wantErr: "500 Internal Server Error"},
		"a redirect to itself": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}, wantErr: "stopped after 10 redirects"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New().Geth(t.Context(), serve(t, tc.handler))
			checkErr(t, err, "call eth_blockNumber: "+tc.wantErr)
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

const contract = "0x1000000000000000000000000000000000000003"

// looks are all that a Prober can do, against one address.
func looks(ctx context.Context, url string) map[string]error {
	p, found := New(), map[string]error{}
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

// Nor can a program fill it by what it says before its answer.
func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"a header without end":         "HTTP/1.1 200 OK\r\nX-Long: " + strings.Repeat("a", 1<<20) + "\r\nContent-Length: 0\r\n\r\n",
		"a status of too many letters": "HTTP/1.1 500 " + strings.Repeat("no", 20<<10) + "\r\nContent-Length: 0\r\n\r\n",
	} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, head) // who asked may have gone
			_ = conn.Close()
		})
		for look, err := range looks(t.Context(), url) {
			if err == nil || len(err.Error()) > 1024 || strings.HasPrefix(name, "a header") && !strings.Contains(err.Error(), "exceeded") {
				t.Errorf("%s, %s: error = %.200v", name, look, err)
			}
		}
	}
}

// A broken program cannot fill our memory: we hang up on it.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		text string // of which no parser gets enough
		look func(url string) error
	}{
		"Geth":    {" ", func(url string) error { _, err := New().Geth(t.Context(), url); return err }},
		"Node":    {" ", func(url string) error { _, err := New().Node(t.Context(), url, url); return err }},
		"Batcher": {"#", func(url string) error { _, err := New().Batcher(t.Context(), url); return err }},
		"wanted":  {batcherInfoMetric + " 1\n", func(url string) error { _, err := New().Batcher(t.Context(), url); return err }},
		"State":   {" ", func(url string) error { _, err := New().State(t.Context(), url, L1Query{}); return err }},
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
