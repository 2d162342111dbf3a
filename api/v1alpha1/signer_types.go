package v1alpha1

// SignerSpec is what the components that send L1 transactions have.
type SignerSpec struct {
	// signerPrivateKeySecret names the Secret with the account's private key, under the
	// key key: 64 hexadecimal digits, with or without 0x.
	//
	// +optional
	SignerPrivateKeySecret SecretName `json:"signerPrivateKeySecret,omitempty"`

	// confirmations is how many L1 blocks a transaction waits to be taken as final.
	// Defaults to 10.
	//
	// +optional
	// +default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Confirmations int32 `json:"confirmations,omitempty"`

	// minimumBalance is how much ETH the account should own on L1, as a decimal number;
	// less is warned of. 0 asks for nothing. Defaults to 0.1.
	//
	// +optional
	// +default="0.1"
	MinimumBalance Ether `json:"minimumBalance,omitempty"`
}

// Ether is an amount of ETH as a decimal number, such as 0.1.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{1,12}([.][0-9]{1,18})?$')",message="must be an amount of ETH: digits, with at most 18 of them after a point, such as 0.1"
type Ether string

// BatcherSpec posts the sequencer's blocks to L1, op-batcher.
//
// +kubebuilder:validation:XValidation:rule="!self.enabled || has(self.signerPrivateKeySecret)",message="batcher.signerPrivateKeySecret is required: create a Secret with the batcher's private key under the key 'key' and name it here"
type BatcherSpec struct {
	ComponentSpec `json:",inline"`
	SignerSpec    `json:",inline"`

	// dataAvailabilityType is where batches go: calldata, blobs (cheaper; op-node then needs
	// l1.beacon), or auto, whichever is cheaper at the time. Defaults to calldata.
	//
	// +optional
	// +default="calldata"
	// +kubebuilder:validation:Enum=calldata;blobs;auto
	DataAvailabilityType string `json:"dataAvailabilityType,omitempty"`

	// maxChannelDuration is the most L1 blocks over which a channel of batches is filled
	// before it is posted. Less moves the safe head more often and costs more. It must stay
	// far below the sequencing window. Defaults to 150, half an hour on mainnet.
	//
	// +optional
	// +default=150
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1500
	MaxChannelDuration int32 `json:"maxChannelDuration,omitempty"`

	// subSafetyMargin is how many L1 blocks before the end of the channel timeout and the
	// sequencing window a channel is posted. Defaults to 10.
	//
	// +optional
	// +default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	SubSafetyMargin int32 `json:"subSafetyMargin,omitempty"`

	// pollInterval is how often new L2 blocks are fetched. Defaults to 6s.
	//
	// +optional
	// +default="6s"
	PollInterval Duration `json:"pollInterval,omitempty"`
}

// ProposerSpec proposes output roots on L1, op-proposer.
//
// +kubebuilder:validation:XValidation:rule="!self.enabled || has(self.signerPrivateKeySecret)",message="proposer.signerPrivateKeySecret is required: create a Secret with the proposer's private key under the key 'key' and name it here"
type ProposerSpec struct {
	ComponentSpec `json:",inline"`
	SignerSpec    `json:",inline"`

	// proposalInterval is the time between two proposals to the dispute game factory. An
	// L2OutputOracle sets its own interval and ignores this. Defaults to 1h.
	//
	// +optional
	// +default="1h"
	ProposalInterval Duration `json:"proposalInterval,omitempty"`

	// gameType is the type of dispute game to create: 0 permissionless cannon,
	// 1 permissioned cannon, 8 permissionless cannon-kona. It must be a type that the portal
	// respects. Defaults to 1, with which op-deployer starts every chain.
	//
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=255
	GameType *int32 `json:"gameType,omitempty"`

	// allowNonFinalized proposes safe blocks that are not yet final on L1. A deep L1 reorg
	// can then prove a proposal wrong and cost its bond. Defaults to false.
	//
	// +optional
	// +default=false
	AllowNonFinalized *bool `json:"allowNonFinalized,omitempty"`

	// pollInterval is how often the proposer looks for work. Defaults to 12s.
	//
	// +optional
	// +default="12s"
	PollInterval Duration `json:"pollInterval,omitempty"`
}
