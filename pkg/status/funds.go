package status

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/ether"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

const (
	// measuredLeast is over how long spending must have been measured before it is projected.
	measuredLeast = time.Hour
	// balanceFresh is for how long a balance holds while L1 does not answer.
	balanceFresh = time.Hour
)

// signer is a component that pays for transactions on L1.
type signer struct {
	component string
	account   *v1alpha1.AccountStatus
	minimum   v1alpha1.Ether
	// every is the time between two of its payments, or more. Less than two of them do not make a
	// rate.
	every time.Duration
}

// signers are the enabled ones.
func (s *situation) signers() []signer {
	spec, facts := &s.spec.Components, &s.facts.ComponentStatus
	var all []signer
	if spec.Batcher.IsEnabled() {
		payer := signer{component: names.Batcher, minimum: spec.Batcher.MinimumBalance, every: s.limits.channel}
		if facts.Batcher != nil {
			payer.account = facts.Batcher.Account
		}
		all = append(all, payer)
	}
	if spec.Proposer.IsEnabled() {
		payer := signer{component: names.Proposer, minimum: spec.Proposer.MinimumBalance, every: s.limits.proposals}
		if facts.Proposer != nil {
			payer.account = facts.Proposer.Account
		}
		all = append(all, payer)
	}
	return all
}

// fundsReasons are the faults of accounts, the worst first.
var fundsReasons = []string{v1alpha1.ReasonOutOfFunds, v1alpha1.ReasonBalanceLow, v1alpha1.ReasonFundsEndSoon}

// signersFunded judges whether batcher and proposer can pay, now and for some time.
func signersFunded(s *situation) verdict {
	const kind = v1alpha1.ConditionSignersFunded
	l1 := &s.seen.View.L1
	var texts, missing, stale []string
	worst := len(fundsReasons)
	for _, payer := range s.signers() {
		if payer.account == nil {
			missing = append(missing, "the balance of "+payer.component+" was not seen yet")
			continue
		}
		reason, text := payer.judge(s.limits.fundsLeft, s.fundsEnough())
		if seen := payer.account.ObservedAt.Time; s.now.Sub(seen) > balanceFresh {
			stale = append(stale, "the balance of "+payer.component+" was last seen at "+clocked(seen))
			reason = ""
		}
		texts = append(texts, text)
		if i := slices.Index(fundsReasons, reason); i >= 0 {
			worst = min(worst, i)
		}
	}
	said := joined(append(texts, missing...)...)
	switch {
	case silence(l1, s.now) > balanceFresh:
		return notSeen(joined(unseen("L1", l1, s.facts.L1.ObservedAt), said))
	case l1.At.IsZero():
		return s.asBefore(kind, joined(unseen("L1", l1, s.facts.L1.ObservedAt), said))
	case worst < len(fundsReasons):
		return wrong(fundsReasons[worst], said)
	case len(stale) > 0:
		return notSeen(joined(joined(stale...)+because(l1.Why), said))
	case len(missing) > 0:
		return s.asBefore(kind, said)
	}
	return fine(v1alpha1.ReasonSignersFunded, said)
}

// fundsEnough is for how long funds must last. The rate rises with each payment and falls until the
// next: what was said to end soon must last a quarter longer before that is taken back.
func (s *situation) fundsEnough() time.Duration {
	enough := min(s.limits.fundsLeft, longest)
	if s.reasonOf(v1alpha1.ConditionSignersFunded) == v1alpha1.ReasonFundsEndSoon {
		enough += enough / 4
	}
	return enough
}

// judge says how an account fares, whose funds should last for fundsLeft and do so where they last
// for enough: a reason where it has a fault.
func (p *signer) judge(fundsLeft, enough time.Duration) (reason, text string) {
	account := p.account
	balance, ok := ether.Wei(account.Balance)
	if !ok {
		return "", fmt.Sprintf("the balance of %s cannot be read", p.component)
	}
	least, ok := ether.Wei(p.minimum)
	if !ok {
		least, _ = ether.Wei(preflight.DefaultMinimumBalance)
	}
	runway := instant(account.LastsUntil).Sub(account.ObservedAt.Time)
	known := account.LastsUntil != nil && lengthOf(account.MeasuredFor, 0) >= max(measuredLeast, min(2*p.every, measuredMost))
	has := fmt.Sprintf("%s has %s ETH on L1", p.component, ether.Short(balance))
	if known {
		perDay, _ := ether.Wei(account.SpentPerDay)
		has += fmt.Sprintf(", which lasts %s at %s ETH a day", lasting(runway), ether.Short(perDay))
	}
	send := fmt.Sprintf(": send ETH to %s", account.Address)
	switch {
	case balance.Sign() == 0:
		return v1alpha1.ReasonOutOfFunds, p.component + " has no ETH on L1, and can send no transaction" + send
	case balance.Cmp(least) < 0:
		return v1alpha1.ReasonBalanceLow, fmt.Sprintf("%s: that is less than the %s ETH of minimumBalance%s", has, ether.Short(least), send)
	case known && runway < enough:
		return v1alpha1.ReasonFundsEndSoon, fmt.Sprintf("%s: it should last %s%s", has, lasting(fundsLeft), send)
	}
	return "", has
}

// accounts carries on what is known of the signers' accounts.
func accounts(next *v1alpha1.ComponentStatuses, seen *Observation, now metav1.Time) {
	l1 := &seen.View.L1
	if next.Batcher != nil {
		next.Batcher.Account = accountStatus(next.Batcher.Account, seen.Signers.Batcher, l1.Value.BatcherBalance, l1.At, now.Time)
	}
	if next.Proposer != nil {
		next.Proposer.Account = accountStatus(next.Proposer.Account, seen.Signers.Proposer, l1.Value.ProposerBalance, l1.At, now.Time)
	}
}
