package input

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
)

// MaxSecret is how many bytes the values of a Secret may have together.
const MaxSecret = corev1.MaxSecretSize

// ErrTooLarge means that a file fits no Secret, even gzipped.
var ErrTooLarge = errors.New("gzipped it is larger than a Secret, which holds 1 MiB")

// pressInto reads a genesis: as it is, or gzipped, quickly, where it fits no Secret as it is.
func (f *File) pressInto(from io.Reader) error {
	head, err := io.ReadAll(io.LimitReader(from, MaxSecret+1))
	if err != nil {
		return err
	}
	if len(head) <= MaxSecret || bytes.HasPrefix(head, gzipMagic) {
		rest, err := io.ReadAll(from)
		f.Content = append(head, rest...)
		return err
	}
	digest := sha256.New()
	var out bytes.Buffer
	err = compress(&out, gzip.BestSpeed, io.TeeReader(io.MultiReader(bytes.NewReader(head), from), digest))
	f.Content, f.digest = out.Bytes(), hex.EncodeToString(digest.Sum(nil))
	return err
}

// Digest is the sha256 of the file as it came, in hexadecimal.
func (f *File) Digest() string {
	if f.digest != "" {
		return f.digest
	}
	sum := sha256.Sum256(f.Content)
	return hex.EncodeToString(sum[:])
}

// Packed is a genesis as gzip data, the same one always to the same bytes. A file that is gzip data
// already is taken as it is. The error is ErrTooLarge where it fits no Secret: that is found
// without compressing all of it.
func (f *File) Packed() ([]byte, error) {
	from := io.Reader(bytes.NewReader(f.Content))
	switch came := f.digest == ""; {
	case came && f.Gzipped() && len(f.Content) > MaxSecret:
		return nil, ErrTooLarge
	case came && f.Gzipped():
		return f.Content, nil
	case !came:
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", f.Path, err)
		}
		from = unpacked
	}
	out := &bounded{}
	err := compress(out, gzip.BestCompression, from)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		err = fmt.Errorf("compress %s: %w", f.Path, err)
	}
	return out.Bytes(), err
}

func compress(to io.Writer, level int, from io.Reader) error {
	w, err := gzip.NewWriterLevel(to, level)
	if err == nil {
		_, err = io.Copy(w, from)
	}
	if err == nil {
		err = w.Close()
	}
	return err
}

// bounded takes as much as a Secret does.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > MaxSecret {
		return 0, ErrTooLarge
	}
	return b.Buffer.Write(p)
}
