package download

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// genesisJSON is a small genesis of a chain.
func genesisJSON(chain int) []byte {
	return fmt.Appendf(nil, `{"config":{"chainId":%d},"difficulty":"0x0","gasLimit":"0x1c9c380","alloc":{"0x0000000000000000000000000000000000000001":{"balance":"0x1"}}}`, chain)
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func newLibrary(t *testing.T) (*Library, *clocktesting.FakePassiveClock) {
	t.Helper()
	clk := clocktesting.NewFakePassiveClock(time.Unix(1_700_000_000, 0))
	l := NewLibrary(NewClient(limits()), 1<<20, clk)
	t.Cleanup(l.Close)
	return l, clk
}

// after asks, waits for what that set off, and asks again.
func (l *Library) after(url, digest string) (*genesis.Genesis, error) {
	if g, err := l.Genesis(url, digest); err == nil {
		return g, nil
	}
	l.running.Wait()
	return l.Genesis(url, digest)
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	good := genesisJSON(901)
	zipped := packed(t, good)
	large := bytes.Repeat([]byte(" "), 1<<20)
	cases := map[string]struct {
		serve   []byte
		digest  string
		wantErr string // of a DigestError, of a ContentError, or of neither
		wrong   error
	}{
		"raw":                    {serve: good, digest: digestOf(good)},
		"gzipped":                {serve: zipped, digest: digestOf(zipped)},
		"a digest in upper case": {serve: good, digest: strings.ToUpper(digestOf(good))},
		"gzipped, but the digest is of the raw": {
			serve: zipped, digest: digestOf(good), wantErr: "has the sha256 " + digestOf(zipped), wrong: &DigestError{},
		},
		"something behind it":     {serve: append(bytes.Clone(good), " {}"...), digest: digestOf(good), wantErr: "has the sha256 ", wrong: &DigestError{}},
		"cut short":               {serve: good[:50], digest: digestOf(good), wantErr: "has the sha256 ", wrong: &DigestError{}},
		"another file":            {serve: content, digest: digestOf(good), wantErr: "has the sha256 " + digestOf(content), wrong: &DigestError{}},
		"no genesis":              {serve: content, digest: digestOf(content), wantErr: "not a JSON object", wrong: &ContentError{}},
		"a genesis with a fault":  {serve: good[:50], digest: digestOf(good[:50]), wantErr: "cut short", wrong: &ContentError{}},
		"too large when unpacked": {serve: packed(t, append(large, good...)), digest: digestOf(packed(t, append(large, good...))), wantErr: "more than 1 MiB", wrong: &ContentError{}},
		"too large to download":   {serve: append(large, good...), digest: digestOf(good), wantErr: "the file has more than 1048576 bytes", wrong: &PendingError{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLibrary(t)
			s := serve(t, whole(tc.serve, `"v1"`))
			got, err := l.after(s.URL+"/a-secret-token", tc.digest)
			if tc.wrong == nil {
				if err != nil || got.ChainID != 901 {
					t.Errorf("Genesis() = %+v, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.wantErr) || fmt.Sprintf("%T", err) != fmt.Sprintf("%T", tc.wrong) {
				t.Errorf("error = %T %v, want %T %q", err, err, tc.wrong, tc.wantErr)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("error = %v tells of the URL", err)
			}
		})
	}
}

// TestLibraryRemembers asks for what is known, from wherever, without asking a server.
func TestLibraryRemembers(t *testing.T) {
	t.Parallel()
	l, _ := newLibrary(t)
	s := serve(t, whole(genesisJSON(901), ""))
	for range 3 {
		if _, err := l.after(s.URL, digestOf(genesisJSON(901))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Genesis("http://nowhere.invalid/", digestOf(genesisJSON(901))); err != nil {
		t.Error(err)
	}
	if asked := len(s.asked); asked != 1 {
		t.Errorf("the server was asked %d times", asked)
	}
	for _, bad := range []int{1, 2} { // a file that is no genesis never becomes one
		_, err := l.after(serve(t, whole(content, "")).URL, digestOf(content))
		if !errors.As(err, new(*ContentError)) {
			t.Errorf("%d: %v", bad, err)
		}
	}
}

// TestLibraryTriesAgain lets a server fail in every way and mend.
func TestLibraryTriesAgain(t *testing.T) {
	t.Parallel()
	l, clk := newLibrary(t)
	good := genesisJSON(901)
	s := serve(t, answer(http.StatusNotFound), answer(http.StatusNotFound), whole(content, ""), whole(good, ""))
	ask := func(wait time.Duration, want int, check func(error) bool) {
		t.Helper()
		clk.SetTime(clk.Now().Add(wait))
		_, err := l.after(s.URL, digestOf(good))
		if !check(err) {
			t.Errorf("error = %T %v", err, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.asked) != want {
			t.Errorf("the server was asked %d times, want %d", len(s.asked), want)
		}
	}
	notFound := func(err error) bool {
		pending := (*PendingError)(nil)
		return errors.As(err, &pending) && pending.Failed && strings.Contains(pending.Message, "the server answers 404 Not Found: it is tried again")
	}
	wrong := func(err error) bool { return errors.As(err, new(*DigestError)) }
	ask(0, 1, notFound)
	ask(firstRetry-1, 1, notFound)
	ask(1, 2, notFound)
	ask(2*firstRetry-1, 2, notFound)
	ask(1, 3, wrong)
	ask(firstRecheck<<2-1, 3, wrong) // after two tries that failed before
	ask(1, 4, func(err error) bool { return err == nil })
}

func TestLibraryWaitsNoLongerThanIsSensible(t *testing.T) {
	t.Parallel()
	l, clk := newLibrary(t)
	s := serve(t, answer(http.StatusNotFound))
	const tries = 100
	for range tries {
		if _, err := l.after(s.URL, digestOf(content)); err == nil {
			t.Fatal("no error")
		}
		clk.SetTime(clk.Now().Add(lastRetry))
	}
	if len(s.asked) != tries {
		t.Errorf("the server was asked %d times, want %d", len(s.asked), tries)
	}
}

// TestLibraryShowsProgress stops a download in its middle and looks at it.
func TestLibraryShowsProgress(t *testing.T) {
	t.Parallel()
	reached, goOn := make(chan struct{}), make(chan struct{})
	data := append(genesisJSON(901), bytes.Repeat([]byte(" "), 3<<20)...)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:2<<20])
		_ = http.NewResponseController(w).Flush()
		close(reached)
		<-goOn
		_, _ = w.Write(data[2<<20:])
	})
	clk := clocktesting.NewFakePassiveClock(time.Unix(1_700_000_000, 0))
	wide := limits()
	wide.Bytes = 8 << 20
	l := NewLibrary(NewClient(wide), 8<<20, clk)
	t.Cleanup(l.Close)
	_, _ = l.Genesis(s.URL, digestOf(data))
	<-reached
	want := fmt.Sprintf("downloading the genesis from %s, 2 of 4 MiB so far", strings.TrimPrefix(s.URL, "http://"))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		_, err := l.Genesis(s.URL, digestOf(data))
		if pending := (*PendingError)(nil); errors.As(err, &pending) && !pending.Failed && pending.Message == want {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("error = %v, want %q", err, want)
		}
	}
	close(goOn)
	if _, err := l.after(s.URL, digestOf(data)); err != nil {
		t.Error(err)
	}
}

// TestLibraryIsBounded has many asked for at once, and the same one by many.
func TestLibraryIsBounded(t *testing.T) {
	t.Parallel()
	const files = 6
	var now, most, all atomic.Int32
	goOn, arrived := make(chan struct{}), make(chan struct{}, files)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		all.Add(1)
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		arrived <- struct{}{}
		<-goOn
		var chain int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &chain)
		_, _ = w.Write(genesisJSON(chain))
	})
	l, _ := newLibrary(t)
	queued := 0
	ask := func() (pending int) {
		queued = 0
		for chain := range files {
			for _, again := range []string{"", "?elsewhere"} {
				_, err := l.Genesis(fmt.Sprintf("%s/%d%s", s.URL, chain, again), digestOf(genesisJSON(chain)))
				if waits := (*PendingError)(nil); errors.As(err, &waits) {
					pending++
					if waits.Queued {
						queued++
					}
				} else if err != nil {
					t.Error(err)
				}
			}
		}
		return pending
	}
	ask()
	for range maxAtOnce {
		<-arrived
	}
	if pending := ask(); pending != 2*files {
		t.Errorf("%d are pending, want %d", pending, 2*files)
	}
	if queued != 2*files-maxAtOnce {
		t.Errorf("%d wait for others, want %d", queued, 2*files-maxAtOnce)
	}
	close(goOn)
	l.running.Wait()
	if pending := ask(); pending != 0 || most.Load() > maxAtOnce || all.Load() != files {
		t.Errorf("%d are pending; %d requests in all, %d at once", pending, all.Load(), most.Load())
	}
}

