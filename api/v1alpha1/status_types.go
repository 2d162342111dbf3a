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

	// l1 is L1 as the operator, and not op-node, sees it.
	//
	// +optional
	L1 L1Status `json:"l1,omitzero"`

	// sequencingWindow is how much of the sequencing window is left.
	//
	// +optional
	SequencingWindow *SequencingWindowStatus `json:"sequencingWindow,omitempty"`

	// nextFork is the next fork of the rollup, if one is scheduled.
	//
	// +optional
	NextFork *NextForkStatus `json:"nextFork,omitempty"`

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
	// PhaseRunning means that every enabled component is available and does its work.
	PhaseRunning Phase = "Running"
	// PhaseDegraded means that a component that was available is not any more, or that the chain
	// does not fare as it should.
	PhaseDegraded Phase = "Degraded"
	// PhaseTerminating means that the OPChain is being deleted.
	PhaseTerminating Phase = "Terminating"
)

// L1Status is L1 as the operator sees it.
type L1Status struct {
	// headHeight is the number of the newest block of L1, as last seen.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	HeadHeight *int64 `json:"headHeight,omitempty"`

	// headTime is that block's timestamp.
	//
	// +optional
	HeadTime *metav1.Time `json:"headTime,omitempty"`

	// observedAt is when L1 last answered.
	//
	// +optional
	ObservedAt *metav1.Time `json:"observedAt,omitempty"`
}

// SequencingWindowStatus is how much of the sequencing window is left. Batches that come to L1
// later than the window after the L1 block that they build on are ignored: the chain then
// reorganises to what op-node derives without them.
type SequencingWindowStatus struct {
	// size is the window in L1 blocks: seq_window_size of rollup.json.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	Size *int64 `json:"size,omitempty"`

	// left is how many L1 blocks of it are left: size - (L1 head - L1 origin of the safe head).
	// It is 0 when the window has run out.
	//
	// +required
	// +kubebuilder:validation:Minimum=0
	Left *int64 `json:"left,omitempty"`

	// endsAt is when it ends, unless the safe head moves before, at the rate at which L1 has
	// made blocks since the rollup began.
	//
	// +optional
	EndsAt *metav1.Time `json:"endsAt,omitempty"`

	// severity says how urgent that is: None, or Notice, Warning and Critical by the percentages
	// of spec.monitoring.thresholds.
	//
	// +required
	Severity WindowSeverity `json:"severity,omitempty"`

	// observedAt is as of when left was counted: from the safe head that op-node told last, up
	// to the newest L1 block that was seen by then.
	//
	// +required
	ObservedAt *metav1.Time `json:"observedAt,omitempty"`
}

// WindowSeverity says how urgent it is that a batch is posted.
//
// +kubebuilder:validation:Enum=None;Notice;Warning;Critical
type WindowSeverity string

const (
	// WindowSeverityNone means that there is time.
	WindowSeverityNone WindowSeverity = "None"
	// WindowSeverityNotice means that less than thresholds.windowNoticePercent is left: half,
	// unless the spec says otherwise.
	WindowSeverityNotice WindowSeverity = "Notice"
	// WindowSeverityWarning means that less than thresholds.windowWarningPercent is left: a
	// quarter, unless the spec says otherwise.
	WindowSeverityWarning WindowSeverity = "Warning"
	// WindowSeverityCritical means that less than thresholds.windowCriticalPercent is left, or
	// nothing: a tenth, unless the spec says otherwise.
	WindowSeverityCritical WindowSeverity = "Critical"
)

// NextForkStatus is the next fork of the rollup.
type NextForkStatus struct {
	// name is the name of the fork, such as jovian.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Name string `json:"name,omitempty"`

	// time is when it comes into force.
	//
	// +required
	Time *metav1.Time `json:"time,omitempty"`

	// imagesReady says whether every image is new enough for it, by its tag; it is not set
	// where a tag does not tell a version.
	//
	// +optional
	ImagesReady *bool `json:"imagesReady,omitempty"`
}
