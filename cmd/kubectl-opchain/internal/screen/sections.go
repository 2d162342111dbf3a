package screen

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// field is a plain field of a table; what is not known is a dash.
func field(text string) terminal.Field { return toned(text, terminal.Plain) }

func toned(text string, tone terminal.Tone) terminal.Field {
	if text == "" {
		return terminal.Field{Text: "-"}
	}
	return terminal.Field{Text: text, Tone: tone}
}

// header says which chain it is, and in short how it is.
func (s *Screen) header() {
	o := s.overview
	phase := string(o.Phase)
	if phase == "" {
		phase = "not known yet"
	}
	s.text(terminal.Bold, "%s/%s: %s", o.Namespace, o.Name, phase)
	network := ""
	if o.NetworkName != "" {
		network = " (" + o.NetworkName + ")"
	}
	s.text(terminal.Plain, "chain %d%s on L1 %d, %s, %s old", o.ChainID, network, o.L1ChainID, o.Role, s.ago(o.CreatedAt))
	if ready := o.Condition(v1alpha1.ConditionReady); ready != nil {
		s.text(ranked(ready), "%s for %s, %s: %s", readiness[ready.Status], s.ago(ready.Since), ready.Reason, ready.Message)
	}
	if o.DeletedAt != nil {
		s.text(terminal.Doubtful, "! being deleted for %s: its components are stopped in order", s.ago(*o.DeletedAt))
	}
	switch {
	case !o.Known:
		s.text(terminal.Bad, "! the operator has not looked at it yet: does it run, and does it watch namespace %s?", o.Namespace)
		return
	case o.Outdated:
		s.text(terminal.Doubtful, "! the operator has not seen the newest spec yet: what it says is of an older one")
	}
	s.observed()
}

// observed says when op-node was seen, or why what stands here is old.
func (s *Screen) observed() {
	last, seen := s.overview.LastAnswer, s.overview.ObservedAt
	switch {
	case last == nil:
		s.text(terminal.Plain, "nothing was observed yet")
	case s.stale(last, overview.StaleAfter):
		s.text(terminal.Bad, "! nothing was observed for %s: what stands here is of that time. No program answers, or the operator does not run", s.ago(*last))
	case seen == nil:
		s.text(terminal.Doubtful, "op-node was not observed yet")
	case s.stale(seen, overview.StaleAfter):
		s.text(terminal.Bad, "! op-node has not answered for %s: what stands here of the chain is of that time", s.ago(*seen))
	default:
		s.text(terminal.Plain, "observed %s ago", s.ago(*seen))
	}
}

// readiness is what the status of Ready means.
var readiness = map[string]string{"True": "ready", "False": "not ready", "Unknown": "unknown whether ready"}

// ranked is the tone of a condition.
func ranked(c *overview.Condition) terminal.Tone {
	return map[overview.Rank]terminal.Tone{
		overview.Fault: terminal.Bad, overview.Unknown: terminal.Unclear, overview.Changing: terminal.Doubtful, overview.Fine: terminal.Good,
	}[c.Rank]
}

// conditions leaves out Ready, which is above, and that nothing is being changed. What is as it
// should be, or above with Ready, has one line.
func (s *Screen) conditions() {
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "CONDITION", Min: 16}, {Title: "STATUS", Min: 6}, {Title: "SINCE"}, {Title: "REASON AND MESSAGE", Min: 24},
	}}
	ready := s.overview.Condition(v1alpha1.ConditionReady)
	for i := range s.overview.Conditions {
		c := &s.overview.Conditions[i]
		settled := c.Rank == overview.Fine && (c.Type == v1alpha1.ConditionReconciling || c.Type == v1alpha1.ConditionStalled)
		if c.Type == v1alpha1.ConditionReady || settled {
			continue
		}
		text := field(judgement(c))
		text.Cut = c.Rank == overview.Fine || ready != nil && c.Message == ready.Message
		t.Rows = append(t.Rows, terminal.Row{Fields: []terminal.Field{field(c.Type), toned(c.Status, ranked(c)), field(s.ago(c.Since)), text}})
	}
	s.table(t)
}

// counted is how the operator ends a message of a condition that is as it should be, but for warnings.
var counted = regexp.MustCompile(`; there (?:is|are) ([0-9]+ warnings?) in status\.preflight$`)

