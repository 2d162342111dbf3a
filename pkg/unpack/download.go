package unpack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// partSuffix marks a download that is not whole. There is one at most: a pod that was killed
// leaves it, and the next one writes over it.
const partSuffix = ".part"

// Fetch makes sure that the file at keep has the sha256 digest, in hexadecimal. A file that has it
// stays, and nothing is downloaded. Otherwise it is read from what open gives, and replaces the
// one before once its digest was found right. It reports whether it was downloaded.
func Fetch(open func() io.ReadCloser, digest, keep string) (bool, error) {
	digest = strings.ToLower(digest)
	has, err := digestOf(keep)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if has == digest {
		return false, nil
	}
	part := keep + partSuffix
	if has, err = save(open, part); err == nil && has != digest {
		err = fmt.Errorf("the file that was downloaded has the sha256 %s, not %s: spec.l2.genesis names one file by both url and sha256", has, digest)
	}
	if err == nil {
		err = os.Rename(part, keep)
	}
	if err != nil {
		return false, errors.Join(err, removed(part))
	}
	return true, nil
}

// save writes a download to a file, and gives its digest.
func save(open func() io.ReadCloser, to string) (string, error) {
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the path comes from the pod's own manifest
	if err != nil {
		return "", err
	}
	from := open()
	defer from.Close() //nolint:errcheck // it is only read
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), from)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, out.Close())
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// digestOf is the sha256 of a file.
func digestOf(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the path comes from the pod's own manifest
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it is only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
