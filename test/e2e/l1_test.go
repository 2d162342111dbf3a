//go:build e2e

package e2e

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// An endpoint of L1, and what is asked about it.
type asked struct {
	url string
	in  *preflight.Inputs
}

// TestL1Checks asks the development L1 about chains that are right but for one thing, and pins
// what is found and where.
func TestL1Checks(t *testing.T) {
	t.Parallel()
	const (
		portalField  = "spec.l1.contractAddresses.optimismPortal"
		configField  = "spec.l1.contractAddresses.systemConfig"
		factoryField = "spec.l1.contractAddresses.disputeGameFactory"
		oracleField  = "spec.l1.contractAddresses.l2OutputOracle"
	)
	games, oracle := newChain("games", "my-chain"), newChain("oracle", "old-chain")
	other := oracle.inputs(t).Chain.Spec.L1.ContractAddresses
	nobody := account(t)
	addresses := func(a *asked) *v1alpha1.ContractAddresses { return &a.in.Chain.Spec.L1.ContractAddresses }
	cases := map[string]struct {
		chain  chain
		change func(*asked)
		// want are severity, code and place.
		want []string
	}{
		"a chain of games":   {chain: games},
		"a chain of outputs": {chain: oracle},
		"another L1 chain": {
			chain: games, change: func(a *asked) { a.in.Chain.Spec.L1.ChainID = 1 },
			want: []string{"Error L1WrongChain spec.l1.rpcUrl"},
		},
		"another origin": {
			chain: games, change: func(a *asked) { a.in.Rollup.Genesis.L1.Hash = common.Hash{1} },
			want: []string{`Error L1OriginMismatch Secret rollup, key "rollup.json"`},
		},
		"an origin that L1 has not reached": {
			chain: games, change: func(a *asked) { a.in.Rollup.Genesis.L1.Number = 1 << 40 },
			want: []string{"Unknown L1NoAnswer spec.l1.rpcUrl"},
		},
		"nothing at the portal": {
			chain: games, change: func(a *asked) { addresses(a).OptimismPortal = v1alpha1.Address(nobody.Hex()) },
			want: []string{"Error ContractMissing " + portalField},
		},
		"nothing at SystemConfig": {
			chain: games, change: func(a *asked) { addresses(a).SystemConfig = v1alpha1.Address(nobody.Hex()) },
			want: []string{"Error ContractMissing " + configField, "Error PortalForeign " + configField},
		},
		"nothing at the factory": {
			chain: games, change: func(a *asked) { addresses(a).DisputeGameFactory = v1alpha1.Address(nobody.Hex()) },
			want: []string{"Error ContractMissing " + factoryField},
		},
		"nothing at the oracle": {
			chain: oracle, change: func(a *asked) { addresses(a).L2OutputOracle = v1alpha1.Address(nobody.Hex()) },
			want: []string{"Error ContractMissing " + oracleField},
		},
		"the factory as the portal": {
			chain: games, change: func(a *asked) { addresses(a).OptimismPortal = addresses(a).DisputeGameFactory },
			want: []string{"Warning ContractUnreadable " + portalField},
		},
		"the factory as SystemConfig": {
			chain: games, change: func(a *asked) { addresses(a).SystemConfig = addresses(a).DisputeGameFactory },
			want: []string{"Error PortalForeign " + configField, "Warning ContractUnreadable " + configField},
		},
		"SystemConfig as the factory": {
			chain: games, change: func(a *asked) { addresses(a).DisputeGameFactory = addresses(a).SystemConfig },
			want: []string{"Warning ContractUnreadable " + factoryField},
		},
		"the portal as the oracle": {
			chain: oracle, change: func(a *asked) { addresses(a).L2OutputOracle = addresses(a).OptimismPortal },
			want: []string{"Warning ContractUnreadable " + oracleField},
		},
		"the portal of another chain": {
			chain: games, change: func(a *asked) { addresses(a).OptimismPortal = other.OptimismPortal },
			want: []string{"Error PortalForeign " + portalField},
		},
		"SystemConfig of another chain": {
			chain: games, change: func(a *asked) { addresses(a).SystemConfig = other.SystemConfig },
			want: []string{
				"Error PortalForeign " + portalField,
				`Error BatcherNotAuthorized Secret batcher, key "key"`, `Error SequencerNotAuthorized Secret sequencer, key "key"`,
			},
		},
		"portal and SystemConfig of another chain": {
			chain: games, change: func(a *asked) {
				addresses(a).OptimismPortal, addresses(a).SystemConfig = other.OptimismPortal, other.SystemConfig
			},
			want: []string{`Error BatcherNotAuthorized Secret batcher, key "key"`, `Error SequencerNotAuthorized Secret sequencer, key "key"`},
		},
		"another batcher without ETH": {
			chain: games, change: func(a *asked) { a.in.Signers.Batcher = nobody },
			want: []string{`Error BatcherNotAuthorized Secret batcher, key "key"`, "Warning BalanceLow spec.components.batcher.minimumBalance"},
		},
		"the proposer's key for the batcher": {
			chain: oracle, change: func(a *asked) { a.in.Signers.Batcher = a.in.Signers.Proposer },
			want: []string{`Error BatcherNotAuthorized Secret batcher, key "key"`},
		},
		"another sequencer": {
			chain: oracle, change: func(a *asked) { a.in.Signers.Sequencer = nobody },
			want: []string{`Error SequencerNotAuthorized Secret sequencer, key "key"`},
		},
		"another proposer of games": {
			chain: games, change: func(a *asked) { a.in.Signers.Proposer = a.in.Signers.Batcher },
			want: []string{`Error ProposerNotAuthorized Secret proposer, key "key"`},
		},
		"another proposer of outputs without ETH": {
			chain: oracle, change: func(a *asked) { a.in.Signers.Proposer = nobody },
			want: []string{`Error ProposerNotAuthorized Secret proposer, key "key"`, "Warning BalanceLow spec.components.proposer.minimumBalance"},
		},
		"a game type that the factory does not have": {
			chain: games, change: func(a *asked) { a.in.Chain.Spec.Components.Proposer.GameType = new(int32(0)) },
			want: []string{"Error GameTypeMissing spec.components.proposer.gameType"},
		},
		"a batcher with less ETH than it should have": {
			chain: games, change: func(a *asked) { a.in.Chain.Spec.Components.Batcher.MinimumBalance = "10000.000000000000000001" },
			want: []string{"Warning BalanceLow spec.components.batcher.minimumBalance"},
		},
		"no batcher and no proposer, whatever their keys": {
			chain: games, change: func(a *asked) {
				a.in.Signers.Batcher, a.in.Signers.Proposer = nobody, nobody
				a.in.Chain.Spec.Components.Batcher.Enabled, a.in.Chain.Spec.Components.Proposer.Enabled = new(false), new(false)
			},
		},
		"nobody at the URL": {
			chain: games, change: func(a *asked) { a.url = closed() },
			want: []string{"Unknown L1NoAnswer spec.l1.rpcUrl"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := &asked{url: l1, in: tc.chain.inputs(t)}
			if tc.change != nil {
				tc.change(ask)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			view := probe.New().L1(ctx, ask.url, preflight.QuestionOf(ask.in))
			t.Logf("L1 answered after %s", time.Since(began).Round(time.Millisecond))
			findings := preflight.JudgeL1(ask.in, view)
			var got []string
			for _, f := range findings {
				got = append(got, string(f.Severity)+" "+string(f.Code)+" "+preflight.Place(&f))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%s", diff, findings)
			}
		})
	}
}

// inputs are what the chain is made from, all components enabled.
func (c chain) inputs(t *testing.T) *preflight.Inputs {
	t.Helper()
	var deployed struct {
		L1ChainID, L2ChainID                                             int64
		OptimismPortal, SystemConfig, DisputeGameFactory, L2OutputOracle v1alpha1.Address
	}
	c.load(t, "addresses.json", &deployed)
	cfg, err := rollup.Parse(c.artifact(t, "rollup.json"))
	if err != nil {
		t.Fatal(err)
	}
	found := &v1alpha1.OPChain{}
	spec := &found.Spec
	spec.L1.ChainID, spec.L1.RPCURL, spec.L2.ChainID = deployed.L1ChainID, v1alpha1.Endpoint(l1), deployed.L2ChainID
	spec.L1.ContractAddresses = v1alpha1.ContractAddresses{
		OptimismPortal: deployed.OptimismPortal, SystemConfig: deployed.SystemConfig,
		DisputeGameFactory: deployed.DisputeGameFactory, L2OutputOracle: deployed.L2OutputOracle,
	}
	spec.L2.RollupConfigSecret = "rollup"
	node := &spec.Components.Node
	node.Sequencer.Enabled, node.P2P.Enabled, node.P2P.SequencerKeySecret = new(true), new(true), "sequencer"
	spec.Components.Batcher.SignerPrivateKeySecret = "batcher"
	spec.Components.Proposer.SignerPrivateKeySecret = "proposer"
	return &preflight.Inputs{
		Chain: found, Rollup: cfg, Now: time.Now(),
		Signers: preflight.Signers{
			Sequencer: c.signer(t, "sequencer.key"), Batcher: c.signer(t, "batcher.key"), Proposer: c.signer(t, "proposer.key"),
		},
	}
}

func (c chain) load(t *testing.T, file string, into any) {
	t.Helper()
	if err := json.Unmarshal(c.artifact(t, file), into); err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
}

func (c chain) artifact(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.artifacts, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// signer is the account of a key.
func (c chain) signer(t *testing.T, file string) common.Address {
	t.Helper()
	return addressOf(c.key(t, file))
}

func (c chain) key(t *testing.T, file string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.HexToECDSA(strings.TrimPrefix(strings.TrimSpace(string(c.artifact(t, file))), "0x"))
	if err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	return key
}

// account is one that nobody has used.
func account(t *testing.T) common.Address {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return addressOf(key)
}

func addressOf(key *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(key.PublicKey) }

// closed is a URL at which nobody listens any more.
func closed() string {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}
