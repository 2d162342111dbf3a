package v1alpha1

// Conditions of an OPChain.
const (
	// ConditionReady sums up the others: True when the chain runs as the spec says.
	ConditionReady = "Ready"
	// ConditionConfigurationValid is True when the spec and all Secrets it names agree.
	ConditionConfigurationValid = "ConfigurationValid"
	// ConditionPreflightPassed is True when L1 is as the chain needs it. Where it is False, the
	// reason is the code of the first finding.
	ConditionPreflightPassed = "PreflightPassed"
	// ConditionL2ServicesReady is True when every enabled component is available in its
	// newest version.
	ConditionL2ServicesReady = "L2ServicesReady"
	// ConditionReconciling is True while the operator is changing the chain (kstatus).
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when the operator cannot go on before somebody changes
	// something (kstatus).
	ConditionStalled = "Stalled"
)

// Reasons of ConfigurationValid. Where it is False, the reason is the code of the first finding.
const (
	// ReasonConfigurationValid means that all inputs agree.
	ReasonConfigurationValid = "ConfigurationValid"
	// ReasonReadFailed means that the inputs could not be read for now.
	ReasonReadFailed = "ReadFailed"
	// ReasonDownloading means that the genesis is being downloaded.
	ReasonDownloading = "Downloading"
	// ReasonDownloadFailed means that the genesis could not be downloaded for now.
	ReasonDownloadFailed = "DownloadFailed"
)

// Reasons of PreflightPassed. Where it is False, the reason is the code of the first finding;
// where it is Unknown because L1 does not answer, CodeL1NoAnswer.
const (
	// ReasonPreflightPassed means that L1 is as the chain needs it.
	ReasonPreflightPassed = "PreflightPassed"
	// ReasonNotChecked means that L1 was not asked, because the inputs are not valid.
	ReasonNotChecked = "NotChecked"
)

// Reasons of L2ServicesReady, and of Ready where that is the cause.
const (
	// ReasonAllComponentsReady means that every enabled component is available.
	ReasonAllComponentsReady = "AllComponentsReady"
	// ReasonApplyFailed means that the API server refused or did not take an object.
	ReasonApplyFailed = "ApplyFailed"
	// ReasonForeignObject means that an object of a name we need belongs to somebody else.
	ReasonForeignObject = "ForeignObject"
	// ReasonComponentStuck means that a pod cannot start: its image cannot be pulled, it
	// crashes, or it cannot be scheduled.
	ReasonComponentStuck = "ComponentStuck"
	// ReasonRollingOut means that a component is being started or changed.
	ReasonRollingOut = "RollingOut"
	// ReasonComponentUnavailable means that a component that was available is not any more.
	ReasonComponentUnavailable = "ComponentUnavailable"
	// ReasonNothingEnabled means that no component is enabled.
	ReasonNothingEnabled = "NothingEnabled"
	// ReasonNotDeployed means that nothing was deployed, because the inputs are not valid, or
	// L1 is not as the chain needs it, or does not answer.
	ReasonNotDeployed = "NotDeployed"
)

// Reasons of Ready, Reconciling and Stalled.
const (
	// ReasonChainRunning means that the chain runs as the spec says.
	ReasonChainRunning = "ChainRunning"
	// ReasonSettled means that nothing is being changed, and nothing is in the way.
	ReasonSettled = "Settled"
	// ReasonShuttingDown means that components are being stopped for deletion.
	ReasonShuttingDown = "ShuttingDown"
)
