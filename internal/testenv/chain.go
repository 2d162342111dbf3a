package testenv

import (
	"crypto/sha256"
	"encoding/hex"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Chain ids and addresses of the chain that Chain builds.
const (
	L1ChainID = 560048 // Hoodi's: op-node knows it without being given a chain config
	L2ChainID = 901

	OptimismPortal     = "0x1000000000000000000000000000000000000001"
	SystemConfig       = "0x1000000000000000000000000000000000000002"
	DisputeGameFactory = "0x1000000000000000000000000000000000000003"
	L2OutputOracle     = "0x1000000000000000000000000000000000000004"
)

// Option changes the chain that Chain builds.
type Option func(*v1alpha1.OPChain)

// Chain builds an OPChain that the API server accepts: a sequencer with all four
// components that proposes to a dispute game factory. The Secrets it names are
// {name}-genesis, -rollup, -batcher-key and -proposer-key; they do not exist yet.
func Chain(name string, options ...Option) *v1alpha1.OPChain {
	chain := &v1alpha1.OPChain{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "OPChain"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"},
		Spec: v1alpha1.OPChainSpec{
			L1: v1alpha1.L1Spec{
				RPCURL:  "http://l1:8545",
				ChainID: L1ChainID,
				Beacon:  &v1alpha1.BeaconSpec{URL: "http://l1-beacon:5052"},
				ContractAddresses: v1alpha1.ContractAddresses{
					OptimismPortal:     OptimismPortal,
					SystemConfig:       SystemConfig,
					DisputeGameFactory: DisputeGameFactory,
				},
			},
			L2: v1alpha1.L2Spec{
				ChainID:             L2ChainID,
				NetworkName:         name,
				GenesisConfigSecret: v1alpha1.SecretName(name + "-genesis"),
				RollupConfigSecret:  v1alpha1.SecretName(name + "-rollup"),
			},
			Components: components(name),
		},
	}
	for _, option := range options {
		option(chain)
	}
	return chain
}

func components(name string) v1alpha1.ComponentsSpec {
	var c v1alpha1.ComponentsSpec
	c.Geth.Image = "op-geth:v1.101702.3-rc.7"
	c.Geth.Storage.Size = resource.MustParse("10Gi")
	c.Node.Image = "op-node:v1.19.6"
	c.Node.Storage.Size = resource.MustParse("1Gi")
	c.Node.Sequencer.Enabled = new(true)
	c.Batcher.Enabled = new(true)
	c.Batcher.Image = "op-batcher:v1.19.6"
	c.Batcher.SignerPrivateKeySecret = v1alpha1.SecretName(name + "-batcher-key")
	c.Proposer.Enabled = new(true)
	c.Proposer.Image = "op-proposer:v1.19.6"
	c.Proposer.SignerPrivateKeySecret = v1alpha1.SecretName(name + "-proposer-key")
	return c
}

// InNamespace puts the chain into a namespace.
func InNamespace(namespace string) Option {
	return func(chain *v1alpha1.OPChain) { chain.Namespace = namespace }
}

// WithOutputOracle makes the chain propose to an L2OutputOracle, with an op-proposer that can.
func WithOutputOracle() Option {
	return func(chain *v1alpha1.OPChain) {
		chain.Spec.L1.ContractAddresses.DisputeGameFactory = ""
		chain.Spec.L1.ContractAddresses.L2OutputOracle = L2OutputOracle
		chain.Spec.Components.Proposer.Image = "op-proposer:v1.13.7"
	}
}

// AsReplica leaves op-geth and op-node, and takes the sequencer away.
func AsReplica() Option {
	return func(chain *v1alpha1.OPChain) {
		c := &chain.Spec.Components
		c.Node.Sequencer.Enabled = new(false)
		c.Batcher = v1alpha1.BatcherSpec{ComponentSpec: v1alpha1.ComponentSpec{Enabled: new(false)}}
		c.Proposer = v1alpha1.ProposerSpec{ComponentSpec: v1alpha1.ComponentSpec{Enabled: new(false)}}
	}
}

// WithGenesisAt makes the chain take its genesis, of these bytes, from a URL.
func WithGenesisAt(url string, genesis []byte) Option {
	return func(chain *v1alpha1.OPChain) {
		sum := sha256.Sum256(genesis)
		chain.Spec.L2.GenesisConfigSecret = ""
		chain.Spec.L2.Genesis = &v1alpha1.GenesisSource{URL: v1alpha1.HTTPEndpoint(url), SHA256: hex.EncodeToString(sum[:])}
	}
}

// WithPullSecret gives the chain credentials for its images.
func WithPullSecret(name string) Option {
	return func(chain *v1alpha1.OPChain) {
		chain.Spec.ImagePullSecrets = append(chain.Spec.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
	}
}

// Storage is a request for a volume of a size.
func Storage(size string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
}
