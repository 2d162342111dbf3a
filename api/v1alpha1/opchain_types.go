package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Finalizer holds an OPChain back until its components were stopped in order.
const Finalizer = "rollup.oplabs.io/ordered-shutdown"

// OPChain is one OP Stack L2 chain: op-geth, op-node, op-batcher and op-proposer,
// run from L1 contracts and chain configs that were made beforehand.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=opc,categories=opstack
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Chain ID",type=integer,JSONPath=`.spec.l2.chainId`
// +kubebuilder:printcolumn:name="Unsafe",type=integer,JSONPath=`.status.componentStatus.node.unsafeHeight`
// +kubebuilder:printcolumn:name="Safe",type=integer,JSONPath=`.status.componentStatus.node.safeHeight`
// +kubebuilder:printcolumn:name="Finalized",type=integer,priority=1,JSONPath=`.status.componentStatus.node.finalizedHeight`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 40",message="metadata.name must have at most 40 characters, so that the names derived from it fit: choose a shorter name"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="metadata.name must start with a letter and hold only lower-case letters, digits and '-', because Services are named after it"
type OPChain struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	//
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the chain as it should be.
	//
	// +required
	Spec OPChainSpec `json:"spec,omitzero"`

	// status is the chain as the operator last saw it.
	//
	// +optional
	Status OPChainStatus `json:"status,omitzero"`
}

// OPChainList is a list of OPChain.
//
// +kubebuilder:object:root=true
type OPChainList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []OPChain `json:"items"`
}

// OPChainSpec is the chain as it should be.
//
// +kubebuilder:validation:XValidation:rule="self.l1.chainId != self.l2.chainId",message="l2.chainId must differ from l1.chainId: it is the id of the rollup, not of the chain it settles on"
// +kubebuilder:validation:XValidation:rule="!self.components.proposer.enabled || has(self.l1.contractAddresses.l2OutputOracle) != has(self.l1.contractAddresses.disputeGameFactory)",message="components.proposer needs exactly one of l1.contractAddresses.disputeGameFactory (chains of today) and l1.contractAddresses.l2OutputOracle (chains from before fault proofs): set one, or set components.proposer.enabled to false"
// +kubebuilder:validation:XValidation:rule="!self.components.batcher.enabled || self.components.batcher.dataAvailabilityType == 'calldata' || !has(self.l1.beacon) || !has(self.l1.beacon.ignore) || !self.l1.beacon.ignore",message="components.batcher.dataAvailabilityType must be calldata when l1.beacon.ignore is true: op-node could not read the blobs back"
type OPChainSpec struct {
	// l1 is the chain that the rollup settles on, and the rollup's contracts there.
	//
	// +required
	L1 L1Spec `json:"l1,omitzero"`

	// l2 names the rollup and where its configs are.
	//
	// +required
	L2 L2Spec `json:"l2,omitzero"`

	// components are the programs that make up the chain.
	//
	// +required
	Components ComponentsSpec `json:"components,omitzero"`

	// deletionPolicy says what becomes of the chain's volumes when the OPChain is
	// deleted. Retain leaves the PersistentVolumeClaims: an OPChain of the same name
	// and chain id picks them up again. Delete removes them. Defaults to Retain.
	//
	// +optional
	// +default="Retain"
	// +kubebuilder:validation:Enum=Retain;Delete
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// imagePullSecrets name Secrets of this namespace with credentials for the
	// registries of the component images.
	//
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	ImagePullSecrets []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`

	// preflight adjusts the checks that a chain must pass before it starts.
	//
	// +optional
	Preflight PreflightSpec `json:"preflight,omitzero"`

	// monitoring says how the chain is watched, and from when on something is not as it should
	// be. A change of it restarts nothing. Where it is not set, the defaults of its fields hold.
	//
	// +optional
	// +default={}
	Monitoring MonitoringSpec `json:"monitoring,omitzero"`
}

// DeletionPolicy says what becomes of a deleted chain's volumes.
type DeletionPolicy string

const (
	// DeletionPolicyRetain keeps the volume claims.
	DeletionPolicyRetain DeletionPolicy = "Retain"
	// DeletionPolicyDelete deletes the volume claims, once every component has stopped.
	DeletionPolicyDelete DeletionPolicy = "Delete"
)

// L2Spec names the rollup and where its configs are.
//
// +kubebuilder:validation:XValidation:rule="has(self.genesisConfigSecret) != has(self.genesis)",message="l2 needs exactly one of genesisConfigSecret and genesis: name a Secret with the genesis, or set genesis where no Secret can hold it or it is public"
type L2Spec struct {
	// chainId is the L2 chain ID. It must equal the chain ID in genesis.json and
	// in rollup.json. It cannot be changed.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="l2.chainId is immutable: another chain needs another OPChain"
	ChainID int64 `json:"chainId,omitempty"`

	// networkName is the chain's display name. It becomes a label of every object
	// and has no other effect; it is never passed to op-node as --network.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$')",message="l2.networkName must be a valid label value: letters, digits, '-', '_' and '.', with a letter or digit at both ends"
	NetworkName string `json:"networkName,omitempty"`

	// genesisConfigSecret names the Secret with the L2 genesis, under the key
	// genesis.json or, gzipped, under genesis.json.gz. A genesis with all predeploys is
	// over 9 MB and fits a Secret only when gzipped: gzip -9n genesis.json.
	//
	// A genesis that is too large even so, or that is public, is named in genesis instead.
	//
	// +optional
	GenesisConfigSecret SecretName `json:"genesisConfigSecret,omitempty"`

	// genesis names an L2 genesis that is in no Secret.
	//
	// +optional
	Genesis *GenesisSource `json:"genesis,omitempty"`

	// rollupConfigSecret names the Secret with op-node's rollup config, under the key
	// rollup.json.
	//
	// +required
	RollupConfigSecret SecretName `json:"rollupConfigSecret,omitempty"`

	// jwtSecret names the Secret with the token shared by op-geth and op-node, under the
	// key jwt: 32 bytes in hexadecimal. When it is not set, the operator generates a
	// token and keeps it.
	//
	// +optional
	JWTSecret SecretName `json:"jwtSecret,omitempty"`
}

// SecretName is the name of a Secret in the chain's own namespace.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret: lower-case letters, digits, '-' and '.', with a letter or digit at both ends"
type SecretName string

// SecretKeySelector picks one key of a Secret in the chain's own namespace.
type SecretKeySelector struct {
	// name is the name of the Secret.
	//
	// +required
	Name SecretName `json:"name,omitempty"`

	// key is the key within the Secret.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="must be a key of a Secret: letters, digits, '-', '_' and '.'"
	Key string `json:"key,omitempty"`
}

// ValueFromSecret is a value that is kept in a Secret.
type ValueFromSecret struct {
	// secretKeyRef picks the Secret and the key.
	//
	// +required
	SecretKeyRef SecretKeySelector `json:"secretKeyRef,omitzero"`
}
