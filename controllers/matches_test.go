package controllers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

func TestContains(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		have, want string // as YAML
		matches    bool
	}{
		"the same":                           {`{a: 1, b: [x]}`, `{a: 1, b: [x]}`, true},
		"another value":                      {`{a: 1}`, `{a: 2}`, false},
		"a field of others":                  {`{a: 1, b: 2}`, `{a: 1}`, true},
		"a field that is gone":               {`{b: 2}`, `{a: 1}`, false},
		"a field deeper down":                {`{a: {b: {c: 1, d: 2}}}`, `{a: {b: {c: 1}}}`, true},
		"another field deeper down":          {`{a: {b: {d: 2}}}`, `{a: {b: {c: 1}}}`, false},
		"a value for a map":                  {`{a: 1}`, `{a: {b: 1}}`, false},
		"a value for a list":                 {`{a: 1}`, `{a: [1]}`, false},
		"nothing for an empty map":           {`{}`, `{a: {}}`, true},
		"nothing for an empty list":          {`{}`, `{a: []}`, true},
		"nothing for a map":                  {`{}`, `{a: {b: 1}}`, false},
		"text is not a number":               {`{a: "1"}`, `{a: 1}`, false},
		"false is not nothing":               {`{}`, `{a: false}`, false},
		"a list of others' values":           {`[x, y, z]`, `[x, y]`, false},
		"a list in another order":            {`[y, x]`, `[x, y]`, false},
		"a list cut short":                   {`[x]`, `[x, y]`, false},
		"arguments":                          {`[--a, --b=1]`, `[--a, --b=2]`, false},
		"names in another order":             {`[{name: b, v: 2}, {name: a, v: 1}]`, `[{name: a, v: 1}, {name: b, v: 2}]`, true},
		"a name of others":                   {`[{name: a, v: 1}, {name: z}]`, `[{name: a, v: 1}]`, true},
		"a name that is gone":                {`[{name: z}]`, `[{name: a}]`, false},
		"another value by name":              {`[{name: a, v: 2}]`, `[{name: a, v: 1}]`, false},
		"two mounts of one volume":           {`[{name: v, mountPath: /b}, {name: v, mountPath: /a}]`, `[{name: v, mountPath: /a}, {name: v, mountPath: /b}]`, true},
		"a mount of another volume":          {`[{name: w, mountPath: /a}]`, `[{name: v, mountPath: /a}]`, false},
		"owners by uid":                      {`[{uid: 2, name: x}, {uid: 1, name: x}]`, `[{uid: 1, name: x}]`, true},
		"another owner of the name":          {`[{uid: 2, name: x}]`, `[{uid: 1, name: x}]`, false},
		"tolerations count as a whole":       {`[{key: a}, {key: b}]`, `[{key: a}]`, false},
		"maps without names, with defaults":  {`[{key: a, operator: Equal}]`, `[{key: a}]`, true},
		"items that are no maps":             {`[x]`, `[{name: a}]`, false},
		"an empty list for one of others":    {`[x]`, `[]`, false},
		"an empty list of names":             {`[{name: a}]`, `[]`, false},
		"a map where a list should be":       {`{name: a}`, `[{name: a}]`, false},
		"null where there should be a value": {`{a: null}`, `{a: 1}`, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var have, want any
			parse(t, tc.have, &have)
			parse(t, tc.want, &want)
			if got := contains(have, want); got != tc.matches {
				t.Errorf("contains() = %v, want %v", got, tc.matches)
			}
		})
	}
}

func parse(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

// rendered are the objects of a case of pkg/manifests.
func rendered(t *testing.T, name string) []manifests.Object {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "pkg", "manifests", "testdata", name, "want.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var objects []manifests.Object
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		object := manifests.Object{Unstructured: &unstructured.Unstructured{}}
		parse(t, string(doc), object.Unstructured)
		objects = append(objects, object)
	}
	return objects
}

// stored is an object as it is read: typed, without its kind, but for what is not of Kubernetes.
func stored(object *unstructured.Unstructured) (client.Object, error) {
	if object.GetKind() == manifests.KindPodMonitor {
		err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &monitoringv1.PodMonitor{}, true)
		return object, err
	}
	made, err := clientgoscheme.Scheme.New(object.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	typed, ok := made.(client.Object)
	if !ok {
		return nil, fmt.Errorf("%T is no object", made)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, typed, true); err != nil {
		return nil, err
	}
	clientgoscheme.Scheme.Default(typed)
	typed.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return typed, nil
}

