package v1alpha1_test

import "strings"

// aDigest is a sha256 in hexadecimal.
var aDigest = strings.Repeat("09afAF", 11)[:64]

// byURL and byRegistry take the genesis from elsewhere than a Secret.
var (
	byURL      = genesisFrom(map[string]any{"url": "https://example.com/genesis.json.gz", "sha256": aDigest})
	byRegistry = genesisFrom(map[string]any{"registryChain": "op-sepolia"})
)

func genesisFrom(source map[string]any) edits {
	return edits{"spec.l2.genesisConfigSecret": remove, "spec.l2.genesis": source}
}

// genesisRules are about a genesis that is in no Secret.
var genesisRules = []rule{
	{
		fields:  []string{"spec.l2"},
		message: "l2 needs exactly one of genesisConfigSecret and genesis: name a Secret with the genesis, or set genesis where no Secret can hold it or it is public",
		accept:  map[string]edits{"a Secret": {}, "a URL": byURL, "a chain of the registry": byRegistry},
		reject: map[string]edits{
			"neither":                        {".genesisConfigSecret": remove},
			"a Secret and a URL":             {".genesis": byURL["spec.l2.genesis"]},
			"a Secret and a registered name": {".genesis": byRegistry["spec.l2.genesis"]},
		},
	},
	{
		fields:  []string{"spec.l2.genesis"},
		message: "l2.genesis needs exactly one of url and registryChain: set url and sha256 for a file to download, or registryChain for a chain that op-geth knows",
		accept:  map[string]edits{"a URL": byURL, "a chain of the registry": byRegistry},
		reject: map[string]edits{
			"neither": genesisFrom(map[string]any{}),
			"both":    genesisFrom(map[string]any{"url": "http://a", "sha256": aDigest, "registryChain": "op-sepolia"}),
		},
	},
	{
		fields:  []string{"spec.l2.genesis"},
		message: "l2.genesis.sha256 and l2.genesis.url belong together: set sha256 to the digest of the file at url, as curl -L URL | sha256sum prints it",
		accept:  map[string]edits{"both": byURL, "neither": byRegistry},
		reject: map[string]edits{
			"a URL without a digest":           genesisFrom(map[string]any{"url": "http://a"}),
			"a digest of a chain in the books": genesisFrom(map[string]any{"registryChain": "op-sepolia", "sha256": aDigest}),
		},
	},
	{
		fields: []string{"spec.l2.genesis.url"}, with: byURL,
		message: "l2.genesis.url must not carry a user or a password: it can be read in the pod, so put the file where it needs none",
		accept: is(map[string]any{
			"no user": "https://example.com/genesis.json", "an @ in the path": "https://example.com/a@b", "an @ in the query": "https://example.com?a@b",
			"a port": "http://example.com:8080/genesis.json",
		}),
		reject: is(map[string]any{
			"a user": "https://user@example.com/genesis.json", "a password": "https://user:secret@example.com", "an empty user": "http://@example.com/",
			"a password with an @": "http://user:p@ss@example.com/", "a backslash": `http://a\@example.com/`,
		}),
	},
	{
		fields: []string{"spec.l2.genesis.url"}, with: byURL,
		message: notHTTP,
		accept:  is(map[string]any{"http": "http://files/genesis.json", "https with a query": "https://example.com/g?version=1"}),
		reject:  is(map[string]any{"another scheme": "ftp://example.com/g", "a file": "file:///etc/passwd", "no host": "https://", "a space": "http://a/b c", "a line break": "http://a/\n"}),
	},
	{
		fields: []string{"spec.l2.genesis.url"}, with: byURL,
		message: "may not be more than 2048 bytes",
		accept:  is(map[string]any{"2048": "http://" + strings.Repeat("a", 2041)}),
		reject:  is(map[string]any{"2049": "http://" + strings.Repeat("a", 2042)}),
	},
	{
		fields: []string{"spec.l2.genesis.url"}, with: byURL,
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"a URL": "http://a"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields: []string{"spec.l2.genesis.registryChain"}, with: byRegistry,
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"one letter": "a"}),
		reject:  is(map[string]any{"empty": ""}),
	},
	{
		fields: []string{"spec.l2.genesis.sha256"}, with: byURL,
		message: "l2.genesis.sha256 must be 64 hexadecimal digits: use what curl -L URL | sha256sum prints",
		accept:  is(map[string]any{"digits": aDigest, "lower case": strings.ToLower(aDigest)}),
		reject:  is(map[string]any{"0x": "0x" + aDigest[2:], "a digit that is none": aDigest[1:] + "g", "a line break": aDigest[1:] + "\n"}),
	},
	{
		fields: []string{"spec.l2.genesis.sha256"}, with: byURL,
		message: "may not be more than 64 bytes",
		accept:  is(map[string]any{"64": aDigest}),
		reject:  is(map[string]any{"65": aDigest + "0"}),
	},
	{
		fields: []string{"spec.l2.genesis.sha256"}, with: byURL,
		message: "should be at least 64 chars long",
		accept:  is(map[string]any{"64": aDigest}),
		reject:  is(map[string]any{"63": aDigest[1:], "empty": ""}),
	},
	{
		fields: []string{"spec.l2.genesis.registryChain"}, with: byRegistry,
		message: "l2.genesis.registryChain must be a name as op-geth's --op-network takes it, such as op-sepolia",
		accept:  is(map[string]any{"a name": "op-sepolia", "all that occurs": "rehearsal-0-bn-0_a"}),
		reject: is(map[string]any{
			"upper case": "OP-Sepolia", "a slash": "sepolia/op", "a flag": "-op", "a space": "op sepolia", "a line break": "op-sepolia\n",
		}),
	},
	{
		fields: []string{"spec.l2.genesis.registryChain"}, with: byRegistry,
		message: "may not be more than 64 bytes",
		accept:  is(map[string]any{"64": strings.Repeat("a", 64)}),
		reject:  is(map[string]any{"65": strings.Repeat("a", 65)}),
	},
}
