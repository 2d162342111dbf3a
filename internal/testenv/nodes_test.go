package testenv

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
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
