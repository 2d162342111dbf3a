package v1alpha1_test

import (
	"strings"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// addresses are the fields that hold an Ethereum address.
var addresses = []string{
	"spec.l1.contractAddresses.optimismPortal", "spec.l1.contractAddresses.systemConfig", "spec.l1.contractAddresses.disputeGameFactory",
	"spec.l1.contractAddresses.batcher", "spec.l1.contractAddresses.proposer",
}

const (
	notAnAddress = "must be an Ethereum address: 0x and 40 hexadecimal digits"
	notZero      = "must not be the zero address: use the address from the deployment's output"
	notAURL      = "must be a URL that starts with http://, https://, ws:// or wss:// and holds no white space"
	notHTTP      = "must be a URL that starts with http:// or https:// and holds no white space and no comma"
	bothOracles  = "contractAddresses must not have both l2OutputOracle and disputeGameFactory: keep the one that the portal uses"
)

var (
	badAddresses = is(map[string]any{
		"a name": "my-portal", "an upper-case 0X": "0X" + anAddress[2:], "no 0x": anAddress[2:],
		"39 digits": anAddress[:41], "a digit that is none": anAddress[:41] + "g",
		"a line break": anAddress[:41] + "\n", "the founding document's 0x...": "0x...",
	})
	goodAddresses = is(map[string]any{"an address": anAddress, "in lower case": strings.ToLower(anAddress), "in upper case": "0x" + strings.ToUpper(anAddress[2:])})
	zero          = is(map[string]any{"zero": zeroAddress})
	empty         = is(map[string]any{"empty": ""})
	tooLong       = is(map[string]any{"41 digits": anAddress + "0"})

	// oracle makes room for an L2OutputOracle.
	oracle = edits{"spec.l1.contractAddresses.disputeGameFactory": remove, "spec.l1.contractAddresses.l2OutputOracle": anAddress}
	// rpcFromSecret and beaconFromSecret take the endpoints from Secrets.
	rpcFromSecret    = edits{"spec.l1.rpcUrl": remove, "spec.l1.rpcUrlFrom": fromSecret}
	beaconFromSecret = edits{"spec.l1.beacon": map[string]any{"urlFrom": fromSecret}}
	fromSecret       = map[string]any{"secretKeyRef": map[string]any{"name": "endpoints", "key": "url"}}
)

// l1Rules are about the chain below the rollup.
var l1Rules = []rule{
	{fields: addresses, message: notAnAddress, accept: goodAddresses, reject: badAddresses},
	{fields: addresses, message: notZero, accept: goodAddresses, reject: zero},
	{fields: addresses, message: "may not be more than 42 bytes", accept: goodAddresses, reject: tooLong},
	{fields: addresses, message: "should be at least 1 chars long", accept: goodAddresses, reject: empty},
	{fields: []string{"spec.l1.contractAddresses.l2OutputOracle"}, with: oracle, message: "should be at least 1 chars long", accept: goodAddresses, reject: empty},
	{fields: []string{"spec.l1.contractAddresses.l2OutputOracle"}, with: oracle, message: notAnAddress, accept: goodAddresses, reject: badAddresses},
	{fields: []string{"spec.l1.contractAddresses.l2OutputOracle"}, with: oracle, message: notZero, accept: goodAddresses, reject: zero},
	{fields: []string{"spec.l1.contractAddresses.l2OutputOracle"}, with: oracle, message: "may not be more than 42 bytes", accept: goodAddresses, reject: tooLong},
	{
		fields:  []string{"spec.l1.contractAddresses"},
		message: bothOracles,
		with:    edits{"spec.components.proposer.enabled": false},
		accept:  map[string]edits{"one": {}, "neither": {".disputeGameFactory": remove}},
		reject:  map[string]edits{"both": {".l2OutputOracle": anAddress, ".disputeGameFactory": anAddress}},
	},
	{
		fields:  []string{"spec.l1.chainId"},
		message: "l1.chainId is immutable: a rollup cannot move to another L1, so put the former value back",
		update:  true,
		accept:  map[string]edits{"no change": {"": int64(testenv.L1ChainID)}},
		reject:  map[string]edits{"another id": {"": int64(1)}},
	},
	{
		fields:  []string{"spec.l1"},
		message: "l1 needs exactly one of rpcUrl and rpcUrlFrom: set rpcUrlFrom when the URL carries an API key",
		accept:  map[string]edits{"a URL": {}, "a Secret": rpcFromSecret},
		reject: map[string]edits{
			"neither": {"spec.l1.rpcUrl": remove},
			"both":    {"spec.l1.rpcUrlFrom": fromSecret},
		},
	},
	{
		fields:  []string{"spec.l1.rpcUrl"},
		message: notAURL,
		accept: is(map[string]any{
			"http": "http://l1:8545", "https with a key": "https://user:secret@eth.example.com/v2/key?a=b", "ws": "ws://l1", "wss": "wss://l1/",
		}),
		reject: is(map[string]any{
			"no scheme": "l1:8545", "another scheme": "ftp://l1", "IPC": "/geth.ipc", "no host": "https://", "no host but a path": "https:///a",
			"a space": "https://l1/a b", "a line break": "https://l1\n",
		}),
	},
	{
		fields:  []string{"spec.l1.rpcUrl", "spec.l1.beacon.url"},
		message: "may not be more than 2048 bytes",
		accept:  is(map[string]any{"2048": "http://" + strings.Repeat("a", 2041)}),
		reject:  is(map[string]any{"2049": "http://" + strings.Repeat("a", 2042)}),
	},
	{
		fields:  []string{"spec.l1.rpcUrl", "spec.l1.beacon.url"},
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"a URL": "http://a"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields:  []string{"spec.l1.rpcKind"},
		message: `supported values: "standard", "basic", "any", "alchemy", "quicknode", "infura", "parity", "nethermind", "debug_geth", "erigon"`,
		accept:  is(map[string]any{"standard": "standard", "erigon": "erigon"}),
		reject:  is(map[string]any{"another word": "geth"}),
	},
}

// beaconRules are about the L1's beacon API.
var beaconRules = []rule{
	{
		fields:  []string{"spec.l1.beacon"},
		message: "l1.beacon needs exactly one of url, urlFrom and ignore: true",
		accept: map[string]edits{
			"a URL":                  {"": map[string]any{"url": "http://b"}},
			"a URL, and not ignored": {"": map[string]any{"url": "http://b", "ignore": false}},
			"a Secret":               {"": map[string]any{"urlFrom": fromSecret}},
			"ignore":                 {"": map[string]any{"ignore": true}},
			"no beacon":              {"": remove},
		},
		reject: map[string]edits{
			"none":               {"": map[string]any{}},
			"not ignored":        {"": map[string]any{"ignore": false}},
			"a URL and a Secret": {"": map[string]any{"url": "http://b", "urlFrom": fromSecret}},
			"a URL but ignored":  {"": map[string]any{"url": "http://b", "ignore": true}},
		},
	},
	{
		fields:  []string{"spec.l1.beacon"},
		message: "l1.beacon.fallbackUrls needs url or urlFrom: a fallback is asked when the first endpoint has no answer",
		accept: map[string]edits{
			"one behind a URL":    {"": map[string]any{"url": "http://b", "fallbackUrls": []any{"http://c"}}},
			"one behind a Secret": {"": map[string]any{"urlFrom": fromSecret, "fallbackUrls": []any{"http://c"}}},
		},
		reject: map[string]edits{"one behind nothing": {"": map[string]any{"ignore": true, "fallbackUrls": []any{"http://c"}}}},
	},
	{
		fields:  []string{"spec.l1.beacon.url", "spec.l1.beacon.fallbackUrls[]"},
		message: notHTTP,
		accept:  is(map[string]any{"http": "http://b:5052", "https with a key": "https://b.example.com/key"}),
		reject: is(map[string]any{
			"ws": "ws://b", "no scheme": "b:5052", "no host": "http://", "a comma": "http://b,http://c", "a comma in the path": "http://b/a,b",
			"a space": "http://b c",
		}),
	},
	{
		fields:  []string{"spec.l1.beacon.fallbackUrls[]"},
		message: "may not be more than 2048 bytes",
		accept:  is(map[string]any{"2048": "http://" + strings.Repeat("a", 2041)}),
		reject:  is(map[string]any{"2049": "http://" + strings.Repeat("a", 2042)}),
	},
	{
		fields:  []string{"spec.l1.beacon.fallbackUrls[]"},
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"a URL": "http://a"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields:  []string{"spec.l1.beacon.fallbackUrls"},
		message: "must have at most 8 items",
		accept:  is(map[string]any{"8": urls(8)}),
		reject:  is(map[string]any{"9": urls(9)}),
	},
	{
		fields:  []string{"spec.l1.beacon.fallbackUrls[]"},
		message: duplicate,
		accept:  map[string]edits{"two": {"spec.l1.beacon.fallbackUrls": urls(2)}},
		reject:  map[string]edits{"one twice": {"spec.l1.beacon.fallbackUrls": times(2, "http://b")}},
	},
}

// urls makes n URLs.
func urls(n int) []any {
	var all []any
	for i := range n {
		all = append(all, "http://"+strings.Repeat("b", i+1))
	}
	return all
}
