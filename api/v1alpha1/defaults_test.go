package v1alpha1_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// defaults are what the API server puts where a chain says nothing, and how the field's
// documentation puts it.
var defaults = withCommon(map[string]documented{
	"spec.deletionPolicy": {"Retain", "Defaults to Retain."},
	"spec.l1.rpcKind":     {"standard", "Defaults to standard,"},

	"spec.components.batcher":  {nil, "Defaults to enabled: false."},
	"spec.components.proposer": {nil, "Defaults to enabled: false."},

	"spec.components.geth.storage":            {nil, "Defaults to 100Gi of the cluster's default class."},
	"spec.components.geth.storage.accessMode": {"ReadWriteOnce", "Defaults to ReadWriteOnce."},
	"spec.components.geth.cacheMiB":           {int64(1024), "Defaults to 1024."},
	"spec.components.geth.gcMode":             {"archive", "Defaults to archive."},
	"spec.components.geth.stateScheme":        {"hash", "Defaults to hash."},

	"spec.components.node.storage":                   {nil, "Defaults to 10Gi of the cluster's default class."},
	"spec.components.node.storage.accessMode":        {"ReadWriteOnce", "Defaults to ReadWriteOnce."},
	"spec.components.node.sequencer":                 {nil, "Defaults to enabled: false."},
	"spec.components.node.sequencer.enabled":         {false, "Defaults to false."},
	"spec.components.node.sequencer.l1Confirmations": {int64(4), "Defaults to 4."},
	"spec.components.node.sequencer.maxSafeLag":      {int64(0), "Defaults to 0."},
	"spec.components.node.p2p":                       {nil, "Defaults to enabled: false."},
	"spec.components.node.p2p.enabled":               {false, "Defaults to false."},
	"spec.components.node.l1PollInterval":            {"12s", "Defaults to 12s,"},
	"spec.components.node.l1EpochPollInterval":       {"6m24s", "Defaults to 6m24s,"},

	"spec.components.batcher.confirmations":        {int64(10), "Defaults to 10."},
	"spec.components.batcher.dataAvailabilityType": {"calldata", "Defaults to calldata."},
	"spec.components.batcher.maxChannelDuration":   {int64(150), "Defaults to 150,"},
	"spec.components.batcher.subSafetyMargin":      {int64(10), "Defaults to 10."},
	"spec.components.batcher.pollInterval":         {"6s", "Defaults to 6s."},

	"spec.components.batcher.minimumBalance":  {"0.1", "Defaults to 0.1."},
	"spec.components.proposer.minimumBalance": {"0.1", "Defaults to 0.1."},
	"spec.preflight.forkNotice":               {"336h", "Defaults to 336h,"},

	"spec.components.proposer.confirmations":     {int64(10), "Defaults to 10."},
	"spec.components.proposer.proposalInterval":  {"1h", "Defaults to 1h."},
	"spec.components.proposer.gameType":          {int64(1), "Defaults to 1,"},
	"spec.components.proposer.allowNonFinalized": {false, "Defaults to false."},
	"spec.components.proposer.pollInterval":      {"12s", "Defaults to 12s."},

	"spec.monitoring":                                  {nil, "the defaults of its fields hold."},
	"spec.monitoring.podMonitor":                       {nil, "Defaults to enabled: true."},
	"spec.monitoring.podMonitor.enabled":               {true, "Defaults to true."},
	"spec.monitoring.podMonitor.interval":              {"30s", "Defaults to 30s."},
	"spec.monitoring.thresholds":                       {nil, "the defaults of its fields hold."},
	"spec.monitoring.thresholds.l1Silence":             {"2m", "Defaults to 2m."},
	"spec.monitoring.thresholds.l1HeadAge":             {"5m", "Defaults to 5m."},
	"spec.monitoring.thresholds.fundsLeft":             {"72h", "Defaults to 72h."},
	"spec.monitoring.thresholds.volumeUsedPercent":     {int64(85), "Defaults to 85."},
	"spec.monitoring.thresholds.windowNoticePercent":   {int64(50), "Defaults to 50."},
	"spec.monitoring.thresholds.windowWarningPercent":  {int64(25), "Defaults to 25."},
	"spec.monitoring.thresholds.windowCriticalPercent": {int64(10), "Defaults to 10."},
})

// documented is a default: its value, unless it is an object, and the words for it.
type documented struct {
	value any
	says  string
}

// withCommon adds what every component has.
func withCommon(all map[string]documented) map[string]documented {
	for _, component := range each("") {
		all[component+".enabled"] = documented{true, "Defaults to true."}
		all[component+".imagePullPolicy"] = documented{"IfNotPresent", "Defaults to IfNotPresent."}
		all[component+".logLevel"] = documented{"info", "Defaults to info."}
	}
	return all
}