// TestLibraryEndsWhatNobodyWants has downloads that run and one that waits, and asks for none of
// them for a while.
func TestLibraryEndsWhatNobodyWants(t *testing.T) {
	t.Parallel()
	l, clk := newLibrary(t)
	began, goOn, ended := make(chan struct{}, maxAtOnce), make(chan struct{}), make(chan struct{}, maxAtOnce)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		<-goOn
		_, _ = w.Write(content)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the client goes
		ended <- struct{}{}
	})
	for i := range maxAtOnce + 1 {
		_, _ = l.Genesis(s.URL, digestOf(genesisJSON(i)))
	}
	for range maxAtOnce {
		<-began
	}
	clk.SetTime(clk.Now().Add(forgotten + time.Second))
	close(goOn)
	for range maxAtOnce {
		<-ended
	}
	l.running.Wait()
	if len(l.tasks) > 0 || len(l.busy) > 0 || len(s.asked) != maxAtOnce {
		t.Errorf("%d tasks and %d downloads are left, and the server was asked %d times, want %d", len(l.tasks), len(l.busy), len(s.asked), maxAtOnce)
	}
	// It is as if nobody had ever asked.
	s.mu.Lock()
	s.steps = []http.HandlerFunc{whole(genesisJSON(1), "")}
	s.mu.Unlock()
	if _, err := l.after(s.URL, digestOf(genesisJSON(1))); err != nil {
		t.Error(err)
	}
}

