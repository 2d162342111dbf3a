package v1alpha1_test

import (
	"fmt"
	"slices"
	"strings"
)

const (
	podMonitorLabels   = "spec.monitoring.podMonitor.labels"
	podMonitorInterval = "spec.monitoring.podMonitor.interval"
	thresholds         = "spec.monitoring.thresholds"
)

// monitoringRules are about how a chain is watched.
var monitoringRules = slices.Concat(podMonitorRules,
	bounded(1, 100, "should be greater than or equal to 1", "should be less than or equal to 100", thresholds+".volumeUsedPercent"),
	windowBounds("windowNoticePercent", 3, 99, window(50, 2, 1)),
	windowBounds("windowWarningPercent", 2, 98, window(99, 25, 1)),
	windowBounds("windowCriticalPercent", 1, 97, window(99, 98, 10)),
	[]rule{
		{
			fields:  []string{thresholds},
			message: "thresholds.windowNoticePercent must be above windowWarningPercent, and that above windowCriticalPercent, which are 50, 25 and 10 where they are not set: a sequencing window runs down",
			accept: map[string]edits{
				"what falls":                  {"": window(80, 60, 40)},
				"the closest":                 {"": window(3, 2, 1)},
				"a notice above the defaults": {"": map[string]any{"windowNoticePercent": int64(26)}},
				"nothing":                     {"": map[string]any{}},
			},
			reject: map[string]edits{
				"a warning before the notice":       {"": window(25, 50, 10)},
				"a warning with the notice":         {"": window(50, 50, 10)},
				"critical before the warning":       {"": window(50, 10, 25)},
				"critical with the warning":         {"": window(50, 25, 25)},
				"a notice below the default":        {"": map[string]any{"windowNoticePercent": int64(20)}},
				"critical above the other defaults": {"": map[string]any{"windowCriticalPercent": int64(30)}},
			},
		},
	})

// windowBounds makes the two rules of a percentage of the window. Beyond its bounds there is no
// room for the other two, which their object complains of.
func windowBounds(name string, lowest, highest int64, others map[string]any) []rule {
	rules := bounded(lowest, highest, fmt.Sprintf("should be greater than or equal to %d", lowest), fmt.Sprintf("should be less than or equal to %d", highest), thresholds+"."+name)
	for i := range rules {
		rules[i].with, rules[i].also = edits{thresholds: others}, thresholds
	}
	return rules
}

// window are thresholds of the sequencing window, in percent.
func window(notice, warning, critical int64) map[string]any {
	return map[string]any{"windowNoticePercent": notice, "windowWarningPercent": warning, "windowCriticalPercent": critical}
}

// podMonitorRules are about what the Prometheus operator is told.
var podMonitorRules = []rule{
	{
		fields:  []string{podMonitorLabels},
		message: "must have at most 16 items",
		accept:  is(map[string]any{"16": labels(16), "none": map[string]any{}}),
		reject:  is(map[string]any{"17": labels(17)}),
	},
	{
		fields:  []string{podMonitorLabels},
		message: "each key of podMonitor.labels must be the name of a label, such as release or example.com/team",
		accept: is(map[string]any{
			"a name": label("release"), "a name in a domain": label("example.com/team"), "the longest name": label(strings.Repeat("a", 63)),
		}),
		reject: is(map[string]any{
			"a space": label("my team"), "no name in a domain": label("example.com/"), "a dash at the end": label("team-"), "nothing": label(""),
			"64 letters": label(strings.Repeat("a", 64)), "a domain in upper case": label("Example.com/team"),
		}),
	},
	{
		fields:  []string{podMonitorLabels},
		message: "keys of podMonitor.labels must not begin with app.kubernetes.io/ or rollup.oplabs.io/: the operator sets those",
		accept:  is(map[string]any{"a domain below": label("team.app.kubernetes.io/name"), "a name like it": label("app.kubernetes.io")}),
		reject:  is(map[string]any{"the name": label("app.kubernetes.io/name"), "the chain": label("rollup.oplabs.io/chain")}),
	},
	{
		fields:  []string{podMonitorLabels + "." + anyKey},
		message: "must be a valid label value: letters, digits, '-', '_' and '.', with a letter or digit at both ends",
		accept:  is(map[string]any{"a word": "prometheus", "nothing": "", "all that may be": "A-b_c.9"}),
		reject:  is(map[string]any{"a space": "kube prometheus", "a dash at the end": "prometheus-", "a slash": "a/b", "a line break": "a\n"}),
	},
	{
		fields:  []string{podMonitorLabels + "." + anyKey},
		message: "may not be more than 63 bytes",
		accept:  is(map[string]any{"63": strings.Repeat("a", 63)}),
		reject:  is(map[string]any{"64": strings.Repeat("a", 64)}),
	},
	{
		fields:  []string{podMonitorInterval},
		message: "podMonitor.interval must be between 1s and 5m, such as 30s or 1m30s",
		accept:  is(map[string]any{"the shortest": "1s", "the longest": "5m", "the longest in seconds": "300s", "of two units": "1m30s"}),
		reject: is(map[string]any{
			"less than a second": "999ms", "more than 5 minutes": "5m1s", "an hour": "1h", "units that Prometheus does not take in this order": "30s1m",
			"a unit twice": "10s10s", "nothing": "0s",
		}),
	},
	{
		fields:  []string{podMonitorInterval},
		message: "must be a duration between 100ms and 8760h, such as 30s or 1h30m",
		accept:  is(map[string]any{"seconds": "30s"}),
		reject:  is(map[string]any{"a number": "30", "days": "1d", "a sign": "-5m", "a line break": "30s\n"}),
	},
	{
		fields:  []string{podMonitorInterval},
		message: "should be at least 2 chars long",
		accept:  is(map[string]any{"2": "1s"}),
		reject:  is(map[string]any{"1": "1"}),
	},
	{
		fields:  []string{podMonitorInterval},
		message: "may not be more than 16 bytes",
		accept:  is(map[string]any{"5": "1m30s"}),
		reject:  is(map[string]any{"17": "00000000000000m1s"}),
	},
}

func label(key string) map[string]any { return map[string]any{key: "value"} }
