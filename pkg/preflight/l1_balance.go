package preflight

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/ether"
)

// DefaultMinimumBalance is the default of minimumBalance, by the schema.
const DefaultMinimumBalance v1alpha1.Ether = "0.1"

func balances(in *Inputs, view *L1View) Findings {
	components := &in.Chain.Spec.Components
	var found Findings
	if components.Batcher.IsEnabled() {
		found = balance(fieldBatcherBalance, in.Signers.Batcher, view.BatcherBalance, components.Batcher.MinimumBalance)
	}
	if components.Proposer.IsEnabled() {
		found = append(found, balance(fieldProposerBalance, in.Signers.Proposer, view.ProposerBalance, components.Proposer.MinimumBalance)...)
	}
	return found
}

func balance(field string, account common.Address, has Answer[*big.Int], minimum v1alpha1.Ether) Findings {
	if has.Standing != Known {
		return nil
	}
	if minimum == "" {
		minimum = DefaultMinimumBalance
	}
	least, ok := ether.Wei(minimum)
	if !ok {
		return Findings{{
			Code: v1alpha1.CodeBalanceLow, Severity: v1alpha1.SeverityUnknown, Field: field,
			Message: "it is not an amount of ETH, so the balance could not be compared",
			Cure:    "write digits, with at most 18 of them after a point, such as 0.1",
		}}
	}
	if has.Value.Cmp(least) >= 0 {
		return nil
	}
	return Findings{{
		Code: v1alpha1.CodeBalanceLow, Severity: v1alpha1.SeverityWarning, Field: field,
		Message: fmt.Sprintf("%s owns %s ETH on L1, less than %s", account, ether.Short(has.Value), minimum),
		Cure:    fmt.Sprintf("send ETH to %s, or lower the minimum", account),
	}}
}
