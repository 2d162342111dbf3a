package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

var (
	portalAt    = common.HexToAddress("0x1000000000000000000000000000000000000001")
	configAt    = common.HexToAddress("0x1000000000000000000000000000000000000002")
	factoryAt   = common.HexToAddress("0x1000000000000000000000000000000000000003")
	oracleAt    = common.HexToAddress("0x1000000000000000000000000000000000000004")
	gameAt      = common.HexToAddress("0x1000000000000000000000000000000000000005")
	batcherAt   = common.HexToAddress("0x2000000000000000000000000000000000000001")
	proposerAt  = common.HexToAddress("0x2000000000000000000000000000000000000002")
	sequencerAt = common.HexToAddress("0x2000000000000000000000000000000000000003")
	originHash  = common.HexToHash("0xbe61")
)

// network is an L1 with contracts, which takes no batches. Its answers are results or errors in
// JSON, by method; those of contracts by address and method.
type network struct {
	methods   map[string]string
	contracts map[common.Address]map[string]string
	// calls are contracts whose answers depend on the arguments.
	calls map[common.Address]func(method string, args []any) string
	// gone are contracts that have no code.
	gone map[common.Address]bool
	// instead takes over the requests of a method.
	instead  map[string]http.HandlerFunc
	requests atomic.Int32
}

const reverts = `null, "error": {"code": 3, "message": "execution reverted", "data": "0x"}`

func result(method string, values ...any) string {
	data, err := contracts.Methods[method].Outputs.Pack(values...)
	if err != nil {
		panic(err)
	}
	return `"` + hexutil.Encode(data) + `"`
}

func newNetwork() *network {
	return &network{
		methods: map[string]string{
			"eth_chainId":          `"0x384"`,
			"eth_getBlockByNumber": `{"number": "0x7", "hash": "` + originHash.Hex() + `", "transactions": []}`,
			"eth_getBalance":       `"0xde0b6b3a7640000"`,
		},
		contracts: map[common.Address]map[string]string{
			portalAt: {"systemConfig": result("systemConfig", configAt), "respectedGameType": result("respectedGameType", uint32(1))},
			configAt: {
				"batcherHash":       result("batcherHash", common.BytesToHash(batcherAt[:])),
				"unsafeBlockSigner": result("unsafeBlockSigner", sequencerAt),
			},
			factoryAt: {"gameImpls": result("gameImpls", gameAt)},
			gameAt:    {"proposer": result("proposer", proposerAt)},
			oracleAt:  {"proposer": result("proposer", proposerAt)},
		},
		gone:    map[common.Address]bool{},
		instead: map[string]http.HandlerFunc{},
	}
}

