package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/download"
)

func TestRunUnpack(t *testing.T) {
	t.Parallel()
	const needs, byURL = "unpack needs --to, and --from or --url", "--url needs --sha256, with 64 hexadecimal digits, and --keep"
	digest := "--sha256=" + strings.Repeat("a", 64)
	cases := map[string]struct {
		args    []string
		wantErr string
	}{
		"nothing":               {nil, needs},
		"no target":             {[]string{"--from=x"}, needs},
		"no source":             {[]string{"--to=x"}, needs},
		"both sources":          {[]string{"--to=x", "--from=y", "--url=http://a", digest, "--keep=z"}, needs},
		"no digest":             {[]string{"--to=x", "--url=http://a", "--keep=z"}, byURL},
		"half a digest":         {[]string{"--to=x", "--url=http://a", "--keep=z", digest[:40]}, byURL},
		"nowhere to keep it":    {[]string{"--to=x", "--url=http://a", digest}, byURL},
		"a digest of nothing":   {[]string{"--to=x", digest, "--keep=z"}, byURL},
		"unknown flag":          {[]string{"--form=x"}, "flag provided but not defined: -form"},
		"a word too many":       {[]string{"--from=x", "--to=y", "z"}, `unexpected argument "z"`},
		"no room at all":        {[]string{"--from=x", "--to=y", "--max-bytes=0"}, "--max-bytes must be positive"},
		"no such file":          {[]string{"--from=/nowhere", "--to=/nowhere"}, "open /nowhere: "},
		"not a size":            {[]string{"--max-bytes=1Gi"}, `invalid value "1Gi" for flag -max-bytes`},
		"not a gzip file":       {[]string{"--from=manager_test.go", "--to=x"}, "unpack manager_test.go: gzip: invalid header"},
		"a URL with a user":     {[]string{"--url=http://user:hunter2@a/", digest, "--keep=x.download", "--to=x"}, "download from a: the URL must not carry a user or a password"},
		"a URL of a local file": {[]string{"--url=file://host/etc/passwd", digest, "--keep=x.download", "--to=x"}, "download from host: the URL must start with http:// or https://"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := runUnpack(tc.args, io.Discard); err == nil || !strings.HasPrefix(err.Error(), tc.wantErr) {
				t.Errorf("error = %v, want %q", err, tc.wantErr)
			}
		})
	}
	for _, path := range []string{"x", "x.download", "x.download.part"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was left behind", path)
		}
	}
}

// served is a file on a web server that answers as it is told to, the last answer again and again.
type served struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
}

func serve(t *testing.T, answers ...http.HandlerFunc) *served {
	t.Helper()
	s := &served{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		next := s.answers[0]
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
		s.mu.Unlock()
		next(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func file(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256(data)
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// half serves the first half and cuts the connection.
func half(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		file(data)(&cutter{w, len(data) / 2}, r)
	}
}

type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	_, _ = c.ResponseWriter.Write(p[:n])
	if c.left -= n; c.left == 0 {
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, nil
}

func code(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// TestUnpackDownloads downloads a genesis of real size, from servers of every kind.
func TestUnpackDownloads(t *testing.T) {
	t.Parallel()
	packed := testenv.Genesis("alpha")
	other := testenv.Genesis("beta")
	large := bytes.Repeat([]byte("0"), 1<<20)
	cases := map[string]struct {
		wants   []byte // the file that the digest is of
		answers []http.HandlerFunc
		limit   int64
		wantErr string
	}{
		"gzipped":                       {wants: packed, answers: []http.HandlerFunc{file(packed)}},
		"raw":                           {wants: large, answers: []http.HandlerFunc{file(large)}},
		"cut midway":                    {wants: packed, answers: []http.HandlerFunc{half(packed), file(packed)}},
		"busy":                          {wants: packed, answers: []http.HandlerFunc{code(503), file(packed)}},
		"replaced between two ranges":   {wants: packed, answers: []http.HandlerFunc{half(packed), file(other)}, wantErr: "the file changed while it was downloaded"},
		"another file":                  {wants: packed, answers: []http.HandlerFunc{file(other)}, wantErr: "the file that was downloaded has the sha256 "},
		"not there":                     {wants: packed, answers: []http.HandlerFunc{code(404)}, wantErr: "the server answers 404 Not Found"},
		"too much":                      {wants: large, answers: []http.HandlerFunc{file(large)}, limit: 1<<20 - 1, wantErr: "the file has more than 1048575 bytes"},
		"too much, once it is unpacked": {wants: testenv.Gzip(large), answers: []http.HandlerFunc{file(testenv.Gzip(large))}, limit: 1<<20 - 1, wantErr: "more than 1048575 bytes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, keep, to := serve(t, tc.answers...), filepath.Join(t.TempDir(), "genesis.download"), filepath.Join(t.TempDir(), "genesis.json")
			sum := sha256.Sum256(tc.wants)
			u := &unpacking{url: s.URL + "/token-in-the-path", sha256: hex.EncodeToString(sum[:]), keep: keep, to: to, limit: 64 << 20}
			if tc.limit > 0 {
				u.limit = tc.limit
			}
			client := download.NewClient(download.Limits{Bytes: u.limit, Stall: time.Minute, Tries: 3, Pause: time.Nanosecond})
			err := u.download(t.Context(), client)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) || strings.Contains(err.Error(), "token") {
					t.Errorf("error = %v, want %q", err, tc.wantErr)
				}
				if _, err := os.Stat(to); err == nil {
					t.Error("a genesis was written")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if kept, err := os.ReadFile(keep); err != nil || !bytes.Equal(kept, tc.wants) {
				t.Errorf("%d bytes are kept, %v", len(kept), err)
			}
			// From now on nobody needs the server.
			s.Close()
			if err := errors.Join(os.Remove(to), u.download(t.Context(), client)); err != nil {
				t.Error(err)
			}
			if written, err := os.Stat(to); err != nil || written.Size() < int64(len(tc.wants)) {
				t.Errorf("wrote %v, %v", written, err)
			}
		})
	}
}

func TestUnpackStopsWithItsPod(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	})
	dir := t.TempDir()
	u := &unpacking{url: s.URL, sha256: strings.Repeat("a", 64), keep: filepath.Join(dir, "genesis.download"), to: filepath.Join(dir, "genesis.json"), limit: 1 << 20}
	if err := u.download(ctx, download.NewClient(download.DefaultLimits(u.limit))); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left %v behind, %v", entries, err)
	}
}
