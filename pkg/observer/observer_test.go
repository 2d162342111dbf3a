package observer

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/oplabs/op-stack-operator/pkg/probe"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	interval   = 15 * time.Second
	l1Interval = time.Minute
)

var errSilent = errors.New("no answer")

// world is a Prober whose programs say what the test sets. What is nil does not answer. It notes
// who was asked.
type world struct {
	mu      sync.Mutex
	geth    *probe.Geth
	node    *probe.Node
	batcher *probe.Batcher
	l1      *probe.L1State
	partial error // of L1, beside what it says

	asked   []string
	queries []probe.L1Query
	began   chan string              // told when op-node is asked, if it is set
	gates   map[string]chan struct{} // URLs that answer only once they are open
}

func (w *world) set(change func(*world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// hear notes a question and waits for the gate.
func (w *world) hear(ctx context.Context, who, url string) error {
	w.mu.Lock()
	w.asked = append(w.asked, who)
	gate, began := w.gates[url], w.began
	w.mu.Unlock()
	if began != nil && who == "node" {
		select {
		case began <- url:
		case <-ctx.Done():
		}
	}
	if gate == nil {
		return nil
	}
	select {
	case <-gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func told[T any](w *world, value **T, err error) (T, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || *value == nil {
		return *new(T), errors.Join(err, errSilent)
	}
	return **value, nil
}

func (w *world) Geth(ctx context.Context, url string) (probe.Geth, error) {
	return told(w, &w.geth, w.hear(ctx, "geth", url))
}

func (w *world) Node(ctx context.Context, url, metricsURL string) (probe.Node, error) {
	if metricsURL != url+"/metrics" {
		return probe.Node{}, fmt.Errorf("metrics at %s", metricsURL)
	}
	return told(w, &w.node, w.hear(ctx, "node", url))
}

func (w *world) Batcher(ctx context.Context, url string) (probe.Batcher, error) {
	return told(w, &w.batcher, w.hear(ctx, "batcher", url))
}

func (w *world) State(ctx context.Context, url string, query probe.L1Query) (probe.L1State, error) {
	w.set(func(w *world) { w.queries = append(w.queries, query) })
	state, err := told(w, &w.l1, w.hear(ctx, "l1", url))
	w.mu.Lock()
	defer w.mu.Unlock()
	return state, errors.Join(err, w.partial)
}

// take gives who was asked since the last time, by how often.
func (w *world) take() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := map[string]int{}
	for _, who := range w.asked {
		asked[who]++
	}
	w.asked = nil
	return asked
}

var everybody = map[string]int{"geth": 1, "node": 1, "batcher": 1, "l1": 1}

// post is an Observer with everything around it.
type post struct {
	*Observer
	t     *testing.T
	world *world
	clock *clocktesting.FakePassiveClock
}

func newPost(t *testing.T, options Options) *post {
	t.Helper()
	w := &world{
		geth: &probe.Geth{Height: 120}, node: nodeAt(120, 100), batcher: &probe.Batcher{LastBatch: &noon},
		l1: &probe.L1State{Head: probe.L1Block{Number: 9, Time: noon}, BatcherNonce: ptr.To[uint64](3)},
	}
	options.Interval, options.L1Interval = interval, l1Interval
	p := &post{t: t, world: w, clock: clocktesting.NewFakePassiveClock(noon)}
	p.Observer = New(w, p.clock, options)
	t.Cleanup(p.Close)
	return p
}

func nodeAt(unsafe, safe int64) *probe.Node {
	return &probe.Node{Unsafe: probe.L2Block{Number: unsafe}, Safe: probe.L2Block{Number: safe}}
}

func target(name string) Target {
	return Target{
		UID: types.UID(name), Key: types.NamespacedName{Namespace: "rollups", Name: name},
		Geth: name + "/geth", Node: name + "/node", NodeMetrics: name + "/node/metrics", Batcher: name + "/batcher", L1: name + "/l1",
		Query: probe.L1Query{Batcher: "0x1"},
	}
}

// look is a look at a chain from beginning to end, if one is due.
func (p *post) look(target Target) View {
	p.t.Helper()
	p.See(target)
	p.Wait()
	return p.See(target)
}

// tick lets time go on until the next look at a chain is due, and looks.
func (p *post) tick(target Target) View {
	p.t.Helper()
	due := p.Due(target.UID)
	if due.IsZero() {
		p.t.Fatal("no look will be due")
	}
	p.clock.SetTime(due)
	return p.look(target)
}

func TestFirstLook(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	if seen := p.See(target("a")); !cmp.Equal(seen, View{}) {
		t.Errorf("before any look: %+v", seen)
	}
	p.Wait()
	want := View{
		Geth:    Reading[probe.Geth]{Value: *p.world.geth, At: noon, Asked: noon},
		Node:    Reading[probe.Node]{Value: *p.world.node, At: noon, Asked: noon},
		Batcher: Reading[probe.Batcher]{Value: *p.world.batcher, At: noon, Asked: noon},
		L1:      Reading[probe.L1State]{Value: *p.world.l1, At: noon, Asked: noon},
		Since:   noon, Looks: 1,
	}
	if diff := cmp.Diff(want, p.See(target("a"))); diff != "" {
		t.Errorf("after it (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(everybody, p.world.take()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// See gives what it has while a look hangs, and starts no second one however late it is.
func TestSeeNeverWaits(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Hour})
	p.look(target("a"))
	gate := make(chan struct{})
	p.world.set(func(w *world) { w.gates, w.geth = map[string]chan struct{}{"a/node": gate}, &probe.Geth{Height: 121} })
	p.clock.SetTime(p.Due("a"))
	for range 100 {
		if seen := p.See(target("a")); seen.Geth.Value.Height != 120 || seen.Looks != 1 {
			t.Fatalf("while a look is under way: %+v", seen)
		}
		if due := p.Due("a"); !due.IsZero() {
			t.Fatalf("another look is due at %v", due)
		}
		p.clock.SetTime(p.clock.Now().Add(interval))
	}
	p.world.take()
	close(gate)
	p.Wait()
	if seen := p.See(target("a")); seen.Geth.Value.Height != 121 || seen.Looks != 2 {
		t.Errorf("after the look: %+v", seen)
	}
}

// Each program by itself: who does not answer takes nothing back, and says since when.
func TestReadingsAreKept(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	before := p.look(target("a"))
	p.world.set(func(w *world) { w.geth, w.batcher, w.l1 = nil, nil, nil })
	for _, step := range []string{"once", "twice"} {
		p.clock.SetTime(noon.Add(l1Interval))
		since := noon.Add(l1Interval)
		if step == "twice" {
			p.clock.SetTime(p.Due("a"))
		}
		now, seen := p.clock.Now(), p.look(target("a"))
		checkFailing(t, step+" op-geth", before.Geth, seen.Geth, now, since)
		checkFailing(t, step+" op-batcher", before.Batcher, seen.Batcher, now, since)
		checkFailing(t, step+" L1", before.L1, seen.L1, now, since)
		if node := seen.Node; !node.At.Equal(now) || !node.Failing.IsZero() {
			t.Errorf("%s: op-node, which answers, is %+v", step, node)
		}
	}
	if seen := p.See(target("a")); seen.Failures != 6 || seen.Looks != 3 {
		t.Errorf("%d failures in %d looks, want 6 in 3", seen.Failures, seen.Looks)
	}
	p.world.set(func(w *world) { w.geth = &probe.Geth{Height: 7} })
	if geth := p.tick(target("a")).Geth; geth.Value.Height != 7 || !geth.Failing.IsZero() || geth.Why != "" || !geth.At.Equal(p.clock.Now()) {
		t.Errorf("op-geth answers again: %+v", geth)
	}
}

func checkFailing[T any](t *testing.T, what string, was, is Reading[T], now, since time.Time) {
	t.Helper()
	was.Asked, was.Failing, was.Why = now, since, errSilent.Error()
	if diff := cmp.Diff(was, is, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestHeadsMove(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	p.look(target("a"))
	steps := []struct {
		what                 string
		node                 *probe.Node
		wantUnsafe, wantSafe int // how many looks ago each moved; -1 for never
	}{
		{"nothing moves", nodeAt(120, 100), -1, -1},
		{"the unsafe head", nodeAt(121, 100), 0, -1},
		{"the safe head", nodeAt(121, 110), 1, 0},
		{"no answer", nil, 2, 1},
		{"both go back", nodeAt(90, 80), 3, 2},
		{"both go on from there", nodeAt(91, 81), 0, 0},
		{"no more", nodeAt(91, 81), 1, 1},
	}
	looks := []time.Time{}
	for _, step := range steps {
		p.world.set(func(w *world) { w.node = step.node })
		seen := p.tick(target("a"))
		looks = append(looks, p.clock.Now())
		for head, is := range map[string]struct {
			at  time.Time
			ago int
		}{"unsafe": {seen.UnsafeMoved, step.wantUnsafe}, "safe": {seen.SafeMoved, step.wantSafe}} {
			want := time.Time{}
			if is.ago >= 0 {
				want = looks[len(looks)-1-is.ago]
			}
			if !is.at.Equal(want) {
				t.Errorf("%s: the %s head moved at %v, want %v", step.what, head, is.at, want)
			}
		}
		if step.node != nil && seen.Node.Value.Unsafe != step.node.Unsafe {
			t.Errorf("%s: %+v is not what op-node said", step.what, seen.Node.Value)
		}
		if !seen.Since.Equal(noon) {
			t.Errorf("%s: op-node first answered at %v", step.what, seen.Since)
		}
	}
}

// An op-node that comes back after minutes needs time, as after its first answer.
func TestOpNodeComesBack(t *testing.T) {
	t.Parallel()
	for silent, wantSince := range map[time.Duration]time.Duration{longSilence: 0, longSilence + time.Second: longSilence + time.Second} {
		v := View{Node: Reading[probe.Node]{At: noon, Value: *nodeAt(120, 100)}}
		v.moved(&Reading[probe.Node]{})
		was := v.Node
		v.Node = Reading[probe.Node]{At: noon.Add(silent), Value: *nodeAt(121, 90)}
		v.moved(&was)
		if !v.Since.Equal(noon.Add(wantSince)) || !v.UnsafeMoved.Equal(v.Node.At) || !v.SafeMoved.IsZero() {
			t.Errorf("after %s: since %v, moved %v and %v", silent, v.Since, v.UnsafeMoved, v.SafeMoved)
		}
	}
}

// What L1 did not answer this time is not known, but for what does not change; what it did is new.
func TestL1AnswersInPart(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	p.world.set(func(w *world) {
		w.node.SafeSince = ptr.To[int64](5)
		w.l1 = &probe.L1State{
			Head: probe.L1Block{Number: 9, Time: noon}, BatcherBalance: big.NewInt(8), ProposerBalance: big.NewInt(7), BatcherNonce: ptr.To[uint64](3),
			LastProposal: &noon, ProposalsTold: true, SubmissionInterval: ptr.To[int64](60),
		}
	})
	p.look(target("a"))
	p.world.set(func(w *world) { w.l1.SafeSince = &noon })
	whole := p.tick(target("a")).L1.Value // op-node's word was needed for the question
	if whole.SafeSince == nil {
		t.Fatalf("L1 was not asked for the block that op-node named: %+v", p.world.queries)
	}
	newer := probe.L1State{Head: probe.L1Block{Number: 10, Time: noon.Add(time.Second)}, BatcherNonce: ptr.To[uint64](4)}
	p.world.set(func(w *world) { w.l1, w.partial = &newer, errors.New("too many requests") })
	due := p.clock.Now().Add(l1Interval)
	for p.clock.Now().Before(due) {
		p.tick(target("a"))
	}
	seen := p.See(target("a"))
	want := whole
	want.Head, want.BatcherNonce = newer.Head, newer.BatcherNonce
	want.BatcherBalance, want.ProposerBalance, want.LastProposal, want.ProposalsTold = nil, nil, nil, false
	if diff := cmp.Diff(want, seen.L1.Value, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Errorf("L1 (-want +got):\n%s", diff)
	}
	if seen.L1.Why != "too many requests" || !seen.L1.Failing.IsZero() || seen.Failures != 0 || !seen.NonceMoved.Equal(seen.L1.At) {
		t.Errorf("an answer in part is %+v, %d failures, nonce moved at %v", seen.L1, seen.Failures, seen.NonceMoved)
	}
	p.world.set(func(w *world) { w.node.SafeSince = ptr.To[int64](6) })
	for range 10 {
		seen = p.tick(target("a"))
	}
	if seen.L1.Value.SafeSince != nil {
		t.Errorf("the time of another block is kept: %v", seen.L1.Value.SafeSince)
	}
	p.world.set(func(w *world) { w.partial = nil })
	for range 10 {
		seen = p.tick(target("a"))
	}
	if seen.L1.Value.LastProposal != nil || seen.L1.Why != "" {
		t.Errorf("L1 answers all, and that there is no proposal: %+v", seen.L1)
	}
}

func TestL1IsAskedSeldom(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	p.look(target("a"))
	count := func(looks int) int {
		p.world.take()
		for range looks {
			p.tick(target("a"))
		}
		return p.world.take()["l1"]
	}
	count(8) // the first look is not at the chain's moment
	if n := count(40); n != 10 {
		t.Errorf("L1 was asked %d times at 40 looks, want 10", n)
	}
	p.world.set(func(w *world) { w.l1 = nil })
	count(4)
	if n := count(10); n != 10 {
		t.Errorf("L1, which does not answer, was asked %d times at 10 looks", n)
	}
	p.world.set(func(w *world) { w.l1 = &probe.L1State{}; w.partial = nil })
	if seen := p.tick(target("a")).L1; seen.Failing.IsZero() || seen.Why == "" {
		t.Errorf("an L1 without a head answers: %+v", seen)
	}
	p.world.set(func(w *world) { w.l1 = &probe.L1State{Head: probe.L1Block{Time: noon}} })
	count(1)
	if n := count(3); n != 0 {
		t.Errorf("L1, which answers again, was asked %d times at 3 looks", n)
	}
}

// A chain that has nothing but L1 is not looked at when L1 is not due.
func TestNothingToAskIsNoLook(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	none := Target{UID: "a"}
	if seen := p.look(none); seen.Looks != 0 || !p.Due("a").IsZero() || !p.Due("b").IsZero() {
		t.Errorf("looked at a chain with no URL: %+v", seen)
	}
	only := Target{UID: "a", L1: "a/l1"}
	seen := p.look(only)
	for range 40 {
		seen = p.tick(only)
	}
	if n := p.world.take()["l1"]; int(seen.Looks) != n || n < 10 || n > 12 {
		t.Errorf("%d looks at L1 alone, and %d questions, in 40 intervals", seen.Looks, n)
	}
}

func TestOtherL1DropsWhatWasSaid(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change   func(*Target)
		wantKept bool
	}{
		"another URL":                {func(t *Target) { t.L1 = "b/l1" }, false},
		"another account":            {func(t *Target) { t.Query.Batcher = "0x2" }, false},
		"another game":               {func(t *Target) { t.Query.GameType = 1 }, false},
		"nothing":                    {func(*Target) {}, true},
		"the block that is asked of": {func(t *Target) { t.Query.SafeSince = ptr.To[int64](1) }, true},
		"no URL for now":             {func(t *Target) { t.L1 = "" }, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, Options{})
			was := target("a")
			p.look(was)
			p.world.set(func(w *world) { w.l1.BatcherNonce = ptr.To[uint64](4) })
			for range 6 {
				p.tick(was)
			}
			is := was
			tc.change(&is)
			gate := make(chan struct{})
			p.world.set(func(w *world) { w.gates = map[string]chan struct{}{"a/node": gate, "b/node": gate} })
			defer close(gate)
			seen := p.See(is)
			if kept := !seen.L1.At.IsZero(); kept != tc.wantKept || seen.NonceMoved.IsZero() == tc.wantKept {
				t.Errorf("L1 is %+v, nonce moved at %v; kept is %v", seen.L1, seen.NonceMoved, tc.wantKept)
			}
			if looking := p.Due("a").IsZero(); looking == tc.wantKept {
				t.Errorf("asked at once: %v", looking)
			}
		})
	}
}

// What an L1 says that was asked before another took its place is not taken for the latter's.
func TestLateAnswerOfTheFormerL1(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Hour})
	gate := make(chan struct{})
	p.world.set(func(w *world) { w.gates = map[string]chan struct{}{"a/l1": gate} })
	p.See(target("a"))
	other := target("a")
	other.L1 = "other/l1"
	p.See(other)
	close(gate)
	p.Wait()
	p.world.set(func(w *world) { w.l1.Head.Number = 10 })
	if seen := p.See(other); !seen.L1.Asked.IsZero() || seen.Node.At.IsZero() {
		t.Errorf("L1 is %+v, op-node %+v", seen.L1, seen.Node)
	}
	p.Wait()
	if seen := p.See(other); seen.L1.Value.Head.Number != 10 {
		t.Errorf("the new L1 was not asked at once: %+v", seen.L1)
	}
}

// A program that is not to be asked does not fail, and what it said stays.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	whole := target("a")
	p.look(whole)
	p.world.set(func(w *world) { w.geth, w.node, w.batcher, w.l1 = nil, nil, nil, nil })
	for range 8 {
		p.tick(whole)
	}
	without := Target{UID: whole.UID, Key: whole.Key}
	seen := p.See(without)
	for who, is := range map[string][3]any{
		"op-geth": {seen.Geth.Failing, seen.Geth.Why, seen.Geth.At}, "op-node": {seen.Node.Failing, seen.Node.Why, seen.Node.At},
		"op-batcher": {seen.Batcher.Failing, seen.Batcher.Why, seen.Batcher.At}, "L1": {seen.L1.Failing, seen.L1.Why, seen.L1.At},
	} {
		if is != [3]any{time.Time{}, "", noon} {
			t.Errorf("%s fails since, because, and answered at %v", who, is)
		}
	}
}

