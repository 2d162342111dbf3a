// Command devchain builds real OP Stack binaries and prepares real chains on a
// development L1, for the operator's demo and end-to-end tests.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
)

// A command defines its flags on the set, parses them, and does its work.
type command struct {
	summary string
	run     func(ctx context.Context, flags *flag.FlagSet, args []string) error
}

var commands = map[string]command{
	"build":            {"build the OP Stack binaries into the cache", build},
	"images":           {"print which binary belongs into which image", images},
	"l1-genesis":       {"write the development L1's genesis", l1Genesis},
	"l1-manifest":      {"print the development L1's Kubernetes objects", l1Manifest},
	"deploy":           {"deploy a chain's contracts and write its artifacts", deploy},
	"tx":               {"send a transfer and wait until it is in a block", sendTx},
	"proposals":        {"print what the proposer has put on L1, as JSON", proposals},
	"batches":          {"print what the batcher has put on L1, as JSON", batches},
	"extract-bytecode": {"renew internal/contracts/bytecode from a package", extractBytecode},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "devchain:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("choose a command\n" + usage())
	}
	cmd, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("choose a command: there is no %q\n%s", args[0], usage())
	}
	return cmd.run(ctx, flag.NewFlagSet(args[0], flag.ContinueOnError), args[1:])
}

func usage() string {
	var lines []string
	for name, cmd := range commands {
		lines = append(lines, fmt.Sprintf("  %-18s%s", name, cmd.summary))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// require fails on the first of the named flags that is empty.
func require(flags *flag.FlagSet, names ...string) error {
	for _, name := range names {
		if f := flags.Lookup(name); f.Value.String() == "" {
			return fmt.Errorf("set --%s: %s", name, f.Usage)
		}
	}
	return nil
}

func printJSON(value any) error {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		return fmt.Errorf("print result: %w", err)
	}
	return nil
}
