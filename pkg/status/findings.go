package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// maxMessage bounds messages in bytes: a condition may have 32 KiB, a terminal has less.
const maxMessage = 2048

// Bounds of a finding in the status, by the schema (api/v1alpha1, in characters).
const (
	maxFindings = 32
	maxField    = 256
	maxName     = 253
	maxText     = 1024
)

// bounded cuts a text off at a number of bytes, between characters.
func bounded(text string, limit int) string {
	text = strings.ToValidUTF8(text, "")
	if len(text) <= limit {
		return text
	}
	const dots = "…"
	return strings.ToValidUTF8(text[:max(limit-len(dots), 0)], "") + dots
}

// sentences gives findings a sentence each: as many whole ones as fit into a number of bytes,
// and then how many more there are.
func sentences(found preflight.Findings, limit int) string {
	var text strings.Builder
	for i := range found {
		sentence, more := preflight.Sentence(&found[i]), ""
		if left := len(found) - i - 1; left > 0 {
			more = andMore(left)
		}
		if i > 0 {
			sentence = "; " + sentence
		} else {
			sentence = bounded(sentence, limit-len(more))
		}
		if text.Len()+len(sentence)+len(more) > limit {
			text.WriteString(andMore(len(found) - i))
			break
		}
		text.WriteString(sentence)
	}
	return text.String()
}

func andMore(n int) string { return fmt.Sprintf("; and %d more", n) }

// brief shortens a list of sentences to a number of bytes, between sentences where it can.
func brief(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "; and more"
	if i := strings.LastIndex(text[:limit-len(more)+len("; ")], "; "); i > 0 {
		return text[:i] + more
	}
	return bounded(text, limit)
}

// warnings says at the end of a message how many there are.
func warnings(found preflight.Findings) string {
	switch n := len(found.Of(v1alpha1.SeverityWarning)); n {
	case 0:
		return ""
	case 1:
		return "; there is 1 warning in status.preflight"
	default:
		return fmt.Sprintf("; there are %d warnings in status.preflight", n)
	}
}

// preflightStatus lists what was found. A pass that looked at nothing leaves the list that was.
func preflightStatus(was v1alpha1.PreflightStatus, seen Observation) v1alpha1.PreflightStatus {
	if seen.Deleting || seen.Unread != nil {
		return was
	}
	next := v1alpha1.PreflightStatus{CheckedL1At: was.CheckedL1At}
	if !seen.L1.Answered.IsZero() {
		next.CheckedL1At = later(was.CheckedL1At, &seen.L1.Answered)
	}
	found := slices.Concat(seen.Inputs, seen.L1.Findings).Sorted()
	if omitted := len(found) - maxFindings; omitted > 0 {
		next.Omitted = int32(min(omitted, 1<<30)) //nolint:gosec // bounded
		found = found[:maxFindings]
	}
	for _, f := range found {
		f.Field, f.Secret, f.Key = bounded(f.Field, maxField), bounded(f.Secret, maxName), bounded(f.Key, maxName)
		f.Message, f.Cure = bounded(f.Message, maxText), bounded(f.Cure, maxText)
		next.Findings = append(next.Findings, f)
	}
	return next
}

// newFindings reports whether other things were found, and not only other words for them, such
// as a balance that moves.
func newFindings(was, is []v1alpha1.Finding) bool {
	return !slices.EqualFunc(was, is, func(a, b v1alpha1.Finding) bool {
		a.Message, a.Cure, b.Message, b.Cure = "", "", "", ""
		return a == b
	})
}
