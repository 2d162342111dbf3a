package metrics

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) *metav1.Time { return new(metav1.NewTime(noon.Add(d))) }

func newChain(name string) *v1alpha1.OPChain {
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Namespace: "rollups", Name: name}}
	chain.Spec.L2.ChainID, chain.Spec.L2.NetworkName = 901, "my-net"
	return chain
}

func keyOf(chain string) types.NamespacedName {
	return types.NamespacedName{Namespace: "rollups", Name: chain}
}

// everything is a status of which every series follows.
func everything() *v1alpha1.OPChainStatus {
	status := &v1alpha1.OPChainStatus{
		SequencingWindow: &v1alpha1.SequencingWindowStatus{Size: new(int64(3600)), Left: new(int64(900)), EndsAt: after(3 * time.Hour)},
		NextFork:         &v1alpha1.NextForkStatus{Name: "karst", Time: after(48 * time.Hour), ImagesReady: new(false)},
		ComponentStatus: v1alpha1.ComponentStatuses{
			Geth: &v1alpha1.GethStatus{ComponentState: v1alpha1.ComponentState{Ready: new(true)}},
			Node: &v1alpha1.NodeStatus{
				ComponentState: v1alpha1.ComponentState{Ready: new(true)},
				UnsafeHeight:   new(int64(9007199254740993)), SafeHeight: new(int64(1200)), FinalizedHeight: new(int64(0)),
				UnsafeTime: after(-2 * time.Second), SafeTime: after(-11 * time.Hour), FinalizedTime: after(-12 * time.Hour),
			},
			Batcher: &v1alpha1.BatcherStatus{
				ComponentState:      v1alpha1.ComponentState{Ready: new(false)},
				LastBatchSubmission: after(-11 * time.Hour),
				Account:             &v1alpha1.AccountStatus{Balance: "1.25", LastsUntil: after(36 * time.Hour)},
			},
			Proposer: &v1alpha1.ProposerStatus{
				ComponentState: v1alpha1.ComponentState{Ready: new(true)},
				LastProposal:   after(-time.Hour),
				Account:        &v1alpha1.AccountStatus{Balance: "0", LastsUntil: after(-time.Minute)},
			},
		},
	}
	verdicts := []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}
	for i, kind := range append(slices.Clone(conditions), v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled) {
		status.Conditions = append(status.Conditions, metav1.Condition{Type: kind, Status: verdicts[i%3]})
	}
	return status
}

// desk is a Recorder with a registry that holds nothing else.
type desk struct {
	*Recorder
	clock    *clocktesting.FakePassiveClock
	registry *prometheus.Registry
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(noon)
	d := &desk{Recorder: NewRecorder(clock), clock: clock, registry: prometheus.NewPedanticRegistry()}
	if err := d.registry.Register(d.Recorder); err != nil {
		t.Fatal(err)
	}
	return d
}

// scrape gives what Prometheus reads.
func (d *desk) scrape(t testing.TB) string {
	t.Helper()
	families, err := d.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// series are the lines of a chain.
func series(text, chain string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, fmt.Sprintf("chain=%q", chain)) {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

func TestWhatPrometheusReads(t *testing.T) {
	t.Parallel()
	poor := newChain("my-chain")
	poor.Spec.L2.NetworkName = ""
	poor.Spec.Components.Proposer.Enabled = new(false)
	cases := map[string]struct {
		chain  *v1alpha1.OPChain
		status *v1alpha1.OPChainStatus
		view   *observer.View
		want   int // series of the chain
	}{
		"full": {newChain("my-chain"), everything(), &observer.View{Looks: 40, Failures: 3}, MaxSeriesPerChain},
		// Nothing but pods was ever seen, and the proposer was there before.
		"poor": {poor, &v1alpha1.OPChainStatus{
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionUnknown}},
			ComponentStatus: v1alpha1.ComponentStatuses{
				Geth:     &v1alpha1.GethStatus{ComponentState: v1alpha1.ComponentState{Ready: new(true)}},
				Node:     &v1alpha1.NodeStatus{},
				Batcher:  &v1alpha1.BatcherStatus{Account: &v1alpha1.AccountStatus{}},
				Proposer: everything().ComponentStatus.Proposer,
			},
			SequencingWindow: &v1alpha1.SequencingWindowStatus{Size: new(int64(0)), Left: new(int64(0)), EndsAt: &metav1.Time{}},
			NextFork:         &v1alpha1.NextForkStatus{Name: "karst"},
		}, &observer.View{}, 3},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.Record(tc.chain, tc.status, tc.view)
			text := d.scrape(t)
			if got := len(series(text, "my-chain")); got != tc.want {
				t.Errorf("%d series instead of %d", got, tc.want)
			}
			compareGolden(t, name, text)
		})
	}
}

