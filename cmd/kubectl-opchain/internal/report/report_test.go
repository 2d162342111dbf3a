package report_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/report"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/review"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

func reportOf(place, message, cure string) *review.Report {
	return &review.Report{
		Chain: "my-chain",
		Findings: []review.Finding{{Finding: v1alpha1.Finding{
			Code: v1alpha1.CodeSequencerNotAuthorized, Severity: v1alpha1.SeverityError, Field: place, Message: message, Cure: cure,
		}}},
		NotChecked: []input.NotChecked{{What: place, Cure: cure}},
	}
}

func written(tb testing.TB, r *review.Report, style terminal.Style) string {
	tb.Helper()
	var out bytes.Buffer
	if err := report.Write(&out, r, style); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// Colour changes nothing but the severities.
func TestColour(t *testing.T) {
	t.Parallel()
	r := reportOf("spec.l1", "it is wrong", "correct it")
	plain, coloured := written(t, r, terminal.Style{Width: 100}), written(t, r, terminal.Style{Width: 100, Colour: true})
	if strings.Contains(plain, "\x1b") {
		t.Errorf("colour where none was asked for: %q", plain)
	}
	if want := strings.Replace(plain, "Error ", "\x1b[31mError\x1b[0m ", 1); coloured != want {
		t.Errorf("got  %q\nwant %q", coloured, want)
	}
}

// Whatever a file holds, lines have the width, no letter is lost, and nothing moves the cursor.
func FuzzTable(f *testing.F) {
	f.Add("spec.components.geth.image", "it is 0x0062117262F542fC4d170C1D4ACCD3dC8d92B9aB", "put another one there", 100)
	f.Add(strings.Repeat("a", 300), "\x1b[2J\r\n\t", "", 80)
	f.Add("", "", "", -1)
	f.Add("日本語/"+strings.Repeat("語", 90), strings.Repeat("é ", 200), "\xff", 20)
	f.Fuzz(func(t *testing.T, place, message, cure string, width int) {
		width = max(min(width, 200), -1)
		text := written(t, reportOf(place, message, cure), terminal.Style{Width: width})
		for _, line := range strings.Split(text, "\n") {
			if n := terminal.Width(line); n > max(width, 72) {
				t.Errorf("a line has %d characters, the width is %d: %q", n, width, line)
			}
		}
		if strings.ContainsAny(text, "\x1b\r\t\x07") {
			t.Errorf("control characters: %q", text)
		}
		for _, r := range message {
			if r > ' ' && r != utf8.RuneError && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789é語", r) && !strings.ContainsRune(text, r) {
				t.Errorf("%q is lost: %q", r, text)
			}
		}
	})
}
