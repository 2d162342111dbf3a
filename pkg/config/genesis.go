package config

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// MaxGenesisBytes bounds an unpacked genesis. The largest in the superchain registry has
// 94 MB, all others about 9.5 MB.
const MaxGenesisBytes = 256 << 20

// genesisSummary is what other inputs are compared with.
type genesisSummary struct {
	known     bool
	chainID   int64
	timestamp uint64
}

// genesisFacts remembers what a genesis says by its digest, because reading 9 MB of JSON
// costs a tenth of a second and the answer is 16 bytes.
type genesisFacts struct {
	mu    sync.Mutex
	facts map[[sha256.Size]byte]genesisSummary
}

// maxGenesisFacts bounds genesisFacts; past it, it starts anew.
const maxGenesisFacts = 4096

func newGenesisFacts() *genesisFacts {
	return &genesisFacts{facts: map[[sha256.Size]byte]genesisSummary{}}
}

func (g *genesisFacts) of(packed []byte) (genesisSummary, error) {
	digest := sha256.Sum256(packed)
	g.mu.Lock()
	known, ok := g.facts[digest]
	g.mu.Unlock()
	if ok {
		return known, nil
	}
	summary, err := summariseGenesis(packed, MaxGenesisBytes)
	if err != nil {
		return genesisSummary{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.facts) >= maxGenesisFacts {
		clear(g.facts)
	}
	g.facts[digest] = summary
	return summary, nil
}

// loadGenesis reads the genesis, gzipped or not, and carries it on gzipped.
func (in *inputs) loadGenesis(cfg *Config, facts *genesisFacts) (genesisSummary, error) {
	const field = "spec.l2.genesisConfigSecret"
	name := in.chain.Spec.L2.GenesisConfigSecret
	data, key, err := in.value(field, name, names.KeyGenesisGzip, names.KeyGenesis)
	if err != nil {
		return genesisSummary{}, err
	}
	if both := in.secrets[string(name)].Data; key == names.KeyGenesisGzip && len(both[names.KeyGenesis]) > 0 {
		return genesisSummary{}, wrongKey(v1alpha1.CodeInvalidGenesis, name, "",
			fmt.Sprintf("it has both %s and %s", names.KeyGenesis, names.KeyGenesisGzip), "remove one of them")
	}
	packed := data
	if key == names.KeyGenesis {
		if bytes.HasPrefix(data, gzipMagic) {
			return genesisSummary{}, wrongKey(v1alpha1.CodeInvalidGenesis, name, key,
				"it is gzip data", "put it under the key "+names.KeyGenesisGzip)
		}
		if packed, err = pack(data); err != nil {
			return genesisSummary{}, fmt.Errorf("compress genesis: %w", err)
		}
	}
	summary, err := facts.of(packed)
	if err != nil {
		return genesisSummary{}, wrongKey(v1alpha1.CodeInvalidGenesis, name, key,
			fmt.Sprintf("it is not an L2 genesis: %v", err), "")
	}
	cfg.GenesisGzip = packed
	return summary, nil
}

// gzipMagic is how gzip data starts (RFC 1952).
var gzipMagic = []byte{0x1f, 0x8b}

// pack compresses in a way that gives the same bytes for the same input every time.
func pack(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
