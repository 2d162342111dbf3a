package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const (
		notGenesis = `Secret genesis, key "genesis.json": it is not an L2 genesis: `
		notZipped  = `Secret genesis, key "genesis.json.gz": it is not an L2 genesis: `
		notRollup  = `Secret rollup, key "rollup.json": it is not a rollup config: `
		asDeployed = ": use the rollup.json that op-deployer wrote"
		notJWT     = `Secret token, key "jwt": it is not a JWT secret: `
		makeJWT    = ": make one with openssl rand -hex 32"
		notKey     = `Secret batcher, key "key": it is not a private key: `
		makeKey    = ": put 64 hexadecimal digits there"
		notL1      = `Secret l1-config, key "l1-chain-config.json": it is not a chain config: put the config object of the L1 genesis there, with its chainId`
		notHTTP    = `Secret l1, key "beacon": it is not a URL that spec.l1.beacon.urlFrom can use: put one URL there that starts with http:// or https://, without a comma`
		notURL     = `Secret l1, key "rpc": it is not a URL that spec.l1.rpcUrlFrom can use: put one URL there that starts with http:// or https:// or ws:// or wss://`
	)
	genesis := func(text string) func(*fixture) {
		return func(f *fixture) { f.replace("genesis", names.KeyGenesis, text) }
	}
	zipped := func(data string) func(*fixture) {
		return func(f *fixture) { f.replace("genesis", names.KeyGenesisGzip, data) }
	}
	rollup := func(text string) func(*fixture) {
		return func(f *fixture) { f.replace("rollup", names.KeyRollup, text) }
	}
	rollupWith := func(field string, value any) func(*fixture) { return rollup(rollupJSON(map[string]any{field: value})) }
	jwt := func(text string) func(*fixture) { return func(f *fixture) { f.set("token", names.KeyJWT, text) } }
	key := func(text string) func(*fixture) { return func(f *fixture) { f.set("batcher", names.KeySigner, text) } }
	l1 := func(text string) func(*fixture) {
		return func(f *fixture) { f.set("l1-config", names.KeyL1ChainConfig, text) }
	}
	url := func(text string) func(*fixture) { return func(f *fixture) { f.set("l1", "rpc", text) } }
	beacon := func(text string) func(*fixture) { return func(f *fixture) { f.set("l1", "beacon", text) } }
	gone := func(secret string) func(*fixture) { return func(f *fixture) { delete(f.secrets.data, secret) } }

	cases := map[string]struct {
		change   func(*fixture)
		wantCode v1alpha1.FindingCode
		wantSays string
	}{
		// Secrets and keys.
		"genesis Secret missing": {
			gone("genesis"), v1alpha1.CodeSecretNotFound,
			"Secret genesis: spec.l2.genesisConfigSecret names it, but it does not exist in namespace rollups: create it",
		},
		"generated Secret missing": {
			gone("demo-generated"), v1alpha1.CodeSecretNotFound,
			"Secret demo-generated: the operator names it, but it does not exist in namespace rollups: create it",
		},
		"proposer Secret missing": {
			gone("proposer"), v1alpha1.CodeSecretNotFound,
			"Secret proposer: spec.components.proposer.signerPrivateKeySecret names it, but it does not exist in namespace rollups: create it",
		},
		"Secret empty": {
			func(f *fixture) { f.secrets.data["rollup"] = nil }, v1alpha1.CodeSecretKeyMissing,
			"Secret rollup: it has no key rollup.json, which spec.l2.rollupConfigSecret asks for: it is empty",
		},
		"key misspelt": {
			func(f *fixture) { f.secrets.data["rollup"] = map[string]string{"roll-up.json": "{}", "b": ""} }, v1alpha1.CodeSecretKeyMissing,
			"Secret rollup: it has no key rollup.json, which spec.l2.rollupConfigSecret asks for: it has b, roll-up.json",
		},
		"many keys and none of them right": {
			func(f *fixture) {
				f.secrets.data["rollup"] = map[string]string{}
				for i := range 20 {
					f.set("rollup", fmt.Sprintf("k%02d", i), "x")
				}
			}, v1alpha1.CodeSecretKeyMissing,
			"Secret rollup: it has no key rollup.json, which spec.l2.rollupConfigSecret asks for: it has k00, k01, k02, k03, k04, k05, k06, k07 and 12 more",
		},
		"neither key of the genesis": {
			func(f *fixture) { f.replace("genesis", "genesis", "{}") }, v1alpha1.CodeSecretKeyMissing,
			"Secret genesis: it has no key genesis.json.gz or genesis.json, which spec.l2.genesisConfigSecret asks for: it has genesis",
		},
		"key empty": {
			jwt(""), v1alpha1.CodeSecretKeyMissing,
			`Secret token, key "jwt": it is empty: put the content there that spec.l2.jwtSecret asks for`,
		},
		"selected key missing": {
			func(f *fixture) { f.replace("l1", "beacon", "https://beacon.example") }, v1alpha1.CodeSecretKeyMissing,
			"Secret l1: it has no key rpc, which spec.l1.rpcUrlFrom asks for: it has beacon",
		},

		// Genesis.
		"both genesis keys": {
			func(f *fixture) { f.set("genesis", names.KeyGenesisGzip, gzipped("{}")) }, v1alpha1.CodeInvalidGenesis,
			"Secret genesis: it has both genesis.json and genesis.json.gz: remove one of them",
		},
		"genesis not gzip":          {zipped(genesisJSON(l2ChainID, l2Time)), v1alpha1.CodeInvalidGenesis, notZipped + "not gzip data: make it with gzip -9n genesis.json"},
		"gzip under the other key":  {genesis(gzipped(genesisJSON(l2ChainID, l2Time))), v1alpha1.CodeInvalidGenesis, `Secret genesis, key "genesis.json": it is gzip data: put it under the key genesis.json.gz`},
		"gzip cut short":            {zipped(gzipped(genesisJSON(l2ChainID, l2Time))[:60]), v1alpha1.CodeInvalidGenesis, notZipped + "the gzip data is cut short or damaged"},
		"gzip cut short at its end": {zipped(chopped(gzipped(genesisJSON(l2ChainID, l2Time)), 3)), v1alpha1.CodeInvalidGenesis, notZipped + "the gzip data is cut short or damaged"},
		"gzip checksum wrong":       {zipped(chopped(gzipped(genesisJSON(l2ChainID, l2Time)), 8) + "01234567"), v1alpha1.CodeInvalidGenesis, notZipped + "the gzip data is cut short or damaged"},
		"gzip of something else":    {zipped(gzipped("hello")), v1alpha1.CodeInvalidGenesis, notZipped + "not a JSON object"},
		"genesis cut short":         {genesis(`{"config": {"chainId": 901}, "alloc": {"00`), v1alpha1.CodeInvalidGenesis, notGenesis + "the JSON is cut short"},
		"genesis no JSON":           {genesis(batcherKey), v1alpha1.CodeInvalidGenesis, notGenesis + "not a JSON object"},

		// Rollup config.
		"rollup not JSON":          {rollup(`{"genesis":`), v1alpha1.CodeInvalidRollupConfig, notRollup + "not JSON: syntax error at byte 11" + asDeployed},
		"rollup a key":             {rollup(batcherKey), v1alpha1.CodeInvalidRollupConfig, notRollup + "not JSON: syntax error at byte 1" + asDeployed},
		"rollup with data behind":  {rollup(rollupJSON(nil) + "x"), v1alpha1.CodeInvalidRollupConfig, notRollup + fmt.Sprintf("not JSON: syntax error at byte %d", len(rollupJSON(nil))+1) + asDeployed},
		"rollup a list":            {rollup(`[]`), v1alpha1.CodeInvalidRollupConfig, notRollup + "it must be an object" + asDeployed},
		"rollup a number":          {rollup(strings.Repeat("1", 64)), v1alpha1.CodeInvalidRollupConfig, notRollup + "it must be an object" + asDeployed},
		"rollup genesis a list":    {rollupWith("genesis", []int{}), v1alpha1.CodeInvalidRollupConfig, notRollup + "field genesis must be an object" + asDeployed},
		"rollup time a string":     {rollupWith("genesis", map[string]any{"l2_time": "1"}), v1alpha1.CodeInvalidRollupConfig, notRollup + "field genesis.l2_time must be a whole number" + asDeployed},
		"rollup block time -2":     {rollupWith("block_time", -2), v1alpha1.CodeInvalidRollupConfig, notRollup + "field block_time must be a whole number" + asDeployed},
		"rollup chain id a string": {rollupWith("l2_chain_id", "901"), v1alpha1.CodeInvalidRollupConfig, notRollup + "field l2_chain_id must be a whole number" + asDeployed},
		"rollup address a number":  {rollupWith("deposit_contract_address", 1), v1alpha1.CodeInvalidRollupConfig, notRollup + "field deposit_contract_address must be 0x and 40 hexadecimal digits" + asDeployed},

		// L1 chain config.
		"L1 config not JSON":        {l1("hunter2"), v1alpha1.CodeInvalidL1ChainConfig, notL1},
		"L1 config a whole genesis": {l1(`{"config": {"chainId": 900}}`), v1alpha1.CodeInvalidL1ChainConfig, notL1},
		"L1 config without id":      {l1(`{}`), v1alpha1.CodeInvalidL1ChainConfig, notL1},

		// Token and keys.
		"JWT too short":         {jwt("abcd"), v1alpha1.CodeInvalidJWT, notJWT + "4 hexadecimal digits instead of 64" + makeJWT},
		"JWT an odd length":     {jwt(userJWT[1:]), v1alpha1.CodeInvalidJWT, notJWT + "63 hexadecimal digits instead of 64" + makeJWT},
		"JWT nothing but 0x":    {jwt("0x"), v1alpha1.CodeInvalidJWT, notJWT + "0 hexadecimal digits instead of 64" + makeJWT},
		"JWT nothing but blank": {jwt(" \n"), v1alpha1.CodeInvalidJWT, notJWT + "0 hexadecimal digits instead of 64" + makeJWT},
		"JWT not hex":           {jwt("hunter2"), v1alpha1.CodeInvalidJWT, notJWT + "not hexadecimal" + makeJWT},
		"JWT of raw bytes":      {jwt(strings.Repeat("\xff", 32)), v1alpha1.CodeInvalidJWT, notJWT + "not hexadecimal" + makeJWT},
		"key not hex":           {key("hunter2"), v1alpha1.CodeInvalidPrivateKey, notKey + "not hexadecimal" + makeKey},
		"key too long":          {key(batcherKey + "00"), v1alpha1.CodeInvalidPrivateKey, notKey + "66 hexadecimal digits instead of 64" + makeKey},
		"key 0":                 {key(strings.Repeat("0", 64)), v1alpha1.CodeInvalidPrivateKey, notKey + "outside the range of secp256k1 keys" + makeKey},
		"key the curve order":   {key("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"), v1alpha1.CodeInvalidPrivateKey, notKey + "outside the range of secp256k1 keys" + makeKey},
		"sequencer key not hex": {
			func(f *fixture) { f.set("sequencer", names.KeySigner, "hunter2") }, v1alpha1.CodeInvalidPrivateKey,
			`Secret sequencer, key "key": it is not a private key: not hexadecimal` + makeKey,
		},

		// Endpoints.
		"URL no URL":          {url("hunter2"), v1alpha1.CodeInvalidURL, notURL},
		"URL without host":    {url("https:///v3/hunter2"), v1alpha1.CodeInvalidURL, notURL},
		"URL of another kind": {url("ipc:///hunter2"), v1alpha1.CodeInvalidURL, notURL},
		"URL with a bad port": {url("https://l1.example:hunter2"), v1alpha1.CodeInvalidURL, notURL},
		"two URLs":            {url("https://a.example\nhttps://b.example"), v1alpha1.CodeInvalidURL, notURL},
		"beacon by WebSocket": {beacon("wss://beacon.example"), v1alpha1.CodeInvalidURL, notHTTP},
		"two beacons":         {beacon("https://a.example,https://b.example"), v1alpha1.CodeInvalidURL, notHTTP},
		"beacon Secret lacks the key": {
			func(f *fixture) { f.replace("l1", "rpc", "https://l1.example") }, v1alpha1.CodeSecretKeyMissing,
			"Secret l1: it has no key beacon, which spec.l1.beacon.urlFrom asks for: it has rpc",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			tc.change(f)
			got := f.refused(t)
			if diff := cmp.Diff(tc.wantSays, got.String()); diff != "" || got[0].Code != tc.wantCode {
				t.Errorf("Load() found %s, want %s (-want +got):\n%s", got[0].Code, tc.wantCode, diff)
			}
		})
	}
}

