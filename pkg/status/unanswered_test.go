package status

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
)

// An L1 that answers, but not for balances, tells nothing of them: they are of when it last did.
func TestBalancesThatAreNotTold(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	untold := w.but(func(w *world) {
		w.tell = func(v *observer.View) {
			v.L1.Value.BatcherBalance, v.L1.Why = nil, "call eth_getBalance: 429 Too Many Requests"
		}
	})
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{time.Hour, "True SignersFunded"}, {time.Hour + time.Minute, "Unknown NotSeen"}} {
		now := noon.Add(step.after)
		chain.Status = stored(Next(chain, untold.at(now), now))
		c := meta.FindStatusCondition(chain.Status.Conditions, v1alpha1.ConditionSignersFunded)
		if got := said(&chain.Status, c.Type); got != step.want || got[:4] != "True" && !strings.Contains(c.Message, "of op-batcher was last seen at 2026-11-22 12:00:00 UTC: call eth_getBalance: 429") {
			t.Errorf("%s later it is %s: %s; want %s", step.after, got, c.Message, step.want)
		}
		if at := chain.Status.ComponentStatus.Batcher.Account.ObservedAt; !at.Time.Equal(noon) {
			t.Errorf("the batcher's balance is of %s", at)
		}
		if at := chain.Status.ComponentStatus.Proposer.Account.ObservedAt; at.Time.Before(now.Add(-time.Minute)) {
			t.Errorf("the proposer's balance is of %s", at)
		}
	}
	empty := w.but(func(w *world) { w.balance = 0 })
	later := noon.Add(2 * time.Hour)
	chain.Status = stored(Next(chain, empty.at(later), later))
	if got := said(&chain.Status, v1alpha1.ConditionSignersFunded); got != "False OutOfFunds" {
		t.Errorf("empty, and told again: %s", got)
	}
}

// That L1 did not tell the newest proposal does not make the one before it the newest.
func TestProposalsThatAreNotTold(t *testing.T) {
	t.Parallel()
	w, well := wellFor()
	silent := w.but(func(w *world) { w.proposer = noon.Add(-4 * time.Hour) })
	overdue := silent.live(noon.Add(-time.Hour), noon)
	never := w.but(func(w *world) {
		w.tell = func(v *observer.View) { v.L1.Value.LastProposal = nil }
	})
	fresh := never.live(noon.Add(-24*time.Hour), noon)
	cases := map[string]struct {
		chain *v1alpha1.OPChain
		after time.Duration
		want  string
	}{
		"while the last one known is new enough": {well, 3 * time.Hour, "True ProposalsOnTime"},
		"when it is not any more":                {well, 3*time.Hour + time.Minute, "Unknown NotSeen"},
		"of a chain that was overdue":            {overdue, time.Minute, "False ProposalsOverdue"},
		"of a chain that had none":               {fresh, time.Minute, "False ProposalsOverdue"},
	}
	untold := w.but(func(w *world) {
		w.tell = func(v *observer.View) {
			v.L1.Value.LastProposal, v.L1.Value.ProposalsTold, v.L1.Why = nil, false, "timeout"
		}
	})
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := noon.Add(tc.after)
			next := Next(tc.chain, untold.at(now), now)
			c := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionProposerProgressing)
			if got := said(&next, c.Type); got != tc.want || got[:7] == "Unknown" && !strings.Contains(c.Message, "did not tell the newest proposal: timeout") {
				t.Errorf("%s: %s, want %s", got, c.Message, tc.want)
			}
		})
	}
	unheard := w.opchain()
	next := Next(unheard, untold.at(noon), noon)
	if got := said(&next, v1alpha1.ConditionProposerProgressing); got != "Unknown NotSeen" {
		t.Errorf("nothing was ever told: %s", got)
	}
}