// unspoken returns a chain that says no more than it must, but for some edits.
func unspoken(t *testing.T, env *testenv.Env, e edits) *unstructured.Unstructured {
	t.Helper()
	chain := sample(t, env)
	put(t, chain, "", edits{"spec.components": map[string]any{
		"geth": map[string]any{"image": "op-geth:1"},
		"node": map[string]any{"image": "op-node:1"},
	}})
	put(t, chain, "", e)
	if err := env.Client.Create(t.Context(), chain, client.DryRunAll, strict); err != nil {
		t.Fatal(err)
	}
	return chain
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	signer := map[string]any{"image": "a:1", "signerPrivateKeySecret": "key"}
	spoken := edits{
		"spec.components.batcher": signer, "spec.components.proposer": signer,
		"spec.components.node.sequencer.enabled": true, // the batcher needs it
		"spec.preflight.ignore":                  []any{"BalanceLow"},
	}
	chain := unspoken(t, env, spoken)
	for field, want := range defaults {
		if _, isSpoken := spoken[field]; want.value == nil || isSpoken {
			continue
		}
		if diff := cmp.Diff(want.value, value(t, chain, field)); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
}

func TestDefaultObjects(t *testing.T) {
	t.Parallel()
	chain := unspoken(t, testenv.New(t), nil)
	for field, want := range map[string]any{
		"spec.components.batcher.enabled":        false,
		"spec.components.proposer.enabled":       false,
		"spec.components.node.sequencer.enabled": false,
		"spec.components.node.p2p.enabled":       false,
		"spec.components.geth.storage.size":      "100Gi",
		"spec.components.node.storage.size":      "10Gi",
		"spec.l1.beacon.ignore":                  nil,
		"spec.l2.jwtSecret":                      nil,
	} {
		if diff := cmp.Diff(want, value(t, chain, field)); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
}

// The defaults of monitoring hold however little of it a chain says, and what it says stays.
func TestMonitoringDefaults(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	podMonitor := map[string]any{"enabled": true, "interval": "30s"}
	thresholds := map[string]any{
		"l1Silence": "2m", "l1HeadAge": "5m", "fundsLeft": "72h", "volumeUsedPercent": int64(85),
		"windowNoticePercent": int64(50), "windowWarningPercent": int64(25), "windowCriticalPercent": int64(10),
	}
	with := func(all map[string]any, key string, value any) map[string]any {
		changed := maps.Clone(all)
		changed[key] = value
		return changed
	}
	for name, c := range map[string]struct {
		says, want map[string]any
	}{
		"nothing":            {nil, map[string]any{"podMonitor": podMonitor, "thresholds": thresholds}},
		"nothing of it":      {map[string]any{}, map[string]any{"podMonitor": podMonitor, "thresholds": thresholds}},
		"no threshold of it": {map[string]any{"thresholds": map[string]any{}, "podMonitor": map[string]any{}}, map[string]any{"podMonitor": podMonitor, "thresholds": thresholds}},
		"a threshold that has no default": {
			map[string]any{"thresholds": map[string]any{"batchAge": "30s"}},
			map[string]any{"podMonitor": podMonitor, "thresholds": with(thresholds, "batchAge", "30s")},
		},
		"a threshold that has one": {
			map[string]any{"thresholds": map[string]any{"windowNoticePercent": int64(40)}},
			map[string]any{"podMonitor": podMonitor, "thresholds": with(thresholds, "windowNoticePercent", int64(40))},
		},
		"no PodMonitor": {
			map[string]any{"podMonitor": map[string]any{"enabled": false}},
			map[string]any{"podMonitor": with(podMonitor, "enabled", false), "thresholds": thresholds},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := edits{}
			if c.says != nil {
				e["spec.monitoring"] = c.says
			}
			if diff := cmp.Diff(c.want, value(t, unspoken(t, env, e), "spec.monitoring")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func value(t *testing.T, chain *unstructured.Unstructured, field string) any {
	t.Helper()
	v, _, err := unstructured.NestedFieldNoCopy(chain.Object, strings.Split(field, ".")...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDefaultsAreDocumented(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	walk(schema(t), "", func(field string, s *apiextensionsv1.JSONSchemaProps) {
		switch says := strings.Contains(s.Description, "Defaults to "); {
		case s.Default == nil && says && field != "spec.l1.beacon.ignore": // absent is false
			t.Errorf("%s is documented to have a default and has none", field)
		case s.Default == nil:
			return
		}
		found[field] = true
		if !strings.Contains(strings.ReplaceAll(s.Description, "\n", " "), defaults[field].says) {
			t.Errorf("%s: its documentation does not say %q", field, defaults[field].says)
		}
	})
	if diff := cmp.Diff(slices.Sorted(maps.Keys(defaults)), slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("defaults of the table (-) and of the schema (+): %s", diff)
	}
}