// Whatever field of ours is changed or removed, it is noticed; what is right is left alone.
func TestMatchesNoticesEveryDrift(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"placement", "p2p-sequencer", "output-oracle"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, object := range rendered(t, name) {
				what := object.GetKind() + " " + object.GetName()
				if !matched(t, object, object.DeepCopy()) {
					t.Errorf("%s does not match itself", what)
				}
				drifts := 0
				for _, path := range leaves(object.Object, nil) {
					if len(path) == 1 { // apiVersion and kind, which no write can change
						continue
					}
					for _, change := range []func(any) any{changed, removed} {
						drifted := object.DeepCopy()
						alter(drifted.Object, path, change)
						if _, err := stored(drifted); err != nil {
							continue // the API server would not take it
						}
						drifts++
						if matched(t, object, drifted) {
							t.Errorf("%s: drift of %v goes unnoticed", what, path)
						}
					}
				}
				if drifts < 10 {
					t.Errorf("%s: only %d drifts tried", what, drifts)
				}
			}
		})
	}
}

func TestMatchesLeavesFieldsOfOthersAlone(t *testing.T) {
	t.Parallel()
	for _, object := range rendered(t, "placement") {
		theirs := object.DeepCopy()
		theirs.SetLabels(with(theirs.GetLabels(), "team", "a"))
		theirs.SetAnnotations(with(theirs.GetAnnotations(), "note", "b"))
		theirs.SetResourceVersion("7")
		theirs.SetManagedFields(nil)
		if object.GetKind() == manifests.KindDeployment {
			alter(theirs.Object, []any{"spec", "paused"}, func(any) any { return true })
			alter(theirs.Object, []any{"spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"}, func(any) any { return "now" })
			containers := []any{"spec", "template", "spec", "containers"}
			alter(theirs.Object, containers, func(list any) any {
				return append([]any{map[string]any{"name": "sidecar", "image": "x"}}, list.([]any)...)
			})
			alter(theirs.Object, []any{"status"}, func(any) any { return map[string]any{"replicas": int64(1)} })
		}
		if !matched(t, object, theirs) {
			t.Errorf("%s %s: fields of others count as drift", object.GetKind(), object.GetName())
		}
	}
}

func matched(t *testing.T, want manifests.Object, have *unstructured.Unstructured) bool {
	t.Helper()
	typed, err := stored(have)
	if err != nil {
		t.Fatalf("%s %s: %v", want.GetKind(), want.GetName(), err)
	}
	same, err := matches(want, typed)
	if err != nil {
		t.Fatal(err)
	}
	return same
}

func with(values map[string]string, name, value string) map[string]string {
	if values == nil {
		values = map[string]string{}
	}
	values[name] = value
	return values
}

// leaves are the paths of all plain values.
func leaves(in any, at []any) [][]any {
	var found [][]any
	step := func(key, value any) {
		found = append(found, leaves(value, append(append([]any{}, at...), key))...)
	}
	switch in := in.(type) {
	case map[string]any:
		for key, value := range in {
			step(key, value)
		}
	case []any:
		for i, value := range in {
			step(i, value)
		}
	default:
		return [][]any{at}
	}
	return found
}

// gone stands for a value that is taken out.
type gone struct{}

func removed(any) any { return gone{} }

func changed(value any) any {
	switch value := value.(type) {
	case string:
		return strings.ToUpper(value) + "X"
	case bool:
		return !value
	case int64:
		return value + 1
	}
	panic(fmt.Sprintf("a %T in a manifest", value))
}

// alter changes the value at a path.
func alter(in any, path []any, change func(any) any) any {
	if len(path) == 0 {
		return change(in)
	}
	switch in := in.(type) {
	case map[string]any:
		key := path[0].(string)
		value := alter(in[key], path[1:], change)
		if _, out := value.(gone); out {
			delete(in, key)
		} else {
			in[key] = value
		}
		return in
	case []any:
		i := path[0].(int)
		value := alter(in[i], path[1:], change)
		if _, out := value.(gone); out {
			return append(append([]any{}, in[:i]...), in[i+1:]...)
		}
		in[i] = value
		return in
	case nil:
		return alter(map[string]any{}, path, change)
	}
	panic(fmt.Sprintf("no %v in a %T", path, in))
}
