package preflight

import (
	"fmt"
	"strings"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
)

// defaultForkNotice is what spec.preflight.forkNotice defaults to.
const defaultForkNotice = 14 * 24 * time.Hour

// lastSecond is the end of the year 9999, in Unix seconds: RFC 3339 has no later time, and a fork
// after it is as good as none.
const lastSecond = 253_402_300_799

// hurdle is a fork that an image is too old for.
type hurdle struct {
	fork string
	// at is when it comes into force, in UTC; zero where the chain began with it.
	at     time.Time
	lowest catalog.Lowest
}

// when says when the fork came, or will come, into force.
func (h *hurdle) when(now time.Time) string {
	switch {
	case h.at.IsZero():
		return "since genesis"
	case now.Before(h.at):
		return "from " + h.at.Format(time.RFC3339)
	}
	return "since " + h.at.Format(time.RFC3339)
}

// hurdles are the scheduled forks of the rollup and of L1 that an image is too old for, however
// far off. Where its version is not told, they are those that no version of it supports.
func hurdles(in *Inputs, p *program) []hurdle {
	if !catalog.Recognised(p.component, p.image) {
		return nil
	}
	var found []hurdle
	meet := func(fork, name string, at time.Time) {
		if ok, lowest := catalog.Supports(p.component, p.version, fork); !ok {
			found = append(found, hurdle{fork: name, at: at, lowest: lowest})
		}
	}
	if in.Rollup != nil {
		for _, fork := range in.Rollup.Forks() {
			switch {
			case fork.Time == nil:
			case *fork.Time <= in.Rollup.Genesis.L2Time:
				meet(fork.Name, fork.Name, time.Time{})
			default:
				meet(fork.Name, fork.Name, time.Unix(int64(min(*fork.Time, lastSecond)), 0).UTC())
			}
		}
	}
	for _, fork := range catalog.L1Forks(in.Chain.Spec.L1.ChainID) {
		meet(fork.Name, fork.Name+" of L1", fork.Time)
	}
	return found
}

// tooOld finds images that are too old for a fork in force, or for one that comes within the
// notice. There is one finding for the forks of each kind, since one change mends them all.
func tooOld(in *Inputs, p *program) Findings {
	var old, never, oldSoon, neverSoon []hurdle
	for _, h := range hurdles(in, p) {
		near := !in.Now.Before(h.at.Add(-forkNotice(in)))
		switch inForce := !in.Now.Before(h.at); {
		case inForce && h.lowest.Never():
			never = append(never, h)
		case inForce:
			old = append(old, h)
		case near && h.lowest.Never():
			neverSoon = append(neverSoon, h)
		case near:
			oldSoon = append(oldSoon, h)
		}
	}
	_, replacement, _ := catalog.SupportEnd(p.component)
	var found Findings
	add := func(severity v1alpha1.FindingSeverity, forks []hurdle, problem, cure string) {
		if len(forks) > 0 {
			found = append(found, p.finding(v1alpha1.CodeImageTooOld, severity, problem+forkList(forks, in.Now), cure))
		}
	}
	add(v1alpha1.SeverityError, old, fmt.Sprintf("%s is too old for a fork in force: ", p), upgradeTo(p, old))
	add(v1alpha1.SeverityError, never, fmt.Sprintf("no version of %s supports a fork in force: ", p.component),
		fmt.Sprintf("run this chain elsewhere on %s, which this operator does not run, or, if it has no blocks yet, make it without the fork", replacement))
	add(v1alpha1.SeverityWarning, oldSoon, fmt.Sprintf("%s is too old for a fork to come: ", p), upgradeTo(p, oldSoon)+" before that")
	add(v1alpha1.SeverityWarning, neverSoon, fmt.Sprintf("no version of %s supports a fork to come: ", p.component),
		fmt.Sprintf("put the fork off, in rollup.json and in the genesis, or move this chain before that to %s, which this operator does not run", replacement))
	return found
}

// upgradeTo names the lowest version that passes all of some forks.
func upgradeTo(p *program, forks []hurdle) string {
	var highest catalog.Lowest
	for i := range forks {
		if forks[i].lowest.Above(highest) {
			highest = forks[i].lowest
		}
	}
	return fmt.Sprintf("use %s %s or later", p.component, highest.Version())
}

func forkList(forks []hurdle, now time.Time) string {
	each := make([]string, len(forks))
	for i := range forks {
		each[i] = fmt.Sprintf("%s (%s)", forks[i].fork, forks[i].when(now))
	}
	return strings.Join(each, ", ")
}

// forkNotice is how long before a fork an image is warned of. The schema admits only what can be
// parsed; an object from before it gets the default, as one without the field does.
func forkNotice(in *Inputs) time.Duration {
	notice, err := time.ParseDuration(string(in.Chain.Spec.Preflight.ForkNotice))
	if err != nil {
		return defaultForkNotice
	}
	return notice
}
