package preflight

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

const (
	fieldPortal       = "spec.l1.contractAddresses.optimismPortal"
	fieldSystemConfig = "spec.l1.contractAddresses.systemConfig"
	fieldGameType     = "spec.components.proposer.gameType"
)

// proposals are the contract that op-proposer proposes to, as the spec has it.
func proposals(in *Inputs) (field, kind string, address v1alpha1.Address) {
	at := &in.Chain.Spec.L1.ContractAddresses
	if at.DisputeGameFactory != "" {
		return fieldFactory, "DisputeGameFactory", at.DisputeGameFactory
	}
	return fieldOracle, "L2OutputOracle", at.L2OutputOracle
}

func contractsThere(in *Inputs, view *L1View) Findings {
	at := &in.Chain.Spec.L1.ContractAddresses
	field, kind, address := proposals(in)
	var found Findings
	for _, c := range []struct {
		code        Answer[bool]
		field, kind string
		address     v1alpha1.Address
	}{
		{view.PortalCode, fieldPortal, "OptimismPortal", at.OptimismPortal},
		{view.SystemConfigCode, fieldSystemConfig, "SystemConfig", at.SystemConfig},
		{view.ProposalsCode, field, kind, address},
	} {
		if isMissing(c.code) {
			found = append(found, v1alpha1.Finding{
				Code: v1alpha1.CodeContractMissing, Severity: v1alpha1.SeverityError, Field: c.field,
				Message: fmt.Sprintf("L1 has no contract at %s", c.address),
				Cure:    fmt.Sprintf("use the address of the %s proxy from the deployment's output", c.kind),
			})
		}
	}
	return found
}

func isMissing(code Answer[bool]) bool { return code.Standing == Known && !code.Value }

// unreadable is the finding that a contract does not answer a question as it should. It only
// warns, since contracts change from version to version.
func unreadable(field, kind, what string) Findings {
	return Findings{{
		Code: v1alpha1.CodeContractUnreadable, Severity: v1alpha1.SeverityWarning, Field: field,
		Message: fmt.Sprintf("the contract does not tell %s as %s does", what, kind),
		Cure:    fmt.Sprintf("make sure that it is the address of the chain's %s proxy", kind),
	}}
}

// portalsSystemConfig is placed at the SystemConfig where that is missing, or does not answer as
// one.
func portalsSystemConfig(in *Inputs, view *L1View) Findings {
	at, obeyed := &in.Chain.Spec.L1.ContractAddresses, view.PortalSystemConfig
	switch {
	case isMissing(view.PortalCode):
		return nil
	case obeyed.Standing == Refused:
		return unreadable(fieldPortal, "OptimismPortal", "its SystemConfig")
	case obeyed.Standing != Known || obeyed.Value == addressOf(at.SystemConfig):
		return nil
	}
	finding := v1alpha1.Finding{
		Code: v1alpha1.CodePortalForeign, Severity: v1alpha1.SeverityError, Field: fieldPortal,
		Message: fmt.Sprintf("the portal belongs to the SystemConfig %s, but %s is %s", obeyed.Value, fieldSystemConfig, at.SystemConfig),
		Cure:    "use the OptimismPortal and the SystemConfig of one chain",
	}
	if view.BatcherHash.Standing == Refused {
		finding.Field = fieldSystemConfig
		finding.Message = fmt.Sprintf("the portal belongs to another SystemConfig, %s", obeyed.Value)
	}
	return Findings{finding}
}

func systemConfigReadable(_ *Inputs, view *L1View) Findings {
	switch {
	case isMissing(view.SystemConfigCode):
		return nil
	case view.BatcherHash.Standing == Refused:
		return unreadable(fieldSystemConfig, "SystemConfig", "its batcher")
	case view.UnsafeBlockSigner.Standing == Refused:
		return unreadable(fieldSystemConfig, "SystemConfig", "its unsafeBlockSigner")
	}
	return nil
}

