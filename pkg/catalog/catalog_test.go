package catalog

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/params"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

func TestParse(t *testing.T) {
	t.Parallel()

	digest := "sha256:" + strings.Repeat("0a", 32)
	cases := map[string]struct {
		reference string
		want      Image
	}{
		"tag":                    {"op-node:v1.19.6", Image{Name: "op-node", Tag: "v1.19.6"}},
		"registry and folders":   {"registry.example.com/a/b/op-node:v1.19.6", Image{Name: "registry.example.com/a/b/op-node", Tag: "v1.19.6"}},
		"port and tag":           {"registry.example.com:5000/op-node:v1.19.6", Image{Name: "registry.example.com:5000/op-node", Tag: "v1.19.6"}},
		"port and no tag":        {"registry.example.com:5000/op-node", Image{Name: "registry.example.com:5000/op-node"}},
		"digest":                 {"op-node@" + digest, Image{Name: "op-node", Digest: digest}},
		"tag and digest":         {"op-node:v1.19.6@" + digest, Image{Name: "op-node", Tag: "v1.19.6", Digest: digest}},
		"port, tag and digest":   {"r:5000/op-node:v1@" + digest, Image{Name: "r:5000/op-node", Tag: "v1", Digest: digest}},
		"port, digest, no tag":   {"r:5000/op-node@" + digest, Image{Name: "r:5000/op-node", Digest: digest}},
		"name alone":             {"op-node", Image{Name: "op-node"}},
		"nothing":                {"", Image{}},
		"colon at the end":       {"op-node:", Image{Name: "op-node"}},
		"slash at the end":       {"r:5000/", Image{Name: "r:5000/"}},
		"digest of another kind": {"op-node@sha512:00", Image{Name: "op-node", Digest: "sha512:00"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, Parse(tc.reference)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tc.reference, diff)
			}
		})
	}
}

// Nothing of a reference gets lost, and no part holds what separates the parts.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a", "a:b", "a:1/b", "a:1/b:c@d:e", "@", ":", "/", "a:@b", "a@b@c", "a:b/c:d:e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, reference string) {
		image := Parse(reference)
		whole := image.Name
		if rest := strings.TrimPrefix(reference, whole); strings.HasPrefix(rest, ":") {
			whole += ":" + image.Tag
		}
		if strings.Contains(reference, "@") {
			whole += "@" + image.Digest
		}
		if whole != reference {
			t.Errorf("Parse(%q) = %+v, which makes %q", reference, image, whole)
		}
		if strings.ContainsAny(image.Tag, ":/@") || strings.Contains(image.Name, "@") {
			t.Errorf("Parse(%q) = %+v: a part holds a separator", reference, image)
		}
		for _, component := range Components() {
			if version, ok := VersionOf(component, image); ok && (version.IsZero() || !strings.HasPrefix(version.String(), "v")) {
				t.Errorf("VersionOf(%s, %+v) = %q", component, image, version)
			}
		}
	})
}

