package status

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// sequencingWindow is how much of the sequencing window is left. What op-node said last stays true
// while it says nothing; the time goes on all the same.
func (s *situation) sequencingWindow(was *v1alpha1.SequencingWindowStatus) *v1alpha1.SequencingWindowStatus {
	next := s.measuredWindow()
	if next == nil && !s.outlived(was) {
		next = was
	}
	if next != nil && next.EndsAt != nil {
		next.Severity = s.severity(next)
	}
	return next
}

// outlived reports whether a window ended by the clock while op-node has yet to read the L1 blocks
// with the batches: a replica that was off for longer than the window is no chain that reorganises.
func (s *situation) outlived(was *v1alpha1.SequencingWindowStatus) bool {
	answers := !s.node().At.IsZero() && s.node().Failing.IsZero()
	return was != nil && was.EndsAt != nil && !was.EndsAt.After(s.now) && answers && s.derives()
}

// measuredWindow counts what is left from the L1 block that the safe head builds on; nil where that
// cannot be known. It is not known while op-node still derives: the batches are on L1, and op-node
// has not read them.
func (s *situation) measuredWindow() *v1alpha1.SequencingWindowStatus {
	node, config := s.node(), s.seen.Rollup
	if config == nil || config.SeqWindowSize == 0 || node.At.IsZero() || !toldL2(node.Value.Safe) || s.derives() {
		return nil
	}
	head := s.l1Head()
	if !toldL1(head) {
		return nil
	}
	size := signed(config.SeqWindowSize)
	const most = 1 << 61 // so that what a node makes up does not overflow
	left := size - min(max(head.Number-node.Value.Safe.L1Origin, -most), most)
	ends := head.Time.Add(times(left, s.limits.l1Block) - times(-left, s.limits.l1Block)) // one of them is zero
	return &v1alpha1.SequencingWindowStatus{
		Size: &size, Left: new(min(max(left, 0), size)), EndsAt: stamp(ends), ObservedAt: s.counted(head),
	}
}

// counted is as of when the window is counted up to an L1 block: when op-node told its heads, or
// when the operator saw that block itself, which goes on while op-node is silent.
func (s *situation) counted(head probe.L1Block) *metav1.Time {
	node := s.node()
	if head.Number <= node.Value.L1Head.Number {
		return stamp(node.At)
	}
	return later(s.facts.L1.ObservedAt, &node.At)
}

// derives reports whether op-node is still reading L1, as it does when it syncs and after each of
// its starts. It may always be some blocks behind: a twentieth of the window changes little.
func (s *situation) derives() bool {
	return toldL1(s.node().Value.CurrentL1) && s.seen.Rollup != nil && s.behind() > max(signed(s.seen.Rollup.SeqWindowSize)/20, readBehind)
}

// readBehind is how many L1 blocks op-node may be behind at any time: it asks for new ones now and
// then.
const readBehind = 5

// behind is how many L1 blocks op-node has yet to read of those that it knows.
func (s *situation) behind() int64 {
	return s.node().Value.L1Head.Number - s.node().Value.CurrentL1.Number
}

// l1Head is the newest L1 block that op-node or the operator saw; zero where neither saw one.
func (s *situation) l1Head() probe.L1Block {
	return highest(s.seen, s.facts)
}

// highest is the newest L1 block that is known: seen now, or by an operator before this one.
func highest(seen *Observation, facts *v1alpha1.OPChainStatus) probe.L1Block {
	head := seen.View.Node.Value.L1Head
	if own := seen.View.L1.Value.Head; own.Number > head.Number {
		head = own
	}
	if l1 := &facts.L1; l1.HeadHeight != nil && l1.HeadTime != nil && *l1.HeadHeight > head.Number {
		head = probe.L1Block{Number: *l1.HeadHeight, Time: l1.HeadTime.Time}
	}
	return head
}

// blockTime is how long L1 needed for a block since the rollup began, up to a block; that of
// Ethereum where it cannot be measured.
func blockTime(config *rollup.Config, head probe.L1Block) time.Duration {
	if config == nil || !toldL1(head) {
		return slot
	}
	blocks := head.Number - signed(config.Genesis.L1.Number)
	took := head.Time.Sub(time.Unix(signed(config.Genesis.L2Time), 0))
	if blocks <= 0 || took <= 0 {
		return slot
	}
	return max(took/time.Duration(blocks), time.Millisecond)
}

// severity says how urgent a window is by the time that is left of it. Without rollup.json its
// length is not known: it is then as urgent as it was, until it ends.
func (s *situation) severity(window *v1alpha1.SequencingWindowStatus) v1alpha1.WindowSeverity {
	left := window.EndsAt.Sub(s.now)
	if left <= 0 || *window.Left == 0 {
		return v1alpha1.WindowSeverityCritical
	}
	if s.seen.Rollup == nil {
		return window.Severity
	}
	per := times(*window.Size, s.limits.l1Block) / 100
	switch {
	case left < per*time.Duration(s.limits.critical):
		return v1alpha1.WindowSeverityCritical
	case left < per*time.Duration(s.limits.warning):
		return v1alpha1.WindowSeverityWarning
	case left < per*time.Duration(s.limits.notice):
		return v1alpha1.WindowSeverityNotice
	}
	return v1alpha1.WindowSeverityNone
}

// windowReasons are the reasons of BatcherProgressing by severity.
var windowReasons = map[v1alpha1.WindowSeverity]string{
	v1alpha1.WindowSeverityNotice:   v1alpha1.ReasonSequencingWindowNotice,
	v1alpha1.WindowSeverityWarning:  v1alpha1.ReasonSequencingWindowWarning,
	v1alpha1.WindowSeverityCritical: v1alpha1.ReasonSequencingWindowCritical,
}

// windowRunsOut judges the window; ok is false when it runs out, or has.
func (s *situation) windowRunsOut() (v verdict, ok bool) {
	window := s.facts.SequencingWindow
	if window == nil || windowReasons[window.Severity] == "" || window.EndsAt == nil {
		return verdict{}, true
	}
	left := window.EndsAt.Sub(s.now)
	if left <= 0 || *window.Left == 0 {
		return wrong(v1alpha1.ReasonSequencingWindowOver, fmt.Sprintf("the sequencing window ended %s ago: every block since the safe head is undone, "+
			"and batches for them are ignored: stop op-batcher before it posts them; %s", lasting(-left), s.batches())), false
	}
	percent := int64(0)
	if whole := times(*window.Size, s.limits.l1Block); whole > 0 {
		percent = min(int64(left/(whole/100+1)), 100)
	}
	return wrong(windowReasons[window.Severity], fmt.Sprintf("%d%% of the sequencing window is left: when it ends at %s, every block since the safe head is undone: "+
		"%s; %s", percent, clocked(window.EndsAt.Time), s.whoPosts(), s.batches())), false
}

// windowLeft says what is left of the window.
func (s *situation) windowLeft() string {
	window := s.facts.SequencingWindow
	if window == nil || window.EndsAt == nil {
		return ""
	}
	asOf := s.node().At
	if asOf.IsZero() || !s.node().Failing.IsZero() {
		asOf = s.now
	}
	return fmt.Sprintf("%d of the %d L1 blocks of the sequencing window are left, about %s", *window.Left, *window.Size, lasting(window.EndsAt.Sub(asOf)))
}

// toldL2 and toldL1 tell a block from one that a program does not tell yet, and gives as zero.
func toldL2(b probe.L2Block) bool { return b.Number > 0 || b.Time.Unix() > 0 }
func toldL1(b probe.L1Block) bool { return b.Number > 0 || b.Time.Unix() > 0 }
