package preflight

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// keyRules judge to whom the chain's keys belong.
var keyRules = []rule{signers, batcherAccount, sharedKeys}

const (
	batcherClaim  = "spec.l1.contractAddresses.batcher"
	proposerClaim = "spec.l1.contractAddresses.proposer"
)

// holder is who signs with a key.
type holder struct {
	name    string
	account common.Address // zero where there is no key
	secret  v1alpha1.SecretName
}

func (h *holder) place() place { return place{secret: string(h.secret), key: names.KeySigner} }

func holders(in *Inputs) []holder {
	all := &in.Chain.Spec.Components
	return []holder{
		{"op-batcher", in.Signers.Batcher, all.Batcher.SignerPrivateKeySecret},
		{"op-proposer", in.Signers.Proposer, all.Proposer.SignerPrivateKeySecret},
		{"the sequencer", in.Signers.Sequencer, all.Node.P2P.SequencerKeySecret},
	}
}

func signers(in *Inputs) Findings {
	var found Findings
	claims, all := &in.Chain.Spec.L1.ContractAddresses, holders(in)
	compare := func(h *holder, field string, claim v1alpha1.Address) {
		if claim != "" && h.account != (common.Address{}) && h.account != common.HexToAddress(string(claim)) {
			found = append(found, h.place().wrong(v1alpha1.CodeSignerMismatch, correct, "it is the key of %s, but %s is %s", h.account, field, claim))
		}
	}
	compare(&all[0], batcherClaim, claims.Batcher)
	compare(&all[1], proposerClaim, claims.Proposer)
	return found
}

// batcherAccount compares the account that posts batches with the one that rollup.json begins with.
// op-node reads batches of no other, unless SystemConfig on L1 named another since: where the
// spec names that one, it is taken at its word.
func batcherAccount(in *Inputs) Findings {
	if in.Rollup == nil {
		return nil
	}
	first, key, claim := in.Rollup.Genesis.SystemConfig.BatcherAddr, in.Signers.Batcher, in.Chain.Spec.L1.ContractAddresses.Batcher
	switch none := (common.Address{}); {
	case first == none:
		return nil
	case claim != "" && common.HexToAddress(string(claim)) != first:
		return Findings{place{field: batcherClaim}.is(v1alpha1.SeverityWarning, v1alpha1.CodeBatcherMismatch,
			"leave it if SystemConfig on L1 names this account by now: else correct the one that is wrong",
			"it is %s, but rollup.json begins with batcher %s", claim, first)}
	case claim == "" && key != none && key != first:
		h := holders(in)[0]
		return Findings{h.place().wrong(v1alpha1.CodeBatcherMismatch,
			"use the key of that account, or, if SystemConfig names another by now, set "+batcherClaim,
			"it is the key of %s, but rollup.json begins with batcher %s, and op-node reads the batches of no other", key, first)}
	}
	return nil
}

func sharedKeys(in *Inputs) Findings {
	var found Findings
	told := map[common.Address]bool{{}: true} // no account is no shared one
	all := holders(in)
	for i := range all {
		account, sharing, last := all[i].account, all[i].name, i
		for j := i + 1; j < len(all); j++ {
			if all[j].account == account {
				sharing, last = sharing+" and "+all[j].name, j
			}
		}
		if last > i && !told[account] {
			found = append(found, all[last].place().is(v1alpha1.SeverityWarning, v1alpha1.CodeSharedKey, "give each a key of its own",
				"%s share the key of %s", sharing, account))
		}
		told[account] = true
	}
	return found
}