func TestVersionOf(t *testing.T) {
	t.Parallel()

	cases := map[string]struct {
		component Component
		image     string
		want      string // empty where it cannot be told
	}{
		"upstream's op-node":              {Node, "us-docker.example.dev/oplabs-tools-artifacts/images/op-node:v1.19.6", "v1.19.6"},
		"upstream's other folder":         {Node, "us-docker.example.dev/oplabs-tools-artifacts/images/nexus/op-node:v1.19.6", "v1.19.6"},
		"mirror with a port":              {Node, "mirror:5000/op-node:v1.13.7", "v1.13.7"},
		"candidate":                       {Node, "op-node:v1.13.2-rc.1", "v1.13.2-rc.1"},
		"suffix of a builder":             {Node, "op-node:v1.13.2-amd64", "v1.13.2-amd64"},
		"without v":                       {Node, "op-node:1.13.2", "v1.13.2"},
		"tag beside a digest":             {Batcher, "op-batcher:v1.16.2@sha256:00", "v1.16.2"},
		"op-geth counts by geth":          {Geth, "op-geth:v1.101702.3", "v1.101702.3"},
		"op-geth's candidate":             {Geth, "op-geth:v1.101702.3-rc.7", "v1.101702.3-rc.7"},
		"op-proposer":                     {Proposer, "op-proposer:v1.10.0", "v1.10.0"},
		"digest alone":                    {Node, "op-node@sha256:00", ""},
		"no tag":                          {Node, "op-node", ""},
		"branch":                          {Node, "op-node:develop", ""},
		"commit":                          {Node, "op-node:6a5f2b1", ""},
		"two numbers":                     {Node, "op-node:v1.19", ""},
		"four numbers":                    {Node, "op-node:v1.19.6.1", ""},
		"leading zero":                    {Node, "op-node:v1.09.6", ""},
		"empty suffix":                    {Node, "op-node:v1.19.6-", ""},
		"name of a fork of the code":      {Node, "op-node:celo-v2.1.0", ""},
		"mirrored under another name":     {Node, "mirror/optimism-op-node:v1.19.6", ""},
		"name within a word":              {Node, "mirror/my-op-node:v1.19.6", ""},
		"other component":                 {Node, "op-batcher:v1.16.2", ""},
		"op-geth by op-node's numbers":    {Geth, "op-geth:v1.19.6", ""},
		"op-geth by upstream's numbers":   {Geth, "op-geth:v1.13.15", ""},
		"op-node by op-geth's numbers":    {Node, "op-node:v1.101702.3", ""},
		"number that no counter can hold": {Node, "op-node:v99999999999999999999.1.1", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := VersionOf(tc.component, Parse(tc.image))
			if got.String() != tc.want || ok != (tc.want != "") || got.IsZero() == ok {
				t.Errorf("VersionOf(%s, %s) = %q, %v, want %q", tc.component, tc.image, got, ok, tc.want)
			}
		})
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()

	cases := map[string]struct{ image, want string }{
		"go-ethereum":                       {"ethereum/client-go:v1.13.15", "go-ethereum"},
		"go-ethereum, whatever the tag":     {"ethereum/client-go:stable", "go-ethereum"},
		"go-ethereum by digest":             {"ethereum/client-go@sha256:00", "go-ethereum"},
		"go-ethereum of any registry":       {"registry.example.com:5000/mirror/ethereum/client-go:v1.16.1", "go-ethereum"},
		"go-ethereum called geth":           {"registry.example.com/geth:v1.13.15", "go-ethereum"},
		"go-ethereum called geth, unstable": {"geth:1.17.10-unstable", "go-ethereum"},
		"op-reth":                           {"example.com/images/op-reth:v2.4.2", "op-reth"},
		"op-geth called geth":               {"registry.example.com/geth:v1.101702.3", ""},
		"something called geth":             {"geth:main", ""},
		"op-geth":                           {"op-geth:v1.101702.3", ""},
		"op-node":                           {"op-node:v1.19.6", ""},
		"name within a word":                {"my-client-go:v1.13.15", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, reason, ok := Foreign(Parse(tc.image))
			if got != tc.want || ok != (tc.want != "") || ok != (reason != "") {
				t.Errorf("Foreign(%s) = %q, %q, %v, want %q", tc.image, got, reason, ok, tc.want)
			}
		})
	}
}

