package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/oplabs/op-stack-operator/pkg/redaction"
)

// ErrChanged means that the file became another one while it was read.
var ErrChanged = errors.New("the file changed while it was downloaded")

var (
	errStalled = errors.New("the server stopped sending, or sends next to nothing")
	errRange   = errors.New("the server answers with another range than it was asked for")
)

// File is a file on a web server. It is read once, from its beginning.
type File struct {
	ctx    context.Context //nolint:containedctx // it lives as long as the download, as an http.Request's does
	client *Client
	url    string
	landed string // where redirects led to

	body  io.ReadCloser // nil between two answers
	guard *stallGuard   // of body
	etag  string        // strong, or empty
	size  int64         // of the whole file; -1 if the server does not say
	read  int64         // bytes given to the reader
	seen  hash.Hash     // of these
	fails int           // since the last byte
	err   error         // the end
}

// Size is what the file has in bytes as far as the server says; -1 before it answered, and where
// it does not say.
func (f *File) Size() int64 { return f.size }

// Close ends the download.
func (f *File) Close() error {
	f.drop()
	if f.err == nil {
		f.err = f.told(errors.New("the download was ended"))
	}
	return nil
}

// Read gives what comes next, asking the server again where need be.
func (f *File) Read(p []byte) (int, error) {
	for f.err == nil {
		if f.body == nil {
			f.retry(f.connect())
			continue
		}
		n, err := f.guard.read(f.body, p)
		f.seen.Write(p[:n])
		f.read += int64(n)
		if n > 0 {
			f.fails = 0
		}
		switch {
		case f.read > f.client.limits.Bytes:
			f.end(f.tooLarge())
			return 0, f.err
		case errors.Is(err, io.EOF) && (f.size < 0 || f.read == f.size):
			f.drop()
			f.err = io.EOF
		case err != nil:
			f.retry(f.guard.cause(err))
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, f.err
}

// retry waits before the next try, or ends the download where there shall be none.
func (f *File) retry(err error) {
	if err == nil {
		return
	}
	f.drop()
	f.fails++
	switch {
	case f.ctx.Err() != nil:
		f.end(f.ctx.Err())
	case lasting(err) || errors.Is(err, ErrChanged):
		f.end(err)
	case f.fails >= f.client.limits.Tries:
		f.end(fmt.Errorf("%w (tried %d times)", err, f.fails))
	default:
		pause := time.NewTimer(min(f.client.limits.Pause<<(f.fails-1), longestPause))
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-f.ctx.Done():
		}
	}
}

// connect asks for the file, or for the rest of it, and skips what is known already.
func (f *File) connect() error {
	guard := newStallGuard(f.ctx, f.client.limits.Stall)
	request, err := http.NewRequestWithContext(guard.ctx, http.MethodGet, f.url, http.NoBody)
	if err != nil {
		guard.end()
		return refuse("this is not a URL")
	}
	request.Header.Set("User-Agent", "op-stack-operator")
	request.Header.Set("Accept-Encoding", "identity")
	partly := f.read > 0 && f.etag != ""
	if partly {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", f.read))
		request.Header.Set("If-Range", f.etag)
	}
	answer, err := guard.do(f.client.http, request) //nolint:bodyclose // drop closes it
	if err != nil {
		guard.end()
		return guard.cause(err)
	}
	f.body, f.guard, f.landed = answer.Body, guard, answer.Request.URL.String()
	if partly && answer.StatusCode == http.StatusPartialContent {
		return f.resume(answer)
	}
	return f.restart(answer, partly)
}

// resume goes on where the last answer broke off.
func (f *File) resume(answer *http.Response) error {
	var first, last, size int64
	given := answer.Header.Get("Content-Range")
	if n, err := fmt.Sscanf(given, "bytes %d-%d/%d", &first, &last, &size); err != nil || n != 3 || first != f.read || last != size-1 {
		f.etag = "" // from the beginning then
		return errRange
	}
	if tag := strongTag(answer); tag != "" && tag != f.etag || f.size >= 0 && size != f.size {
		return ErrChanged
	}
	f.size = size
	return nil
}

// restart reads an answer that is the whole file, past what was read before, if it is the same.
func (f *File) restart(answer *http.Response, partly bool) error {
	switch {
	case partly && answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return ErrChanged
	case answer.StatusCode != http.StatusOK:
		return &StatusError{answer.StatusCode}
	case answer.ContentLength > f.client.limits.Bytes:
		return f.tooLarge()
	}
	tag := strongTag(answer)
	if f.read == 0 {
		f.etag, f.size = tag, answer.ContentLength
		return nil
	}
	if tag != f.etag && tag != "" && f.etag != "" {
		return ErrChanged
	}
	if err := f.skip(); err != nil {
		return err
	}
	f.etag, f.size = tag, answer.ContentLength
	return nil
}

// skip reads past what was read before, which must be the same.
func (f *File) skip() error {
	again := sha256.New()
	n, err := io.Copy(again, io.LimitReader(f.guard.reader(f.body), f.read))
	switch {
	case err != nil:
		return f.guard.cause(err)
	case n < f.read || !bytes.Equal(again.Sum(nil), f.seen.Sum(nil)):
		return ErrChanged
	}
	return nil
}

// strongTag is the entity tag of an answer, if the same tag means the same bytes (RFC 9110, 8.8.1).
func strongTag(answer *http.Response) string {
	tag := answer.Header.Get("ETag")
	if len(tag) < 2 || !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) {
		return ""
	}
	return tag
}

func (f *File) tooLarge() error {
	return refuse("the file has more than %d bytes", f.client.limits.Bytes)
}

// drop closes the answer that is being read.
func (f *File) drop() {
	if f.body != nil {
		_ = f.body.Close() // nothing more is wanted of it
		f.guard.end()
		f.body = nil
	}
}

func (f *File) end(err error) {
	f.drop()
	f.err = f.told(err)
}

// told says where the file is, and nothing of its URL but the host.
func (f *File) told(err error) error {
	where := "download from " + redaction.Host(f.url)
	for _, known := range []error{ErrChanged, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %w", where, known)
		}
	}
	if status := (*StatusError)(nil); errors.As(err, &status) {
		return fmt.Errorf("%s: %w", where, status)
	}
	return fmt.Errorf("%s: %w", where, redaction.Error(err, f.url, f.landed))
}