func batcherAuthorized(in *Inputs, view *L1View) Findings {
	batcher, named := &in.Chain.Spec.Components.Batcher, view.BatcherHash
	account := in.Signers.Batcher
	if !batcher.IsEnabled() || account == (common.Address{}) || named.Standing != Known || named.Value == account {
		return nil
	}
	return otherAccount(v1alpha1.CodeBatcherNotAuthorized, batcher.SignerPrivateKeySecret, named.Value,
		fmt.Sprintf("the key belongs to %s, but the batcher in SystemConfig on L1 is %s: op-node would pass over all batches", account, named.Value),
		"have the owner of the SystemConfig call setBatcherHash")
}

func sequencerAuthorized(in *Inputs, view *L1View) Findings {
	node, named := &in.Chain.Spec.Components.Node, view.UnsafeBlockSigner
	account := in.Signers.Sequencer
	if !signsBlocks(node) || account == (common.Address{}) || named.Standing != Known || named.Value == account {
		return nil
	}
	return otherAccount(v1alpha1.CodeSequencerNotAuthorized, node.P2P.SequencerKeySecret, named.Value,
		fmt.Sprintf("the key belongs to %s, but unsafeBlockSigner in SystemConfig on L1 is %s: other nodes would drop all blocks", account, named.Value),
		"have the owner of the SystemConfig call setUnsafeBlockSigner")
}

func proposalsReadable(in *Inputs, view *L1View) Findings {
	field, kind, _ := proposals(in)
	switch {
	case isMissing(view.ProposalsCode):
		return nil
	case view.GameImpl.Standing == Refused:
		return unreadable(field, kind, "its implementations")
	case view.Proposer.Standing == Refused:
		return unreadable(field, kind, "who may propose")
	}
	return nil
}

func gameTypeThere(in *Inputs, view *L1View) Findings {
	if view.GameImpl.Standing != Known || view.GameImpl.Value != (common.Address{}) {
		return nil
	}
	cure := "use a game type that the factory has, or have the factory's owner add this one"
	if respected := view.RespectedGameType; respected.Standing == Known {
		cure += fmt.Sprintf("; the portal respects type %d", respected.Value)
	}
	return Findings{{
		Code: v1alpha1.CodeGameTypeMissing, Severity: v1alpha1.SeverityError, Field: fieldGameType,
		Message: fmt.Sprintf("the factory has no implementation of game type %d", gameType(&in.Chain.Spec.Components.Proposer)),
		Cure:    cure,
	}}
}

// gameTypeRespected only warns: the games can be created, and a chain that moves from one type
// to the next proposes for a while to one that is not respected yet.
func gameTypeRespected(in *Inputs, view *L1View) Findings {
	proposed, respected := gameType(&in.Chain.Spec.Components.Proposer), view.RespectedGameType
	there := view.GameImpl.Standing != Known || view.GameImpl.Value != common.Address{}
	if respected.Standing != Known || respected.Value == proposed || !there {
		return nil
	}
	return Findings{{
		Code: v1alpha1.CodeGameTypeMissing, Severity: v1alpha1.SeverityWarning, Field: fieldGameType,
		Message: fmt.Sprintf("the portal respects game type %d, not %d: no withdrawal can be proven by these games", respected.Value, proposed),
		Cure:    fmt.Sprintf("use %d, unless the portal is about to change over", respected.Value),
	}}
}

func proposerAuthorized(in *Inputs, view *L1View) Findings {
	proposer, admitted := &in.Chain.Spec.Components.Proposer, view.Proposer
	account := in.Signers.Proposer
	if !proposer.IsEnabled() || account == (common.Address{}) || admitted.Standing != Known || admitted.Value == account {
		return nil
	}
	where, remedy := "games of type "+fmt.Sprint(gameType(proposer)), "have the factory's owner set an implementation that admits it"
	if in.Chain.Spec.L1.ContractAddresses.DisputeGameFactory == "" {
		where, remedy = "to the L2OutputOracle", "have the owner of its ProxyAdmin set another proposer"
	}
	return otherAccount(v1alpha1.CodeProposerNotAuthorized, proposer.SignerPrivateKeySecret, admitted.Value,
		fmt.Sprintf("the key belongs to %s, but only %s may propose %s", account, admitted.Value, where), remedy)
}
