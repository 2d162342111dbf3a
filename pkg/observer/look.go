package observer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime/debug"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// Prober asks programs and L1. Each call ends with its context, and its errors hold no secret.
type Prober interface {
	// Geth asks op-geth.
	Geth(ctx context.Context, url string) (probe.Geth, error)
	// Node asks op-node, and its metrics page too.
	Node(ctx context.Context, url, metricsURL string) (probe.Node, error)
	// Batcher asks op-batcher's metrics page.
	Batcher(ctx context.Context, metricsURL string) (probe.Batcher, error)
	// State asks L1 and gives what it could see, and an error where that is not all. The time of
	// its head is zero where it did not answer.
	State(ctx context.Context, url string, query probe.L1Query) (probe.L1State, error)
}

// plan is what one look asks.
type plan struct {
	target Target // without the URL of L1 where that is not due
	query  probe.L1Query
}

// answers are what a look was told.
type answers struct {
	geth    answer[probe.Geth]
	node    answer[probe.Node]
	batcher answer[probe.Batcher]
	l1      answer[probe.L1State]

	took time.Duration
	hung bool // the deadline came
}

// answer is what one program said.
type answer[T any] struct {
	value        T
	err          error
	asked, ended time.Time // zero where it was not asked
}

// start begins a look at a chain. Observer.mu is held.
func (o *Observer) start(c *chain, now time.Time) {
	p := plan{target: c.target, query: c.target.Query}
	p.query.SafeSince = c.view.Node.Value.SafeSince
	if !o.l1Due(c, now) {
		p.target.L1 = ""
	}
	c.asked, c.next = c.target, o.nextLook(c.target.UID, now)
	if !p.target.asksSomething() || o.ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithCancel(o.ctx)
	c.stop = stop
	o.looks++
	go o.look(ctx, c, p, c.hung)
}

// l1Due reports whether L1 is asked now: when it is time, while it does not answer, and once
// more when op-node first says since when its safe head stands.
func (o *Observer) l1Due(c *chain, now time.Time) bool {
	is := &c.view.L1
	if is.Asked.IsZero() || !is.Failing.IsZero() || c.safeSince == nil && c.view.Node.Value.SafeSince != nil {
		return true
	}
	return now.Sub(is.Asked) >= o.options.L1Interval-o.options.Interval/2
}

// phaseSeed is of this process, and so are the moments.
var phaseSeed = maphash.MakeSeed()

// nextLook is a chain's own moment in each interval, so that a thousand chains that appear at once
// are not looked at at once for ever. The first one is half an interval away at least.
func (o *Observer) nextLook(uid types.UID, now time.Time) time.Time {
	interval := o.options.Interval
	earliest := now.Add(interval / 2)
	phase := time.Duration(maphash.String(phaseSeed, string(uid)) % uint64(interval)) //nolint:gosec // it is positive, and the rest is less
	wait := phase - earliest.Sub(earliest.Truncate(interval))
	if wait <= 0 {
		wait += interval
	}
	return earliest.Add(wait) // which goes on when somebody sets the clock, as now does
}

// look asks what is planned and keeps what was said. It waits for a slot, at which it holds
// nothing that others need.
func (o *Observer) look(ctx context.Context, c *chain, p plan, hung bool) {
	var said *answers
	if leave, err := o.slots.enter(ctx, hung); err == nil {
		said = o.ask(ctx, &p)
		leave()
	}
	o.mu.Lock()
	c.stop()
	c.stop = nil
	known := o.chains[p.target.UID] == c && o.ctx.Err() == nil
	if known && said != nil {
		c.take(&p, said)
	}
	o.mu.Unlock()
	if known && said != nil && o.options.Looked != nil {
		o.options.Looked(said.took)
	}
	if known {
		o.waker.wake(p.target.Key)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.looks--
	o.idle.Broadcast()
}

// ask asks all side by side, under one deadline.
func (o *Observer) ask(ctx context.Context, p *plan) *answers {
	ctx, cancel := context.WithTimeout(ctx, o.options.Timeout)
	defer cancel()
	ctx = log.IntoContext(ctx, log.FromContext(ctx).WithValues("namespace", p.target.Key.Namespace, "chain", p.target.Key.Name))
	said, began := &answers{}, o.clock.Now()
	var asking sync.WaitGroup
	if url := p.target.Geth; url != "" {
		asking.Go(func() {
			said.geth = askOne(ctx, o.clock, names.Geth, func() (probe.Geth, error) { return o.prober.Geth(ctx, url) })
		})
	}
	if url := p.target.Node; url != "" {
		asking.Go(func() {
			said.node = askOne(ctx, o.clock, names.Node, func() (probe.Node, error) { return o.prober.Node(ctx, url, p.target.NodeMetrics) })
		})
	}
	if url := p.target.Batcher; url != "" {
		asking.Go(func() {
			said.batcher = askOne(ctx, o.clock, names.Batcher, func() (probe.Batcher, error) { return o.prober.Batcher(ctx, url) })
		})
	}
	if url := p.target.L1; url != "" {
		asking.Go(func() {
			said.l1 = askOne(ctx, o.clock, "L1", func() (probe.L1State, error) { return o.prober.State(ctx, url, p.query) })
		})
	}
	asking.Wait()
	said.took, said.hung = o.clock.Since(began), errors.Is(ctx.Err(), context.DeadlineExceeded)
	return said
}

// askOne asks one program. Its answer cannot bring the operator down: nobody else would catch a
// panic here.
func askOne[T any](ctx context.Context, clk clock.PassiveClock, who string, what func() (T, error)) (said answer[T]) {
	said.asked = clk.Now()
	defer func() {
		if panicked := recover(); panicked != nil {
			said.err = errors.New("the operator could not take in the answer, and its log says why")
			log.FromContext(ctx).Error(fmt.Errorf("panic: %v", panicked), "Could not take in an answer", "component", who, "stack", string(debug.Stack()))
		} else if said.err != nil {
			log.FromContext(ctx).V(1).Info("Got no answer", "component", who, "error", said.err.Error())
		}
		said.ended = clk.Now()
	}()
	said.value, said.err = what()
	return said
}