// Of a chain whose components are off only what needs none of them is told.
func TestWhatIsToldWithoutComponents(t *testing.T) {
	t.Parallel()
	const told = `opstack_chain_info{chain="my-chain",chain_id="901",namespace="rollups",network="my-net"} 1`
	verdicts := everything()
	verdicts.Conditions, verdicts.NextFork = verdicts.Conditions[:1], nil
	unjudged := forkOf("karst")
	cases := map[string]struct {
		network string
		status  *v1alpha1.OPChainStatus
		view    *observer.View
		want    []string
	}{
		"nothing":       {status: &v1alpha1.OPChainStatus{}, want: []string{told}},
		"of the past":   {status: verdicts, want: []string{`opstack_chain_condition{chain="my-chain",condition="Ready",namespace="rollups"} 1`, told}},
		"one look":      {status: &v1alpha1.OPChainStatus{}, view: &observer.View{Looks: 1}, want: []string{told, `opstack_chain_poll_failures_total{chain="my-chain",namespace="rollups"} 0`}},
		"images untold": {status: unjudged, want: []string{told, `opstack_chain_next_fork_timestamp_seconds{chain="my-chain",fork="karst",images_ready="unknown",namespace="rollups"} 1.7829108e+09`}},
		"labels to mend": {
			network: "a\xffb\n\"", status: forkOf("\xed\xa0\x80"),
			want: []string{
				`opstack_chain_info{chain="my-chain",chain_id="901",namespace="rollups",network="a�b\n\""} 1`,
				`opstack_chain_next_fork_timestamp_seconds{chain="my-chain",fork="�",images_ready="unknown",namespace="rollups"} 1.7829108e+09`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, chain := newDesk(t), newChain("my-chain")
			c := &chain.Spec.Components
			c.Geth.Enabled, c.Node.Enabled, c.Batcher.Enabled, c.Proposer.Enabled = new(false), new(false), new(false), new(false)
			if tc.network != "" {
				chain.Spec.L2.NetworkName = tc.network
			}
			d.Record(chain, tc.status, tc.view)
			if diff := cmp.Diff(tc.want, series(d.scrape(t), "my-chain")); diff != "" {
				t.Errorf("series (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABalanceThatIsNoNumberIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, balance := range []v1alpha1.Ether{"", "NaN", "Inf", "much"} {
		d, status := newDesk(t), everything()
		status.ComponentStatus.Batcher.Account.Balance = balance
		d.Record(newChain("my-chain"), status, nil)
		if text := d.scrape(t); strings.Count(text, "\nopstack_chain_signer_balance_ether{") != 1 {
			t.Errorf("balance %q:\n%s", balance, text)
		}
	}
}

func forkOf(name string) *v1alpha1.OPChainStatus {
	return &v1alpha1.OPChainStatus{NextFork: &v1alpha1.NextForkStatus{Name: name, Time: after(time.Hour)}}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".prom")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Ages grow and what is left shrinks between two passes, and nothing is ever below nothing left.
func TestTimeGoesOnBetweenTwoPasses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Record(newChain("my-chain"), everything(), nil)
	timed := regexp.MustCompile(`^opstack_chain_(head_lag|\w+_left)_seconds`)
	for _, passed := range []time.Duration{0, 90 * time.Second, 3 * time.Hour, 300 * time.Hour} {
		d.clock.SetTime(noon.Add(passed))
		left := func(all time.Duration) string { return format(max(0, all-passed)) }
		want := []string{
			`opstack_chain_head_lag_seconds{chain="my-chain",head="safe",namespace="rollups"} ` + format(11*time.Hour+passed),
			`opstack_chain_head_lag_seconds{chain="my-chain",head="unsafe",namespace="rollups"} ` + format(2*time.Second+passed),
			`opstack_chain_sequencing_window_left_seconds{chain="my-chain",namespace="rollups"} ` + left(3*time.Hour),
			`opstack_chain_signer_funds_left_seconds{chain="my-chain",namespace="rollups",signer="batcher"} ` + left(36*time.Hour),
			`opstack_chain_signer_funds_left_seconds{chain="my-chain",namespace="rollups",signer="proposer"} 0`,
		}
		got := slices.DeleteFunc(series(d.scrape(t), "my-chain"), func(line string) bool { return !timed.MatchString(line) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", passed, diff)
		}
	}
}

// What is left of the window goes on by the clock where op-node says no more, and not twice where
// the operator counts L1 blocks itself.
func TestWindowDwindles(t *testing.T) {
	t.Parallel()
	window := func(left int64, counted, ends *metav1.Time) *v1alpha1.SequencingWindowStatus {
		return &v1alpha1.SequencingWindowStatus{Size: new(int64(3600)), Left: &left, ObservedAt: counted, EndsAt: ends}
	}
	cases := map[string]struct {
		window *v1alpha1.SequencingWindowStatus
		passed time.Duration
		want   string
	}{
		"just counted":                  {window(1800, after(0), after(6*time.Hour)), 0, "0.5"},
		"half of what was left":         {window(1800, after(0), after(6*time.Hour)), 3 * time.Hour, "0.25"},
		"counted a while ago":           {window(1800, after(-3*time.Hour), after(3*time.Hour)), 0, "0.25"},
		"the end":                       {window(1800, after(0), after(6*time.Hour)), 6 * time.Hour, "0"},
		"long after the end":            {window(1800, after(0), after(6*time.Hour)), 60 * time.Hour, "0"},
		"no block is left":              {window(0, after(0), after(-time.Minute)), 0, "0"},
		"no block, before the end":      {window(0, after(0), after(time.Minute)), 0, "0"},
		"by a clock that was ahead":     {window(1800, after(time.Minute), after(6*time.Hour)), 0, "0.5"},
		"counted by L1 blocks of late":  {window(36, after(10*time.Minute), after(0)), -time.Minute, "0.01"},
		"which came to its end by then": {window(36, after(10*time.Minute), after(0)), 0, "0"},
		"no end is known":               {window(1800, after(0), nil), 3 * time.Hour, "0.5"},
		"no one knows since when":       {window(1800, nil, after(6*time.Hour)), 3 * time.Hour, "0.5"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, status := newDesk(t), everything()
			status.SequencingWindow = tc.window
			d.Record(newChain("my-chain"), status, nil)
			d.clock.SetTime(noon.Add(tc.passed))
			want := `opstack_chain_sequencing_window_left_ratio{chain="my-chain",namespace="rollups"} ` + tc.want
			if got := series(d.scrape(t), "my-chain"); !slices.Contains(got, want) {
				t.Errorf("no %s in\n%s", want, strings.Join(got, "\n"))
			}
		})
	}
}

// format writes seconds as the exposition does.
func format(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', -1, 64) }

func TestSeriesGoWithTheirChain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	empty := d.scrape(t)
	d.Record(newChain("my-chain"), everything(), nil)
	d.Record(newChain("other"), everything(), nil)
	d.Forget(types.NamespacedName{Namespace: "rollups", Name: "never-known"})
	d.Forget(types.NamespacedName{Namespace: "elsewhere", Name: "my-chain"})
	if n, o := len(series(d.scrape(t), "my-chain")), len(series(d.scrape(t), "other")); n != MaxSeriesPerChain-1 || o != n {
		t.Fatalf("%d and %d series of chains that are there", n, o)
	}
	d.Forget(keyOf("other"))
	if left := series(d.scrape(t), "other"); len(left) > 0 {
		t.Errorf("a chain that is gone still has\n%s", left)
	}
	if n := len(series(d.scrape(t), "my-chain")); n != MaxSeriesPerChain-1 {
		t.Errorf("the other one has %d series", n)
	}
	d.Forget(keyOf("my-chain"))
	if diff := cmp.Diff(empty, d.scrape(t)); diff != "" {
		t.Errorf("after the last chain (-want +got):\n%s", diff)
	}
}

// Two values of one label, such as before and after a change of the spec, are two series.
func TestAPassReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	d, chain := newDesk(t), newChain("my-chain")
	d.Record(chain, everything(), &observer.View{Looks: 1})
	chain.Spec.L2.NetworkName = "renamed"
	next := everything()
	next.NextFork = nil
	next.SequencingWindow.Left = new(int64(1800))
	d.Record(chain, next, &observer.View{Looks: 2, Failures: 1})
	text := d.scrape(t)
	if n := len(series(text, "my-chain")); n != MaxSeriesPerChain-1 {
		t.Errorf("%d series", n)
	}
	if strings.Contains(text, "my-net") || !strings.Contains(text, `network="renamed"} 1`) || strings.Contains(text, "karst") ||
		!strings.Contains(text, `left_ratio{chain="my-chain",namespace="rollups"} 0.5`) {
		t.Errorf("not what the last pass saw:\n%s", text)
	}
}

func TestAChainMadeAgainHasOneSet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Record(newChain("my-chain"), everything(), nil)
	again := newChain("my-chain")
	again.UID, again.Spec.L2.ChainID = "another", 902
	d.Record(again, everything(), nil)
	text := d.scrape(t)
	if n := len(series(text, "my-chain")); n != MaxSeriesPerChain-1 || !strings.Contains(text, `chain_id="902"`) {
		t.Errorf("%d series of the chain that was made again:\n%s", n, text)
	}
}

// A Recorder keeps numbers, not what they were read from.
func TestRecordKeepsNothingOfOthers(t *testing.T) {
	t.Parallel()
	d, chain, status := newDesk(t), newChain("my-chain"), everything()
	view := &observer.View{Looks: 1}
	before := status.DeepCopy()
	d.Record(chain, status, view)
	if diff := cmp.Diff(before, status); diff != "" {
		t.Errorf("Record() changed the status (-before +after):\n%s", diff)
	}
	want := d.scrape(t)
	*status.ComponentStatus.Node.UnsafeHeight = 1
	status.ComponentStatus.Node.UnsafeTime.Time = noon.Add(time.Hour)
	status.Conditions[0].Status, view.Failures = metav1.ConditionFalse, 9
	if diff := cmp.Diff(want, d.scrape(t)); diff != "" {
		t.Errorf("the series follow a status that is written to (-want +got):\n%s", diff)
	}
}

func TestTheOperatorsOwnWork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.StatusWritten()
	d.StatusWritten()
	d.Looked(20 * time.Millisecond)
	d.Looked(time.Minute)
	compareGolden(t, "no-chain", d.scrape(t))
}

