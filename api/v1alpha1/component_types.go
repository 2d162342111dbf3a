package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// ComponentsSpec are the programs that make up the chain.
//
// +kubebuilder:validation:XValidation:rule="!self.node.enabled || self.geth.enabled",message="components.node needs components.geth: enable geth, or disable node too"
// +kubebuilder:validation:XValidation:rule="!self.batcher.enabled || self.node.enabled",message="components.batcher needs components.node: enable node, or disable batcher too"
// +kubebuilder:validation:XValidation:rule="!self.proposer.enabled || self.node.enabled",message="components.proposer needs components.node: enable node, or disable proposer too"
// +kubebuilder:validation:XValidation:rule="!self.batcher.enabled || self.node.sequencer.enabled",message="components.batcher posts the blocks of the sequencer: set components.node.sequencer.enabled to true on the one OPChain that sequences this chain, or set components.batcher.enabled to false"
type ComponentsSpec struct {
	// geth is the execution client, op-geth.
	//
	// +required
	Geth GethSpec `json:"geth,omitzero"`

	// node is the consensus client, op-node.
	//
	// +required
	Node NodeSpec `json:"node,omitzero"`

	// batcher posts the sequencer's blocks to L1, op-batcher. Defaults to enabled: false.
	//
	// +optional
	// +default={"enabled": false}
	Batcher BatcherSpec `json:"batcher,omitzero"`

	// proposer proposes output roots on L1, op-proposer. Defaults to enabled: false.
	//
	// +optional
	// +default={"enabled": false}
	Proposer ProposerSpec `json:"proposer,omitzero"`
}

// ComponentSpec is what every component has.
//
// +kubebuilder:validation:XValidation:rule="!self.enabled || has(self.image)",message="image is required: name the component's image and a fixed version of it"
type ComponentSpec struct {
	// enabled says whether the component runs. A component that is disabled is removed;
	// its volume is kept. Defaults to true.
	//
	// +optional
	// +default=true
	Enabled *bool `json:"enabled,omitempty"`

	// image is the container image, with a fixed tag or a digest. There is no default,
	// because a new version of the operator must never move a chain to a new version of
	// its software.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^ \\\\t\\\\r\\\\n]+(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@[a-z0-9]+:[0-9a-fA-F]+)$') && !self.endsWith(':latest')",message="image must end in a fixed tag or a digest, such as op-node:v1.19.6, and hold no white space"
	Image string `json:"image,omitempty"`

	// imagePullPolicy says when the image is pulled. Defaults to IfNotPresent.
	//
	// +optional
	// +default="IfNotPresent"
	// +kubebuilder:validation:Enum=Always;IfNotPresent;Never
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// resources are the container's requests and limits. Give op-geth a memory limit of
	// two to three times geth.cacheMiB.
	//
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`

	// logLevel is the lowest level that is logged. Defaults to info.
	//
	// +optional
	// +default="info"
	// +kubebuilder:validation:Enum=error;warn;info;debug;trace
	LogLevel LogLevel `json:"logLevel,omitempty"`

	// extraArgs are further command line arguments, each in the form --flag=value. They
	// take precedence over what the operator sets, so they can break a chain. Keys, tokens
	// and endpoints do not belong here: anyone who may read pods can read arguments.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(arg, arg.matches('^--[a-z0-9]'))",message="each of extraArgs must have the form --flag or --flag=value"
	// +kubebuilder:validation:XValidation:rule="!self.exists(arg, arg.matches('^--(private-key|mnemonic|hd-path|p2p[.]sequencer[.]key|p2p[.]priv[.]raw|nodekeyhex|unlock|password|signer[.]header|ethstats|metrics[.]influxdb[.](password|token)|rpc[.]telemetry[.]password|l1|l1-eth-rpc|l1[.]beacon(-header|-fallbacks|-archiver)?)(=|$)'))",message="extraArgs must not carry keys, tokens or L1 endpoints, which anyone who may read pods could read: use the fields that take them from a Secret"
	// +kubebuilder:validation:XValidation:rule="!self.exists(arg, arg.contains('$('))",message="extraArgs must not contain $(, which Kubernetes would replace by the value of an environment variable"
	ExtraArgs []Argument `json:"extraArgs,omitempty"`

	// nodeSelector limits the pod to Kubernetes nodes that have these labels.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// tolerations let the pod run on Kubernetes nodes with matching taints.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`
}

