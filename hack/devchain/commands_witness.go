package main

import (
	"context"
	"flag"
	"time"

	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/artifacts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/wallet"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/witness"
)

// witnessed is an L1 with a chain on it.
type witnessed struct {
	client *ethclient.Client
	book   *artifacts.Addresses
}

func proposals(ctx context.Context, flags *flag.FlagSet, args []string) error {
	return look(ctx, flags, args, func(ctx context.Context, l1 witnessed) (any, error) {
		return witness.CountProposals(ctx, l1.client, l1.book)
	})
}

func batches(ctx context.Context, flags *flag.FlagSet, args []string) error {
	blocks := flags.Uint64("blocks", 100, "look through this `number` of latest L1 blocks")
	return look(ctx, flags, args, func(ctx context.Context, l1 witnessed) (any, error) {
		return witness.CountBatches(ctx, l1.client, l1.book, *blocks)
	})
}

// look connects to the L1, asks one question and prints the answer.
func look(ctx context.Context, flags *flag.FlagSet, args []string, ask func(context.Context, witnessed) (any, error)) error {
	url := flags.String("l1-rpc", "", "`URL` of the development L1")
	dir := flags.String("dir", "", "`folder` with the chain's artifacts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := require(flags, "l1-rpc", "dir"); err != nil {
		return err
	}
	book, err := artifacts.LoadAddresses(*dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client, err := wallet.Dial(ctx, *url)
	if err != nil {
		return err
	}
	defer client.Close()
	answer, err := ask(ctx, witnessed{client, book})
	if err != nil {
		return err
	}
	return printJSON(answer)
}
