package probe

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// played is a game of a fake factory.
type played struct {
	kind    uint32
	at      uint64
	creator common.Address
}

func proxyOf(index int) common.Address { return common.BigToAddress(big.NewInt(int64(0x9000 + index))) }

// stateNetwork is an L1 whose block 100 is the newest, with a factory of these games, the oldest
// first.
func stateNetwork(games ...played) *network {
	n := newNetwork()
	n.methods["eth_getTransactionCount"] = `"0x2a"`
	n.instead["eth_getBlockByNumber"] = blocks(`{"number": "0x64", "timestamp": "0x6553f100", "transactions": []}`, `{"number": "0x50", "timestamp": "0x6553f000"}`)
	n.calls = map[common.Address]func(string, []any) string{factoryAt: factoryOf(games)}
	for i, g := range games {
		n.contracts[proxyOf(i)] = map[string]string{"gameCreator": result("gameCreator", g.creator)}
	}
	n.contracts[oracleAt] = map[string]string{
		"nextOutputIndex":     result("nextOutputIndex", big.NewInt(5)),
		"getL2Output":         result("getL2Output", output{Timestamp: big.NewInt(1700000000), L2BlockNumber: big.NewInt(9)}),
		"SUBMISSION_INTERVAL": result("SUBMISSION_INTERVAL", big.NewInt(120)),
	}
	return n
}

// blocks answers with the newest block, or with another one where that is not asked for.
func blocks(newest, other string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, id, params := request(r)
		switch {
		case string(params[1]) != "false":
			reply(w, id, `null, "error": {"code": -32602, "message": "asked for transactions"}`)
		case string(params[0]) == `"latest"`:
			reply(w, id, newest)
		default:
			reply(w, id, other)
		}
	}
}

// factoryOf answers as a DisputeGameFactory does.
func factoryOf(games []played) func(string, []any) string {
	return func(method string, args []any) string {
		switch method {
		case "gameCount":
			return result(method, big.NewInt(int64(len(games))))
		case "gameAtIndex":
			i := args[0].(*big.Int).Int64() //nolint:forcetypeassert // by its signature
			return result(method, indexedGame{GameType: games[i].kind, Timestamp: games[i].at, Proxy: proxyOf(int(i))})
		case "findLatestGames":
			kind, start, most := args[0].(uint32), args[1].(*big.Int), args[2].(*big.Int) //nolint:forcetypeassert // by its signature
			found := []game{}
			for i := int(start.Int64()); i >= 0 && i < len(games) && len(found) < int(most.Int64()); i-- {
				if games[i].kind == kind {
					found = append(found, listed(i, games[i]))
				}
			}
			return result(method, found)
		}
		return reverts
	}
}

func listed(index int, g played) game {
	is := game{Index: big.NewInt(int64(index)), Timestamp: g.at, RootClaim: [32]byte{1}, ExtraData: []byte{1, 2, 3}}
	binary.BigEndian.PutUint32(is.Metadata[:4], g.kind)
	binary.BigEndian.PutUint64(is.Metadata[4:12], g.at)
	proxy := proxyOf(index)
	copy(is.Metadata[12:], proxy[:])
	return is
}

func stateQuery() L1Query {
	return L1Query{Batcher: batcherAt.Hex(), Proposer: proposerAt.Hex(), Factory: factoryAt.Hex(), GameType: 1, SafeSince: new(int64(80))}
}

func oracleQuery() L1Query {
	q := stateQuery()
	q.Factory, q.GameType, q.Oracle = "", 0, oracleAt.Hex()
	return q
}

var byValue = cmp.Comparer(func(a, b *big.Int) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Cmp(b) == 0
})

