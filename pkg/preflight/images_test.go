package preflight

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

// summer is before the end of support of op-geth and before every fork below.
var summer = time.Date(2025, time.July, 1, 0, 0, 0, 0, time.UTC)

// soon is a fork that most cases schedule.
var soon = time.Date(2025, time.September, 1, 12, 0, 0, 0, time.UTC)

func unix(at time.Time) *uint64 {
	seconds := uint64(at.Unix())
	return &seconds
}

// genesisForks makes forks active at genesis, in order, up to one.
func genesisForks(last string) *rollup.Config {
	c := &rollup.Config{Genesis: rollup.Genesis{L2Time: uint64(summer.Add(-24 * time.Hour).Unix())}}
	for _, fork := range forksOf(c) {
		*fork.time = new(uint64)
		if fork.name == last {
			break
		}
	}
	return c
}

type namedTime struct {
	name string
	time **uint64
}

func forksOf(c *rollup.Config) []namedTime {
	return []namedTime{
		{"regolith", &c.RegolithTime}, {"canyon", &c.CanyonTime}, {"delta", &c.DeltaTime}, {"ecotone", &c.EcotoneTime},
		{"fjord", &c.FjordTime}, {"granite", &c.GraniteTime}, {"holocene", &c.HoloceneTime}, {"isthmus", &c.IsthmusTime},
		{"jovian", &c.JovianTime}, {"karst", &c.KarstTime}, {"lagoon", &c.LagoonTime},
	}
}

// oneFork schedules only one fork.
func oneFork(name string, at *uint64) *rollup.Config {
	c := genesisForks("")
	for _, fork := range forksOf(c) {
		*fork.time = nil
		if fork.name == name {
			*fork.time = at
		}
	}
	return c
}

func off() v1alpha1.ComponentSpec { return v1alpha1.ComponentSpec{Enabled: new(bool)} }

// staged are inputs that a case alters.
type staged struct{ *Inputs }

// stage makes a chain on an L1 that nobody knows, which proposes to dispute games. The images
// are of geth, node, batcher and proposer; those that are empty do not run.
func stage(images ...string) staged {
	chain := &v1alpha1.OPChain{}
	chain.Spec.L1.ChainID = 900
	chain.Spec.L1.ContractAddresses.DisputeGameFactory = "0x0062117262F542fC4d170C1D4ACCD3dC8d92B9aB"
	chain.Spec.L2.RollupConfigSecret = "rollup"
	for i, component := range []*v1alpha1.ComponentSpec{
		&chain.Spec.Components.Geth.ComponentSpec, &chain.Spec.Components.Node.ComponentSpec,
		&chain.Spec.Components.Batcher.ComponentSpec, &chain.Spec.Components.Proposer.ComponentSpec,
	} {
		*component = off()
		if i < len(images) && images[i] != "" {
			*component = v1alpha1.ComponentSpec{Image: images[i]}
		}
	}
	return staged{&Inputs{Chain: chain, Now: summer}}
}

func (in staged) on(l1 int64) staged           { in.Chain.Spec.L1.ChainID = l1; return in }
func (in staged) at(now time.Time) staged      { in.Now = now; return in }
func (in staged) with(c *rollup.Config) staged { in.Rollup = c; return in }
func (in staged) fields(names ...string) staged {
	in.Rollup = &rollup.Config{Fields: names}
	return in
}
func (in staged) notice(d v1alpha1.Duration) staged {
	in.Chain.Spec.Preflight.ForkNotice = d
	return in
}

func (in staged) oracle() staged {
	in.Chain.Spec.L1.ContractAddresses.DisputeGameFactory = ""
	in.Chain.Spec.L1.ContractAddresses.L2OutputOracle = "0x04150C951778777131ceeB4Fbb9B077C4bd6Bab1"
	return in
}

// told gives findings as severity, code and sentence.
func told(found Findings) []string {
	var all []string
	for i := range found {
		all = append(all, fmt.Sprintf("%s %s %s", found[i].Severity, found[i].Code, Sentence(&found[i])))
	}
	return all
}