// A program that was not there at the last look is asked at once: a chain that comes up is to be
// known. One that was gone between two looks waits for the next.
func TestNewProgramIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	whole := target("a")
	first := Target{UID: whole.UID, Key: whole.Key, Geth: whole.Geth}
	steps := []struct {
		what   string
		target Target
		want   map[string]int
	}{
		{"the first", first, map[string]int{"geth": 1}},
		{"the same", first, map[string]int{}},
		{"all others", whole, everybody},
		{"it goes", first, map[string]int{}},
		{"it comes back", whole, map[string]int{}},
		{"nobody", Target{UID: whole.UID}, map[string]int{}},
	}
	for _, step := range steps {
		p.look(step.target)
		if diff := cmp.Diff(step.want, p.world.take()); diff != "" {
			t.Errorf("%s: asked (-want +got):\n%s", step.what, diff)
		}
	}
}

// One that stops being asked while a look is under way does not fail either.
func TestNotAskedAnyMore(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Hour})
	gate := make(chan struct{})
	p.world.set(func(w *world) { w.gates, w.geth = map[string]chan struct{}{"a/node": gate}, nil })
	p.See(target("a"))
	without := target("a")
	without.Geth = ""
	p.See(without)
	close(gate)
	p.Wait()
	if seen := p.See(without); !seen.Geth.Failing.IsZero() || seen.Failures != 1 {
		t.Errorf("op-geth is %+v, %d failures", seen.Geth, seen.Failures)
	}
}