func wholeState() L1State {
	return L1State{
		Head:           L1Block{Number: 100, Time: time.Unix(1700000000, 0)},
		BatcherBalance: big.NewInt(1e18), ProposerBalance: big.NewInt(1e18), BatcherNonce: new(uint64(42)),
		SafeSince: new(time.Unix(1699999744, 0)), LastProposal: new(time.Unix(1700000000, 0)),
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	ours := played{kind: 1, at: 1700000000, creator: proposerAt}
	cases := map[string]struct {
		query        L1Query
		change       func(*network)
		want         func(*L1State)
		wantErr      string
		wantRequests int32
	}{
		"a chain with games":      {query: stateQuery(), wantRequests: 8},
		"a chain with an oracle":  {query: oracleQuery(), want: func(s *L1State) { s.SubmissionInterval = new(int64(120)) }, wantRequests: 8},
		"nothing but the head":    {query: L1Query{}, want: func(s *L1State) { *s = L1State{Head: s.Head} }, wantRequests: 1},
		"a batcher alone":         {query: L1Query{Batcher: batcherAt.Hex()}, want: func(s *L1State) { s.ProposerBalance, s.SafeSince, s.LastProposal = nil, nil, nil }, wantRequests: 3},
		"the newest game, of any": {query: L1Query{Factory: factoryAt.Hex(), GameType: 1}, want: func(s *L1State) { *s = L1State{Head: s.Head, LastProposal: s.LastProposal} }, wantRequests: 3},
		"a new oracle": {query: oracleQuery(), change: func(n *network) {
			n.contracts[oracleAt]["SUBMISSION_INTERVAL"] = reverts
			n.contracts[oracleAt]["submissionInterval"] = result("submissionInterval", big.NewInt(7))
		}, want: func(s *L1State) { s.SubmissionInterval = new(int64(7)) }, wantRequests: 9},
		"an oracle without outputs": {query: oracleQuery(), change: func(n *network) {
			n.contracts[oracleAt]["nextOutputIndex"] = result("nextOutputIndex", big.NewInt(0))
		}, want: func(s *L1State) { s.LastProposal, s.SubmissionInterval = nil, new(int64(120)) }, wantRequests: 7},
		"an account that is empty": {query: stateQuery(), change: func(n *network) {
			n.methods["eth_getBalance"], n.methods["eth_getTransactionCount"] = `"0x0"`, `"0x0"`
		}, want: func(s *L1State) {
			s.BatcherBalance, s.ProposerBalance, s.BatcherNonce = new(big.Int), new(big.Int), new(uint64(0))
		}, wantRequests: 8},

		"an L1 that is down": {query: stateQuery(), change: func(n *network) { n.instead["eth_getBlockByNumber"] = says(503, "no") },
			want: func(s *L1State) { *s = L1State{} }, wantErr: "call eth_getBlockByNumber: 503 Service Unavailable", wantRequests: 1},
		"no newest block": {query: stateQuery(), change: func(n *network) { n.instead["eth_getBlockByNumber"] = blocks(`null`, `null`) },
			want: func(s *L1State) { *s = L1State{} }, wantErr: "read block latest: the node does not have it", wantRequests: 1},
		"a head without a time": {query: stateQuery(), change: func(n *network) { n.instead["eth_getBlockByNumber"] = blocks(`{"number": "0x1"}`, `null`) },
			want: func(s *L1State) { *s = L1State{} }, wantErr: "read block latest: it has no number, or no timestamp", wantRequests: 1},
		"a head without a number": {query: stateQuery(), change: func(n *network) { n.instead["eth_getBlockByNumber"] = blocks(`{"timestamp": "0x1"}`, `null`) },
			want: func(s *L1State) { *s = L1State{} }, wantErr: "read block latest: it has no number, or no timestamp", wantRequests: 1},
		"a head too high": {query: stateQuery(), change: func(n *network) {
			n.instead["eth_getBlockByNumber"] = blocks(`{"number": "0x8000000000000000", "timestamp": "0x1"}`, `null`)
		}, want: func(s *L1State) { *s = L1State{} }, wantErr: "read block latest: read block number: ", wantRequests: 1},
		"a head beyond the calendar": {query: stateQuery(), change: func(n *network) {
			n.instead["eth_getBlockByNumber"] = blocks(`{"number": "0x1", "timestamp": "0xffffffffffffffff"}`, `null`)
		}, want: func(s *L1State) { *s = L1State{} }, wantErr: "read block latest: read timestamp: out of range", wantRequests: 1},
		"a head of decimals": {query: stateQuery(), change: func(n *network) {
			n.instead["eth_getBlockByNumber"] = blocks(`{"number": 1, "timestamp": -1}`, `null`)
		}, want: func(s *L1State) { *s = L1State{} }, wantErr: "call eth_getBlockByNumber: json: ", wantRequests: 1},

		"an old block that was dropped": {query: stateQuery(), change: func(n *network) {
			n.instead["eth_getBlockByNumber"] = blocks(`{"number": "0x64", "timestamp": "0x6553f100"}`, `null`)
		}, want: func(s *L1State) { s.SafeSince = nil }, wantErr: "read block 0x50: the node does not have it", wantRequests: 8},
		"another block": {query: stateQuery(), change: func(n *network) {
			n.instead["eth_getBlockByNumber"] = blocks(`{"number": "0x64", "timestamp": "0x6553f100"}`, `{"number": "0x51", "timestamp": "0x1"}`)
		}, want: func(s *L1State) { s.SafeSince = nil }, wantErr: "read block 80: the node gave block 81", wantRequests: 8},
		"no balances": {query: stateQuery(), change: func(n *network) { n.methods["eth_getBalance"] = `null` },
			want: func(s *L1State) { s.BatcherBalance, s.ProposerBalance = nil, nil }, wantErr: "call eth_getBalance: ", wantRequests: 8},
		"a negative balance": {query: stateQuery(), change: func(n *network) { n.methods["eth_getBalance"] = `"-0x1"` },
			want: func(s *L1State) { s.BatcherBalance, s.ProposerBalance = nil, nil }, wantErr: "call eth_getBalance: ", wantRequests: 8},
		"a balance beyond all money": {query: stateQuery(), change: func(n *network) { n.methods["eth_getBalance"] = `"0x1` + strings.Repeat("0", 64) + `"` },
			want: func(s *L1State) { s.BatcherBalance, s.ProposerBalance = nil, nil }, wantErr: "call eth_getBalance: ", wantRequests: 8},
		"a nonce too large": {query: stateQuery(), change: func(n *network) { n.methods["eth_getTransactionCount"] = `"0x10000000000000000"` },
			want: func(s *L1State) { s.BatcherNonce = nil }, wantErr: "call eth_getTransactionCount: ", wantRequests: 8},
		"no factory": {query: stateQuery(), change: func(n *network) { n.gone[factoryAt] = true },
			want: func(s *L1State) { s.LastProposal = nil }, wantErr: "ask " + factoryAt.Hex() + " for gameCount: the result of gameCount is of another kind", wantRequests: 6},
		"an interval of nothing": {query: oracleQuery(), change: func(n *network) {
			n.contracts[oracleAt]["SUBMISSION_INTERVAL"] = result("SUBMISSION_INTERVAL", new(big.Int))
		}, want: func(*L1State) {}, wantErr: "read the submission interval: out of range", wantRequests: 8},
		"an interval without end": {query: oracleQuery(), change: func(n *network) {
			n.contracts[oracleAt]["SUBMISSION_INTERVAL"] = result("SUBMISSION_INTERVAL", new(big.Int).Lsh(big.NewInt(1), 63))
		}, want: func(*L1State) {}, wantErr: "read the submission interval: out of range", wantRequests: 8},
		"an output beyond the calendar": {query: oracleQuery(), change: func(n *network) {
			n.contracts[oracleAt]["getL2Output"] = result("getL2Output", output{Timestamp: new(big.Int).Lsh(big.NewInt(1), 127), L2BlockNumber: big.NewInt(9)})
		}, want: func(s *L1State) { s.LastProposal, s.SubmissionInterval = nil, new(int64(120)) }, wantErr: "read timestamp: out of range", wantRequests: 8},
		"an output that is gone": {query: oracleQuery(), change: func(n *network) { n.contracts[oracleAt]["getL2Output"] = reverts },
			want: func(s *L1State) { s.LastProposal, s.SubmissionInterval = nil, new(int64(120)) }, wantErr: "ask " + oracleAt.Hex() + " for getL2Output: execution reverted", wantRequests: 8},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, want := stateNetwork(ours), wholeState()
			if tc.change != nil {
				tc.change(n)
			}
			if tc.want != nil {
				tc.want(&want)
			}
			if strings.HasPrefix(name, "an interval") {
				want.SubmissionInterval = nil
			}
			want.ProposalsTold = want.LastProposal != nil || name == "an oracle without outputs"
			got, err := New().State(t.Context(), serve(t, n.ServeHTTP), tc.query)
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(want, got, byValue, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("State() (-want +got):\n%s", diff)
			}
			if got := n.requests.Load(); got != tc.wantRequests {
				t.Errorf("%d requests, want %d", got, tc.wantRequests)
			}
		})
	}
}

