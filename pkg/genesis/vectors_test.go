package genesis

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// vectors are genesis files with the hash that op-geth v1.101702.3-rc.7 computes of each: a
// program in the module hack/devchain, which builds op-geth, unmarshalled them into a
// core.Genesis and wrote ToBlock().Hash() beside each.
func vectors(tb testing.TB) map[string]string {
	tb.Helper()
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("found %d vectors, %v", len(files), err)
	}
	found := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		found[strings.TrimSuffix(file, ".json")] = string(data)
	}
	return found
}

func packed(tb testing.TB, data string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(data)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestReadComputesTheHashThatOpGethComputes(t *testing.T) {
	t.Parallel()
	for file, data := range vectors(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			hash, err := os.ReadFile(file + ".hash")
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(string(hash))
			got, err := Read(strings.NewReader(data), 1<<20)
			if err != nil || got.Hash.Hex() != want {
				t.Errorf("Read() = %+v, %v, want the hash %s", got, err, want)
			}
			got, err = Read(iotest.OneByteReader(bytes.NewReader(packed(t, data))), 1<<20)
			if err != nil || got.Hash.Hex() != want {
				t.Errorf("Read() of gzip data = %+v, %v, want the hash %s", got, err, want)
			}
		})
	}
}
