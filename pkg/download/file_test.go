package download

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// content is a file of some 300 KiB without a pattern.
var content = func() []byte {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time is what is wanted
	data := make([]byte, 300<<10)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}()

// limits are for tests: without time to wait, but never so short that a busy machine stalls.
func limits() Limits {
	return Limits{Bytes: 1 << 20, Stall: time.Minute, Tries: 3, Pause: time.Nanosecond}
}

// server answers the first request with the first step and so on; the last step stays.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	steps []http.HandlerFunc
	asked []string // the ranges that were asked for
}

func serve(t *testing.T, steps ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{steps: steps}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Header.Get("Range"))
	step := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	s.mu.Unlock()
	step(w, r)
}

func (s *server) ranges() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.asked, " ")
}

// whole serves data as net/http does: with ranges where etag is not empty.
func whole(data []byte, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag == "" {
			_, _ = w.Write(data)
			return
		}
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// cut serves data and breaks the connection after so many bytes of the answer.
func cut(data []byte, etag string, after int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		whole(data, etag)(&cutter{ResponseWriter: w, left: after}, r)
	}
}

type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	_, _ = c.ResponseWriter.Write(p[:n])
	if c.left == 0 {
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, nil
}

func answer(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "a page for people")
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// ranged answers a request for a range as it should not.
func ranged(contentRange, etag string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", contentRange)
		w.Header().Set("ETag", etag)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(data)
	}
}

func changed(i int) []byte {
	other := bytes.Clone(content)
	other[i] ^= 1
	return other
}

