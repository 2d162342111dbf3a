package testenv

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Private keys of test accounts, and a JWT secret.
const (
	BatcherKey  = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
	ProposerKey = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"
)

// genesisTime is when the chain that Chain builds began.
const genesisTime = 0x65536780

// Inputs are the Secrets that Chain names, consistent with one another. The genesis is small.
func Inputs(chain *v1alpha1.OPChain) []*corev1.Secret {
	secret := func(name v1alpha1.SecretName, key string, data []byte) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: chain.Namespace, Name: string(name)},
			Data:       map[string][]byte{key: data},
		}
	}
	l1, l2, components := &chain.Spec.L1, &chain.Spec.L2, &chain.Spec.Components
	genesis := fmt.Sprintf(`{"config":{"chainId":%d},"timestamp":"0x%x","gasLimit":"0x3938700","difficulty":"0x0","alloc":{}}`, l2.ChainID, genesisTime)
	rollup := fmt.Sprintf(`{"genesis":{"l2_time":%d},"l1_chain_id":%d,"l2_chain_id":%d,"block_time":2,"ecotone_time":0,
		"deposit_contract_address":%q,"l1_system_config_address":%q,"batch_inbox_address":"0xff00000000000000000000000000000000000901"}`,
		genesisTime, l1.ChainID, l2.ChainID, l1.ContractAddresses.OptimismPortal, l1.ContractAddresses.SystemConfig)
	inputs := []*corev1.Secret{
		secret(l2.GenesisConfigSecret, "genesis.json.gz", Gzip([]byte(genesis))),
		secret(l2.RollupConfigSecret, "rollup.json", []byte(rollup)),
	}
	if name := components.Batcher.SignerPrivateKeySecret; name != "" {
		inputs = append(inputs, secret(name, "key", []byte(BatcherKey+"\n")))
	}
	if name := components.Proposer.SignerPrivateKeySecret; name != "" {
		inputs = append(inputs, secret(name, "key", []byte("0x"+ProposerKey)))
	}
	return inputs
}

// RealInputs are like Inputs, but their genesis has the size that real ones have.
func RealInputs(chain *v1alpha1.OPChain) []*corev1.Secret {
	inputs := Inputs(chain)
	for _, secret := range inputs {
		if secret.Name == string(chain.Spec.L2.GenesisConfigSecret) {
			secret.Data["genesis.json.gz"] = Genesis(chain.Name)
		}
	}
	return inputs
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
