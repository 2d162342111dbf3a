package v1alpha1

// Conditions of an OPChain.
const (
	// ConditionReady sums up the others: True when the chain runs as the spec says.
	ConditionReady = "Ready"
	// ConditionConfigurationValid is True when the spec and all Secrets it names agree.
	ConditionConfigurationValid = "ConfigurationValid"
	// ConditionL2ServicesReady is True when every enabled component is available in its
	// newest version.
	ConditionL2ServicesReady = "L2ServicesReady"
	// ConditionReconciling is True while the operator is changing the chain (kstatus).
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when the operator cannot go on before somebody changes
	// something (kstatus).
	ConditionStalled = "Stalled"
)

// Reasons of ConfigurationValid.
const (
	// ReasonConfigurationValid means that all inputs agree.
	ReasonConfigurationValid = "ConfigurationValid"
	// ReasonSecretNotFound means that a Secret that the spec names does not exist.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonSecretKeyMissing means that a Secret lacks the key that it must have.
	ReasonSecretKeyMissing = "SecretKeyMissing"
	// ReasonInvalidGenesis means that the genesis cannot be read.
	ReasonInvalidGenesis = "InvalidGenesis"
	// ReasonInvalidRollupConfig means that rollup.json cannot be read.
	ReasonInvalidRollupConfig = "InvalidRollupConfig"
	// ReasonInvalidL1ChainConfig means that the L1 chain config cannot be read.
	ReasonInvalidL1ChainConfig = "InvalidL1ChainConfig"
	// ReasonInvalidJWT means that the JWT secret is not 32 bytes in hexadecimal.
	ReasonInvalidJWT = "InvalidJWT"
	// ReasonInvalidPrivateKey means that a signer's key is not a private key.
	ReasonInvalidPrivateKey = "InvalidPrivateKey"
	// ReasonInvalidURL means that an endpoint from a Secret is not a URL.
	ReasonInvalidURL = "InvalidURL"
	// ReasonConfigMismatch means that two inputs contradict each other.
	ReasonConfigMismatch = "ConfigMismatch"
	// ReasonReadFailed means that the inputs could not be read for now.
	ReasonReadFailed = "ReadFailed"
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
	// ReasonNotDeployed means that nothing was deployed, because the inputs are not valid.
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