func TestFile(t *testing.T) {
	t.Parallel()
	const half, tag = 150 << 10, `"v1"`
	size := len(content)
	rest := fmt.Sprintf("bytes %d-%d/%d", half, size-1, size)
	cases := map[string]struct {
		steps      []http.HandlerFunc
		limit      int64
		wantErr    string
		wantRanges string
	}{
		"in one piece": {steps: []http.HandlerFunc{whole(content, "")}},
		"resumed": {
			steps:      []http.HandlerFunc{cut(content, tag, half), whole(content, tag)},
			wantRanges: fmt.Sprintf(" bytes=%d-", half),
		},
		"resumed again and again": {
			steps: []http.HandlerFunc{
				cut(content, tag, 1<<10), cut(content, tag, 1<<10), cut(content, tag, 1<<10), cut(content, tag, 1<<10), whole(content, tag),
			},
			wantRanges: " bytes=1024- bytes=2048- bytes=3072- bytes=4096-",
		},
		"started again where the server has no tags":  {steps: []http.HandlerFunc{cut(content, "", half), cut(content, "", half+1), whole(content, "")}, wantRanges: "  "},
		"started again where tags are weak":           {steps: []http.HandlerFunc{cut(content, `W/"v1"`, half), whole(content, `W/"v1"`)}, wantRanges: " "},
		"started again where ranges are passed over":  {steps: []http.HandlerFunc{cut(content, tag, half), whole(content, "")}},
		"cut again while what is known is passed":     {steps: []http.HandlerFunc{cut(content, "", half), cut(content, "", half/2), whole(content, "")}},
		"another tag, but all before is the same":     {steps: []http.HandlerFunc{cut(content, tag, half), whole(content, `"v2"`)}, wantErr: ErrChanged.Error()},
		"changed before the cut, without tags":        {steps: []http.HandlerFunc{cut(content, "", half), whole(changed(half-1), "")}, wantErr: ErrChanged.Error()},
		"shorter than what was read":                  {steps: []http.HandlerFunc{cut(content, "", half), whole(content[:half-1], "")}, wantErr: ErrChanged.Error()},
		"shorter than what was read, with tags":       {steps: []http.HandlerFunc{cut(content, tag, half), answer(http.StatusRequestedRangeNotSatisfiable)}, wantErr: ErrChanged.Error()},
		"another tag in a range":                      {steps: []http.HandlerFunc{cut(content, tag, half), ranged(rest, `"v2"`, content[half:])}, wantErr: ErrChanged.Error()},
		"another size in a range":                     {steps: []http.HandlerFunc{cut(content, tag, half), ranged(fmt.Sprintf("bytes %d-%d/%d", half, size, size+1), tag, append(content[half:size:size], 0))}, wantErr: ErrChanged.Error()},
		"another range than asked for":                {steps: []http.HandlerFunc{cut(content, tag, half), ranged(fmt.Sprintf("bytes 0-%d/%d", size-1, size), tag, content), whole(content, tag)}},
		"a range without saying which":                {steps: []http.HandlerFunc{cut(content, tag, half), ranged("", tag, content), whole(content, tag)}},
		"a range that nobody asked for":               {steps: []http.HandlerFunc{ranged(rest, tag, content[half:])}, wantErr: "the server answers 206 Partial Content"},
		"busy at first":                               {steps: []http.HandlerFunc{answer(http.StatusServiceUnavailable), answer(http.StatusTooManyRequests), whole(content, tag)}},
		"busy for good":                               {steps: []http.HandlerFunc{answer(http.StatusServiceUnavailable)}, wantErr: "the server answers 503 Service Unavailable", wantRanges: "  "},
		"gone after a cut":                            {steps: []http.HandlerFunc{cut(content, tag, half), answer(http.StatusNotFound)}, wantErr: "the server answers 404 Not Found"},
		"not there":                                   {steps: []http.HandlerFunc{answer(http.StatusNotFound)}, wantErr: "the server answers 404 Not Found", wantRanges: ""},
		"cut again without anything new":              {steps: []http.HandlerFunc{cut(content, tag, half), cut(content, tag, 0)}, wantErr: "(tried 3 times)"},
		"as large as allowed":                         {steps: []http.HandlerFunc{whole(content, "")}, limit: int64(size)},
		"too large, and says so":                      {steps: []http.HandlerFunc{whole(content, tag)}, limit: int64(size) - 1, wantErr: "the file has more than 307199 bytes"},
		"too large, and does not say so":              {steps: []http.HandlerFunc{endless}, wantErr: "the file has more than 1048576 bytes"},
		"a redirect":                                  {steps: []http.HandlerFunc{redirect("/elsewhere"), whole(content, tag)}, wantRanges: " "},
		"redirects in a circle":                       {steps: []http.HandlerFunc{redirect("/again")}, wantErr: "the server points elsewhere more than 5 times"},
		"a redirect to another scheme":                {steps: []http.HandlerFunc{redirect("ftp://files.example/x")}, wantErr: "the server points from http to another scheme", wantRanges: ""},
		"a redirect to a file":                        {steps: []http.HandlerFunc{redirect("file:///etc/passwd")}, wantErr: "the server points from http to another scheme"},
		"a redirect to a URL with a password":         {steps: []http.HandlerFunc{redirect("https://user:hunter2@files.example/")}, wantErr: "the server points to a URL with a user or a password"},
		"a redirect to the machine's own credentials": {steps: []http.HandlerFunc{redirect("http://169.254.169.254/latest")}, wantErr: "the address is link-local"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, l := serve(t, tc.steps...), limits()
			if tc.limit > 0 {
				l.Bytes = tc.limit
			}
			got, err := readAll(t, NewClient(l), s.URL+"/a-secret-token")
			switch {
			case tc.wantErr == "" && err != nil:
				t.Fatal(err)
			case tc.wantErr == "" && !bytes.Equal(got, content):
				t.Errorf("read %d bytes that are not the file's %d", len(got), size)
			case tc.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tc.wantErr)):
				t.Errorf("error = %v, want %q", err, tc.wantErr)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), "download from 127.0.0.1:") || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("error = %v: it must name the host, and no more of the URL", err)
			}
			if got := s.ranges(); tc.wantRanges != "" && got != tc.wantRanges {
				t.Errorf("asked for the ranges %q, want %q", got, tc.wantRanges)
			}
		})
	}
}

// endless never ends, and says nothing of its size.
func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(content); err != nil {
			return
		}
	}
}

func readAll(t *testing.T, c *Client, url string) ([]byte, error) {
	t.Helper()
	f := c.Open(t.Context(), url)
	defer f.Close() //nolint:errcheck // it gives none
	return io.ReadAll(f)
}

