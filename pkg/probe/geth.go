package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Geth asks op-geth at url what it says of itself, all at once: four requests. Its newest block
// decides whether it answered.
func (p *Prober) Geth(ctx context.Context, url string) (Geth, error) {
	r, err := p.reader(ctx, url)
	if err != nil {
		return Geth{}, err
	}
	defer r.client.Close()
	var geth Geth
	inLanes([]func(){
		func() { geth.Height, err = r.height(ctx) },
		func() { geth.Syncing = r.syncing(ctx) },
		func() { geth.Peers = r.peers(ctx) },
		func() { geth.Version = r.version(ctx, "web3_clientVersion") },
	})
	if err != nil {
		return Geth{}, err
	}
	return geth, nil
}

// ask calls a method and reads its result.
func (r *reader) ask(ctx context.Context, result any, method string, args ...any) error {
	if err := r.client.CallContext(ctx, result, method, args...); err != nil {
		return fmt.Errorf("call %s: %w", method, told(err, r.url))
	}
	return nil
}

func (r *reader) height(ctx context.Context) (int64, error) {
	var number hexutil.Uint64
	if err := r.ask(ctx, &number, "eth_blockNumber"); err != nil {
		return 0, err
	}
	return height(uint64(number))
}

func (r *reader) syncing(ctx context.Context) *bool {
	var answer json.RawMessage
	if err := r.ask(ctx, &answer, "eth_syncing"); err != nil {
		return nil
	}
	return syncingIn(answer)
}

// syncingIn reads the answer of eth_syncing: false, or an object that tells how far it is.
func syncingIn(answer []byte) *bool {
	var no bool
	if err := json.Unmarshal(answer, &no); err == nil && string(answer) == "false" {
		return &no
	}
	var progress map[string]json.RawMessage
	if err := json.Unmarshal(answer, &progress); err == nil && progress != nil {
		return new(true)
	}
	return nil
}

func (r *reader) peers(ctx context.Context) *int32 {
	var count hexutil.Uint64
	if err := r.ask(ctx, &count, "net_peerCount"); err != nil || count > math.MaxInt32 {
		return nil
	}
	return new(int32(count)) //nolint:gosec // bounded above
}

func (r *reader) version(ctx context.Context, method string) string {
	var version string
	if err := r.ask(ctx, &version, method); err != nil {
		return ""
	}
	return versionIn(version)
}

// maxVersion bounds a version in bytes, as the API does.
const maxVersion = 128

// versionIn is a version as a program tells it; empty where it is none that people could read.
func versionIn(text string) string {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return ""
		}
	}
	if len(text) > maxVersion {
		return ""
	}
	return text
}
