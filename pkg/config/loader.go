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
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// Loader reads the inputs of chains.
type Loader struct {
	reader    client.Reader
	clock     clock.PassiveClock
	seen      *genesisFacts
	downloads Downloads // may be nil
}

// NewLoader makes a Loader that reads Secrets from reader. Give it one that asks the API
// server: Secrets of others must not end up in a cache.
func NewLoader(reader client.Reader, clk clock.PassiveClock) *Loader {
	return &Loader{reader: reader, clock: clk, seen: newGenesisFacts()}
}

// Loaded is what a chain is made from, read and judged.
type Loaded struct {
	// Config is nil where a finding is an error, or where not all inputs were given.
	Config *Config
	// Inputs is what was judged. It holds no secret.
	Inputs preflight.Inputs
	// Findings are errors, warnings and what could not be checked, in this order.
	Findings preflight.Findings
}

// Load reads the chain's inputs and checks them against each other.
//
//  1. Read every Secret that the chain names, each once.
//  2. Parse what lies under each key.
//  3. Judge what was read, by itself and against each other.
//
// What a user must correct is a finding, and all of it is found at once; an error means that
// the inputs could not be read for now: a *download.PendingError, that the genesis is still being
// downloaded, and that nothing else is wrong.
func (l *Loader) Load(ctx context.Context, chain *v1alpha1.OPChain) (*Loaded, error) {
	in := &inputs{ctx: ctx, reader: l.reader, chain: chain, secrets: map[string]*corev1.Secret{}}
	in.judged = preflight.Inputs{Chain: chain, Now: l.clock.Now()}
	cfg := &Config{}
	var found problems

	steps := []func() error{
		func() error { return in.loadGenerated(cfg) },
		func() error { return in.loadL1RPC(cfg) },
		func() error { return in.loadBeacon(cfg) },
		func() error { return in.loadAnyGenesis(cfg, l) },
		func() error { return in.loadRollup(cfg) },
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
	loaded := &Loaded{Inputs: in.judged}
	loaded.Findings = slices.Concat(found.found, preflight.Check(&in.judged)).Sorted()
	switch {
	case len(loaded.Findings.Of(v1alpha1.SeverityError)) > 0:
	case found.pending != nil:
		return nil, found.pending
	case !found.notGiven:
		loaded.Config = cfg
	}
	return loaded, nil
}

// inputs is one load: it reads each Secret at most once.
type inputs struct {
	ctx     context.Context //nolint:containedctx // lives for one Load
	reader  client.Reader
	chain   *v1alpha1.OPChain
	secrets map[string]*corev1.Secret // nil where there is none
	judged  preflight.Inputs
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
				return nil, "", wrongKey(v1alpha1.CodeSecretKeyMissing, name, key, "it is empty", "put the content there that "+field+" asks for")
			}
			return data, key, nil
		}
	}
	return nil, "", wrongKey(v1alpha1.CodeSecretKeyMissing, name, "",
		fmt.Sprintf("it has no key %s, which %s asks for", strings.Join(keys, " or "), field), has(secret))
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
		return nil, wrongKey(v1alpha1.CodeSecretNotFound, v1alpha1.SecretName(name), "",
			fmt.Sprintf("%s names it, but it does not exist in namespace %s", field, in.chain.Namespace), "create it")
	}
	return secret, nil
}

// has lists the keys of a Secret, which are no secret themselves, to show a misspelt one.
func has(secret *corev1.Secret) string {
	if len(secret.Data) == 0 {
		return "it is empty"
	}
	keys := make([]string, 0, len(secret.Data))
	for key := range secret.Data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	const shown = 8
	if more := len(keys) - shown; more > 0 {
		return fmt.Sprintf("it has %s and %d more", strings.Join(keys[:shown], ", "), more)
	}
	return "it has " + strings.Join(keys, ", ")
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
		return "", wrongKey(v1alpha1.CodeInvalidURL, from.Name, key, "it is not a URL that "+field+" can use", "put one URL there that starts with "+wants)
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
		ChainID        *int64          `json:"chainId"`
		BlobSchedule   json.RawMessage `json:"blobSchedule"`
		Optimism       json.RawMessage `json:"optimism"`
		TerminalPassed json.RawMessage `json:"terminalTotalDifficultyPassed"`
	}
	if err := json.Unmarshal(data, &l1); err != nil || l1.ChainID == nil {
		return wrongKey(v1alpha1.CodeInvalidL1ChainConfig, name, key, "it is not a chain config", "put the config object of the L1 genesis there, with its chainId")
	}
	in.judged.L1ChainConfig = &preflight.L1ChainConfig{
		ChainID: *l1.ChainID, BlobSchedule: isObject(l1.BlobSchedule), Optimism: isObject(l1.Optimism), TerminalPassed: l1.TerminalPassed != nil,
	}
	cfg.L1ChainConfig = data
	return nil
}

// isObject reports whether a value is there and is an object.
func isObject(value json.RawMessage) bool { return len(value) > 0 && value[0] == '{' }

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
		return wrongKey(v1alpha1.CodeInvalidJWT, name, key, fmt.Sprintf("it is not a JWT secret: %v", err), "make one with openssl rand -hex 32")
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
	private, account, err := parsePrivateKey(data)
	if err != nil {
		return wrongKey(v1alpha1.CodeInvalidPrivateKey, s.secret, key, fmt.Sprintf("it is not a private key: %v", err), "put 64 hexadecimal digits there")
	}
	*s.into(cfg), *s.account(&in.judged.Signers) = private, account
	return nil
}
