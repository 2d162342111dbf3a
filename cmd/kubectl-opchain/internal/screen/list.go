package screen

import (
	"io"
	"strings"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

// WriteList shows several chains at a time, a row for each. Namespaces are shown where there
// may be several.
func WriteList(to io.Writer, all []*overview.Overview, namespaces bool, now time.Time, style terminal.Style) error {
	style.Width = max(style.Width, terminal.MinWidth)
	t := &terminal.Table{Columns: []terminal.Column{
		{Title: "NAMESPACE", Min: 9}, {Title: "NAME", Min: 8}, {Title: "READY", Min: 7}, {Title: "PHASE", Min: 8}, {Title: "UNSAFE", Min: 6, Drop: 1},
		{Title: "SAFE", Min: 6, Drop: 2}, {Title: "LAG", Min: 4}, {Title: "WINDOW"}, {Title: "BATCH"}, {Title: "FUNDS"}, {Title: "SEEN"}, {Title: "AGE", Drop: 3},
	}}
	for _, o := range all {
		row := rowOf(o, now)
		if !namespaces {
			row.Fields[0].Text = ""
		}
		t.Rows = append(t.Rows, row)
	}
	var out strings.Builder
	t.Write(&out, style)
	_, err := io.WriteString(to, out.String())
	return err
}

// rowOf is a chain in one line.
func rowOf(o *overview.Overview, now time.Time) terminal.Row {
	s := &Screen{overview: o, now: now}
	ready := terminal.Field{Text: "Unknown", Tone: terminal.Unclear}
	if c := o.Condition(v1alpha1.ConditionReady); c != nil {
		ready = toned(c.Status, ranked(c))
	}
	heads := o.Heads
	if heads == nil {
		heads = &overview.Heads{}
	}
	unsafe, safe, left, batch := orNone(heads.Unsafe), orNone(heads.Safe), field(""), ""
	if w := o.Window; w != nil && w.LeftSeconds != nil {
		left = toned(inSeconds(w.LeftSeconds), severe[w.Severity])
	}
	if o.Batch != nil {
		batch = s.ago(o.Batch.At)
	}
	seen := field("")
	if o.ObservedAt != nil {
		seen = field(s.ago(*o.ObservedAt))
		if s.stale(o.ObservedAt, overview.StaleAfter) {
			seen.Tone = terminal.Bad
		}
	}
	return terminal.Row{Fields: []terminal.Field{
		field(o.Namespace), field(o.Name), ready, field(string(o.Phase)), field(unsafe.number), field(safe.number), field(unsafe.lag),
		left, field(batch), field(funds(leastFunds(o.Accounts))), seen, field(s.ago(o.CreatedAt)),
	}}
}

// figures are a head's in the list.
type figures struct{ number, lag string }

func orNone(h *overview.Head) figures {
	if h == nil {
		return figures{}
	}
	shown := figures{number: number(&h.Number)}
	if h.LagSeconds != nil {
		shown.lag = short(time.Duration(*h.LagSeconds) * time.Second)
	}
	return shown
}

// leastFunds is how long the account lasts that ends first, of those of which that can be told.
func leastFunds(accounts []overview.Account) *int64 {
	var least *int64
	for i := range accounts {
		if lasts := accounts[i].LastsSeconds; lasts != nil && measured(&accounts[i]) && (least == nil || *lasts < *least) {
			least = lasts
		}
	}
	return least
}
