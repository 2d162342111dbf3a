package command_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// images are the flags for the images of all components.
var images = []string{
	"--op-geth-image=op-geth:v1.101702.3", "--op-node-image=op-node:v1.19.6",
	"--op-batcher-image=op-batcher:v1.19.6", "--op-proposer-image=op-proposer:v1.19.6",
}

const (
	batcherAccount  = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" // of testenv.BatcherKey
	proposerAccount = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC" // of testenv.ProposerKey
)

// deployed makes what op-deployer leaves behind, with keys, and works there.
func deployed(t *testing.T) {
	t.Helper()
	workIn(t, testenv.Chain("my-chain"))
	for _, file := range []string{"chain.yaml", "genesis.json.gz"} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	editJSON(t, "rollup.json", map[string]any{"genesis.system_config.batcherAddr": strings.ToLower(batcherAccount)})
	write(t, "state.json", state(newState(testenv.L2ChainID)))
}

// id is a chain ID as op-deployer writes it.
func id(chain int) string { return fmt.Sprintf("0x%064x", chain) }

// newState and oldState are a chain of op-deployer's state, as it is written today and as it was
// until 2025.
func newState(chain int) string {
	return fmt.Sprintf(`{"id":%q,"OpChainProxyAdminImpl":"0x00000000000000000000000000000000000000aa","OptimismPortalProxy":%q,"SystemConfigProxy":%q,
		"DisputeGameFactoryProxy":%q,"L2OutputOracleProxy":"0x0000000000000000000000000000000000000000","allocs":"H4sI"}`,
		id(chain), testenv.OptimismPortal, testenv.SystemConfig, testenv.DisputeGameFactory)
}

func oldState(chain int) string {
	return fmt.Sprintf(`{"id":%q,"optimismPortalProxyAddress":%q,"systemConfigProxyAddress":%q,"disputeGameFactoryProxyAddress":%q}`,
		id(chain), testenv.OptimismPortal, testenv.SystemConfig, testenv.DisputeGameFactory)
}

func state(chains ...string) string {
	return fmt.Sprintf(`{"version":1,"appliedIntent":{"chains":[{"id":%q,"roles":{"batcher":%q,"proposer":%q}}]},"opChainDeployments":[%s]}`,
		id(testenv.L2ChainID), batcherAccount, strings.ToLower(proposerAccount), strings.Join(chains, ","))
}

// importing is a command line that imports the deployment of the folder, and asks nobody.
func importing(more ...string) []string {
	args := []string{"import", "my-chain", "--from", ".", "--ask-l1=false", "--l1-rpc", "https://l1.example.com/" + apiKey, "--beacon", "https://beacon/" + apiKey}
	return append(append(args, images...), more...)
}

func TestImportPrints(t *testing.T) {
	cases := map[string]struct {
		args    []string
		prepare func(*testing.T)
		golden  string
		want    int
	}{
		"a sequencer": {args: importing("--dry-run=client", "-o", "yaml", "-n", "rollups", "--network-name", "My-Chain"), golden: "sequencer"},
		"a sequencer that gossips, with all that a folder can have": {
			args: importing("--dry-run=client", "-o", "json", "--storage-class", "fast", "--op-geth-storage", "2Ti", "--data-availability", "auto", "--ignore", "BalanceLow"),
			prepare: func(t *testing.T) {
				t.Helper()
				write(t, "sequencer.key", sequencerKey)
				write(t, "jwt", "0x"+token+"\n")
				write(t, "l1-chain-config.json", fmt.Sprintf(`{"chainId":%d}`, testenv.L1ChainID))
			},
			golden: "gossip",
		},
		"a replica": {
			args: []string{"import", "replica", "--from", ".", "--replica", "--l1-rpc-secret", "endpoints/rpc", "--beacon-secret", "endpoints/beacon",
				images[0], images[1], "--dry-run=client", "-o", "yaml", "--ask-l1=false"},
			golden: "replica",
		},
		"names":              {args: importing("--dry-run", "-o", "name"), golden: "names"},
		"what would be done": {args: importing("--dry-run=client"), golden: "dry-run"},
		"an error refuses": {
			args:    importing("--dry-run=client", "-o", "yaml"),
			prepare: func(t *testing.T) { t.Helper(); write(t, "batcher.key", testenv.ProposerKey) },
			golden:  "refused", want: 1,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			deployed(t)
			if c.prepare != nil {
				c.prepare(t)
			}
			got := call{shows: true}.run(t, c.args...)
			if got.status != c.want {
				t.Errorf("status %d, want %d", got.status, c.want)
			}
			compare(t, "import-"+c.golden+".txt", masked(t, got.String()))
		})
	}
}

