// Package report shows reviews to people and to programs.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/review"
)

// Style is how a table is shown.
type Style struct {
	// Width is how many characters a line may have.
	Width int
	// Colour paints severities.
	Colour bool
}

// DefaultWidth is the width where there is no terminal.
const DefaultWidth = 100

const (
	// minWidth is the least width that a table makes sense in.
	minWidth = 72
	// minText is the least width of the messages' column, if it can be: an address with a word.
	minText = 46
	// minPlace is the least width of the places' column.
	minPlace = 16
	// gap is what is between two columns.
	gap = "  "
)

// Write shows a review: a table of what was found, what was not checked, and the counts.
func Write(to io.Writer, r *review.Report, style Style) error {
	var out strings.Builder
	if len(r.Findings) > 0 {
		writeTable(&out, r.Findings, style)
		out.WriteByte('\n')
	}
	for _, missing := range r.NotChecked {
		for i, line := range wrap(clean("not checked: "+missing.What+": "+missing.Cure), max(style.Width, minWidth)-2) {
			if i > 0 {
				out.WriteString(gap)
			}
			out.WriteString(line + "\n")
		}
	}
	out.WriteString(clean(r.Chain) + ": " + counts(r) + "\n")
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
func writeTable(out *strings.Builder, findings []review.Finding, style Style) {
	rows := [][]string{{"SEVERITY", "CODE", "PLACE", "MESSAGE"}}
	for i := range findings {
		f := &findings[i]
		rows = append(rows, []string{string(f.Severity), string(f.Code), clean(f.Place()), ""})
	}
	var widths [4]int
	for _, row := range rows {
		for column, cell := range row[:3] {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	left := max(style.Width, minWidth) - widths[0] - widths[1] - 3*len(gap)
	widths[2] = min(widths[2], max(left-minText, minPlace))
	widths[3] = left - widths[2]
	for i, row := range rows {
		text := []string{row[3]}
		if i > 0 {
			text = message(&findings[i-1], widths[3])
		} else {
			text[0] = "MESSAGE"
		}
		writeRow(out, [][]string{{row[0]}, {row[1]}, wrap(row[2], widths[2]), text}, widths, i > 0 && style.Colour)
	}
}

// message is a finding's text: what is wrong, then what to change.
func message(f *review.Finding, width int) []string {
	lines := wrap(clean(f.Message), width)
	if f.Cure == "" {
		return lines
	}
	const arrow = "-> "
	for i, line := range wrap(clean(f.Cure), width-len(arrow)) {
		if i == 0 {
			line = arrow + line
		} else {
			line = strings.Repeat(" ", len(arrow)) + line
		}
		lines = append(lines, line)
	}
	return lines
}

// writeRow writes cells side by side, each of which has a number of lines.
func writeRow(out *strings.Builder, cells [][]string, widths [4]int, colour bool) {
	height := 0
	for _, cell := range cells {
		height = max(height, len(cell))
	}
	for n := range height {
		var line strings.Builder
		for column, cell := range cells {
			text := ""
			if n < len(cell) {
				text = cell[n]
			}
			padded := text + strings.Repeat(" ", max(0, widths[column]-utf8.RuneCountInString(text)))
			if colour && column == 0 && text != "" {
				padded = paint(text) + padded[len(text):]
			}
			line.WriteString(padded)
			if column < len(cells)-1 {
				line.WriteString(gap)
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// Colours of terminals (ECMA-48, Select Graphic Rendition).
var colours = map[string]string{
	string(v1alpha1.SeverityError):   "\x1b[31m",
	string(v1alpha1.SeverityWarning): "\x1b[33m",
	string(v1alpha1.SeverityUnknown): "\x1b[36m",
}

func paint(severity string) string { return colours[severity] + severity + "\x1b[0m" }

// clean keeps what came from a file from moving the cursor or hiding text.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// wrap breaks a text into lines of a width: between words, else in one that is too long, after
// a dot, slash or hyphen if it can be.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		for line == "" && utf8.RuneCountInString(word) > width {
			head, tail := split(word, width)
			lines, word = append(lines, head), tail
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// split cuts a word that is longer than width.
func split(word string, width int) (head, tail string) {
	runes := []rune(word)
	at := width
	for i := width; i > width/4; i-- {
		if slices.Contains([]rune("./-_"), runes[i-1]) {
			at = i
			break
		}
	}
	return string(runes[:at]), string(runes[at:])
}
