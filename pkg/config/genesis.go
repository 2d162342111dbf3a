package config

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
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
	summary, err := summariseGenesis(packed)
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
		return genesisSummary{}, invalid(v1alpha1.ReasonInvalidGenesis,
			"Secret %s has both %s and %s: remove one of them", name, names.KeyGenesis, names.KeyGenesisGzip)
	}
	packed := data
	if key == names.KeyGenesis {
		if packed, err = pack(data); err != nil {
			return genesisSummary{}, fmt.Errorf("compress genesis: %w", err)
		}
	}
	summary, err := facts.of(packed)
	if err != nil {
		return genesisSummary{}, invalid(v1alpha1.ReasonInvalidGenesis,
			"Secret %s, key %s is not an L2 genesis: %v", name, key, err)
	}
	cfg.GenesisGzip = packed
	return summary, nil
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

// summariseGenesis reads a gzipped genesis once, as a stream, holding none of it.
func summariseGenesis(packed []byte) (genesisSummary, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return genesisSummary{}, errors.New("not gzip data: make it with gzip -9n genesis.json")
	}
	limited := &io.LimitedReader{R: unzipped, N: MaxGenesisBytes + 1}
	summary, err := scanGenesis(json.NewDecoder(limited))
	if limited.N <= 0 {
		return genesisSummary{}, fmt.Errorf("unpacked, it has more than %d MiB", MaxGenesisBytes>>20)
	}
	return summary, err
}

var errNotJSON = errors.New("not a JSON object, or cut short")

// scanGenesis walks the top level of the document. The values that it does not need, such as
// the allocations, are read past without being held.
func scanGenesis(doc *json.Decoder) (genesisSummary, error) {
	var config struct {
		ChainID *int64 `json:"chainId"`
	}
	var timestamp json.RawMessage
	seen := map[string]bool{}
	if open, err := doc.Token(); err != nil || open != json.Delim('{') {
		return genesisSummary{}, errNotJSON
	}
	for doc.More() {
		key, err := doc.Token()
		if err != nil {
			return genesisSummary{}, errNotJSON
		}
		name, _ := key.(string)
		if seen[name] {
			return genesisSummary{}, fmt.Errorf("it has two fields %q: remove one", clip(name))
		}
		seen[name] = true
		switch name {
		case "config":
			err = doc.Decode(&config)
		case "timestamp":
			err = doc.Decode(&timestamp)
		default:
			err = skip(doc)
		}
		if err != nil {
			return genesisSummary{}, errNotJSON
		}
	}
	if end, err := doc.Token(); err != nil || end != json.Delim('}') {
		return genesisSummary{}, errNotJSON
	}
	if _, err := doc.Token(); !errors.Is(err, io.EOF) {
		return genesisSummary{}, errors.New("something follows the JSON object: remove it")
	}
	if config.ChainID == nil {
		return genesisSummary{}, errors.New("it has no config.chainId")
	}
	if !seen["alloc"] && !seen["stateHash"] {
		return genesisSummary{}, errors.New("it has no alloc")
	}
	at, err := quantity(timestamp)
	if err != nil {
		return genesisSummary{}, errors.New("its timestamp is not a number")
	}
	return genesisSummary{known: true, chainID: *config.ChainID, timestamp: at}, nil
}

// skip reads past one value of any depth.
func skip(doc *json.Decoder) error {
	for depth := 0; ; {
		token, err := doc.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// quantity reads a number as geth's genesis files write it: "0x5f5e100", "100" or 100.
func quantity(raw json.RawMessage) (uint64, error) {
	text := strings.Trim(string(raw), `"`)
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		return strconv.ParseUint(digits, 16, 63)
	}
	if text == "" || text == "null" {
		return 0, nil
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if value > math.MaxInt64 {
		return 0, errors.New("too large")
	}
	return value, err
}

// clip shortens what is quoted from a document.
func clip(s string) string {
	return s[:min(len(s), 32)]
}