// others are so many games of a type that a stranger created.
func others(count int, kind uint32) []played {
	games := make([]played, count)
	for i := range games {
		games[i] = played{kind: kind, at: uint64(1800000000 + i), creator: batcherAt}
	}
	return games
}

func TestLastProposal(t *testing.T) {
	t.Parallel()
	ours := []played{{kind: 1, at: 1700000000, creator: proposerAt}}
	older := []played{{kind: 1, at: 1600000000, creator: proposerAt}}
	join := func(lists ...[]played) (games []played) {
		for _, list := range lists {
			games = append(games, list...)
		}
		return games
	}
	const once = 3 // requests: number, newest, creator
	cases := map[string]struct {
		games        []played
		noSearch     bool
		wantNone     bool
		wantRequests int32
	}{
		"the newest is ours":               {games: join(others(3, 1), older, ours), wantRequests: once},
		"no games":                         {wantNone: true, wantRequests: 1},
		"no games of the type":             {games: others(40, 0), wantNone: true, wantRequests: 2},
		"many of another type are newer":   {games: join(older, ours, others(100, 0)), wantRequests: once},
		"one of someone else is newer":     {games: join(older, ours, others(1, 1)), wantRequests: once + 2},
		"thirty of someone else are newer": {games: join(older, ours, others(30, 1)), wantRequests: once + 31},
		"ours is the last looked at":       {games: join(older, ours, others(31, 1)), wantRequests: once + 32},
		"ours is too old":                  {games: join(older, ours, others(32, 1)), wantNone: true, wantRequests: once + 32},
		"one of someone else alone":        {games: others(1, 1), wantNone: true, wantRequests: once},
		"two of someone else":              {games: others(2, 1), wantNone: true, wantRequests: once + 2},
		"a flood of others":                {games: others(500, 1), wantNone: true, wantRequests: once + 32},

		"without search":                       {games: join(older, ours), noSearch: true, wantRequests: 4},
		"without search, ours is the first":    {games: join(ours, others(2, 1), others(3, 0)), noSearch: true, wantRequests: 2 + 6 + 3},
		"without search, no game at all":       {noSearch: true, wantNone: true, wantRequests: 1},
		"without search, others alone":         {games: others(3, 1), noSearch: true, wantNone: true, wantRequests: 2 + 2*3},
		"without search, ours is too old":      {games: join(ours, others(32, 1)), noSearch: true, wantNone: true, wantRequests: 2 + 2*32},
		"without search, ours is the last one": {games: join(ours, others(31, 1)), noSearch: true, wantRequests: 2 + 2*32},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := stateNetwork(tc.games...)
			if tc.noSearch {
				n.contracts[factoryAt] = map[string]string{"findLatestGames": reverts}
			}
			got, err := New().State(t.Context(), serve(t, n.ServeHTTP), L1Query{Factory: factoryAt.Hex(), GameType: 1, Proposer: proposerAt.Hex()})
			var want *time.Time
			if !tc.wantNone {
				want = new(time.Unix(1700000000, 0))
			}
			if diff := cmp.Diff(want, got.LastProposal); diff != "" || err != nil || !got.ProposalsTold {
				t.Errorf("LastProposal (-want +got), error %v:\n%s", err, diff)
			}
			if got := n.requests.Load() - 2; got != tc.wantRequests { // but for the head and the balance
				t.Errorf("%d requests, want %d", got, tc.wantRequests)
			}
		})
	}
}

