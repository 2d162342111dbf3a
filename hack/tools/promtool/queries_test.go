// Package promtool_test reads the queries of config/monitoring as Prometheus does. It is in this
// module because Prometheus' parser is: the operator has no use for either.
package promtool_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

const monitoring = "../../../config/monitoring"

// A query is an expression and where it stands.
type query struct{ place, expr string }

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(monitoring, path))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// exposed gives the names of all metrics that there are, of which testdata/exposed has a file for
// each program.
func exposed(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, program := range []string{"op-stack-operator", "op-geth", "op-node", "op-batcher", "op-proposer", "kubelet"} {
		before := len(names)
		for _, line := range strings.Split(string(read(t, "testdata/exposed/"+program+".txt")), "\n") {
			if line != "" && !strings.HasPrefix(line, "#") {
				names[line] = true
			}
		}
		if len(names) == before {
			t.Fatalf("%s exposes nothing: does this test see it?", program)
		}
	}
	return names
}

// ruleQueries are the expressions of the alerts, and those in their texts.
func ruleQueries(t *testing.T) []query {
	t.Helper()
	var resource struct {
		Spec struct {
			Groups []struct {
				Rules []struct {
					Alert, Expr string
					Annotations map[string]string
				}
			}
		}
	}
	if err := yaml.Unmarshal(read(t, "prometheusrule.yaml"), &resource); err != nil {
		t.Fatal(err)
	}
	inText := regexp.MustCompile("printf `([^`]+)`[^|}]*\\| query|query \"([^\"]+)\"")
	var found []query
	for _, group := range resource.Spec.Groups {
		for _, rule := range group.Rules {
			found = append(found, query{rule.Alert, rule.Expr})
			for name, text := range rule.Annotations {
				matches := inText.FindAllStringSubmatch(text, -1)
				if len(matches) != strings.Count(text, "query") {
					t.Errorf("%s of %s has a query of a form that this test does not know: %s", name, rule.Alert, text)
				}
				for _, match := range matches {
					found = append(found, query{rule.Alert + " " + name, strings.ReplaceAll(match[1]+match[2], "%q", `"x"`)})
				}
			}
		}
	}
	return found
}

// A panel is one of a dashboard.
type panel struct {
	ID          int
	Type, Title string
	Datasource  *source
	GridPos     struct{ H, W, X, Y int }
	Targets     []struct {
		Datasource  *source
		RefID, Expr string
	}
}

// A source is where a panel has its data from.
type source struct{ Type, UID string }

// A dashboard is Grafana's, as far as it is looked at here.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Panels        []panel
	Templating    struct {
		List []struct {
			Name, Type, Definition string
			Datasource             *source
		}
	}
}

// dashboards gives both dashboards by the name of their file.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	found := map[string]dashboard{}
	for _, name := range []string{"fleet.json", "chain.json"} {
		var d dashboard
		if err := json.NewDecoder(bytes.NewReader(read(t, "dashboards/"+name))).Decode(&d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found[name] = d
	}
	return found
}

// resolved is an expression with a value for each of Grafana's variables.
func resolved(expr string) string {
	return strings.NewReplacer("$__rate_interval", "2m", "$namespace", "x", "$chain", "x").Replace(expr)
}

// dashboardQueries are the expressions of panels and of variables.
func dashboardQueries(t *testing.T) []query {
	t.Helper()
	labelValues := regexp.MustCompile(`^label_values\((.+), \w+\)$`)
	var found []query
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				found = append(found, query{fmt.Sprintf("%s, %q, %s", name, p.Title, target.RefID), resolved(target.Expr)})
			}
		}
		for _, variable := range d.Templating.List {
			if variable.Type != "query" {
				continue
			}
			match := labelValues.FindStringSubmatch(variable.Definition)
			if match == nil {
				t.Errorf("%s: the variable %s is no label_values(…)", name, variable.Name)
				continue
			}
			found = append(found, query{name + ", variable " + variable.Name, resolved(match[1])})
		}
	}
	return found
}

