package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

const (
	ownL1 = 900 // an L1 that op-node does not know

	sequencerKey = "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"
	strangerKey  = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
	stranger     = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
)

// today is before the end of support of op-geth.
var today = time.Date(2026, time.January, 15, 0, 0, 0, 0, time.UTC)

// given is everything that a chain is made from. It is right until a test changes it.
type given struct {
	chain   *v1alpha1.OPChain
	files   *testenv.Deployment
	l1      testenv.Document             // the L1 chain config
	secrets map[string]map[string]string // those that are not made of the files
	gone    map[string]bool              // Secrets that do not exist
}

func right() *given {
	chain := testenv.Chain("alpha", testenv.InNamespace("rollups"))
	spec := &chain.Spec
	spec.L1.ChainID, spec.L1.ChainConfigSecret = ownL1, "l1"
	spec.L1.RPCURL, spec.L1.RPCURLFrom = "", &v1alpha1.ValueFromSecret{SecretKeyRef: v1alpha1.SecretKeySelector{Name: "rpc", Key: "url"}}
	spec.L2.GenesisConfigSecret, spec.L2.RollupConfigSecret, spec.L2.JWTSecret = "genesis", "rollup", "token"
	batcher, node := &spec.Components.Batcher, &spec.Components.Node
	batcher.SignerPrivateKeySecret, spec.Components.Proposer.SignerPrivateKeySecret = "batcher", "proposer"
	batcher.MaxChannelDuration, batcher.SubSafetyMargin = 150, 10
	node.P2P.Enabled, node.P2P.SequencerKeySecret = new(true), "sequencer"
	return &given{
		chain: chain,
		files: testenv.NewDeployment(chain, testenv.Account(testenv.BatcherKey)),
		l1:    testenv.Document{"chainId": ownL1, "blobSchedule": testenv.Document{}},
		gone:  map[string]bool{},
		secrets: map[string]map[string]string{
			names.Generated(chain): {names.KeySalt: "salt and pepper", names.KeyJWT: strings.Repeat("6e57", 16)},
			"token":                {names.KeyJWT: strings.Repeat("7e57", 16)},
			"rpc":                  {"url": "https://l1.example/api-key"},
			"batcher":              {names.KeySigner: testenv.BatcherKey},
			"proposer":             {names.KeySigner: testenv.ProposerKey},
			"sequencer":            {names.KeySigner: sequencerKey},
		},
	}
}

// load does what the operator and the command line do.
func (g *given) load(t *testing.T) *config.Loaded {
	t.Helper()
	for name, data := range map[string]map[string]string{
		"genesis": {names.KeyGenesis: string(g.files.Genesis.JSON())},
		"rollup":  {names.KeyRollup: string(g.files.Rollup.JSON())},
		"l1":      {names.KeyL1ChainConfig: string(g.l1.JSON())},
	} {
		if g.secrets[name] == nil {
			g.secrets[name] = data
		}
	}
	loaded, err := config.NewLoader(g, clocktesting.NewFakePassiveClock(today)).Load(t.Context(), g.chain)
	if err != nil {
		t.Fatalf("Load() error = %v", err)
	}
	return loaded
}

// Get gives a Secret.
func (g *given) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return fmt.Errorf("asked for a %T", object)
	}
	data, ok := g.secrets[key.Name]
	if !ok || g.gone[key.Name] || key.Namespace != "rollups" {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
	}
	secret.Data = map[string][]byte{}
	for name, value := range data {
		secret.Data[name] = []byte(value)
	}
	return nil
}

// List is of the interface, and nobody's business.
func (*given) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("nobody may list Secrets")
}

// A change makes one thing wrong.
type change func(*given)

func all(changes ...change) change {
	return func(g *given) {
		for _, each := range changes {
			each(g)
		}
	}
}

// put changes the value at a path such as genesis.l1.hash; nil takes it out.
func put(doc testenv.Document, path string, value any) {
	parts := strings.Split(path, ".")
	last := len(parts) - 1
	if within := doc.At(parts[:last]...); value == nil {
		delete(within, parts[last])
	} else {
		within[parts[last]] = value
	}
}

func rollupWith(path string, value any) change {
	return func(g *given) { put(g.files.Rollup, path, value) }
}

// genesisWith leaves the hash in rollup.json as it was.
func genesisWith(path string, value any) change {
	return func(g *given) { put(g.files.Genesis, path, value) }
}

func l1With(path string, value any) change {
	return func(g *given) { put(g.l1, path, value) }
}

// rehashed takes the hash of the genesis into rollup.json.
func rehashed(changes ...change) change {
	return func(g *given) { all(changes...)(g); g.files.Rehash() }
}

func until(fork string) change { return func(g *given) { g.files.Until(fork) } }

func gone(secret string) change { return func(g *given) { g.gone[secret] = true } }

// content makes a value the only one of a Secret.
func content(secret, key, value string) change {
	return func(g *given) { g.secrets[secret] = map[string]string{key: value} }
}

func spec(edit func(*v1alpha1.OPChainSpec)) change { return func(g *given) { edit(&g.chain.Spec) } }

// node is the image of op-node.
func node(version string) change {
	return spec(func(s *v1alpha1.OPChainSpec) { s.Components.Node.Image = "op-node:" + version })
}

func channel(duration, margin int32) change {
	return spec(func(s *v1alpha1.OPChainSpec) {
		s.Components.Batcher.MaxChannelDuration, s.Components.Batcher.SubSafetyMargin = duration, margin
	})
}
