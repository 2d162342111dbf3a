// Package monitoring_test holds the alerts to what is promised of them, and tries each on series
// that it must and must not fire on.
package monitoring_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	root     = "../.."
	runbooks = "https://github.com/oplabs/op-stack-operator/blob/main/docs/runbooks/"
)

// A rule is one of a PrometheusRule.
type rule struct {
	Alert, Record, Expr, For string
	Labels, Annotations      map[string]string
}

// A prometheusRule is what we know of the Prometheus operator's resource. Spec is what Prometheus
// itself reads.
type prometheusRule struct {
	APIVersion, Kind string
	Metadata         struct{ Name string }
	Spec             struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
}

// A ruleTest is a file for promtool test rules, as far as it is looked at here.
type ruleTest struct {
	Tests []struct {
		AlertRuleTest []struct {
			AlertName string `json:"alertname"`
			ExpAlerts []any  `json:"exp_alerts"`
		} `json:"alert_rule_test"`
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// alerts gives the alerts of prometheusrule.yaml by name.
func alerts(t *testing.T) map[string]rule {
	t.Helper()
	var resource prometheusRule
	if err := yaml.Unmarshal(read(t, "prometheusrule.yaml"), &resource); err != nil {
		t.Fatal(err)
	}
	if resource.APIVersion != "monitoring.coreos.com/v1" || resource.Kind != "PrometheusRule" || resource.Metadata.Name != "op-stack-operator" {
		t.Errorf("%s %s %s is not the PrometheusRule of the operator", resource.APIVersion, resource.Kind, resource.Metadata.Name)
	}
	found := map[string]rule{}
	for _, group := range resource.Spec.Groups {
		for _, r := range group.Rules {
			if r.Alert == "" {
				t.Errorf("group %s records %q: if that is meant, say here what it is for", group.Name, r.Record)
			} else if _, twice := found[r.Alert]; twice {
				t.Errorf("there are two alerts %s", r.Alert)
			}
			found[r.Alert] = r
		}
	}
	if len(found) < 14 {
		t.Fatalf("there are %d alerts: does this test see them all?", len(found))
	}
	return found
}

// tests gives the paths of promtool's tests.
func tests(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("tests/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %d tests of rules: %v", len(paths), err)
	}
	return paths
}

func TestAlertsSayWhatToDo(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^(OPChain|OPStackOperator)[A-Z][A-Za-z0-9]+$`)
	for alert, r := range alerts(t) {
		if !name.MatchString(alert) {
			t.Errorf("%s is not a name of ours", alert)
		}
		if severity := r.Labels["severity"]; !slices.Contains([]string{"info", "warning", "critical"}, severity) {
			t.Errorf("%s has the severity %q", alert, severity)
		}
		if r.For == "" {
			t.Errorf("%s fires at once", alert)
		}
		if strings.HasPrefix(alert, "OPChain") && !strings.Contains(r.Annotations["summary"], "{{ $labels.namespace }}/{{ $labels.chain }}") {
			t.Errorf("the summary of %s does not say of which chain it speaks", alert)
		}
		for _, annotation := range []string{"summary", "description"} {
			if text := r.Annotations[annotation]; !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "{{ end }}") {
				t.Errorf("the %s of %s is no sentence: %q", annotation, alert, text)
			}
		}
		if strings.HasPrefix(alert, "OPChain") && !strings.Contains(r.Annotations["description"], "{{ ") {
			t.Errorf("the description of %s has no figures", alert)
		}
		if r.Annotations["runbook_url"] != runbooks+alert+".md" {
			t.Errorf("the runbook of %s is %q", alert, r.Annotations["runbook_url"])
		}
	}
}

// TestEveryAlertHasAPage also wants no page without an alert: a page of an alert that was renamed
// would be found by nobody. All pages say the same of how urgent an alert is.
func TestEveryAlertHasAPage(t *testing.T) {
	t.Parallel()
	all := alerts(t)
	pages, err := filepath.Glob(filepath.Join(root, "docs/runbooks/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	for _, page := range pages {
		if alert := strings.TrimSuffix(filepath.Base(page), ".md"); alert != "README" {
			explained = append(explained, alert)
			if _, ok := all[alert]; !ok {
				t.Errorf("%s explains an alert that does not exist", page)
			}
		}
	}
	list, index := string(read(t, filepath.Join(root, "docs/monitoring.md"))), string(read(t, filepath.Join(root, "docs/runbooks/README.md")))
	for alert, r := range all {
		if !slices.Contains(explained, alert) {
			t.Errorf("docs/runbooks/%s.md is missing", alert)
			continue
		}
		severity := r.Labels["severity"]
		if page := string(read(t, filepath.Join(root, "docs/runbooks", alert+".md"))); !strings.Contains(page, "Severity: **"+severity+"**") {
			t.Errorf("docs/runbooks/%s.md does not say that it is %s", alert, severity)
		}
		if row := "\n| [" + alert + "](" + alert + ".md) | " + severity + " | "; !strings.Contains(index, row) {
			t.Errorf("docs/runbooks/README.md has no row %q", row)
		}
		if row := "\n| [" + alert + "](runbooks/" + alert + ".md) | " + severity + " | " + r.For + " | "; !strings.Contains(list, row) {
			t.Errorf("docs/monitoring.md has no row %q", row)
		}
	}
}

func TestEveryAlertIsTried(t *testing.T) {
	t.Parallel()
	fires, silent := map[string]bool{}, map[string]bool{}
	all := alerts(t)
	for _, path := range tests(t) {
		var file ruleTest
		if err := yaml.Unmarshal(read(t, path), &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, test := range file.Tests {
			for _, try := range test.AlertRuleTest {
				if _, ok := all[try.AlertName]; !ok {
					t.Errorf("%s tries %s, which does not exist", path, try.AlertName)
				}
				if len(try.ExpAlerts) > 0 {
					fires[try.AlertName] = true
				} else {
					silent[try.AlertName] = true
				}
			}
		}
	}
	for alert := range all {
		if !fires[alert] {
			t.Errorf("no test has %s fire", alert)
		}
		if !silent[alert] {
			t.Errorf("no test has %s silent", alert)
		}
	}
}

// TestRules runs promtool on the spec of the PrometheusRule, which is a file of rules.
func TestRules(t *testing.T) {
	t.Parallel()
	var resource struct{ Spec map[string]any }
	if err := yaml.Unmarshal(read(t, "prometheusrule.yaml"), &resource); err != nil {
		t.Fatal(err)
	}
	rules, err := yaml.Marshal(resource.Spec)
	if err != nil {
		t.Fatal(err)
	}
	p := newPromtool(t)
	p.write(t, "rules.yaml", rules)
	p.run(t, "check", "rules", "--lint-fatal", "rules.yaml")
	for _, path := range tests(t) {
		name := filepath.Base(path)
		p.write(t, name, read(t, path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.run(t, "test", "rules", name)
		})
	}
}

// A promtool runs in a directory of its own.
type promtool struct{ path, dir string }

func newPromtool(t *testing.T) promtool {
	t.Helper()
	path := os.Getenv("PROMTOOL")
	if path == "" {
		t.Fatal("PROMTOOL is not set: make test sets it; to run go test by yourself, export PROMTOOL=$(make -s promtool)")
	}
	return promtool{path, t.TempDir()}
}

func (p promtool) write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p promtool) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.path, args...)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