func TestFileTellsItsSize(t *testing.T) {
	t.Parallel()
	f := NewClient(limits()).Open(t.Context(), serve(t, whole(content, `"v1"`)).URL)
	if f.Size() != -1 {
		t.Errorf("Size() = %d before the server was asked", f.Size())
	}
	if _, err := f.Read(make([]byte, 1)); err != nil || f.Size() != int64(len(content)) {
		t.Errorf("Size() = %d, %v, want %d", f.Size(), err, len(content))
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Read(make([]byte, 1)); err == nil {
		t.Error("a closed file is read on")
	}
}

// TestStalledServer has a server that sends nothing at all, one that stops, and one that sends a
// byte now and then: the time runs out with each.
func TestStalledServer(t *testing.T) {
	t.Parallel()
	until := func(r *http.Request) { <-r.Context().Done() }
	cases := map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { until(r) },
		"stops": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(content[:100])
			_ = http.NewResponseController(w).Flush()
			until(r)
		},
		"trickles": func(w http.ResponseWriter, r *http.Request) {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-r.Context().Done():
					return
				case <-tick.C:
					_, _ = w.Write(content[:1])
					_ = http.NewResponseController(w).Flush()
				}
			}
		},
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := limits()
			l.Stall, l.Tries = 50*time.Millisecond, 1
			if _, err := readAll(t, NewClient(l), serve(t, handler).URL); err == nil || !strings.Contains(err.Error(), errStalled.Error()) {
				t.Errorf("error = %v, want %q", err, errStalled)
			}
		})
	}
}

// TestStallIsNoEnd lets a server stall once and serve the rest when it is asked again.
func TestStallIsNoEnd(t *testing.T) {
	t.Parallel()
	stop := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content[:1000])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	l := limits()
	l.Stall, l.Tries = 50*time.Millisecond, 1000
	s := serve(t, stop, whole(content, `"v1"`))
	got, err := readAll(t, NewClient(l), s.URL)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if !strings.Contains(s.ranges(), "bytes=1000-") {
		t.Errorf("asked for the ranges %q", s.ranges())
	}
}

func TestFileEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	f := NewClient(limits()).Open(ctx, s.URL)
	if _, err := io.ReadAll(f); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	// Nor does it wait for the next try.
	ctx, cancel = context.WithCancel(t.Context())
	l := limits()
	l.Pause = time.Hour
	s = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		time.AfterFunc(time.Millisecond, cancel)
	})
	if _, err := io.ReadAll(NewClient(l).Open(ctx, s.URL)); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestOpenRefusesURLs(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"ftp://files.example/x":               "the URL must start with http:// or https://",
		"file:///etc/passwd":                  "this is not a URL",
		"http://":                             "this is not a URL",
		"http://a b/":                         "this is not a URL",
		"https://user:hunter2@files.example/": "the URL must not carry a user or a password",
	} {
		if _, err := readAll(t, NewClient(limits()), url); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error = %v, want %q", url, err, want)
		}
	}
}

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	request := func(url string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, url, http.NoBody)
		r.Header.Set("Referer", "https://example/secret")
		return r
	}
	for _, tc := range []struct {
		from, to string
		want     bool
	}{
		{"http://a/", "http://b/", true}, {"http://a/", "https://b/", true}, {"https://a/", "https://b/", true}, {"https://a/", "http://a/", false},
	} {
		next := request(tc.to)
		if err := checkRedirect(next, []*http.Request{request(tc.from)}); (err == nil) != tc.want {
			t.Errorf("from %s to %s: %v", tc.from, tc.to, err)
		}
		if next.Header.Get("Referer") != "" {
			t.Errorf("%s learns of the URL before it", tc.to)
		}
	}
}

// TestProxy starts this test again with a proxy in its environment, which net/http reads once.
func TestProxy(t *testing.T) {
	if os.Getenv("DOWNLOAD_BY_PROXY") != "" {
		got, err := readAll(t, NewClient(limits()), "http://files.example/genesis.json")
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		return
	}
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "http://files.example/genesis.json" {
			t.Errorf("the proxy is asked for %s", r.URL)
		}
		whole(content, "")(w, r)
	})
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxy$") //nolint:gosec // this program
	child.Env = append(os.Environ(), "DOWNLOAD_BY_PROXY=1", "HTTP_PROXY="+s.URL, "http_proxy="+s.URL, "NO_PROXY=", "no_proxy=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
