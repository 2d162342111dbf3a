package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// now is when the tests load.
var now = time.Unix(1800000000, 0)

const (
	l1ChainID = 900
	l2ChainID = 901
	l2Time    = 0x65536780

	l1Config = `{"chainId": 900, "blobSchedule": {}}`

	portal = "0x1000000000000000000000000000000000000001"
	system = "0x1000000000000000000000000000000000000002"

	// Keys and their accounts, of go-ethereum's and Hardhat's public test mnemonics.
	batcherKey      = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
	batcherAccount  = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
	proposerKey     = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
	proposerAccount = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
	sequencerKey    = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"

	userJWT      = "1111111111111111111111111111111111111111111111111111111111111111"
	generatedJWT = "2222222222222222222222222222222222222222222222222222222222222222"
)

// fixture is a chain with every input that a chain can have, and the Secrets that it names.
type fixture struct {
	chain   *v1alpha1.OPChain
	secrets vault
}

func newFixture() *fixture {
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: "demo", Namespace: "rollups"}}
	spec := &chain.Spec
	spec.L1 = v1alpha1.L1Spec{
		RPCURLFrom:        from("l1", "rpc"),
		ChainID:           l1ChainID,
		Beacon:            &v1alpha1.BeaconSpec{URLFrom: from("l1", "beacon")},
		ChainConfigSecret: "l1-config",
		ContractAddresses: v1alpha1.ContractAddresses{
			OptimismPortal: portal, SystemConfig: system, Batcher: batcherAccount, Proposer: proposerAccount,
		},
	}
	spec.L2 = v1alpha1.L2Spec{
		ChainID: l2ChainID, GenesisConfigSecret: "genesis", RollupConfigSecret: "rollup", JWTSecret: "token",
	}
	node := &spec.Components.Node
	node.Sequencer.Enabled, node.P2P.Enabled, node.P2P.SequencerKeySecret = new(true), new(true), "sequencer"
	spec.Components.Batcher.SignerPrivateKeySecret = "batcher"
	spec.Components.Proposer.SignerPrivateKeySecret = "proposer"
	return &fixture{chain: chain, secrets: vault{data: map[string]map[string]string{
		"demo-generated": {names.KeySalt: "salt and pepper", names.KeyJWT: generatedJWT},
		"genesis":        {names.KeyGenesis: genesisJSON(l2ChainID, l2Time)},
		"rollup":         {names.KeyRollup: rollupJSON(nil)},
		"token":          {names.KeyJWT: userJWT},
		"l1":             {"rpc": "https://l1.example/v3/api-key-of-l1", "beacon": "https://beacon.example/api-key-of-beacon"},
		"l1-config":      {names.KeyL1ChainConfig: l1Config},
		"sequencer":      {names.KeySigner: sequencerKey},
		"batcher":        {names.KeySigner: batcherKey},
		"proposer":       {names.KeySigner: proposerKey},
	}}}
}

func from(name v1alpha1.SecretName, key string) *v1alpha1.ValueFromSecret {
	return &v1alpha1.ValueFromSecret{SecretKeyRef: v1alpha1.SecretKeySelector{Name: name, Key: key}}
}

// set puts a value into a Secret.
func (f *fixture) set(secret, key, value string) { f.secrets.data[secret][key] = value }

// replace makes a value the only one of a Secret.
func (f *fixture) replace(secret, key, value string) {
	f.secrets.data[secret] = map[string]string{key: value}
}

// deploy puts the files of a deployment into the Secrets.
func (f *fixture) deploy(d *testenv.Deployment) {
	f.replace("genesis", names.KeyGenesis, string(d.Genesis.JSON()))
	f.replace("rollup", names.KeyRollup, string(d.Rollup.JSON()))
}

func (f *fixture) load(ctx context.Context) (*Loaded, error) {
	return NewLoader(&f.secrets, clocktesting.NewFakePassiveClock(now)).Load(ctx, f.chain)
}

// refused loads and gives what was found, of which something is an error.
func (f *fixture) refused(t *testing.T) preflight.Findings {
	t.Helper()
	loaded, err := f.load(t.Context())
	if err != nil {
		t.Fatalf("Load() error = %v, want findings", err)
	}
	if len(loaded.Findings.Of(v1alpha1.SeverityError)) == 0 {
		t.Fatalf("Load() found %q, and no error", loaded.Findings)
	}
	if loaded.Config != nil {
		t.Error("Load() gave a Config beside an error")
	}
	return loaded.Findings
}

// genesisJSON is the genesis of the fixture, but for its chain id and its time.
func genesisJSON(chainID, timestamp int64) string {
	doc := deployment().Genesis
	doc.At("config")["chainId"], doc["timestamp"] = chainID, fmt.Sprintf("0x%x", timestamp)
	return string(doc.JSON())
}

// deployment is what the chain of the fixture was deployed with.
func deployment() *testenv.Deployment {
	chain := &v1alpha1.OPChain{}
	chain.Spec.L1.ChainID, chain.Spec.L2.ChainID = l1ChainID, l2ChainID
	chain.Spec.L1.ContractAddresses = v1alpha1.ContractAddresses{OptimismPortal: portal, SystemConfig: system}
	return testenv.NewDeployment(chain, common.HexToAddress(batcherAccount))
}

func gzipped(text string) string {
	packed, err := pack([]byte(text))
	if err != nil {
		panic(err)
	}
	return string(packed)
}

// rollupJSON is the rollup config of the fixture with some of its fields changed; nil takes a
// field out.
func rollupJSON(change map[string]any) string {
	doc := deployment().Rollup
	maps.Copy(doc, change)
	maps.DeleteFunc(doc, func(_ string, value any) bool { return value == nil })
	return string(doc.JSON())
}

// vault is an API server that has Secrets and nothing else. It counts who reads them.
type vault struct {
	data  map[string]map[string]string
	err   map[string]error
	reads map[string]int
}

func (v *vault) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return fmt.Errorf("asked for a %T", object)
	}
	if v.reads == nil {
		v.reads = map[string]int{}
	}
	v.reads[key.Namespace+"/"+key.Name]++
	if err := v.err[key.Name]; err != nil {
		return err
	}
	data, ok := v.data[key.Name]
	if !ok || key.Namespace != "rollups" {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
	}
	secret.Namespace, secret.Name, secret.Data = key.Namespace, key.Name, map[string][]byte{}
	for k, value := range data {
		secret.Data[k] = []byte(value)
	}
	return nil
}

func (*vault) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("nobody may list Secrets")
}
