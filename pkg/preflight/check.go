package preflight

import "slices"

// A rule judges one thing about the inputs.
type rule func(*Inputs) Findings

// rules are what Check asks, in this order.
var rules = slices.Concat(rollupRules, genesisRules, forkRules, l1SettingRules, keyRules, []rule{images, ignored})

// Check judges the inputs by themselves and against each other, without asking anybody.
func Check(in *Inputs) Findings {
	var found Findings
	for _, judge := range rules {
		found = slices.Concat(found, judge(in))
	}
	return found.Ignoring(in.Chain.Spec.Preflight.Ignore).Sorted()
}
