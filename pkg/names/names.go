// Package names derives the names, labels and endpoints of everything that belongs to a
// chain. No other place composes them.
package names

import (
	"fmt"
	"strconv"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Components.
const (
	Geth     = "op-geth"
	Node     = "op-node"
	Batcher  = "op-batcher"
	Proposer = "op-proposer"
)

// Keys of user Secrets.
const (
	KeyGenesis       = "genesis.json"
	KeyGenesisGzip   = "genesis.json.gz"
	KeyRollup        = "rollup.json"
	KeyJWT           = "jwt"
	KeySigner        = "key"
	KeyL1ChainConfig = "l1-chain-config.json"
)

// KeySalt is the key of the generated Secret under which the salt of a chain's digests lies.
const KeySalt = "salt"

// Labels. The app.kubernetes.io ones are Kubernetes' recommended labels.
const (
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelComponent = "app.kubernetes.io/component"
	LabelPartOf    = "app.kubernetes.io/part-of"
	LabelManagedBy = "app.kubernetes.io/managed-by"
	LabelChainID   = "rollup.oplabs.io/l2-chain-id"
	LabelNetwork   = "rollup.oplabs.io/network-name"

	// Manager is the value of LabelManagedBy, and the owner of the fields we apply.
	Manager = "op-stack-operator"
)

// Annotations.
const (
	// AnnotationApplied is on every object that we apply: a digest of what was applied, so
	// that a field that is not wanted any more is noticed.
	AnnotationApplied = "rollup.oplabs.io/applied"
	// AnnotationConfig is on pods: a salted digest of the files and keys that they read.
	AnnotationConfig = "rollup.oplabs.io/config"
)

// Ports. They are the defaults of the programs, where these do not collide.
const (
	PortGethHTTP    = 8545
	PortGethWS      = 8546
	PortGethEngine  = 8551
	PortGethMetrics = 6060
	PortNodeRPC     = 9545
	PortNodeP2P     = 9222
	PortBatcherRPC  = 8548
	PortProposerRPC = 8560
	PortMetrics     = 7300
)

// Of is the name of a component's objects: Deployment, Service, Secret, ConfigMap and claim.
func Of(chain *v1alpha1.OPChain, component string) string {
	return chain.Name + "-" + component
}

// Generated is the name of the Secret with what the operator generated for the chain.
func Generated(chain *v1alpha1.OPChain) string {
	return chain.Name + "-generated"
}

// URL is the address of a component's Service on a port.
func URL(chain *v1alpha1.OPChain, component string, port int) string {
	return fmt.Sprintf("http://%s.%s.svc:%d", Of(chain, component), chain.Namespace, port)
}

// Selector picks the pods of a component, and none that another tool, such as Helm, made under
// the same name. It can never change: Deployments refuse that.
func Selector(chain *v1alpha1.OPChain, component string) map[string]string {
	return map[string]string{LabelName: component, LabelInstance: chain.Name, LabelManagedBy: Manager}
}

// PodLabels are the labels of a component's pods. What may change during a chain's life is
// left out, because a change of these labels restarts the pods.
func PodLabels(chain *v1alpha1.OPChain, component string) map[string]string {
	return map[string]string{
		LabelName:      component,
		LabelInstance:  chain.Name,
		LabelComponent: roles[component],
		LabelPartOf:    "op-stack",
		LabelManagedBy: Manager,
		LabelChainID:   strconv.FormatInt(chain.Spec.L2.ChainID, 10),
	}
}

// Labels are the labels of a component's objects other than pods.
func Labels(chain *v1alpha1.OPChain, component string) map[string]string {
	labels := PodLabels(chain, component)
	if chain.Spec.L2.NetworkName != "" {
		labels[LabelNetwork] = chain.Spec.L2.NetworkName
	}
	return labels
}

// Generated objects belong to the chain as a whole, hence the role "chain".
var roles = map[string]string{
	Geth:      "execution",
	Node:      "consensus",
	Batcher:   "batcher",
	Proposer:  "proposer",
	"opchain": "chain",
}
