// Package intake makes a chain's Secrets and its OPChain from a deployment.
package intake

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/deployment"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Manager owns the fields that an import applies, and is the value of the label managed-by.
const Manager = "kubectl-opchain"

// Keys of the Secret with L1's endpoints.
const (
	keyRPC    = "rpc"
	keyBeacon = "beacon"
)

// Endpoint is where L1 is asked: a URL, or the Secret that holds one.
type Endpoint struct {
	URL    string
	Secret *v1alpha1.SecretKeySelector
}

// Options are what a deployment does not tell.
type Options struct {
	Name, Namespace, NetworkName string

	L1RPC, Beacon Endpoint
	IgnoreBeacon  bool

	// Images are the components' images, by the names of the components.
	Images map[string]string
	// GethStorage and NodeStorage are sizes of volumes, such as 100Gi.
	GethStorage, NodeStorage, StorageClass string

	DataAvailability string
	Contracts        v1alpha1.ContractAddresses // go before those of the deployment
	Ignore           []string                   // codes of findings

	// GenesisURL is where the deployment's genesis, that very file, can be downloaded, and
	// RegistryChain is under what name op-geth has it built in; with neither it goes into a
	// Secret.
	GenesisURL, RegistryChain string

	// JWTKept says that the Secret with the JWT secret is there and stays as it is.
	JWTKept bool
}

// Objects are what makes a chain.
type Objects struct {
	// Secrets hold what the chain names.
	Secrets []*corev1.Secret
	Chain   *v1alpha1.OPChain
	// Files are those of the deployment, with the genesis as its Secret has it.
	Files input.Files
}

// SecretNames are the Secrets that an import may write, by what they hold.
func SecretNames(name string) map[input.Kind]string {
	kinds := []input.Kind{
		input.Genesis, input.Rollup, input.JWT, input.BatcherKey, input.ProposerKey, input.SequencerKey, input.L1ChainConfig,
	}
	list := map[input.Kind]string{endpoints: name + "-l1"}
	for _, kind := range kinds {
		list[kind] = name + "-" + string(kind)
	}
	return list
}

// endpoints is the Secret of L1's endpoints, which no file holds.
const endpoints input.Kind = ""

// keys are the keys under which files lie in their Secrets.
var keys = map[input.Kind]string{
	input.Rollup:        names.KeyRollup,
	input.JWT:           names.KeyJWT,
	input.BatcherKey:    names.KeySigner,
	input.ProposerKey:   names.KeySigner,
	input.SequencerKey:  names.KeySigner,
	input.L1ChainConfig: names.KeyL1ChainConfig,
}

// Make makes the objects of a chain. A JWT secret that is neither in the deployment nor kept is
// drawn from random.
func Make(d *deployment.Deployment, o *Options, random io.Reader) (*Objects, error) {
	made := &Objects{}
	add := func(kind input.Kind, data map[string][]byte) {
		made.Secrets = append(made.Secrets, o.secret(SecretNames(o.Name)[kind], data))
	}
	if o.GenesisURL == "" && o.RegistryChain == "" {
		genesis, err := pack(d.Files[input.Genesis])
		if err != nil {
			return nil, err
		}
		add(input.Genesis, map[string][]byte{names.KeyGenesisGzip: genesis})
	}
	for _, kind := range []input.Kind{input.Rollup, input.L1ChainConfig, input.BatcherKey, input.ProposerKey, input.SequencerKey} {
		if file := d.Files[kind]; file != nil {
			add(kind, map[string][]byte{keys[kind]: file.Content})
		}
	}
	if !o.JWTKept {
		token, err := jwt(d.Files[input.JWT], random)
		if err != nil {
			return nil, err
		}
		add(input.JWT, map[string][]byte{names.KeyJWT: token})
	}
	if urls := o.endpoints(); len(urls) > 0 {
		add(endpoints, urls)
	}
	chain, err := o.chain(d)
	if err != nil {
		return nil, err
	}
	made.Chain = chain
	made.Files = d.Files
	return made, nil
}

func (o *Options) secret(name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: o.meta(name),
		Type:       corev1.SecretTypeOpaque,
		Data:       data,
	}
}

func (o *Options) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: name, Namespace: o.Namespace,
		Labels: map[string]string{
			names.LabelInstance:  o.Name,
			names.LabelPartOf:    "op-stack",
			names.LabelManagedBy: Manager,
		},
	}
}

// endpoints are the URLs that go into a Secret, because they may carry API keys.
func (o *Options) endpoints() map[string][]byte {
	urls := map[string][]byte{}
	if o.L1RPC.URL != "" {
		urls[keyRPC] = []byte(o.L1RPC.URL)
	}
	if o.Beacon.URL != "" {
		urls[keyBeacon] = []byte(o.Beacon.URL)
	}
	return urls
}

// pack is a genesis as its Secret has it.
func pack(genesis *input.File) ([]byte, error) {
	packed, err := genesis.Packed()
	if err != nil {
		return nil, fmt.Errorf("put %s into a Secret: %w: put it on a web server and give --genesis-url", genesis.Path, err)
	}
	return packed, nil
}

// jwtBytes is the length of the engine API's secret (engine API specification).
const jwtBytes = 32

// jwt is the deployment's JWT secret, or a new one.
func jwt(file *input.File, random io.Reader) ([]byte, error) {
	if file != nil {
		return file.Content, nil
	}
	drawn := make([]byte, jwtBytes)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, errors.New("draw a JWT secret: there is no randomness")
	}
	return []byte(hex.EncodeToString(drawn)), nil
}