func (n *network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.requests.Add(1)
	body, _ := io.ReadAll(r.Body)
	if strings.HasPrefix(string(body), "[") {
		http.Error(w, "no batches", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	method, id, params := request(r)
	if handler, ok := n.instead[method]; ok {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		handler(w, r)
		return
	}
	reply(w, id, n.answer(method, params))
}

func (n *network) answer(method string, params []json.RawMessage) string {
	switch method {
	case "eth_getCode":
		var address common.Address
		if json.Unmarshal(params[0], &address) != nil || n.gone[address] {
			return `"0x"`
		}
		return `"0x60806040"`
	case "eth_call":
		return n.call(params)
	}
	if text, ok := n.methods[method]; ok {
		return text
	}
	return `null, "error": {"code": -32601, "message": "the method does not exist"}`
}

func (n *network) call(params []json.RawMessage) string {
	var message struct {
		To   common.Address `json:"to"`
		Data hexutil.Bytes  `json:"data"`
	}
	if err := json.Unmarshal(params[0], &message); err != nil || string(params[1]) != `"latest"` {
		return fmt.Sprintf(`null, "error": {"code": -32602, "message": "unexpected call %s"}`, params[1])
	}
	if n.gone[message.To] {
		return `"0x"`
	}
	method, err := contracts.MethodById(message.Data)
	if err != nil {
		return reverts
	}
	if text, ok := n.contracts[message.To][method.Name]; ok {
		return text
	}
	if answer, ok := n.calls[message.To]; ok {
		args, err := method.Inputs.Unpack(message.Data[4:])
		if err != nil {
			return reverts
		}
		return answer(method.Name, args)
	}
	return reverts
}

func gamesQuestion() preflight.L1Question {
	return preflight.L1Question{
		ChainID: 900, Origin: new(uint64(7)), Portal: portalAt, SystemConfig: configAt, Factory: factoryAt, GameType: 1,
		Batcher: batcherAt, Proposer: proposerAt, Sequencer: true,
	}
}

func oracleQuestion() preflight.L1Question {
	q := gamesQuestion()
	q.Factory, q.Oracle, q.GameType = common.Address{}, oracleAt, 0
	return q
}

func gamesView() *preflight.L1View {
	ether := preflight.Is(big.NewInt(1e18))
	return &preflight.L1View{
		ChainID: preflight.Is[uint64](900), Origin: preflight.Is(originHash),
		PortalCode: preflight.Is(true), SystemConfigCode: preflight.Is(true), ProposalsCode: preflight.Is(true),
		BatcherHash: preflight.Is(batcherAt), UnsafeBlockSigner: preflight.Is(sequencerAt), PortalSystemConfig: preflight.Is(configAt),
		RespectedGameType: preflight.Is[uint32](1), GameImpl: preflight.Is(gameAt), Proposer: preflight.Is(proposerAt),
		BatcherBalance: ether, ProposerBalance: ether,
	}
}

func oracleView() *preflight.L1View {
	view := gamesView()
	view.RespectedGameType, view.GameImpl = preflight.Answer[uint32]{}, preflight.Answer[common.Address]{}
	return view
}

func not[T any](standing preflight.Standing, why string) preflight.Answer[T] {
	return preflight.Answer[T]{Standing: standing, Why: why}
}

// arguments are a game's, with the proposer at a place.
func arguments(size, at int) string {
	args := make([]byte, size)
	copy(args[at:], proposerAt[:])
	return result("gameArgs", args)
}

func TestL1(t *testing.T) {
	t.Parallel()
	const (
		unknown, refused = preflight.Unknown, preflight.Refused
		reverted         = "execution reverted"
	)
	word := func(digits string) string { return `"0x` + strings.Repeat("0", 64-len(digits)) + digits + `"` }
	failure := func(code int, message string) string {
		return fmt.Sprintf(`null, "error": {"code": %d, "message": %q}`, code, message)
	}
	fails := func(code int, message string) func(*network, *preflight.L1Question) {
		return func(n *network, _ *preflight.L1Question) {
			n.contracts[configAt]["batcherHash"] = failure(code, message)
		}
	}
	noBatcher := func(standing preflight.Standing, why string) func(*preflight.L1View) {
		return func(v *preflight.L1View) { v.BatcherHash = not[common.Address](standing, why) }
	}
	cases := map[string]struct {
		oracle  bool
		network func(*network, *preflight.L1Question)
		want    func(*preflight.L1View)
		// requests are how many are sent.
		requests int32
	}{
		"games":               {requests: 14},
		"outputs":             {oracle: true, requests: 11},
		"a portal before 2.0": {network: func(n *network, _ *preflight.L1Question) { rename(n, portalAt, "systemConfig", "SYSTEM_CONFIG") }, requests: 15},
		"an oracle before 1.7": {
			oracle: true, network: func(n *network, _ *preflight.L1Question) { rename(n, oracleAt, "proposer", "PROPOSER") }, requests: 12,
		},
		"arguments in the factory": {
			network: func(n *network, _ *preflight.L1Question) {
				n.contracts[factoryAt]["gameArgs"], n.contracts[gameAt] = arguments(164, 124), nil
			},
			requests: 13,
		},
		"arguments of a super game in the factory": {
			network: func(n *network, q *preflight.L1Question) {
				q.GameType, n.contracts[factoryAt]["gameArgs"], n.contracts[gameAt] = 5, arguments(40, 20), nil
			},
			requests: 13,
		},
		"a new factory with a game of its own arguments": {
			network: func(n *network, _ *preflight.L1Question) {
				n.contracts[factoryAt]["gameArgs"] = result("gameArgs", []byte{})
			},
			requests: 14,
		},
		"arguments of an unknown kind": {
			network: func(n *network, _ *preflight.L1Question) { n.contracts[factoryAt]["gameArgs"] = arguments(165, 124) },
			want: func(v *preflight.L1View) {
				v.Proposer = not[common.Address](refused, "the game has 165 bytes of arguments")
			},
			requests: 13,
		},
		"arguments do not come": {
			network: func(n *network, _ *preflight.L1Question) {
				n.contracts[factoryAt]["gameArgs"] = failure(-32005, "limit exceeded")
			},
			want:     func(v *preflight.L1View) { v.Proposer = not[common.Address](unknown, "limit exceeded") },
			requests: 13,
		},
		"a game that anybody may propose": {
			network:  func(_ *network, q *preflight.L1Question) { q.GameType = 8 },
			want:     func(v *preflight.L1View) { v.Proposer = preflight.Answer[common.Address]{} },
			requests: 12,
		},
		"no implementation": {
			network: func(n *network, _ *preflight.L1Question) { n.contracts[factoryAt]["gameImpls"] = word("") },
			want: func(v *preflight.L1View) {
				v.GameImpl, v.Proposer = preflight.Is(common.Address{}), preflight.Answer[common.Address]{}
			},
			requests: 12,
		},
		"only what is asked": {
			network: func(_ *network, q *preflight.L1Question) {
				*q = preflight.L1Question{ChainID: 900, Portal: portalAt, SystemConfig: configAt}
			},
			want: func(v *preflight.L1View) {
				*v = preflight.L1View{
					ChainID: v.ChainID, PortalCode: v.PortalCode, SystemConfigCode: v.SystemConfigCode,
					PortalSystemConfig: v.PortalSystemConfig, BatcherHash: v.BatcherHash,
				}
			},
			requests: 5,
		},
		"another chain is asked nothing more": {
			network:  func(n *network, _ *preflight.L1Question) { n.methods["eth_chainId"] = `"0x1"` },
			want:     func(v *preflight.L1View) { *v = preflight.L1View{ChainID: preflight.Is[uint64](1)} },
			requests: 1,
		},
		"a chain ID beyond 64 bits": {
			network: func(n *network, _ *preflight.L1Question) { n.methods["eth_chainId"] = `"0x10000000000000000"` },
			want: func(v *preflight.L1View) {
				*v = preflight.L1View{ChainID: not[uint64](unknown, "json: cannot unmarshal hex number > 64 bits into Go value of type hexutil.Uint64")}
			},
			requests: 1,
		},
		"no contracts": {
			network: func(n *network, _ *preflight.L1Question) {
				n.gone[portalAt], n.gone[configAt], n.gone[factoryAt] = true, true, true
			},
			want: func(v *preflight.L1View) {
				v.PortalCode, v.SystemConfigCode, v.ProposalsCode = preflight.Is(false), preflight.Is(false), preflight.Is(false)
				v.PortalSystemConfig = not[common.Address](refused, "the result of SYSTEM_CONFIG is of another kind")
				v.BatcherHash = not[common.Address](refused, "the result of batcherHash is of another kind")
				v.UnsafeBlockSigner = not[common.Address](refused, "the result of unsafeBlockSigner is of another kind")
				v.RespectedGameType = not[uint32](refused, "the result of respectedGameType is of another kind")
				v.GameImpl = not[common.Address](refused, "the result of gameImpls is of another kind")
				v.Proposer = preflight.Answer[common.Address]{}
			},
			requests: 13,
		},
		"other contracts": {
			network: func(n *network, _ *preflight.L1Question) { n.contracts = nil },
			want: func(v *preflight.L1View) {
				other := not[common.Address](refused, reverted)
				v.PortalSystemConfig, v.BatcherHash, v.UnsafeBlockSigner, v.GameImpl = other, other, other, other
				v.RespectedGameType, v.Proposer = not[uint32](refused, reverted), preflight.Answer[common.Address]{}
			},
			requests: 13,
		},
		"a game that does not know its proposer": {
			network:  func(n *network, _ *preflight.L1Question) { n.contracts[gameAt] = nil },
			want:     func(v *preflight.L1View) { v.Proposer = not[common.Address](refused, reverted) },
			requests: 14,
		},
		"a batcher hash with a version": {
			network: func(n *network, _ *preflight.L1Question) {
				n.contracts[configAt]["batcherHash"] = `"0x01` + strings.Repeat("0", 22) + batcherAt.Hex()[2:] + `"`
			},
			requests: 14,
		},
		"results that are too long, too large or unfinished": {
			network: func(n *network, _ *preflight.L1Question) {
				n.contracts[configAt]["batcherHash"] = `"0x` + strings.Repeat("00", 64) + `"`
				n.contracts[configAt]["unsafeBlockSigner"] = word("1" + sequencerAt.Hex()[2:])
				n.contracts[portalAt]["respectedGameType"] = word("100000000")
				n.contracts[factoryAt]["gameImpls"] = `"0x01"`
			},
			want: func(v *preflight.L1View) {
				v.BatcherHash = not[common.Address](refused, "the result of batcherHash is of another kind")
				v.UnsafeBlockSigner = not[common.Address](refused, "the result of unsafeBlockSigner is of another kind")
				v.RespectedGameType = not[uint32](refused, "the result of respectedGameType is of another kind")
				v.GameImpl, v.Proposer = not[common.Address](refused, "the result of gameImpls is of another kind"), preflight.Answer[common.Address]{}
			},
			requests: 12,
		},
		"arguments that claim to be endless": {
			network: func(n *network, _ *preflight.L1Question) {
				n.contracts[factoryAt]["gameArgs"] = `"0x` + fmt.Sprintf("%064x", 32) + strings.Repeat("f", 64) + `"`
			},
			requests: 14,
		},
		"a result that is no hexadecimal": {
			network: func(n *network, _ *preflight.L1Question) { n.contracts[configAt]["batcherHash"] = `"hello"` },
			want:    noBatcher(unknown, "json: cannot unmarshal hex string without 0x prefix into Go value of type hexutil.Bytes"), requests: 14,
		},
		"no result": {
			network: func(n *network, _ *preflight.L1Question) { n.contracts[configAt]["batcherHash"] = `null` },
			want:    noBatcher(unknown, "json: cannot unmarshal non-string into Go value of type hexutil.Bytes"), requests: 14,
		},
		"a revert of Nethermind":       {network: fails(-32015, "VM execution error."), want: noBatcher(refused, "VM execution error."), requests: 14},
		"a revert in other words":      {network: fails(3, "custom error 0x1234"), want: noBatcher(refused, "custom error 0x1234"), requests: 14},
		"a revert of Besu":             {network: fails(-32000, "Execution reverted"), want: noBatcher(refused, "Execution reverted"), requests: 14},
		"an instruction that is none":  {network: fails(-32000, "invalid opcode: INVALID"), want: noBatcher(refused, "invalid opcode: INVALID"), requests: 14},
		"an instruction in Reth":       {network: fails(-32003, "EVM error: InvalidFEOpcode"), want: noBatcher(refused, "EVM error: InvalidFEOpcode"), requests: 14},
		"a contract that never ends":   {network: fails(-32000, "out of gas"), want: noBatcher(refused, "out of gas"), requests: 14},
		"a node without the block":     {network: fails(-32000, "header not found"), want: noBatcher(unknown, "header not found"), requests: 14},
		"a node without the state":     {network: fails(-32000, "missing trie node 1234"), want: noBatcher(unknown, "missing trie node 1234"), requests: 14},
		"a limit in JSON":              {network: fails(-32005, "daily request count exceeded"), want: noBatcher(unknown, "daily request count exceeded"), requests: 14},
		"an endpoint that has a fault": {network: fails(-32603, "internal error"), want: noBatcher(unknown, "internal error"), requests: 14},
		"the origin is not there": {
			network: func(n *network, _ *preflight.L1Question) {
				n.methods["eth_getBlockByNumber"], n.methods["eth_blockNumber"] = `null`, `"0x6"`
			},
			want:     func(v *preflight.L1View) { v.Origin = not[common.Hash](unknown, "the node does not have block 7") },
			requests: 15,
		},
		"the origin is not there yet, on one of several nodes": {
			network: func(n *network, _ *preflight.L1Question) {
				n.methods["eth_getBlockByNumber"], n.methods["eth_blockNumber"] = `null`, `"0x2007"`
			},
			want:     func(v *preflight.L1View) { v.Origin = not[common.Hash](unknown, "the node does not have block 7") },
			requests: 15,
		},
		"the origin is not there any more": {
			network: func(n *network, _ *preflight.L1Question) {
				n.methods["eth_getBlockByNumber"], n.methods["eth_blockNumber"] = `null`, `"0x2008"`
			},
			want:     func(v *preflight.L1View) { v.Origin = not[common.Hash](refused, "the node does not have block 7") },
			requests: 15,
		},
		"the origin is not there, nor is the head": {
			network: func(n *network, _ *preflight.L1Question) {
				n.methods["eth_getBlockByNumber"], n.methods["eth_blockNumber"] = `null`, failure(-32000, "still starting")
			},
			want:     func(v *preflight.L1View) { v.Origin = not[common.Hash](unknown, "still starting") },
			requests: 15,
		},
		"the origin was dropped": {
			network: func(n *network, _ *preflight.L1Question) {
				n.methods["eth_getBlockByNumber"] = failure(4444, "pruned history unavailable")
			},
			want:     func(v *preflight.L1View) { v.Origin = not[common.Hash](unknown, "pruned history unavailable") },
			requests: 14,
		},
		"the block is another": {
			network: func(n *network, _ *preflight.L1Question) {
				n.methods["eth_getBlockByNumber"] = `{"number": "0x8", "hash": "` + originHash.Hex() + `"}`
			},
			want: func(v *preflight.L1View) {
				v.Origin = not[common.Hash](unknown, "the node gave something else than block 7")
			},
			requests: 14,
		},
		"the block has no hash": {
			network: func(n *network, _ *preflight.L1Question) { n.methods["eth_getBlockByNumber"] = `{"number": "0x7"}` },
			want: func(v *preflight.L1View) {
				v.Origin = not[common.Hash](unknown, "the node gave something else than block 7")
			},
			requests: 14,
		},
		"HTTP 429 for some": {
			network: func(n *network, _ *preflight.L1Question) { n.instead["eth_getBalance"] = says(429, "slow down") },
			want: func(v *preflight.L1View) {
				v.BatcherBalance, v.ProposerBalance = not[*big.Int](unknown, "429 Too Many Requests"), not[*big.Int](unknown, "429 Too Many Requests")
			},
			requests: 14,
		},
		"HTTP 503 for all": {
			network: func(n *network, _ *preflight.L1Question) { n.instead["eth_chainId"] = says(503, "<html>gone</html>") },
			want: func(v *preflight.L1View) {
				*v = preflight.L1View{ChainID: not[uint64](unknown, "503 Service Unavailable")}
			},
			requests: 1,
		},
		"a page for people": {
			network: func(n *network, _ *preflight.L1Question) { n.instead["eth_chainId"] = says(200, "<html>log in</html>") },
			want: func(v *preflight.L1View) {
				*v = preflight.L1View{ChainID: not[uint64](unknown, "invalid character '<' looking for beginning of value")}
			},
			requests: 1,
		},
		"code without end": {
			network: func(n *network, _ *preflight.L1Question) {
				n.instead["eth_getCode"] = endless(`{"jsonrpc": "2.0", "id": 1, "result": "0x`)
			},
			want: func(v *preflight.L1View) {
				endless := not[bool](unknown, "unexpected EOF")
				v.PortalCode, v.SystemConfigCode, v.ProposalsCode = endless, endless, endless
			},
			requests: 14,
		},
		// Over HTTP an answer belongs to its request whatever id it bears.
		"wrong ids": {
			network: func(n *network, _ *preflight.L1Question) {
				n.instead["eth_chainId"] = says(200, `{"jsonrpc": "2.0", "id": "other", "result": "0x384"}`)
			},
			requests: 14,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network, question, want := newNetwork(), gamesQuestion(), gamesView()
			if tc.oracle {
				question, want = oracleQuestion(), oracleView()
			}
			if tc.network != nil {
				tc.network(network, &question)
			}
			if tc.want != nil {
				tc.want(want)
			}
			got := New().L1(t.Context(), serve(t, network.ServeHTTP), question)
			checkView(t, want, got)
			if sent := network.requests.Load(); sent != tc.requests {
				t.Errorf("L1() sent %d requests, want %d", sent, tc.requests)
			}
		})
	}
}

// rename gives a contract's method its older name.
func rename(n *network, contract common.Address, method, older string) {
	methods := n.contracts[contract]
	methods[older] = methods[method]
	delete(methods, method)
}

func checkView(t *testing.T, want, got *preflight.L1View) {
	t.Helper()
	same := cmp.Comparer(func(a, b *big.Int) bool { return (a == nil) == (b == nil) && (a == nil || a.Cmp(b) == 0) })
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("L1() (-want +got):\n%s", diff)
	}
}