// The deadline ends what hangs, and only that.
func TestDeadline(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Millisecond})
	p.world.set(func(w *world) { w.gates = map[string]chan struct{}{"a/node": make(chan struct{})} })
	seen := p.look(target("a"))
	if seen.Geth.At.IsZero() || seen.L1.At.IsZero() || seen.Batcher.At.IsZero() || seen.Node.Failing.IsZero() || seen.Failures != 1 {
		t.Errorf("beside an op-node that hangs: %+v", seen)
	}
	if !p.chains["a"].hung {
		t.Error("it is not remembered that it hung")
	}
	p.world.set(func(w *world) { w.gates = nil })
	p.options.Timeout = time.Minute // of this look it is asked whether it ends without the deadline
	if seen := p.tick(target("a")); seen.Node.At.IsZero() || p.chains["a"].hung {
		t.Errorf("op-node answers again: %+v", seen.Node)
	}
}

// A program that makes the operator stumble is one that does not answer.
func TestPanic(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	p.prober = stumbling{p.world}
	if seen := p.look(target("a")); seen.Geth.Failing.IsZero() || seen.Geth.Why == "" || seen.Node.At.IsZero() {
		t.Errorf("after a panic: %+v", seen)
	}
}

type stumbling struct{ *world }

func (stumbling) Geth(context.Context, string) (probe.Geth, error) { panic("out of range") }

