package probe

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGeth(t *testing.T) {
	t.Parallel()
	healthy := map[string]string{
		"eth_blockNumber": `"0x2a"`, "eth_syncing": `false`, "net_peerCount": `"0x7"`, "web3_clientVersion": `"Geth/v1.101702.3-stable/linux-amd64/go1.24"`,
	}
	whole := func() Geth {
		return Geth{Height: 42, Syncing: new(false), Peers: new(int32(7)), Version: "Geth/v1.101702.3-stable/linux-amd64/go1.24"}
	}
	noHeight := func(g *Geth) { *g = Geth{} }
	noPeers, noSyncing, noVersion := func(g *Geth) { g.Peers = nil }, func(g *Geth) { g.Syncing = nil }, func(g *Geth) { g.Version = "" }
	cases := map[string]struct {
		method, result string
		want           func(*Geth)
		wantErr        string
	}{
		"all": {},
		"it syncs": {method: "eth_syncing", result: `{"startingBlock": "0x0", "currentBlock": "0x2a", "highestBlock": "0xff"}`,
			want: func(g *Geth) { g.Syncing = new(true) }},
		"no peers":              {method: "net_peerCount", result: `"0x0"`, want: func(g *Geth) { g.Peers = new(int32(0)) }},
		"genesis":               {method: "eth_blockNumber", result: `"0x0"`, want: func(g *Geth) { g.Height = 0 }},
		"a height too high":     {method: "eth_blockNumber", result: `"0x8000000000000000"`, want: noHeight, wantErr: "read block number: "},
		"a height of null":      {method: "eth_blockNumber", result: `null`, want: noHeight, wantErr: "call eth_blockNumber: json: "},
		"a negative height":     {method: "eth_blockNumber", result: `"-0x1"`, want: noHeight, wantErr: "call eth_blockNumber: json: "},
		"syncing is null":       {method: "eth_syncing", result: `null`, want: noSyncing},
		"syncing is true":       {method: "eth_syncing", result: `true`, want: noSyncing},
		"syncing is a number":   {method: "eth_syncing", result: `0`, want: noSyncing},
		"syncing is a list":     {method: "eth_syncing", result: `[]`, want: noSyncing},
		"too many peers":        {method: "net_peerCount", result: `"0x80000000"`, want: noPeers},
		"peers beyond counting": {method: "net_peerCount", result: `"0x10000000000000000"`, want: noPeers},
		"peers are null":        {method: "net_peerCount", result: `null`, want: noPeers},
		"version is null":       {method: "web3_clientVersion", result: `null`, want: noVersion},
		"version is a number":   {method: "web3_clientVersion", result: `1`, want: noVersion},
		"version is a page":     {method: "web3_clientVersion", result: `"` + strings.Repeat("v", 129) + `"`, want: noVersion},
		"version has lines":     {method: "web3_clientVersion", result: `"v1\nv2"`, want: noVersion},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results, want := maps.Clone(healthy), whole()
			if tc.method != "" {
				results[tc.method] = tc.result
				tc.want(&want)
			}
			got, err := New().Geth(t.Context(), serve(t, answers(results)))
			checkErr(t, err, tc.wantErr)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Geth() (-want +got):\n%s", diff)
			}
		})
	}
}

// An op-geth whose API has eth alone is as good as another.
func TestGethTellsWhatItMay(t *testing.T) {
	t.Parallel()
	got, err := New().Geth(t.Context(), serve(t, answers(map[string]string{"eth_blockNumber": `"0x2a"`})))
	if diff := cmp.Diff(Geth{Height: 42}, got); diff != "" || err != nil {
		t.Errorf("Geth() (-want +got), error %v:\n%s", err, diff)
	}
}

// TestGethIsAskedAllAtOnce has an op-geth that answers nothing before it was asked everything.
func TestGethIsAskedAllAtOnce(t *testing.T) {
	t.Parallel()
	asked, all := make(chan struct{}, 4), make(chan struct{})
	go func() {
		for range 4 {
			<-asked
		}
		close(all)
	}()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		method, id, _ := request(r)
		asked <- struct{}{}
		select {
		case <-all:
		case <-r.Context().Done():
		}
		reply(w, id, map[string]string{"eth_blockNumber": `"0x1"`, "eth_syncing": `false`, "net_peerCount": `"0x1"`, "web3_clientVersion": `"v"`}[method])
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := New().Geth(ctx, url)
	if diff := cmp.Diff(Geth{Height: 1, Syncing: new(false), Peers: new(int32(1)), Version: "v"}, got); diff != "" || err != nil {
		t.Errorf("Geth() (-want +got), error %v:\n%s", err, diff)
	}
}

func FuzzSyncing(f *testing.F) {
	for _, seed := range []string{`false`, `true`, `null`, `{}`, `{"currentBlock": "0x1"}`, `[]`, `"false"`, ``, ` false`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		got := syncingIn(answer)
		if got != nil && *got != strings.HasPrefix(strings.TrimLeft(string(answer), " \t\r\n"), "{") {
			t.Errorf("syncingIn(%q) = %t", answer, *got)
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, seed := range []string{"", "v1.19.6-stable", "v1\x00", "é", strings.Repeat("v", 128)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := versionIn(text)
		if got != "" && got != text || len(got) > maxVersion || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("versionIn(%q) = %q", text, got)
		}
	})
}
