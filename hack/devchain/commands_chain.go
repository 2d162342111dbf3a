package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/artifacts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/deployment"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/devl1"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/wallet"
)

const l1GenesisFile = "l1-genesis.json"

func l1Genesis(_ context.Context, flags *flag.FlagSet, args []string) error {
	out := flags.String("out", "", "`folder` to write to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := require(flags, "out"); err != nil {
		return err
	}
	faucet, err := wallet.ParseKey(wallet.FaucetKey)
	if err != nil {
		return err
	}
	folder := artifacts.Folder{}
	genesis := devl1.Genesis(uint64(time.Now().Unix()), faucet.Address())
	if err := folder.AddJSON(l1GenesisFile, genesis, true); err != nil {
		return err
	}
	if err := folder.AddJSON(artifacts.L1ChainConfig, devl1.ChainConfig(), true); err != nil {
		return err
	}
	return folder.Write(*out)
}

func l1Manifest(_ context.Context, flags *flag.FlagSet, args []string) error {
	dir := flags.String("dir", "", "`folder` that l1-genesis wrote")
	namespace := flags.String("namespace", "l1", "`name` of the namespace")
	image := flags.String("image", devl1.DefaultImage, "op-geth `image`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := require(flags, "dir", "namespace", "image"); err != nil {
		return err
	}
	genesis, err := os.ReadFile(filepath.Join(*dir, l1GenesisFile))
	if err != nil {
		return fmt.Errorf("read genesis: %w", err)
	}
	return devl1.WriteManifest(os.Stdout, *namespace, *image, genesis)
}

func deploy(ctx context.Context, flags *flag.FlagSet, args []string) error {
	l1 := flags.String("l1-rpc", "", "`URL` of the development L1")
	mode := flags.String("mode", string(deployment.DisputeGame), "proposal contracts: disputeGame or l2OutputOracle")
	chainID := flags.Uint64("l2-chain-id", 901, "chain `ID` of the rollup")
	out := flags.String("out", "", "`folder` for the artifacts")
	timeout := flags.Duration("timeout", 5*time.Minute, "give up after this `time`, the wait for L1 included")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := errors.Join(require(flags, "l1-rpc", "out"), artifacts.CheckFree(*out)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	client, err := wallet.Dial(ctx, *l1)
	if err != nil {
		return err
	}
	defer client.Close()
	folder, err := deployment.Run(ctx, client, deployment.Mode(*mode), *chainID, os.Stderr)
	if err != nil {
		return err
	}
	return folder.Write(*out)
}

func sendTx(ctx context.Context, flags *flag.FlagSet, args []string) error {
	url := flags.String("rpc", "", "`URL` of the node")
	keyFile := flags.String("key", "", "`file` with the sender's private key")
	to := flags.String("to", "0x000000000000000000000000000000000000c0de", "receiving `address`")
	value := flags.String("value", "1000000000000000", "amount in `wei`")
	timeout := flags.Duration("timeout", time.Minute, "give up after this `time`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := require(flags, "rpc", "key"); err != nil {
		return err
	}
	wei, ok := new(big.Int).SetString(*value, 10)
	if !ok || !common.IsHexAddress(*to) {
		return fmt.Errorf("set --to to an address and --value to a number of wei: got %q and %q", *to, *value)
	}
	key, err := wallet.LoadKey(*keyFile)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	client, err := wallet.Dial(ctx, *url)
	if err != nil {
		return err
	}
	defer client.Close()
	receiver := common.HexToAddress(*to)
	receipts, err := key.Send(ctx, client, wallet.Tx{Name: "transfer", To: &receiver, Value: wei, Gas: params.TxGas})
	if err != nil {
		return err
	}
	return printJSON(map[string]any{"hash": receipts[0].TxHash, "blockNumber": receipts[0].BlockNumber.Uint64()})
}