// judgement is a condition's reason and message. Of one that is as it should be there is one line,
// whose end may be cut off: it begins with how many warnings there are.
func judgement(c *overview.Condition) string {
	if end := counted.FindStringSubmatchIndex(c.Message); end != nil && c.Rank == overview.Fine {
		return c.Reason + ", " + c.Message[end[2]:end[3]] + ": " + c.Message[:end[0]]
	}
	return c.Reason + ": " + c.Message
}

// heads says of each by how much it is behind.
func (s *Screen) heads() {
	h := s.overview.Heads
	if h == nil {
		return
	}
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "HEAD"}, {Title: "BLOCK", Min: 12}, {Title: "LAG"}, {Title: "BEHIND UNSAFE", Min: 12}, {Title: "REMARK", Min: 16},
	}}
	add := func(name string, head *overview.Head, stale time.Duration, remark string) {
		if head == nil {
			return
		}
		tone, old := terminal.Plain, s.asOf(head.ObservedAt, stale)
		if old != "" {
			tone = terminal.Doubtful
		}
		if remark != "" {
			old = strings.TrimSuffix(followed(remark, old), ", ")
		}
		behind := ""
		if head.BehindUnsafe != nil {
			behind = number(head.BehindUnsafe)
		}
		t.Rows = append(t.Rows, terminal.Row{Fields: []terminal.Field{
			field(name), field(number(&head.Number)), field(inSeconds(head.LagSeconds)), field(behind), {Text: old, Tone: tone},
		}})
	}
	origin := ""
	if h.SafeL1Origin != nil {
		origin = fmt.Sprintf("L1 origin %d", *h.SafeL1Origin)
		if h.L1 != nil {
			origin += fmt.Sprintf(", %d behind L1", max(h.L1.Number-*h.SafeL1Origin, 0))
		}
	}
	add("unsafe", h.Unsafe, overview.StaleAfter, s.gossip())
	add("safe", h.Safe, overview.StaleAfter, origin)
	add("finalized", h.Finalized, overview.StaleAfter, "")
	syncing := ""
	if geth := s.overview.Component(names.Geth); geth != nil && geth.Syncing != nil && *geth.Syncing {
		syncing = "syncing"
	}
	add("op-geth", h.Geth, overview.StaleAfter, syncing)
	add("L1", h.L1, overview.StaleAfterL1, "")
	s.table(t)
}

// gossip says by what the unsafe head moves: that a sequencer makes no blocks, and how many peers
// op-node has.
func (s *Screen) gossip() string {
	node, text := s.overview.Component(names.Node), ""
	if node == nil {
		return text
	}
	if node.Sequencing != nil && !*node.Sequencing && s.overview.Role == overview.RoleSequencer {
		text = "op-node makes no blocks"
	}
	if node.Peers != nil && *node.Peers == 1 {
		return strings.TrimPrefix(followed(text, "1 peer"), ", ")
	} else if node.Peers != nil {
		return strings.TrimPrefix(followed(text, number(node.Peers)+" peers"), ", ")
	}
	return text
}

// severe is the tone of what is left of the sequencing window.
var severe = map[v1alpha1.WindowSeverity]terminal.Tone{
	v1alpha1.WindowSeverityNotice: terminal.Doubtful, v1alpha1.WindowSeverityWarning: terminal.Bad, v1alpha1.WindowSeverityCritical: terminal.Bad,
}

func (s *Screen) window() {
	w := s.overview.Window
	if w == nil {
		return
	}
	text := fmt.Sprintf("%d of %d L1 blocks left", w.LeftBlocks, w.SizeBlocks)
	switch {
	case w.LeftBlocks == 0:
		text = fmt.Sprintf("over: none of %d L1 blocks is left, the chain reorganises", w.SizeBlocks)
	case w.EndsAt == nil:
	case *w.LeftSeconds == 0:
		text = followed(text, fmt.Sprintf("should be over since %s (%s)", s.ago(*w.EndsAt), moment(*w.EndsAt)))
	default:
		text += fmt.Sprintf(": %s, until %s", inSeconds(w.LeftSeconds), moment(*w.EndsAt))
	}
	if w.Severity != v1alpha1.WindowSeverityNone && w.Severity != "" {
		text = string(w.Severity) + ": " + text
	}
	s.out.WriteByte('\n')
	s.labelled("SEQUENCING WINDOW", severe[w.Severity], followed(text, s.asOf(w.ObservedAt, overview.StaleAfter)))
}

