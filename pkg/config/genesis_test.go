package config

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/pkg/names"
)

// bigGenesis has the size and the shape of a real one: 2,048 proxies at 0x42… with code.
func bigGenesis() string {
	var doc strings.Builder
	fmt.Fprintf(&doc, `{"config": {"chainId": %d, "optimism": {"eip1559Elasticity": 6}}, "timestamp": "0x%x", "alloc": {`, l2ChainID, l2Time)
	code := strings.Repeat("60806040", 520)
	for i := range 2048 {
		fmt.Fprintf(&doc, `"42%038x": {"code": "0x%s", "storage": {"0x%064x": "0x%064x"}, "balance": "0x0"},`, i, code, i, i)
	}
	doc.WriteString(`"0000000000000000000000000000000000000001": {"balance": "0x1"}}, "number": "0x0"}`)
	return doc.String()
}

func TestLoadTakesAGenesisOfRealSize(t *testing.T) {
	t.Parallel()
	text := bigGenesis()
	if len(text) < 8<<20 {
		t.Fatalf("the genesis has only %d bytes", len(text))
	}
	f := newFixture()
	f.replace("genesis", names.KeyGenesisGzip, gzipped(text))
	loaded, err := f.load(t.Context())
	if err != nil || loaded.Config == nil {
		t.Fatalf("Load() found %v, %v", loaded, err)
	}
	if size := len(loaded.Config.GenesisGzip); size > 1<<20 {
		t.Errorf("the genesis is carried on with %d bytes, which no Secret can hold", size)
	}
}

// zeros is what a gzip bomb unpacks to.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// bomb is a small file that unpacks to many bytes of JSON.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	parts := []io.Reader{strings.NewReader(`{"alloc": {`)}
	for i := range size >> 20 {
		parts = append(parts, strings.NewReader(fmt.Sprintf(`"%d": "`, i)), io.LimitReader(zeros{}, 1<<20), strings.NewReader(`",`))
	}
	parts = append(parts, strings.NewReader(`"x": ""}, "config": {"chainId": 901}}`))
	if _, err := io.Copy(w, io.MultiReader(parts...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestSummariseGenesisBoundsItsSize(t *testing.T) {
	t.Parallel()
	packed := bomb(t, 4<<20)
	if _, err := summariseGenesis(packed, 5<<20); err != nil {
		t.Errorf("summariseGenesis() below the limit: %v", err)
	}
	_, err := summariseGenesis(packed, 3<<20)
	if want := "unpacked, it has more than 3 MiB"; err == nil || err.Error() != want {
		t.Errorf("summariseGenesis() error = %v, want %q", err, want)
	}
}

func TestPackIsDeterministic(t *testing.T) {
	t.Parallel()
	text := genesisJSON(1, 2)
	if first, second := gzipped(text), gzipped(text); first != second {
		t.Error("pack() gave different bytes for the same input")
	}
	r, err := gzip.NewReader(strings.NewReader(gzipped(text)))
	if err != nil {
		t.Fatal(err)
	}
	back, err := io.ReadAll(r)
	if err != nil || string(back) != text {
		t.Errorf("unpacked: %q, %v", back, err)
	}
}

func TestGenesisFacts(t *testing.T) {
	t.Parallel()
	facts, good := newGenesisFacts(), []byte(gzipped(genesisJSON(l2ChainID, l2Time)))
	want := genesisSummary{known: true, chainID: l2ChainID, timestamp: l2Time}
	for range 2 {
		got, err := facts.of(good)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(genesisSummary{})); diff != "" {
			t.Errorf("of() (-want +got):\n%s", diff)
		}
	}
	if _, err := facts.of([]byte("not gzip")); err == nil {
		t.Error("of() took something else for a genesis")
	}
	if len(facts.facts) != 1 {
		t.Errorf("%d genesis files are remembered, want 1", len(facts.facts))
	}
	for i := range maxGenesisFacts {
		facts.facts[[32]byte{byte(i), byte(i >> 8), 1}] = want
	}
	if _, err := facts.of([]byte(gzipped(genesisJSON(7, 7)))); err != nil || len(facts.facts) > maxGenesisFacts {
		t.Errorf("%d genesis files are remembered, %v", len(facts.facts), err)
	}
}

// geth's own reading of a genesis is the measure: what we accept must mean the same to both.
func FuzzScanGenesis(f *testing.F) {
	for _, seed := range []string{
		genesisJSON(l2ChainID, l2Time), `{}`, `[]`, `null`, `{"config": {"chainId": 1e2}, "alloc": {}}`,
		`{"config": {"chainId": 1, "CHAINID": 2}, "alloc": [[[{}]]], "timestamp": 7}`, `{"a": "\"", "a": "\\"}`,
		`{"config": null, "alloc": {}}`, `{"alloc": {}, "config": {"chainId": null}} x`, `{"alloc":"` + strings.Repeat("[", 100) + `"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		guarded := &guard{next: bytes.NewReader(doc), limit: 1 << 30}
		got, err := scanGenesis(json.NewDecoder(guarded))
		if err != nil {
			return
		}
		var whole struct {
			Config struct {
				ChainID *int64 `json:"chainId"`
			} `json:"config"`
		}
		fields := map[string]json.RawMessage{}
		if err := json.Unmarshal(doc, &fields); err != nil {
			t.Fatalf("accepted what is not a JSON object: %v", err)
		}
		if err := json.Unmarshal(fields["config"], &whole.Config); err != nil || whole.Config.ChainID == nil {
			t.Fatalf("accepted a config that encoding/json refuses: %v", err)
		}
		if *whole.Config.ChainID != got.chainID {
			t.Fatalf("read chain id %d, encoding/json reads %d", got.chainID, *whole.Config.ChainID)
		}
		if got.timestamp > math.MaxInt64 || !got.known {
			t.Fatalf("accepted %+v", got)
		}
	})
}

func BenchmarkSummariseGenesis(b *testing.B) {
	packed := []byte(gzipped(bigGenesis()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := summariseGenesis(packed, MaxGenesisBytes); err != nil {
			b.Fatal(err)
		}
	}
}
