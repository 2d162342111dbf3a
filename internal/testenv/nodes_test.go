package testenv

import (
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// TestNodesTellOneStory has two programs tell of the same chain at the same time.
func TestNodesTellOneStory(t *testing.T) {
	t.Parallel()
	n := RunNodes(t)
	at := time.Unix(1_900_000_000, 0)
	n.Set(func(n *Nodes) {
		n.Now = func() time.Time { return at }
		n.SafeStopped = at.Add(-time.Hour)
		n.L1.Games = []Game{{At: at, Creator: Account(BatcherKey)}, {At: at, Creator: Account(ProposerKey)}}
		n.Sequencing = new(false)
	})
	cases := map[string]struct{ component, body, want string }{
		"unsafe head":    {"op-node", `{"method":"optimism_syncStatus"}`, `"unsafe_l2":{"l1origin":{"number":25000000},"number":120,"timestamp":1900000000}`},
		"safe head":      {"op-node", `{"method":"optimism_syncStatus"}`, `"safe_l2":{"l1origin":{"number":24999700},"number":100,"timestamp":1899996400}`},
		"finalized head": {"op-node", `{"method":"optimism_syncStatus"}`, `"finalized_l2":{"l1origin":{"number":24999693},"number":60,"timestamp":1899996320}`},
		"L1 head":        {"op-node", `{"method":"optimism_syncStatus"}`, `"head_l1":{"number":25000000,"timestamp":1900000000}`},
		"safe since":     {"op-node", `{"method":"optimism_safeHeadAtL1Block","params":["0x17d783f"]}`, `"l1Block":{"number":24999702}`},
		"no sequencer":   {"op-node/metrics", "", "op_node_default_sequencer_active 0\n"},
		"newest block":   {"l1", `{"method":"eth_getBlockByNumber","params":["latest",false]}`, `"number":"0x17d7840","timestamp":"0x713fb300"`},
		"older block":    {"l1", `{"method":"eth_getBlockByNumber","params":["0x17d7716",false]}`, `"number":"0x17d7716","timestamp":"0x713fa508"`},
		"a game":         {"l1", `{"method":"eth_call","params":[{"to":"0x2000000000000000000000000000000000000001","data":"0x37b1b229"}]}`, strings.ToLower(Account(ProposerKey).Hex()[2:])},
		"no such game":   {"l1", `{"method":"eth_call","params":[{"to":"0x2000000000000000000000000000000000000002","data":"0x37b1b229"}]}`, "execution reverted"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method := http.MethodPost
			if tc.body == "" {
				method = http.MethodGet
			}
			req, err := http.NewRequestWithContext(t.Context(), method, n.Endpoint("alpha", tc.component), strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close() //nolint:errcheck // it was only read
			if page, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(page), tc.want) {
				t.Errorf("answer is %s, %v, want %s in it", page, err, tc.want)
			}
		})
	}
}

// TestNodesAreHealthy has a Prober look at what no test has changed.
func TestNodesAreHealthy(t *testing.T) {
	t.Parallel()
	n, p, at := RunNodes(t), probe.New(), time.Unix(1_900_000_000, 0)
	n.Set(func(n *Nodes) { n.Now, n.LastBatch, n.LastGame = func() time.Time { return at }, at, at })
	geth, err := p.Geth(t.Context(), n.Endpoint("alpha", "op-geth"))
	same(t, err, geth, probe.Geth{Height: 120, Syncing: new(false), Peers: new(int32(3)), Version: GethVersion})

	node, err := p.Node(t.Context(), n.Endpoint("alpha", "op-node"), n.Endpoint("alpha", "op-node")+"/metrics")
	same(t, err, node, probe.Node{
		Unsafe:    probe.L2Block{Number: 120, Time: at, L1Origin: 25_000_000},
		Safe:      probe.L2Block{Number: 100, Time: at.Add(-40 * time.Second), L1Origin: 24_999_996},
		Finalized: probe.L2Block{Number: 60, Time: at.Add(-2 * time.Minute), L1Origin: 24_999_990},
		L1Head:    probe.L1Block{Number: 25_000_000, Time: at},
		CurrentL1: probe.L1Block{Number: 24_999_999, Time: L1Time(24_999_999)},
		SafeSince: new(int64(24_999_998)), Sequencing: new(true), Peers: new(int32(3)), Version: NodeVersion,
	})

	batcher, err := p.Batcher(t.Context(), n.Endpoint("alpha", "op-batcher")+"/metrics")
	same(t, err, batcher, probe.Batcher{LastBatch: &at, Version: BatcherVersion})

	query := probe.L1Query{Batcher: Account(BatcherKey).Hex(), Proposer: Account(ProposerKey).Hex(), Factory: DisputeGameFactory, GameType: 1, SafeSince: node.SafeSince}
	want := probe.L1State{
		Head:           probe.L1Block{Number: 25_000_000, Time: at},
		BatcherBalance: big.NewInt(1e18), ProposerBalance: big.NewInt(1e18), BatcherNonce: new(uint64(1000)),
		SafeSince: new(at.Add(-24 * time.Second)), LastProposal: &at, ProposalsTold: true,
	}
	state, err := p.State(t.Context(), n.Endpoint("alpha", "l1"), query)
	same(t, err, state, want)

	query.Factory, query.Oracle = "", L2OutputOracle
	want.SubmissionInterval = new(int64(120))
	state, err = p.State(t.Context(), n.Endpoint("alpha", "l1"), query)
	same(t, err, state, want)
}

