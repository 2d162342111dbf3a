package config

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Loader reads the inputs of chains.
type Loader struct {
	reader client.Reader
	seen   *genesisFacts
}

// NewLoader makes a Loader that reads Secrets from reader. Give it one that asks the API
// server: Secrets of others must not end up in a cache.
func NewLoader(reader client.Reader) *Loader {
	return &Loader{reader: reader, seen: newGenesisFacts()}
}

// Load reads the chain's inputs and checks them against each other.
//
//  1. Read every Secret that the chain names, each once.
//  2. Parse what lies under each key.
//  3. Compare what two inputs both say.
//
// What a user must correct comes as an *InvalidError with all the mistakes; any other error
// means that the inputs could not be read for now.
func (l *Loader) Load(ctx context.Context, chain *v1alpha1.OPChain) (*Config, error) {
	in := &inputs{ctx: ctx, reader: l.reader, chain: chain, secrets: map[string]*corev1.Secret{}}
	cfg := &Config{}
	var found problems

	var genesis genesisSummary
	var rollup rollupSummary
	steps := []func() error{
		func() error { return in.loadGenerated(cfg) },
		func() error { return in.loadL1RPC(cfg) },
		func() error { return in.loadBeacon(cfg) },
		func() (err error) { genesis, err = in.loadGenesis(cfg, l.seen); return err },
		func() (err error) { rollup, err = in.loadRollup(cfg); return err },
		func() error { return in.loadL1ChainConfig(cfg) },
		func() error { return in.loadJWT(cfg) },
	}
	for _, signer := range signers(chain) {
		steps = append(steps, func() error { return in.loadSigner(cfg, signer) })
	}
	for _, step := range steps {
		if err := found.note(step()); err != nil {
			return nil, err
		}
	}
	compare(chain, genesis, rollup, &found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// inputs is one load: it reads each Secret at most once.
type inputs struct {
	ctx     context.Context //nolint:containedctx // lives for one Load
	reader  client.Reader
	chain   *v1alpha1.OPChain
	secrets map[string]*corev1.Secret // nil where there is none
}

// value is what a Secret holds under the first of keys that it has. field is the field of the
// spec that names the Secret, for messages.
func (in *inputs) value(field string, name v1alpha1.SecretName, keys ...string) ([]byte, string, error) {
	secret, err := in.secret(field, string(name))
	if err != nil {
		return nil, "", err
	}
	for _, key := range keys {
		if data, ok := secret.Data[key]; ok {
			if len(data) == 0 {
				return nil, "", invalid(v1alpha1.ReasonSecretKeyMissing,
					"Secret %s, key %s is empty: put the content there that %s asks for", name, key, field)
			}
			return data, key, nil
		}
	}
	return nil, "", invalid(v1alpha1.ReasonSecretKeyMissing,
		"Secret %s has no key %s, which %s asks for%s", name, strings.Join(keys, " or "), field, has(secret))
}

func (in *inputs) secret(field, name string) (*corev1.Secret, error) {
	secret, ok := in.secrets[name]
	if !ok {
		secret = &corev1.Secret{}
		err := in.reader.Get(in.ctx, types.NamespacedName{Namespace: in.chain.Namespace, Name: name}, secret)
		if apierrors.IsNotFound(err) {
			secret, err = nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read Secret %s: %w", name, err)
		}
		in.secrets[name] = secret
	}
	if secret == nil {
		return nil, invalid(v1alpha1.ReasonSecretNotFound,
			"Secret %s, which %s names, does not exist in namespace %s: create it", name, field, in.chain.Namespace)
	}
	return secret, nil
}

// has lists the keys of a Secret, which are no secret themselves, to show a misspelt one.
func has(secret *corev1.Secret) string {
	if len(secret.Data) == 0 {
		return ": it is empty"
	}
	keys := make([]string, 0, len(secret.Data))
	for key := range secret.Data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	const shown = 8
	if more := len(keys) - shown; more > 0 {
		return fmt.Sprintf(": it has %s and %d more", strings.Join(keys[:shown], ", "), more)
	}
	return ": it has " + strings.Join(keys, ", ")
}

func (in *inputs) loadGenerated(cfg *Config) error {
	name := v1alpha1.SecretName(names.Generated(in.chain))
	salt, _, err := in.value("the operator", name, names.KeySalt)
	cfg.Salt = salt
	return err
}

func (in *inputs) loadL1RPC(cfg *Config) (err error) {
	l1 := &in.chain.Spec.L1
	cfg.L1RPC = string(l1.RPCURL)
	if from := l1.RPCURLFrom; from != nil {
		cfg.L1RPC, err = in.endpoint("spec.l1.rpcUrlFrom", from.SecretKeyRef, "", "http", "https", "ws", "wss")
	}
	return err
}

func (in *inputs) loadBeacon(cfg *Config) (err error) {
	beacon := in.chain.Spec.L1.Beacon
	if beacon == nil {
		return nil
	}
	cfg.L1Beacon = string(beacon.URL)
	if from := beacon.URLFrom; from != nil {
		cfg.L1Beacon, err = in.endpoint("spec.l1.beacon.urlFrom", from.SecretKeyRef, ",", "http", "https")
	}
	return err
}

// endpoint never echoes what it read: URLs carry API keys. without are characters that the
// URL may not hold, next to white space.
func (in *inputs) endpoint(field string, from v1alpha1.SecretKeySelector, without string, schemes ...string) (string, error) {
	data, key, err := in.value(field, from.Name, from.Key)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || !slices.Contains(schemes, parsed.Scheme) || strings.ContainsAny(text, " \t\r\n"+without) {
		wants := strings.Join(schemes, ":// or ") + "://"
		if without == "," {
			wants += ", without a comma"
		}
		return "", invalid(v1alpha1.ReasonInvalidURL, "Secret %s, key %s must hold one URL that starts with %s", from.Name, key, wants)
	}
	return text, nil
}

func (in *inputs) loadL1ChainConfig(cfg *Config) error {
	name := in.chain.Spec.L1.ChainConfigSecret
	if name == "" {
		return nil
	}
	data, key, err := in.value("spec.l1.chainConfigSecret", name, names.KeyL1ChainConfig)
	if err != nil {
		return err
	}
	var l1 struct {
		ChainID *int64 `json:"chainId"`
	}
	if err := json.Unmarshal(data, &l1); err != nil || l1.ChainID == nil {
		return invalid(v1alpha1.ReasonInvalidL1ChainConfig,
			"Secret %s, key %s must hold the config object of the L1 genesis, with its chainId", name, key)
	}
	if *l1.ChainID != in.chain.Spec.L1.ChainID {
		return invalid(v1alpha1.ReasonConfigMismatch,
			"Secret %s, key %s is for L1 chain %d, but spec.l1.chainId is %d: correct the one that is wrong", name, key, *l1.ChainID, in.chain.Spec.L1.ChainID)
	}
	cfg.L1ChainConfig = data
	return nil
}

func (in *inputs) loadJWT(cfg *Config) error {
	field, name := "spec.l2.jwtSecret", in.chain.Spec.L2.JWTSecret
	if name == "" {
		field, name = "the operator", v1alpha1.SecretName(names.Generated(in.chain))
	}
	data, key, err := in.value(field, name, names.KeyJWT)
	if err != nil {
		return err
	}
	token, err := parseJWT(data)
	if err != nil {
		return invalid(v1alpha1.ReasonInvalidJWT,
			"Secret %s, key %s is not a JWT secret: %v; make one with: openssl rand -hex 32", name, key, err)
	}
	cfg.JWT = token
	return nil
}

func (in *inputs) loadSigner(cfg *Config, s signer) error {
	if !s.enabled {
		return nil
	}
	data, key, err := in.value(s.field, s.secret, names.KeySigner)
	if err != nil {
		return err
	}
	private, address, err := parsePrivateKey(data)
	if err != nil {
		return invalid(v1alpha1.ReasonInvalidPrivateKey,
			"Secret %s, key %s is not a private key: %v; put 64 hexadecimal digits there", s.secret, key, err)
	}
	if s.account != "" && !sameAddress(address, string(s.account)) {
		return invalid(v1alpha1.ReasonConfigMismatch,
			"Secret %s, key %s is the key of %s, but %s is %s: correct the one that is wrong", s.secret, key, address, s.claim, s.account)
	}
	*s.into(cfg) = private
	return nil
}
