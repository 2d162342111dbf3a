package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/redaction"
)

// DigestError means that a server has another file than was asked for.
type DigestError struct {
	// Host is the server's, and Has the sha256 of its file in hexadecimal.
	Host, Has string
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("the file at %s has the sha256 %s", e.Host, e.Has)
}

// ContentError means that a file is the one that was asked for, and is no genesis.
type ContentError struct{ err error }

// NewContentError makes a ContentError of what is wrong with the file.
func NewContentError(wrong error) *ContentError { return &ContentError{wrong} }

func (e *ContentError) Error() string { return e.err.Error() }

func (e *ContentError) Unwrap() error { return e.err }

// Genesis reads the genesis at a URL, if its file has the sha256 digest, in hexadecimal. More than
// limit bytes unpacked are too many. The error is a *DigestError where the file is another one, a
// *ContentError where it is not a genesis, and another one where it could not be read for now.
func (c *Client) Genesis(ctx context.Context, url, digest string, limit int64) (*genesis.Genesis, error) {
	return c.readGenesis(ctx, source{url, strings.ToLower(digest)}, limit, func(*File, int) {})
}

// readGenesis reads the file once, as it comes, and judges it only if it is the right one. It calls
// progress after every read that brought so many bytes.
func (c *Client) readGenesis(ctx context.Context, from source, limit int64, progress func(*File, int)) (*genesis.Genesis, error) {
	file := c.Open(ctx, from.url)
	defer file.Close() //nolint:errcheck // it gives none
	digest := sha256.New()
	stream := io.TeeReader(&counted{file, progress}, digest)
	found, wrong := genesis.Read(stream, limit)
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return nil, err
	}
	if has := hex.EncodeToString(digest.Sum(nil)); has != from.digest {
		return nil, &DigestError{Host: redaction.Host(from.url), Has: has}
	}
	if wrong != nil {
		return nil, NewContentError(wrong)
	}
	return found, nil
}

// counted tells how far a download is.
type counted struct {
	file     *File
	progress func(*File, int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.progress(c.file, n)
	return n, err
}