func TestImages(t *testing.T) {
	t.Parallel()

	const geth, node = "spec.components.geth.image", "spec.components.node.image"
	cases := map[string]struct {
		in   staged
		want []string
	}{
		"go-ethereum": {stage("mirror:5000/ethereum/client-go:v1.13.15"), []string{
			"Error ImageNotOPStack " + geth + ": go-ethereum cannot run as this chain's op-geth, because go-ethereum knows no deposit transactions, so a chain would stay at block 0: use an image of op-geth"}},
		"op-reth": {stage("op-reth:v2.4.2"), []string{
			"Error ImageNotOPStack " + geth + ": op-reth cannot run as this chain's op-geth, because this operator runs op-geth only, and op-reth takes other arguments: use an image of op-geth"}},
		"too old since genesis": {stage("", "op-node:v1.11.2").with(genesisForks("isthmus")), []string{
			"Error ImageTooOld " + node + ": op-node v1.11.2 is too old for a fork in force: isthmus (since genesis): use op-node v1.13.2 or later"}},
		"too old for several": {stage("", "op-node:v1.9.4").with(genesisForks("jovian")), []string{
			"Error ImageTooOld " + node + ": op-node v1.9.4 is too old for a fork in force: holocene (since genesis), isthmus (since genesis), jovian (since genesis): use op-node v1.16.2 or later"}},
		"too old since a date": {stage("", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))).at(soon.Add(time.Hour)), []string{
			"Error ImageTooOld " + node + ": op-node v1.13.7 is too old for a fork in force: jovian (since 2025-09-01T12:00:00Z): use op-node v1.16.2 or later"}},
		"one fork in force and one to come": {stage("", "op-node:v1.11.2").with(func() *rollup.Config {
			c := genesisForks("isthmus")
			c.JovianTime = unix(soon)
			return c
		}()).at(soon.Add(-time.Hour)), []string{
			"Error ImageTooOld " + node + ": op-node v1.11.2 is too old for a fork in force: isthmus (since genesis): use op-node v1.13.2 or later",
			"Warning ImageTooOld " + node + ": op-node v1.11.2 is too old for a fork to come: jovian (from 2025-09-01T12:00:00Z): use op-node v1.16.2 or later before that"}},
		"candidate of the first release that will do": {stage("", "op-node:v1.13.2-rc.1").with(genesisForks("isthmus")), nil},
		"candidate of a release before": {stage("", "op-node:v1.13.1-rc.1").with(oneFork("isthmus", unix(summer))), []string{
			"Error ImageTooOld " + node + ": op-node v1.13.1-rc.1 is too old for a fork in force: isthmus (since 2025-07-01T00:00:00Z): use op-node v1.13.2 or later"}},
		"tag beside a digest is judged": {stage("", "r:5000/op-node:v1.11.2@sha256:00").with(genesisForks("isthmus")), []string{
			"Error ImageTooOld " + node + ": op-node v1.11.2 is too old for a fork in force: isthmus (since genesis): use op-node v1.13.2 or later"}},
		"fork that op-geth never supports": {stage("op-geth:v1.101702.3").with(oneFork("karst", unix(soon))).at(soon), []string{
			"Error ImageTooOld " + geth + ": no version of op-geth supports a fork in force: karst (since 2025-09-01T12:00:00Z): run this chain elsewhere on op-reth, which this operator does not run, or, if it has no blocks yet, make it without the fork"}},
		"fork that op-geth will not support": {stage("op-geth:v1.101702.3").with(oneFork("karst", unix(soon))).at(soon.Add(-time.Hour)), []string{
			"Warning ImageTooOld " + geth + ": no version of op-geth supports a fork to come: karst (from 2025-09-01T12:00:00Z): put the fork off, in rollup.json and in the genesis, or move this chain before that to op-reth, which this operator does not run"}},
		"op-geth by digest, and a fork that none supports": {stage("op-geth@sha256:00").with(oneFork("karst", new(uint64))), []string{
			"Error ImageTooOld " + geth + ": no version of op-geth supports a fork in force: karst (since genesis): run this chain elsewhere on op-reth, which this operator does not run, or, if it has no blocks yet, make it without the fork",
			"Unknown ImageVersionUnknown " + geth + ": without a tag an image does not tell which version of op-geth it is: call the image op-geth and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},
		"fork of L1": {stage("", "op-node:v1.11.2", "op-batcher:v1.11.4").on(1), []string{
			"Error ImageTooOld " + node + ": op-node v1.11.2 is too old for a fork in force: pectra of L1 (since 2025-05-07T10:05:11Z): use op-node v1.12.0 or later",
			"Error ImageTooOld spec.components.batcher.image: op-batcher v1.11.4 is too old for a fork in force: pectra of L1 (since 2025-05-07T10:05:11Z): use op-batcher v1.11.5 or later"}},
		"fork of L1 to come": {stage("", "op-node:v1.19.4").on(11155111).at(time.Date(2026, time.October, 1, 0, 0, 0, 0, time.UTC)), []string{
			"Warning ImageTooOld " + node + ": op-node v1.19.4 is too old for a fork to come: glamsterdam of L1 (from 2026-10-06T13:53:36Z): use op-node v1.19.5 or later before that"}},
		"rollup's fork asks for more than L1's": {stage("", "op-node:v1.11.2").on(1).with(genesisForks("isthmus")), []string{
			"Error ImageTooOld " + node + ": op-node v1.11.2 is too old for a fork in force: isthmus (since genesis), pectra of L1 (since 2025-05-07T10:05:11Z): use op-node v1.13.2 or later"}},
		"fork of another L1":      {stage("", "op-node:v1.9.4").on(900), nil},
		"without a rollup config": {stage("op-geth:v1.101200.0", "op-node:v1.0.0", "op-batcher:v1.0.0", "op-proposer:v1.10.0"), nil},
		"not enabled":             {stage("", "", "", ""), nil},
		"fork after year 9999":    {stage("op-geth:v1.101702.3").with(oneFork("karst", func() *uint64 { v := ^uint64(0); return &v }())), nil},

		"unknown by digest": {stage("", "r:5000/op-node@sha256:00"), []string{
			"Unknown ImageVersionUnknown " + node + ": without a tag an image does not tell which version of op-node it is: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},
		"unknown tag": {stage("", "mirror/op-node:develop").with(genesisForks("lagoon")), []string{
			"Unknown ImageVersionUnknown " + node + ": tag \"develop\" is no version of op-node: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},
		"unknown name with a version": {stage("", "mirror:5000/consensus:v1.9.4").with(genesisForks("isthmus")), []string{
			"Unknown ImageVersionUnknown " + node + ": an image called \"mirror:5000/consensus\" does not tell which version of op-node it is: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},
		"no tag at all": {stage("", "r:5000/op-node"), []string{
			"Unknown ImageVersionUnknown " + node + ": without a tag an image does not tell which version of op-node it is: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},

		"last day of support": {stage("op-geth:v1.101702.3").at(time.Date(2026, time.May, 31, 23, 59, 59, 0, time.UTC)), nil},
		"support has ended": {stage("op-geth:v1.101702.3").at(time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)), []string{
			"Warning ImageEndOfSupport " + geth + ": upstream supported op-geth until 2026-05-31, and replaced it with op-reth: use its last release and expect no more fixes: this operator does not run op-reth"}},
		"support of another program": {stage("celo-geth:v1.101702.3").at(time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)), []string{
			"Unknown ImageVersionUnknown " + geth + ": an image called \"celo-geth\" does not tell which version of op-geth it is: call the image op-geth and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, told(images(tc.in.Inputs))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// Each fork stops a component that is too old for it, and none that is not.
func TestImagesByFork(t *testing.T) {
	t.Parallel()

	cases := map[string]struct {
		old  staged // empty where every version will do
		new  staged
		want string // the fields of old
	}{
		"regolith": {staged{}, stage("op-geth:v1.101200.0", "op-node:v1.0.0", "op-batcher:v1.0.0", "op-proposer:v1.10.0"), ""},
		"canyon":   {stage("op-geth:v1.101200.1", "op-node:v1.1.6"), stage("op-geth:v1.101304.2", "op-node:v1.3.0"), "geth node"},
		"delta":    {stage("op-geth:v1.101200.1", "op-node:v1.2.0"), stage("op-geth:v1.101200.1", "op-node:v1.4.0"), "node"},
		"ecotone":  {stage("op-geth:v1.101304.2", "op-node:v1.4.3"), stage("op-geth:v1.101308.0", "op-node:v1.7.0"), "geth node"},
		"fjord":    {stage("op-geth:v1.101308.3", "op-node:v1.7.3"), stage("op-geth:v1.101315.1", "op-node:v1.7.7"), "geth node"},
		"granite":  {stage("op-geth:v1.101311.0", "op-node:v1.8.0"), stage("op-geth:v1.101408.0", "op-node:v1.9.1"), "geth node"},
		"holocene": {stage("op-geth:v1.101411.3", "op-node:v1.10.1"), stage("op-geth:v1.101411.4", "op-node:v1.10.2"), "geth node"},
		"isthmus":  {stage("op-geth:v1.101503.3", "op-node:v1.13.1", "op-batcher:v1.11.5"), stage("op-geth:v1.101503.4", "op-node:v1.13.2", "op-batcher:v1.12.0"), "geth node batcher"},
		"jovian":   {stage("op-geth:v1.101603.4", "op-node:v1.16.1", "op-batcher:v1.16.1"), stage("op-geth:v1.101603.5", "op-node:v1.16.2", "op-batcher:v1.16.2"), "geth node batcher"},
		"karst":    {stage("op-geth:v1.101702.3", "op-node:v1.19.0", "op-batcher:v1.16.2"), stage("", "op-node:v1.19.1", "op-batcher:v1.16.2"), "geth node"},
		"lagoon":   {stage("op-geth:v1.101702.3", "op-node:v1.19.0", "op-batcher:v1.16.2"), stage("", "op-node:v1.19.6", "op-batcher:v1.16.2"), "geth node"},
	}
	for _, fork := range new(rollup.Config).Forks() {
		if _, ok := cases[fork.Name]; !ok {
			t.Errorf("fork %s has no case", fork.Name)
		}
	}
	for fork, tc := range cases {
		t.Run(fork, func(t *testing.T) {
			t.Parallel()
			if found := images(tc.new.with(oneFork(fork, new(uint64))).Inputs); len(found) > 0 {
				t.Errorf("stops what is new enough: %s", found)
			}
			if tc.old.Inputs == nil {
				return
			}
			var fields []string
			for _, f := range images(tc.old.with(oneFork(fork, new(uint64))).Inputs) {
				if f.Code != v1alpha1.CodeImageTooOld || f.Severity != v1alpha1.SeverityError || !strings.Contains(f.Message, fork+" (since genesis)") {
					t.Errorf("finds %s %s", f.Severity, Sentence(&f))
				}
				fields = append(fields, strings.Split(f.Field, ".")[2])
			}
			if got := strings.Join(fields, " "); got != tc.want {
				t.Errorf("stops %q, want %q", got, tc.want)
			}
		})
	}
}

func TestForkNotice(t *testing.T) {
	t.Parallel()

	const defaults = 336 * time.Hour
	cases := map[string]struct {
		notice v1alpha1.Duration
		before time.Duration // the fork is this far away
		want   v1alpha1.FindingSeverity
	}{
		"a second before the notice":   {"", defaults + time.Second, ""},
		"as the notice begins":         {"", defaults, v1alpha1.SeverityWarning},
		"a second into the notice":     {"", defaults - time.Second, v1alpha1.SeverityWarning},
		"a nanosecond before the fork": {"", 1, v1alpha1.SeverityWarning},
		"a second before the fork":     {"", time.Second, v1alpha1.SeverityWarning},
		"as the fork comes":            {"", 0, v1alpha1.SeverityError},
		"a second after the fork":      {"", -time.Second, v1alpha1.SeverityError},
		"a second before a short one":  {"1h30m", 90*time.Minute + time.Second, ""},
		"as a short one begins":        {"1h30m", 90 * time.Minute, v1alpha1.SeverityWarning},
		"a second before a long one":   {"8760h", 8760*time.Hour + time.Second, ""},
		"as a long one begins":         {"8760h", 8760 * time.Hour, v1alpha1.SeverityWarning},
		"no duration":                  {"soon", defaults, v1alpha1.SeverityWarning},
		"before one that is none":      {"soon", defaults + time.Second, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for image, fork := range map[string]string{"op-node:v1.13.7": "jovian", "op-node:v1.19.0": "karst"} {
				in := stage("", image).with(oneFork(fork, unix(soon))).notice(tc.notice).at(soon.Add(-tc.before))
				var got v1alpha1.FindingSeverity
				if found := images(in.Inputs); len(found) > 0 {
					got = found[0].Severity
				}
				if got != tc.want {
					t.Errorf("%s: %q, want %q", fork, got, tc.want)
				}
			}
		})
	}
}

func TestProposerUnsuited(t *testing.T) {
	t.Parallel()

	const place = "spec.components.proposer.image: "
	cases := map[string]struct {
		in   staged
		want []string
	}{
		"oracle with upstream's last release": {stage("", "", "", "op-proposer:v1.10.0").oracle(), nil},
		"oracle with the tree of v1.13.7":     {stage("", "", "", "op-proposer:v1.13.7").oracle(), nil},
		"oracle with the tree of v1.14.3":     {stage("", "", "", "op-proposer:v1.14.3").oracle(), nil},
		"oracle with a number of two meanings": {stage("", "", "", "op-proposer:v1.16.3").oracle(), []string{
			"Unknown ProposerUnsuited " + place + "whether op-proposer v1.16.3 can propose to an L2OutputOracle depends on what it was made from: use op-proposer v1.14.3 or earlier, to be sure"}},
		"oracle, dropped": {stage("", "", "", "op-proposer:v1.19.6").oracle(), []string{
			"Error ProposerUnsuited " + place + "op-proposer v1.19.6 cannot propose to an L2OutputOracle: use op-proposer v1.14.3 or earlier"}},
		"oracle, just dropped": {stage("", "", "", "op-proposer:v1.16.10").oracle(), []string{
			"Error ProposerUnsuited " + place + "op-proposer v1.16.10 cannot propose to an L2OutputOracle: use op-proposer v1.14.3 or earlier"}},
		"games":                          {stage("", "", "", "op-proposer:v1.19.6"), nil},
		"games with upstream's releases": {stage("", "", "", "op-proposer:v1.16.3"), nil},
		"games with the tree of v1.13.7": {stage("", "", "", "op-proposer:v1.13.7"), nil},
		"games, not yet": {stage("", "", "", "op-proposer:v1.4.0"), []string{
			"Error ProposerUnsuited " + place + "op-proposer v1.4.0 cannot propose to a DisputeGameFactory: use op-proposer v1.7.3 or later"}},
		"games, perhaps": {stage("", "", "", "op-proposer:v1.6.0"), []string{
			"Unknown ProposerUnsuited " + place + "whether op-proposer v1.6.0 can propose to a DisputeGameFactory depends on what it was made from: use op-proposer v1.7.3 or later, to be sure"}},
		"oracle and no version": {stage("", "", "", "op-proposer@sha256:00").oracle(), []string{
			"Unknown ImageVersionUnknown " + place + "without a tag an image does not tell which version of op-proposer it is: call the image op-proposer and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, told(images(tc.in.Inputs))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRollupFields(t *testing.T) {
	t.Parallel()

	const place = `Secret rollup, key "rollup.json": `
	cases := map[string]struct {
		in   staged
		want []string
	}{
		"field that op-node is too old for": {stage("", "op-node:v1.13.7").fields("genesis", "karst_time"), []string{
			"Error RollupFieldUnsupported " + place + `op-node v1.13.7 refuses fields that it does not know: "karst_time": use op-node v1.16.10 or later`}},
		"fields that op-node is too old for": {stage("", "op-node:v1.9.4").fields("chain_op_config", "isthmus_time", "jovian_time"), []string{
			"Error RollupFieldUnsupported " + place + `op-node v1.9.4 refuses fields that it does not know: "chain_op_config", "isthmus_time", "jovian_time": use op-node v1.13.7 or later`}},
		"field that was dropped": {stage("", "op-node:v1.13.7").fields("use_plasma"), []string{
			"Error RollupFieldUnsupported " + place + `op-node v1.13.7 refuses fields that it does not know: "use_plasma": take them out, or use op-node v1.17.0 or later, which passes over them`}},
		"field of nobody, strict op-node": {stage("", "op-node:v1.13.7").fields("fjrod_time", "karst_time"), []string{
			"Error RollupFieldUnsupported " + place + `op-node v1.13.7 refuses fields that it does not know: "fjrod_time", "karst_time": take them out, or use op-node v1.17.0 or later, which passes over them`}},
		"field of nobody, lenient op-node": {stage("", "op-node:v1.19.6").fields("fjrod_time"), []string{
			"Warning RollupFieldUnknown " + place + `no op-node is known to heed "fjrod_time": correct the spelling, or take out what is not for op-node`}},
		"field of nobody, old lenient op-node": {stage("", "op-node:v1.7.3").fields("fjrod_time"), []string{
			"Warning RollupFieldUnknown " + place + `no op-node is known to heed "fjrod_time": correct the spelling, or take out what is not for op-node`}},
		"field of nobody, op-node of no version": {stage("", "op-node@sha256:00").fields("fjrod_time"), []string{
			"Unknown ImageVersionUnknown spec.components.node.image: without a tag an image does not tell which version of op-node it is: call the image op-node and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1",
			"Warning RollupFieldUnknown " + place + `no op-node is known to heed "fjrod_time": correct the spelling, or take out what is not for op-node`}},
		"first lenient release": {stage("", "op-node:v1.17.0").fields("lagoon_time"), nil},
		"its candidate":         {stage("", "op-node:v1.17.0-rc.1").fields("lagoon_time"), nil},
		"last strict release":   {stage("", "op-node:v1.16.13").fields("lagoon_time"), nil},
		"read strict release": {stage("", "op-node:v1.16.10").fields("lagoon_time"), []string{
			"Error RollupFieldUnsupported " + place + `op-node v1.16.10 refuses fields that it does not know: "lagoon_time": use op-node v1.19.6 or later`}},
		"field of uncertain age":              {stage("", "op-node:v1.13.2").fields("jovian_time"), nil},
		"op-node of uncertain strictness":     {stage("", "op-node:v1.8.0").fields("isthmus_time"), nil},
		"old field, op-node that passes over": {stage("", "op-node:v1.19.6").fields("protocol_versions_address", "interop_time"), nil},
		"no op-node":                          {stage("op-geth:v1.101702.3").fields("fjrod_time"), nil},
		"hostile fields": {stage("", "op-node:v1.19.6").fields("\x00\n\u202e", "a"+strings.Repeat("é", 1000), "c", "d", "e", "f", "g"), []string{
			"Warning RollupFieldUnknown " + place + `no op-node is known to heed "\x00\n\u202e", "a` + strings.Repeat(`\u00e9`, 19) + `"…, "c", "d", "e" and 2 more: correct the spelling, or take out what is not for op-node`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, told(images(tc.in.Inputs))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// What others wrote never makes a finding that the API server would refuse.
func TestFindingsFit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\x00", 4096)
	in := stage(long+":v1", long+":"+long, "op-batcher:"+long, "op-proposer:v1.4.0-"+long).fields(long, long+"b", long+"c", long+"d", long+"e", long+"f")
	all := images(in.Inputs)
	old := stage("op-geth:v1.100000.0-"+strings.Repeat("a", 64), "op-node:v0.0.0-"+strings.Repeat("a", 64), "op-batcher:v0.0.0").on(11155111).with(genesisForks("lagoon"))
	old.Rollup.Fields = in.Rollup.Fields
	all = slices.Concat(all, images(old.at(time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)).Inputs))
	if len(all) < 8 {
		t.Fatalf("finds only %d: %s", len(all), all)
	}
	for _, f := range all {
		if len(f.Message) > 1024 || len(f.Cure) > 1024 || f.Message == "" || f.Cure == "" {
			t.Errorf("does not fit (%d, %d): %s", len(f.Message), len(f.Cure), Sentence(&f))
		}
		if !utf8.ValidString(f.Message) || strings.ContainsFunc(f.Message, func(r rune) bool { return r < ' ' }) {
			t.Errorf("is not printable: %q", f.Message)
		}
	}
}

func TestNextChange(t *testing.T) {
	t.Parallel()

	notice := soon.Add(-defaultForkNotice)
	ends := time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		in   staged
		want time.Time
	}{
		"nothing to wait for":           {stage("", "op-node:v1.19.6").with(genesisForks("jovian")), time.Time{}},
		"fork far off":                  {stage("", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))), notice},
		"a second before the notice":    {stage("", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))).at(notice.Add(-time.Second)), notice},
		"as the notice begins":          {stage("", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))).at(notice), soon},
		"as the fork comes":             {stage("", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))).at(soon), time.Time{}},
		"fork that no op-geth supports": {stage("op-geth@sha256:00").with(oneFork("karst", unix(soon))), notice},
		"fork that is supported":        {stage("", "op-node:v1.16.2").with(oneFork("jovian", unix(soon))), time.Time{}},
		"notice of its own":             {stage("", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))).notice("24h"), soon.Add(-24 * time.Hour)},
		"earliest of several":           {stage("op-geth:v1.101603.5", "op-node:v1.13.7").with(oneFork("jovian", unix(soon))), notice},
		"end of support":                {stage("op-geth:v1.101702.3"), ends},
		"after the end of support":      {stage("op-geth:v1.101702.3").at(ends), time.Time{}},
		"no version, no fork":           {stage("", "op-node@sha256:00").with(oneFork("jovian", unix(soon))), time.Time{}},
		"foreign program":               {stage("geth:v1.13.15").with(oneFork("karst", unix(soon))), time.Time{}},
		"since genesis":                 {stage("", "op-node:v1.11.2").with(genesisForks("isthmus")), time.Time{}},
		"fork of L1":                    {stage("", "op-node:v1.13.7").on(1), time.Date(2025, time.November, 19, 21, 49, 11, 0, time.UTC)},
		"without a rollup config":       {stage("", "op-node:v1.13.7"), time.Time{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := NextChange(tc.in.Inputs); !got.Equal(tc.want) {
				t.Errorf("NextChange = %v, want %v", got, tc.want)
			}
		})
	}
}

// The judgement is the same from one change to just before the next, and another from the next on.
func TestNextChangeIsWhereTheJudgementChanges(t *testing.T) {
	t.Parallel()
	c := genesisForks("isthmus")
	c.JovianTime, c.KarstTime = unix(soon), unix(soon.AddDate(0, 1, 0))
	in := stage("op-geth:v1.101503.4", "op-node:v1.13.2", "op-batcher:v1.12.0", "op-proposer:v1.13.7").on(11155111).with(c)
	var changes int
	for next := NextChange(in.Inputs); !next.IsZero(); next = NextChange(in.Inputs) {
		now := told(images(in.Inputs))
		if diff := cmp.Diff(now, told(images(in.at(next.Add(-time.Nanosecond)).Inputs))); diff != "" {
			t.Errorf("changes before %v:\n%s", next, diff)
		}
		if diff := cmp.Diff(now, told(images(in.at(next).Inputs))); diff == "" {
			t.Errorf("does not change at %v", next)
		}
		if changes++; changes > 20 {
			t.Fatal("never comes to an end")
		}
	}
	// Notice and fork of jovian, karst, fusaka and glamsterdam, and the end of op-geth's support.
	if changes != 9 {
		t.Errorf("%d changes, want 9", changes)
	}
}

// The chains of this repository can run.
func TestSamplesHaveNoErrors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"opchain.yaml", "opchain-output-oracle.yaml", "opchain-replica.yaml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile("../../config/samples/" + name)
			if err != nil {
				t.Fatal(err)
			}
			chain := &v1alpha1.OPChain{}
			if err := yaml.UnmarshalStrict(content, chain); err != nil {
				t.Fatal(err)
			}
			in := &Inputs{Chain: chain, Rollup: genesisForks("isthmus"), Now: time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)}
			in.Rollup.Fields = []string{
				"batch_inbox_address", "block_time", "canyon_time", "chain_op_config", "channel_timeout", "delta_time", "deposit_contract_address",
				"ecotone_time", "fjord_time", "genesis", "granite_time", "holocene_time", "isthmus_time", "l1_chain_id", "l1_system_config_address",
				"l2_chain_id", "max_sequencer_drift", "regolith_time", "seq_window_size",
			}
			want := []string{"Warning ImageEndOfSupport spec.components.geth.image: upstream supported op-geth until 2026-05-31, and replaced it with op-reth: use its last release and expect no more fixes: this operator does not run op-reth"}
			if diff := cmp.Diff(want, told(images(in))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIgnoredImageIsAWarning(t *testing.T) {
	t.Parallel()
	in := stage("", "op-node:v1.11.2").with(genesisForks("isthmus"))
	in.Chain.Spec.Preflight.Ignore = []v1alpha1.FindingCode{v1alpha1.CodeImageTooOld}
	for _, f := range Check(in.Inputs) {
		if f.Code == v1alpha1.CodeImageTooOld && f.Severity == v1alpha1.SeverityWarning {
			return
		}
	}
	t.Errorf("finds %s", Check(in.Inputs))
}