// A factory may be any contract, and so may a game.
func TestHostileGames(t *testing.T) {
	t.Parallel()
	ours := played{kind: 1, at: 1700000000, creator: proposerAt}
	finds := func(games ...game) func(*network) {
		return func(n *network) {
			n.contracts[factoryAt] = map[string]string{"findLatestGames": result("findLatestGames", games)}
		}
	}
	above, late := listed(0, ours), listed(0, ours)
	above.Index = new(big.Int).Lsh(big.NewInt(1), 255)
	binary.BigEndian.PutUint64(late.Metadata[4:], math.MaxUint64)
	ask := func(contract common.Address, method string) string {
		return fmt.Sprintf("ask %s for %s: ", contract.Hex(), method)
	}
	cases := map[string]struct {
		change  func(*network)
		wantErr string
	}{
		"more games than asked for": {change: finds(listed(0, ours), listed(0, ours)), wantErr: errOtherGames.Error()},
		"a game that is not there":  {change: finds(above), wantErr: errOtherGames.Error()},
		"a game of another type":    {change: finds(listed(0, played{kind: 2, at: 1, creator: proposerAt})), wantErr: errOtherGames.Error()},
		"a game beyond all time":    {change: finds(late), wantErr: "read timestamp: out of range"},
		"a count beyond all counts": {change: func(n *network) {
			n.contracts[factoryAt] = map[string]string{"gameCount": result("gameCount", new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)))}
		}},
		"a list that claims to be endless": {change: func(n *network) {
			n.contracts[factoryAt] = map[string]string{"findLatestGames": `"0x` + fmt.Sprintf("%064x", 32) + strings.Repeat("f", 64) + `"`, "gameAtIndex": reverts}
		}, wantErr: ask(factoryAt, "gameAtIndex") + "execution reverted"},
		"a game that does not tell its creator": {change: func(n *network) { n.contracts[proxyOf(0)] = nil }, wantErr: ask(proxyOf(0), "gameCreator") + "execution reverted"},
		"a creator that is no account":          {change: func(n *network) { n.contracts[proxyOf(0)]["gameCreator"] = `"0x` + strings.Repeat("f", 64) + `"` }, wantErr: ask(proxyOf(0), "gameCreator") + "the result of gameCreator is of another kind"},
		"a listed game of a wide type": {change: func(n *network) {
			n.contracts[factoryAt] = map[string]string{"findLatestGames": reverts, "gameAtIndex": `"0x` + strings.Repeat("f", 192) + `"`}
		}, wantErr: ask(factoryAt, "gameAtIndex") + "the result of gameAtIndex is of another kind"},
		"a limit of requests": {change: func(n *network) { n.instead["eth_call"] = says(429, "slow down") }, wantErr: ask(factoryAt, "gameCount") + "429 Too Many Requests"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := stateNetwork(ours)
			tc.change(n)
			got, err := New().State(t.Context(), serve(t, n.ServeHTTP), stateQuery())
			checkErr(t, err, tc.wantErr)
			want := wholeState()
			want.LastProposal, want.ProposalsTold = nil, tc.wantErr == ""
			if diff := cmp.Diff(want, got, byValue); diff != "" {
				t.Errorf("State() (-want +got):\n%s", diff)
			}
		})
	}
}

