package v1alpha1_test

import (
	"slices"
	"strings"
)

// bounded makes the two rules of a number with bounds.
func bounded(lowest, highest int64, lowestMessage, highestMessage string, fields ...string) []rule {
	return []rule{
		{fields: fields, message: lowestMessage, accept: is(map[string]any{"the lowest": lowest}), reject: is(map[string]any{"less": lowest - 1})},
		{fields: fields, message: highestMessage, accept: is(map[string]any{"the highest": highest}), reject: is(map[string]any{"more": highest + 1})},
	}
}

// nodeRules are about op-geth's and op-node's settings.
var nodeRules = slices.Concat(peerRules, gethRules,
	bounded(0, 1000, "should be greater than or equal to 0", "should be less than or equal to 1000", "spec.components.node.sequencer.l1Confirmations"),
	[]rule{
		{
			fields:  []string{"spec.components.node.sequencer.maxSafeLag"},
			message: "should be greater than or equal to 0",
			accept:  is(map[string]any{"0": int64(0), "a day": int64(43200)}),
			reject:  is(map[string]any{"-1": int64(-1)}),
		},
		{
			fields:  []string{"spec.components.node"},
			message: "node.p2p.sequencerKeySecret is required for a sequencer with P2P: other nodes drop blocks that are not signed with it",
			accept: map[string]edits{
				"a sequencer with its key":  {".p2p": map[string]any{"enabled": true, "sequencerKeySecret": "p2p-key"}},
				"a sequencer without P2P":   {".p2p": map[string]any{"enabled": false}},
				"a sequencer, P2P unspoken": {".p2p": remove},
			},
			reject: map[string]edits{"a sequencer without its key": {".p2p": map[string]any{"enabled": true}}},
		},
		{
			fields:  []string{"spec.components.node"},
			message: "node.p2p.sequencerKeySecret is required for a sequencer with P2P: other nodes drop blocks that are not signed with it",
			with:    edits{".sequencer.enabled": false, "spec.components.batcher.enabled": false},
			accept:  map[string]edits{"a replica without a key": {".p2p": map[string]any{"enabled": true}}},
		},
	})

var gethRules = slices.Concat(
	bounded(16, 1048576, "should be greater than or equal to 16", "should be less than or equal to 1048576", "spec.components.geth.cacheMiB"),
	[]rule{
		{
			fields:  []string{"spec.components.geth.gcMode"},
			message: `supported values: "archive", "full"`,
			accept:  is(map[string]any{"archive": "archive", "full": "full"}),
			reject:  is(map[string]any{"another word": "light"}),
		},
		{
			fields:  []string{"spec.components.geth.stateScheme"},
			message: `supported values: "hash", "path"`,
			accept:  is(map[string]any{"hash": "hash", "path": "path"}),
			reject:  is(map[string]any{"another word": "tree"}),
		},
		{
			fields:  []string{"spec.components.geth.stateScheme"},
			message: "geth.stateScheme is immutable: op-geth cannot open a database of the other scheme, so put the former value back",
			update:  true,
			with:    edits{"": "path"},
			accept:  map[string]edits{"no change": {}},
			reject:  map[string]edits{"the other": {"": "hash"}, "the default": {"": remove}},
		},
	})

const peerID = "/p2p/16Uiu2HAmL7Hq"