func TestL1ThatIsSilent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	want := &preflight.L1View{ChainID: not[uint64](preflight.Unknown, "it took too long")}
	checkView(t, want, New().L1(ctx, serve(t, silent), gamesQuestion()))
}

// It knows the chain ID, and is interrupted while it waits for all else.
func TestL1ThatFallsSilent(t *testing.T) {
	t.Parallel()
	network := newNetwork()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hang := func(w http.ResponseWriter, r *http.Request) {
		cancel()
		silent(w, r)
	}
	for _, method := range []string{"eth_call", "eth_getCode", "eth_getBalance", "eth_getBlockByNumber"} {
		network.instead[method] = hang
	}
	gone := not[common.Address](preflight.Unknown, "context canceled")
	code := not[bool](preflight.Unknown, gone.Why)
	want := &preflight.L1View{
		ChainID: preflight.Is[uint64](900), Origin: not[common.Hash](preflight.Unknown, gone.Why),
		PortalCode: code, SystemConfigCode: code, ProposalsCode: code,
		BatcherHash: gone, UnsafeBlockSigner: gone, PortalSystemConfig: gone, GameImpl: gone,
		RespectedGameType: not[uint32](preflight.Unknown, gone.Why),
		BatcherBalance:    not[*big.Int](preflight.Unknown, gone.Why), ProposerBalance: not[*big.Int](preflight.Unknown, gone.Why),
	}
	checkView(t, want, New().L1(ctx, serve(t, network.ServeHTTP), gamesQuestion()))
}