// TestQueriesAskForWhatThereIs parses every query, and looks whether each metric in it exists.
func TestQueriesAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		queries []query
		least   int
	}{
		"rules":      {ruleQueries(t), 30},
		"dashboards": {dashboardQueries(t), 60},
	}
	names := exposed(t)
	promql := parser.NewParser(parser.Options{})
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(c.queries) < c.least {
				t.Fatalf("there are %d queries: does this test see them all?", len(c.queries))
			}
			for _, q := range c.queries {
				expr, err := promql.ParseExpr(q.expr)
				if err != nil {
					t.Errorf("%s: %v\n%s", q.place, err, q.expr)
					continue
				}
				if strings.Contains(q.expr, "$") {
					t.Errorf("%s has a variable that Grafana does not know: %s", q.place, q.expr)
				}
				for _, metric := range metrics(expr) {
					if !names[metric] && !names[histogram.ReplaceAllString(metric, "")] {
						t.Errorf("%s asks for %s, which nothing exposes", q.place, metric)
					}
				}
			}
		})
	}
}

// histogram are the endings of a histogram's series.
var histogram = regexp.MustCompile(`_(bucket|sum|count)$`)

// metrics are the names in an expression. One without a name asks for series of any.
func metrics(expr parser.Expr) []string {
	var names []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			names = append(names, selector.Name)
		}
		return nil
	})
	return names
}

// TestDashboardsCanBeImported holds what Grafana needs to show a dashboard that somebody else made.
func TestDashboardsCanBeImported(t *testing.T) {
	t.Parallel()
	want := map[string]struct{ uid, title string }{
		"fleet.json": {"opstack-fleet", "OP Stack / Fleet"},
		"chain.json": {"opstack-chain", "OP Stack / Chain"},
	}
	for name, d := range dashboards(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d.UID != want[name].uid || d.Title != want[name].title {
				t.Errorf("it is called %s, %q, and links and people look for %v", d.UID, d.Title, want[name])
			}
			if d.SchemaVersion < 39 {
				t.Errorf("its schema is of version %d", d.SchemaVersion)
			}
			if bytes.Contains(read(t, "dashboards/"+name), []byte("://")) {
				t.Error("it names a host")
			}
			for _, variable := range d.Templating.List {
				if variable.Type == "query" {
					checkSource(t, "variable "+variable.Name, variable.Datasource)
				}
			}
			checkPanels(t, d.Panels)
		})
	}
}

func checkPanels(t *testing.T, panels []panel) {
	t.Helper()
	ids := map[int]bool{}
	for i, p := range panels {
		if p.ID == 0 || ids[p.ID] {
			t.Errorf("%q has the ID %d, which is none of its own", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Title == "" || p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d, %q, has no title or no place: %+v", p.ID, p.Title, p.GridPos)
		}
		if slices.ContainsFunc(panels[:i], func(other panel) bool { return overlap(p, other) }) {
			t.Errorf("%q lies on another panel: %+v", p.Title, p.GridPos)
		}
		if p.Type == "row" {
			continue
		}
		if len(p.Targets) == 0 {
			t.Errorf("%q asks for nothing", p.Title)
		}
		checkSource(t, p.Title, p.Datasource)
		refs := map[string]bool{}
		for _, target := range p.Targets {
			checkSource(t, p.Title, target.Datasource)
			if refs[target.RefID] {
				t.Errorf("%q has two queries %s", p.Title, target.RefID)
			}
			refs[target.RefID] = true
		}
	}
}

func overlap(a, b panel) bool {
	p, q := a.GridPos, b.GridPos
	return p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H
}

// checkSource wants the data source that the user chose.
func checkSource(t *testing.T, place string, s *source) {
	t.Helper()
	if s == nil || s.Type != "prometheus" || s.UID != "${datasource}" {
		t.Errorf("%s does not ask the data source that was chosen: %+v", place, s)
	}
}
