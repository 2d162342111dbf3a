package download

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// stallGuard ends an answer that does not come forward: within a time, so many bytes must come.
// Only time spent waiting for the server counts.
type stallGuard struct {
	ctx    context.Context //nolint:containedctx // of one request, which it ends
	cancel context.CancelCauseFunc
	stall  time.Duration
	timer  *time.Timer
	left   time.Duration // to wait for the rest of stallBytes
	got    int           // of them
}

func newStallGuard(parent context.Context, stall time.Duration) *stallGuard {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(stall, func() { cancel(errStalled) })
	timer.Stop()
	return &stallGuard{ctx: ctx, cancel: cancel, stall: stall, timer: timer, left: stall}
}

func (g *stallGuard) end() {
	g.timer.Stop()
	g.cancel(context.Canceled)
}

// cause is why an answer ended.
func (g *stallGuard) cause(err error) error {
	switch {
	case errors.Is(context.Cause(g.ctx), errStalled):
		return errStalled
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

// waiting runs what waits for the server, and gives how many bytes that brought.
func (g *stallGuard) waiting(wait func() int) {
	g.timer.Reset(g.left)
	began := time.Now()
	g.got += wait()
	g.timer.Stop()
	g.left -= time.Since(began)
	if g.got >= stallBytes {
		g.got, g.left = 0, g.stall
	}
}

func (g *stallGuard) do(client *http.Client, request *http.Request) (answer *http.Response, err error) {
	g.waiting(func() int {
		answer, err = client.Do(request) //nolint:bodyclose // the caller has it
		return 0
	})
	return answer, err
}

func (g *stallGuard) read(body io.Reader, p []byte) (n int, err error) {
	g.waiting(func() int {
		n, err = body.Read(p)
		return n
	})
	return n, err
}

func (g *stallGuard) reader(body io.Reader) io.Reader { return guarded{g, body} }

type guarded struct {
	guard *stallGuard
	body  io.Reader
}

func (r guarded) Read(p []byte) (int, error) { return r.guard.read(r.body, p) }
