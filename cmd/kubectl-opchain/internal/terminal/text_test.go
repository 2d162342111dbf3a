package terminal_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

func TestWidth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "abc": 3, "é…": 2, "漢字": 4, "ｗｉｄｅ": 8, "ab\u0301": 3, "🚀": 2} {
		if got := terminal.Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"a bcd", 3, "a…"}, {"漢字漢", 5, "漢字…"}, {"漢字漢", 4, "漢…"}, {"abc", 1, "…"}} {
		if got := terminal.Cut(c.text, c.columns); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                 {""},
		"one two three":    {"one two", "three"},
		"registry/op-node": {"registry/", "op-node"},
		"abcdefghijk l":    {"abcdefghi", "jk l"},
		"漢字漢字漢字":           {"漢字漢字", "漢字"},
		"  a\n\n b ":       {"a b"},
	} {
		if diff := cmp.Diff(want, terminal.Wrap(text, 9)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// A table that is too wide cuts, then wraps, then leaves columns out, and no column that has
// nothing in it is there.
func TestTable(t *testing.T) {
	t.Parallel()
	table := &terminal.Table{
		Columns: []terminal.Column{
			{Title: "NAME", Min: 4}, {Title: "EMPTY"}, {Title: "NODE", Min: 4, Cuts: true}, {Title: "MESSAGE", Min: 7}, {Title: "AGE", Drop: 2}, {Title: "SIZE", Drop: 1},
		},
		Rows: []terminal.Row{
			{Fields: []terminal.Field{{Text: "one"}, {}, {Text: "a-long-node"}, {Text: "it is wrong"}, {Text: "9d"}, {Text: "1Gi"}}},
			{
				Fields: []terminal.Field{{Text: "two"}, {}, {Text: "node"}, {Text: "it is \x07not", Cut: true}, {Text: "-"}, {Text: "-"}},
				Notes:  []terminal.Field{{Text: "a note that is long enough to be wrapped"}, {Text: "a note that is cut to one line", Cut: true}},
			},
		},
	}
	for width, want := range map[int]string{
		60: `
NAME  NODE         MESSAGE      AGE  SIZE
one   a-long-node  it is wrong  9d   1Gi
two   node         it is  not   -    -
  a note that is long enough to be wrapped
  a note that is cut to one line
`,
		34: `
NAME  NODE  MESSAGE      AGE  SIZE
one   a-l…  it is wrong  9d   1Gi
two   node  it is  not   -    -
  a note that is long enough to be
  wrapped
  a note that is cut to one line
`,
		24: `
NAME  NODE   MESSAGE
one   a-lo…  it is wrong
two   node   it is  not
  a note that is long
  enough to be wrapped
  a note that is cut to…
`,
		20: `
NAME  NODE  MESSAGE
one   a-l…  it is
            wrong
two   node  it is…
  a note that is
  long enough to be
  wrapped
  a note that is cu…
`,
	} {
		var out strings.Builder
		table.Write(&out, terminal.Style{Width: width})
		if diff := cmp.Diff(want[1:], out.String()); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", width, diff)
		}
	}
}
