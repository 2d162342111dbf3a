package observer

import (
	"errors"
	"time"

	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// take merges what a look was told into what is known.
func (c *chain) take(p *plan, said *answers) {
	c.hung = said.hung
	c.view.Looks++
	c.view.Took = said.took
	former := c.view.Node
	c.view.count(c.view.Geth.take(&said.geth, c.target.Geth != ""))
	c.view.count(c.view.Batcher.take(&said.batcher, c.target.Batcher != ""))
	c.view.count(c.view.Node.take(&said.node, c.target.Node != ""))
	if c.view.Node.At != former.At {
		c.view.moved(&former)
	}
	if p.target.L1 == c.l1.url && p.target.Query == c.l1.query { // else it was another L1, or asked something else
		c.view.count(c.takeL1(p, &said.l1))
	}
}

func (v *View) count(failed bool) {
	if failed {
		v.Failures++
	}
}

// longSilence is after how long op-node is taken to have been down: it then needs time, as at first.
const longSilence = 5 * time.Minute

// moved compares op-node's heads with those that it had before. Heads that go back do so because
// the chain was reorganised: that is no progress, and what comes next is measured against it.
func (v *View) moved(was *Reading[probe.Node]) {
	is := &v.Node
	if was.At.IsZero() || is.At.Sub(was.At) > longSilence {
		v.Since = is.At
	}
	if was.At.IsZero() {
		return
	}
	if is.Value.Unsafe.Number > was.Value.Unsafe.Number {
		v.UnsafeMoved = is.At
	}
	if is.Value.Safe.Number > was.Value.Safe.Number {
		v.SafeMoved = is.At
	}
}

// take keeps an answer, and the time of it, and reports whether there was none where one was
// asked for. wanted is whether it is still to be asked.
func (r *Reading[T]) take(said *answer[T], wanted bool) (failed bool) {
	if said.asked.IsZero() {
		return false
	}
	r.Asked = said.asked
	if said.err == nil {
		r.Value, r.At = said.value, said.ended
		r.excuse()
		return false
	}
	if wanted {
		if r.Failing.IsZero() {
			r.Failing = said.asked
		}
		r.Why = said.err.Error()
	}
	return true
}

// excuse takes back that it does not answer.
func (r *Reading[T]) excuse() { r.Failing, r.Why = time.Time{}, "" }

// takeL1 keeps what L1 said, and what does not change of that which it did not answer this time.
func (c *chain) takeL1(p *plan, said *answer[probe.L1State]) (failed bool) {
	if said.asked.IsZero() {
		return false
	}
	if said.value.Head.Time.IsZero() {
		if said.err == nil {
			said.err = errors.New("it told no head")
		}
		return c.view.L1.take(said, c.target.L1 != "")
	}
	was, why := c.view.L1.Value, ""
	if said.err != nil {
		why = said.err.Error()
		recall(&said.value, &was)
		if said.value.SafeSince == nil && same(c.safeSince, p.query.SafeSince) {
			said.value.SafeSince = was.SafeSince
		}
		said.err = nil
	}
	c.safeSince = p.query.SafeSince
	c.view.L1.take(said, true)
	c.view.L1.Why = why
	if before, now := was.BatcherNonce, said.value.BatcherNonce; before != nil && now != nil && *now > *before {
		c.view.NonceMoved = said.ended
	}
	return false
}

// recall fills in what holds for longer than a look: the nonce, against which the next one is
// compared, and what the oracle asks for. Balances and proposals would look as if they were of now,
// and the time of a block may be that of another one.
func recall(is, was *probe.L1State) {
	keep(&is.BatcherNonce, was.BatcherNonce)
	keep(&is.SubmissionInterval, was.SubmissionInterval)
}

func keep[T any](is **T, was *T) {
	if *is == nil {
		*is = was
	}
}

func same(a, b *int64) bool { return a != nil && b != nil && *a == *b }
