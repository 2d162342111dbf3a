package v1alpha1_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// A rule without a test cannot be written, and a test without a rule cannot stay: the
// generated schema and the table name the same messages at the same fields.
func TestEveryRuleHasCases(t *testing.T) {
	t.Parallel()
	inSchema := map[string]bool{}
	walk(schema(t), "", func(field string, s *apiextensionsv1.JSONSchemaProps) {
		for _, message := range messages(field, s) {
			inSchema[message] = true
		}
	})
	accepted, rejected := map[string]bool{}, map[string]bool{}
	for _, r := range allRules {
		for _, field := range r.fields {
			key := field + ": " + r.message
			accepted[key] = accepted[key] || len(r.accept) > 0
			rejected[key] = rejected[key] || len(r.reject) > 0
		}
	}
	for _, table := range []map[string]bool{accepted, rejected} {
		maps.DeleteFunc(table, func(_ string, has bool) bool { return !has })
	}
	want := slices.Sorted(maps.Keys(inSchema))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(accepted))); diff != "" {
		t.Errorf("rules of the schema (-) and rules with an accepting case (+): %s", diff)
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(rejected))); diff != "" {
		t.Errorf("rules of the schema (-) and rules with a rejecting case (+): %s", diff)
	}
}

// messages lists what the API server says when a value breaks a rule of this schema.
func messages(field string, s *apiextensionsv1.JSONSchemaProps) []string {
	var all []string
	add := func(at, format string, a ...any) { all = append(all, at+": "+fmt.Sprintf(format, a...)) }
	for _, rule := range s.XValidations {
		if field == "" {
			add(root, "%s", rule.Message)
		} else {
			add(field, "%s", rule.Message)
		}
	}
	for _, name := range s.Required {
		add(strings.TrimPrefix(field+"."+name, "."), "Required value")
	}
	if s.Enum != nil {
		add(field, "supported values: %s", enumValues(s))
	}
	for format, bound := range bounds(s) {
		add(field, format, bound)
	}
	if s.Pattern != "" {
		add(field, "should match '%s'", s.Pattern)
	}
	if s.XListType != nil && *s.XListType != "atomic" {
		add(field+"[]", duplicate)
	}
	return all
}

// bounds lists how the API server words each bound of a schema.
func bounds(s *apiextensionsv1.JSONSchemaProps) map[string]int64 {
	all := map[string]int64{}
	for format, bound := range map[string]*int64{
		"should be at least %d chars long":      s.MinLength,
		"may not be more than %d bytes":         s.MaxLength,
		"must have at least %d items":           or(s.MinItems, s.MinProperties),
		"must have at most %d items":            or(s.MaxItems, s.MaxProperties),
		"should be greater than or equal to %d": whole(s.Minimum),
		"should be less than or equal to %d":    whole(s.Maximum),
	} {
		if bound != nil {
			all[format] = *bound
		}
	}
	return all
}

func whole(bound *float64) *int64 {
	if bound == nil {
		return nil
	}
	return new(int64(*bound))
}

func enumValues(s *apiextensionsv1.JSONSchemaProps) string {
	var values []string
	for _, value := range s.Enum {
		values = append(values, string(value.Raw))
	}
	return strings.Join(values, ", ")
}

func or(a, b *int64) *int64 {
	if a != nil {
		return a
	}
	return b
}

// anyKey stands for any key of a map, and the cases use it as one.
const anyKey = "any"

// root is how the API server names the whole object.
const root = "<nil>"

// ofKubernetes are types of Kubernetes' own, whose rules are not ours to test.
var ofKubernetes = []string{".resources", ".tolerations[]", ".imagePullSecrets[]", ".conditions[]"}

// walk visits every field of a schema, from the outside in.
func walk(s *apiextensionsv1.JSONSchemaProps, field string, visit func(string, *apiextensionsv1.JSONSchemaProps)) {
	visit(field, s)
	for name, property := range s.Properties {
		path := strings.TrimPrefix(field+"."+name, ".")
		if !isKubernetes(path) {
			walk(&property, path, visit)
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil && !isKubernetes(field) {
		walk(s.AdditionalProperties.Schema, field+"."+anyKey, visit)
	}
	if s.Items != nil && s.Items.Schema != nil && !isKubernetes(field+"[]") {
		walk(s.Items.Schema, field+"[]", visit)
	}
}

func isKubernetes(path string) bool {
	return slices.ContainsFunc(ofKubernetes, func(end string) bool { return strings.HasSuffix(path, end) })
}

// schema reads the generated schema of OPChain.
func schema(t *testing.T) *apiextensionsv1.JSONSchemaProps {
	t.Helper()
	dir, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "config", "crd", "rollup.oplabs.io_opchains.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(file, &crd); err != nil {
		t.Fatal(err)
	}
	return crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}