// However many chains there are, and whoever asks, each is looked at once when it is due.
func TestManyChains(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Concurrent: 16})
	const chains = 1000
	seeAll := func() {
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := range chains {
					p.See(target(fmt.Sprintf("chain-%d", (i+worker*100)%chains)))
				}
			})
		}
		all.Wait()
		p.Wait()
	}
	for round := 1; round <= 3; round++ {
		seeAll()
		want := map[string]int{"geth": chains, "node": chains, "batcher": chains, "l1": chains}
		if round > 1 {
			delete(want, "l1")
		}
		if diff := cmp.Diff(want, p.world.take()); diff != "" {
			t.Errorf("round %d asked (-want +got):\n%s", round, diff)
		}
		p.clock.SetTime(p.clock.Now().Add(interval * 3 / 2))
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Hour})
	p.world.set(func(w *world) { w.gates = map[string]chan struct{}{"a/node": make(chan struct{})} })
	p.look(target("b"))
	p.See(target("a"))
	p.Forget("a")
	p.Forget("b")
	p.Forget("never seen")
	p.Wait() // which the look at a would keep waiting for an hour
	if len(p.chains) != 0 {
		t.Errorf("remembers %v", p.chains)
	}
	if woken := p.waker.early; woken[target("a").Key] {
		t.Errorf("woke %v", woken)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Hour, Concurrent: 1})
	p.world.set(func(w *world) { w.gates = map[string]chan struct{}{"a/node": make(chan struct{})} })
	p.See(target("a"))
	p.See(target("b")) // one of them has the slot, the other waits for it
	p.Close()
	if seen := p.look(target("a")); seen.Looks != 0 || seen.Node.At != (time.Time{}) {
		t.Errorf("after the end: %+v", seen)
	}
	p.world.take()
	p.look(target("c"))
	if asked := p.world.take(); len(asked) != 0 {
		t.Errorf("after the end, asked %v", asked)
	}
}

