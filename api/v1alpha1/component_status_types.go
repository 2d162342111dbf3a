package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ComponentStatuses is the state of each component.
type ComponentStatuses struct {
	// geth is the state of op-geth.
	//
	// +optional
	Geth *GethStatus `json:"geth,omitempty"`

	// node is the state of op-node.
	//
	// +optional
	Node *NodeStatus `json:"node,omitempty"`

	// batcher is the state of op-batcher.
	//
	// +optional
	Batcher *BatcherStatus `json:"batcher,omitempty"`

	// proposer is the state of op-proposer.
	//
	// +optional
	Proposer *ProposerStatus `json:"proposer,omitempty"`
}

// ComponentState is what the operator tells of every component.
type ComponentState struct {
	// ready says whether the component's pod is available in its newest version.
	//
	// +required
	Ready *bool `json:"ready,omitempty"`

	// version is what the program says its version is, as last seen.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`

	// restarts is how often the containers of the component's pod were restarted.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	Restarts *int32 `json:"restarts,omitempty"`

	// lastExit is how a container of the component's pod last ended.
	//
	// +optional
	LastExit *ExitStatus `json:"lastExit,omitempty"`

	// observedAt is when the program last answered. What is told of it is of that time.
	//
	// +optional
	ObservedAt *metav1.Time `json:"observedAt,omitempty"`
}

// ExitStatus is how a container ended.
type ExitStatus struct {
	// container is the name of the container.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Container string `json:"container,omitempty"`

	// exitCode is what the program ended with. op-geth ends with 0 when its volume is full.
	//
	// +required
	ExitCode *int32 `json:"exitCode,omitempty"`

	// reason is Kubernetes' word for it, such as OOMKilled or Error.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`

	// message is what the program last had to say, from its log, without keys and URLs.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// at is when it ended.
	//
	// +optional
	At *metav1.Time `json:"at,omitempty"`
}

// VolumeStatus is how full a volume is, by the kubelet of its node.
type VolumeStatus struct {
	// capacity is how much the volume's file system holds, without what it keeps for root.
	//
	// +required
	Capacity *resource.Quantity `json:"capacity,omitempty"`

	// used is how much of that is used.
	//
	// +required
	Used *resource.Quantity `json:"used,omitempty"`

	// observedAt is when the kubelet measured it.
	//
	// +required
	ObservedAt *metav1.Time `json:"observedAt,omitempty"`
}

// AccountStatus is an account on L1 that pays for the chain's transactions.
type AccountStatus struct {
	// address is the account: that of the key in the component's signerPrivateKeySecret.
	//
	// +required
	Address Address `json:"address,omitempty"`

	// balance is how much ETH it has, as a decimal number.
	//
	// +required
	Balance Ether `json:"balance,omitempty"`

	// observedAt is when L1 said so.
	//
	// +required
	ObservedAt *metav1.Time `json:"observedAt,omitempty"`

	// spentPerDay is how much ETH it spends in a day, by what it spent during measuredFor; what
	// came in does not count.
	//
	// +optional
	SpentPerDay Ether `json:"spentPerDay,omitempty"`

	// measuredFor is the time over which spentPerDay was measured. It grows up to 24h.
	//
	// +optional
	MeasuredFor Duration `json:"measuredFor,omitempty"`

	// lastsUntil is when the ETH ends at that rate.
	//
	// +optional
	LastsUntil *metav1.Time `json:"lastsUntil,omitempty"`
}

// BatchWitness says by what a batch was seen.
//
// +kubebuilder:validation:Enum=BatcherMetrics;SafeHeadDatabase;L1Nonce
type BatchWitness string

