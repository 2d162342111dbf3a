package config

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func TestLoadTakesAGenesisOfRealSize(t *testing.T) {
	t.Parallel()
	chain := testenv.Chain("alpha", testenv.InNamespace("rollups"))
	f := &fixture{chain: chain, secrets: *realSecrets(chain)}
	loaded, err := f.load(t.Context())
	if err != nil || loaded.Config == nil {
		t.Fatalf("Load() found %v, %v", loaded, err)
	}
	if size := len(loaded.Config.GenesisGzip); size > 1<<20 {
		t.Errorf("the genesis is carried on with %d bytes, which no Secret can hold", size)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(loaded.Config.GenesisGzip))
	if err != nil {
		t.Fatal(err)
	}
	if size, err := io.Copy(io.Discard, unpacked); err != nil || size < 8<<20 {
		t.Errorf("the genesis has only %d bytes, %v", size, err)
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
	_, first := facts.of([]byte("not gzip"))
	if _, again := facts.of([]byte("not gzip")); first == nil || !errors.Is(again, first) {
		t.Errorf("of() of something else: error %v, then %v; want one that is remembered", first, again)
	}
	if len(facts.facts) != 2 {
		t.Errorf("%d genesis files are remembered, want 2", len(facts.facts))
	}
	for i := range maxGenesisFacts {
		facts.facts[[32]byte{byte(i), byte(i >> 8), 1}] = genesisFact{genesis: want}
	}
	if _, err := facts.of([]byte(gzipped(genesisJSON(7, 7)))); err != nil || len(facts.facts) > maxGenesisFacts {
		t.Errorf("%d genesis files are remembered, %v", len(facts.facts), err)
	}
}
