// Package catalog knows the images of the OP Stack: what they are called, how their tags read as
// versions, and which version can do what. What it knows lies in catalog.yaml, with sources.
// Where that does not tell, the answer is that it cannot be told, and never a guess.
package catalog

import (
	"slices"
	"strings"
	"time"
)

// Component is a program of a chain, by upstream's name.
type Component string

// The programs that this operator runs.
const (
	Geth     Component = "op-geth"
	Node     Component = "op-node"
	Batcher  Component = "op-batcher"
	Proposer Component = "op-proposer"
)

// Components lists them all.
func Components() []Component { return []Component{Geth, Node, Batcher, Proposer} }

// Contract is what op-proposer proposes to, by its name in spec.l1.contractAddresses.
type Contract string

// The contracts that output roots are proposed to.
const (
	DisputeGameFactory Contract = "disputeGameFactory"
	L2OutputOracle     Contract = "l2OutputOracle"
)

// Foreign reports whether an image is known not to be able to run as any component, and which
// program it is and why in one sentence.
func Foreign(image Image) (program, reason string, ok bool) {
	for _, f := range facts.Foreign {
		if slices.ContainsFunc(f.Images, image.Named) && (f.Tag.Regexp == nil || f.Tag.MatchString(image.Tag)) {
			return f.Program, f.Reason, true
		}
	}
	return "", "", false
}

// Recognised reports whether an image is called as the component's images are.
func Recognised(component Component, image Image) bool {
	return slices.ContainsFunc(facts.program(component).Images, image.Named)
}

// VersionOf reads the version of a component from the tag of its image. It is not ok where the
// image is called otherwise, or its tag is not in the component's way of counting.
func VersionOf(component Component, image Image) (version Version, ok bool) {
	if !Recognised(component, image) || !facts.program(component).Tag.MatchString(image.Tag) {
		return Version{}, false
	}
	version, err := ParseVersion(image.Tag)
	return version, err == nil
}

// SupportEnd gives the last day on which upstream supported a component, at its beginning in UTC,
// and what replaces it. It is not ok where no end is known.
func SupportEnd(component Component) (lastDay time.Time, replacement string, ok bool) {
	p := facts.program(component)
	if p.EndOfSupport == nil {
		return time.Time{}, "", false
	}
	return p.EndOfSupport.Date.begin, p.EndOfSupport.Replacement, true
}

// Supports reports whether a version of a component can pass a fork, of the rollup or of L1, and
// the lowest version that can. The zero version stands for one that is not known: it is only
// refused what no version supports. What is not in the catalogue is supported.
func Supports(component Component, version Version, fork string) (ok bool, lowest Lowest) {
	for _, f := range slices.Concat(facts.RollupForks, facts.L1Forks) {
		if f.Name == fork {
			return f.Lowest[component].Admits(version), f.Lowest[component]
		}
	}
	return true, Lowest{}
}

// L1Fork is a fork of an L1.
type L1Fork struct {
	Name string
	// Time is when it comes, or came, into force.
	Time time.Time
}

// L1Forks gives the scheduled forks of an L1, the oldest first; none for an L1 that is not known.
func L1Forks(chainID int64) []L1Fork {
	var forks []L1Fork
	for _, f := range facts.L1Forks {
		if at, ok := f.Times[chainID]; ok {
			forks = append(forks, L1Fork{Name: f.Name, Time: at})
		}
	}
	return forks
}

// Proposers gives the versions of op-proposer that can propose to a contract.
func Proposers(contract Contract) Span {
	_, span := facts.proposers(contract)
	return span
}

// RollupField gives the versions of op-node that know a top-level field of rollup.json. It is not
// ok where none does. As in Go's decoder, the case of the name does not matter.
func RollupField(name string) (versions Span, ok bool) {
	versions, ok = facts.RollupConfig.Fields[strings.ToLower(name)]
	return versions, ok
}

// StrictNodes gives the versions of op-node that refuse a rollup.json with a field that they do
// not know; the others pass over it.
func StrictNodes() Span { return facts.RollupConfig.Strict.Span }
