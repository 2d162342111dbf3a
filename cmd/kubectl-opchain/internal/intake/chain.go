package intake

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/deployment"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/manifest"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// chain writes the OPChain: a sequencer where there is a batcher's key, else a replica.
func (o *Options) chain(d *deployment.Deployment) (*v1alpha1.OPChain, error) {
	named := SecretNames(o.Name)
	chain := &v1alpha1.OPChain{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: manifest.Kind},
		ObjectMeta: metav1.ObjectMeta{Name: o.Name, Namespace: o.Namespace},
	}
	chain.Spec.L2 = v1alpha1.L2Spec{
		ChainID:            d.L2ChainID,
		NetworkName:        o.NetworkName,
		RollupConfigSecret: v1alpha1.SecretName(named[input.Rollup]),
		JWTSecret:          v1alpha1.SecretName(named[input.JWT]),
	}
	switch {
	case o.RegistryChain != "":
		chain.Spec.L2.Genesis = &v1alpha1.GenesisSource{RegistryChain: o.RegistryChain}
	case o.GenesisURL != "":
		chain.Spec.L2.Genesis = &v1alpha1.GenesisSource{URL: v1alpha1.HTTPEndpoint(o.GenesisURL), SHA256: d.Files[input.Genesis].Digest()}
	default:
		chain.Spec.L2.GenesisConfigSecret = v1alpha1.SecretName(named[input.Genesis])
	}
	for _, code := range o.Ignore {
		chain.Spec.Preflight.Ignore = append(chain.Spec.Preflight.Ignore, v1alpha1.FindingCode(code))
	}
	if err := o.components(chain, d.Files); err != nil {
		return nil, err
	}
	o.l1(chain, d)
	at := &chain.Spec.L1.ContractAddresses
	if chain.Spec.Components.Proposer.IsEnabled() && at.DisputeGameFactory == "" && at.L2OutputOracle == "" {
		return nil, fmt.Errorf("find what op-proposer proposes to: no file tells: give --dispute-game-factory or --l2-output-oracle")
	}
	return chain, nil
}

// l1 fills in spec.l1.
func (o *Options) l1(chain *v1alpha1.OPChain, d *deployment.Deployment) {
	l1, named := &chain.Spec.L1, SecretNames(o.Name)
	l1.ChainID = d.L1ChainID
	l1.RPCURLFrom = o.L1RPC.from(named[endpoints], keyRPC)
	if beacon := o.Beacon.from(named[endpoints], keyBeacon); beacon != nil {
		l1.Beacon = &v1alpha1.BeaconSpec{URLFrom: beacon}
	} else if o.IgnoreBeacon {
		l1.Beacon = &v1alpha1.BeaconSpec{Ignore: new(true)}
	}
	if d.Files[input.L1ChainConfig] != nil {
		l1.ChainConfigSecret = v1alpha1.SecretName(named[input.L1ChainConfig])
	}
	l1.ContractAddresses = d.Contracts
	at := &l1.ContractAddresses
	if o.Contracts.DisputeGameFactory != "" || o.Contracts.L2OutputOracle != "" {
		at.DisputeGameFactory, at.L2OutputOracle = o.Contracts.DisputeGameFactory, o.Contracts.L2OutputOracle
	}
	// A replica sends nothing, so that its accounts are nobody's.
	if !chain.Spec.Components.Batcher.IsEnabled() {
		at.Batcher = ""
	}
	if !chain.Spec.Components.Proposer.IsEnabled() {
		at.Proposer = ""
	}
}

// from names where an endpoint is kept: in the user's Secret, or in the import's under a key.
func (e *Endpoint) from(secret, key string) *v1alpha1.ValueFromSecret {
	switch {
	case e.Secret != nil:
		return &v1alpha1.ValueFromSecret{SecretKeyRef: *e.Secret}
	case e.URL != "":
		return &v1alpha1.ValueFromSecret{SecretKeyRef: v1alpha1.SecretKeySelector{Name: v1alpha1.SecretName(secret), Key: key}}
	}
	return nil
}

// components turns on what there are keys for.
func (o *Options) components(chain *v1alpha1.OPChain, files input.Files) (err error) {
	c, named := &chain.Spec.Components, SecretNames(o.Name)
	if c.Geth.Storage, err = o.storage(o.GethStorage); err != nil {
		return err
	}
	if c.Node.Storage, err = o.storage(o.NodeStorage); err != nil {
		return err
	}
	c.Batcher.Enabled, c.Proposer.Enabled = new(false), new(false)
	if files[input.BatcherKey] != nil {
		c.Node.Sequencer.Enabled = new(true)
		c.Batcher.Enabled = new(true)
		c.Batcher.SignerPrivateKeySecret = v1alpha1.SecretName(named[input.BatcherKey])
		c.Batcher.DataAvailabilityType = o.DataAvailability
		if files[input.SequencerKey] != nil {
			c.Node.P2P.Enabled = new(true)
			c.Node.P2P.SequencerKeySecret = v1alpha1.SecretName(named[input.SequencerKey])
		}
	}
	if files[input.ProposerKey] != nil {
		c.Proposer.Enabled = new(true)
		c.Proposer.SignerPrivateKeySecret = v1alpha1.SecretName(named[input.ProposerKey])
	}
	for _, part := range []struct {
		name string
		spec *v1alpha1.ComponentSpec
	}{
		{names.Geth, &c.Geth.ComponentSpec}, {names.Node, &c.Node.ComponentSpec},
		{names.Batcher, &c.Batcher.ComponentSpec}, {names.Proposer, &c.Proposer.ComponentSpec},
	} {
		if !part.spec.IsEnabled() {
			continue
		}
		if part.spec.Image = o.Images[part.name]; part.spec.Image == "" {
			return fmt.Errorf("choose the image of %s: there is no default, so that no chain moves to other software by itself: give --%s-image", part.name, part.name)
		}
	}
	return nil
}

func (o *Options) storage(size string) (v1alpha1.StorageSpec, error) {
	quantity, err := resource.ParseQuantity(size)
	if err != nil {
		return v1alpha1.StorageSpec{}, fmt.Errorf("read the size of a volume: %.32q is no quantity such as 100Gi", size)
	}
	return v1alpha1.StorageSpec{Size: quantity, StorageClass: o.StorageClass}, nil
}