const (
	// BatchWitnessMetrics is op-batcher's own metric of its last confirmed transaction.
	BatchWitnessMetrics BatchWitness = "BatcherMetrics"
	// BatchWitnessSafeHead is op-node's safe-head database: the L1 block whose batches last
	// moved the safe head, whoever posted them.
	BatchWitnessSafeHead BatchWitness = "SafeHeadDatabase"
	// BatchWitnessNonce is the nonce of the batcher's account on L1, which grew between two
	// looks. It grows with any transaction, so it is asked last.
	BatchWitnessNonce BatchWitness = "L1Nonce"
)

// GethStatus is the state of op-geth.
type GethStatus struct {
	ComponentState `json:",inline"`

	// syncHeight is the number of op-geth's newest block, as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	SyncHeight *int64 `json:"syncHeight,omitempty"`

	// syncing says whether op-geth is syncing, as last seen.
	//
	// +optional
	Syncing *bool `json:"syncing,omitempty"`

	// peers is how many peers op-geth has, as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	Peers *int32 `json:"peers,omitempty"`

	// volume is how full op-geth's volume is.
	//
	// +optional
	Volume *VolumeStatus `json:"volume,omitempty"`
}

// NodeStatus is the state of op-node.
type NodeStatus struct {
	ComponentState `json:",inline"`

	// unsafeHeight is the number of the unsafe head: the newest block of the sequencer,
	// as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	UnsafeHeight *int64 `json:"unsafeHeight,omitempty"`

	// safeHeight is the number of the safe head: the newest block derived from L1, as
	// last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	SafeHeight *int64 `json:"safeHeight,omitempty"`

	// finalizedHeight is the number of the finalized head: the newest block derived from
	// finalized L1 blocks, as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	FinalizedHeight *int64 `json:"finalizedHeight,omitempty"`

	// unsafeTime is the timestamp of the unsafe head.
	//
	// +optional
	UnsafeTime *metav1.Time `json:"unsafeTime,omitempty"`

	// safeTime is the timestamp of the safe head.
	//
	// +optional
	SafeTime *metav1.Time `json:"safeTime,omitempty"`

	// finalizedTime is the timestamp of the finalized head.
	//
	// +optional
	FinalizedTime *metav1.Time `json:"finalizedTime,omitempty"`

	// safeL1Origin is the number of the L1 block that the safe head builds on.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	SafeL1Origin *int64 `json:"safeL1Origin,omitempty"`

	// l1Height is the number of the newest L1 block that op-node knows.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	L1Height *int64 `json:"l1Height,omitempty"`

	// sequencing says whether op-node makes blocks, as last seen.
	//
	// +optional
	Sequencing *bool `json:"sequencing,omitempty"`

	// peers is how many peers op-node has, as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	Peers *int32 `json:"peers,omitempty"`

	// volume is how full op-node's volume is.
	//
	// +optional
	Volume *VolumeStatus `json:"volume,omitempty"`
}

// BatcherStatus is the state of op-batcher.
type BatcherStatus struct {
	ComponentState `json:",inline"`

	// lastBatchSubmission is when a batch was last seen on L1, by lastBatchWitness. It is kept
	// over restarts and never goes back.
	//
	// +optional
	LastBatchSubmission *metav1.Time `json:"lastBatchSubmission,omitempty"`

	// lastBatchWitness says by what that batch was seen. op-batcher's own metrics are asked
	// first; they know nothing between op-batcher's start and its next batch.
	//
	// +optional
	LastBatchWitness BatchWitness `json:"lastBatchWitness,omitempty"`

	// account is the account that pays for batches.
	//
	// +optional
	Account *AccountStatus `json:"account,omitempty"`
}

// ProposerStatus is the state of op-proposer.
type ProposerStatus struct {
	ComponentState `json:",inline"`

	// lastProposal is the L1 time of the newest proposal: the newest game of the chain's
	// game type that the proposer's account created, or the newest output of the oracle.
	//
	// +optional
	LastProposal *metav1.Time `json:"lastProposal,omitempty"`

	// account is the account that pays for proposals.
	//
	// +optional
	Account *AccountStatus `json:"account,omitempty"`
}
