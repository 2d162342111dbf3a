package command

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
)

// Rows of tables that explain flags, and the flags that they explain.
var (
	flagRow  = regexp.MustCompile("(?m)^\\| `--[^|]*\\|")
	flagName = regexp.MustCompile("`--([a-z0-9-]+)`")
)

// TestEveryFlagIsExplained holds the page to the commands, and the commands to one another.
func TestEveryFlagIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/kubectl-opchain.md")
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(&Environment{Streams: genericiooptions.NewTestIOStreamsDiscard()})
	sections := map[string]string{"kubectl-opchain": section(t, string(page), "## Flags of kubectl")}
	for _, cmd := range root.Commands() {
		if cmd.HasLocalFlags() {
			sections[cmd.Name()] = section(t, string(page), "## "+cmd.Name())
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short help %q", cmd.Name(), cmd.Short)
		}
	}
	seen := 0
	for _, cmd := range append(root.Commands(), root) {
		explained := func(flag *pflag.Flag) {
			seen++
			if flag.Name != "help" && !strings.Contains(sections[cmd.Name()], "`--"+flag.Name+"`") {
				t.Errorf("the page does not explain --%s of %s", flag.Name, cmd.Name())
			}
		}
		if cmd == root {
			cmd.PersistentFlags().VisitAll(explained)
			continue
		}
		cmd.LocalNonPersistentFlags().VisitAll(explained)
		for _, row := range flagRow.FindAllString(sections[cmd.Name()], -1) {
			for _, name := range flagName.FindAllStringSubmatch(row, -1) {
				if cmd.Flags().Lookup(name[1]) == nil {
					t.Errorf("the page explains --%s, which %s has not", name[1], cmd.Name())
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d flags: does this test see anything?", seen)
	}
	for _, status := range []string{"| 0 |", "| 1 |", "| 2 |"} {
		if !strings.Contains(section(t, string(page), "## Exit status"), status) {
			t.Errorf("the page does not explain status %s", status)
		}
	}
}

// section is a page from a heading to the next.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(page, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("the page has no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// Examples use commands and flags that there are.
func TestExamplesAreCommandLines(t *testing.T) {
	t.Parallel()
	root := newRoot(&Environment{Streams: genericiooptions.NewTestIOStreamsDiscard()})
	root.InitDefaultCompletionCmd()
	page, err := os.ReadFile("../../../../docs/kubectl-opchain.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(page)}
	for _, cmd := range root.Commands() {
		texts = append(texts, cmd.Example)
	}
	tried := 0
	for _, line := range strings.Split(strings.ReplaceAll(strings.Join(texts, "\n"), "\\\n", " "), "\n") {
		_, args, ok := strings.Cut(line, "kubectl opchain ")
		if !ok || strings.HasPrefix(line, "#") || strings.Contains(line, "`") {
			continue
		}
		args, _, _ = strings.Cut(args, " #")
		words := strings.Fields(strings.TrimSuffix(args, "…"))
		cmd, rest, err := root.Find(words)
		if err != nil || cmd == root {
			t.Errorf("%s: there is no such command: %v", line, err)
			continue
		}
		tried++
		if err := fresh(cmd.Name()).ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if tried < 8 {
		t.Errorf("only %d examples: does this test see anything?", tried)
	}
}

// The screen in the page is the one that a test has seen.
func TestPageShowsTheScreen(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/kubectl-opchain.md")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("../screen/testdata/batcher-silent.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := "\n```console\n$ kubectl opchain status my-chain -n rollups\n" + string(golden) + "```\n"
	if !strings.Contains(section(t, string(page), "## status"), want) {
		t.Error("the page shows another screen than internal/screen/testdata/batcher-silent.txt: put that there")
	}
}

// Every field of the document is explained, and no other.
func TestEveryFieldIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/kubectl-opchain.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(section(t, string(page), "## status"), "| field | |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	explained := map[string]bool{"sequencer": true, "replica": true} // values
	for _, name := range regexp.MustCompile("`([A-Za-z0-9]+)(\\[\\])?`").FindAllStringSubmatch(table, -1) {
		explained[name[1]] = true
	}
	has := map[string]bool{"sequencer": true, "replica": true}
	fieldsOf(reflect.TypeFor[overview.Overview](), has)
	if diff := cmp.Diff(has, explained); diff != "" {
		t.Errorf("the page explains other fields than there are (-are +explained):\n%s", diff)
	}
}

// fieldsOf adds the JSON names of all fields of a type.
func fieldsOf(kind reflect.Type, names map[string]bool) {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice:
		fieldsOf(kind.Elem(), names)
	case reflect.Struct:
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if name != "" && name != "-" {
				names[name] = true
				fieldsOf(kind.Field(i).Type, names)
			}
		}
	}
}

func fresh(name string) *cobra.Command {
	for _, cmd := range newRoot(&Environment{Streams: genericiooptions.NewTestIOStreamsDiscard()}).Commands() {
		if cmd.Name() == name {
			return cmd
		}
	}
	return &cobra.Command{DisableFlagParsing: true} // cobra's own
}
