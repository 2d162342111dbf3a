package preflight

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// proposable judges whether op-proposer can propose to the contract of the spec.
func proposable(in *Inputs, p *program) Findings {
	if p.version.IsZero() {
		return nil
	}
	contracts := &in.Chain.Spec.L1.ContractAddresses
	var found Findings
	judge := func(set bool, contract catalog.Contract, called string) {
		if !set {
			return
		}
		versions := catalog.Proposers(contract)
		cure := fmt.Sprintf("use %s %s or earlier", p.component, versions.To)
		if next := versions.Next(p.version); !next.IsZero() {
			cure = fmt.Sprintf("use %s %s or later", p.component, next)
		}
		switch versions.Has(p.version) {
		case catalog.Absent:
			found = append(found, p.finding(v1alpha1.CodeProposerUnsuited, v1alpha1.SeverityError, fmt.Sprintf("%s cannot propose to %s", p, called), cure))
		case catalog.Uncertain:
			found = append(found, p.finding(v1alpha1.CodeProposerUnsuited, v1alpha1.SeverityUnknown,
				fmt.Sprintf("whether %s can propose to %s depends on what it was made from", p, called), cure+", to be sure"))
		case catalog.Present:
		}
	}
	judge(contracts.L2OutputOracle != "", catalog.L2OutputOracle, "an L2OutputOracle")
	judge(contracts.DisputeGameFactory != "", catalog.DisputeGameFactory, "a DisputeGameFactory")
	return found
}

// rollupFields finds fields of rollup.json that op-node refuses, or that no op-node knows.
func rollupFields(in *Inputs, p *program) Findings {
	if in.Rollup == nil {
		return nil
	}
	strict := !p.version.IsZero() && catalog.StrictNodes().Has(p.version) == catalog.Present
	var refused, unknown []string
	for _, field := range in.Rollup.Fields {
		versions, known := catalog.RollupField(field)
		switch {
		case strict && (!known || versions.Has(p.version) == catalog.Absent):
			refused = append(refused, field)
		case !known:
			unknown = append(unknown, field)
		}
	}
	var found Findings
	add := func(code v1alpha1.FindingCode, severity v1alpha1.FindingSeverity, message, cure string) {
		found = append(found, v1alpha1.Finding{Code: code, Severity: severity, Message: message, Cure: cure,
			Secret: string(in.Chain.Spec.L2.RollupConfigSecret), Key: names.KeyRollup})
	}
	if len(refused) > 0 {
		add(v1alpha1.CodeRollupFieldUnsupported, v1alpha1.SeverityError,
			fmt.Sprintf("%s refuses fields that it does not know: %s", p, quotedNames(refused)), acceptance(p, refused))
	}
	if len(unknown) > 0 {
		add(v1alpha1.CodeRollupFieldUnknown, v1alpha1.SeverityWarning,
			"no op-node is known to heed "+quotedNames(unknown), "correct the spelling, or take out what is not for op-node")
	}
	return found
}

// acceptance says how fields that are refused could be accepted: by an op-node that knows them all, or
// without them.
func acceptance(p *program, refused []string) string {
	var lowest catalog.Version
	for _, field := range refused {
		versions, _ := catalog.RollupField(field)
		next := versions.Next(p.version)
		if next.IsZero() {
			return fmt.Sprintf("take them out, or use %s %s or later, which passes over them", p.component, catalog.StrictNodes().AbsentFrom)
		}
		if lowest.IsZero() || lowest.Before(next) {
			lowest = next
		}
	}
	return fmt.Sprintf("use %s %s or later", p.component, lowest)
}

const (
	// maxNames is how many names of a file a finding shows: a hostile file may have
	// hundreds of thousands.
	maxNames = 5
	// maxNameBytes is how many bytes of one name it shows: quoted, each may take four characters.
	maxNameBytes = 40
)

// quotedNames quotes the first few names.
func quotedNames(all []string) string {
	shown := make([]string, 0, maxNames)
	for _, name := range all[:min(len(all), maxNames)] {
		shown = append(shown, quotedStart(name))
	}
	if more := len(all) - len(shown); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown, ", ")
}

// quotedStart quotes the beginning of a text that somebody else wrote, in printable ASCII.
func quotedStart(text string) string {
	if len(text) <= maxNameBytes {
		return fmt.Sprintf("%+q", text)
	}
	end := maxNameBytes
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%+q…", text[:end])
}
