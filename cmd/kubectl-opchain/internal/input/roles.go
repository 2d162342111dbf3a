package input

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Kind is what a file holds. It is the name of the flag that takes the file, too.
type Kind string

// The kinds of files.
const (
	Genesis       Kind = "genesis"
	Rollup        Kind = "rollup"
	JWT           Kind = "jwt"
	BatcherKey    Kind = "batcher-key"
	ProposerKey   Kind = "proposer-key"
	SequencerKey  Kind = "sequencer-key"
	L1ChainConfig Kind = "l1-chain-config"
)

// An endpoint has no file: it comes from a Secret or is asked for by a flag of its own.
const endpoint Kind = ""

var kinds = []Kind{Genesis, Rollup, L1ChainConfig, JWT, BatcherKey, ProposerKey, SequencerKey}

// role is one thing that a chain takes from a Secret.
type role struct {
	what   string
	kind   Kind
	secret string
	key    string
}

// in reports whether a Secret has what the role needs.
func (r *role) in(secret *corev1.Secret) bool {
	if secret == nil {
		return false
	}
	_, ok := secret.Data[r.key]
	if r.kind == Genesis && !ok {
		_, ok = secret.Data[names.KeyGenesisGzip]
	}
	return ok
}

// rolesOf lists what a chain takes from Secrets, but for what the operator generates.
func rolesOf(chain *v1alpha1.OPChain) []role {
	l1, l2, components := &chain.Spec.L1, &chain.Spec.L2, &chain.Spec.Components
	roles := []role{
		{"L2 genesis", Genesis, string(l2.GenesisConfigSecret), names.KeyGenesis},
		{"rollup config", Rollup, string(l2.RollupConfigSecret), names.KeyRollup},
		{"L1 chain config", L1ChainConfig, string(l1.ChainConfigSecret), names.KeyL1ChainConfig},
		{"JWT secret", JWT, string(l2.JWTSecret), names.KeyJWT},
	}
	if components.Batcher.IsEnabled() {
		roles = append(roles, role{"key of op-batcher", BatcherKey, string(components.Batcher.SignerPrivateKeySecret), names.KeySigner})
	}
	if components.Proposer.IsEnabled() {
		roles = append(roles, role{"key of op-proposer", ProposerKey, string(components.Proposer.SignerPrivateKeySecret), names.KeySigner})
	}
	if node := &components.Node; node.IsEnabled() && node.Sequencer.IsEnabled() && node.P2P.IsEnabled() {
		roles = append(roles, role{"key of the sequencer", SequencerKey, string(node.P2P.SequencerKeySecret), names.KeySigner})
	}
	if from := l1.RPCURLFrom; from != nil {
		roles = append(roles, role{"L1 endpoint", endpoint, string(from.SecretKeyRef.Name), from.SecretKeyRef.Key})
	}
	if beacon := l1.Beacon; beacon != nil && beacon.URLFrom != nil {
		roles = append(roles, role{"beacon endpoint", endpoint, string(beacon.URLFrom.SecretKeyRef.Name), beacon.URLFrom.SecretKeyRef.Key})
	}
	return slices.DeleteFunc(roles, func(r role) bool { return r.secret == "" })
}

// NotChecked is something that was not looked at, and how it would be.
type NotChecked struct {
	What string `json:"what"`
	Cure string `json:"cure"`
}

// NotChecked lists what the Store was asked for and could not give, and files that the chain
// has no use for. secretCure says how a Secret is given for which no file stands.
func (s *Store) NotChecked(secretCure string) []NotChecked {
	var list []NotChecked
	if s.notDownloaded {
		list = append(list, NotChecked{What: "L2 genesis", Cure: "give --genesis with the file of spec.l2.genesis.url, or --download"})
	}
	for _, r := range s.roles {
		why, missing := s.missing[r.secret]
		if !missing && (!s.partial[r.secret] || r.in(s.secrets[r.secret])) {
			continue
		}
		cure := "give --" + string(r.kind)
		if r.kind == endpoint {
			if cure = secretCure; why == "" {
				why = "it is in Secret " + r.secret
			}
		}
		if why != "" {
			cure = why + ": " + cure
		}
		list = append(list, NotChecked{What: r.what, Cure: cure})
	}
	for _, file := range s.unused {
		list = append(list, NotChecked{What: file.Path, Cure: "the chain names no Secret for it: remove the flag, or name one"})
	}
	return list
}
