package controllers

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

// matches reports whether an object has every field that we want, with the value that we want.
// Fields of others are left alone. A field that we set once and do not want any more shows in
// the annotation with the digest of what was applied.
func matches(want manifests.Object, have client.Object) (bool, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(have)
	if err != nil {
		return false, err
	}
	for name, value := range want.Object {
		if name == "apiVersion" || name == "kind" {
			continue // not set on objects that were read
		}
		if !contains(fields[name], value) {
			return false, nil
		}
	}
	return true, nil
}

// contains reports whether have holds all of want.
func contains(have, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		fields, ok := have.(map[string]any)
		if !ok {
			return have == nil && len(want) == 0
		}
		for name, value := range want {
			if !contains(fields[name], value) {
				return false
			}
		}
		return true
	case []any:
		items, ok := have.([]any)
		if !ok {
			return have == nil && len(want) == 0
		}
		return containsItems(items, want)
	default:
		return reflect.DeepEqual(have, want)
	}
}

// containsItems compares lists: those with a key item by item, whatever their order and
// whatever others added; those without as a whole.
func containsItems(have, want []any) bool {
	key := listKey(want)
	if key == "" {
		if len(have) != len(want) {
			return false
		}
		for i := range want {
			if !contains(have[i], want[i]) {
				return false
			}
		}
		return true
	}
	byKey := map[any]any{}
	for _, item := range have {
		if fields, ok := item.(map[string]any); ok {
			byKey[fields[key]] = item
		}
	}
	for _, item := range want {
		fields, _ := item.(map[string]any)
		if found, ok := byKey[fields[key]]; !ok || !contains(found, item) {
			return false
		}
	}
	return true
}

// listKey finds the field by which the API server tells the items of a list apart. A mount
// has a name too, but its path is its key; an owner has both a name and a uid.
func listKey(items []any) string {
	for _, key := range []string{"mountPath", "uid", "name"} {
		if all(items, key) {
			return key
		}
	}
	return ""
}

func all(items []any, key string) bool {
	for _, item := range items {
		fields, ok := item.(map[string]any)
		if !ok || fields[key] == nil {
			return false
		}
	}
	return len(items) > 0
}
