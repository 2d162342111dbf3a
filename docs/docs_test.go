// Package docs_test holds the pages to the code: what they link to, name and show is there.
package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/metrics"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const root = ".."

// pages gives the text of every Markdown page by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !entry.IsDir() && filepath.Ext(path) == ".md":
			rel, err := filepath.Rel(root, path)
			found[rel] = read(t, rel)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", "CONTRIBUTING.md", "docs/operations.md"} {
		if found[page] == "" {
			t.Fatalf("%s is not among the pages", page)
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$")
	span    = regexp.MustCompile("`([^`]+)`")
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for page, text := range all {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(match[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			} else if anchor != "" && !anchors(all[target])[anchor] {
				t.Errorf("%s links to %s: %s has no such heading", page, match[1], target)
			}
		}
	}
}

// anchors are what headings are called in links: lower case, hyphens for spaces, and nothing
// but letters, digits, hyphens and underscores.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				return r
			}
			return -1
		}, strings.ToLower(match[1]))] = true
	}
	return found
}

func TestMakeTargetsExist(t *testing.T) {
	t.Parallel()
	targets := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[match[1]] = true
	}
	target := regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	named := 0
	for page, text := range pages(t) {
		for _, line := range commands(text) {
			words := strings.Fields(line)
			if len(words) == 0 || words[0] != "make" {
				continue
			}
			for _, word := range words[1:] {
				if !target.MatchString(word) {
					break // a variable, or a comment
				}
				named++
				if !targets[word] {
					t.Errorf("%s names make %s, which the Makefile has not", page, word)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no page names a target: does this test see anything?")
	}
}

// commands are the lines of code blocks, and what stands between backquotes.
func commands(text string) []string {
	var found []string
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		found = append(found, strings.Split(block[2], "\n")...)
	}
	for _, match := range span.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		found = append(found, match[1])
	}
	return found
}

func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ file, prefix, page string }{
		"reasons":    {"api/v1alpha1/conditions.go", "Reason", "docs/operations.md"},
		"conditions": {"api/v1alpha1/conditions.go", "Condition", "README.md"},
		"phases":     {"api/v1alpha1/status_types.go", "Phase", "README.md"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The first column of a table explains.
			page := read(t, c.page)
			for _, value := range constants(t, c.file, c.prefix) {
				if !strings.Contains(page, "\n| `"+value+"` |") {
					t.Errorf("%s explains %s in no table", c.page, value)
				}
			}
		})
	}
}

// constants gives the values of a file's constants whose names start with prefix.
func constants(t *testing.T, file, prefix string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
		return false
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constants that start with %s", file, prefix)
	}
	return values
}

// TestEveryFindingIsExplained wants a heading for each code, with cause and cure below it, and
// no heading for a code that is gone.
func TestEveryFindingIsExplained(t *testing.T) {
	t.Parallel()
	explained := map[string]string{}
	for _, section := range regexp.MustCompile(`(?ms)^### (\w+)\n(.*?)(?:^##|\z)`).FindAllStringSubmatch(strings.ReplaceAll(read(t, "docs/findings.md"), "\n###", "\n##\n###"), -1) {
		explained[section[1]] = section[2]
	}
	for _, code := range constants(t, "api/v1alpha1/finding_codes.go", "Code") {
		if text := explained[code]; !strings.Contains(text, "**Cause.**") || !strings.Contains(text, "**Cure.**") {
			t.Errorf("docs/findings.md does not say cause and cure of %s", code)
		}
		delete(explained, code)
	}
	for code := range explained {
		t.Errorf("docs/findings.md explains %s, which does not exist", code)
	}
}

