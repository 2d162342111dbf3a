package genesis

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/oplabs/op-stack-operator/internal/testenv/superchain"
)

var update = flag.Bool("update", false, "write registry.json")

// opMainnet starts in op-geth from block 0, of which there is only the state's root, and in a
// rollup node from the first block of Bedrock.
const opMainnet = "op-mainnet"

// opMainnetBlock0 is the hash that op-geth's core.LoadOPStackGenesis asks of that block.
var opMainnetBlock0 = common.HexToHash("0x7ca38a1916c42007829c55e69d3e9a73265554b586a499015373241b8a3fa48b")

// archive is op-geth's superchain-configs.zip.
type archive struct {
	*zip.Reader
	dictionary []byte
}

func openRegistry(tb testing.TB, edition superchain.Edition) *archive {
	tb.Helper()
	a := &archive{Reader: superchain.Open(tb, edition)}
	a.dictionary = a.file(tb, "dictionary")
	return a
}

func (a *archive) file(tb testing.TB, name string) []byte {
	tb.Helper()
	f, err := a.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		tb.Fatalf("read %s: %v", name, err)
	}
	return data
}

// unpack gives a genesis.json as the registry has it.
func (a *archive) unpack(tb testing.TB, name string) []byte {
	tb.Helper()
	reader, err := zstd.NewReader(nil, zstd.WithDecoderDicts(a.dictionary), zstd.WithDecoderConcurrency(1))
	if err != nil {
		tb.Fatal(err)
	}
	defer reader.Close()
	data, err := reader.DecodeAll(a.file(tb, "genesis/"+name+".json.zst"), nil)
	if err != nil {
		tb.Fatalf("unpack the genesis of %s: %v", name, err)
	}
	return data
}

// chainTOML is what the registry says of a chain beside the genesis, as far as it is needed.
type chainTOML struct {
	ChainID   uint64           `toml:"chain_id"`
	Hardforks map[string]int64 `toml:"hardforks"`
	Optimism  *struct {
		Elasticity  uint64  `toml:"eip1559_elasticity"`
		Denominator uint64  `toml:"eip1559_denominator"`
		Canyon      *uint64 `toml:"eip1559_denominator_canyon"`
	} `toml:"optimism"`
	Genesis struct {
		L2Time uint64 `toml:"l2_time"`
		L2     struct {
			Hash   common.Hash `toml:"hash"`
			Number uint64      `toml:"number"`
		} `toml:"l2"`
		SystemConfig struct {
			GasLimit uint64 `toml:"gasLimit"`
		} `toml:"system_config"`
	} `toml:"genesis"`
}

// executionForks are the forks of op-geth that begin with a fork of the registry. delta_time and
// pectra_blob_schedule_time are the rollup node's alone.
var executionForks = map[string][]string{
	"canyon_time":               {"canyonTime", "shanghaiTime"},
	"delta_time":                nil,
	"ecotone_time":              {"ecotoneTime", "cancunTime"},
	"fjord_time":                {"fjordTime"},
	"granite_time":              {"graniteTime"},
	"holocene_time":             {"holoceneTime"},
	"interop_time":              {"interopTime"}, // lagoon_time since
	"isthmus_time":              {"isthmusTime", "pragueTime"},
	"jovian_time":               {"jovianTime"},
	"karst_time":                {"karstTime"},
	"lagoon_time":               {"lagoonTime"},
	"pectra_blob_schedule_time": nil,
}

// config is the chain's config as op-geth derives it in params.LoadOPStackChainConfig.
func (c *chainTOML) config(t *testing.T, name string) map[string]any {
	t.Helper()
	london := 0
	if name == opMainnet {
		london = 105235063
	}
	config := map[string]any{"chainId": c.ChainID, "londonBlock": london, "bedrockBlock": london, "regolithTime": 0}
	for fork, at := range c.Hardforks {
		names, ok := executionForks[fork]
		if !ok {
			t.Errorf("the registry has a fork %s of which this test knows nothing", fork)
		}
		for _, name := range names {
			config[name] = at
		}
	}
	if o := c.Optimism; o != nil {
		config["optimism"] = map[string]any{
			"eip1559Elasticity": o.Elasticity, "eip1559Denominator": o.Denominator, "eip1559DenominatorCanyon": o.Canyon,
		}
	}
	return config
}

// withConfig puts a config in place of the one that a genesis begins with.
func withConfig(tb testing.TB, genesis []byte, config map[string]any) io.Reader {
	tb.Helper()
	doc := json.NewDecoder(bytes.NewReader(genesis))
	var old json.RawMessage
	open, err1 := doc.Token()
	name, err2 := doc.Token()
	if err := errors.Join(err1, err2, doc.Decode(&old)); err != nil || open != json.Delim('{') || name != "config" {
		tb.Fatalf("the genesis does not begin with its config: %v, %v, %v", open, name, err)
	}
	head, err := json.Marshal(config)
	if err != nil {
		tb.Fatal(err)
	}
	return io.MultiReader(bytes.NewReader([]byte(`{"config":`)), bytes.NewReader(head), bytes.NewReader(genesis[doc.InputOffset():]))
}

