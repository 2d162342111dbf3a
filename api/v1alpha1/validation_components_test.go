package v1alpha1_test

import (
	"slices"
	"strings"
)

// each puts a field behind every component.
func each(fields ...string) []string {
	return under([]string{"geth", "node", "batcher", "proposer"}, fields...)
}

// under puts fields behind these components.
func under(components []string, fields ...string) []string {
	var all []string
	for _, component := range components {
		for _, field := range fields {
			all = append(all, "spec.components."+component+field)
		}
	}
	return all
}

var stored = []string{"geth", "node"}

// componentRules are about what runs beside what.
var componentRules = []rule{
	{
		fields:  []string{"spec.components"},
		message: "components.node needs components.geth: enable geth, or disable node too",
		with:    edits{".batcher.enabled": false, ".proposer.enabled": false},
		accept: map[string]edits{
			"geth alone":     {".node.enabled": false},
			"neither":        {".geth.enabled": false, ".node.enabled": false},
			"both, unspoken": {".geth.enabled": remove, ".node.enabled": remove},
		},
		reject: map[string]edits{"node alone": {".geth.enabled": false}},
	},
	{
		fields:  []string{"spec.components"},
		message: "components.batcher needs components.node: enable node, or disable batcher too",
		with:    edits{".proposer.enabled": false},
		accept:  map[string]edits{"neither": {".node.enabled": false, ".batcher.enabled": false}},
		reject:  map[string]edits{"batcher without node": {".node.enabled": false}},
	},
	{
		fields:  []string{"spec.components"},
		message: "components.proposer needs components.node: enable node, or disable proposer too",
		with:    edits{".batcher.enabled": false},
		accept:  map[string]edits{"neither": {".node.enabled": false, ".proposer.enabled": false}},
		reject:  map[string]edits{"proposer without node": {".node.enabled": false}},
	},
	{
		fields:  []string{"spec.components"},
		message: "components.batcher posts the blocks of the sequencer: set components.node.sequencer.enabled to true on the one OPChain that sequences this chain, or set components.batcher.enabled to false",
		accept: map[string]edits{
			"a sequencer with a batcher":    {},
			"a sequencer without a batcher": {".batcher": remove},
			"a replica without a batcher":   {".node.sequencer": remove, ".batcher.enabled": false},
		},
		reject: map[string]edits{
			"a batcher beside a replica":            {".node.sequencer.enabled": false},
			"a batcher beside an unspoken replica":  {".node.sequencer": remove},
			"a batcher that is on by not being off": {".node.sequencer": remove, ".batcher.enabled": remove},
		},
	},
	{
		fields:  each(""),
		message: "image is required: name the component's image and a fixed version of it",
		with:    edits{".image": remove},
		accept:  map[string]edits{"an image": {".image": "a:1"}},
		reject:  map[string]edits{"none": {}, "none, on by not being off": {".enabled": remove}},
	},
	{
		fields:  under([]string{"batcher", "proposer"}, ""),
		message: "image is required: name the component's image and a fixed version of it",
		accept:  map[string]edits{"none when off": {"": map[string]any{"enabled": false}}},
	},
	{
		fields:  each(".image"),
		message: "image must end in a fixed tag or a digest, such as op-node:v1.19.6, and hold no white space",
		accept: is(map[string]any{
			"a tag": "op-geth:v1.101702.3-rc.7", "a registry with a port": "registry:5000/a/b:c", "a digest": "a@sha256:" + strings.Repeat("0", 64),
		}),
		reject: is(map[string]any{
			"a space": "a b:c", "a space at the end": "a:b ", "a line break": "a:b\n", "a tab": "a\tb:c",
			"no tag": "op-batcher", "no tag behind a port": "registry:5000/op-batcher", "a tag that moves": "op-batcher:latest",
		}),
	},
	{
		fields:  each(".image"),
		message: "may not be more than 512 bytes",
		accept:  is(map[string]any{"512": strings.Repeat("a", 510) + ":1"}),
		reject:  is(map[string]any{"513": strings.Repeat("a", 511) + ":1"}),
	},
	{
		fields:  each(".image"),
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"three letters": "a:1"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields:  each(".imagePullPolicy"),
		message: `supported values: "Always", "IfNotPresent", "Never"`,
		accept:  is(map[string]any{"Always": "Always", "IfNotPresent": "IfNotPresent", "Never": "Never"}),
		reject:  is(map[string]any{"another case": "always"}),
	},
	{
		fields:  each(".logLevel"),
		message: `supported values: "error", "warn", "info", "debug", "trace"`,
		accept:  is(map[string]any{"error": "error", "warn": "warn", "info": "info", "debug": "debug", "trace": "trace"}),
		reject:  is(map[string]any{"another word": "verbose", "another case": "INFO"}),
	},
}