func at(t *testing.T, text string) Version {
	t.Helper()
	v, err := ParseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The row of each fork and component: the newest version that is too old and the oldest that is
// not. It is written down twice on purpose: here from upstream's notices.
func TestSupports(t *testing.T) {
	t.Parallel()

	cases := map[string]map[Component][2]string{
		"regolith":    {Geth: {"", "v1.101200.0"}, Node: {"", "v1.0.0"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"canyon":      {Geth: {"v1.101200.1", "v1.101301.0"}, Node: {"v1.1.6", "v1.2.0"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"delta":       {Geth: {"", "v1.101200.0"}, Node: {"v1.2.9", "v1.3.0"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"ecotone":     {Geth: {"v1.101304.2", "v1.101305.0"}, Node: {"v1.4.3", "v1.5.0-rc.3"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"fjord":       {Geth: {"v1.101308.3", "v1.101311.0"}, Node: {"v1.7.3", "v1.7.7"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"granite":     {Geth: {"v1.101311.0", "v1.101408.0"}, Node: {"v1.8.0", "v1.9.1"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"holocene":    {Geth: {"v1.101411.3", "v1.101411.4"}, Node: {"v1.10.1", "v1.10.2"}, Batcher: {"", "v1.0.0"}, Proposer: {"", "v1.0.0"}},
		"isthmus":     {Geth: {"v1.101503.3", "v1.101503.4"}, Node: {"v1.13.1", "v1.13.2"}, Batcher: {"v1.11.9", "v1.12.0"}, Proposer: {"", "v1.0.0"}},
		"jovian":      {Geth: {"v1.101603.4", "v1.101603.5"}, Node: {"v1.16.1", "v1.16.2"}, Batcher: {"v1.16.1", "v1.16.2"}, Proposer: {"", "v1.0.0"}},
		"karst":       {Geth: {"v1.101702.3-rc.7", ""}, Node: {"v1.19.0", "v1.19.1"}, Batcher: {"", "v1.16.2"}, Proposer: {"", "v1.16.3"}},
		"lagoon":      {Geth: {"v1.199999.9", ""}, Node: {"v1.19.0", "v1.19.6"}, Batcher: {"", "v1.16.2"}, Proposer: {"", "v1.16.3"}},
		"pectra":      {Geth: {"", "v1.101308.0"}, Node: {"v1.11.2", "v1.12.0"}, Batcher: {"v1.11.4", "v1.11.5"}, Proposer: {"", "v1.7.7"}},
		"fusaka":      {Geth: {"", "v1.101308.0"}, Node: {"v1.16.1", "v1.16.2"}, Batcher: {"v1.16.1", "v1.16.2"}, Proposer: {"", "v1.7.7"}},
		"glamsterdam": {Geth: {"", "v1.101308.0"}, Node: {"v1.19.4", "v1.19.5"}, Batcher: {"", "v1.16.2"}, Proposer: {"", "v1.7.7"}},
	}
	for _, f := range slices.Concat(facts.RollupForks, facts.L1Forks) {
		if _, ok := cases[f.Name]; !ok {
			t.Errorf("fork %s has no case", f.Name)
		}
	}
	for fork, rows := range cases {
		t.Run(fork, func(t *testing.T) {
			t.Parallel()
			for _, component := range Components() {
				old, young := rows[component][0], rows[component][1]
				if old == "" && young == "" {
					t.Fatalf("%s has no case", component)
				}
				if old != "" {
					if ok, _ := Supports(component, at(t, old), fork); ok {
						t.Errorf("%s %s supports %s", component, old, fork)
					}
				}
				if young != "" {
					if ok, lowest := Supports(component, at(t, young), fork); !ok {
						t.Errorf("%s %s does not support %s: %s or later does", component, young, fork, lowest.Version())
					}
				}
				if ok, lowest := Supports(component, Version{}, fork); ok == lowest.Never() {
					t.Errorf("%s of no known version: %v", component, ok)
				}
			}
		})
	}
	if ok, _ := Supports(Node, at(t, "v0.0.1"), "futurama"); !ok {
		t.Error("refuses a fork that is not in the catalogue")
	}
}

func TestCandidateCountsAsRelease(t *testing.T) {
	t.Parallel()
	if ok, _ := Supports(Node, at(t, "v1.13.2-rc.1"), "isthmus"); !ok {
		t.Error("refuses the candidate of the release that supports Isthmus")
	}
	if ok, _ := Supports(Node, at(t, "v1.13.1-rc.9"), "isthmus"); ok {
		t.Error("admits the candidate of a release that lacks Isthmus")
	}
}

func TestLowestAbove(t *testing.T) {
	t.Parallel()
	ascending := []Lowest{{}, {version: at(t, "v1.9.9")}, {version: at(t, "v1.10.0")}, {never: true}}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := a.Above(b); got != (i > j) {
				t.Errorf("%+v above %+v: %v", a, b, got)
			}
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()

	v := func(text string) Version { return at(t, text) }
	cases := map[string]struct {
		span Span
		want map[string]Presence
	}{
		"always": {Span{}, map[string]Presence{"v0.1.0": Present, "v9.0.0": Present}},
		"added": {Span{AbsentTo: v("v1.2.0"), From: v("v1.4.0")}, map[string]Presence{
			"v1.2.0": Absent, "v1.2.1": Uncertain, "v1.3.9": Uncertain, "v1.4.0-rc.1": Present, "v1.4.0": Present, "v9.0.0": Present}},
		"dropped": {Span{To: v("v1.2.0"), AbsentFrom: v("v1.4.0")}, map[string]Presence{
			"v0.1.0": Present, "v1.2.0": Present, "v1.2.1": Uncertain, "v1.3.9": Uncertain, "v1.4.0": Absent, "v9.0.0": Absent}},
		"added and dropped": {Span{AbsentTo: v("v1.2.0"), From: v("v1.4.0"), To: v("v1.5.0"), AbsentFrom: v("v1.7.0")}, map[string]Presence{
			"v1.2.0": Absent, "v1.3.0": Uncertain, "v1.4.0": Present, "v1.5.0": Present, "v1.6.0": Uncertain, "v1.7.0": Absent}},
		"never seen": {Span{AbsentTo: v("v1.2.0"), AbsentFrom: v("v1.4.0")}, map[string]Presence{
			"v1.2.0": Absent, "v1.3.0": Uncertain, "v1.4.0": Absent}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for text, want := range tc.want {
				if got := tc.span.Has(at(t, text)); got != want {
					t.Errorf("%s: %v, want %v", text, got, want)
				}
			}
		})
	}
}

func TestSpanNext(t *testing.T) {
	t.Parallel()
	added := Span{AbsentTo: at(t, "v1.2.0"), From: at(t, "v1.4.0"), To: at(t, "v1.5.0"), AbsentFrom: at(t, "v1.7.0")}
	cases := map[string]struct {
		span    Span
		version string
		want    string
	}{
		"before":  {added, "v1.2.0", "v1.4.0"},
		"since":   {added, "v1.4.0", ""},
		"dropped": {added, "v1.8.0", ""},
		"always":  {Span{To: at(t, "v1.5.0"), AbsentFrom: at(t, "v1.7.0")}, "v1.8.0", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.span.Next(at(t, tc.version)); got.String() != tc.want {
				t.Errorf("after %s comes %q, want %q", tc.version, got, tc.want)
			}
		})
	}
}

func TestProposers(t *testing.T) {
	t.Parallel()

	cases := map[string]struct{ oracle, games Presence }{
		"v1.5.0-rc.3": {Present, Absent}, // read
		"v1.6.0":      {Present, Uncertain},
		"v1.7.3":      {Present, Present}, // read
		"v1.10.0":     {Present, Present}, // the last release of its series in both numberings
		"v1.13.7":     {Present, Present}, // read
		"v1.14.3":     {Present, Present}, // read
		"v1.16.3":     {Uncertain, Present},
		"v1.16.10":    {Absent, Present}, // read
		"v1.19.6":     {Absent, Present}, // read
	}
	for text, tc := range cases {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got := Proposers(L2OutputOracle).Has(at(t, text)); got != tc.oracle {
				t.Errorf("L2OutputOracle: %v, want %v", got, tc.oracle)
			}
			if got := Proposers(DisputeGameFactory).Has(at(t, text)); got != tc.games {
				t.Errorf("DisputeGameFactory: %v, want %v", got, tc.games)
			}
		})
	}
}

// What op-node's sources say, at the versions that were read.
func TestRollupField(t *testing.T) {
	t.Parallel()

	cases := map[string]map[string]Presence{
		"genesis":                   {"v1.5.0": Present, "v1.19.6": Present},
		"fjord_time":                {"v1.5.0": Present, "v1.7.3": Present, "v1.19.6": Present},
		"granite_time":              {"v1.7.3": Absent, "v1.9.4": Present, "v1.19.6": Present},
		"isthmus_time":              {"v1.9.4": Absent, "v1.12.2": Present, "v1.13.7": Present},
		"chain_op_config":           {"v1.9.4": Absent, "v1.12.2": Present, "v1.13.7": Present},
		"pectra_blob_schedule_time": {"v1.9.4": Absent, "v1.12.2": Present},
		"jovian_time":               {"v1.12.2": Absent, "v1.13.0": Uncertain, "v1.13.7": Present},
		"karst_time":                {"v1.13.7": Absent, "v1.14.3": Absent, "v1.16.10": Present, "v1.19.6": Present},
		"lagoon_time":               {"v1.16.10": Absent, "v1.19.6": Present},
		"interop_time":              {"v1.5.0": Present, "v1.16.10": Present, "v1.19.6": Absent},
		"protocol_versions_address": {"v1.16.10": Present, "v1.19.6": Absent},
		"use_plasma":                {"v1.7.3": Present, "v1.9.4": Absent, "v1.13.7": Absent},
		"Karst_Time":                {"v1.14.3": Absent, "v1.16.10": Present}, // as Go's decoder has it
	}
	for field, rows := range cases {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			span, ok := RollupField(field)
			if !ok {
				t.Fatal("is not in the catalogue")
			}
			for text, want := range rows {
				if got := span.Has(at(t, text)); got != want {
					t.Errorf("op-node %s: %v, want %v", text, got, want)
				}
			}
		})
	}
	if _, ok := RollupField("no_such_field"); ok {
		t.Error("knows a field that is none")
	}
	for text, want := range map[string]Presence{"v1.7.3": Absent, "v1.8.0": Uncertain, "v1.9.4": Present, "v1.13.7": Present, "v1.16.10": Present, "v1.17.0": Absent, "v1.19.6": Absent} {
		if got := StrictNodes().Has(at(t, text)); got != want {
			t.Errorf("strict op-node %s: %v, want %v", text, got, want)
		}
	}
}

func TestSupportEnd(t *testing.T) {
	t.Parallel()
	lastDay, replacement, ok := SupportEnd(Geth)
	if want := time.Date(2026, time.May, 31, 0, 0, 0, 0, time.UTC); !ok || !lastDay.Equal(want) || replacement != "op-reth" {
		t.Errorf("op-geth: %v, %q, %v", lastDay, replacement, ok)
	}
	for _, component := range []Component{Node, Batcher, Proposer} {
		if _, _, ok := SupportEnd(component); ok {
			t.Errorf("%s has an end of support", component)
		}
	}
}

// The catalogue has every fork that a rollup config can schedule, in the same order, and a later
// fork never asks for an older version.
func TestRollupForksAreAllHere(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, fork := range new(rollup.Config).Forks() {
		want = append(want, fork.Name)
	}
	highest := map[Component]Lowest{}
	for _, f := range facts.RollupForks {
		got = append(got, f.Name)
		if _, ok := RollupField(f.Name + "_time"); !ok {
			t.Errorf("field %s_time is not here", f.Name)
		}
		for component, lowest := range f.Lowest {
			if v := lowest.Version(); !v.IsZero() && !highest[component].Admits(v) {
				t.Errorf("%s asks for an older %s than a fork before it", f.Name, component)
			}
			if lowest.Above(highest[component]) {
				highest[component] = lowest
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("forks (-rollup +catalogue):\n%s", diff)
	}
}

// The catalogue has the very fields that the reader of rollup.json knows.
func TestFieldsOfRollupConfigAreHere(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(rollup.FieldNames(), slices.Sorted(maps.Keys(facts.RollupConfig.Fields))); diff != "" {
		t.Errorf("top-level fields of rollup.json (-rollup +catalogue):\n%s", diff)
	}
}

// The times of L1's forks are those of go-ethereum.
func TestL1Forks(t *testing.T) {
	t.Parallel()
	chains := map[int64]*params.ChainConfig{1: params.MainnetChainConfig, 11155111: params.SepoliaChainConfig, 560048: params.HoodiChainConfig}
	for id, config := range chains {
		if config.ChainID.Int64() != id {
			t.Fatalf("chain %d is %s", id, config.ChainID)
		}
		want := map[string]int64{}
		for name, at := range map[string]*uint64{"pectra": config.PragueTime, "fusaka": config.OsakaTime, "glamsterdam": config.AmsterdamTime} {
			if at != nil {
				want[name] = int64(*at)
			}
		}
		got := map[string]int64{}
		forks := L1Forks(id)
		for _, fork := range forks {
			got[fork.Name] = fork.Time.Unix()
			if fork.Time.Location() != time.UTC {
				t.Errorf("chain %d: the time of %s is not in UTC", id, fork.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("chain %d (-go-ethereum +catalogue):\n%s", id, diff)
		}
		if !slices.IsSortedFunc(forks, func(a, b L1Fork) int { return a.Time.Compare(b.Time) }) {
			t.Errorf("chain %d: forks are not in order", id)
		}
	}
	if forks := L1Forks(900); forks != nil {
		t.Errorf("an unknown L1 has forks: %v", forks)
	}
}

func TestSpansAreInOrder(t *testing.T) {
	t.Parallel()
	spans := map[string]Span{"strict": StrictNodes()}
	for _, p := range facts.Proposals {
		spans[string(p.Contract)] = p.Span
	}
	for name, span := range facts.RollupConfig.Fields {
		spans[name] = span
	}
	for name, s := range spans {
		var known []Version
		for _, v := range []Version{s.AbsentTo, s.From, s.To, s.AbsentFrom} {
			if !v.IsZero() {
				known = append(known, v)
			}
		}
		for i := 1; i < len(known); i++ {
			if !known[i-1].Before(known[i]) {
				t.Errorf("%s: %s is not before %s", name, known[i-1], known[i])
			}
		}
	}
}

// Names of forks are unique over rollup and L1, or Supports would take one for the other.
func TestForkNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range slices.Concat(facts.RollupForks, facts.L1Forks) {
		if seen[f.Name] {
			t.Errorf("fork %s is twice here", f.Name)
		}
		seen[f.Name] = true
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()

	whole := string(file)
	cases := map[string]struct{ old, young, wantErr string }{
		"unknown field":            {"rollupForks:", "forks: []\nrollupForks:", `unknown field "forks"`},
		"key that is twice there":  {"  fields:\n", "  fields:\n    genesis: {}\n", `"genesis" already set`},
		"component missing":        {"- name: op-node\n", "- name: op-nod\n", "op-node is incomplete"},
		"component without images": {"  images: [op-batcher]\n", "", "op-batcher is incomplete"},
		"component without tag":    {"  tag: 'v?1\\.1[0-9]{5}\\.[0-9]{1,4}'\n", "", "op-geth is incomplete"},
		"component without source": {`  source: "docs, releases of op-proposer"`, "", "op-proposer is incomplete"},
		"broken pattern":           {"[0-9]{5}", "([0-9]{5}", "missing closing )"},
		"no date":                  {`"2026-05-31"`, `"soon"`, "cannot parse"},
		"end without replacement":  {"    replacement: op-reth\n", "", "the end of support of op-geth is incomplete"},
		"foreign without reason":   {`  reason: "this operator`, `  program: "this operator`, `"program" already set`},
		"no version":               {"op-node: v1.13.2", "op-node: v1.13", "parse version"},
		"fork lacks a component":   {"op-batcher: v1.12.0, ", "", "fork isthmus lacks op-batcher"},
		"fork of no component":     {"op-batcher: v1.12.0, ", "op-batcher: v1.12.0, op-bitcher: v1.12.0, ", "fork isthmus lacks a component, or has another"},
		"fork without source":      {`  source: "docs, hardforks/isthmus, from the Upgrade 15 notice"`, "", `fork "isthmus" lacks its name or source`},
		"no time":                  {`"2026-10-06T13:53:36Z"`, `"later"`, "cannot parse"},
		"fork of L1 without times": {`  times: {11155111: "2026-10-06T13:53:36Z"}`, "", "fork glamsterdam of L1 is nowhere in force"},
		"contract missing":         {"- contract: l2OutputOracle", "- contract: l2outputoracle", "contract l2OutputOracle is not here"},
		"strictness unsourced":     {`    source: "op-node/service.go`, `    # "op-node/service.go`, "rollupConfig lacks a source"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(whole, tc.old) {
				t.Fatalf("the catalogue has no %q", tc.old)
			}
			_, err := read([]byte(strings.Replace(whole, tc.old, tc.young, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("read: %v, want %q", err, tc.wantErr)
			}
		})
	}
}

// BenchmarkRead is what the catalogue adds to the start of the operator.
func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := read(file); err != nil {
			b.Fatal(err)
		}
	}
}
