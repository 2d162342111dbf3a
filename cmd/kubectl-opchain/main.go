// kubectl-opchain is the kubectl plugin "kubectl opchain": it checks chains before they are in a
// cluster, and brings deployments into one.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/command"
)

// version is set when a release is built (go build -ldflags -X).
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who interrupts twice does not want to wait
	status := command.Run(ctx, os.Args[1:], &command.Environment{
		Streams: genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		Getenv:  os.Getenv,
		Random:  rand.Reader,
		Clock:   clock.RealClock{},
		Version: version,
	})
	stop()
	os.Exit(status)
}
