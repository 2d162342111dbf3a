package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/unpack"
)

func runUnpack(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("manager unpack", flag.ContinueOnError)
	from := flags.String("from", "", "gzip file to read")
	to := flags.String("to", "", "file to write")
	limit := flags.Int64("max-bytes", config.MaxGenesisBytes, "most bytes that the unpacked file may have")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if *from == "" || *to == "" {
		return errors.New("unpack needs --from and --to")
	}
	if *limit <= 0 {
		return errors.New("--max-bytes must be positive")
	}
	if err := unpack.Genesis(*from, *to, *limit); err != nil {
		return err
	}
	fmt.Printf("unpacked %s to %s\n", *from, *to)
	return nil
}
