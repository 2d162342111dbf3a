package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

const (
	genesisURL    = "https://files.example/token-in-the-path/genesis.json.gz"
	genesisSHA256 = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"
)

// served is a web server as the Loader sees it.
type served struct {
	genesis *genesis.Genesis
	err     error
	asked   []string
}

func (s *served) Genesis(url, sha256 string) (*genesis.Genesis, error) {
	s.asked = append(s.asked, url+" "+sha256)
	return s.genesis, s.err
}

// elsewhere takes the genesis out of its Secret.
func (f *fixture) elsewhere(from v1alpha1.GenesisSource) {
	delete(f.secrets.data, "genesis")
	f.chain.Spec.L2.GenesisConfigSecret, f.chain.Spec.L2.Genesis = "", &from
}

func (f *fixture) loadFrom(t *testing.T, downloads Downloads) (*Loaded, error) {
	t.Helper()
	loader := NewLoader(&f.secrets, clocktesting.NewFakePassiveClock(now))
	if downloads != nil {
		loader = loader.WithDownloads(downloads)
	}
	return loader.Load(t.Context(), f.chain)
}

// readGenesis is the genesis of the fixture, but for its chain id and its time.
func readGenesis(t *testing.T, chainID, timestamp int64) *genesis.Genesis {
	t.Helper()
	read, err := genesis.Read(strings.NewReader(genesisJSON(chainID, timestamp)), MaxGenesisBytes)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func byURL() v1alpha1.GenesisSource {
	return v1alpha1.GenesisSource{URL: genesisURL, SHA256: genesisSHA256}
}

func TestLoadADownloadedGenesis(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.elsewhere(byURL())
	server := &served{genesis: readGenesis(t, l2ChainID, l2Time)}
	loaded, err := f.loadFrom(t, server)
	if err != nil || loaded.Config == nil {
		t.Fatalf("Load() = %+v, %v", loaded, err)
	}
	want := &GenesisDownload{URL: genesisURL, SHA256: strings.ToLower(genesisSHA256)}
	if diff := cmp.Diff(want, loaded.Config.GenesisDownload); diff != "" {
		t.Errorf("Load() download (-want +got):\n%s", diff)
	}
	if loaded.Config.GenesisGzip != nil || loaded.Config.RegistryChain != "" {
		t.Errorf("Load() gave a second genesis: %d bytes, %q", len(loaded.Config.GenesisGzip), loaded.Config.RegistryChain)
	}
	if loaded.Inputs.Genesis != server.genesis {
		t.Errorf("the genesis is judged as %+v", loaded.Inputs.Genesis)
	}
	if diff := cmp.Diff([]string{genesisURL + " " + genesisSHA256}, server.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestLoadARegisteredGenesis(t *testing.T) {
	t.Parallel()
	op, ok := genesis.Registered("op-sepolia")
	if !ok {
		t.Fatal("op-geth knows no op-sepolia")
	}
	f := newFixture()
	f.elsewhere(v1alpha1.GenesisSource{RegistryChain: "op-sepolia"})
	f.chain.Spec.L2.ChainID = int64(op.ChainID)
	files := deployment()
	files.Follow(op)
	f.set("rollup", names.KeyRollup, string(files.Rollup.JSON()))
	loaded, err := f.loadFrom(t, nil)
	if err != nil || loaded.Config == nil {
		t.Fatalf("Load() = %+v, %v", loaded, err)
	}
	if cfg := loaded.Config; cfg.RegistryChain != "op-sepolia" || cfg.GenesisGzip != nil || cfg.GenesisDownload != nil {
		t.Errorf("Load() gave %q, %d bytes, %v", cfg.RegistryChain, len(cfg.GenesisGzip), cfg.GenesisDownload)
	}
	if loaded.Inputs.Genesis != op {
		t.Errorf("the genesis is judged as %+v", loaded.Inputs.Genesis)
	}
}

func TestLoadRefusesAGenesisFromElsewhere(t *testing.T) {
	t.Parallel()
	content := func(t *testing.T) error {
		t.Helper()
		_, err := genesis.Read(strings.NewReader("{}"), 100)
		if err == nil {
			t.Fatal("{} is a genesis")
		}
		return err
	}
	cases := map[string]struct {
		from   v1alpha1.GenesisSource
		served served
		want   string // all sentences
		code   v1alpha1.FindingCode
	}{
		"another file": {
			byURL(), served{err: &download.DigestError{Host: "files.example", Has: "abcd"}},
			"spec.l2.genesis.sha256: the file at files.example has the sha256 abcd, which is another one: correct sha256, if that is the right file, or have the right file put there",
			v1alpha1.CodeGenesisDigestMismatch,
		},
		"no genesis": {
			byURL(), served{err: download.NewContentError(content(t))},
			"spec.l2.genesis.url: the file there is not an L2 genesis: it has no config.chainId: name the genesis.json that op-deployer wrote, gzipped or not",
			v1alpha1.CodeInvalidGenesis,
		},
		"of another chain": {
			byURL(), served{genesis: readGenesis(t, 10, l2Time)},
			"spec.l2.genesis: the genesis is of chain 10, but spec.l2.chainId is 901: name the genesis of this chain",
			v1alpha1.CodeL2ChainIDMismatch,
		},
		"a misspelt name": {
			v1alpha1.GenesisSource{RegistryChain: "op-seplia"}, served{},
			`spec.l2.genesis.registryChain: op-geth knows no chain of the name "op-seplia": use op-sepolia, or spec.l2.genesis.url for a chain that op-geth does not know`,
			v1alpha1.CodeInvalidGenesis,
		},
		"half a name": {
			v1alpha1.GenesisSource{RegistryChain: "unichain"}, served{},
			`spec.l2.genesis.registryChain: op-geth knows no chain of the name "unichain": use unichain-mainnet or unichain-sepolia, or spec.l2.genesis.url for a chain that op-geth does not know`,
			v1alpha1.CodeInvalidGenesis,
		},
		"a name like no other": {
			v1alpha1.GenesisSource{RegistryChain: "my-own-rollup"}, served{},
			`spec.l2.genesis.registryChain: op-geth knows no chain of the name "my-own-rollup": use a name that op-geth's --op-network takes, or spec.l2.genesis.url`,
			v1alpha1.CodeInvalidGenesis,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			f.elsewhere(tc.from)
			loaded, err := f.loadFrom(t, &tc.served)
			if err != nil {
				t.Fatal(err)
			}
			errs := loaded.Findings.Of(v1alpha1.SeverityError)
			i := slices.IndexFunc(errs, func(f v1alpha1.Finding) bool { return f.Code == tc.code })
			if loaded.Config != nil || i < 0 || preflight.Sentence(&errs[i]) != tc.want {
				t.Errorf("Load() found\n%s\nwant %s\n%s", errs, tc.code, tc.want)
			}
			if strings.Contains(loaded.Findings.String(), "token") {
				t.Errorf("Load() tells of the URL: %s", loaded.Findings)
			}
		})
	}
}

// TestLoadWaitsForAGenesis has a genesis that is not there yet: that is no mistake, and hides none.
func TestLoadWaitsForAGenesis(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.elsewhere(byURL())
	server := &served{err: &download.PendingError{Message: "downloading"}}
	if loaded, err := f.loadFrom(t, server); loaded != nil || !errors.Is(err, server.err) {
		t.Errorf("Load() = %+v, %v", loaded, err)
	}
	f.set("batcher", names.KeySigner, "hunter2")
	loaded, err := f.loadFrom(t, server)
	if err != nil || loaded.Config != nil || len(loaded.Findings) != 1 || loaded.Findings[0].Code != v1alpha1.CodeInvalidPrivateKey {
		t.Errorf("Load() = %+v, %v", loaded, err)
	}
}

func TestLoadWithoutDownloads(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.elsewhere(byURL())
	loaded, err := f.loadFrom(t, nil)
	if err != nil || loaded.Config != nil || len(loaded.Findings.Of(v1alpha1.SeverityError)) > 0 {
		t.Errorf("Load() = %+v, %v, want nothing to be said", loaded, err)
	}
}

func TestSecretNamesWithoutAGenesisSecret(t *testing.T) {
	t.Parallel()
	f := newFixture()
	if all := SecretNames(f.chain); !slices.Contains(all, "genesis") {
		t.Errorf("SecretNames() = %v", all)
	}
	f.elsewhere(byURL())
	if all := SecretNames(f.chain); slices.Contains(all, "genesis") || slices.Contains(all, "") {
		t.Errorf("SecretNames() = %v", all)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	all := genesis.RegisteredNames()
	for name, want := range map[string][]string{
		"op-sepolia": {"op-sepolia"},
		"opsepolia":  {"op-sepolia"},
		"x":          nil,
		"":           nil,
		"zora":       {"zora-mainnet", "zora-sepolia"},
	} {
		got := nearest(name, all)
		if len(got) > 4 || len(got) < len(want) || !cmp.Equal(want, got[:len(want):len(want)], cmpopts.EquateEmpty()) || len(want) == 0 && len(got) > 0 {
			t.Errorf("nearest(%q) = %v, want %v", name, got, want)
		}
	}
}
