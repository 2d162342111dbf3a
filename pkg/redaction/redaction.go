// Package redaction makes what went wrong with an endpoint fit to be told: short, and without
// what the endpoint's URL carries, which may be a credential.
package redaction

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// maxBytes bounds what is told of an answer: it may be a page for people.
const maxBytes = 256

// Error is an error as it may be logged. net/http puts the URL into its errors, and servers
// repeat it.
func Error(err error, endpoints ...string) error {
	for _, end := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, end) {
			return end
		}
	}
	text := err.Error()
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		text = wrapped.Err.Error()
	}
	return errors.New(Text(text, endpoints...))
}

// Text is a text as it may be logged, on one line.
func Text(text string, endpoints ...string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, cut(hide(text, endpoints), maxBytes))
}

// hide takes what endpoints carry out of a text.
func hide(text string, endpoints []string) string {
	var secrets []string
	for _, endpoint := range endpoints {
		secrets = append(secrets, carried(endpoint)...)
	}
	// The longest first: to hide one that another holds would leave the rest of that.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return text
}

// cut is the beginning of a text, of at most so many bytes and without half a letter.
func cut(text string, bytes int) string {
	return strings.ToValidUTF8(text[:min(len(text), bytes)], "")
}

// Host is the part of a URL that may be told: the host, with its port.
func Host(endpoint string) string {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return "the URL"
	}
	return Text(parsed.Host)
}

// carried are the parts of a URL that may be secret: all but the scheme. The host is one, since
// some providers put the key into its name. Short ones are versions and the like.
func carried(endpoint string) []string {
	parts := strings.FieldsFunc(endpoint, func(r rune) bool { return strings.ContainsRune("/?&=@:#", r) })
	var secrets []string
	for _, part := range parts {
		if len(part) < 6 {
			continue
		}
		secrets = append(secrets, part)
		if plain, err := url.PathUnescape(part); err == nil && plain != part {
			secrets = append(secrets, plain)
		}
	}
	return secrets
}
