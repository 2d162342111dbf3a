package testenv

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Nodes stands in for op-geth, op-node, op-batcher's metrics page and L1, over real HTTP.
type Nodes struct {
	*httptest.Server

	mu        sync.Mutex
	Unsafe    int64
	Safe      int64
	Finalized int64
	LastBatch time.Time
	LastGame  time.Time
	asked     map[string]int
	hang      map[string]chan struct{}
	apart     string // see Apart
}

// RunNodes starts the fake nodes. They end with the test.
func RunNodes(tb testing.TB) *Nodes {
	tb.Helper()
	n := &Nodes{
		Unsafe: 120, Safe: 100, Finalized: 60,
		LastBatch: time.Unix(1_700_000_000, 0), LastGame: time.Unix(1_700_000_100, 0),
		asked: map[string]int{}, hang: map[string]chan struct{}{},
	}
	n.Server = httptest.NewServer(n)
	tb.Cleanup(func() {
		n.mu.Lock()
		for chain, gate := range n.hang {
			close(gate)
			delete(n.hang, chain)
		}
		n.mu.Unlock()
		n.Close()
	})
	return n
}

// Endpoint is where a component of a chain answers.
func (n *Nodes) Endpoint(chain, component string) string {
	if n.apart == "" {
		return n.URL + "/" + chain + "/" + component
	}
	return EndpointApart(n.apart, chain, component)
}

// EndpointApart is where a component of a chain answers after Apart, given the port.
func EndpointApart(port, chain, component string) string {
	sum := sha256.Sum256([]byte(chain + "/" + component))
	return fmt.Sprintf("http://127.%d.%d.%d:%s/%s/%s", sum[0], sum[1], sum[2], port, chain, component)
}

// Apart gives every component of every chain a host of its own, as it has in a cluster, so
// that connections cost what they cost there, and returns the port. It needs Linux, where
// all of 127.0.0.0/8 is this machine.
func (n *Nodes) Apart(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp4", ":0")
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	_, n.apart, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	server := httptest.NewUnstartedServer(n)
	server.Listener.Close() //nolint:errcheck,gosec // it was never used
	server.Listener = listener
	server.Start()
	tb.Cleanup(server.Close)
	return n.apart
}

// Set changes what the nodes say.
func (n *Nodes) Set(change func(*Nodes)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(n)
}

// Hang makes every component of a chain take requests and never answer.
func (n *Nodes) Hang(chain string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hang[chain] = make(chan struct{})
}

// Asked tells how often a chain's component was asked.
func (n *Nodes) Asked(chain, component string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[chain+"/"+component]
}

// ServeHTTP answers /{chain}/{component}.
func (n *Nodes) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	chain, component, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	component = strings.TrimSuffix(component, "/metrics")
	n.mu.Lock()
	n.asked[chain+"/"+component]++
	gate := n.hang[chain]
	n.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-req.Context().Done():
		}
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if req.Method == http.MethodGet {
		fmt.Fprintf(w, "# TYPE op_batcher_default_last_batcher_tx_unix gauge\nop_batcher_default_last_batcher_tx_unix{stage=\"success\"} %d\n", n.LastBatch.Unix())
		return
	}
	var call struct {
		ID     json.RawMessage   `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	if err := json.NewDecoder(req.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": call.ID, "result": n.answer(call.Method, call.Params)})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(answer)
}

func (n *Nodes) answer(method string, params []json.RawMessage) any {
	switch method {
	case "eth_blockNumber":
		return hexutil.Uint64(n.Unsafe) //nolint:gosec // a test's block number
	case "optimism_syncStatus":
		block := func(number int64) map[string]any { return map[string]any{"number": number} }
		return map[string]any{"unsafe_l2": block(n.Unsafe), "safe_l2": block(n.Safe), "finalized_l2": block(n.Finalized)}
	case "eth_call":
		return n.l1(string(params[0]))
	}
	return nil
}

// Selectors of the contracts' methods, from their ABIs.
const (
	gameCount       = "0x4d1975b4"
	nextOutputIndex = "0x6abcf563"
	getL2Output     = "0xa25ae557"
)

func (n *Nodes) l1(call string) string {
	word := func(v int64) string { return fmt.Sprintf("%064x", big.NewInt(v)) }
	switch {
	case strings.Contains(call, gameCount), strings.Contains(call, nextOutputIndex):
		return "0x" + word(1)
	case strings.Contains(call, getL2Output):
		return "0x" + word(1) + word(n.LastGame.Unix()) + word(90)
	}
	// findLatestGames: one game with empty extraData.
	return "0x" + word(0x20) + word(1) + word(0x20) + word(0) + word(0) + word(n.LastGame.Unix()) + word(7) + word(0xa0) + word(0)
}