var peerRules = []rule{
	{
		fields:  []string{"spec.components.node.p2p.staticPeers"},
		message: "each of p2p.staticPeers must be a multiaddress with a peer id, such as /dns4/host/tcp/9222/p2p/16Uiu2HAm",
		accept:  is(map[string]any{"two": []any{"/dns4/a/tcp/9222" + peerID, "/ip4/10.0.0.1/tcp/9222" + peerID}}),
		reject: is(map[string]any{
			"an enode": []any{"enode://00@10.0.0.1:9222"}, "no peer id": []any{"/dns4/a/tcp/9222"},
			"two in one": []any{"/dns4/a/tcp/9222" + peerID + ",/dns4/b/tcp/9222" + peerID},
		}),
	},
	{
		fields:  []string{"spec.components.node.p2p.bootnodes"},
		message: "each of p2p.bootnodes must start with enr: or enode://, without a comma and without $(, which Kubernetes would replace by the value of an environment variable",
		accept:  is(map[string]any{"both kinds": []any{"enr:-J64QBbwPjPLZ6IOOToOLsSjtFUjjzN66qmBZdUexpO32Klrc458Q24kbty2PdRaLacHM5z-cZQr8mjeQu3pik6jPSOzBAB", "enode://00@10.0.0.1:9222"}}),
		reject:  is(map[string]any{"a multiaddress": []any{"/dns4/a/tcp/9222" + peerID}, "two in one": []any{"enr:a,enr:b"}, "a variable": []any{"enode://$(OP_NODE_P2P_SEQUENCER_KEY)@10.0.0.1:9222"}}),
	},
	{
		fields:  []string{"spec.components.node.p2p.staticPeers[]", "spec.components.node.p2p.bootnodes[]"},
		message: "should be at least 1 chars long",
		accept:  map[string]edits{"a peer": {"spec.components.node.p2p.staticPeers": peers(1), "spec.components.node.p2p.bootnodes": bootnodes(1)}},
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields:  []string{"spec.components.node.p2p.staticPeers[]"},
		message: "may not be more than 1024 bytes",
		accept:  is(map[string]any{"1024": "/p2p/" + strings.Repeat("a", 1019)}),
		reject:  is(map[string]any{"1025": "/p2p/" + strings.Repeat("a", 1020)}),
	},
	{
		fields:  []string{"spec.components.node.p2p.bootnodes[]"},
		message: "may not be more than 1024 bytes",
		accept:  is(map[string]any{"1024": "enr:" + strings.Repeat("a", 1020)}),
		reject:  is(map[string]any{"1025": "enr:" + strings.Repeat("a", 1021)}),
	},
	{
		fields:  []string{"spec.components.node.p2p.staticPeers"},
		message: "must have at most 64 items",
		accept:  is(map[string]any{"64": peers(64)}),
		reject:  is(map[string]any{"65": peers(65)}),
	},
	{
		fields:  []string{"spec.components.node.p2p.bootnodes"},
		message: "must have at most 64 items",
		accept:  is(map[string]any{"64": bootnodes(64)}),
		reject:  is(map[string]any{"65": bootnodes(65)}),
	},
	{
		fields:  []string{"spec.components.node.p2p.staticPeers[]"},
		message: duplicate,
		accept:  map[string]edits{"two": {"spec.components.node.p2p.staticPeers": peers(2)}},
		reject:  map[string]edits{"one twice": {"spec.components.node.p2p.staticPeers": append(peers(1), peers(1)...)}},
	},
	{
		fields:  []string{"spec.components.node.p2p.bootnodes[]"},
		message: duplicate,
		accept:  map[string]edits{"two": {"spec.components.node.p2p.bootnodes": bootnodes(2)}},
		reject:  map[string]edits{"one twice": {"spec.components.node.p2p.bootnodes": append(bootnodes(1), bootnodes(1)...)}},
	},
	{
		fields:  []string{"spec.components.node.p2p.advertiseIp"},
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"an address": "::1"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields:  []string{"spec.components.node.p2p.advertiseIp"},
		message: "p2p.advertiseIp must be an IP address",
		accept:  is(map[string]any{"IPv4": "203.0.113.7", "IPv6": "2001:db8::7"}),
		reject:  is(map[string]any{"a name": "node.example.com", "with a port": "203.0.113.7:9222", "a network": "10.0.0.0/8", "empty": ""}),
	},
	{
		fields:  []string{"spec.components.node.p2p.advertiseIp"},
		message: "may not be more than 45 bytes",
		accept:  is(map[string]any{"39": "2001:0db8:0000:0000:0000:0000:0000:0007"}),
		reject:  is(map[string]any{"46": strings.Repeat("1", 46)}),
	},
}