// masked puts the names of files where Secrets hold their content, and fails the test where a
// genesis is not that of the folder.
func masked(t *testing.T, text string) string {
	t.Helper()
	encoded := func(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }
	for _, file := range []string{"rollup.json", "batcher.key", "proposer.key", "sequencer.key", "jwt", "l1-chain-config.json"} {
		if content, err := os.ReadFile(file); err == nil {
			text = strings.ReplaceAll(text, encoded(string(content)), "(content of "+file+")")
		}
	}
	text = strings.ReplaceAll(text, encoded(strings.Repeat("a7", 32)), "(64 digits that were drawn)")
	text = strings.ReplaceAll(text, encoded("https://l1.example.com/"+apiKey), "(the L1 endpoint)")
	text = strings.ReplaceAll(text, encoded("https://beacon/"+apiKey), "(the beacon endpoint)")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		key, value, ok := strings.Cut(line, ": ")
		if !ok || !strings.Contains(key, "genesis.json.gz") {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(strings.Trim(value, `",`))
		if err != nil {
			t.Fatal(err)
		}
		write(t, "unmasked.gz", string(data))
		if unpacked(t, "unmasked.gz") != read(t, "genesis.json") {
			t.Error("the genesis is another one")
		}
		lines[i] = key + ": (genesis.json, gzipped)"
	}
	return strings.Join(lines, "\n")
}

// objects are the Secrets and the chain that an import prints.
func objects(t *testing.T, args ...string) (map[string]*corev1.Secret, *v1alpha1.OPChain) {
	t.Helper()
	got := call{shows: true}.run(t, append(args, "--dry-run=client", "-o", "yaml")...)
	if got.status != 0 {
		t.Fatal(got)
	}
	secrets, chain := map[string]*corev1.Secret{}, &v1alpha1.OPChain{}
	for _, document := range strings.Split(got.stdout, "---\n") {
		if strings.Contains(document, "kind: OPChain") {
			if err := yaml.UnmarshalStrict([]byte(document), chain); err != nil {
				t.Fatal(err)
			}
			continue
		}
		secret := &corev1.Secret{}
		if err := yaml.UnmarshalStrict([]byte(document), secret); err != nil {
			t.Fatal(err)
		}
		secrets[secret.Name] = secret
	}
	return secrets, chain
}

