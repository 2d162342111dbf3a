package observer

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// Target is a chain and where its programs and L1 are asked. An empty URL is not asked now.
type Target struct {
	UID types.UID
	// Key is who is woken after a look.
	Key types.NamespacedName
	// Geth and Node are URLs of JSON-RPC, NodeMetrics and Batcher of metrics pages.
	Geth, Node, NodeMetrics, Batcher string
	// L1 is L1's URL. It may carry an API key.
	L1 string
	// Query is what L1 is asked, but for SafeSince, which op-node tells.
	Query probe.L1Query
}

// asksSomething reports whether there is anything to be asked.
func (t *Target) asksSomething() bool {
	return t.Geth != "" || t.Node != "" || t.Batcher != "" || t.L1 != ""
}

// Options are how often and how long chains are looked at.
type Options struct {
	// Interval is the time between two looks at a chain.
	Interval time.Duration
	// L1Interval is the time between two times that L1 is asked about a chain, to the nearest
	// look, because endpoints count requests. While L1 does not answer, every look asks it.
	L1Interval time.Duration
	// Timeout bounds a look; 3 seconds where it is zero.
	Timeout time.Duration
	// Concurrent is how many looks there are at a time; 256 where it is zero. Those at which the
	// deadline came have three quarters of them at most.
	Concurrent int
	// Looked is told after each look how long it took; nil where nobody wants to know.
	Looked func(took time.Duration)
}

const (
	defaultTimeout    = 3 * time.Second
	defaultConcurrent = 256
)

// Observer looks at chains. See starts the looks, and each wakes its chain when it has ended.
type Observer struct {
	prober  Prober
	clock   clock.PassiveClock
	options Options
	slots   slots
	waker   waker
	ctx     context.Context // of every look; it ends with Close
	end     context.CancelFunc

	mu     sync.Mutex
	chains map[types.UID]*chain
	looks  int        // under way
	idle   *sync.Cond // told when a look has ended
}

// chain is what is known of one. It is guarded by Observer.mu.
type chain struct {
	target Target
	asked  Target    // what the last look was to ask
	next   time.Time // when the next one is to begin
	hung   bool      // whether the deadline ended the last one
	stop   context.CancelFunc
	view   View

	l1 struct { // of whom view.L1 is, also while it is not to be asked
		url   string
		query probe.L1Query
	}
	safeSince *int64 // the block whose time L1 was last asked for; nil where none was
}

// New makes an Observer. Close ends it.
func New(prober Prober, clk clock.PassiveClock, options Options) *Observer {
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	if options.Concurrent == 0 {
		options.Concurrent = defaultConcurrent
	}
	o := &Observer{prober: prober, clock: clk, options: options, slots: newSlots(options.Concurrent), chains: map[types.UID]*chain{}}
	o.ctx, o.end = context.WithCancel(context.Background())
	o.idle = sync.NewCond(&o.mu)
	return o
}

// See gives what is known of a chain, without waiting for anything, and starts a look at it if one
// is due: the first one, one that has something new to ask, and then one in each interval. What it
// gives shares its pointers with later views and must not be changed.
func (o *Observer) See(target Target) View {
	now := o.clock.Now()
	target.Query.SafeSince = nil
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.chains[target.UID]
	if c == nil {
		c = &chain{}
		o.chains[target.UID] = c
	}
	if c.target != target {
		c.aim(target)
	}
	if c.stop == nil && target.asksSomething() && (c.asksNew() || !now.Before(c.next)) {
		o.start(c, now)
	}
	return c.view
}

// Due is when See is to be called for the next look at a chain. It is zero where there is nothing to
// ask, and while a look is under way, which wakes the chain.
func (o *Observer) Due(uid types.UID) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.chains[uid]
	if c == nil || c.stop != nil || !c.target.asksSomething() {
		return time.Time{}
	}
	return c.next
}

// Forget drops a chain that is gone. A look at it ends, and wakes nobody.
func (o *Observer) Forget(uid types.UID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.chains[uid]
	if c == nil {
		return
	}
	if c.stop != nil {
		c.stop()
	}
	delete(o.chains, uid)
}

// Wait waits until no look is under way.
func (o *Observer) Wait() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.looks > 0 {
		o.idle.Wait()
	}
}

// Close ends all looks and starts none any more.
func (o *Observer) Close() {
	o.end()
	o.Wait()
}

// aim takes on where a chain is asked from now on. What another L1 said, or what was said of
// other accounts and contracts, is dropped. Who is not to be asked does not fail to answer.
func (c *chain) aim(target Target) {
	c.target = target
	if target.L1 != "" && (c.l1.url != target.L1 || c.l1.query != target.Query) {
		c.l1.url, c.l1.query = target.L1, target.Query
		c.view.L1, c.view.NonceMoved, c.safeSince = Reading[probe.L1State]{}, time.Time{}, nil
	}
	if target.Geth == "" {
		c.view.Geth.excuse()
	}
	if target.Node == "" {
		c.view.Node.excuse()
	}
	if target.Batcher == "" {
		c.view.Batcher.excuse()
	}
	if target.L1 == "" {
		c.view.L1.excuse()
	}
}

// asksNew reports whether there is something to be asked that the last look was not to ask.
func (c *chain) asksNew() bool {
	is, was := &c.target, &c.asked
	return is.Geth != "" && is.Geth != was.Geth || is.Node != "" && is.Node != was.Node || is.Batcher != "" && is.Batcher != was.Batcher ||
		is.L1 != "" && (is.L1 != was.L1 || is.Query != was.Query)
}
