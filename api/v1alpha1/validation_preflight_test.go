package v1alpha1_test

import (
	"maps"
	"strings"
)

const (
	notEther = "must be an amount of ETH: digits, with at most 18 of them after a point, such as 0.1"
	notACode = "must be the code of a finding, such as BalanceLow"
)

var balances = []string{"spec.components.batcher.minimumBalance", "spec.components.proposer.minimumBalance"}

// preflightRules are about what the checks are told, and what they tell.
var preflightRules = []rule{
	{
		fields:  balances,
		message: notEther,
		accept:  is(map[string]any{"nothing to ask for": "0", "a part": "0.1", "one wei": "0.000000000000000001", "much": "999999999999"}),
		reject: is(map[string]any{
			"a sign": "-1", "a unit": "1ETH", "an exponent": "1e18", "a point without digits": "1.", "digits without a number": ".1",
			"less than a wei": "0.0000000000000000001", "more than there is": "1000000000000", "a line break": "1\n",
		}),
	},
	{fields: balances, message: "should be at least 1 chars long", accept: is(map[string]any{"1": "1"}), reject: is(map[string]any{"none": ""})},
	{
		fields:  balances,
		message: "may not be more than 32 bytes",
		accept:  is(map[string]any{"31": "999999999999.999999999999999999"}),
		reject:  is(map[string]any{"33": strings.Repeat("9", 33)}),
	},
	{
		fields:  []string{"spec.preflight.ignore"},
		message: "must have at most 32 items",
		accept:  is(map[string]any{"32": codes(32)}),
		reject:  is(map[string]any{"33": codes(33)}),
	},
	{
		fields:  []string{"spec.preflight.ignore[]"},
		message: duplicate,
		accept:  map[string]edits{"two": {"spec.preflight.ignore": codes(2)}},
		reject:  map[string]edits{"one twice": {"spec.preflight.ignore": times(2, "BalanceLow")}},
	},
	{
		fields:  []string{"spec.preflight.ignore[]"},
		message: notACode,
		accept:  is(map[string]any{"a code": "BalanceLow", "a code with digits": "EIP1559Mismatch"}),
		reject:  is(map[string]any{"words": "balance low", "lower case": "balanceLow", "all of them": "*", "a line break": "BalanceLow\n"}),
	},
	{
		fields:  []string{"spec.preflight.ignore[]"},
		message: "should be at least 1 chars long",
		accept:  is(map[string]any{"1": "A"}),
		reject:  is(map[string]any{"none": ""}),
	},
	{
		fields:  []string{"spec.preflight.ignore[]"},
		message: "may not be more than 64 bytes",
		accept:  is(map[string]any{"64": strings.Repeat("A", 64)}),
		reject:  is(map[string]any{"65": strings.Repeat("A", 65)}),
	},
	{
		fields:  []string{"status.preflight.findings"},
		message: "must have at most 32 items",
		accept:  is(map[string]any{"32": times(32, finding(nil))}),
		reject:  is(map[string]any{"33": times(33, finding(nil))}),
	},
	{
		fields: []string{"status.preflight.omitted"}, with: edits{"status.preflight.findings": []any{finding(nil)}},
		message: "should be greater than or equal to 1",
		accept:  is(map[string]any{"1": int64(1)}),
		reject:  is(map[string]any{"0": int64(0)}),
	},
	ofFinding("severity", `supported values: "Error", "Warning", "Unknown"`, []any{"Error", "Warning", "Unknown"}, []any{"Info"}),
	ofFinding("severity", "Required value", []any{"Error"}, []any{nil}),
	ofFinding("code", "Required value", []any{"BalanceLow"}, []any{nil}),
	ofFinding("code", notACode, []any{"BalanceLow"}, []any{"balance low"}),
	ofFinding("code", "should be at least 1 chars long", []any{"A"}, []any{""}),
	ofFinding("code", "may not be more than 64 bytes", []any{strings.Repeat("A", 64)}, []any{strings.Repeat("A", 65)}),
	ofFinding("message", "Required value", []any{"it is wrong"}, []any{nil}),
	ofFinding("message", "should be at least 1 chars long", []any{"a"}, []any{""}),
	ofFinding("message", "may not be more than 1024 bytes", []any{strings.Repeat("a", 1024)}, []any{strings.Repeat("a", 1025)}),
	ofFinding("cure", "should be at least 1 chars long", []any{"a", nil}, []any{""}),
	ofFinding("cure", "may not be more than 1024 bytes", []any{strings.Repeat("a", 1024)}, []any{strings.Repeat("a", 1025)}),
	ofFinding("field", "should be at least 1 chars long", []any{"a", nil}, []any{""}),
	ofFinding("field", "may not be more than 256 bytes", []any{strings.Repeat("a", 256)}, []any{strings.Repeat("a", 257)}),
	ofFinding("secret", "should be at least 1 chars long", []any{"a", nil}, []any{""}),
	ofFinding("secret", "may not be more than 253 bytes", []any{strings.Repeat("a", 253)}, []any{strings.Repeat("a", 254)}),
	ofFinding("key", "should be at least 1 chars long", []any{"a", nil}, []any{""}),
	ofFinding("key", "may not be more than 253 bytes", []any{strings.Repeat("a", 253)}, []any{strings.Repeat("a", 254)}),
}

// ofFinding is a rule of a field of a finding; nil stands for a finding without that field.
func ofFinding(field, message string, accept, reject []any) rule {
	cases := func(values []any) map[string]edits {
		all := map[string]edits{}
		for _, value := range values {
			name, _ := value.(string)
			all["the value "+name[:min(len(name), 16)]] = edits{"status.preflight.findings": []any{finding(map[string]any{field: value})}}
		}
		return all
	}
	return rule{fields: []string{"status.preflight.findings[]." + field}, message: message, accept: cases(accept), reject: cases(reject)}
}

// finding is a valid one, but for a change; nil takes a field away.
func finding(change map[string]any) map[string]any {
	made := map[string]any{"code": "BalanceLow", "severity": "Warning", "message": "there is too little"}
	maps.Copy(made, change)
	maps.DeleteFunc(made, func(_ string, value any) bool { return value == nil })
	return made
}

func codes(n int) []any {
	var all []any
	for i := range n {
		all = append(all, strings.Repeat("A", i+1))
	}
	return all
}
