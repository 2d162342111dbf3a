package probe

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/google/go-cmp/cmp"
)

const contract = "0x1000000000000000000000000000000000000003"

// l1 is an L1 with one contract, whose methods give ABI-encoded results or an error.
type l1 map[string]func(args []any) (string, error)

func (c l1) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, id, params := request(r)
	result, err := c.call(name, params)
	if err != nil {
		reply(w, id, fmt.Sprintf(`null, "error": {"code": 3, "message": %q}`, err.Error()))
		return
	}
	reply(w, id, `"`+result+`"`)
}

func (c l1) call(name string, params []json.RawMessage) (string, error) {
	var to struct {
		To   common.Address `json:"to"`
		Data hexutil.Bytes  `json:"data"`
	}
	if name != "eth_call" || len(params) != 2 || string(params[1]) != `"latest"` || json.Unmarshal(params[0], &to) != nil {
		return "", fmt.Errorf("unexpected call of %s with %s", name, params)
	}
	if to.To != common.HexToAddress(contract) {
		return "0x", nil
	}
	method, err := contracts.MethodById(to.Data)
	if err != nil {
		return "", err
	}
	args, err := method.Inputs.Unpack(to.Data[4:])
	if err != nil {
		return "", err
	}
	answer, ok := c[method.Name]
	if !ok {
		return "0x", nil
	}
	return answer(args)
}

func packed(method string, results ...any) (string, error) {
	data, err := contracts.Methods[method].Outputs.Pack(results...)
	return hexutil.Encode(data), err
}

// gives answers a method with fixed results.
func gives(method string, results ...any) func([]any) (string, error) {
	return func([]any) (string, error) { return packed(method, results...) }
}

// factory has 100 games, of which the newest of type 1 is number 97.
func factory(games ...game) l1 {
	return l1{
		"gameCount": gives("gameCount", big.NewInt(100)),
		"findLatestGames": func(args []any) (string, error) {
			if diff := cmp.Diff([]string{"1", "99", "1"}, strings.Fields(fmt.Sprintln(args...))); diff != "" {
				return "", fmt.Errorf("asked for other games: %s", diff)
			}
			return packed("findLatestGames", games)
		},
	}
}

func TestLastGame(t *testing.T) {
	t.Parallel()
	at := func(timestamp uint64) game {
		return game{Index: big.NewInt(97), Timestamp: timestamp, RootClaim: [32]byte{1}, ExtraData: []byte{0, 1, 2}}
	}
	cases := map[string]struct {
		l1      http.Handler
		want    *time.Time
		wantErr string
	}{
		"a game":               {l1: factory(at(1700000000)), want: new(time.Unix(1700000000, 0))},
		"games of other types": {l1: factory()},
		"no game":              {l1: l1{"gameCount": gives("gameCount", big.NewInt(0))}},
		"no contract":          {l1: l1{}, wantErr: "ask " + contract + " for gameCount: there is no such contract, or it is another one"},
		"another contract": {
			l1:      l1{"gameCount": func([]any) (string, error) { return "0x01", nil }},
			wantErr: "ask " + contract + " for gameCount: there is no such contract, or it is another one",
		},
		"a contract without the search": {
			l1:      l1{"gameCount": gives("gameCount", big.NewInt(100))},
			wantErr: "ask " + contract + " for findLatestGames: there is no such contract, or it is another one",
		},
		"a list that claims to be endless": {
			l1: l1{"gameCount": gives("gameCount", big.NewInt(100)), "findLatestGames": func([]any) (string, error) {
				return "0x" + fmt.Sprintf("%064x", 32) + strings.Repeat("f", 64), nil
			}},
			wantErr: "ask " + contract + " for findLatestGames: there is no such contract, or it is another one",
		},
		"a revert":               {l1: l1{"gameCount": func([]any) (string, error) { return "", fmt.Errorf("execution reverted") }}, wantErr: "ask " + contract + " for gameCount: call eth_call: execution reverted"},
		"a year of five digits":  {l1: factory(at(253402300800)), wantErr: "read timestamp: out of range"},
		"a time beyond all time": {l1: factory(at(math.MaxUint64)), wantErr: "read timestamp: out of range"},
		"HTTP 429":               {l1: says(429, "slow down"), wantErr: "ask " + contract + " for gameCount: call eth_call: 429 Too Many Requests"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New().LastGame(t.Context(), serve(t, tc.l1.ServeHTTP), contract, 1)
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("LastGame() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLastOutput(t *testing.T) {
	t.Parallel()
	oracle := func(count int64, timestamp *big.Int) l1 {
		return l1{
			"nextOutputIndex": gives("nextOutputIndex", big.NewInt(count)),
			"getL2Output": func(args []any) (string, error) {
				if index, ok := args[0].(*big.Int); !ok || index.Int64() != count-1 {
					return "", fmt.Errorf("asked for output %v", args[0])
				}
				return packed("getL2Output", output{OutputRoot: [32]byte{1}, Timestamp: timestamp, L2BlockNumber: big.NewInt(120)})
			},
		}
	}
	cases := map[string]struct {
		l1      http.Handler
		want    *time.Time
		wantErr string
	}{
		"an output":             {l1: oracle(5, big.NewInt(1700000000)), want: new(time.Unix(1700000000, 0))},
		"the first output":      {l1: oracle(1, big.NewInt(1700000000)), want: new(time.Unix(1700000000, 0))},
		"no output":             {l1: oracle(0, nil)},
		"no contract":           {l1: l1{}, wantErr: "ask " + contract + " for nextOutputIndex: there is no such contract, or it is another one"},
		"a year of five digits": {l1: oracle(1, big.NewInt(253402300800)), wantErr: "read timestamp: out of range"},
		"a time beyond all time": {
			l1: oracle(1, new(big.Int).Lsh(big.NewInt(1), 127)), wantErr: "read timestamp: out of range",
		},
		"no JSON": {l1: says(200, "hello"), wantErr: "ask " + contract + " for nextOutputIndex: call eth_call: invalid character"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New().LastOutput(t.Context(), serve(t, tc.l1.ServeHTTP), contract)
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("LastOutput() (-want +got):\n%s", diff)
			}
		})
	}
}