// Argument is one command line argument.
//
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=1024
type Argument string

// LogLevel is the lowest level that a component logs.
type LogLevel string

// IsEnabled reports whether the component runs; it does unless it was disabled.
func (c *ComponentSpec) IsEnabled() bool { return c.Enabled == nil || *c.Enabled }

// StorageSpec is a component's volume.
type StorageSpec struct {
	// size is the size of the volume. It can grow where the storage class allows it and
	// never shrinks.
	//
	// +required
	// +kubebuilder:validation:XValidation:rule="isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('1Mi')) >= 0",message="storage.size must be a quantity of at least 1Mi, such as 100Gi"
	// +kubebuilder:validation:XValidation:rule="!isQuantity(string(self)) || quantity(string(self)).compareTo(quantity(string(oldSelf))) >= 0",message="storage.size must not shrink: a volume cannot be made smaller, so ask for at least the former size"
	Size resource.Quantity `json:"size,omitzero"`

	// storageClass is the StorageClass of the volume; the cluster's default class when it
	// is not set. It cannot be changed.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="storage.storageClass is immutable: a claim keeps its class, so put the former value back"
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="storage.storageClass must be the name of a StorageClass"
	StorageClass string `json:"storageClass,omitempty"`

	// accessMode is ReadWriteOncePod where the storage driver supports it: the volume is
	// then never mounted by two pods. It cannot be changed. Defaults to ReadWriteOnce.
	//
	// +optional
	// +default="ReadWriteOnce"
	// +kubebuilder:validation:Enum=ReadWriteOnce;ReadWriteOncePod
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="storage.accessMode is immutable: a claim keeps its access mode, so put the former value back"
	AccessMode corev1.PersistentVolumeAccessMode `json:"accessMode,omitempty"`
}

// GethSpec is the execution client, op-geth.
type GethSpec struct {
	ComponentSpec `json:",inline"`

	// storage is the volume of the chain's database. Defaults to 100Gi of the cluster's
	// default class.
	//
	// +optional
	// +default={"size": "100Gi"}
	// +kubebuilder:validation:XValidation:rule="has(self.storageClass) == has(oldSelf.storageClass)",message="storage.storageClass is immutable: it can be neither added nor removed, so put it back as it was"
	Storage StorageSpec `json:"storage,omitzero"`

	// cacheMiB is op-geth's cache in MiB. It stops by itself when its volume has less free
	// space than a quarter to a half of this. Defaults to 1024.
	//
	// +optional
	// +default=1024
	// +kubebuilder:validation:Minimum=16
	// +kubebuilder:validation:Maximum=1048576
	CacheMiB int32 `json:"cacheMiB,omitempty"`

	// gcMode is archive (keep the state of every block) or full. With full, op-geth keeps
	// the newest states in memory and loses them when it is killed. Defaults to archive.
	//
	// +optional
	// +default="archive"
	// +kubebuilder:validation:Enum=archive;full
	GCMode string `json:"gcMode,omitempty"`

	// stateScheme is the layout of the database: hash, which survives a killed process, or
	// path, which is smaller. It cannot be changed. Defaults to hash.
	//
	// +optional
	// +default="hash"
	// +kubebuilder:validation:Enum=hash;path
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="geth.stateScheme is immutable: op-geth cannot open a database of the other scheme, so put the former value back"
	StateScheme string `json:"stateScheme,omitempty"`
}

// NodeSpec is the consensus client, op-node.
//
// +kubebuilder:validation:XValidation:rule="!self.sequencer.enabled || !self.p2p.enabled || has(self.p2p.sequencerKeySecret)",message="node.p2p.sequencerKeySecret is required for a sequencer with P2P: other nodes drop blocks that are not signed with it"
type NodeSpec struct {
	ComponentSpec `json:",inline"`

	// storage is the volume of the safe-head database and the P2P identity. Defaults to
	// 10Gi of the cluster's default class.
	//
	// +optional
	// +default={"size": "10Gi"}
	// +kubebuilder:validation:XValidation:rule="has(self.storageClass) == has(oldSelf.storageClass)",message="storage.storageClass is immutable: it can be neither added nor removed, so put it back as it was"
	Storage StorageSpec `json:"storage,omitzero"`

	// sequencer makes this node produce the chain's blocks. Defaults to enabled: false.
	//
	// +optional
	// +default={"enabled": false}
	Sequencer SequencerSpec `json:"sequencer,omitzero"`

	// p2p is op-node's gossip of unsafe blocks. Defaults to enabled: false.
	//
	// +optional
	// +default={"enabled": false}
	P2P P2PSpec `json:"p2p,omitzero"`

	// l1PollInterval is how often op-node asks for the L1 head. Defaults to 12s, a slot of
	// mainnet.
	//
	// +optional
	// +default="12s"
	L1PollInterval Duration `json:"l1PollInterval,omitempty"`

	// l1EpochPollInterval is how often op-node asks for the safe and finalized L1 block.
	// Defaults to 6m24s, an epoch of mainnet.
	//
	// +optional
	// +default="6m24s"
	L1EpochPollInterval Duration `json:"l1EpochPollInterval,omitempty"`
}