func TestLibraryCloses(t *testing.T) {
	t.Parallel()
	l, _ := newLibrary(t)
	asked := make(chan struct{}, maxAtOnce)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	for i := range 2 * maxAtOnce {
		_, _ = l.Genesis(s.URL, digestOf(genesisJSON(i)))
	}
	for range maxAtOnce {
		<-asked
	}
	l.Close()
	if len(l.busy) != 0 {
		t.Errorf("still downloading %v", l.busy)
	}
}

// TestLibraryStaysClosed has the last passes of an operator that ends ask for files.
func TestLibraryStaysClosed(t *testing.T) {
	t.Parallel()
	l, _ := newLibrary(t)
	s := serve(t, whole(content, ""))
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		l.Close()
	}()
	for i := range 100 {
		if _, err := l.Genesis(s.URL, digestOf(genesisJSON(i))); !errors.As(err, new(*PendingError)) {
			t.Errorf("error = %v", err)
		}
	}
	<-closed
	before := len(s.ranges())
	_, _ = l.Genesis(s.URL, digestOf(genesisJSON(100)))
	if len(l.busy) > 0 || len(s.ranges()) != before {
		t.Errorf("downloading %v", l.busy)
	}
}

func TestLibraryForgets(t *testing.T) {
	t.Parallel()
	l, clk := newLibrary(t)
	for i := range 2 * maxKnown {
		l.known[fmt.Sprint(i)] = verdict{err: io.EOF}
		l.tasks[source{url: fmt.Sprint(i)}] = &task{again: clk.Now().Add(time.Hour)}
	}
	l.tasks[source{url: "running"}] = &task{running: true}
	if _, err := l.after(serve(t, whole(genesisJSON(1), "")).URL, digestOf(genesisJSON(1))); err != nil {
		t.Error(err)
	}
	if len(l.known) != 1 || len(l.tasks) != 1 {
		t.Errorf("it remembers %d verdicts and %d tasks, want the new one and the one that is running", len(l.known), len(l.tasks))
	}
}

func TestClientGenesis(t *testing.T) {
	t.Parallel()
	good := genesisJSON(901)
	c := NewClient(limits())
	if g, err := c.Genesis(t.Context(), serve(t, whole(good, "")).URL, strings.ToUpper(digestOf(good)), 1<<20); err != nil || g.ChainID != 901 {
		t.Errorf("Genesis() = %+v, %v", g, err)
	}
	if _, err := c.Genesis(t.Context(), serve(t, whole(content, "")).URL, digestOf(good), 1<<20); !errors.As(err, new(*DigestError)) {
		t.Errorf("error = %v", err)
	}
	status := (*StatusError)(nil)
	if _, err := c.Genesis(t.Context(), serve(t, answer(http.StatusForbidden)).URL, digestOf(good), 1<<20); !errors.As(err, &status) || status.Code != http.StatusForbidden {
		t.Errorf("error = %v", err)
	}
}

// BenchmarkGenesis downloads and reads a genesis of the usual size.
func BenchmarkGenesis(b *testing.B) {
	data := testenv.Genesis("alpha")
	s := httptest.NewServer(whole(data, `"v1"`))
	b.Cleanup(s.Close)
	c, digest := NewClient(DefaultLimits(64<<20)), digestOf(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Genesis(b.Context(), s.URL, digest, 64<<20); err != nil {
			b.Fatal(err)
		}
	}
}
