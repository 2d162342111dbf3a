package input

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
)

// MaxSecret is how many bytes the values of a Secret may have together.
const MaxSecret = corev1.MaxSecretSize

// ErrTooLarge means that a file fits no Secret, even gzipped.
var ErrTooLarge = errors.New("gzipped it is larger than a Secret, which holds 1 MiB")

// Packed is the file as gzip data, the same one always to the same bytes. One that is gzip data
// already is taken as it is. The error is ErrTooLarge where it fits no Secret: that is found
// without compressing all of it.
func (f *File) Packed() ([]byte, error) {
	if f.Gzipped() {
		if len(f.Content) > MaxSecret {
			return nil, ErrTooLarge
		}
		return f.Content, nil
	}
	out := &bounded{}
	if err := f.compress(out, gzip.BestCompression); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// wrapped is the file as gzip data of whatever size, quickly.
func (f *File) wrapped() ([]byte, error) {
	if f.Gzipped() {
		return f.Content, nil
	}
	var out bytes.Buffer
	if err := f.compress(&out, gzip.NoCompression); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (f *File) compress(to io.Writer, level int) error {
	w, err := gzip.NewWriterLevel(to, level)
	if err == nil {
		_, err = w.Write(f.Content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("compress %s: %w", f.Path, err)
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
