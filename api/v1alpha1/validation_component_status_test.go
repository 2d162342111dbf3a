package v1alpha1_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	notADuration = "must be a duration between 100ms and 8760h, such as 30s or 1h30m"
	notEmpty     = "should be at least 1 chars long"
	notBelowZero = "should be greater than or equal to 0"
	notBelowOne  = "should be greater than or equal to 1"
	aTime        = "2026-01-01T00:00:00Z"
)

// whole components, exits, volumes and accounts as the operator writes them.
var (
	aComponent = map[string]any{"ready": true}
	anExit     = map[string]any{"container": "op-geth", "exitCode": int64(0)}
	aVolume    = map[string]any{"capacity": "100Gi", "used": "85Gi", "observedAt": aTime}
	anAccount  = map[string]any{"address": anAddress, "balance": "0.5", "observedAt": aTime}
	aWindow    = map[string]any{"size": int64(3600), "left": int64(3000), "severity": "None", "observedAt": aTime}
	aFork      = map[string]any{"name": "jovian", "time": aTime}
)

// stateOf puts a field behind the state of every component, or of those that are named.
func stateOf(field string, components ...string) []string {
	if len(components) == 0 {
		components = []string{"geth", "node", "batcher", "proposer"}
	}
	var all []string
	for _, component := range components {
		all = append(all, "status.componentStatus."+component+field)
	}
	return all
}

// inside makes a rule of a field that stands in an object of other fields, so that those are
// there too.
func inside(object map[string]any, r rule) []rule {
	var all []rule
	for _, field := range r.fields {
		one, at := r, field[:strings.LastIndex(field, ".")]
		one.fields, one.with = []string{field}, edits{at: object}
		if below, ok := strings.CutPrefix(at, "status.componentStatus."); ok {
			component, _, _ := strings.Cut(below, ".")
			one.with["status.componentStatus."+component] = aComponent
			one.with[at] = object
		}
		all = append(all, one)
	}
	return all
}

// required makes a rule for each field that an object must have.
func required(object map[string]any, at ...string) []rule {
	var all []rule
	for _, field := range slices.Sorted(maps.Keys(object)) {
		for _, path := range at {
			all = append(all, inside(object, rule{
				fields: []string{path + "." + field}, message: "Required value",
				accept: map[string]edits{"a value": {}}, reject: map[string]edits{"nothing": {"": remove}},
			})...)
		}
	}
	return all
}

// texts makes the rules of a text that is not empty and has at most so many bytes.
func texts(object map[string]any, most int, fields ...string) []rule {
	return slices.Concat(
		inside(object, rule{fields: fields, message: notEmpty, accept: is(map[string]any{"1": "a"}), reject: is(map[string]any{"empty": ""})}),
		inside(object, rule{
			fields: fields, message: fmt.Sprintf("may not be more than %d bytes", most),
			accept: is(map[string]any{"the longest": strings.Repeat("a", most)}), reject: is(map[string]any{"longer": strings.Repeat("a", most+1)}),
		}),
	)
}

// lowest makes the rule of a number that only has a lowest value.
func lowest(object map[string]any, least int64, message string, fields ...string) []rule {
	return inside(object, rule{
		fields: fields, message: message,
		accept: is(map[string]any{"the lowest": least, "more": least + 1}), reject: is(map[string]any{"less": least - 1}),
	})
}

// componentStatusRules hold the operator to what a reader of a component's state, of the window
// and of forks may rely on.
var componentStatusRules = slices.Concat(
	stateRules, exitRules, volumeRules, accountRules,
	lowest(map[string]any{}, 0, notBelowZero, "status.l1.headHeight"),
	required(aWindow, "status.sequencingWindow"),
	lowest(aWindow, 1, notBelowOne, "status.sequencingWindow.size"),
	lowest(aWindow, 0, notBelowZero, "status.sequencingWindow.left"),
	inside(aWindow, rule{
		fields: []string{"status.sequencingWindow.severity"}, message: `supported values: "None", "Notice", "Warning", "Critical"`,
		accept: is(map[string]any{"None": "None", "Notice": "Notice", "Warning": "Warning", "Critical": "Critical"}),
		reject: is(map[string]any{"another word": "Over", "empty": ""}),
	}),
	required(aFork, "status.nextFork"),
	texts(aFork, 64, "status.nextFork.name"),
)

