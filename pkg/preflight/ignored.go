package preflight

import (
	"slices"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// ignored finds codes to be ignored that do not exist: a misspelt one has no effect, and nobody
// would notice before the check that it was meant for.
func ignored(in *Inputs) Findings {
	var found Findings
	for _, code := range in.Chain.Spec.Preflight.Ignore {
		if !slices.Contains(v1alpha1.FindingCodes, code) {
			found = append(found, place{field: "spec.preflight.ignore"}.is(v1alpha1.SeverityWarning, v1alpha1.CodeIgnoredCodeUnknown,
				"copy the code from status.preflight.findings", "there is no finding %q", code))
		}
	}
	return found
}
