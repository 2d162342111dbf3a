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
	// ConditionSequencerProgressing is True when the unsafe head moves.
	ConditionSequencerProgressing = "SequencerProgressing"
	// ConditionBatcherProgressing is True when the safe head moves, and enough of the sequencing
	// window is left.
	ConditionBatcherProgressing = "BatcherProgressing"
	// ConditionProposerProgressing is True when the newest proposal is not too old.
	ConditionProposerProgressing = "ProposerProgressing"
	// ConditionSignersFunded is True when batcher and proposer have ETH enough on L1.
	ConditionSignersFunded = "SignersFunded"
	// ConditionL1Reachable is True when L1 answers, and its newest block is new.
	ConditionL1Reachable = "L1Reachable"
	// ConditionStorageHealthy is True when the chain's volumes are there and have room.
	ConditionStorageHealthy = "StorageHealthy"
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

// ReasonNotSeen is the reason of a condition that is Unknown, because what it judges was never
// seen, or not for some time.
const ReasonNotSeen = "NotSeen"

// Reasons of SequencerProgressing.
const (
	// ReasonUnsafeHeadMoves means that the unsafe head is as new as it should be.
	ReasonUnsafeHeadMoves = "UnsafeHeadMoves"
	// ReasonCatchingUp means that the unsafe head is old, and moves.
	ReasonCatchingUp = "CatchingUp"
	// ReasonUnsafeHeadStalled means that the unsafe head is too old and does not move.
	ReasonUnsafeHeadStalled = "UnsafeHeadStalled"
	// ReasonSequencerStopped means that it is so because op-node was told to stop making blocks.
	ReasonSequencerStopped = "SequencerStopped"
)

// Reasons of BatcherProgressing.
const (
	// ReasonSafeHeadMoves means that the safe head moved lately.
	ReasonSafeHeadMoves = "SafeHeadMoves"
	// ReasonBatchesOverdue means that no batch was posted for too long.
	ReasonBatchesOverdue = "BatchesOverdue"
	// ReasonSafeHeadStalled means that batches are posted, and yet the safe head does not move.
	ReasonSafeHeadStalled = "SafeHeadStalled"
	// ReasonSequencingWindowNotice, ReasonSequencingWindowWarning and
	// ReasonSequencingWindowCritical mean that the sequencing window runs out: half of it, a
	// quarter and a tenth are left, unless the spec says otherwise.
	ReasonSequencingWindowNotice   = "SequencingWindowNotice"
	ReasonSequencingWindowWarning  = "SequencingWindowWarning"
	ReasonSequencingWindowCritical = "SequencingWindowCritical"
	// ReasonSequencingWindowOver means that it has run out: the chain reorganises.
	ReasonSequencingWindowOver = "SequencingWindowOver"
)

// Reasons of ProposerProgressing.
const (
	// ReasonProposalsOnTime means that the newest proposal is not too old.
	ReasonProposalsOnTime = "ProposalsOnTime"
	// ReasonProposalsOverdue means that it is.
	ReasonProposalsOverdue = "ProposalsOverdue"
)

// Reasons of SignersFunded.
const (
	// ReasonSignersFunded means that the accounts have ETH enough.
	ReasonSignersFunded = "SignersFunded"
	// ReasonBalanceLow means that an account has less than its minimumBalance.
	ReasonBalanceLow = "BalanceLow"
	// ReasonOutOfFunds means that an account has no ETH.
	ReasonOutOfFunds = "OutOfFunds"
	// ReasonFundsEndSoon means that an account's ETH does not last as long as it should.
	ReasonFundsEndSoon = "FundsEndSoon"
)

// Reasons of L1Reachable.
const (
	// ReasonL1Answers means that L1 answers.
	ReasonL1Answers = "L1Answers"
	// ReasonL1Silent means that L1 gives no answer.
	ReasonL1Silent = "L1Silent"
	// ReasonL1HeadStale means that L1's newest block is old.
	ReasonL1HeadStale = "L1HeadStale"
)

// Reasons of StorageHealthy.
const (
	// ReasonVolumesHealthy means that the volumes are there and have room.
	ReasonVolumesHealthy = "VolumesHealthy"
	// ReasonVolumeFilling means that a volume is fuller than it should be.
	ReasonVolumeFilling = "VolumeFilling"
	// ReasonVolumeFull means that op-geth stopped because its volume is full.
	ReasonVolumeFull = "VolumeFull"
	// ReasonClaimPending means that a claim has had no volume for some minutes.
	ReasonClaimPending = "ClaimPending"
	// ReasonClaimLost means that the volume of a claim is gone.
	ReasonClaimLost = "ClaimLost"
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