// signerRules are about op-batcher's and op-proposer's settings.
var signerRules = slices.Concat(durationRules,
	bounded(1, 1000, "should be greater than or equal to 1", "should be less than or equal to 1000",
		"spec.components.batcher.confirmations", "spec.components.proposer.confirmations", "spec.components.batcher.subSafetyMargin"),
	bounded(1, 1500, "should be greater than or equal to 1", "should be less than or equal to 1500", "spec.components.batcher.maxChannelDuration"),
	bounded(0, 255, "should be greater than or equal to 0", "should be less than or equal to 255", "spec.components.proposer.gameType"),
	[]rule{
		{
			fields:  []string{"spec.components.batcher"},
			message: "batcher.signerPrivateKeySecret is required: create a Secret with the batcher's private key under the key 'key' and name it here",
			accept:  map[string]edits{"a key": {}, "none when off": {".signerPrivateKeySecret": remove, ".enabled": false}},
			reject:  map[string]edits{"none": {".signerPrivateKeySecret": remove}},
		},
		{
			fields:  []string{"spec.components.proposer"},
			message: "proposer.signerPrivateKeySecret is required: create a Secret with the proposer's private key under the key 'key' and name it here",
			accept:  map[string]edits{"a key": {}, "none when off": {".signerPrivateKeySecret": remove, ".enabled": false}},
			reject:  map[string]edits{"none": {".signerPrivateKeySecret": remove}},
		},
		{
			fields:  []string{"spec.components.batcher.dataAvailabilityType"},
			message: `supported values: "calldata", "blobs", "auto"`,
			accept:  is(map[string]any{"calldata": "calldata", "blobs": "blobs", "auto": "auto"}),
			reject:  is(map[string]any{"one blob": "blob"}),
		},
	})

var durations = []string{
	"spec.components.node.l1PollInterval", "spec.components.node.l1EpochPollInterval", "spec.components.batcher.pollInterval",
	"spec.components.proposer.pollInterval", "spec.components.proposer.proposalInterval", "spec.preflight.forkNotice",
	"spec.monitoring.thresholds.unsafeHeadAge", "spec.monitoring.thresholds.batchAge", "spec.monitoring.thresholds.proposalAge",
	"spec.monitoring.thresholds.l1Silence", "spec.monitoring.thresholds.l1HeadAge", "spec.monitoring.thresholds.fundsLeft",
}

var durationRules = []rule{
	{
		fields:  durations,
		message: "must be a duration between 100ms and 8760h, such as 30s or 1h30m",
		accept:  is(map[string]any{"the shortest": "100ms", "the longest": "8760h", "the longest in seconds": "31536000s", "the longest in milliseconds": "31536000000ms", "of two units": "1h30m"}),
		reject: is(map[string]any{
			"less than 100ms": "99ms", "more than a year": "8761h", "so much that it overflows": "99999999999999h", "more by a sum": "8760h1s",
			"a number": "12", "days": "10d", "a sign": "-5m", "a space": "1h 30m", "a line break": "30s\n",
		}),
	},
	{
		fields:  durations,
		message: "should be at least 2 chars long",
		accept:  is(map[string]any{"2": "1s"}),
		reject:  is(map[string]any{"1": "1"}),
	},
	{
		fields:  durations,
		message: "may not be more than 16 bytes",
		accept:  is(map[string]any{"16": "1h1m1s100ms100ms"}),
		reject:  is(map[string]any{"17": "1h1m1s1000ms100ms"}),
	},
}

func peers(n int) []any {
	var all []any
	for i := range n {
		all = append(all, "/dns4/"+strings.Repeat("a", i+1)+"/tcp/9222"+peerID)
	}
	return all
}

func bootnodes(n int) []any {
	var all []any
	for i := range n {
		all = append(all, "enr:"+strings.Repeat("a", i+1))
	}
	return all
}
