package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/binaries"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/contracts"
)

func build(ctx context.Context, flags *flag.FlagSet, args []string) error {
	builder, components, err := parseSet(flags, args)
	if err != nil {
		return err
	}
	return builder.Build(ctx, components)
}

func images(_ context.Context, flags *flag.FlagSet, args []string) error {
	builder, components, err := parseSet(flags, args)
	if err != nil {
		return err
	}
	for _, c := range components {
		fmt.Printf("%s\t%s\t%s\n", c.Image(), builder.Path(c), c.PathInImage())
	}
	return nil
}

func parseSet(flags *flag.FlagSet, args []string) (*binaries.Builder, []binaries.Component, error) {
	set := flags.String("set", "current", "binary `set`: current, legacy or all")
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	components, err := binaries.Set(*set)
	if err != nil {
		return nil, nil, err
	}
	root, err := binaries.DefaultRoot()
	if err != nil {
		return nil, nil, err
	}
	return &binaries.Builder{Root: root, Log: os.Stderr}, components, nil
}

func extractBytecode(_ context.Context, flags *flag.FlagSet, args []string) error {
	path := flags.String("package", "", "tarball of the published contracts `FILE`")
	dir := flags.String("out", "internal/contracts/bytecode", "`folder` to write to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := require(flags, "package"); err != nil {
		return err
	}
	tarball, err := os.Open(*path)
	if err != nil {
		return fmt.Errorf("open package: %w", err)
	}
	defer func() { _ = tarball.Close() }()
	return contracts.Extract(tarball, *dir)
}