var stateRules = slices.Concat(
	required(aComponent, stateOf("")...),
	texts(aComponent, 128, stateOf(".version")...),
	lowest(aComponent, 0, notBelowZero, stateOf(".restarts")...),
	lowest(aComponent, 0, notBelowZero, stateOf(".peers", "geth", "node")...),
	lowest(aComponent, 0, notBelowZero, stateOf(".syncHeight", "geth")...),
	lowest(aComponent, 0, notBelowZero, slices.Concat(stateOf(".unsafeHeight", "node"), stateOf(".safeHeight", "node"),
		stateOf(".finalizedHeight", "node"), stateOf(".safeL1Origin", "node"), stateOf(".l1Height", "node"))...),
	inside(aComponent, rule{
		fields: stateOf(".lastBatchWitness", "batcher"), message: `supported values: "BatcherMetrics", "SafeHeadDatabase", "L1Nonce"`,
		accept: is(map[string]any{"BatcherMetrics": "BatcherMetrics", "SafeHeadDatabase": "SafeHeadDatabase", "L1Nonce": "L1Nonce"}),
		reject: is(map[string]any{"another word": "SafeHead", "empty": ""}),
	}),
)

var exitRules = slices.Concat(
	required(anExit, stateOf(".lastExit")...),
	texts(anExit, 63, stateOf(".lastExit.container")...),
	texts(anExit, 64, stateOf(".lastExit.reason")...),
	texts(anExit, 1024, stateOf(".lastExit.message")...),
)

var volumeRules = slices.Concat(
	required(aVolume, stateOf(".volume", stored...)...),
	inside(aVolume, rule{
		fields:  slices.Concat(stateOf(".volume.capacity", stored...), stateOf(".volume.used", stored...)),
		message: quantity,
		accept:  is(map[string]any{"a quantity": "1Gi", "bytes": int64(1 << 40), "nothing": "0"}),
		reject:  is(map[string]any{"a word": "full", "a unit that is none": "100GB"}),
	}),
)

var accountRules = func() []rule {
	accounts := []string{"batcher", "proposer"}
	address, amounts := stateOf(".account.address", accounts...), slices.Concat(stateOf(".account.balance", accounts...), stateOf(".account.spentPerDay", accounts...))
	span := stateOf(".account.measuredFor", accounts...)
	return slices.Concat(
		required(anAccount, stateOf(".account", accounts...)...),
		inside(anAccount, rule{fields: address, message: notAnAddress, accept: goodAddresses, reject: badAddresses}),
		inside(anAccount, rule{fields: address, message: notZero, accept: goodAddresses, reject: zero}),
		inside(anAccount, rule{fields: address, message: "may not be more than 42 bytes", accept: goodAddresses, reject: tooLong}),
		inside(anAccount, rule{fields: address, message: "should be at least 1 chars long", accept: goodAddresses, reject: empty}),
		inside(anAccount, rule{
			fields: amounts, message: notEther,
			accept: is(map[string]any{"nothing": "0", "one wei": "0.000000000000000001", "much": "999999999999.999999999999999999"}),
			reject: is(map[string]any{"a debt": "-1", "less than a wei": "0.0000000000000000001", "an exponent": "1e18"}),
		}),
		inside(anAccount, rule{fields: amounts, message: "should be at least 1 chars long", accept: is(map[string]any{"1": "1"}), reject: empty}),
		inside(anAccount, rule{
			fields: amounts, message: "may not be more than 32 bytes",
			accept: is(map[string]any{"31": "999999999999.999999999999999999"}), reject: is(map[string]any{"33": strings.Repeat("9", 33)}),
		}),
		inside(anAccount, rule{
			fields: span, message: notADuration,
			accept: is(map[string]any{"a poll": "2s", "a day": "24h", "as Go writes it": "23h59m45s"}), reject: is(map[string]any{"a number": "60", "days": "1d", "nothing": "0s"}),
		}),
		inside(anAccount, rule{fields: span, message: "should be at least 2 chars long", accept: is(map[string]any{"2": "1s"}), reject: is(map[string]any{"1": "1"})}),
		inside(anAccount, rule{
			fields: span, message: "may not be more than 16 bytes",
			accept: is(map[string]any{"16": "1h1m1s100ms100ms"}), reject: is(map[string]any{"17": "1h1m1s1000ms100ms"}),
		}),
	)
}()
