// Command relay passes connections on to another address. The end-to-end test puts it between one
// chain and the L1 that several chains share, so that it can cut that one off: what is connected
// when it ends is disconnected, which a Service that loses its endpoints does not do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: relay LISTEN TO")
		os.Exit(2)
	}
	if err := serve(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// serve passes on what comes in at one address to the other, until the context ends.
func serve(ctx context.Context, from, to string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", from)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	for {
		in, err := listener.Accept()
		switch {
		case ctx.Err() != nil && errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("accept: %w", err)
		}
		go func() {
			if err := join(ctx, in, to); err != nil {
				fmt.Fprintln(os.Stderr, "relay:", err)
			}
		}()
	}
}

// join copies both ways until one side has no more to say.
func join(ctx context.Context, in net.Conn, to string) error {
	defer func() { _ = in.Close() }()
	out, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = out.Close() }()
	done := make(chan error, 2)
	pass := func(dst, src net.Conn) {
		_, err := io.Copy(dst, src)
		done <- err
	}
	go pass(out, in)
	go pass(in, out)
	if err := <-done; err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("pass on: %w", err)
	}
	return nil
}