// crowd counts who is waiting for an answer. It lets nobody through before as many are as may.
type crowd struct {
	next          http.RoundTripper
	waiting, most atomic.Int32
	first         atomic.Bool
	full          chan struct{}
	fill          sync.Once
}

func (c *crowd) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.first.CompareAndSwap(false, true) { // asks for the head, alone
		return c.next.RoundTrip(req)
	}
	now := c.waiting.Add(1)
	defer c.waiting.Add(-1)
	for was := c.most.Load(); now > was && !c.most.CompareAndSwap(was, now); was = c.most.Load() {
	}
	if now == lanes {
		c.fill.Do(func() { close(c.full) })
	}
	select {
	case <-c.full:
	case <-req.Context().Done():
	}
	return c.next.RoundTrip(req)
}

func TestStateAsksFewAtATime(t *testing.T) {
	t.Parallel()
	n := stateNetwork(others(20, 1)...)
	c := &crowd{next: New().http.Transport, full: make(chan struct{})}
	p := &Prober{http: &http.Client{Transport: c}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.State(ctx, serve(t, n.ServeHTTP), stateQuery()); err != nil {
		t.Fatal(err)
	}
	if got := c.most.Load(); got != lanes {
		t.Errorf("%d ask at a time, want %d", got, lanes)
	}
}

// FuzzGames has a factory answer anything.
func FuzzGames(f *testing.F) {
	method := contracts.Methods["findLatestGames"]
	for _, games := range [][]game{nil, {listed(5, played{kind: 1, at: 7, creator: proposerAt})}, {listed(5, played{kind: 1, at: 7}), listed(2, played{kind: 1, at: 6})}} {
		seed, err := method.Outputs.Pack(games)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		games, ok := decoded[[]game]("findLatestGames", output)
		start := big.NewInt(9)
		if !ok || foundGames(games, 1, start, maxGames) != nil {
			return
		}
		if len(games) > maxGames {
			t.Fatalf("%d games", len(games))
		}
		for i := range games {
			if games[i].Index.Sign() < 0 || games[i].Index.Cmp(start) > 0 || games[i].indexed().GameType != 1 {
				t.Fatalf("game %+v", games[i])
			}
			if at, err := unixTime(games[i].indexed().Timestamp); err == nil && at.Year() > 9999 {
				t.Fatalf("time %v", at)
			}
		}
	})
}

// FuzzBlock has L1 give any block.
func FuzzBlock(f *testing.F) {
	for _, seed := range []string{`null`, `{"number": "0x64", "timestamp": "0x6553f100"}`, `{"number": "0x8000000000000000", "timestamp": "0x1"}`, `{"number": "0x1", "timestamp": "0xffffffffffffffff"}`, `{"number": 1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var found *header
		if json.Unmarshal(answer, &found) != nil {
			return
		}
		block, err := found.block()
		if err == nil && (block.Number < 0 || block.Time.IsZero() || block.Time.Unix() < 0 || block.Time.UTC().Year() > 9999) {
			t.Errorf("%s gives %+v", answer, block)
		}
	})
}
