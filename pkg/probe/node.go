// Package probe asks the programs of a chain, and L1, what they know. Each call is one look:
// it has the deadline of its context, a bound on what it reads, and leaves nothing behind.
package probe

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// maxAnswer bounds an answer in bytes, and maxHeader what comes before it. The metrics page of
// op-batcher has about 50 KB.
const (
	maxAnswer = 4 << 20
	maxHeader = 64 << 10
)

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
	transport.MaxResponseHeaderBytes = maxHeader
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

// height reads the number of a block.
func height(number uint64) (int64, error) {
	if number > math.MaxInt64 {
		return 0, fmt.Errorf("read block number: %d is too large", number)
	}
	return int64(number), nil
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
