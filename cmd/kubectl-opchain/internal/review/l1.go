package review

import (
	"context"
	"net/url"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// askL1 adds what L1 says, or that it was not asked.
func (*Reviewer) askL1(ctx context.Context, report *Report, judged *preflight.Inputs, store *input.Store, in *Inputs) {
	l1 := &in.L1
	endpoint := l1.URL
	if l1.FromSpec {
		endpoint = store.L1Endpoint()
	}
	if endpoint == "" {
		report.NotChecked = append(report.NotChecked, input.NotChecked{What: "what L1 says", Cure: in.Cures.L1})
		return
	}
	ctx, cancel := context.WithTimeout(ctx, l1.Timeout)
	defer cancel()
	view := probe.New().L1(ctx, endpoint, preflight.QuestionOf(judged))
	asked := len(report.Findings)
	report.add(preflight.JudgeL1(judged, view), store)
	for i := range report.Findings[asked:] {
		f := &report.Findings[asked+i]
		f.Message, f.Cure = without(endpoint, f.Message), without(endpoint, f.Cure)
		if !l1.FromSpec && (f.Code == v1alpha1.CodeL1NoAnswer || f.Code == v1alpha1.CodeL1WrongChain) {
			f.Given, f.byFlag = l1.Flag, true
		}
	}
}

// without takes an endpoint out of a text: it may carry an API key.
func without(endpoint, text string) string {
	text = strings.ReplaceAll(text, endpoint, "the endpoint")
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return text
	}
	for _, part := range []string{parsed.User.String(), parsed.RequestURI()} {
		if len(part) > 1 { // a path of / tells nothing
			text = strings.ReplaceAll(text, part, "…")
		}
	}
	return text
}
