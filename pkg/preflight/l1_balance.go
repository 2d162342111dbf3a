package preflight

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// defaultMinimumBalance is the default of minimumBalance.
const defaultMinimumBalance v1alpha1.Ether = "0.1"

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
		minimum = defaultMinimumBalance
	}
	least, ok := wei(minimum)
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
		Message: fmt.Sprintf("%s owns %s ETH on L1, less than %s", account, ether(has.Value), minimum),
		Cure:    fmt.Sprintf("send ETH to %s, or lower the minimum", account),
	}}
}

// weiDigits is how many decimal digits ETH has: it is 10^18 wei.
const weiDigits = 18

// wei reads an amount of ETH exactly.
func wei(amount v1alpha1.Ether) (*big.Int, bool) {
	whole, fraction, pointed := strings.Cut(string(amount), ".")
	if whole == "" || pointed && fraction == "" || len(fraction) > weiDigits || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(whole+fraction+strings.Repeat("0", weiDigits-len(fraction)), 10)
}

// shownDigits is how many digits of an amount people need.
const shownDigits = 4

// ether writes an amount in ETH. Digits that nobody needs are cut off, not rounded: what is
// below a limit must not look as if it reached it.
func ether(amount *big.Int) string {
	digits := fmt.Sprintf("%0*s", weiDigits+1, amount.String())
	whole, fraction := digits[:len(digits)-weiDigits], digits[len(digits)-weiDigits:]
	keep := max(shownDigits-len(whole), 0)
	if whole == "0" {
		keep = len(fraction) - len(strings.TrimLeft(fraction, "0")) + shownDigits
	}
	fraction = strings.TrimRight(fraction[:min(keep, len(fraction))], "0")
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}