// TestRegistry computes the first block of every chain that op-geth knows. With -update it writes
// registry.json.
func TestRegistry(t *testing.T) {
	t.Parallel()
	got := firstBlocks(t, superchain.Newest)
	if *update && !t.Failed() {
		writeRegistry(t, got)
		return
	}
	if diff := cmp.Diff(registry(), got, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("registry.json is not what op-geth's registry says; go test ./pkg/genesis -run TestRegistry -update writes it (-has +wants):\n%s", diff)
	}
}

// TestFormerRegistry does so for those that op-geth knew before, too.
func TestFormerRegistry(t *testing.T) {
	t.Parallel()
	if got := firstBlocks(t, superchain.Former); got["base-mainnet"] == nil {
		t.Error("Base is not among the chains: is this the former registry?")
	}
}

// firstBlocks computes the first block of every chain of a registry, and compares its hash with
// the one that the registry has for it.
func firstBlocks(t *testing.T, edition superchain.Edition) map[string]*Genesis {
	t.Helper()
	if testing.Short() {
		t.Skip("reads 600 MB of genesis files")
	}
	a := openRegistry(t, edition)
	var chains map[string]struct{ Name, Network string }
	if err := json.Unmarshal(a.file(t, "chains.json"), &chains); err != nil {
		t.Fatal(err)
	}
	got := map[string]*Genesis{}
	for _, chain := range chains {
		name, file := chain.Name+"-"+chain.Network, chain.Network+"/"+chain.Name // as op-geth makes them
		if genesis := a.firstBlock(t, name, file); genesis != nil {
			got[name] = genesis
		}
	}
	t.Logf("%d chains", len(got))
	return got
}

// firstBlock computes the first block of a chain; nil where that fails.
func (a *archive) firstBlock(t *testing.T, name, file string) *Genesis {
	t.Helper()
	var conf chainTOML
	if err := toml.Unmarshal(a.file(t, "configs/"+file+".toml"), &conf); err != nil {
		t.Fatal(err)
	}
	genesis, err := Read(withConfig(t, a.unpack(t, file), conf.config(t, name)), 128<<20)
	if err != nil {
		t.Errorf("chain %s: %v", name, err)
		return nil
	}
	l2 := conf.Genesis.L2
	if name == opMainnet {
		if genesis.Hash != opMainnetBlock0 || !genesis.ByStateHash {
			t.Errorf("chain %s: block 0 has the hash %v, op-geth has %v", name, genesis.Hash, opMainnetBlock0)
		}
		genesis.Hash, genesis.Number, genesis.Timestamp = l2.Hash, l2.Number, conf.Genesis.L2Time
		genesis.GasLimit, genesis.ExtraData = conf.Genesis.SystemConfig.GasLimit, nil
	}
	if genesis.Hash != l2.Hash || genesis.Number != l2.Number || genesis.Timestamp != conf.Genesis.L2Time {
		t.Errorf("chain %s: computed block %d, %v, of time %d; the registry has %d, %v, %d",
			name, genesis.Number, genesis.Hash, genesis.Timestamp, l2.Number, l2.Hash, conf.Genesis.L2Time)
	}
	return genesis
}

// writeRegistry writes a line for each chain, so that a diff shows which chain changed.
func writeRegistry(t *testing.T, chains map[string]*Genesis) {
	t.Helper()
	var out bytes.Buffer
	for i, name := range slices.Sorted(maps.Keys(chains)) {
		g := chains[name]
		line := registered{
			Name: name, ChainID: g.ChainID, Hash: g.Hash, Number: g.Number, Timestamp: g.Timestamp, GasLimit: g.GasLimit,
			ExtraData: hexutil.Bytes(g.ExtraData), ByStateHash: g.ByStateHash, Forks: g.Forks,
		}
		if o := g.Optimism; o != nil {
			line.Optimism = []uint64{o.Elasticity, o.Denominator}
			if o.DenominatorCanyon != nil {
				line.Optimism = append(line.Optimism, *o.DenominatorCanyon)
			}
		}
		data, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n%s", map[bool]string{true: "[", false: ","}[i == 0], data)
	}
	out.WriteString("\n]\n")
	if err := os.WriteFile("registry.json", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRegistered(t *testing.T) {
	t.Parallel()
	names := RegisteredNames()
	if !slices.IsSorted(names) || !slices.Contains(names, "op-sepolia") || !slices.Contains(names, "fraxtal-mainnet") {
		t.Errorf("RegisteredNames() = %v", names)
	}
	ids := map[uint64]string{}
	for _, name := range names {
		g, ok := Registered(name)
		if !ok || g.ChainID == 0 || g.Hash == (common.Hash{}) || g.Timestamp == 0 || g.GasLimit == 0 || len(g.Forks) == 0 || g.Optimism == nil {
			t.Errorf("Registered(%s) = %+v, %v", name, g, ok)
			continue
		}
		if other := ids[g.ChainID]; other != "" {
			t.Errorf("%s and %s have the same chain ID", name, other)
		}
		ids[g.ChainID] = name
	}
	op, ok := Registered(opMainnet)
	if !ok || op.ChainID != 10 || op.Number != 105235063 || op.Hash != common.HexToHash("0xdbf6a80fef073de06add9b0d14026d6e5a86c85f6d102c36d3d8e9cf89c2afd3") {
		t.Errorf("Registered(%s) = %+v, %v", opMainnet, op, ok)
	}
	if g, ok := Registered("op"); ok {
		t.Errorf("Registered(op) = %+v", g)
	}
}