func chopped(s string, n int) string { return s[:len(s)-n] }

func TestLoadTellsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.set("rollup", names.KeyRollup, rollupJSON(map[string]any{"l2_chain_id": 7, "l1_chain_id": 8}))
	f.set("batcher", names.KeySigner, "hunter2")
	delete(f.secrets.data, "token")
	f.set("l1", "rpc", "hunter2")
	f.set("l1", "beacon", "hunter2")
	want := strings.Join([]string{
		`Secret l1, key "rpc": it is not a URL that spec.l1.rpcUrlFrom can use: put one URL there that starts with http:// or https:// or ws:// or wss://`,
		`Secret l1, key "beacon": it is not a URL that spec.l1.beacon.urlFrom can use: put one URL there that starts with http:// or https://, without a comma`,
		"Secret token: spec.l2.jwtSecret names it, but it does not exist in namespace rollups: create it",
		`Secret batcher, key "key": it is not a private key: not hexadecimal: put 64 hexadecimal digits there`,
		`Secret rollup, key "rollup.json": l2_chain_id is 7, but spec.l2.chainId is 901: correct the one that is wrong`,
		`Secret rollup, key "rollup.json": l1_chain_id is 8, but spec.l1.chainId is 900: correct the one that is wrong`,
	}, "; ")
	if diff := cmp.Diff(want, f.refused(t).String()); diff != "" {
		t.Errorf("Load() findings (-want +got):\n%s", diff)
	}
}

