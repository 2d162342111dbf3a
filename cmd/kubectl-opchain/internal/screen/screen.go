// Package screen shows overviews to people.
package screen

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

// staleVolume is from what age on it is said how old a kubelet's figures are. They may be three
// minutes old in an operator that does its work: kubelets measure, are asked, and what they say is
// written once a minute each.
const staleVolume = 5 * time.Minute

// Screen is an overview that is being shown.
type Screen struct {
	overview *overview.Overview
	now      time.Time
	style    terminal.Style
	out      strings.Builder
}

// Write shows the overview of a chain at a time on one screen.
func Write(to io.Writer, o *overview.Overview, now time.Time, style terminal.Style) error {
	style.Width = max(style.Width, terminal.MinWidth)
	s := &Screen{overview: o, now: now, style: style}
	for _, section := range []func(*Screen){
		(*Screen).header, (*Screen).conditions, (*Screen).heads, (*Screen).window, (*Screen).components, (*Screen).posts,
		(*Screen).accounts, (*Screen).storage, (*Screen).nextFork, (*Screen).preflight, (*Screen).events, (*Screen).notShown,
	} {
		section(s)
	}
	_, err := io.WriteString(to, s.out.String())
	return err
}

// text writes a text, wrapped.
func (s *Screen) text(tone terminal.Tone, format string, args ...any) {
	terminal.WriteText(&s.out, terminal.Field{Text: fmt.Sprintf(format, args...), Tone: tone}, "", s.style)
}

// labelled writes a text after a label in capitals, as tables have their titles.
func (s *Screen) labelled(label string, tone terminal.Tone, text string) {
	var lines strings.Builder
	terminal.WriteText(&lines, terminal.Field{Text: text, Tone: tone}, label+terminal.Gap, s.style)
	s.out.WriteString(s.style.Paint(label, terminal.Bold) + strings.TrimPrefix(lines.String(), label))
}

// table writes a table with a free line before it.
func (s *Screen) table(t *terminal.Table) {
	if len(t.Rows) == 0 {
		return
	}
	s.out.WriteByte('\n')
	t.Write(&s.out, s.style)
}

// ago is how long ago something was. Clocks differ: what is ahead of this one is just now.
func (s *Screen) ago(t time.Time) string { return short(s.now.Sub(t)) }

// stale reports whether something is as old as that, or of an unknown time.
func (s *Screen) stale(t *time.Time, after time.Duration) bool {
	return t == nil || s.now.Sub(*t) >= after
}

// asOf says how old something is, if it is as old as that; what is of an unknown time counts as old.
func (s *Screen) asOf(t *time.Time, after time.Duration) string {
	switch {
	case t == nil:
		return "as of an unknown time"
	case !s.stale(t, after):
		return ""
	}
	return "as of " + s.ago(*t) + " ago"
}

// followed puts a text behind another, where there is one.
func followed(text, more string) string {
	if more == "" {
		return text
	}
	return text + ", " + more
}

// moment is a time as people read it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
