// Package report shows reviews to people and to programs.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/review"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

const (
	// minText is the least width of the messages' column, if it can be: an address with a word.
	minText = 46
	// minPlace is the least width of the places' column.
	minPlace = 16
)

// Write shows a review: a table of what was found, what was not checked, and the counts.
func Write(to io.Writer, r *review.Report, style terminal.Style) error {
	var out strings.Builder
	if len(r.Findings) > 0 {
		writeTable(&out, r.Findings, style)
		out.WriteByte('\n')
	}
	for _, missing := range r.NotChecked {
		for i, line := range terminal.Wrap(terminal.Clean("not checked: "+missing.What+": "+missing.Cure), max(style.Width, terminal.MinWidth)-2) {
			if i > 0 {
				out.WriteString(terminal.Gap)
			}
			out.WriteString(line + "\n")
		}
	}
	out.WriteString(terminal.Clean(r.Chain) + ": " + counts(r) + "\n")
	_, err := io.WriteString(to, out.String())
	return err
}

// WriteTotal shows the counts of several reviews.
func WriteTotal(to io.Writer, all []*review.Report) error {
	total := &review.Report{}
	for _, r := range all {
		total.Findings = append(total.Findings, r.Findings...)
		total.NotChecked = append(total.NotChecked, r.NotChecked...)
	}
	_, err := fmt.Fprintf(to, "\n%d chains: %s\n", len(all), counts(total))
	return err
}

func counts(r *review.Report) string {
	return fmt.Sprintf("%s, %s, %d unknown, %d not checked", counted(r.Count(v1alpha1.SeverityError), "error"),
		counted(r.Count(v1alpha1.SeverityWarning), "warning"), r.Count(v1alpha1.SeverityUnknown), len(r.NotChecked))
}

func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// writeTable lays findings out in four columns. The message is as wide as the others leave it,
// and the place as narrow as that needs.
func writeTable(out *strings.Builder, findings []review.Finding, style terminal.Style) {
	rows := [][]string{{"SEVERITY", "CODE", "PLACE", "MESSAGE"}}
	for i := range findings {
		f := &findings[i]
		rows = append(rows, []string{string(f.Severity), string(f.Code), terminal.Clean(f.Place()), ""})
	}
	var widths [4]int
	for _, row := range rows {
		for column, cell := range row[:3] {
			widths[column] = max(widths[column], terminal.Width(cell))
		}
	}
	left := max(style.Width, terminal.MinWidth) - widths[0] - widths[1] - 3*len(terminal.Gap)
	widths[2] = min(widths[2], max(left-minText, minPlace))
	widths[3] = left - widths[2]
	for i, row := range rows {
		severity, text := terminal.Cell{Lines: row[:1]}, row[3:]
		if i > 0 {
			severity.Tone, text = tones[findings[i-1].Severity], message(&findings[i-1], widths[3])
		}
		cells := []terminal.Cell{severity, {Lines: row[1:2]}, {Lines: terminal.Wrap(row[2], widths[2])}, {Lines: text}}
		terminal.WriteRow(out, cells, widths[:], style)
	}
}

// message is a finding's text: what is wrong, then what to change.
func message(f *review.Finding, width int) []string {
	lines := terminal.Wrap(terminal.Clean(f.Message), width)
	if f.Cure == "" {
		return lines
	}
	const arrow = "-> "
	for i, line := range terminal.Wrap(terminal.Clean(f.Cure), width-len(arrow)) {
		if i == 0 {
			line = arrow + line
		} else {
			line = strings.Repeat(" ", len(arrow)) + line
		}
		lines = append(lines, line)
	}
	return lines
}

// tones are the colours of severities.
var tones = map[v1alpha1.FindingSeverity]terminal.Tone{
	v1alpha1.SeverityError:   terminal.Bad,
	v1alpha1.SeverityWarning: terminal.Doubtful,
	v1alpha1.SeverityUnknown: terminal.Unclear,
}
