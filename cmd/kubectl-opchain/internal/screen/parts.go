package screen

import (
	"fmt"
	"time"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

// components says below each what is the matter with it.
func (s *Screen) components() {
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "COMPONENT"}, {Title: "IMAGE", Min: 12}, {Title: "VERSION", Min: 8}, {Title: "READY"},
		{Title: "RESTARTS"}, {Title: "NODE", Min: 8, Cuts: true}, {Title: "AGE"},
	}}
	for i := range s.overview.Components {
		c := &s.overview.Components[i]
		age := ""
		if c.StartedAt != nil {
			age = s.ago(*c.StartedAt)
		}
		t.Rows = append(t.Rows, terminal.Row{
			Fields: []terminal.Field{
				field(c.Name), field(image(c.Image)), field(version(c.Version)), yes(c.Ready),
				field(number(c.Restarts)), field(c.Node), field(age),
			},
			Notes: s.troubles(c),
		})
	}
	s.table(t)
}

func yes(ready *bool) terminal.Field {
	switch {
	case ready == nil:
		return field("")
	case *ready:
		return terminal.Field{Text: "yes", Tone: terminal.Good}
	}
	return terminal.Field{Text: "no", Tone: terminal.Bad}
}

// troubles are what a component waits for, how it ended, and that it alone does not answer. Of the end
// of one that runs again a line is enough.
func (s *Screen) troubles(c *overview.Component) []terminal.Field {
	var notes []terminal.Field
	if c.Waiting != "" {
		notes = append(notes, terminal.Field{Text: "not ready: " + c.Waiting, Tone: terminal.Bad})
	}
	if s.tellsExit(c) {
		notes = append(notes, terminal.Field{Text: s.lastExit(c), Tone: terminal.Doubtful, Cut: c.Ready != nil && *c.Ready})
	}
	if c.ObservedAt != nil && s.stale(c.ObservedAt, overview.StaleAfter) && !s.stale(s.overview.LastAnswer, overview.StaleAfter) {
		notes = append(notes, terminal.Field{Text: "no answer for " + s.ago(*c.ObservedAt), Tone: terminal.Doubtful})
	}
	return notes
}

// exitNews is for how long it is news how a component ended that runs again.
const exitNews = time.Hour

func (s *Screen) tellsExit(c *overview.Component) bool {
	if c.LastExit == nil {
		return false
	}
	recent := c.LastExit.At == nil || s.now.Sub(*c.LastExit.At) < exitNews
	return recent || c.Ready == nil || !*c.Ready
}

// lastExit is how a component last ended. Restarts do not count the end of a pod that is gone.
func (s *Screen) lastExit(c *overview.Component) string {
	exit := c.LastExit
	text := fmt.Sprintf("last exit: %s with code %d", exit.Container, exit.ExitCode)
	if exit.Reason != "" {
		text += " (" + exit.Reason + ")"
	}
	if exit.At != nil {
		text = followed(text, s.ago(*exit.At)+" ago")
		if c.StartedAt != nil && exit.At.Before(*c.StartedAt) {
			text = followed(text, "in a pod that is gone")
		}
	}
	if exit.Message != "" {
		text += ": " + exit.Message
	}
	return text
}

func (s *Screen) accounts() {
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "ACCOUNT"}, {Title: "ADDRESS", Min: 12}, {Title: "BALANCE", Min: 8}, {Title: "A DAY", Min: 8}, {Title: "LASTS"},
	}}
	for i := range s.overview.Accounts {
		a := &s.overview.Accounts[i]
		spent, lasts := field(""), field("")
		if measured(a) {
			spent, lasts = field(inEther(a.SpentPerDay)), field(funds(a.LastsSeconds))
			if a.LastsSeconds != nil && *a.LastsSeconds == 0 {
				lasts = terminal.Field{Text: "over", Tone: terminal.Bad}
			}
		}
		notes := s.oldness(a.ObservedAt, overview.StaleAfterL1)
		if a.LastsSeconds != nil && a.MeasuredForSeconds != nil && !measured(a) {
			notes = append(notes, terminal.Field{Text: "spending was measured for " + short(time.Duration(*a.MeasuredForSeconds)*time.Second) + " only, which is too short to tell for how long the ETH lasts", Tone: terminal.Doubtful})
		}
		t.Rows = append(t.Rows, terminal.Row{
			Fields: []terminal.Field{field(a.Component), field(string(a.Address)), field(inEther(a.Balance)), spent, lasts}, Notes: notes,
		})
	}
	s.table(t)
}

// measuredLeast is over how long spending must have been measured before the operator judges by it:
// one batch in a minute makes a fortune a day.
const measuredLeast = time.Hour

func measured(a *overview.Account) bool {
	return a.MeasuredForSeconds != nil && time.Duration(*a.MeasuredForSeconds)*time.Second >= measuredLeast
}

func (s *Screen) storage() {
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "CLAIM", Min: 12}, {Title: "STATUS", Min: 6}, {Title: "SIZE", Min: 6}, {Title: "USED", Min: 6}, {Title: "PERCENT", Min: 7},
	}}
	for i := range s.overview.Storage {
		v := &s.overview.Storage[i]
		phase := toned(v.Phase, terminal.Plain)
		if v.Phase != "Bound" {
			phase.Tone = terminal.Doubtful
		}
		percent, notes := "", []terminal.Field(nil)
		if v.UsedPercent != nil {
			percent, notes = number(v.UsedPercent)+"%", s.oldness(v.ObservedAt, staleVolume)
		}
		t.Rows = append(t.Rows, terminal.Row{
			Fields: []terminal.Field{field(v.Claim), phase, field(size(v.CapacityBytes)), field(size(v.UsedBytes)), field(percent)}, Notes: notes,
		})
	}
	s.table(t)
}

// oldness is a note of when something was observed, if that is long ago.
func (s *Screen) oldness(observed *time.Time, after time.Duration) []terminal.Field {
	if old := s.asOf(observed, after); old != "" {
		return []terminal.Field{{Text: old, Tone: terminal.Doubtful}}
	}
	return nil
}
