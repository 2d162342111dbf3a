package testenv

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Nodes stands in for op-geth, op-node, op-batcher's metrics page and L1, over real HTTP. By
// default every chain has a healthy sequencer: what it does, it did just now.
type Nodes struct {
	*httptest.Server

	mu sync.Mutex
	// Now is the time at which all answers are given.
	Now func() time.Time
	// Unsafe, Safe and Finalized are the heads' numbers. They stay as a test sets them.
	Unsafe, Safe, Finalized int64
	// UnsafeStopped and SafeStopped are the timestamps of heads that have stopped. A head that
	// has not, whose time this is zero for, is a block of just now.
	UnsafeStopped, SafeStopped time.Time
	// Sequencing is whether op-node makes blocks. It has no such metric where it is nil.
	Sequencing *bool
	// NoSafeDB is set where op-node was started without --safedb.path.
	NoSafeDB bool
	// Syncing is whether op-geth is.
	Syncing bool
	// Peers is how many op-geth has, and op-node.
	Peers int32
	// LastBatch is when op-batcher last had a transaction confirmed, and LastGame when the
	// proposer last proposed. Where they are zero it never did.
	LastBatch, LastGame time.Time
	// Down are the components, of all chains, that answer nothing but that they are not
	// available.
	Down map[string]bool
	L1   L1

	asked map[string]int
	hang  map[string]chan struct{}
	apart string // see Apart
}

// RunNodes starts the fake nodes. They end with the test.
func RunNodes(tb testing.TB) *Nodes {
	tb.Helper()
	now := time.Now().Truncate(time.Second) // as finely as programs tell times
	n := &Nodes{
		Now:    time.Now,
		Unsafe: 120, Safe: 100, Finalized: 60,
		Sequencing: new(true), Peers: 3,
		LastBatch: now, LastGame: now,
		Down: map[string]bool{}, L1: goodL1(),
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

// AskedFor tells how often a method was called of a chain's component.
func (n *Nodes) AskedFor(chain, component, method string) int {
	return n.Asked(chain, component+" "+method)
}

// ServeHTTP answers /{chain}/{component}.
func (n *Nodes) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	chain, component, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	component = strings.TrimSuffix(component, "/metrics")
	body, err := io.ReadAll(req.Body) // only then does the server notice who hangs up
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
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
	switch {
	case component == "l1" && n.L1.Down, n.Down[component]:
		http.Error(w, "no such project: "+req.RequestURI, http.StatusServiceUnavailable)
	case req.Method == http.MethodGet:
		_, _ = io.WriteString(w, n.page(component))
	default:
		n.serveRPC(w, body, chain+"/"+component)
	}
}

// call is one call of JSON-RPC.
type call struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
}

// first is the first parameter of the call; null where it has none.
func (c *call) first() json.RawMessage {
	if len(c.Params) > 0 {
		return c.Params[0]
	}
	return json.RawMessage("null")
}

// serveRPC answers a call.
func (n *Nodes) serveRPC(w http.ResponseWriter, body []byte, who string) {
	var asked call
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n.asked[who+" "+asked.Method]++
	answer := map[string]any{"jsonrpc": "2.0", "id": asked.ID}
	result := n.answer(who, &asked)
	if refused, ok := result.(refusal); ok {
		answer["error"] = refused
	} else {
		answer["result"] = result
	}
	text, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// refusal is an error as JSON-RPC tells it.
type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (n *Nodes) answer(who string, asked *call) any {
	if strings.HasSuffix(who, "/l1") {
		return n.l1(asked)
	}
	return n.l2(asked)
}