// Addresses come from whatever form of op-deployer's output there is, and else from rollup.json.
func TestImportFindsAddresses(t *testing.T) {
	other := strings.NewReplacer(testenv.OptimismPortal, "0x00000000000000000000000000000000000000bb", testenv.SystemConfig, "0x00000000000000000000000000000000000000cc")
	fromRollup := v1alpha1.ContractAddresses{OptimismPortal: testenv.OptimismPortal, SystemConfig: testenv.SystemConfig, Batcher: batcherAccount}
	withFactory := fromRollup
	withFactory.DisputeGameFactory = testenv.DisputeGameFactory
	withRoles := withFactory
	withRoles.Proposer = proposerAccount
	withOracle := fromRollup
	withOracle.L2OutputOracle = testenv.L2OutputOracle

	cases := map[string]struct {
		files map[string]string
		args  []string
		want  v1alpha1.ContractAddresses
	}{
		"today's state":           {map[string]string{"state.json": state(newState(901))}, nil, withRoles},
		"the state until 2025":    {map[string]string{"state.json": state(oldState(901))}, nil, withRoles},
		"two chains in a state":   {map[string]string{"state.json": state(other.Replace(newState(902)), newState(901))}, nil, withRoles},
		"op-deployer's folder":    {map[string]string{".deployer/state.json": state(newState(901))}, nil, withRoles},
		"a state elsewhere":       {map[string]string{"elsewhere/s.json": state(newState(901))}, []string{"--state", "elsewhere/s.json"}, withRoles},
		"a state without intent":  {map[string]string{"state.json": `{"appliedIntent":null,"opChainDeployments":[` + newState(901) + `]}`}, nil, withFactory},
		"today's inspect l1":      {map[string]string{"addresses.json": newState(901)}, nil, withFactory},
		"inspect l1 until 2025":   {map[string]string{"addresses.json": `{"superchainDeployment":{},"opChainDeployment":` + oldState(901) + `}`}, nil, withFactory},
		"a list of the chain":     {map[string]string{"addresses.json": fmt.Sprintf(`{"l2ChainId":901,"disputeGameFactory":%q,"proposer":%q}`, testenv.DisputeGameFactory, proposerAccount)}, nil, withRoles},
		"only rollup.json":        {nil, []string{"--dispute-game-factory", testenv.DisputeGameFactory}, withFactory},
		"a flag before the state": {map[string]string{"state.json": `{"opChainDeployments":[` + newState(901) + `]}`}, []string{"--l2-output-oracle", testenv.L2OutputOracle}, withOracle},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			deployed(t)
			if err := os.Remove("state.json"); err != nil {
				t.Fatal(err)
			}
			for path, content := range c.files {
				write(t, path, content)
			}
			args := importing(c.args...)
			if c.want.L2OutputOracle != "" {
				args = append(args, "--op-proposer-image=op-proposer:v1.13.7")
			}
			_, chain := objects(t, args...)
			if got := chain.Spec.L1.ContractAddresses; got != c.want {
				t.Errorf("addresses %+v\nwant      %+v", got, c.want)
			}
		})
	}
}