func TestLoadAccepts(t *testing.T) {
	t.Parallel()
	all := func() *Config {
		return &Config{
			L1RPC:         "https://l1.example/v3/api-key-of-l1",
			L1Beacon:      "https://beacon.example/api-key-of-beacon",
			L1ChainConfig: []byte(l1Config),
			GenesisGzip:   []byte(gzipped(genesisJSON(l2ChainID, l2Time))),
			RollupJSON:    []byte(rollupJSON(nil)),
			JWT:           userJWT,
			SequencerKey:  sequencerKey,
			BatcherKey:    batcherKey,
			ProposerKey:   proposerKey,
			Salt:          []byte("salt and pepper"),
		}
	}
	deployed := func(change func(*testenv.Deployment)) func(*fixture, *Config) {
		return func(f *fixture, want *Config) {
			d := deployment()
			change(d)
			f.deploy(d)
			want.GenesisGzip, want.RollupJSON = []byte(gzipped(string(d.Genesis.JSON()))), d.Rollup.JSON()
		}
	}
	cases := map[string]func(*fixture, *Config){
		"as it is": func(*fixture, *Config) {},
		"0x, upper case and newlines": func(f *fixture, _ *Config) {
			f.set("batcher", names.KeySigner, "0x"+batcherKey+"\n")
			f.set("proposer", names.KeySigner, "0X"+strings.ToUpper(proposerKey)+"\r\n")
			f.set("token", names.KeyJWT, "0x"+userJWT+"\n")
			f.set("l1", "rpc", "https://l1.example/v3/api-key-of-l1\n")
		},
		"genesis gzipped by another program is passed on as it is": func(f *fixture, want *Config) {
			packed := gzipped(genesisJSON(l2ChainID, l2Time)+" ") + gzipped("\n") // of two members
			f.replace("genesis", names.KeyGenesisGzip, packed)
			want.GenesisGzip = []byte(packed)
		},
		"genesis gzipped beside an empty key": func(f *fixture, _ *Config) {
			f.set("genesis", names.KeyGenesisGzip, gzipped(genesisJSON(l2ChainID, l2Time)))
			f.set("genesis", names.KeyGenesis, "")
		},
		"genesis with a state hash for an alloc": deployed(func(d *testenv.Deployment) {
			d.Until("holocene")
			d.Genesis["alloc"], d.Genesis["stateHash"] = testenv.Document{}, common.HexToHash("0x57a7e")
			d.Rehash()
		}),
		"generated JWT": func(f *fixture, want *Config) {
			f.chain.Spec.L2.JWTSecret = ""
			want.JWT = generatedJWT
		},
		"URLs in the spec": func(f *fixture, want *Config) {
			f.chain.Spec.L1.RPCURLFrom, f.chain.Spec.L1.RPCURL = nil, "ws://l1:8546"
			f.chain.Spec.L1.Beacon = &v1alpha1.BeaconSpec{URL: "http://beacon:5052"}
			delete(f.secrets.data, "l1")
			want.L1RPC, want.L1Beacon = "ws://l1:8546", "http://beacon:5052"
		},
		"beacon ignored": func(f *fixture, want *Config) {
			f.chain.Spec.L1.Beacon = &v1alpha1.BeaconSpec{Ignore: new(true)}
			want.L1Beacon = ""
		},
		"no beacon before Ecotone": func(f *fixture, want *Config) {
			deployed(func(d *testenv.Deployment) { d.Until("delta") })(f, want)
			f.chain.Spec.L1.Beacon, want.L1Beacon = nil, ""
		},
		"no L1 chain config": func(f *fixture, want *Config) {
			f.chain.Spec.L1.ChainConfigSecret = ""
			f.chain.Spec.Components.Node.Image = "op-node:v1.13.7"
			delete(f.secrets.data, "l1-config")
			want.L1ChainConfig = nil
		},
		"keys of components that do not run are not read": func(f *fixture, want *Config) {
			f.chain.Spec.Components.Batcher.Enabled = new(false)
			f.chain.Spec.Components.Proposer.Enabled = new(false)
			f.chain.Spec.Components.Node.Sequencer.Enabled = new(false)
			for _, secret := range []string{"batcher", "proposer", "sequencer"} {
				delete(f.secrets.data, secret)
			}
			want.BatcherKey, want.ProposerKey, want.SequencerKey = "", "", ""
		},
		"accounts that are not named are not checked": func(f *fixture, want *Config) {
			const other = "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"
			f.chain.Spec.L1.ContractAddresses.Proposer = ""
			f.set("proposer", names.KeySigner, other)
			want.ProposerKey = other
		},
		"addresses in another case": func(f *fixture, _ *Config) {
			f.chain.Spec.L1.ContractAddresses.Batcher = v1alpha1.Address(strings.ToLower(batcherAccount))
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, want := newFixture(), all()
			change(f, want)
			got, err := f.load(t.Context())
			if err != nil {
				t.Fatalf("Load() error = %v", err)
			}
			if len(got.Findings) > 0 {
				t.Errorf("Load() found %s", got.Findings)
			}
			if diff := cmp.Diff(want, got.Config); diff != "" {
				t.Errorf("Load() (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever lies in the wrong Secret, no message may repeat any of it.
func TestLoadNeverTellsSecrets(t *testing.T) {
	t.Parallel()
	const secret = "deadbeefcafe0123456789"
	contents := map[string]string{
		"word":                   secret,
		"number":                 "12345678901234567890",
		"line":                   secret + "\n" + secret,
		"JSON string":            `"` + secret + `"`,
		"JSON list":              `["` + secret + `"]`,
		"JSON object":            `{"` + secret + `": "` + secret + `"}`,
		"JSON field twice":       `{"` + secret + `": 1, "` + secret + `": 2}`,
		"JSON nested":            `{"config": {"` + secret + `": 1, "chainId": "` + secret + `"}, "genesis": {"l2_time": "` + secret + `"}}`,
		"JSON of another type":   `{"genesis": "` + secret + `", "chainId": "` + secret + `", "timestamp": "` + secret + `", "alloc": {}}`,
		"JSON with digits":       `{"chainId": 12345678901234567890, "block_time": 12345678901234567890, "config": {"chainId": 12345678901234567890}}`,
		"JSON cut short":         `{"` + secret,
		"gzip":                   gzipped(secret),
		"gzip of JSON":           gzipped(`{"` + secret + `": 1, "` + secret + `": 2}`),
		"URL without a scheme":   "//" + secret,
		"URL of another scheme":  secret + "://" + secret,
		"URL with a bad port":    "https://host:" + secret,
		"URL with a bad escape":  "https://host/%zz" + secret,
		"URL with a password":    "ftp://user:" + secret + "@host",
		"URL with a space":       "https://" + secret + " host",
		"key one digit too long": batcherKey + "0",
		"key and a comment":      batcherKey + " # batcher",
		"bytes":                  "\xff\x00" + secret,
	}
	for name, content := range contents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for where, key := range places() {
				f := newFixture()
				f.set(where, key, content)
				says := f.refused(t).String()
				for _, part := range []string{secret[:6], batcherKey[:6], "123456"} {
					if strings.Contains(says, part) {
						t.Errorf("Secret %s, key %s: message tells content: %s", where, key, says)
					}
				}
			}
		})
	}
}

// places are all the Secrets and keys that Load parses.
func places() map[string]string {
	return map[string]string{
		"genesis": names.KeyGenesis, "rollup": names.KeyRollup, "token": names.KeyJWT, "l1": "rpc",
		"l1-config": names.KeyL1ChainConfig, "batcher": names.KeySigner, "sequencer": names.KeySigner,
	}
}

func TestLoadReadsEachSecretOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*fixture)
		want   []string
	}{
		"a Secret for everything": {
			change: func(*fixture) {},
			want: []string{
				"rollups/batcher", "rollups/demo-generated", "rollups/genesis", "rollups/l1", "rollups/l1-config",
				"rollups/proposer", "rollups/rollup", "rollups/sequencer", "rollups/token",
			},
		},
		"one Secret for much": {
			change: func(f *fixture) {
				for _, secret := range []string{"rollup", "token", "l1-config", "batcher"} {
					maps.Copy(f.secrets.data["genesis"], f.secrets.data[secret])
				}
				f.chain.Spec.L2.RollupConfigSecret, f.chain.Spec.L2.JWTSecret, f.chain.Spec.L1.ChainConfigSecret = "genesis", "genesis", "genesis"
				f.chain.Spec.Components.Batcher.SignerPrivateKeySecret = "genesis"
			},
			want: []string{"rollups/demo-generated", "rollups/genesis", "rollups/l1", "rollups/proposer", "rollups/sequencer"},
		},
		"one Secret that is not there": {
			change: func(f *fixture) {
				f.chain.Spec.L2.RollupConfigSecret, f.chain.Spec.L2.JWTSecret = "genesis", "genesis"
				delete(f.secrets.data, "genesis")
			},
			want: []string{
				"rollups/batcher", "rollups/demo-generated", "rollups/genesis", "rollups/l1", "rollups/l1-config",
				"rollups/proposer", "rollups/sequencer",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			tc.change(f)
			_, _ = f.load(t.Context())
			if diff := cmp.Diff(tc.want, slices.Sorted(maps.Keys(f.secrets.reads))); diff != "" {
				t.Errorf("Secrets read (-want +got):\n%s", diff)
			}
			for name, reads := range f.secrets.reads {
				if reads != 1 {
					t.Errorf("Secret %s was read %d times, want once", name, reads)
				}
			}
			for _, name := range SecretNames(f.chain) {
				delete(f.secrets.reads, "rollups/"+name)
			}
			if len(f.secrets.reads) > 0 {
				t.Errorf("SecretNames() lacks %v", slices.Sorted(maps.Keys(f.secrets.reads)))
			}
		})
	}
}

