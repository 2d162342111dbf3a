package unpack

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const document = `{"config": {"chainId": 901}}`

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestGenesis(t *testing.T) {
	t.Parallel()
	size := int64(len(document))
	whole := gzipped(t, document)
	large := gzipped(t, strings.Repeat("0", 1<<20))
	cases := map[string]struct {
		packed  string
		limit   int64
		want    string
		wantErr string
	}{
		"good":                 {packed: whole, limit: 1 << 20, want: document},
		"as large as allowed":  {packed: whole, limit: size, want: document},
		"without a limit":      {packed: whole, limit: math.MaxInt64, want: document},
		"of two members":       {packed: gzipped(t, document[:5]) + gzipped(t, document[5:]), limit: size, want: document},
		"empty":                {packed: gzipped(t, ""), limit: 1, want: ""},
		"a byte too large":     {packed: whole, limit: size - 1, wantErr: "more than 27 bytes"},
		"far too large":        {packed: large, limit: 1 << 10, wantErr: "more than 1024 bytes"},
		"not gzip":             {packed: document, limit: 1 << 20, wantErr: "gzip: invalid header"},
		"no bytes":             {packed: "", limit: 1 << 20, wantErr: "EOF"},
		"cut short":            {packed: whole[:len(whole)/2], limit: 1 << 20, wantErr: "unexpected EOF"},
		"cut short at its end": {packed: whole[:len(whole)-1], limit: 1 << 20, wantErr: "unexpected EOF"},
		"damaged":              {packed: whole[:len(whole)-8] + "01234567", limit: 1 << 20, wantErr: "gzip: invalid checksum"},
		"something behind":     {packed: whole + "x", limit: 1 << 20, wantErr: "unexpected EOF"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			from, to := filepath.Join(dir, "genesis.json.gz"), filepath.Join(dir, "out", "genesis.json")
			put(t, from, tc.packed)
			if err := os.Mkdir(filepath.Dir(to), 0o750); err != nil {
				t.Fatal(err)
			}
			err := Genesis(from, to, tc.limit)
			if tc.wantErr == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := read(t, to); got != tc.want {
					t.Errorf("unpacked %q, want %q", got, tc.want)
				}
				checkFiles(t, filepath.Dir(to), "genesis.json")
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.wantErr) || !strings.Contains(err.Error(), from) {
				t.Errorf("error = %v, want one on %s with %q", err, from, tc.wantErr)
			}
			checkFiles(t, filepath.Dir(to))
		})
	}
}

// A file of before is there whole until the new one is.
func TestGenesisReplacesAtOnce(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	from, to := filepath.Join(dir, "genesis.json.gz"), filepath.Join(out, "genesis.json")
	put(t, to, "the old one")
	put(t, from, gzipped(t, document)[:20])
	if err := Genesis(from, to, 1<<20); err == nil {
		t.Error("no error on a file that is cut short")
	}
	if got := read(t, to); got != "the old one" {
		t.Errorf("the old file now holds %q", got)
	}
	put(t, from, gzipped(t, document))
	if err := Genesis(from, to, 1<<20); err != nil {
		t.Fatal(err)
	}
	if got := read(t, to); got != document {
		t.Errorf("the new file holds %q", got)
	}
	checkFiles(t, out, "genesis.json")
}

func TestGenesisWithoutFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := filepath.Join(dir, "genesis.json.gz")
	if err := Genesis(from, filepath.Join(dir, "genesis.json"), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v without a source", err)
	}
	put(t, from, gzipped(t, document))
	if err := Genesis(from, filepath.Join(dir, "none", "genesis.json"), 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v without a directory to write to", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "genesis.json"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := Genesis(from, filepath.Join(dir, "genesis.json"), 100); err == nil {
		t.Error("no error where a directory is in the way")
	}
	checkFiles(t, dir, "genesis.json", "genesis.json.gz")
}

func checkFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %v, want %v", dir, got, want)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