func TestImportIsRefused(t *testing.T) {
	without := func(files ...string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	with := func(path, content string) func(*testing.T) {
		return func(t *testing.T) { t.Helper(); write(t, path, content) }
	}
	cases := map[string]struct {
		args    []string
		prepare func(*testing.T)
		want    string
	}{
		"no folder":                    {args: importing("--from", "nowhere"), want: "nowhere: no such file"},
		"a file for a folder":          {args: importing("--from", "rollup.json"), want: "rollup.json is no folder"},
		"no genesis":                   {args: importing(), prepare: without("genesis.json"), want: ". has no genesis.json or genesis.json.gz: write it with op-deployer inspect genesis, or give --genesis"},
		"no rollup config":             {args: importing(), prepare: without("rollup.json"), want: ". has no rollup.json: write it with op-deployer inspect rollup, or give --rollup"},
		"no key":                       {args: importing("--batcher-key", "b.key"), want: "open b.key: no such file"},
		"no factory":                   {args: importing(), prepare: without("state.json"), want: "give --dispute-game-factory or --l2-output-oracle"},
		"no image":                     {args: importing("--op-batcher-image="), want: "choose the image of op-batcher"},
		"no endpoint":                  {args: append([]string{"import", "my-chain", "--from", "."}, images...), want: "find the L1 endpoint: give --l1-rpc or --l1-rpc-secret, or set OPCHAIN_L1_RPC"},
		"no folder said":               {args: []string{"import", "my-chain"}, want: `required flag(s) "from" not set`},
		"no name":                      {args: []string{"import", "--from", "."}, want: "accepts 1 arg(s), received 0"},
		"two endpoints":                {args: importing("--l1-rpc-secret", "a/b"), want: "l1-rpc l1-rpc-secret"},
		"a URL for a Secret":           {args: []string{"import", "my-chain", "--from", ".", "--l1-rpc-secret", "https://l1/" + apiKey}, want: "read --l1-rpc-secret: write it as NAME/KEY"},
		"no beacon URL":                {args: append([]string{"import", "my-chain", "--from", ".", "--l1-rpc=http://l1", "--beacon=ftp://" + apiKey}, images...), want: "read --beacon: it is not a URL"},
		"a replica with a key":         {args: importing("--replica", "--batcher-key", "batcher.key"), want: "a replica has no key: remove --replica or --batcher-key"},
		"a size":                       {args: importing("--op-geth-storage", "big"), want: `"big" is no quantity`},
		"a dry run":                    {args: importing("--dry-run=maybe"), want: `there is no "maybe": use none, server or client`},
		"a format":                     {args: importing("-o", "wide"), want: `there is no output format "wide": use yaml, json or name`},
		"a rollup config that is none": {args: importing(), prepare: with("rollup.json", "key: "+apiKey), want: "read rollup.json: it is not a rollup config"},
		"a rollup config without ids":  {args: importing(), prepare: with("rollup.json", "{}"), want: "it lacks l1_chain_id or l2_chain_id"},
		"a state of other chains":      {args: importing(), prepare: with("state.json", state(newState(902), oldState(903))), want: "read state.json: it has chain 902 and 903, but rollup.json is of chain 901"},
		"a state without chains":       {args: importing(), prepare: with("state.json", state()), want: "run op-deployer apply first"},
		"a state with an endless id":   {args: importing(), prepare: with("state.json", `{"opChainDeployments":[{"id":`+strings.Repeat("9", 5000)+`}]}`), want: "read state.json: the id of a chain is not a number"},
		"a state that is none":         {args: importing(), prepare: with("state.json", "[]"), want: "it is not the state of op-deployer"},
		"a state that is prepared":     {args: importing(), prepare: with("state.json", state(strings.Replace(newState(901), "{", `{"deployed":false,`, 1))), want: "chain 901 is only prepared: deploy its contracts first"},
		"a list of another chain": {args: importing(), prepare: func(t *testing.T) {
			t.Helper()
			without("state.json")(t)
			write(t, "addresses.json", `{"l2ChainId":77}`)
		}, want: "read addresses.json: it is of chain 77, but rollup.json is of chain 901"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			deployed(t)
			if c.prepare != nil {
				c.prepare(t)
			}
			got := call{}.run(t, append(c.args, "--dry-run=client")...)
			if name == "a dry run" {
				got = call{}.run(t, c.args...)
			}
			if got.status != 2 || got.stdout != "" || !strings.Contains(got.stderr, c.want) {
				t.Errorf("want status 2 and %q\n%s", c.want, got)
			}
		})
	}
}

// A genesis that fits no Secret is refused before anything else happens.
func TestImportOfALargeGenesis(t *testing.T) {
	deployed(t)
	write(t, "genesis.json", "\x1f\x8b"+strings.Repeat("\x00", corev1.MaxSecretSize))
	got := call{}.run(t, importing("--dry-run=client")...)
	if got.status != 2 || !strings.Contains(got.stderr, "put genesis.json into a Secret: gzipped it is larger than a Secret, which holds 1 MiB: put it on a web server and give --genesis-url") {
		t.Error(got)
	}
}

// The JWT secret is the folder's, or is drawn.
func TestImportJWT(t *testing.T) {
	deployed(t)
	secrets, chain := objects(t, importing()...)
	if got := string(secrets["my-chain-jwt"].Data["jwt"]); got != strings.Repeat("a7", 32) || chain.Spec.L2.JWTSecret != "my-chain-jwt" {
		t.Errorf("JWT secret %q in %s", got, chain.Spec.L2.JWTSecret)
	}
	write(t, "jwt.txt", token)
	secrets, _ = objects(t, importing()...)
	if got := string(secrets["my-chain-jwt"].Data["jwt"]); got != token {
		t.Errorf("JWT secret %q is not that of the folder", got)
	}
}
