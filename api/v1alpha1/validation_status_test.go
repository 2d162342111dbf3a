package v1alpha1_test

import "strings"

// statusAddresses are the fields of status that hold an Ethereum address.
var statusAddresses = []string{
	"status.l1ContractAddresses.optimismPortal", "status.l1ContractAddresses.systemConfig", "status.l1ContractAddresses.disputeGameFactory",
	"status.l1ContractAddresses.l2OutputOracle", "status.l1ContractAddresses.batcher", "status.l1ContractAddresses.proposer",
}

// deployed is a status that holds addresses.
var deployed = edits{"status.l1ContractAddresses": map[string]any{"optimismPortal": anAddress, "systemConfig": anAddress}}

// statusRules hold the operator to what a reader of status may rely on.
var statusRules = []rule{
	{fields: statusAddresses, with: deployed, message: notAnAddress, accept: goodAddresses, reject: badAddresses},
	{fields: statusAddresses, with: deployed, message: notZero, accept: goodAddresses, reject: zero},
	{fields: statusAddresses, with: deployed, message: "may not be more than 42 bytes", accept: goodAddresses, reject: tooLong},
	{fields: statusAddresses, with: deployed, message: "should be at least 1 chars long", accept: goodAddresses, reject: empty},
	{
		fields: []string{"status.l1ContractAddresses"}, with: deployed,
		message: bothOracles,
		accept:  map[string]edits{"one": {".l2OutputOracle": anAddress}},
		reject:  map[string]edits{"both": {".l2OutputOracle": anAddress, ".disputeGameFactory": anAddress}},
	},
	{
		fields:  []string{"status.l1ContractAddresses.optimismPortal", "status.l1ContractAddresses.systemConfig"},
		with:    deployed,
		message: "Required value",
		accept:  map[string]edits{"a value": {}},
		reject:  map[string]edits{"nothing": {"": remove}},
	},
	{
		fields:  []string{"status.observedGeneration"},
		message: "should be greater than or equal to 1",
		accept:  is(map[string]any{"1": int64(1)}),
		reject:  is(map[string]any{"0": int64(0)}),
	},
	{
		fields:  []string{"status.phase"},
		message: `supported values: "Pending", "ConfigurationInvalid", "Deploying", "DeploymentError", "Running", "Degraded", "Terminating"`,
		accept: is(map[string]any{
			"Pending": "Pending", "ConfigurationInvalid": "ConfigurationInvalid", "Deploying": "Deploying", "DeploymentError": "DeploymentError",
			"Running": "Running", "Degraded": "Degraded", "Terminating": "Terminating",
		}),
		reject: is(map[string]any{"another word": "Ready"}),
	},
	{
		fields:  []string{"status.conditions"},
		message: "must have at most 16 items",
		accept:  is(map[string]any{"16": conditions(16)}),
		reject:  is(map[string]any{"17": conditions(17)}),
	},
	{
		fields:  []string{"status.conditions[]"},
		message: duplicate,
		accept:  map[string]edits{"two": {"status.conditions": []any{condition("Ready"), condition("Stalled")}}},
		reject:  map[string]edits{"one twice": {"status.conditions": times(2, condition("Ready"))}},
	},
}

func condition(kind string) map[string]any {
	return map[string]any{"type": kind, "status": "True", "reason": "Test", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}
}

func conditions(n int) []any {
	var all []any
	for i := range n {
		all = append(all, condition(strings.Repeat("A", i+1)))
	}
	return all
}
