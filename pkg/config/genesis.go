package config

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// MaxGenesisBytes bounds an unpacked genesis. The largest in the superchain registry has
// 94 MB, all others about 9.5 MB.
const MaxGenesisBytes = 256 << 20

// genesisFacts remembers what a genesis says, or why it cannot be read, by its digest: to read
// one of 9 MB takes half a tenth of a second, one that was made to take time some seconds, and
// what is remembered is not much.
type genesisFacts struct {
	mu    sync.Mutex
	facts map[[sha256.Size]byte]genesisFact
	// reading is held while one is read, so that the memory for many is never needed at once.
	reading sync.Mutex
}

type genesisFact struct {
	genesis *genesis.Genesis
	err     error
}

// maxGenesisFacts bounds genesisFacts; past it, it starts anew.
const maxGenesisFacts = 4096

func newGenesisFacts() *genesisFacts {
	return &genesisFacts{facts: map[[sha256.Size]byte]genesisFact{}}
}

func (g *genesisFacts) of(packed []byte) (*genesis.Genesis, error) {
	digest := sha256.Sum256(packed)
	if fact, ok := g.known(digest); ok {
		return fact.genesis, fact.err
	}
	g.reading.Lock()
	defer g.reading.Unlock()
	fact, ok := g.known(digest) // somebody may have read it by now
	if !ok {
		fact.genesis, fact.err = genesis.Read(bytes.NewReader(packed), MaxGenesisBytes)
		g.remember(digest, fact)
	}
	return fact.genesis, fact.err
}

func (g *genesisFacts) known(digest [sha256.Size]byte) (genesisFact, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fact, ok := g.facts[digest]
	return fact, ok
}

func (g *genesisFacts) remember(digest [sha256.Size]byte, fact genesisFact) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.facts) >= maxGenesisFacts {
		clear(g.facts)
	}
	g.facts[digest] = fact
}

// loadGenesis reads the genesis, gzipped or not, and carries it on gzipped.
func (in *inputs) loadGenesis(cfg *Config, facts *genesisFacts) error {
	const field = "spec.l2.genesisConfigSecret"
	name := in.chain.Spec.L2.GenesisConfigSecret
	data, key, err := in.value(field, name, names.KeyGenesisGzip, names.KeyGenesis)
	if err != nil {
		return err
	}
	if both := in.secrets[string(name)].Data; key == names.KeyGenesisGzip && len(both[names.KeyGenesis]) > 0 {
		return wrongKey(v1alpha1.CodeInvalidGenesis, name, "",
			fmt.Sprintf("it has both %s and %s", names.KeyGenesis, names.KeyGenesisGzip), "remove one of them")
	}
	packed := data
	switch zipped := genesis.IsGzip(data); {
	case key == names.KeyGenesis && zipped:
		return wrongKey(v1alpha1.CodeInvalidGenesis, name, key, "it is gzip data", "put it under the key "+names.KeyGenesisGzip)
	case key == names.KeyGenesisGzip && !zipped:
		return wrongKey(v1alpha1.CodeInvalidGenesis, name, key,
			"it is not an L2 genesis: not gzip data", "make it with gzip -9n genesis.json")
	case !zipped:
		if packed, err = pack(data); err != nil {
			return fmt.Errorf("compress genesis: %w", err)
		}
	}
	read, err := facts.of(packed)
	if err != nil {
		return wrongKey(v1alpha1.CodeInvalidGenesis, name, key,
			fmt.Sprintf("it is not an L2 genesis: %v", err), "")
	}
	cfg.GenesisGzip = packed
	in.judged.Genesis, in.judged.GenesisKey = read, key
	return nil
}

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
