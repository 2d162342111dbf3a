package controllers

import (
	"context"
	"fmt"
	"hash/maphash"
	"reflect"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

const (
	// l1Timeout bounds all that L1 is asked of a chain in one pass.
	l1Timeout = 3 * time.Second

	// Between two times that L1 is asked about a chain that it refused, or about which it did
	// not answer; the latter more often while nothing of the chain was started yet. What it
	// said well of is asked again at PreflightInterval.
	l1Retry, l1Wait = time.Minute, 15 * time.Second
)

// answer is what L1 said of a chain when it was last asked.
type answer struct {
	inputs   string // what it was asked for; empty where it never was
	url      string // where; it may carry an API key
	question preflight.L1Question
	view     *preflight.L1View // with what it said before of what it did not answer
	complete bool              // it answered all
	findings preflight.Findings
	answered time.Time // when it last answered all
	again    time.Time // when it is to be asked again
}

func (a *answer) seen() status.L1 {
	return status.L1{Asked: a.inputs != "", Complete: a.complete, Findings: a.findings, Answered: a.answered}
}

// preflight gives what L1 says of a chain, which it is asked now and then. It never fails: what
// L1 does not answer is unknown.
func (r *OPChainReconciler) preflight(ctx context.Context, chain *v1alpha1.OPChain, inputs string, in *preflight.Inputs, url string) answer {
	now, was := r.Clock.Now(), r.ledger.get(chain.UID).answer
	if was.inputs == inputs && now.Before(was.again) {
		return was
	}
	asking, cancel := context.WithTimeout(ctx, l1Timeout)
	defer cancel()
	is := answer{inputs: inputs, url: url, question: preflight.QuestionOf(in), answered: was.answered}
	is.view = r.Prober.L1(asking, url, is.question)
	if was.view != nil && was.url == url && reflect.DeepEqual(was.question, is.question) {
		is.view = is.view.Recalling(was.view)
	}
	is.complete, is.findings = is.view.Complete(), preflight.JudgeL1(in, is.view)
	if is.complete {
		is.answered = now
	}
	is.again = momentAfter(now, r.l1Pause(ctx, chain, &is), chain.UID)
	r.ledger.hear(chain.UID, is)
	ctrl.LoggerFrom(ctx).V(1).Info("Asked L1", "complete", is.complete, "findings", len(is.findings))
	return is
}

func (r *OPChainReconciler) l1Pause(ctx context.Context, chain *v1alpha1.OPChain, is *answer) time.Duration {
	if !is.complete {
		if _, fresh, err := r.unstarted(ctx, chain); err == nil && fresh {
			return l1Wait
		}
		return l1Retry
	}
	if len(is.findings.Of(v1alpha1.SeverityError)) > 0 {
		return l1Retry
	}
	return max(r.PreflightInterval, l1Retry)
}

// momentAfter is the next of the chain's moments: one in each interval, and another for every
// chain, so that a thousand of them do not ask at once.
func momentAfter(now time.Time, interval time.Duration, uid types.UID) time.Time {
	offset := maphash.String(markSeed, string(uid)) % uint64(interval) //nolint:gosec // an interval is positive
	at := now.Truncate(interval).Add(time.Duration(offset))            //nolint:gosec // less than interval
	if !at.After(now) {
		at = at.Add(interval)
	}
	return at
}

// held says, of each component that must be left as it is, what that waits for: what L1 refuses
// is not started, and goes on as it is where it was. That L1 does not answer holds up only a
// chain of which nothing was started, and one that would leave an endpoint for one that is silent. A user who ignores that it does not does not wait for it.
func (r *OPChainReconciler) held(ctx context.Context, chain *v1alpha1.OPChain, said *answer) (map[string]string, error) {
	unstarted, fresh, err := r.unstarted(ctx, chain)
	if err != nil {
		return nil, err
	}
	silent := slices.ContainsFunc(said.findings, func(f v1alpha1.Finding) bool { return f.Code == v1alpha1.CodeL1NoAnswer })
	moved := silent && r.movesToSilence(chain, said)
	held := map[string]string{}
	for _, component := range manifests.Enabled(chain) {
		switch code := refused(said.findings, component); {
		case code != "":
			held[component] = fmt.Sprintf("L1 to be as it needs it: %s", code)
		case silent && fresh && slices.Contains(unstarted, component):
			held[component] = "L1 to answer"
		case moved && component != names.Geth: // which asks no L1
			held[component] = "L1 to answer at its new endpoint"
		}
	}
	return held, nil
}

// movesToSilence reports whether a chain that runs is to ask L1 at another endpoint than it does,
// and nobody answers there: a misspelt URL would end every one of its programs.
func (r *OPChainReconciler) movesToSilence(chain *v1alpha1.OPChain, said *answer) bool {
	runs := r.ledger.get(chain.UID).running
	return runs.l1 != "" && runs.l1 != said.url && said.view != nil && said.view.ChainID.Standing == preflight.Unknown
}

// refused gives the code of the first error that concerns a component; empty without one.
func refused(found preflight.Findings, component string) v1alpha1.FindingCode {
	for i := range found {
		if found[i].Severity == v1alpha1.SeverityError && slices.Contains(preflight.Concerns(&found[i]), component) {
			return found[i].Code
		}
	}
	return ""
}

// unstarted are the enabled components that have no Deployment. The chain is fresh if none has,
// and none has a claim: nothing of it ever ran.
func (r *OPChainReconciler) unstarted(ctx context.Context, chain *v1alpha1.OPChain) (list []string, fresh bool, err error) {
	enabled := manifests.Enabled(chain)
	fresh = true
	for _, component := range manifests.Components() {
		deployment, err := r.cached(ctx, manifests.KindDeployment, chain.Namespace, names.Of(chain, component))
		if err != nil {
			return nil, false, err
		}
		started := deployment != nil && metav1.IsControlledBy(deployment, chain)
		fresh = fresh && !started
		if !started && slices.Contains(enabled, component) {
			list = append(list, component)
		}
	}
	for _, name := range manifests.Claims(chain) {
		claim, err := r.cached(ctx, manifests.KindClaim, chain.Namespace, name)
		if err != nil {
			return nil, false, err
		}
		fresh = fresh && (claim == nil || ours(chain, manifests.KindClaim, claim) != nil)
	}
	return list, fresh, nil
}
