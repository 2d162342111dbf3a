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
				field(c.Name), field(image(c.Image)), field(c.Version), yes(c.Ready),
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
	if exit := c.LastExit; exit != nil {
		text := fmt.Sprintf("last exit: %s with code %d", exit.Container, exit.ExitCode)
		if exit.Reason != "" {
			text += " (" + exit.Reason + ")"
		}
		if exit.At != nil {
			text = followed(text, s.ago(*exit.At)+" ago")
		}
		if exit.Message != "" {
			text += ": " + exit.Message
		}
		notes = append(notes, terminal.Field{Text: text, Tone: terminal.Doubtful, Cut: c.Ready != nil && *c.Ready})
	}
	if c.ObservedAt != nil && s.asOf(c.ObservedAt) != "" && s.asOf(s.overview.ObservedAt) == "" {
		notes = append(notes, terminal.Field{Text: "no answer for " + s.ago(*c.ObservedAt), Tone: terminal.Doubtful})
	}
	return notes
}

func (s *Screen) accounts() {
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "ACCOUNT"}, {Title: "ADDRESS", Min: 12}, {Title: "BALANCE", Min: 8}, {Title: "A DAY", Min: 8}, {Title: "LASTS"},
	}}
	for i := range s.overview.Accounts {
		a := &s.overview.Accounts[i]
		lasts := field(inSeconds(a.LastsSeconds))
		if a.LastsSeconds != nil && *a.LastsSeconds == 0 {
			lasts = terminal.Field{Text: "over", Tone: terminal.Bad}
		}
		notes := s.oldness(a.ObservedAt)
		if a.LastsSeconds != nil && a.MeasuredForSeconds != nil && !measured(a) {
			notes = append(notes, terminal.Field{Text: "measured for " + short(time.Duration(*a.MeasuredForSeconds)*time.Second) + " only, which is too short to tell for how long it lasts", Tone: terminal.Doubtful})
		}
		t.Rows = append(t.Rows, terminal.Row{
			Fields: []terminal.Field{field(a.Component), field(string(a.Address)), field(ether(a.Balance)), field(ether(a.SpentPerDay)), lasts}, Notes: notes,
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
			percent, notes = number(v.UsedPercent)+" %", s.oldness(v.ObservedAt)
		}
		t.Rows = append(t.Rows, terminal.Row{
			Fields: []terminal.Field{field(v.Claim), phase, field(size(v.CapacityBytes)), field(size(v.UsedBytes)), field(percent)}, Notes: notes,
		})
	}
	s.table(t)
}

// oldness is a note of when something was observed, if that is long ago.
func (s *Screen) oldness(observed *time.Time) []terminal.Field {
	if old := s.asOf(observed); old != "" {
		return []terminal.Field{{Text: old, Tone: terminal.Doubtful}}
	}
	return nil
}
