// Package review judges an OPChain from outside a cluster by the operator's own checks.
package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/schema"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// Finding is a finding and what stood in for its place.
type Finding struct {
	v1alpha1.Finding `json:",inline"`
	// Given is the file that stood for the Secret, or the flag that stood for the field.
	Given string `json:"given,omitempty"`

	byFlag bool // Given is a flag or an environment variable
}

// Report is what was found about one chain.
type Report struct {
	// Chain is the chain's name, after its namespace where the manifest has one.
	Chain string `json:"chain"`
	// Findings are errors, warnings and what could not be checked, in this order.
	Findings []Finding `json:"findings"`
	// NotChecked is what was not looked at, because it was not given.
	NotChecked []input.NotChecked `json:"notChecked"`

	ignored []v1alpha1.FindingCode // that the chain's spec does not want to fail for
}

// Strict reports whether there is nothing to find, but what the chain's spec ignores.
func (r *Report) Strict() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Severity == v1alpha1.SeverityError || !slices.Contains(r.ignored, f.Code)
	})
}

// Count tells how many findings have a severity.
func (r *Report) Count(severity v1alpha1.FindingSeverity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == severity {
			n++
		}
	}
	return n
}

// L1 is how L1 is asked.
type L1 struct {
	// URL is the endpoint. It counts as a secret. Empty, L1 is not asked.
	URL string
	// Flag is where the URL was given.
	Flag string
	// FromSpec takes the endpoint that the chain itself names.
	FromSpec bool
	// Timeout is for all questions together.
	Timeout time.Duration
}

// Inputs are what a chain is judged with.
type Inputs struct {
	// Namespace is the chain's where its manifest has none.
	Namespace string
	Files     input.Files
	Secrets   []*corev1.Secret
	// Cluster is asked for Secrets that were not given; nil asks nobody.
	Cluster client.Reader
	// Downloads fetches a genesis that the spec names by URL; nil fetches nothing.
	Downloads *download.Client
	L1        L1
	Cures     Cures
}

// Cures say how a command is given what it was not.
type Cures struct {
	// Secret is for a Secret for which no file stands, L1 for the endpoint to ask at.
	Secret, L1 string
}

// Reviewer judges chains.
type Reviewer struct {
	schema *schema.Schema
	clock  clock.PassiveClock
}

// New makes a Reviewer. The clock tells which forks are near.
func New(clk clock.PassiveClock) (*Reviewer, error) {
	s, err := schema.New()
	if err != nil {
		return nil, err
	}
	return &Reviewer{schema: s, clock: clk}, nil
}

// Review judges an OPChain as it was written. The object gets the defaults of the API.
//
//  1. Ask the schema and the rules of the API.
//  2. Load the inputs and judge them, as the operator does.
//  3. Ask L1.
//  4. Name the files where Secrets are meant that they stand for.
//
// An error means that inputs could not be read.
func (r *Reviewer) Review(ctx context.Context, object map[string]any, in Inputs) (*Report, error) {
	report := &Report{Chain: nameOf(object), Findings: []Finding{}, NotChecked: []input.NotChecked{}}
	inNamespace(object, in.Namespace)
	verdict := r.schema.Admit(ctx, object)
	chain := &v1alpha1.OPChain{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, chain); err != nil && verdict.Readable {
		return nil, fmt.Errorf("review %s: the schema takes what the program cannot decode", report.Chain) // without err, which may hold values
	}
	if !verdict.Readable {
		report.add(verdict.Findings, nil)
		report.NotChecked = append(report.NotChecked, input.NotChecked{What: "rules of the API, inputs and L1", Cure: "correct the manifest first"})
		return report, nil
	}
	report.ignored = chain.Spec.Preflight.Ignore
	store, err := input.NewStore(chain, in.Secrets, in.Files, in.Cluster)
	if err != nil {
		return nil, err
	}
	loaded, err := config.NewLoader(store, r.clock).WithDownloads(store.Downloads(ctx, in.Downloads)).Load(ctx, chain)
	if err != nil {
		return nil, fmt.Errorf("review %s: %w", report.Chain, err)
	}
	inputs := slices.DeleteFunc(loaded.Findings, func(f v1alpha1.Finding) bool {
		return f.Code == v1alpha1.CodeSecretKeyMissing && f.Key == "" && store.Lacks(f.Secret)
	})
	report.add(slices.Concat(verdict.Findings, store.Findings(), inputs), store)
	report.NotChecked = append(report.NotChecked, store.NotChecked(in.Cures.Secret)...)
	r.askL1(ctx, report, &loaded.Inputs, store, &in)
	if ctx.Err() != nil { // L1 did answer nothing then, which must not pass for a verdict
		return nil, fmt.Errorf("review %s: interrupted", report.Chain)
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int { return preflight.BySeverity(a.Severity, b.Severity) })
	return report, nil
}

// add takes findings, with the files that stand for their Secrets.
func (r *Report) add(found preflight.Findings, store *input.Store) {
	for _, f := range found {
		finding := Finding{Finding: f}
		switch {
		case store == nil:
		case f.Secret != "":
			finding.Given = store.Given(f.Secret, f.Key)
		default:
			finding.Given = store.GivenField(f.Field)
		}
		r.Findings = append(r.Findings, finding)
	}
}

// nameOf names a chain as its manifest does.
func nameOf(object map[string]any) string {
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if namespace, ok := meta["namespace"].(string); ok && namespace != "" {
		name = namespace + "/" + name
	}
	if name == "" {
		return "(without a name)"
	}
	return strings.ToValidUTF8(name[:min(len(name), 320)], "?")
}

func inNamespace(object map[string]any, namespace string) {
	meta, ok := object["metadata"].(map[string]any)
	if !ok {
		if object["metadata"] != nil {
			return // of the wrong type, which the schema will say
		}
		meta = map[string]any{}
		object["metadata"] = meta
	}
	if given := meta["namespace"]; given == nil || given == "" { // a template may leave null
		meta["namespace"] = namespace
	}
}
