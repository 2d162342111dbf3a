package preflight

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

func TestFindings(t *testing.T) {
	t.Parallel()
	const refuses, warns, unknown = v1alpha1.SeverityError, v1alpha1.SeverityWarning, v1alpha1.SeverityUnknown
	found := Findings{
		{Code: v1alpha1.CodeL1NoAnswer, Severity: unknown, Message: "a"},
		{Code: v1alpha1.CodeBalanceLow, Severity: warns, Message: "b"},
		{Code: v1alpha1.CodeImageTooOld, Severity: refuses, Message: "c"},
		{Code: v1alpha1.CodeImageTooOld, Severity: warns, Message: "d"},
		{Code: v1alpha1.CodeForkOrder, Severity: refuses, Message: "e"},
	}
	cases := map[string]struct {
		got  Findings
		want string
	}{
		"as they came":                    {found, "a; b; c; d; e"},
		"errors first, else as they came": {found.Sorted(), "c; e; b; d; a"},
		"errors":                          {found.Of(refuses), "c; e"},
		"warnings":                        {found.Of(warns), "b; d"},
		"nothing ignored":                 {found.Ignoring(nil), "a; b; c; d; e"},
		"an ignored error is shown, an ignored warning is not": {found.Ignoring([]v1alpha1.FindingCode{v1alpha1.CodeImageTooOld}), "a; b; c; e"},
		"an ignored error is a warning":                        {found.Ignoring([]v1alpha1.FindingCode{v1alpha1.CodeImageTooOld}).Of(warns), "b; c"},
		"what is unknown is ignored":                           {found.Ignoring([]v1alpha1.FindingCode{v1alpha1.CodeL1NoAnswer}), "b; c; d; e"},
		"a code that is not there":                             {found.Ignoring([]v1alpha1.FindingCode{v1alpha1.CodeSharedKey}), "a; b; c; d; e"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.got.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if found[2].Severity != refuses {
		t.Error("ignoring changed the findings that it was given")
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		finding v1alpha1.Finding
		want    string
	}{
		"a field":              {v1alpha1.Finding{Field: "spec.l1.beacon", Message: "it is not set", Cure: "set it"}, "spec.l1.beacon: it is not set: set it"},
		"a Secret":             {v1alpha1.Finding{Secret: "jwt", Message: "it does not exist", Cure: "create it"}, "Secret jwt: it does not exist: create it"},
		"a Secret and its key": {v1alpha1.Finding{Secret: "jwt", Key: "jwt", Message: "it is empty"}, `Secret jwt, key "jwt": it is empty`},
		"no place":             {v1alpha1.Finding{Message: "L1 did not answer"}, "L1 did not answer"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, Sentence(&c.finding)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
