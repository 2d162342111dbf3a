package probe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Parts of answers of op-node v1.19.6.
const (
	syncOfNode = `{
	"current_l1": {"hash": "0x01", "number": 99, "parentHash": "0x02", "timestamp": 1699999988},
	"current_l1_finalized": {"hash": "0x01", "number": 36, "parentHash": "0x02", "timestamp": 1699999232},
	"head_l1": {"hash": "0x01", "number": 100, "parentHash": "0x02", "timestamp": 1700000000},
	"unsafe_l2": {"hash": "0x01", "number": 30, "parentHash": "0x02", "timestamp": 1699999998, "l1origin": {"hash": "0x03", "number": 97}, "sequenceNumber": 2},
	"safe_l2": {"hash": "0x01", "number": 20, "parentHash": "0x02", "timestamp": 1699999978, "l1origin": {"hash": "0x03", "number": 95}, "sequenceNumber": 4},
	"finalized_l2": {"hash": "0x01", "number": 10, "parentHash": "0x02", "timestamp": 1699999958, "l1origin": {"hash": "0x03", "number": 94}, "sequenceNumber": 0},
	"pending_safe_l2": {"number": 20}, "local_safe_l2": {"number": 20}
}`
	// What it says in its first seconds.
	unknownBlock = `{"hash": "0x00", "number": 0, "parentHash": "0x00", "timestamp": 0, "l1origin": {"hash": "0x00", "number": 0}, "sequenceNumber": 0}`

	nodePage = `# HELP go_goroutines Number of goroutines that currently exist.
# TYPE go_goroutines gauge
go_goroutines 74
# HELP op_node_default_p2p_peer_count Count of currently connected p2p peers
# TYPE op_node_default_p2p_peer_count gauge
op_node_default_p2p_peer_count 4
# HELP op_node_default_sequencer_active 1 if sequencer active, 0 otherwise
# TYPE op_node_default_sequencer_active gauge
op_node_default_sequencer_active 1
# HELP op_node_default_sequencer_active_total Another one.
# TYPE op_node_default_sequencer_active_total counter
op_node_default_sequencer_active_total 0
`
)

func wholeNode() Node {
	return Node{
		Unsafe:    L2Block{Number: 30, Time: time.Unix(1699999998, 0), L1Origin: 97},
		Safe:      L2Block{Number: 20, Time: time.Unix(1699999978, 0), L1Origin: 95},
		Finalized: L2Block{Number: 10, Time: time.Unix(1699999958, 0), L1Origin: 94},
		L1Head:    L1Block{Number: 100, Time: time.Unix(1700000000, 0)},
		CurrentL1: L1Block{Number: 99, Time: time.Unix(1699999988, 0)},
		SafeSince: new(int64(96)), Sequencing: new(true), Peers: new(int32(4)), Version: "v1.19.6-stable",
	}
}

// opNode is an op-node that answers so, with its metrics at /metrics.
type opNode struct{ sync, version, safeHead, page string }

func (n opNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		_, _ = w.Write([]byte(n.page))
		return
	}
	method, id, params := request(r)
	if method == "optimism_safeHeadAtL1Block" && string(params[0]) != `"0x63"` {
		reply(w, id, `null, "error": {"code": -32000, "message": "asked for another block"}`)
		return
	}
	reply(w, id, map[string]string{"optimism_syncStatus": n.sync, "optimism_version": n.version, "optimism_safeHeadAtL1Block": n.safeHead}[method])
}

