package testenv

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Private keys of test accounts, and a JWT secret.
const (
	BatcherKey  = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
	ProposerKey = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"
)

// Inputs are the Secrets that Chain names, consistent with one another. The genesis is small.
func Inputs(chain *v1alpha1.OPChain) []*corev1.Secret {
	secret := func(name v1alpha1.SecretName, key string, data []byte) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: chain.Namespace, Name: string(name)},
			Data:       map[string][]byte{key: data},
		}
	}
	l2, components := &chain.Spec.L2, &chain.Spec.Components
	files := NewDeployment(chain, Account(BatcherKey))
	inputs := []*corev1.Secret{secret(l2.RollupConfigSecret, "rollup.json", files.Rollup.JSON())}
	if name := l2.GenesisConfigSecret; name != "" {
		inputs = append(inputs, secret(name, "genesis.json.gz", Gzip(files.Genesis.JSON())))
	}
	if name := components.Batcher.SignerPrivateKeySecret; name != "" {
		inputs = append(inputs, secret(name, "key", []byte(BatcherKey+"\n")))
	}
	if name := components.Proposer.SignerPrivateKeySecret; name != "" {
		inputs = append(inputs, secret(name, "key", []byte("0x"+ProposerKey)))
	}
	return inputs
}

// SmallGenesis is the L2 genesis of Inputs. No other field of the chain counts than its L2 chain id.
func SmallGenesis(chain *v1alpha1.OPChain) []byte {
	return NewDeployment(chain, Account(BatcherKey)).Genesis.JSON()
}

// RealInputs are like Inputs, but their genesis has the size that real ones have.
func RealInputs(chain *v1alpha1.OPChain) []*corev1.Secret {
	inputs := Inputs(chain)
	files := NewDeployment(chain, Account(BatcherKey))
	files.Rollup.At("genesis", "l2")["hash"] = genesisHash()
	for _, secret := range inputs {
		switch secret.Name {
		case string(chain.Spec.L2.GenesisConfigSecret):
			secret.Data["genesis.json.gz"] = Genesis(chain.Name)
		case string(chain.Spec.L2.RollupConfigSecret):
			secret.Data["rollup.json"] = files.Rollup.JSON()
		}
	}
	return inputs
}

// Account is that of a private key.
func Account(key string) common.Address {
	private, err := crypto.HexToECDSA(key)
	if err != nil {
		panic(err) // tests have good keys
	}
	return crypto.PubkeyToAddress(private.PublicKey)
}

// Gzip packs data.
func Gzip(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// CreateSecrets creates Secrets.
func (e *Env) CreateSecrets(tb testing.TB, secrets []*corev1.Secret) {
	tb.Helper()
	for _, secret := range secrets {
		if err := e.Client.Create(tb.Context(), secret); err != nil {
			tb.Fatalf("create Secret %s: %v", secret.Name, err)
		}
	}
}

// CreateChain creates a chain with its Secrets.
func (e *Env) CreateChain(tb testing.TB, chain *v1alpha1.OPChain) {
	tb.Helper()
	chain.Namespace = e.Namespace
	e.CreateSecrets(tb, Inputs(chain))
	if err := e.Client.Create(tb.Context(), chain); err != nil {
		tb.Fatalf("create OPChain %s: %v", chain.Name, err)
	}
}
