package terminal_test

import (
	"strings"
	"testing"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	hides := func(lines string) string { return "… " + lines + " more lines, for which the terminal is too low\n" }
	narrow := "a line of two\n\x1b[31mof two\x1b[0m\nc\nd\n" // in 8 columns: two lines, then one, as colours take no column
	cases := map[string]struct {
		screen, below string
		height, width int
		want          string
	}{
		"no height is known":       {"a\nb\nc\n", "d\n", 0, 80, "a\nb\nc\nd\n"},
		"all fits":                 {"a\nb\nc\n", "", 4, 80, "a\nb\nc\n"},
		"a line too many":          {"a\nb\nc\n", "", 3, 80, "a\n" + hides("2")},
		"what is below stays":      {"a\nb\nc\nd\n", "e\nf\n", 5, 80, "a\n" + hides("3") + "e\nf\n"},
		"all fits with it":         {"a\nb\n", "e\nf\n", 5, 80, "a\nb\ne\nf\n"},
		"no room at all":           {"a\nb\nc\n", "e\n", 1, 80, hides("3") + "e\n"},
		"lines that go on":         {narrow, "", 4, 8, "a line of two\n… 3 mor…\n"},
		"lines that go on and fit": {narrow, "", 6, 8, narrow},
		"one that goes on":         {"a\nb\nand more than it\n", "", 4, 15, "a\nb\n… 1 more line,…\n"},
		"nothing":                  {"", "e\n", 1, 80, "e\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := terminal.Limit(c.screen, c.below, c.height, terminal.Style{Width: c.width}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	painted := terminal.Limit("a\nb\nc\n", "", 3, terminal.Style{Width: 80, Colour: true})
	if !strings.HasSuffix(painted, string(terminal.Unclear)+strings.TrimSuffix(hides("2"), "\n")+"\x1b[0m\n") {
		t.Errorf("without colour: %q", painted)
	}
}
