package v1alpha1_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// A rule is one thing that the API server refuses, at every field where it stands.
type rule struct {
	// fields are the paths that the error names; [] stands for any item of a list.
	fields []string
	// message is all that the error says after the value that it refuses.
	message string
	// with is done to a valid chain first. For an update it is part of the old chain.
	with edits
	// accept and reject are what a user then writes.
	accept, reject map[string]edits
	// update is set for rules that compare with the old chain.
	update bool
	// also is an object around the field that may complain too, because what breaks this rule
	// can break one of that object as well.
	also string
}

// edits are values to put at paths; remove takes away what is there. A path that is empty
// or starts with a dot starts at the rule's field.
type edits map[string]any

// remove as the value of an edit takes away what is at its path.
var remove = struct{}{}

// is makes cases that each set the rule's field to a value.
func is(values map[string]any) map[string]edits {
	cases := map[string]edits{}
	for name, value := range values {
		cases[name] = edits{"": value}
	}
	return cases
}

var allRules = slices.Concat(chainRules, l1Rules, beaconRules, l2Rules, genesisRules, secretRules, componentRules, storageRules, nodeRules, signerRules, preflightRules, podRules, monitoringRules, statusRules, componentStatusRules)

func TestRules(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	for _, r := range allRules {
		for _, field := range r.fields {
			for name, e := range r.accept {
				t.Run(fmt.Sprintf("%s takes %s", field, name), func(t *testing.T) {
					t.Parallel()
					if err := r.try(t, env, field, e); err != nil {
						t.Error(err)
					}
				})
			}
			for name, e := range r.reject {
				t.Run(fmt.Sprintf("%s refuses %s", field, name), func(t *testing.T) {
					t.Parallel()
					r.check(t, field, r.try(t, env, field, e))
				})
			}
		}
	}
}

// try writes a chain with the edits and returns what the API server has to say.
func (r rule) try(t *testing.T, env *testenv.Env, field string, e edits) error {
	t.Helper()
	chain := sample(t, env)
	create := func() {
		if err := env.Client.Create(t.Context(), chain, strict); err != nil {
			t.Fatalf("create the chain to change: %v", err)
		}
	}
	switch {
	case strings.HasPrefix(field, "status"):
		create()
		put(t, chain, field, r.with)
		put(t, chain, field, e)
		return env.Client.Status().Update(t.Context(), chain, client.DryRunAll, strict)
	case r.update:
		put(t, chain, field, r.with)
		create()
		put(t, chain, field, e)
		return env.Client.Update(t.Context(), chain, client.DryRunAll, strict)
	default:
		put(t, chain, field, r.with)
		put(t, chain, field, e)
		return env.Client.Create(t.Context(), chain, client.DryRunAll, strict)
	}
}

// strict makes the API server refuse unknown fields, so that a slip in a path is no pass.
const strict = client.FieldValidation(metav1.FieldValidationStrict)

// sample returns a valid chain of a new name.
func sample(t *testing.T, env *testenv.Env) *unstructured.Unstructured {
	t.Helper()
	return toUnstructured(t, testenv.Chain("sample", testenv.InNamespace(env.Namespace), testenv.WithPullSecret("registry")))
}

func toUnstructured(t *testing.T, object any) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	unstructured.RemoveNestedField(content, "metadata", "name")
	chain := &unstructured.Unstructured{Object: content}
	chain.SetGenerateName("sample-")
	return chain
}

// put applies edits, parents before what is in them.
func put(t *testing.T, chain *unstructured.Unstructured, field string, e edits) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(e)) {
		value := e[path]
		if path == "" || path[0] == '.' {
			path = field + path
		}
		if list, ok := strings.CutSuffix(path, "[]"); ok {
			path, value = list, []any{value}
		}
		keys := strings.Split(path, ".")
		if value == remove {
			unstructured.RemoveNestedField(chain.Object, keys...)
			continue
		}
		if err := unstructured.SetNestedField(chain.Object, runtime.DeepCopyJSONValue(value), keys...); err != nil {
			t.Fatalf("set %s: %v", path, err)
		}
	}
}

var (
	index = regexp.MustCompile(`\[\d+\]`)
	// mapKey is how the API server writes the key of a map where a CEL rule refuses the value.
	mapKey = regexp.MustCompile(`\[(\D\w*)\]`)
)

// check fails the test unless the API server refused the chain for this rule, and for
// nothing but this field.
func (r rule) check(t *testing.T, field string, err error) {
	t.Helper()
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) || status.Status().Reason != metav1.StatusReasonInvalid {
		t.Fatalf("got %v, want the chain refused as invalid", err)
	}
	found := false
	for _, cause := range status.Status().Details.Causes {
		if strings.Contains(cause.Message, "some validation rules were not checked") {
			continue
		}
		at := mapKey.ReplaceAllString(index.ReplaceAllString(cause.Field, "[]"), ".$1")
		found = found || at == field && r.says(cause)
		if at != r.also && strings.TrimSuffix(at, "[]") != strings.TrimSuffix(field, "[]") {
			t.Errorf("also complains about %s: %s", cause.Field, cause.Message)
		}
	}
	if !found {
		t.Errorf("%s does not complain that %q:\n%v", field, r.message, err)
	}
}

// says reports whether the user reads the rule's message, after the value it refuses.
func (r rule) says(cause metav1.StatusCause) bool {
	if r.message == duplicate {
		return cause.Type == metav1.CauseTypeFieldValueDuplicate
	}
	return cause.Message == r.message || strings.HasSuffix(cause.Message, " "+r.message)
}

// duplicate is what the API server says of a second item in a set or map.
const duplicate = "Duplicate value"
