package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PreflightSpec adjusts the checks that a chain must pass before it starts.
type PreflightSpec struct {
	// ignore lists codes of findings that you know of: an error among them is shown as a
	// warning and refuses nothing, a warning is not shown. Use it where a check is wrong
	// about your chain; docs/findings.md says what each code means. Inputs that cannot be
	// read at all cannot be ignored.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Ignore []FindingCode `json:"ignore,omitempty"`

	// forkNotice is how long before a fork an image that is too old for it is warned of.
	// From the fork on it is an error. Defaults to 336h, two weeks.
	//
	// +optional
	// +default="336h"
	ForkNotice Duration `json:"forkNotice,omitempty"`
}

// FindingCode names a kind of finding. docs/findings.md explains each.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z][A-Za-z0-9]*$')",message="must be the code of a finding, such as BalanceLow"
type FindingCode string

// FindingSeverity says what a finding leads to.
//
// +kubebuilder:validation:Enum=Error;Warning;Unknown
type FindingSeverity string

const (
	// SeverityError refuses: nothing is started or changed before it is corrected. What
	// runs is left running.
	SeverityError FindingSeverity = "Error"
	// SeverityWarning is shown and refuses nothing.
	SeverityWarning FindingSeverity = "Warning"
	// SeverityUnknown means that something could not be checked.
	SeverityUnknown FindingSeverity = "Unknown"
)

// Finding is something that is not as it should be, or that could not be checked.
type Finding struct {
	// code names the kind of finding. docs/findings.md explains each.
	//
	// +required
	Code FindingCode `json:"code,omitempty"`

	// severity is Error (refuses), Warning (refuses nothing) or Unknown (could not be
	// checked).
	//
	// +required
	Severity FindingSeverity `json:"severity,omitempty"`

	// field is the path of the field that is wrong, such as spec.l1.chainId. Empty where a
	// Secret is.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Field string `json:"field,omitempty"`

	// secret is the name of the Secret that is wrong.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Secret string `json:"secret,omitempty"`

	// key is the key within the Secret.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`

	// message says what is wrong.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// cure says what to change.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Cure string `json:"cure,omitempty"`
}

// PreflightStatus is what the last checks of the inputs and of L1 found.
type PreflightStatus struct {
	// findings are what was found, errors first.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Findings []Finding `json:"findings,omitempty"`

	// omitted is how many more there are than findings lists, if there are more.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	Omitted int32 `json:"omitted,omitempty"`

	// checkedL1At is when L1 last answered all that it was asked.
	//
	// +optional
	CheckedL1At *metav1.Time `json:"checkedL1At,omitempty"`
}