func TestNode(t *testing.T) {
	t.Parallel()
	refusal := func(text string) string { return `null, "error": {"code": -32000, "message": "` + text + `"}` }
	without := func(old, instead string) func(*opNode) {
		return func(n *opNode) {
			if !strings.Contains(n.sync, old) {
				panic(old)
			}
			n.sync = strings.Replace(n.sync, old, instead, 1)
		}
	}
	page := func(text string) func(*opNode) { return func(n *opNode) { n.page = text } }
	gauge := func(name, value string) func(*opNode) {
		return page(fmt.Sprintf("# TYPE %[1]s gauge\n%[1]s %[2]s\n", name, value))
	}
	safeHead := func(text string) func(*opNode) { return func(n *opNode) { n.safeHead = text } }
	noSince, noMetrics := func(n *Node) { n.SafeSince = nil }, func(n *Node) { n.Sequencing, n.Peers = nil, nil }
	noCurrent := func(n *Node) { n.CurrentL1, n.SafeSince = L1Block{}, nil }
	noVersion := func(n *Node) { n.Version = "" }
	const read = "read optimism_syncStatus: "
	cases := map[string]struct {
		change  func(*opNode)
		want    func(*Node)
		wantErr string
	}{
		"all":                    {},
		"no safe head database":  {change: safeHead(refusal("failed to get safe head at l1 block 0x63: safe head database not enabled")), want: noSince},
		"an empty database":      {change: safeHead(refusal("not found")), want: noSince},
		"a database of null":     {change: safeHead(`null`), want: noSince},
		"a later block":          {change: safeHead(`{"l1Block": {"number": 100}}`), want: noSince},
		"a block of words":       {change: safeHead(`{"l1Block": {"number": "0x60"}}`), want: noSince},
		"a block too high":       {change: safeHead(`{"l1Block": {"number": 18446744073709551615}}`), want: noSince},
		"no current_l1":          {change: without(`"current_l1"`, `"was_current_l1"`), want: noCurrent},
		"current_l1 unknown":     {change: without(`99, "parentHash": "0x02", "timestamp": 1699999988`, `0, "parentHash": "0x00", "timestamp": 0`), want: noCurrent},
		"no version":             {change: func(n *opNode) { n.version = refusal("no such method") }, want: noVersion},
		"a version of null":      {change: func(n *opNode) { n.version = `null` }, want: noVersion},
		"a version of a release": {change: func(n *opNode) { n.version = `"v1.19.6-"` }, want: func(n *Node) { n.Version = "v1.19.6" }},

		"a node that follows":        {change: gauge(sequencerActiveMetric, "0"), want: func(n *Node) { n.Sequencing, n.Peers = new(false), nil }},
		"peers alone":                {change: gauge(peerCountMetric, "0"), want: func(n *Node) { n.Sequencing, n.Peers = nil, new(int32(0)) }},
		"no metrics page":            {change: page(""), want: noMetrics},
		"a page for people":          {change: page("<html>"), want: noMetrics},
		"half a sequencer":           {change: gauge(sequencerActiveMetric, "0.5"), want: noMetrics},
		"a sequencer of no number":   {change: gauge(sequencerActiveMetric, "NaN"), want: noMetrics},
		"negative peers":             {change: gauge(peerCountMetric, "-1"), want: noMetrics},
		"half a peer":                {change: gauge(peerCountMetric, "1.5"), want: noMetrics},
		"peers without end":          {change: gauge(peerCountMetric, "+Inf"), want: noMetrics},
		"too many peers":             {change: gauge(peerCountMetric, "2147483648"), want: noMetrics},
		"peers of no number":         {change: gauge(peerCountMetric, "NaN"), want: noMetrics},
		"peers in words":             {change: gauge(peerCountMetric, "many"), want: noMetrics},
		"a counter instead":          {change: page("# TYPE " + peerCountMetric + " counter\n" + peerCountMetric + " 4\n"), want: noMetrics},
		"a page cut off in a number": {change: page("# TYPE " + peerCountMetric + " gauge\n" + peerCountMetric + " 4"), want: noMetrics},

		"op-node v1.13.7":          {change: without(`"pending_safe_l2"`, `"cross_unsafe_l2": {"number": 30}, "pending_safe_l2"`)},
		"no unsafe head":           {change: without(`"unsafe_l2"`, `"was_unsafe"`), wantErr: read + "unsafe_l2 is missing"},
		"no safe head":             {change: without(`"safe_l2"`, `"was_safe"`), wantErr: read + "safe_l2 is missing"},
		"no finalized head":        {change: without(`"finalized_l2"`, `"was_finalized"`), wantErr: read + "finalized_l2 is missing"},
		"no L1 head":               {change: without(`"head_l1"`, `"was_head"`), wantErr: read + "head_l1 is missing"},
		"no number":                {change: without(`"number": 20`, `"height": 20`), wantErr: read + "safe_l2 has no number"},
		"no timestamp":             {change: without(`"timestamp": 1699999978`, `"time": 1699999978`), wantErr: read + "safe_l2 has no timestamp"},
		"no L1 origin":             {change: without(`"l1origin": {"hash": "0x03", "number": 95}`, `"l1origin": null`), wantErr: read + "safe_l2 has no l1origin"},
		"an L1 origin of a hash":   {change: without(`"l1origin": {"hash": "0x03", "number": 95}`, `"l1origin": {"hash": "0x03"}`), wantErr: read + "safe_l2 has no l1origin"},
		"a node that just started": {change: func(n *opNode) { n.sync = `{"head_l1": ` + unknownBlock + `, "unsafe_l2": ` + unknownBlock + `}` }, wantErr: read + "op-node does not know unsafe_l2 yet"},
		"a node that syncs":        {change: without(`"timestamp": 1699999978`, `"timestamp": 0`), wantErr: read + "op-node does not know safe_l2 yet"},
		"a node without L1":        {change: without(`"timestamp": 1700000000`, `"timestamp": 0`), wantErr: read + "op-node does not know head_l1 yet"},
		"a head too high":          {change: without(`"number": 30`, `"number": 9223372036854775808`), wantErr: read + "read block number: "},
		"an origin too high":       {change: without(`"number": 97`, `"number": 9223372036854775808`), wantErr: read + "read block number: "},
		"a head in another age":    {change: without(`"timestamp": 1699999998`, `"timestamp": 253402300800`), wantErr: read + "read timestamp: out of range"},
		"a negative head":          {change: without(`"number": 30`, `"number": -30`), wantErr: "call optimism_syncStatus: json: "},
		"half a head":              {change: without(`"number": 30`, `"number": 30.5`), wantErr: "call optimism_syncStatus: json: "},
		"a head in words":          {change: without(`"number": 30`, `"number": "30"`), wantErr: "call optimism_syncStatus: json: "},
		"null":                     {change: func(n *opNode) { n.sync = `null` }, wantErr: read + "unsafe_l2 is missing"},
		"a list":                   {change: func(n *opNode) { n.sync = `[]` }, wantErr: "call optimism_syncStatus: json: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node := opNode{sync: syncOfNode, version: `"v1.19.6-stable"`, safeHead: `{"l1Block": {"hash": "0x05", "number": 96}, "safeHead": {"hash": "0x06", "number": 20}}`, page: nodePage}
			want := wholeNode()
			if tc.change != nil {
				tc.change(&node)
			}
			if tc.want != nil {
				tc.want(&want)
			}
			if tc.wantErr != "" {
				want = Node{}
			}
			url := serve(t, node.ServeHTTP)
			got, err := New().Node(t.Context(), url, url+"/metrics")
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Node() (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzSyncStatus has op-node say anything.
func FuzzSyncStatus(f *testing.F) {
	for _, seed := range []string{syncOfNode, `{"unsafe_l2": ` + unknownBlock + `}`, `{}`, `null`, `{"unsafe_l2": {"number": 1, "timestamp": 253402300800}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var sync syncStatus
		if json.Unmarshal(answer, &sync) != nil {
			return
		}
		node, err := sync.node()
		if err != nil {
			return
		}
		for _, b := range []L2Block{node.Unsafe, node.Safe, node.Finalized, {Number: node.L1Head.Number, Time: node.L1Head.Time}} {
			if b.Number < 0 || b.L1Origin < 0 || b.Time.IsZero() || b.Time.Unix() <= 0 || b.Time.UTC().Year() > 9999 {
				t.Errorf("%s gives %+v", answer, b)
			}
		}
	})
}
