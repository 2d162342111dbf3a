package preflight

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// forkRules judge when forks come.
var forkRules = []rule{forkOrder, forksApart, forkTimes}

// keepsForksApart: op-node's release notes of v1.19.8. Before, it does not look at the order of
// Jovian and later forks.
var keepsForksApart = since("v1.19.6", "v1.19.8")

// lateForks are those from Jovian on.
const lateForks = "jovian"

// eachFork calls judge for each fork and the one before it, with the severity of a fault there.
func eachFork(in *Inputs, judge func(last, next rollup.Fork, late bool, severity v1alpha1.FindingSeverity)) {
	if in.Rollup == nil {
		return
	}
	severity, late := v1alpha1.SeverityError, false
	forks := in.Rollup.Forks()
	for i, next := range forks[1:] {
		if next.Name == lateForks {
			late = true
			if keepsForksApart.of(in) != catalog.Present {
				severity = v1alpha1.SeverityWarning
			}
		}
		judge(forks[i], next, late, severity)
	}
}

// forkOrder: each fork builds on the one before.
func forkOrder(in *Inputs) Findings {
	const cure = "schedule every fork no earlier than the one before it"
	var found Findings
	eachFork(in, func(last, next rollup.Fork, _ bool, severity v1alpha1.FindingSeverity) {
		switch {
		case next.Time == nil:
		case last.Time == nil:
			found = append(found, in.inRollup().is(severity, v1alpha1.CodeForkOrder, cure,
				"%s is %d, but %s, which comes before it, is not set", next.Field, *next.Time, last.Field))
		case *last.Time > *next.Time:
			found = append(found, in.inRollup().is(severity, v1alpha1.CodeForkOrder, cure,
				"%s is %d, but %s, which comes before it, is %d", next.Field, *next.Time, last.Field, *last.Time))
		}
	})
	return found
}

// forksApart: from Jovian on, two forks cannot come with one block, except with the first.
func forksApart(in *Inputs) Findings {
	var found Findings
	eachFork(in, func(last, next rollup.Fork, late bool, severity v1alpha1.FindingSeverity) {
		if late && last.Time != nil && next.Time != nil && *last.Time == *next.Time && *next.Time > in.Rollup.Genesis.L2Time {
			found = append(found, in.inRollup().is(severity, v1alpha1.CodeForkOrder, "let "+next.Field+" be later, here and in the genesis",
				"%s and %s are both %d, which op-node from v1.19.8 on refuses after genesis", last.Field, next.Field, *next.Time))
		}
	})
	return found
}

// executionNames are what the execution layer calls forks (op-geth's params.ChainConfig). Delta
// is none of its business. Where it has two names, it needs both.
var executionNames = map[string][]string{
	"regolith": {"regolithTime"},
	"canyon":   {"canyonTime", "shanghaiTime"},
	"ecotone":  {"ecotoneTime", "cancunTime"},
	"fjord":    {"fjordTime"},
	"granite":  {"graniteTime"},
	"holocene": {"holoceneTime"},
	"isthmus":  {"isthmusTime", "pragueTime"},
	"jovian":   {"jovianTime"},
	"karst":    {"karstTime"},
	"lagoon":   {"lagoonTime"},
}

// formerNames are names that fields of the genesis had before.
var formerNames = map[string]string{"lagoonTime": "interopTime"}

func forkTimes(in *Inputs) Findings {
	if !oneChain(in) {
		return nil
	}
	own, registered := registryEntry(in)
	var found Findings
	for _, fork := range in.Rollup.Forks() {
		other := otherwise(in.Genesis, fork)
		if len(other) == 0 || own != nil && len(otherwise(own, fork)) == 0 {
			continue
		}
		severity := v1alpha1.SeverityError
		cure := "set " + strings.Join(executionNames[fork.Name], " and ") + " in the genesis and " + fork.Field + " in rollup.json to the same time"
		if registered {
			severity = v1alpha1.SeverityWarning
			cure += ", or make sure that this op-geth has that time in its superchain registry, by which it goes"
		}
		found = append(found, in.inGenesis().is(severity, v1alpha1.CodeForkTimeMismatch, cure,
			"%s, but %s", strings.Join(other, " and "), isAt(fork.Field+" of rollup.json", fork.Time)))
	}
	return found
}

// otherwise are the fields of a genesis that give a fork another time than rollup.json does.
func otherwise(g *genesis.Genesis, fork rollup.Fork) []string {
	var other []string
	for _, name := range executionNames[fork.Name] {
		at := forkTime(g, name)
		if at == nil {
			at = forkTime(g, formerNames[name])
		}
		if !sameTime(at, fork.Time, g.Timestamp) {
			other = append(other, isAt(name, at))
		}
	}
	return other
}

// forkTime is when the genesis schedules a fork; nil where it does not.
func forkTime(g *genesis.Genesis, name string) *uint64 {
	if at, set := g.Forks[name]; set {
		return &at
	}
	return nil
}

// sameTime compares times of a fork. Up to the first block, one is as good as another.
func sameTime(a, b *uint64, first uint64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b || *a <= first && *b <= first
}

func isAt(name string, time *uint64) string {
	if time == nil {
		return name + " is not set"
	}
	return fmt.Sprintf("%s is %s", name, strconv.FormatUint(*time, 10))
}
