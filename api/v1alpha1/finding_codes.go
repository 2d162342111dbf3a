package v1alpha1

// Codes of findings. docs/findings.md has a heading for each: cause and cure. The code of the
// first error is also the reason of condition ConfigurationValid or PreflightPassed.

// The manifest.
const (
	// CodeInvalidManifest means that the API server would refuse the OPChain. Only the command
	// line finds it: what the API server refused, the operator never sees.
	CodeInvalidManifest FindingCode = "InvalidManifest"
)

// The checks themselves.
const (
	// CodeIgnoredCodeUnknown means that spec.preflight.ignore names a code that does not exist.
	CodeIgnoredCodeUnknown FindingCode = "IgnoredCodeUnknown"
)

// Secrets.
const (
	// CodeSecretNotFound means that a Secret that the spec names does not exist.
	CodeSecretNotFound FindingCode = "SecretNotFound"
	// CodeSecretKeyMissing means that a Secret lacks the key that it must have.
	CodeSecretKeyMissing FindingCode = "SecretKeyMissing"
	// CodeInvalidURL means that an endpoint from a Secret is not a URL.
	CodeInvalidURL FindingCode = "InvalidURL"
)

// Keys.
const (
	// CodeInvalidJWT means that the JWT secret is not 32 bytes in hexadecimal.
	CodeInvalidJWT FindingCode = "InvalidJWT"
	// CodeInvalidPrivateKey means that a signer's key is not a private key.
	CodeInvalidPrivateKey FindingCode = "InvalidPrivateKey"
	// CodeSignerMismatch means that a key belongs to another account than the spec says.
	CodeSignerMismatch FindingCode = "SignerMismatch"
	// CodeBatcherMismatch means that the batcher's account is not batcherAddr of rollup.json.
	CodeBatcherMismatch FindingCode = "BatcherMismatch"
	// CodeSharedKey means that two components sign with one key.
	CodeSharedKey FindingCode = "SharedKey"
)

// L2 genesis.
const (
	// CodeInvalidGenesis means that the genesis cannot be read.
	CodeInvalidGenesis FindingCode = "InvalidGenesis"
	// CodeGenesisHashMismatch means that the genesis makes another first block than rollup.json says.
	CodeGenesisHashMismatch FindingCode = "GenesisHashMismatch"
	// CodeGenesisHashUnknown means that the first block cannot be compared with rollup.json.
	CodeGenesisHashUnknown FindingCode = "GenesisHashUnknown"
	// CodeGenesisDigestMismatch means that what was downloaded is not the file of the spec's digest.
	CodeGenesisDigestMismatch FindingCode = "GenesisDigestMismatch"
	// CodeL2ChainIDMismatch means that spec, genesis and rollup.json are of different L2 chains.
	CodeL2ChainIDMismatch FindingCode = "L2ChainIDMismatch"
	// CodeGenesisNumberMismatch means that genesis and rollup.json begin at different block numbers.
	CodeGenesisNumberMismatch FindingCode = "GenesisNumberMismatch"
	// CodeGenesisTimeMismatch means that genesis and rollup.json begin at different times.
	CodeGenesisTimeMismatch FindingCode = "GenesisTimeMismatch"
	// CodeForkTimeMismatch means that genesis and rollup.json schedule a fork at different times.
	CodeForkTimeMismatch FindingCode = "ForkTimeMismatch"
	// CodeEIP1559Mismatch means that genesis and rollup.json have different EIP-1559 parameters.
	CodeEIP1559Mismatch FindingCode = "EIP1559Mismatch"
	// CodeGasLimitMismatch means that genesis and rollup.json have different gas limits.
	CodeGasLimitMismatch FindingCode = "GasLimitMismatch"
)

// rollup.json.
const (
	// CodeInvalidRollupConfig means that rollup.json cannot be read.
	CodeInvalidRollupConfig FindingCode = "InvalidRollupConfig"
	// CodeRollupFieldMissing means that rollup.json lacks a field without which op-node does not start.
	CodeRollupFieldMissing FindingCode = "RollupFieldMissing"
	// CodeRollupFieldInvalid means that op-node refuses a value in rollup.json.
	CodeRollupFieldInvalid FindingCode = "RollupFieldInvalid"
	// CodeRollupFieldUnknown means that rollup.json has a field that no op-node knows.
	CodeRollupFieldUnknown FindingCode = "RollupFieldUnknown"
	// CodeRollupFieldUnsupported means that the op-node of the spec refuses a field of rollup.json.
	CodeRollupFieldUnsupported FindingCode = "RollupFieldUnsupported"
	// CodeForkOrder means that forks are scheduled out of order, or with a gap.
	CodeForkOrder FindingCode = "ForkOrder"
	// CodeL1ChainIDMismatch means that spec and rollup.json are of different L1 chains.
	CodeL1ChainIDMismatch FindingCode = "L1ChainIDMismatch"
	// CodePortalMismatch means that spec and rollup.json name different OptimismPortals.
	CodePortalMismatch FindingCode = "PortalMismatch"
	// CodeSystemConfigMismatch means that spec and rollup.json name different SystemConfigs.
	CodeSystemConfigMismatch FindingCode = "SystemConfigMismatch"
	// CodeChannelTooLong means that the batcher would post later than the chain allows.
	CodeChannelTooLong FindingCode = "ChannelTooLong"
)