// SequencerSpec makes op-node produce blocks.
type SequencerSpec struct {
	// enabled makes this node produce blocks. A chain has exactly one sequencer: two of
	// them fork it. Defaults to false.
	//
	// +optional
	// +default=false
	Enabled *bool `json:"enabled,omitempty"`

	// l1Confirmations is how many blocks behind the L1 head the sequencer takes its L1
	// origin. Less brings deposits in sooner; more survives deeper L1 reorgs. Defaults to 4.
	//
	// +optional
	// +default=4
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	L1Confirmations *int32 `json:"l1Confirmations,omitempty"`

	// maxSafeLag stops block production while the safe head is this many blocks behind
	// the unsafe head. 0 never stops it. Defaults to 0.
	//
	// +optional
	// +default=0
	// +kubebuilder:validation:Minimum=0
	MaxSafeLag *int64 `json:"maxSafeLag,omitempty"`
}

// IsEnabled reports whether the node produces blocks; it does so only when told to.
func (s *SequencerSpec) IsEnabled() bool { return s.Enabled != nil && *s.Enabled }

// P2PSpec is op-node's gossip of unsafe blocks.
type P2PSpec struct {
	// enabled turns gossip on. Without it a chain of one node runs well; replicas then
	// learn blocks only from L1. Defaults to false.
	//
	// +optional
	// +default=false
	Enabled *bool `json:"enabled,omitempty"`

	// sequencerKeySecret names the Secret with the key that signs this sequencer's blocks,
	// under the key key. Its address must be the unsafeBlockSigner of SystemConfig.
	//
	// +optional
	SequencerKeySecret SecretName `json:"sequencerKeySecret,omitempty"`

	// staticPeers are multiaddresses of nodes to stay connected to, such as
	// /dns4/replica-op-node/tcp/9222/p2p/16Uiu2HAm….
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(peer, peer.startsWith('/') && peer.contains('/p2p/') && !peer.contains(','))",message="each of p2p.staticPeers must be a multiaddress with a peer id, such as /dns4/host/tcp/9222/p2p/16Uiu2HAm"
	StaticPeers []PeerAddress `json:"staticPeers,omitempty"`

	// bootnodes are ENR or enode records to start discovery from. Without any, there is no
	// discovery.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(node, (node.startsWith('enr:') || node.startsWith('enode://')) && !node.contains(',') && !node.contains('$('))",message="each of p2p.bootnodes must start with enr: or enode://, without a comma and without $(, which Kubernetes would replace by the value of an environment variable"
	Bootnodes []PeerAddress `json:"bootnodes,omitempty"`

	// advertiseIp is the address that other nodes can reach this one at, when it is not
	// the pod's own.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=45
	// +kubebuilder:validation:XValidation:rule="isIP(self)",message="p2p.advertiseIp must be an IP address"
	AdvertiseIP string `json:"advertiseIp,omitempty"`
}

// IsEnabled reports whether gossip is on; it is only when told to.
func (p *P2PSpec) IsEnabled() bool { return p.Enabled != nil && *p.Enabled }

// PeerAddress is how another node is found.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=1024
type PeerAddress string

// Duration is a length of time as Go writes it, such as 30s or 1h30m.
//
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=16
// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,11}ms|[0-9]{1,8}s|[0-9]{1,6}m|[0-9]{1,4}h)+$') && duration(self) >= duration('100ms') && duration(self) <= duration('8760h')",message="must be a duration between 100ms and 8760h, such as 30s or 1h30m"
type Duration string
