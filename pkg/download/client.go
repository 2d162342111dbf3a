// Package download reads files from web servers, none of which it trusts: a server may lie about
// the file, stall, send without end or point elsewhere. What a file holds is worth nothing before
// its digest was compared with one that came from somewhere else.
package download

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Limits bound a download.
type Limits struct {
	// Bytes is the most that a file may have.
	Bytes int64
	// Stall is the longest time for which a server may send less than 64 KiB.
	Stall time.Duration
	// Tries is how often in a row a server is asked without sending anything new.
	Tries int
	// Pause is the time between the first two tries. It doubles up to 30 s.
	Pause time.Duration
}

// DefaultLimits are the limits for a file of at most so many bytes.
func DefaultLimits(bytes int64) Limits {
	return Limits{Bytes: bytes, Stall: 30 * time.Second, Tries: 5, Pause: time.Second}
}

const (
	// stallBytes is what must arrive in the time of Limits.Stall.
	stallBytes = 64 << 10
	// longestPause bounds the time between two tries.
	longestPause = 30 * time.Second
	// maxRedirects is how often a server may point elsewhere; curl's -L allows 50, mirrors need one.
	maxRedirects = 5
	// maxHeaderBytes bounds the headers of an answer.
	maxHeaderBytes = 64 << 10
)

// Client downloads files.
type Client struct {
	http   *http.Client
	limits Limits
}

// NewClient makes a Client. It goes through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY
// name, and keeps no connection after a download.
func NewClient(limits Limits) *Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second, Control: refuseLinkLocal}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    30 * time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableKeepAlives:      true,
		DisableCompression:     true, // the digest is of the file as it lies there
	}
	return &Client{http: &http.Client{Transport: transport, CheckRedirect: checkRedirect}, limits: limits}
}

// Open begins to read the file at a URL. The server is first asked by the first Read, and asked
// again where the connection breaks: for the rest of the file, if it can tell that it is still
// the same one.
func (c *Client) Open(ctx context.Context, from string) *File {
	f := &File{ctx: ctx, client: c, url: from, size: -1, seen: sha256.New()}
	if err := checkURL(from); err != nil {
		f.err = f.told(err)
	}
	return f
}

// refusal is what trying again does not mend.
type refusal struct{ message string }

func (e *refusal) Error() string { return e.message }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// StatusError is an answer that is not the file.
type StatusError struct {
	// Code is the HTTP status.
	Code int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.Code, http.StatusText(e.Code))
}

// lasting reports whether asking again soon is no use.
func lasting(err error) bool {
	if errors.As(err, new(*refusal)) {
		return true
	}
	status := (*StatusError)(nil)
	if !errors.As(err, &status) || status.Code >= http.StatusInternalServerError {
		return false
	}
	switch status.Code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return true
}

func checkURL(text string) error {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "":
		return refuse("this is not a URL")
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return refuse("the URL must start with http:// or https://")
	case parsed.User != nil:
		return refuse("the URL must not carry a user or a password")
	}
	return nil
}

// checkRedirect lets a server point elsewhere, but never from https to http, where anybody on the
// way could answer. The new server is not told where we come from: that URL may be secret.
func checkRedirect(next *http.Request, via []*http.Request) error {
	next.Header.Del("Referer")
	was, is := via[len(via)-1].URL.Scheme, next.URL.Scheme
	switch {
	case len(via) > maxRedirects:
		return refuse("the server points elsewhere more than %d times", maxRedirects)
	case is != was && (was != "http" || is != "https"):
		return refuse("the server points from %s to another scheme", was)
	case next.URL.User != nil:
		return refuse("the server points to a URL with a user or a password")
	}
	return nil
}

// refuseLinkLocal keeps whoever may write a URL from reading what a cloud tells its machines at
// 169.254.169.254, credentials among it.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if at.Addr().Unmap().IsLinkLocalUnicast() {
		return refuse("the address is link-local: those are the machine's own")
	}
	return nil
}
