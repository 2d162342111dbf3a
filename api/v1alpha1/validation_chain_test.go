package v1alpha1_test

import "strings"

const (
	anAddress   = "0xAbCdEf0123456789abcdef0123456789ABCDEF01"
	zeroAddress = "0x0000000000000000000000000000000000000000"
)

// chainRules are about the chain as a whole.
var chainRules = []rule{
	{
		fields:  []string{root},
		message: "metadata.name must have at most 40 characters, so that the names derived from it fit: choose a shorter name",
		accept:  map[string]edits{"40 characters": {"metadata.name": strings.Repeat("a", 40)}},
		reject:  map[string]edits{"41 characters": {"metadata.name": strings.Repeat("a", 41)}},
	},
	{
		fields:  []string{root},
		message: "metadata.name must start with a letter and hold only lower-case letters, digits and '-', because Services are named after it",
		accept: map[string]edits{
			"one letter":       {"metadata.name": "a"},
			"letters and more": {"metadata.name": "op-main-1"},
		},
		reject: map[string]edits{
			"a leading digit": {"metadata.name": "1chain"},
			"a dot":           {"metadata.name": "my.chain"},
		},
	},
	{
		fields: []string{
			"spec", "spec.l1", "spec.l2", "spec.components", "spec.components.geth", "spec.components.node",
			"spec.l1.chainId", "spec.l1.contractAddresses",
			"spec.l1.contractAddresses.optimismPortal", "spec.l1.contractAddresses.systemConfig",
			"spec.l2.chainId", "spec.l2.rollupConfigSecret",
			"spec.components.geth.storage.size", "spec.components.node.storage.size",
		},
		message: "Required value",
		accept:  map[string]edits{"a value": {}},
		reject:  map[string]edits{"nothing": {"": remove}},
	},
	{
		fields:  []string{"spec"},
		message: "l2.chainId must differ from l1.chainId: it is the id of the rollup, not of the chain it settles on",
		accept:  map[string]edits{"two ids": {"spec.l1.chainId": int64(1), "spec.l2.chainId": int64(10)}},
		reject:  map[string]edits{"the same id": {"spec.l1.chainId": int64(10), "spec.l2.chainId": int64(10)}},
	},
	{
		fields:  []string{"spec"},
		message: "components.proposer needs exactly one of l1.contractAddresses.disputeGameFactory (chains of today) and l1.contractAddresses.l2OutputOracle (chains from before fault proofs): set one, or set components.proposer.enabled to false",
		with:    edits{"spec.l1.contractAddresses.disputeGameFactory": remove},
		accept: map[string]edits{
			"a game factory": {"spec.l1.contractAddresses.disputeGameFactory": anAddress},
			"an oracle":      {"spec.l1.contractAddresses.l2OutputOracle": anAddress},
			"neither, without a proposer": {
				"spec.components.proposer.enabled": false,
			},
			"neither, without a word on the proposer": {"spec.components.proposer": remove},
		},
		reject: map[string]edits{"neither": {}},
	},
	{
		fields:  []string{"spec"},
		message: "components.batcher.dataAvailabilityType must be calldata when l1.beacon.ignore is true: op-node could not read the blobs back",
		with:    edits{"spec.l1.beacon": map[string]any{"ignore": true}},
		accept: map[string]edits{
			"calldata":               {"spec.components.batcher.dataAvailabilityType": "calldata"},
			"blobs of a beacon":      {"spec.components.batcher.dataAvailabilityType": "blobs", "spec.l1.beacon": map[string]any{"url": "http://b"}},
			"blobs, explicitly read": {"spec.components.batcher.dataAvailabilityType": "blobs", "spec.l1.beacon": map[string]any{"url": "http://b", "ignore": false}},
			"blobs before Ecotone":   {"spec.components.batcher.dataAvailabilityType": "blobs", "spec.l1.beacon": remove},
			"blobs nobody posts":     {"spec.components.batcher.dataAvailabilityType": "blobs", "spec.components.batcher.enabled": false},
		},
		reject: map[string]edits{
			"blobs": {"spec.components.batcher.dataAvailabilityType": "blobs"},
			"auto":  {"spec.components.batcher.dataAvailabilityType": "auto"},
		},
	},
	{
		fields:  []string{"spec.deletionPolicy"},
		message: `supported values: "Retain", "Delete"`,
		accept:  is(map[string]any{"Retain": "Retain", "Delete": "Delete"}),
		reject:  is(map[string]any{"another word": "Recycle"}),
	},
	{
		fields:  []string{"spec.imagePullSecrets"},
		message: "must have at most 16 items",
		accept:  is(map[string]any{"16": names(16)}),
		reject:  is(map[string]any{"17": names(17)}),
	},
	{
		fields:  []string{"spec.imagePullSecrets[]"},
		message: duplicate,
		accept:  map[string]edits{"two names": {"spec.imagePullSecrets": names(2)}},
		reject:  map[string]edits{"one name twice": {"spec.imagePullSecrets": append(names(1), names(1)...)}},
	},
}

// l2Rules are about the rollup.
var l2Rules = []rule{
	{
		fields:  []string{"spec.l2.chainId", "spec.l1.chainId"},
		message: "should be greater than or equal to 1",
		accept:  is(map[string]any{"1": int64(1)}),
		reject:  is(map[string]any{"0": int64(0), "-1": int64(-1)}),
	},
	{
		fields:  []string{"spec.l2.chainId"},
		message: "l2.chainId is immutable: another chain needs another OPChain",
		update:  true,
		accept:  map[string]edits{"no change": {"": int64(901)}},
		reject:  map[string]edits{"another id": {"": int64(902)}},
	},
	{
		fields:  []string{"spec.l2.networkName"},
		message: "l2.networkName must be a valid label value: letters, digits, '-', '_' and '.', with a letter or digit at both ends",
		accept:  is(map[string]any{"one letter": "a", "dots and dashes": "OP_Main.net-1"}),
		reject:  is(map[string]any{"a space": "my chain", "a dash at the end": "chain-", "a dot in front": ".chain", "a line break": "a\nb", "a line break at the end": "a\n"}),
	},
	{
		fields:  []string{"spec.l2.networkName"},
		message: "may not be more than 63 bytes",
		accept:  is(map[string]any{"63": strings.Repeat("a", 63)}),
		reject:  is(map[string]any{"64": strings.Repeat("a", 64)}),
	},
	{
		fields:  []string{"spec.l2.networkName"},
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"one letter": "a"}),
		reject:  is(map[string]any{"empty": ""}),
	},
}

// names makes n references to Secrets.
func names(n int) []any {
	var all []any
	for i := range n {
		all = append(all, map[string]any{"name": strings.Repeat("a", i+1)})
	}
	return all
}

// times makes n items that are all the same.
func times(n int, item any) []any {
	var all []any
	for range n {
		all = append(all, item)
	}
	return all
}