func TestL1KeepsSecrets(t *testing.T) {
	t.Parallel()
	const secret = "topsecretkey"
	tells := func(w http.ResponseWriter, r *http.Request) {
		_, id, _ := request(r)
		reply(w, id, fmt.Sprintf(`null, "error": {"code": -32000, "message": "no plan for %s, %s"}`, r.URL, r.Header.Get("Authorization")))
	}
	onceRight := newNetwork()
	onceRight.instead["eth_getCode"] = tells
	onceRight.instead["eth_call"] = func(w http.ResponseWriter, r *http.Request) {
		_, id, _ := request(r)
		reply(w, id, `null, "error": {"code": 3, "message": "execution reverted: `+r.URL.Path+`"}`)
	}
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	cases := map[string]string{
		"server repeats the URL":      serve(t, tells) + "/v2/" + secret + "?auth=" + secret,
		"server repeats it later":     serve(t, onceRight.ServeHTTP) + "/v2/" + secret,
		"nobody listens":              down.URL + "/v2/" + secret,
		"nobody listens on websocket": strings.Replace(down.URL, "http", "ws", 1) + "/v2/" + secret,
		"no websocket":                strings.Replace(serve(t, tells), "http", "ws", 1) + "/v2/" + secret,
		"nobody listens with TLS":     "https://user:" + secret + "@" + strings.TrimPrefix(down.URL, "http://") + "/" + secret,
		"no such scheme":              "ftp://l1.example/" + secret,
		"no URL":                      "http://l1.example/%zz" + secret,
	}
	for name, url := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			got := New().L1(ctx, url, gamesQuestion())
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, secret) || got.Complete() {
				t.Errorf("L1() = %s, want it incomplete and without %s", text, secret)
			}
		})
	}
}

