package unpack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// server gives a text, and counts who asks for it.
type server struct {
	text  string
	err   error // at the end
	asked int
}

func (s *server) open() io.ReadCloser {
	s.asked++
	if s.err != nil {
		return io.NopCloser(io.MultiReader(strings.NewReader(s.text), iotest.ErrReader(s.err)))
	}
	return io.NopCloser(strings.NewReader(s.text))
}

func TestFetch(t *testing.T) {
	t.Parallel()
	broken := errors.New("the cable is cut")
	cases := map[string]struct {
		kept, part  string // before; empty for no file
		served      server
		want        string // what is kept after it
		wantAsked   int
		wantErr     string
		wantFetched bool
	}{
		"nothing there":                {served: server{text: document}, want: document, wantAsked: 1, wantFetched: true},
		"there already":                {kept: document, served: server{err: broken}, want: document},
		"another one there":            {kept: "old", served: server{text: document}, want: document, wantAsked: 1, wantFetched: true},
		"damaged":                      {kept: document[1:], served: server{text: document}, want: document, wantAsked: 1, wantFetched: true},
		"half of one of before":        {part: "a long part that was left behind by a pod that was killed", served: server{text: document}, want: document, wantAsked: 1, wantFetched: true},
		"the wrong one":                {served: server{text: "other"}, wantAsked: 1, wantErr: "has the sha256 " + digest("other") + ", not " + digest(document)},
		"the wrong one beside another": {kept: "old", served: server{text: "other"}, want: "old", wantAsked: 1, wantErr: "has the sha256"},
		"cut":                          {served: server{text: document[:9], err: broken}, wantAsked: 1, wantErr: broken.Error()},
		"cut at its very end":          {kept: "old", served: server{text: document, err: broken}, want: "old", wantAsked: 1, wantErr: broken.Error()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			keep := filepath.Join(dir, "genesis.download")
			for path, text := range map[string]string{keep: tc.kept, keep + partSuffix: tc.part} {
				if text != "" {
					put(t, path, text)
				}
			}
			fetched, err := Fetch(tc.served.open, strings.ToUpper(digest(document)), keep)
			if (tc.wantErr == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.wantErr) || fetched != tc.wantFetched {
				t.Errorf("Fetch() = %v, %v, want %v and error %q", fetched, err, tc.wantFetched, tc.wantErr)
			}
			if tc.served.asked != tc.wantAsked {
				t.Errorf("the server was asked %d times", tc.served.asked)
			}
			if tc.want == "" {
				checkFiles(t, dir)
				return
			}
			checkFiles(t, dir, "genesis.download")
			if got := read(t, keep); got != tc.want {
				t.Errorf("kept %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFetchWithoutRoom(t *testing.T) {
	t.Parallel()
	s := server{text: document}
	if _, err := Fetch(s.open, digest(document), filepath.Join(t.TempDir(), "none", "genesis.download")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error = %v without a directory", err)
	}
	dir := t.TempDir()
	if _, err := Fetch(s.open, digest(document), dir); err == nil {
		t.Error("no error where a directory is in the way")
	}
	if s.asked != 0 {
		t.Error("the server was asked")
	}
}

func TestDownloaded(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		file, want, wantErr string
		limit               int64
	}{
		"raw":                 {file: document, want: document, limit: int64(len(document))},
		"gzipped":             {file: gzipped(t, document), want: document, limit: 1 << 20},
		"raw, too large":      {file: document, limit: int64(len(document)) - 1, wantErr: "more than 27 bytes"},
		"gzipped, too large":  {file: gzipped(t, document), limit: int64(len(document)) - 1, wantErr: "more than 27 bytes"},
		"gzipped, cut short":  {file: gzipped(t, document)[:20], limit: 1 << 20, wantErr: "unexpected EOF"},
		"the start of a gzip": {file: gzipped(t, document)[:2], limit: 1 << 20, wantErr: "unexpected EOF"},
		"a single byte":       {file: "{", want: "{", limit: 1},
		"empty":               {file: "", want: "", limit: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, out := filepath.Join(t.TempDir(), "genesis.download"), t.TempDir()
			put(t, from, tc.file)
			err := Downloaded(from, filepath.Join(out, "genesis.json"), tc.limit)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
					t.Errorf("error = %v, want %q", err, tc.wantErr)
				}
				checkFiles(t, out)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, filepath.Join(out, "genesis.json")); got != tc.want {
				t.Errorf("wrote %q, want %q", got, tc.want)
			}
		})
	}
	if err := Downloaded(t.TempDir(), filepath.Join(t.TempDir(), "genesis.json"), 1); err == nil {
		t.Error("a directory was taken for a file")
	}
}
