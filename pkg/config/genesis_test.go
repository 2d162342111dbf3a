package config

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"


	"github.com/oplabs/op-stack-operator/pkg/names"
)

// bigGenesis has the size and the shape of a real one: 2,048 proxies at 0x42… with code.
func bigGenesis() string {
	var doc strings.Builder
	fmt.Fprintf(&doc, `{"config": {"chainId": %d, "optimism": {"eip1559Elasticity": 6}}, "timestamp": "0x%x", "gasLimit": 30000000, "difficulty": 0, "alloc": {`, l2ChainID, l2Time)
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
	want, err := facts.of(good)
	if err != nil || want.ChainID != l2ChainID || want.Timestamp != l2Time {
		t.Fatalf("of() = %+v, %v", want, err)
	}
	if got, err := facts.of(good); err != nil || got != want {
		t.Errorf("of() of the same data = %p, %v, want what is remembered, %p", got, err, want)
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