// podRules are about arguments and scheduling.
var podRules = []rule{
	{
		fields:  each(".extraArgs"),
		message: "each of extraArgs must have the form --flag or --flag=value",
		accept:  is(map[string]any{"a flag and a value": []any{"--syncmode=full", "--nodiscover"}, "none": []any{}}),
		reject:  is(map[string]any{"a value of its own": []any{"--syncmode", "full"}, "one dash": []any{"-abc"}, "nothing behind the dashes": []any{"---"}}),
	},
	{
		fields:  each(".extraArgs"),
		message: "extraArgs must not carry keys, tokens or L1 endpoints, which anyone who may read pods could read: use the fields that take them from a Secret",
		accept:  is(map[string]any{"a flag that begins like one": []any{"--password-file-is-not-a-flag=a", "--unlocked=1", "--l1.rpc-rate-limit=10", "--l1.beacon.fetch-all-sidecars"}}),
		reject: is(map[string]any{
			"a private key": []any{"--private-key=0x00"}, "a mnemonic": []any{"--nodiscover", "--mnemonic=test test"}, "its path": []any{"--hd-path=m/44'"},
			"a sequencer key": []any{"--p2p.sequencer.key=00"}, "a peer key": []any{"--p2p.priv.raw=00"}, "a node key": []any{"--nodekeyhex=00"},
			"an account": []any{"--unlock=0"}, "a password": []any{"--password=a"}, "a flag without its value": []any{"--private-key"},
			"the token of a remote signer": []any{"--signer.header=Authorization=Bearer 00"}, "that of statistics": []any{"--ethstats=a:00@host"},
			"that of metrics": []any{"--metrics.influxdb.token=00"}, "the endpoint of L1": []any{"--l1=https://l1.example.com/00"},
			"that of the batcher": []any{"--l1-eth-rpc=https://l1.example.com/00"}, "the beacon's": []any{"--l1.beacon=https://l1.example.com/00"},
			"its header": []any{"--l1.beacon-header=Authorization: 00"}, "its fallbacks": []any{"--l1.beacon-fallbacks=https://l1.example.com/00"},
		}),
	},
	{
		fields:  each(".extraArgs"),
		message: "extraArgs must not contain $(, which Kubernetes would replace by the value of an environment variable",
		accept:  is(map[string]any{"a dollar": []any{"--identity=a$b"}}),
		reject:  is(map[string]any{"a variable": []any{"--identity=$(OP_BATCHER_PRIVATE_KEY)"}, "an escaped one": []any{"--identity=$$(A)"}}),
	},
	{
		fields:  each(".extraArgs"),
		message: "must have at most 64 items",
		accept:  is(map[string]any{"64": times(64, "--a")}),
		reject:  is(map[string]any{"65": times(65, "--a")}),
	},
	{
		fields:  each(".extraArgs[]"),
		message: "should be at least 3 chars long",
		accept:  is(map[string]any{"3": "--a"}),
		reject:  is(map[string]any{"2": "--"}),
	},
	{
		fields:  each(".extraArgs[]"),
		message: "may not be more than 1024 bytes",
		accept:  is(map[string]any{"1024": "--" + strings.Repeat("a", 1022)}),
		reject:  is(map[string]any{"1025": "--" + strings.Repeat("a", 1023)}),
	},
	{
		fields:  each(".nodeSelector"),
		message: "must have at most 32 items",
		accept:  is(map[string]any{"32": labels(32)}),
		reject:  is(map[string]any{"33": labels(33)}),
	},
	{
		fields:  each(".tolerations"),
		message: "must have at most 32 items",
		accept:  is(map[string]any{"32": times(32, map[string]any{"operator": "Exists"})}),
		reject:  is(map[string]any{"33": times(33, map[string]any{"operator": "Exists"})}),
	},
}