// TestRunbooksAreIndexed wants every page of docs/runbooks in its index, and each to answer the
// four questions.
func TestRunbooksAreIndexed(t *testing.T) {
	t.Parallel()
	indexed := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^\| \[(\w+)\]\((\w+)\.md\) \| (?:info|warning|critical) \| .+ \|$`).FindAllStringSubmatch(read(t, "docs/runbooks/README.md"), -1) {
		if match[1] != match[2] {
			t.Errorf("docs/runbooks/README.md calls %s.md %s", match[2], match[1])
		}
		indexed[match[2]] = true
	}
	seen := 0
	for page, text := range pages(t) {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if filepath.Dir(page) != "docs/runbooks" || name == "README" {
			continue
		}
		seen++
		if !indexed[name] {
			t.Errorf("docs/runbooks/README.md does not name %s", name)
		}
		for _, want := range []string{"# " + name, "## What it means", "## How to see it", "## What to do", "## What not to do"} {
			if !strings.Contains("\n"+text, "\n"+want+"\n") {
				t.Errorf("%s has no heading %q", page, want)
			}
		}
	}
	if seen == 0 || seen != len(indexed) {
		t.Errorf("docs/runbooks/README.md names %d pages, and there are %d", len(indexed), seen)
	}
}

// TestEveryPackageHasARoom wants each package below pkg in the table of docs/architecture.md.
func TestEveryPackageHasARoom(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/architecture.md")
	packages, err := os.ReadDir(filepath.Join(root, "pkg"))
	if err != nil || len(packages) == 0 {
		t.Fatalf("found %d packages: %v", len(packages), err)
	}
	for _, found := range packages {
		if row := fmt.Sprintf("\n| [pkg/%[1]s](../pkg/%[1]s) | ", found.Name()); !strings.Contains(page, row) {
			t.Errorf("docs/architecture.md has no row %q", row)
		}
	}
}

func TestEveryFlagIsExplained(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/operations.md")
	flags := regexp.MustCompile(`flags\.\w+Var\(&[\w.]+, "([^"]+)"`).FindAllStringSubmatch(read(t, "cmd/manager/manager.go"), -1)
	if len(flags) == 0 {
		t.Fatal("the manager has no flags: does this test see anything?")
	}
	for _, flag := range flags {
		if !strings.Contains(page, "\n| `--"+flag[1]+"` |") {
			t.Errorf("docs/operations.md does not explain --%s", flag[1])
		}
	}
}

// TestEveryMetricIsExplained holds the table of docs/monitoring.md to what the operator tells.
func TestEveryMetricIsExplained(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, description := range metrics.Descriptions() {
		var labels []string
		for _, label := range description.Labels {
			if label != metrics.LabelNamespace && label != metrics.LabelChain {
				labels = append(labels, "`"+label+"`")
			}
		}
		column := strings.Join(labels, ", ")
		if column != "" {
			column = " " + column
		}
		want[fmt.Sprintf("| `%s` | %s |%s | ", description.Name, description.Type, column)] = true
	}
	for _, row := range regexp.MustCompile("(?m)^(\\| `opstack_\\w+` \\| \\w+ \\|(?: [`\\w, ]+)? \\| ).+ \\|$").FindAllStringSubmatch(read(t, "docs/monitoring.md"), -1) {
		if !want[row[1]] {
			t.Errorf("docs/monitoring.md explains %q, which does not exist", row[1])
		}
		delete(want, row[1])
	}
	for row := range want {
		t.Errorf("docs/monitoring.md has no row %q", row)
	}
}

// TestEveryThresholdIsExplained wants a row for each of spec.monitoring.thresholds, and none more.
func TestEveryThresholdIsExplained(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, "docs/monitoring.md"), "\n## Conditions and thresholds\n")
	section, _, _ = strings.Cut(section, "\n## ")
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| .+ \\| `\\w+` \\| .+ \\|$").FindAllStringSubmatch(section, -1) {
		explained[row[1]] = true
	}
	thresholds := reflect.TypeFor[v1alpha1.ThresholdsSpec]()
	for i := range thresholds.NumField() {
		name, _, _ := strings.Cut(thresholds.Field(i).Tag.Get("json"), ",")
		if !explained[name] {
			t.Errorf("docs/monitoring.md does not explain %s", name)
		}
		delete(explained, name)
	}
	for name := range explained {
		t.Errorf("docs/monitoring.md explains %s, which does not exist", name)
	}
}

// TestExamplesAreAccepted gives the OPChains of the pages to a real API server.
func TestExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	examples := 0
	for page, text := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(text, -1) {
			if block[1] != "yaml" || !strings.Contains(block[2], "kind: OPChain") {
				continue
			}
			examples++
			chain := &unstructured.Unstructured{}
			if err := yaml.UnmarshalStrict([]byte(block[2]), &chain.Object); err != nil {
				t.Fatalf("%s: %v", page, err)
			}
			chain.SetNamespace(env.Namespace)
			if err := env.Client.Create(t.Context(), chain, client.DryRunAll, client.FieldValidation("Strict")); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if examples == 0 {
		t.Error("no page has an OPChain: does this test see anything?")
	}
}
