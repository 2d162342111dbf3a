// Package probe asks the programs of a chain, and L1, what they know. Each call is one look:
// it has the deadline of its context, a bound on what it reads, and leaves nothing behind.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// maxAnswer bounds an answer in bytes. The metrics page of op-batcher has about 50 KB.
const maxAnswer = 4 << 20

// Prober asks over HTTP.
type Prober struct {
	http *http.Client
}

// New makes a Prober. A connection serves one look and is closed soon after: it would hold
// some 15 KB of memory until the next look.
func New() *Prober {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert,errcheck // documented type
	transport.Proxy = nil                                        // pods are asked directly
	transport.MaxIdleConnsPerHost = lanes                        // L1 is asked so many things at a time
	transport.MaxIdleConns = 0                                   // no limit
	transport.IdleConnTimeout = time.Second
	return &Prober{http: &http.Client{Transport: bounded{transport}}}
}

// bounded cuts answers off, so that a broken program cannot fill our memory.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

// Heads are op-node's heads, as block numbers of the L2 chain.
type Heads struct {
	Unsafe, Safe, Finalized int64
}

// Height asks op-geth at url for the number of its newest block (eth_blockNumber).
func (p *Prober) Height(ctx context.Context, url string) (int64, error) {
	var number hexutil.Uint64
	if err := p.call(ctx, url, &number, "eth_blockNumber"); err != nil {
		return 0, err
	}
	return height(uint64(number))
}

// Heads asks op-node at url for its heads (optimism_syncStatus).
func (p *Prober) Heads(ctx context.Context, url string) (Heads, error) {
	type block struct {
		Number *uint64 `json:"number"`
	}
	var sync struct {
		Unsafe    block `json:"unsafe_l2"`
		Safe      block `json:"safe_l2"`
		Finalized block `json:"finalized_l2"`
	}
	if err := p.call(ctx, url, &sync, "optimism_syncStatus"); err != nil {
		return Heads{}, err
	}
	var heads Heads
	for _, h := range []struct {
		from *uint64
		to   *int64
	}{{sync.Unsafe.Number, &heads.Unsafe}, {sync.Safe.Number, &heads.Safe}, {sync.Finalized.Number, &heads.Finalized}} {
		if h.from == nil {
			return Heads{}, errors.New("read optimism_syncStatus: a head is missing")
		}
		number, err := height(*h.from)
		if err != nil {
			return Heads{}, err
		}
		*h.to = number
	}
	return heads, nil
}

func height(number uint64) (int64, error) {
	if number > math.MaxInt64 {
		return 0, fmt.Errorf("read block number: %d is too large", number)
	}
	return int64(number), nil
}

// LastBatch reads from op-batcher's metrics page at url when it last had a transaction
// confirmed. It is nil before the first one since op-batcher started.
func (p *Prober) LastBatch(ctx context.Context, url string) (*time.Time, error) {
	page, err := p.page(ctx, url, lastBatchMetric)
	if err != nil {
		return nil, err
	}
	return lastBatchIn(page)
}

func (p *Prober) call(ctx context.Context, url string, result any, method string, args ...any) error {
	client, err := p.dial(ctx, url)
	if err != nil {
		return fmt.Errorf("dial for %s: %w", method, told(err, url))
	}
	defer client.Close()
	if err := client.CallContext(ctx, result, method, args...); err != nil {
		return fmt.Errorf("call %s: %w", method, told(err, url))
	}
	return nil
}

// reader of what the program at url knows.
func (p *Prober) reader(ctx context.Context, url string) (*reader, error) {
	client, err := p.dial(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", told(err, url))
	}
	return &reader{client: client, url: url}, nil
}

func (p *Prober) dial(ctx context.Context, url string) (*rpc.Client, error) {
	return rpc.DialOptions(ctx, url, rpc.WithHTTPClient(p.http), rpc.WithWebsocketMessageSizeLimit(maxAnswer))
}
