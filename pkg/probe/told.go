package probe

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/ethereum/go-ethereum/rpc"
)

// maxTold bounds what is told of an answer in bytes: it may be a page for people.
const maxTold = 256

// told is an error as it may be logged: short, and without what the endpoint's URL carries,
// which may be an API key. net/http puts the URL into its errors, and servers repeat it.
func told(err error, endpoint string) error {
	for _, end := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, end) {
			return end
		}
	}
	text := err.Error()
	if status := (rpc.HTTPError{}); errors.As(err, &status) {
		text = status.Status
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		text = wrapped.Err.Error()
	}
	for _, secret := range carried(endpoint) {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return errors.New(strings.ToValidUTF8(text[:min(len(text), maxTold)], ""))
}

// carried are the parts of a URL that may be secret: all but scheme and host. Short ones are
// versions and the like.
func carried(endpoint string) []string {
	parts := strings.FieldsFunc(endpoint, func(r rune) bool { return strings.ContainsRune("/?&=@:#", r) })
	host := ""
	if parsed, err := url.Parse(endpoint); err == nil {
		host = parsed.Hostname()
	}
	var secrets []string
	for _, part := range parts {
		if len(part) < 6 || part == host {
			continue
		}
		secrets = append(secrets, part)
		if plain, err := url.PathUnescape(part); err == nil && plain != part {
			secrets = append(secrets, plain)
		}
	}
	return secrets
}