// A pass over a chain of which nothing is new costs next to nothing.
func TestSeeAllocatesNothing(t *testing.T) {
	p := newPost(t, Options{})
	chain := target("a")
	p.look(chain)
	if n := testing.AllocsPerRun(100, func() { p.See(chain) }); n != 0 {
		t.Errorf("See allocates %v times", n)
	}
}

func TestNextLook(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	perTenth := make([]int, 10)
	for i := range 1000 {
		uid := types.UID(fmt.Sprint(i))
		first := p.nextLook(uid, noon)
		if wait := first.Sub(noon); wait <= interval/2 || wait > interval*3/2 {
			t.Fatalf("the next look is in %v", wait)
		}
		if wait := p.nextLook(uid, first).Sub(first); wait != interval {
			t.Fatalf("after one at the chain's moment comes one in %v", wait)
		}
		if late := first.Add(time.Second); p.nextLook(uid, late).Sub(first) != interval {
			t.Fatal("a look that is late makes the next one late")
		}
		perTenth[int(10*(first.Sub(noon)-interval/2-1)/interval)]++
	}
	for tenth, n := range perTenth { // 100 each, give or take five deviations
		if n < 50 || n > 150 {
			t.Errorf("%d of 1000 chains have their moment in tenth %d of the interval", n, tenth)
		}
	}
}
