package genesis

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
)

// said is every sentence that Read may say. There is no room in it for anything of the file but
// names of fields that op-geth knows, and numbers that Read counted.
var said = func() *regexp.Regexp {
	known := "(" + strings.Join(slices.Concat(topSchema.fields, configSchema.fields, optimismSchema.fields, accountFields), "|") + ")"
	const n, owner = `[0-9]+`, `(it|its config|its config\.optimism|the account at byte [0-9]+)`
	const kinds = `(a number|a whole number|true or false|an object|below 2\^63|0x and [0-9]+ hexadecimal digits|0x and pairs of hexadecimal digits)`
	return regexp.MustCompile("^(" + strings.Join([]string{
		"not a JSON object", "the JSON is cut short", "it is not UTF-8 text", "not JSON: syntax error at byte " + n,
		"something follows the JSON object: remove it", "the gzip data is cut short or damaged",
		"unpacked, it has more than " + n + " MiB", "it is nested more than " + n + " levels deep",
		"it has a field whose name has more than " + n + " bytes", "it has a number of more than " + n + " digits",
		owner + ` has two fields "` + known + `": remove one`, owner + " has a field twice: remove one",
		owner + " has more than " + n + " fields that op-geth does not know",
		`its (config\.(optimism\.)?)?` + known + " is not " + kinds, "the account at byte " + n + " has a " + known + " that is not " + kinds,
		`it has no (config\.chainId|alloc|gasLimit|difficulty)`, "the account at byte " + n + " has no balance",
		"the account at byte " + n + " has a storage (key|value) that is not pairs of hexadecimal digits, 32 bytes at most",
		"the account at byte " + n + " has a storage slot twice: remove one", "it has an account in alloc twice: remove one",
		"the account at byte " + n + " has more than " + n + " storage slots", "it has more than " + n + " accounts in alloc",
		"it has a name in alloc that is not an address, before byte " + n, "it has an account in alloc that is not an object, at byte " + n,
		"it has both a stateHash and accounts in alloc: remove one of them",
		"its config has enableVerkleAtGenesis, with which no OP Stack chain starts: remove it",
		"it has a stateHash, but isthmusTime is not after its timestamp: give the accounts in alloc",
		"its config has isthmusTime at the first block, but not shanghaiTime: set shanghaiTime too",
	}, "|") + ")$")
}()

// whole is how encoding/json and go-ethereum read a genesis: all of it at once.
type whole struct {
	Config *struct {
		ChainID  *big.Int       `json:"chainId"`
		Optimism map[string]any `json:"optimism"`
	} `json:"config"`
	Alloc types.GenesisAlloc `json:"alloc"`
}

// FuzzRead holds Read to what it promises of any input: it does not panic, takes memory in
// proportion, quotes nothing, and takes nothing that encoding/json and go-ethereum refuse or read
// in another way.
func FuzzRead(f *testing.F) {
	for _, doc := range vectors(f) {
		f.Add([]byte(doc))
	}
	for _, seed := range []string{
		"", "{}", "[]", "null", genesisOf(), accountOf(`{"balance":1,"code":"0x6080","nonce":"0x1","storage":{"0x01":"0x02"}}`),
		genesisOf("config", `{"chainId":1e2}`), genesisOf("config", `{"chainId":1,"CHAINID":2}`), genesisOf("timestamp", `"\u0031"`),
		genesisOf("x", strings.Repeat("[", 100)), genesisOf("x", "\"\xff\""), genesisOf("x", `"\ud83d\ude00"`), genesisOf() + "x",
		`{"a": "\"", "a": "\\"}`, genesisOf("alloc", `{"hunter2":{}}`), genesisOf("stateHash", `"0x`+strings.Repeat("ab", 32)+`"`),
	} {
		f.Add([]byte(seed))
		f.Add(packed(f, seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		const limit = 1 << 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := Read(bytes.NewReader(doc), limit)
		runtime.ReadMemStats(&after)
		// Unpacked the document may have the limit; a row of a table takes 14 bytes of it at least.
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20+100*limit {
			t.Errorf("Read() of %d bytes took %d bytes", len(doc), took)
		}
		if (got == nil) == (err == nil) {
			t.Fatalf("Read() = %v, error %v", got, err)
		}
		if err != nil {
			if !said.MatchString(err.Error()) {
				t.Errorf("Read() says %q", err)
			}
			return
		}
		if IsGzip(doc) {
			return
		}
		var want whole
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatalf("Read() takes what others refuse: %v", err)
		}
		if want.Config.ChainID.Uint64() != got.ChainID || !want.Config.ChainID.IsUint64() || (want.Config.Optimism == nil) != (got.Optimism == nil) {
			t.Errorf("Read() = %+v, others read %+v", got, want.Config)
		}
		if again, err := Read(bytes.NewReader(packed(t, string(doc))), limit); err != nil || again.Hash != got.Hash {
			t.Errorf("Read() gzipped = %+v, %v, want %+v", again, err, got)
		}
	})
}

// what Read refuses in other tests is said in sentences that are known to quote nothing.
func TestSaidKnowsNoWildcard(t *testing.T) {
	t.Parallel()
	for _, quoting := range []string{`it has two fields "hunter2": remove one`, "its hunter2 is not a number", "hunter2", "", "not a JSON object: hunter2"} {
		if said.MatchString(quoting) {
			t.Errorf("the sentence %q would be let through", quoting)
		}
	}
}
