// Package unpack is the operator's second role: in an init container of op-geth it turns the
// gzipped genesis, or one that it downloads, into a file. It stands in for gzip and curl, which
// not every image has.
package unpack

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// Genesis unpacks the gzip file at from into the file at to, which appears whole or not at
// all. More than limit bytes are an error: a small file can unpack to a full disk.
func Genesis(from, to string, limit int64) error {
	return write(from, to, limit, func(packed io.Reader) (io.Reader, error) { return gzip.NewReader(packed) })
}

// Downloaded is like Genesis, but takes a file that is not gzipped as it is.
func Downloaded(from, to string, limit int64) error {
	return write(from, to, limit, func(file io.Reader) (io.Reader, error) {
		in := bufio.NewReader(file)
		if start, err := in.Peek(2); err != nil || !genesis.IsGzip(start) { // an error comes again with the rest
			return in, nil //nolint:nilerr // see above
		}
		return gzip.NewReader(in)
	})
}

func write(from, to string, limit int64, unpacker func(io.Reader) (io.Reader, error)) (err error) {
	packed, err := os.Open(from) //nolint:gosec // the path comes from the pod's own manifest
	if err != nil {
		return err
	}
	defer packed.Close() //nolint:errcheck // it is only read
	unzipped, err := unpacker(packed)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", from, err)
	}
	out, err := os.CreateTemp(filepath.Dir(to), ".genesis-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	_, err = io.Copy(out, io.LimitReader(unzipped, limit))
	if err == nil {
		err = ended(unzipped, limit)
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("unpack %s: %w", from, err)
	}
	return os.Rename(out.Name(), to)
}

// ended makes sure that nothing is left behind the limit, and that the checksum is right.
func ended(unzipped io.Reader, limit int64) error {
	switch _, err := io.ReadFull(unzipped, make([]byte, 1)); {
	case err == nil:
		return fmt.Errorf("more than %d bytes", limit)
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}
