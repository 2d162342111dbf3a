package status

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

func TestSentences(t *testing.T) {
	t.Parallel()
	of := func(messages ...string) preflight.Findings {
		var found preflight.Findings
		for _, message := range messages {
			found = append(found, v1alpha1.Finding{Field: "f", Message: message})
		}
		return found
	}
	x, é := strings.Repeat("x", 30), strings.Repeat("é", 40)
	cases := map[string]struct {
		found preflight.Findings
		want  string
	}{
		"none":                    {nil, ""},
		"one":                     {of("a"), "f: a"},
		"several":                 {of("a", "b", "c"), "f: a; f: b; f: c"},
		"exactly full":            {of(x[:27], x[:25]), "f: " + x[:27] + "; f: " + x[:25]},
		"one byte too many":       {of(x[:27], x[:26]), "f: " + x[:27] + "; and 1 more"},
		"room for more of them":   {of("a", x, x, "b"), "f: a; f: " + x + "; and 2 more"},
		"a long one is cut":       {of(é), "f: " + strings.Repeat("é", 27) + "…"},
		"a long one before more":  {of(é, "a", "b"), "f: " + strings.Repeat("é", 21) + "…; and 2 more"},
		"a long one is left out":  {of("a", é, "b"), "f: a; and 2 more"},
		"what is no text is left": {of("a\xff"), "f: a"},
	}
	const limit = 60
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := sentences(tc.found, limit)
			if got != tc.want || len(got) > limit {
				t.Errorf("sentences() = %q (%d bytes), want %q", got, len(got), tc.want)
			}
		})
	}
}

// Whatever is found, a message fits, tells the number of errors, and is text.
func TestManyErrorsFitAMessage(t *testing.T) {
	t.Parallel()
	for n := 1; n < 300; n += 7 {
		var found preflight.Findings
		for i := range n {
			found = append(found, finding(v1alpha1.SeverityError, v1alpha1.CodeForkOrder, strings.Repeat("é", (i*37)%900)))
		}
		message := sentences(found, maxMessage)
		left := 0
		if _, more, cut := strings.Cut(message, "; and "); cut {
			if _, err := fmt.Sscanf(more, "%d more", &left); err != nil {
				t.Fatalf("%d errors: %q: %v", n, more, err)
			}
		}
		if len(message) > maxMessage || !utf8.ValidString(message) || left >= n {
			t.Errorf("%d errors: message of %d bytes, %d left out", n, len(message), left)
		}
	}
}

func TestBrief(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, want string }{
		"short":           {"a; b", "a; b"},
		"between":         {"aaaa; bbbbb; ccccccccccccccc", "aaaa; and more"},
		"exactly between": {"aaaaaaaaaa; bbbbbbbbbb", "aaaaaaaaaa; and more"},
		"one sentence":    {strings.Repeat("a", 30), strings.Repeat("a", 17) + "…"},
	}
	for name, tc := range cases {
		if got := brief(tc.text, 20); got != tc.want || len(got) > 20 {
			t.Errorf("%s: brief() = %q, want %q", name, got, tc.want)
		}
	}
}

func TestPreflightStatus(t *testing.T) {
	t.Parallel()
	warning := finding(v1alpha1.SeverityWarning, v1alpha1.CodeBalanceLow, "1 wei")
	mistake := finding(v1alpha1.SeverityError, v1alpha1.CodeForkOrder, "out of order")
	was := v1alpha1.PreflightStatus{Findings: []v1alpha1.Finding{warning}, CheckedL1At: &metav1.Time{Time: noon}}
	cases := map[string]struct {
		seen Observation
		want v1alpha1.PreflightStatus
	}{
		"nothing found":              {Observation{L1: passed}, v1alpha1.PreflightStatus{CheckedL1At: was.CheckedL1At}},
		"errors first":               {Observation{Inputs: preflight.Findings{warning}, L1: L1{Asked: true, Findings: preflight.Findings{mistake}}}, v1alpha1.PreflightStatus{Findings: []v1alpha1.Finding{mistake, warning}, CheckedL1At: was.CheckedL1At}},
		"L1 answered again":          {Observation{L1: L1{Asked: true, Complete: true, Answered: afternoon}}, v1alpha1.PreflightStatus{CheckedL1At: &metav1.Time{Time: afternoon}}},
		"not read, nothing is said":  {Observation{Unread: fault("X", "")}, was},
		"deleted, nothing is looked": {Observation{Deleting: true}, was},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, preflightStatus(*was.DeepCopy(), tc.seen)); diff != "" {
				t.Errorf("preflightStatus() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPreflightStatusIsBounded(t *testing.T) {
	t.Parallel()
	var found preflight.Findings
	for i := range 100 {
		f := finding(v1alpha1.SeverityWarning, v1alpha1.CodeRollupFieldUnknown, strings.Repeat("\xffé", 2000))
		f.Cure, f.Field, f.Secret, f.Key = strings.Repeat("x", 5000), strings.Repeat("f", 300), strings.Repeat("s", 300), strings.Repeat("k", 300)
		if i == 99 {
			f.Severity = v1alpha1.SeverityError
		}
		found = append(found, f)
	}
	got := preflightStatus(v1alpha1.PreflightStatus{}, Observation{Inputs: found})
	if len(got.Findings) != 32 || got.Omitted != 68 || got.Findings[0].Severity != v1alpha1.SeverityError {
		t.Errorf("%d findings, %d omitted, %s first", len(got.Findings), got.Omitted, got.Findings[0].Severity)
	}
	for _, f := range got.Findings {
		for text, limit := range map[string]int{f.Message: 1024, f.Cure: 1024, f.Field: 256, f.Secret: 253, f.Key: 253} {
			if len(text) > limit || len(text) < limit-5 || !utf8.ValidString(text) {
				t.Errorf("%d bytes, want at most %d: %.20q…", len(text), limit, text)
			}
		}
	}
	if len(found[0].Message) != 6000 {
		t.Error("the finding itself was changed")
	}
}
