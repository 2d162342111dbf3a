package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/redaction"
	"github.com/oplabs/op-stack-operator/pkg/unpack"
)

// unpacking are the flags of the unpack role.
type unpacking struct {
	from              string
	url, sha256, keep string
	to                string
	limit             int64
}

func parseUnpack(args []string, stderr io.Writer) (unpacking, error) {
	var u unpacking
	flags := flag.NewFlagSet("manager unpack", flag.ContinueOnError)
	flags.StringVar(&u.from, "from", "", "gzip file to read")
	flags.StringVar(&u.url, "url", "", "where to download the file instead, gzipped or not, through the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY")
	flags.StringVar(&u.sha256, "sha256", "", "digest of the file at --url, as it is downloaded")
	flags.StringVar(&u.keep, "keep", "", "file that keeps what was downloaded; it is not downloaded again as long as it has the digest")
	flags.StringVar(&u.to, "to", "", "file to write")
	flags.Int64Var(&u.limit, "max-bytes", config.MaxGenesisBytes, "most bytes that the file may have, packed and unpacked")
	if err := parse(flags, args, stderr); err != nil {
		return u, err
	}
	byURL := u.url != "" || u.sha256 != "" || u.keep != ""
	switch {
	case u.to == "" || (u.from != "") == byURL:
		return u, errors.New("unpack needs --to, and --from or --url")
	case byURL && (u.url == "" || len(u.sha256) != 64 || u.keep == ""):
		return u, errors.New("--url needs --sha256, with 64 hexadecimal digits, and --keep")
	case u.limit <= 0:
		return u, errors.New("--max-bytes must be positive")
	}
	return u, nil
}

func runUnpack(args []string, stderr io.Writer) error {
	u, err := parseUnpack(args, stderr)
	if err != nil {
		return err
	}
	if u.url == "" {
		if err := unpack.Genesis(u.from, u.to, u.limit); err != nil {
			return err
		}
		fmt.Printf("unpacked %s to %s\n", u.from, u.to)
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return u.download(ctx, download.NewClient(download.DefaultLimits(u.limit)))
}

func (u *unpacking) download(ctx context.Context, client *download.Client) error {
	fetched, err := unpack.Fetch(func() io.ReadCloser { return client.Open(ctx, u.url) }, u.sha256, u.keep)
	if err != nil {
		return err
	}
	if fetched {
		fmt.Printf("downloaded %s from %s\n", u.keep, redaction.Host(u.url))
	} else {
		fmt.Printf("%s is there already\n", u.keep)
	}
	if err := unpack.Downloaded(u.keep, u.to, u.limit); err != nil {
		return err
	}
	fmt.Printf("wrote %s\n", u.to)
	return nil
}
