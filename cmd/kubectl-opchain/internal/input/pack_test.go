package input_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
)

// gzipped is what gzip -9n makes of data in one go.
func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func file(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "genesis.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// accounts is a text as long as a genesis of n accounts, which packs as well.
func accounts(n int) []byte {
	var text bytes.Buffer
	for i := range n {
		fmt.Fprintf(&text, `"%040x":{"balance":"0x0","code":"0x%s"},`, i, strings.Repeat("60806040", 1+i%200))
	}
	return text.Bytes()
}

// However a genesis is held, its digest is that of the file, and what goes into a Secret are the same
// bytes, which unpack to the file.
func TestPacked(t *testing.T) {
	t.Parallel()
	small, large := []byte(`{"config":{}}`), accounts(4000)
	if len(large) < 2*input.MaxSecret {
		t.Fatalf("%d bytes are not large", len(large))
	}
	random := make([]byte, 2*input.MaxSecret)
	rand.NewChaCha8([32]byte{}).Read(random) //nolint:errcheck // it gives none
	cases := map[string]struct {
		data, want []byte
		wantErr    error
	}{
		"small":                {data: small, want: gzipped(t, small)},
		"large":                {data: large, want: gzipped(t, large)},
		"as large as a Secret": {data: large[:input.MaxSecret], want: gzipped(t, large[:input.MaxSecret])},
		"one byte more":        {data: large[:input.MaxSecret+1], want: gzipped(t, large[:input.MaxSecret+1])},
		"gzipped":              {data: gzipped(t, large), want: gzipped(t, large)},
		"too large":            {data: random, wantErr: input.ErrTooLarge},
		"gzipped, too large":   {data: gzipped(t, random), wantErr: input.ErrTooLarge},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := input.OpenKind(input.Genesis, file(t, c.data))
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(c.data); f.Digest() != hex.EncodeToString(sum[:]) {
				t.Error("the digest is not that of the file")
			}
			got, err := f.Packed()
			if !errors.Is(err, c.wantErr) {
				t.Errorf("error %v, want %v", err, c.wantErr)
			}
			if c.wantErr == nil && !bytes.Equal(got, c.want) {
				t.Errorf("%d other bytes than the %d wanted", len(got), len(c.want))
			}
		})
	}
}

// BenchmarkOpenGenesis reads a genesis as large as the largest of the superchain registry.
func BenchmarkOpenGenesis(b *testing.B) {
	data := accounts(108_000)
	path := file(b, data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := input.OpenKind(input.Genesis, path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data))/1e6, "MB/file")
}