// eth is the network as a service of go-ethereum's JSON-RPC server.
type eth struct{ *network }

func (e eth) tell(method string, args ...any) (json.RawMessage, error) {
	params := make([]json.RawMessage, len(args))
	for i, arg := range args {
		params[i], _ = json.Marshal(arg)
	}
	text := e.answer(method, params)
	if text == reverts {
		return nil, errors.New("execution reverted")
	}
	return json.RawMessage(text), nil
}

func (e eth) ChainId() (json.RawMessage, error) { return e.tell("eth_chainId") } //nolint:revive,staticcheck // the method's name
func (e eth) GetCode(a common.Address, b string) (json.RawMessage, error) {
	return e.tell("eth_getCode", a, b)
}
func (e eth) Call(m map[string]any, b string) (json.RawMessage, error) {
	return e.tell("eth_call", m, b)
}
func (e eth) GetBalance(a common.Address, b string) (json.RawMessage, error) {
	return e.tell("eth_getBalance", a, b)
}
func (e eth) GetBlockByNumber(n string, full bool) (json.RawMessage, error) {
	return e.tell("eth_getBlockByNumber", n, full)
}

func TestL1OverWebsocket(t *testing.T) {
	t.Parallel()
	large := `"0x` + strings.Repeat("00", maxAnswer) + `"`
	cases := map[string]struct {
		network func(*network)
		want    *preflight.L1View
	}{
		"answers": {network: func(*network) {}, want: gamesView()},
		"an answer beyond all": {
			network: func(n *network) { n.methods["eth_chainId"] = large },
			want:    &preflight.L1View{ChainID: not[uint64](preflight.Unknown, "websocket: read limit exceeded")},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network, server := newNetwork(), rpc.NewServer()
			tc.network(network)
			if err := server.RegisterName("eth", eth{network}); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Stop)
			url := strings.Replace(serve(t, server.WebsocketHandler([]string{"*"}).ServeHTTP), "http", "ws", 1)
			checkView(t, tc.want, New().L1(t.Context(), url, gamesQuestion()))
		})
	}
}
