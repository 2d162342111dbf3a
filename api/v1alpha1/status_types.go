package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// OPChainStatus is the chain as the operator last saw it.
type OPChainStatus struct {
	// conditions say what is and what is not as it should be. Ready sums them up.
	//
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that this status speaks of.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// phase sums the conditions up in one word, for people.
	//
	// +optional
	Phase Phase `json:"phase,omitempty"`

	// l1ContractAddresses are the L1 contracts that the running chain was set up with.
	//
	// +optional
	L1ContractAddresses *ContractAddresses `json:"l1ContractAddresses,omitempty"`

	// preflight is what the last checks of the inputs and of L1 found.
	//
	// +optional
	Preflight PreflightStatus `json:"preflight,omitzero"`

	// componentStatus is the state of each component.
	//
	// +optional
	ComponentStatus ComponentStatuses `json:"componentStatus,omitzero"`
}

// Phase sums the conditions up in one word. It is written for people and read by no code.
//
// +kubebuilder:validation:Enum=Pending;ConfigurationInvalid;Deploying;DeploymentError;Running;Degraded;Terminating
type Phase string

const (
	// PhasePending means that nothing could be judged yet.
	PhasePending Phase = "Pending"
	// PhaseConfigurationInvalid means that the spec or a Secret must be corrected.
	PhaseConfigurationInvalid Phase = "ConfigurationInvalid"
	// PhaseDeploying means that components are being started or changed.
	PhaseDeploying Phase = "Deploying"
	// PhaseDeploymentError means that a component cannot be brought up.
	PhaseDeploymentError Phase = "DeploymentError"
	// PhaseRunning means that every enabled component is available.
	PhaseRunning Phase = "Running"
	// PhaseDegraded means that a component that was available is not any more.
	PhaseDegraded Phase = "Degraded"
	// PhaseTerminating means that the OPChain is being deleted.
	PhaseTerminating Phase = "Terminating"
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

// GethStatus is the state of op-geth.
type GethStatus struct {
	// ready says whether the component's pod is available in its newest version.
	//
	// +required
	Ready *bool `json:"ready,omitempty"`

	// syncHeight is the number of op-geth's newest block, as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	SyncHeight *int64 `json:"syncHeight,omitempty"`
}

// NodeStatus is the state of op-node.
type NodeStatus struct {
	// ready says whether the component's pod is available in its newest version.
	//
	// +required
	Ready *bool `json:"ready,omitempty"`

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
}

// BatcherStatus is the state of op-batcher.
type BatcherStatus struct {
	// ready says whether the component's pod is available in its newest version.
	//
	// +required
	Ready *bool `json:"ready,omitempty"`

	// lastBatchSubmission is when op-batcher last had a batch transaction confirmed on L1,
	// by its own metrics. It is kept over restarts and never goes back.
	//
	// +optional
	LastBatchSubmission *metav1.Time `json:"lastBatchSubmission,omitempty"`
}

// ProposerStatus is the state of op-proposer.
type ProposerStatus struct {
	// ready says whether the component's pod is available in its newest version.
	//
	// +required
	Ready *bool `json:"ready,omitempty"`

	// lastProposal is the L1 time of the newest proposal: the newest game of the chain's
	// game type, whoever created it, or the newest output of the oracle.
	//
	// +optional
	LastProposal *metav1.Time `json:"lastProposal,omitempty"`
}
