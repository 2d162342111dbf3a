package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xrash/smetrics"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// Downloads knows what geneses say that lie on web servers. It never waits for one: the error
// is a *download.PendingError while a genesis is not known yet. *download.Library is one.
type Downloads interface {
	Genesis(url, sha256 string) (*genesis.Genesis, error)
}

// WithDownloads has the Loader take geneses from downloads. Without, it says nothing of a genesis
// that is to be downloaded, as if it was not given.
func (l *Loader) WithDownloads(downloads Downloads) *Loader {
	l.downloads = downloads
	return l
}

// loadAnyGenesis reads the genesis from where the spec says that it is.
func (in *inputs) loadAnyGenesis(cfg *Config, l *Loader) (err error) {
	switch from := in.chain.Spec.L2.Genesis; {
	case from == nil:
		return in.loadGenesis(cfg, l.seen)
	case from.RegistryChain != "":
		in.judged.Genesis, err = registered(from.RegistryChain)
		cfg.RegistryChain = from.RegistryChain
	default:
		in.judged.Genesis, err = downloaded(from, l.downloads)
		cfg.GenesisDownload = &GenesisDownload{URL: string(from.URL), SHA256: strings.ToLower(from.SHA256)}
	}
	return err
}

func downloaded(from *v1alpha1.GenesisSource, downloads Downloads) (*genesis.Genesis, error) {
	if downloads == nil {
		return nil, ErrNotGiven
	}
	found, err := downloads.Genesis(string(from.URL), from.SHA256)
	if other := (*download.DigestError)(nil); errors.As(err, &other) {
		return nil, wrongField(v1alpha1.CodeGenesisDigestMismatch, "spec.l2.genesis.sha256", other.Error()+", which is another one",
			"correct sha256, if that is the right file, or have the right file put there")
	}
	if content := (*download.ContentError)(nil); errors.As(err, &content) {
		return nil, wrongField(v1alpha1.CodeInvalidGenesis, "spec.l2.genesis.url", fmt.Sprintf("the file there is not an L2 genesis: %v", content),
			"name the genesis.json that op-deployer wrote, gzipped or not")
	}
	return found, err
}

func registered(name string) (*genesis.Genesis, error) {
	if found, ok := genesis.Registered(name); ok {
		return found, nil
	}
	cure := "use a name that op-geth's --op-network takes, or spec.l2.genesis.url"
	if near := nearest(name, genesis.RegisteredNames()); len(near) > 0 {
		cure = fmt.Sprintf("use %s, or spec.l2.genesis.url for a chain that op-geth does not know", strings.Join(near, " or "))
	}
	return nil, wrongField(v1alpha1.CodeInvalidGenesis, "spec.l2.genesis.registryChain",
		fmt.Sprintf("op-geth knows no chain of the name %.64q", name), cure)
}

// wrongField is a mistake in a field of the spec.
func wrongField(code v1alpha1.FindingCode, field, message, cure string) error {
	return &mistake{v1alpha1.Finding{Code: code, Severity: v1alpha1.SeverityError, Field: field, Message: message, Cure: cure}}
}

// nearest are the names that somebody may have meant, the likeliest first: those that hold the
// name, or are a few letters from it.
func nearest(name string, names []string) []string {
	const few, most = 3, 4
	away := map[string]int{}
	var near []string
	for _, candidate := range names {
		away[candidate] = smetrics.WagnerFischer(name, candidate, 1, 1, 1)
		if away[candidate] <= few || len(name) > 1 && strings.Contains(candidate, name) {
			near = append(near, candidate)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return away[a] - away[b] })
	return near[:min(len(near), most)]
}
