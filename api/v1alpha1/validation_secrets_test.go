package v1alpha1_test

import (
	"slices"
	"strings"
)

// secretRules are about references to Secrets.
var secretRules = slices.Concat(
	secretName(nil, "spec.l2.genesisConfigSecret", "spec.l2.rollupConfigSecret", "spec.l2.jwtSecret", "spec.l1.chainConfigSecret",
		"spec.components.batcher.signerPrivateKeySecret", "spec.components.proposer.signerPrivateKeySecret",
		"spec.components.node.p2p.sequencerKeySecret"),
	secretKeyRef(rpcFromSecret, "spec.l1.rpcUrlFrom"),
	secretKeyRef(beaconFromSecret, "spec.l1.beacon.urlFrom"),
)

func secretKeyRef(with edits, field string) []rule {
	key := field + ".secretKeyRef.key"
	return append(secretName(with, field+".secretKeyRef.name"),
		rule{
			fields: []string{field + ".secretKeyRef", field + ".secretKeyRef.name", key}, with: with,
			message: "Required value",
			accept:  map[string]edits{"a value": {}},
			reject:  map[string]edits{"nothing": {"": remove}},
		},
		rule{
			fields: []string{key}, with: with,
			message: "must be a key of a Secret: letters, digits, '-', '_' and '.'",
			accept:  is(map[string]any{"a word": "url", "all that is allowed": "L1_rpc-url.txt"}),
			reject:  is(map[string]any{"a slash": "a/b", "a space": "a b", "a line break": "a\n"}),
		},
		rule{
			fields: []string{key}, with: with,
			message: "may not be more than 253 bytes",
			accept:  is(map[string]any{"253": strings.Repeat("a", 253)}),
			reject:  is(map[string]any{"254": strings.Repeat("a", 254)}),
		},
		rule{
			fields: []string{key}, with: with,
			message: "should be at least 1 chars long",
			accept:  is(map[string]any{"one letter": "a"}),
			reject:  is(map[string]any{"empty": ""}),
		},
	)
}

func secretName(with edits, fields ...string) []rule {
	return []rule{
		{
			fields: fields, with: with,
			message: "must be the name of a Secret: lower-case letters, digits, '-' and '.', with a letter or digit at both ends",
			accept:  is(map[string]any{"a name": "my-chain-1", "a dotted name": "my.chain"}),
			reject:  is(map[string]any{"upper case": "Chain", "a slash": "other-namespace/chain", "a dash at the end": "chain-", "a space": "a b", "a line break": "a\n"}),
		},
		{
			fields: fields, with: with,
			message: "may not be more than 253 bytes",
			accept:  is(map[string]any{"253": strings.Repeat("a", 253)}),
			reject:  is(map[string]any{"254": strings.Repeat("a", 254)}),
		},
		{
			fields: fields, with: with,
			message: "should be at least 1 chars long",
			accept:  is(map[string]any{"one letter": "a"}),
			reject:  is(map[string]any{"empty": ""}),
		},
	}
}
