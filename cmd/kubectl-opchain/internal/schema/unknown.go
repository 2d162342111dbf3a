package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/xrash/smetrics"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// unknown is the finding for a field that the API does not have. It names the one that was
// meant, where one is spelt alike.
func (s *Schema) unknown(path string) v1alpha1.Finding {
	parent, name := "", path
	if at := strings.LastIndexByte(path, '.'); at >= 0 {
		parent, name = path[:at], path[at+1:]
	}
	cure := "remove it"
	if meant := nearest(name, s.fieldsOf(parent)); meant != "" {
		cure = "write " + meant
	}
	return refused(path, "there is no such field", cure)
}

// fieldsOf lists the fields of the object at a path such as spec.l1.
func (s *Schema) fieldsOf(path string) []string {
	at := s.structural
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		name, _, isItem := strings.Cut(step, "[")
		next, ok := at.Properties[name]
		if !ok {
			return nil
		}
		at = &next
		if isItem && at.Items != nil {
			at = at.Items
		}
	}
	if at == s.structural {
		return []string{"apiVersion", "kind", "metadata", "spec"}
	}
	return sortedFields(at)
}

func sortedFields(s *structural.Structural) []string {
	return slices.Sorted(maps.Keys(s.Properties))
}

// nearest is the candidate that name was meant to be, or empty: the same but for case, or at
// most two letters away and not a third of the name.
func nearest(name string, candidates []string) string {
	best, least := "", min(2, len(name)/3)+1
	for _, candidate := range candidates {
		if strings.EqualFold(name, candidate) {
			return candidate
		}
		if d := smetrics.WagnerFischer(strings.ToLower(name), strings.ToLower(candidate), 1, 1, 1); d < least {
			best, least = candidate, d
		}
	}
	return best
}