// posts is what was last posted to L1.
func (s *Screen) posts() {
	o := s.overview
	if o.Batch == nil && o.Proposal == nil {
		return
	}
	s.out.WriteByte('\n')
	if o.Batch != nil {
		text := fmt.Sprintf("%s ago (%s)", inSeconds(&o.Batch.AgeSeconds), moment(o.Batch.At))
		if by := witnesses[o.Batch.Witness]; by != "" {
			text = followed(text, "seen by "+by)
		}
		s.labelled("LAST BATCH   ", terminal.Plain, text)
	}
	if o.Proposal != nil {
		s.labelled("LAST PROPOSAL", terminal.Plain, fmt.Sprintf("%s ago (%s)", inSeconds(&o.Proposal.AgeSeconds), moment(o.Proposal.At)))
	}
}

var witnesses = map[v1alpha1.BatchWitness]string{
	v1alpha1.BatchWitnessMetrics:  "op-batcher's metrics",
	v1alpha1.BatchWitnessSafeHead: "op-node's safe-head database",
	v1alpha1.BatchWitnessNonce:    "the nonce of the batcher's account",
}

func (s *Screen) nextFork() {
	f := s.overview.NextFork
	if f == nil {
		return
	}
	text := fmt.Sprintf("%s in %s (%s)", f.Name, inSeconds(&f.InSeconds), moment(f.Time))
	if f.InSeconds == 0 {
		text = fmt.Sprintf("%s since %s (%s)", f.Name, s.ago(f.Time), moment(f.Time))
	}
	tone, ready := terminal.Unclear, "it is not known whether the images are ready for it"
	if f.ImagesReady != nil {
		tone, ready = terminal.Plain, "the images are ready for it"
		if !*f.ImagesReady {
			tone, ready = terminal.Bad, "an image is too old for it"
		}
	}
	s.out.WriteByte('\n')
	s.labelled("NEXT FORK", tone, followed(text, ready))
}

// preflight says where to read what was found.
func (s *Screen) preflight() {
	p := &s.overview.Preflight
	var counts []string
	for _, c := range []struct {
		n         int
		one, many string
	}{{p.Errors, "error", "errors"}, {p.Warnings, "warning", "warnings"}, {p.Unknown, "unknown", "unknown"}, {p.Omitted, "more", "more"}} {
		if c.n == 1 {
			counts = append(counts, "1 "+c.one)
		} else if c.n > 1 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.many))
		}
	}
	if len(counts) == 0 {
		return
	}
	tone := terminal.Doubtful
	if p.Errors > 0 {
		tone = terminal.Bad
	}
	s.out.WriteByte('\n')
	text := fmt.Sprintf("%s: kubectl describe opchain %s -n %s", strings.Join(counts, ", "), s.overview.Name, s.overview.Namespace)
	if p.Errors > 0 {
		text += fmt.Sprintf("; to check a correction: kubectl opchain validate -f FILE -n %s --from-cluster", s.overview.Namespace)
	}
	s.labelled("PREFLIGHT", tone, text)
}

// events have one line where a condition above says the same with newer figures.
func (s *Screen) events() {
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "LAST SEEN"}, {Title: "TYPE", Min: 7, Cuts: true}, {Title: "REASON", Min: 12}, {Title: "NOTE", Min: 24},
	}}
	for i := range s.overview.Events {
		e := &s.overview.Events[i]
		tone := terminal.Plain
		if e.Type != "Normal" {
			tone = terminal.Doubtful
		}
		age := s.ago(e.At)
		if e.Count > 1 {
			age += fmt.Sprintf(" (x%d)", e.Count)
		}
		note := field(e.Note)
		note.Cut = s.overview.Tells(e.Reason)
		t.Rows = append(t.Rows, terminal.Row{Fields: []terminal.Field{field(age), toned(e.Type, tone), field(e.Reason), note}})
	}
	s.table(t)
}

func (s *Screen) notShown() {
	if len(s.overview.NotShown) == 0 {
		return
	}
	s.out.WriteByte('\n')
	for _, why := range s.overview.NotShown {
		s.labelled("NOT SHOWN", terminal.Unclear, why)
	}
}