// L1 settings.
const (
	// CodeBeaconMissing means that op-node needs a beacon API that the spec does not name.
	CodeBeaconMissing FindingCode = "BeaconMissing"
	// CodeInvalidL1ChainConfig means that the L1 chain config cannot be read.
	CodeInvalidL1ChainConfig FindingCode = "InvalidL1ChainConfig"
	// CodeL1ChainConfigMismatch means that the L1 chain config is of another chain.
	CodeL1ChainConfigMismatch FindingCode = "L1ChainConfigMismatch"
	// CodeL1ChainConfigMissing means that op-node does not know the L1 without a chain config.
	CodeL1ChainConfigMissing FindingCode = "L1ChainConfigMissing"
)

// Images.
const (
	// CodeImageNotOPStack means that an image cannot run an OP Stack chain at all.
	CodeImageNotOPStack FindingCode = "ImageNotOPStack"
	// CodeImageTooOld means that an image is too old for a fork of the chain.
	CodeImageTooOld FindingCode = "ImageTooOld"
	// CodeImageEndOfSupport means that nobody mends the image's program any more.
	CodeImageEndOfSupport FindingCode = "ImageEndOfSupport"
	// CodeImageVersionUnknown means that an image's tag does not tell its version.
	CodeImageVersionUnknown FindingCode = "ImageVersionUnknown"
	// CodeProposerUnsuited means that op-proposer cannot propose to the contract of the spec.
	CodeProposerUnsuited FindingCode = "ProposerUnsuited"
)

// L1, asked by RPC.
const (
	// CodeL1NoAnswer means that L1 did not answer.
	CodeL1NoAnswer FindingCode = "L1NoAnswer"
	// CodeL1WrongChain means that the L1 endpoint is of another chain.
	CodeL1WrongChain FindingCode = "L1WrongChain"
	// CodeL1OriginMismatch means that L1 has another block where the rollup begins.
	CodeL1OriginMismatch FindingCode = "L1OriginMismatch"
	// CodeContractMissing means that there is no contract at an address of the spec.
	CodeContractMissing FindingCode = "ContractMissing"
	// CodeContractUnreadable means that a contract does not answer as the OP Stack's do.
	CodeContractUnreadable FindingCode = "ContractUnreadable"
	// CodeBatcherNotAuthorized means that SystemConfig names another batcher.
	CodeBatcherNotAuthorized FindingCode = "BatcherNotAuthorized"
	// CodeSequencerNotAuthorized means that SystemConfig names another signer of unsafe blocks.
	CodeSequencerNotAuthorized FindingCode = "SequencerNotAuthorized"
	// CodePortalForeign means that the portal belongs to another SystemConfig.
	CodePortalForeign FindingCode = "PortalForeign"
	// CodeGameTypeMissing means that the factory cannot create games of the spec's type.
	CodeGameTypeMissing FindingCode = "GameTypeMissing"
	// CodeProposerNotAuthorized means that the proposer may not propose.
	CodeProposerNotAuthorized FindingCode = "ProposerNotAuthorized"
	// CodeBalanceLow means that a signer has less ETH than the spec asks for.
	CodeBalanceLow FindingCode = "BalanceLow"
)

// FindingCodes are all of them.
var FindingCodes = []FindingCode{
	CodeInvalidManifest, CodeIgnoredCodeUnknown, CodeSecretNotFound, CodeSecretKeyMissing, CodeInvalidURL,
	CodeInvalidJWT, CodeInvalidPrivateKey, CodeSignerMismatch, CodeBatcherMismatch, CodeSharedKey, CodeInvalidGenesis,
	CodeGenesisHashMismatch, CodeGenesisHashUnknown, CodeGenesisDigestMismatch, CodeL2ChainIDMismatch,
	CodeGenesisNumberMismatch, CodeGenesisTimeMismatch, CodeForkTimeMismatch, CodeEIP1559Mismatch, CodeGasLimitMismatch,
	CodeInvalidRollupConfig, CodeRollupFieldMissing, CodeRollupFieldInvalid, CodeRollupFieldUnknown,
	CodeRollupFieldUnsupported, CodeForkOrder, CodeL1ChainIDMismatch, CodePortalMismatch, CodeSystemConfigMismatch,
	CodeChannelTooLong, CodeBeaconMissing, CodeInvalidL1ChainConfig, CodeL1ChainConfigMismatch,
	CodeL1ChainConfigMissing, CodeImageNotOPStack, CodeImageTooOld, CodeImageEndOfSupport, CodeImageVersionUnknown,
	CodeProposerUnsuited, CodeL1NoAnswer, CodeL1WrongChain, CodeL1OriginMismatch, CodeContractMissing,
	CodeContractUnreadable, CodeBatcherNotAuthorized, CodeSequencerNotAuthorized, CodePortalForeign,
	CodeGameTypeMissing, CodeProposerNotAuthorized, CodeBalanceLow,
}