// An API server that does not answer is no mistake of the user.
func TestLoadPassesOtherErrorsOn(t *testing.T) {
	t.Parallel()
	cases := map[string]error{
		"no answer": context.DeadlineExceeded,
		"forbidden": apierrors.NewForbidden(v1alpha1.GroupVersion.WithResource("secrets").GroupResource(), "genesis", errors.New("no role")),
	}
	for name, wantErr := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, secret := range SecretNames(newFixture().chain) {
				f := newFixture()
				f.set("batcher", names.KeySigner, "hunter2") // a mistake does not hide the error
				f.secrets.err = map[string]error{secret: wantErr}
				loaded, err := f.load(t.Context())
				if loaded != nil || !errors.Is(err, wantErr) {
					t.Errorf("Load() = %v, %v, want error %v", loaded, err, wantErr)
				}
				if want := "read Secret " + secret + ": "; err != nil && !strings.HasPrefix(err.Error(), want) {
					t.Errorf("Load() error = %q, want it to start with %q", err, want)
				}
			}
		})
	}
}

// A command line may be given a part of the inputs: the rest is passed over, and what is there is
// judged.
func TestLoadPassesOverWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	names := SecretNames(newFixture().chain)
	withhold := func(f *fixture, secrets ...string) {
		f.secrets.err = map[string]error{}
		for _, secret := range secrets {
			f.secrets.err[secret] = ErrNotGiven
		}
	}
	for _, secret := range names {
		t.Run("without "+secret, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			withhold(f, secret)
			loaded, err := f.load(t.Context())
			if err != nil || len(loaded.Findings) > 0 {
				t.Fatalf("Load() found %v, %v, want nothing", loaded, err)
			}
			if loaded.Config != nil {
				t.Error("Load() gave a Config that lacks something")
			}
		})
	}
	cases := map[string]struct{ given, want string }{
		"rollup.json": {"rollup", `Secret rollup, key "rollup.json": l2_chain_id is 901, but spec.l2.chainId is 7: correct the one that is wrong`},
		"genesis":     {"genesis", `Secret genesis, key "genesis.json": the genesis is of chain 901, but spec.l2.chainId is 7: name the genesis of this chain`},
		"nothing":     {"", ""},
	}
	for name, tc := range cases {
		t.Run("only "+name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			f.chain.Spec.L2.ChainID = 7
			withhold(f, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == tc.given })...)
			loaded, err := f.load(t.Context())
			if err != nil || loaded.Findings.String() != tc.want {
				t.Errorf("Load() found %q, %v, want %q", loaded.Findings, err, tc.want)
			}
		})
	}
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	f := newFixture()
	all := []string{"demo-generated", "genesis", "rollup", "token", "l1-config", "l1", "sequencer", "batcher", "proposer"}
	if diff := cmp.Diff(all, SecretNames(f.chain)); diff != "" {
		t.Errorf("SecretNames() (-want +got):\n%s", diff)
	}
	spec := &f.chain.Spec
	spec.L1.RPCURLFrom, spec.L1.Beacon, spec.L1.ChainConfigSecret, spec.L2.JWTSecret = nil, nil, "", ""
	spec.Components.Batcher.Enabled, spec.Components.Node.P2P.Enabled = new(false), new(false)
	if diff := cmp.Diff([]string{"demo-generated", "genesis", "rollup", "proposer"}, SecretNames(f.chain)); diff != "" {
		t.Errorf("SecretNames() of a smaller chain (-want +got):\n%s", diff)
	}
}
