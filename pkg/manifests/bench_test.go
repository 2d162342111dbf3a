package manifests

import (
	"strings"
	"testing"

	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/config"
)

// BenchmarkGenerate renders every object of a chain whose genesis has the usual 140 KB.
func BenchmarkGenerate(b *testing.B) {
	generator, err := NewGenerator("op-stack-operator:test")
	if err != nil {
		b.Fatal(err)
	}
	chain := testenv.Chain("alpha")
	chain.UID = "8d3f5a52-0c6b-4d3e-9a39-3e1c5f0f8a11"
	cfg := &config.Config{
		L1RPC: "http://l1:8545", L1Beacon: "http://l1-beacon:5052",
		GenesisGzip: testenv.Genesis(chain.Name), RollupJSON: []byte(`{"genesis":{}}`),
		JWT: strings.Repeat("2", 64), BatcherKey: testenv.BatcherKey, ProposerKey: testenv.ProposerKey, Salt: []byte("salt"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := generator.Generate(chain, cfg, everywhere); err != nil {
			b.Fatal(err)
		}
	}
}
