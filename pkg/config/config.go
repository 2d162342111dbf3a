// Package config reads what a chain is made from (its spec and the Secrets that it names), has
// it judged, and hands it on parsed. It is the only reader of user Secrets.
package config

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// Config is everything that a chain's pods are given. Only Load makes one: who holds a
// *Config holds the proof that genesis, rollup config, keys and spec agree.
//
// It carries key material. Nothing may log it, keep it longer than one pass, or put it
// anywhere but into the chain's derived Secrets.
type Config struct {
	// L1RPC is the URL of the L1 execution client. It counts as a secret.
	L1RPC string
	// L1Beacon is the URL of the L1 beacon API, or empty. It counts as a secret.
	L1Beacon string
	// L1ChainConfig is the JSON of the L1 chain config, or nil.
	L1ChainConfig []byte
	// GenesisGzip is the L2 genesis as gzipped JSON; nil where one of the next two is set.
	GenesisGzip []byte
	// GenesisDownload is where op-geth's pod downloads the L2 genesis from, or nil.
	GenesisDownload *GenesisDownload
	// RegistryChain is the name under which op-geth has the L2 genesis built in, or empty.
	RegistryChain string
	// RollupJSON is op-node's rollup config.
	RollupJSON []byte
	// JWT is the token of the engine API: 64 hexadecimal digits without 0x.
	JWT string
	// SequencerKey, BatcherKey and ProposerKey are private keys: 64 hexadecimal digits
	// without 0x, or empty where the chain needs none.
	SequencerKey, BatcherKey, ProposerKey string
	// Salt makes digests of secret content useless to anybody who guesses at the content.
	Salt []byte
}

// GenesisDownload is an L2 genesis on a web server, as JSON or gzipped JSON.
type GenesisDownload struct {
	URL string
	// SHA256 is the digest of the file as it lies there: 64 hexadecimal digits, in lower case.
	SHA256 string
}

// SecretNames are the Secrets that a chain reads, its generated one included. Only enabled
// components count: the key of a disabled batcher may be taken away.
func SecretNames(chain *v1alpha1.OPChain) []string {
	spec := &chain.Spec
	wanted := []v1alpha1.SecretName{
		v1alpha1.SecretName(names.Generated(chain)),
		spec.L2.GenesisConfigSecret,
		spec.L2.RollupConfigSecret,
		spec.L2.JWTSecret,
		spec.L1.ChainConfigSecret,
	}
	if from := spec.L1.RPCURLFrom; from != nil {
		wanted = append(wanted, from.SecretKeyRef.Name)
	}
	if beacon := spec.L1.Beacon; beacon != nil && beacon.URLFrom != nil {
		wanted = append(wanted, beacon.URLFrom.SecretKeyRef.Name)
	}
	for _, signer := range signers(chain) {
		if signer.enabled {
			wanted = append(wanted, signer.secret)
		}
	}
	return distinct(wanted)
}

func distinct(wanted []v1alpha1.SecretName) []string {
	seen := map[v1alpha1.SecretName]bool{"": true}
	var list []string
	for _, name := range wanted {
		if !seen[name] {
			seen[name] = true
			list = append(list, string(name))
		}
	}
	return list
}

// signer is one private key that a chain needs.
type signer struct {
	field   string // the field that names its Secret
	secret  v1alpha1.SecretName
	enabled bool
	into    func(*Config) *string
	account func(*preflight.Signers) *common.Address
}

func signers(chain *v1alpha1.OPChain) []signer {
	components := &chain.Spec.Components
	node := &components.Node
	return []signer{
		{
			field:   "spec.components.node.p2p.sequencerKeySecret",
			secret:  node.P2P.SequencerKeySecret,
			enabled: node.IsEnabled() && node.Sequencer.IsEnabled() && node.P2P.IsEnabled(),
			into:    func(c *Config) *string { return &c.SequencerKey },
			account: func(s *preflight.Signers) *common.Address { return &s.Sequencer },
		},
		{
			field:   "spec.components.batcher.signerPrivateKeySecret",
			secret:  components.Batcher.SignerPrivateKeySecret,
			enabled: components.Batcher.IsEnabled(),
			into:    func(c *Config) *string { return &c.BatcherKey },
			account: func(s *preflight.Signers) *common.Address { return &s.Batcher },
		},
		{
			field:   "spec.components.proposer.signerPrivateKeySecret",
			secret:  components.Proposer.SignerPrivateKeySecret,
			enabled: components.Proposer.IsEnabled(),
			into:    func(c *Config) *string { return &c.ProposerKey },
			account: func(s *preflight.Signers) *common.Address { return &s.Proposer },
		},
	}
}
