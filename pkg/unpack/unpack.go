// Package unpack is the operator's second role: in an init container of op-geth it turns the
// gzipped genesis into a file. It stands in for gzip, which not every image has.
package unpack

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Genesis unpacks the gzip file at from into the file at to, which appears whole or not at
// all. More than limit bytes are an error: a small file can unpack to a full disk.
func Genesis(from, to string, limit int64) (err error) {
	packed, err := os.Open(from) //nolint:gosec // the path comes from the pod's own manifest
	if err != nil {
		return err
	}
	defer packed.Close() //nolint:errcheck // it is only read
	unzipped, err := gzip.NewReader(packed)
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
	written, err := io.Copy(out, io.LimitReader(unzipped, limit+1))
	err = errors.Join(err, out.Close())
	if err != nil {
		return fmt.Errorf("unpack %s: %w", from, err)
	}
	if written > limit {
		return fmt.Errorf("unpack %s: more than %d bytes", from, limit)
	}
	return os.Rename(out.Name(), to)
}