// labels makes n labels.
func labels(n int) map[string]any {
	all := map[string]any{}
	for i := range n {
		all[strings.Repeat("a", i+1)] = ""
	}
	return all
}

// quantity is the pattern that Kubernetes holds against every quantity. The message of
// our own rule stands beside it.
const quantity = `should match '^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$'`

// storageRules are about volumes.
var storageRules = slices.Concat(storageClassRules, []rule{
	{
		fields:  under(stored, ".storage.size"),
		message: "storage.size must be a quantity of at least 1Mi, such as 100Gi",
		accept:  is(map[string]any{"1Mi": "1Mi", "a fraction": "1.5Ti", "a number": int64(1 << 20), "digits": "10000000000"}),
		reject:  is(map[string]any{"less than 1Mi": "1Ki", "nothing": "0", "less than nothing": "-1Gi", "a word": "big", "a number that is too small": int64(100), "empty": ""}),
	},
	{
		fields:  under(stored, ".storage.size"),
		message: quantity,
		accept:  is(map[string]any{"a quantity": "1Gi"}),
		reject:  is(map[string]any{"a word": "big", "a unit that is none": "100GB"}),
	},
	{
		fields:  under(stored, ".storage.size"),
		message: "storage.size must not shrink: a volume cannot be made smaller, so ask for at least the former size",
		update:  true,
		with:    edits{"": "100Gi"},
		accept: map[string]edits{
			"no change": {}, "the same, written otherwise": {"": "102400Mi"}, "growth": {"": "1Ti"}, "growth in bytes": {"": int64(1 << 40)},
		},
		reject: map[string]edits{"less": {"": "99Gi"}, "less in bytes": {"": int64(1 << 30)}},
	},
	{
		fields:  under(stored, ".storage.accessMode"),
		message: `supported values: "ReadWriteOnce", "ReadWriteOncePod"`,
		accept:  is(map[string]any{"ReadWriteOnce": "ReadWriteOnce", "ReadWriteOncePod": "ReadWriteOncePod"}),
		reject:  is(map[string]any{"many": "ReadWriteMany"}),
	},
	{
		fields:  under(stored, ".storage.accessMode"),
		message: "storage.accessMode is immutable: a claim keeps its access mode, so put the former value back",
		update:  true,
		with:    edits{"": "ReadWriteOncePod"},
		accept:  map[string]edits{"no change": {}},
		reject:  map[string]edits{"another mode": {"": "ReadWriteOnce"}, "the default": {"": remove}},
	},
})

var storageClassRules = []rule{
	{
		fields:  under(stored, ".storage.storageClass"),
		message: "storage.storageClass must be the name of a StorageClass",
		accept:  is(map[string]any{"a name": "fast-ssd"}),
		reject:  is(map[string]any{"upper case": "Fast", "a space": "fast ssd"}),
	},
	{
		fields:  under(stored, ".storage.storageClass"),
		message: "storage.storageClass is immutable: a claim keeps its class, so put the former value back",
		update:  true,
		with:    edits{"": "fast"},
		accept:  map[string]edits{"no change": {}},
		reject:  map[string]edits{"another class": {"": "slow"}},
	},
	{
		fields:  under(stored, ".storage.storageClass"),
		message: "may not be more than 253 bytes",
		accept:  is(map[string]any{"253": strings.Repeat("a", 253)}),
		reject:  is(map[string]any{"254": strings.Repeat("a", 254)}),
	},
	{
		fields:  under(stored, ".storage.storageClass"),
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"one letter": "a"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields:  under(stored, ".storage"),
		message: "storage.storageClass is immutable: it can be neither added nor removed, so put it back as it was",
		update:  true,
		accept:  map[string]edits{"no class, as before": {".size": "1Ti"}},
		reject:  map[string]edits{"a class that is added": {".storageClass": "fast"}},
	},
	{
		fields:  under(stored, ".storage"),
		message: "storage.storageClass is immutable: it can be neither added nor removed, so put it back as it was",
		update:  true,
		with:    edits{".storageClass": "fast"},
		accept:  map[string]edits{"a class, as before": {".size": "1Ti"}},
		reject:  map[string]edits{"a class that is removed": {".storageClass": remove}},
	},
}