// TestNodesThatAreNot has a Prober look at what tests may change.
func TestNodesThatAreNot(t *testing.T) {
	t.Parallel()
	n, p := RunNodes(t), probe.New()
	stopped := time.Unix(1_900_000_000, 0)
	n.Set(func(n *Nodes) {
		n.UnsafeStopped, n.L1.Stopped = stopped, stopped
		n.Syncing, n.NoSafeDB, n.Sequencing = true, true, nil
		n.LastBatch, n.LastGame = time.Time{}, time.Time{}
		n.L1.Balances = map[common.Address]*big.Int{Account(BatcherKey): big.NewInt(5)}
		n.L1.Nonce = 7
	})
	if geth, err := p.Geth(t.Context(), n.Endpoint("alpha", "op-geth")); err != nil || !*geth.Syncing {
		t.Errorf("op-geth is %+v, %v, want that it syncs", geth, err)
	}
	node, err := p.Node(t.Context(), n.Endpoint("alpha", "op-node"), n.Endpoint("alpha", "op-node")+"/metrics")
	if err != nil || !node.Unsafe.Time.Equal(stopped) || node.SafeSince != nil || node.Sequencing != nil {
		t.Errorf("op-node is %+v, %v", node, err)
	}
	batcher, err := p.Batcher(t.Context(), n.Endpoint("alpha", "op-batcher")+"/metrics")
	same(t, err, batcher, probe.Batcher{Version: BatcherVersion})
	state, err := p.State(t.Context(), n.Endpoint("alpha", "l1"), probe.L1Query{Batcher: Account(BatcherKey).Hex(), Factory: DisputeGameFactory})
	same(t, err, state, probe.L1State{Head: probe.L1Block{Number: 25_000_000, Time: stopped}, BatcherBalance: big.NewInt(5), BatcherNonce: new(uint64(7)), ProposalsTold: true})

	// A game of someone else is none of ours.
	n.Set(func(n *Nodes) { n.L1.Games = []Game{{At: stopped, Creator: Account(BatcherKey)}} })
	query := probe.L1Query{Proposer: Account(ProposerKey).Hex(), Factory: DisputeGameFactory}
	state, err = p.State(t.Context(), n.Endpoint("alpha", "l1"), query)
	same(t, err, state.LastProposal, nil)
	n.Set(func(n *Nodes) {
		n.L1.Games = append([]Game{{At: stopped, Creator: Account(ProposerKey)}}, n.L1.Games...)
	})
	state, err = p.State(t.Context(), n.Endpoint("alpha", "l1"), query)
	same(t, err, state.LastProposal, &stopped)

	n.Set(func(n *Nodes) { n.L1.Down, n.Down["op-geth"] = true, true })
	if _, err := p.State(t.Context(), n.Endpoint("alpha", "l1"), query); err == nil {
		t.Error("an L1 that is down answers")
	}
	if _, err := p.Geth(t.Context(), n.Endpoint("alpha", "op-geth")); err == nil {
		t.Error("an op-geth that is down answers")
	}
}

// same compares what was seen.
func same[T any](t *testing.T, err error, got, want T) {
	t.Helper()
	wei := cmp.Comparer(func(a, b *big.Int) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 })
	if diff := cmp.Diff(want, got, wei); diff != "" || err != nil {
		t.Errorf("(-want +got), error %v:\n%s", err, diff)
	}
}
