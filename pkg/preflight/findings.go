// Package preflight judges, before a chain starts, whether it could ever work. It is pure: what
// it judges was read by others. The operator and the command line use it alike.
package preflight

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Findings are what checks found.
type Findings []v1alpha1.Finding

// Of gives the findings of a severity, in their order.
func (f Findings) Of(severity v1alpha1.FindingSeverity) Findings {
	var some Findings
	for i := range f {
		if f[i].Severity == severity {
			some = append(some, f[i])
		}
	}
	return some
}

// Sorted gives the findings with errors first, then warnings, then what could not be checked;
// otherwise in their order.
func (f Findings) Sorted() Findings {
	sorted := slices.Clone(f)
	slices.SortStableFunc(sorted, func(a, b v1alpha1.Finding) int { return BySeverity(a.Severity, b.Severity) })
	return sorted
}

// BySeverity compares for sorting: errors come first, then warnings, then what could not be checked.
func BySeverity(a, b v1alpha1.FindingSeverity) int { return rank[a] - rank[b] }

var rank = map[v1alpha1.FindingSeverity]int{v1alpha1.SeverityError: 0, v1alpha1.SeverityWarning: 1, v1alpha1.SeverityUnknown: 2}

// Ignoring turns errors of some codes into warnings, and leaves out what was less.
func (f Findings) Ignoring(codes []v1alpha1.FindingCode) Findings {
	var eased Findings
	for _, finding := range f {
		switch ignored := slices.Contains(codes, finding.Code); {
		case ignored && finding.Severity != v1alpha1.SeverityError:
			continue
		case ignored:
			finding.Severity = v1alpha1.SeverityWarning
		}
		eased = append(eased, finding)
	}
	return eased
}

// String gives a sentence for each finding.
func (f Findings) String() string {
	sentences := make([]string, len(f))
	for i := range f {
		sentences[i] = Sentence(&f[i])
	}
	return strings.Join(sentences, "; ")
}

// Sentence says where a finding is, what is wrong, and what to change.
func Sentence(f *v1alpha1.Finding) string {
	parts := []string{Place(f), f.Message, f.Cure}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": ")
}

// Place names the field, or the Secret and key, of a finding.
func Place(f *v1alpha1.Finding) string {
	switch {
	case f.Secret != "" && f.Key != "":
		return fmt.Sprintf("Secret %s, key %q", f.Secret, f.Key)
	case f.Secret != "":
		return "Secret " + f.Secret
	}
	return f.Field
}