func TestNoFaultByPrometheusOwnLinter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Record(newChain("my-chain"), everything(), &observer.View{Looks: 1})
	d.Looked(time.Second)
	problems, err := promlint.New(strings.NewReader(d.scrape(t))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}

// Descriptions and series are held to each other, so that what is held to the former holds.
func TestDescriptionsAreWhatIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Record(newChain("my-chain"), everything(), &observer.View{Looks: 1})
	gathered, err := d.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]Description{}
	for _, family := range gathered {
		is := Description{Name: family.GetName(), Help: family.GetHelp(), Type: Type(strings.ToLower(family.GetType().String()))}
		for _, label := range family.GetMetric()[0].GetLabel() {
			is.Labels = append(is.Labels, label.GetName())
		}
		told[is.Name] = is
	}
	described := map[string]Description{}
	for _, is := range Descriptions() {
		slices.Sort(is.Labels) // the exposition has them sorted
		described[is.Name] = is
	}
	if diff := cmp.Diff(told, described); diff != "" {
		t.Errorf("(-told +described):\n%s", diff)
	}
	Descriptions()[0].Labels[0] = "changed"
	if Descriptions()[0].Labels[0] != LabelNamespace {
		t.Error("what one reader writes to the list another reads")
	}
	names := slices.Collect(maps.Keys(described))
	if len(names) != len(families)+2 {
		t.Errorf("%d names", len(names))
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var all sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("chain-%d", i%4)
		all.Go(func() {
			for range 50 {
				d.Record(newChain(name), everything(), &observer.View{Looks: 1})
				d.Looked(time.Second)
				d.StatusWritten()
				d.Forget(keyOf(name))
			}
		})
		all.Go(func() {
			for range 10 {
				if _, err := d.registry.Gather(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if text := d.scrape(t); strings.Contains(text, "chain=") || !strings.Contains(text, "opstack_status_writes_total 400") {
		t.Errorf("after all went:\n%s", text)
	}
}

// BenchmarkScrape reads the series of a thousand chains.
func BenchmarkScrape(b *testing.B) {
	d := newDesk(b)
	registry := prometheus.NewRegistry() // as in the manager
	registry.MustRegister(d.Recorder)
	for i := range 1000 {
		name := fmt.Sprintf("chain-%d", i)
		d.Record(newChain(name), everything(), &observer.View{Looks: 1})
	}
	b.ReportAllocs()
	var size int
	for b.Loop() {
		gathered, err := registry.Gather()
		if err != nil {
			b.Fatal(err)
		}
		var text bytes.Buffer
		for _, family := range gathered {
			if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
				b.Fatal(err)
			}
		}
		size = text.Len()
	}
	b.ReportMetric(float64(size), "bytes/scrape")
}

func BenchmarkRecord(b *testing.B) {
	d, chain, status, view := newDesk(b), newChain("my-chain"), everything(), &observer.View{Looks: 1}
	b.ReportAllocs()
	for b.Loop() {
		d.Record(chain, status, view)
	}
}
