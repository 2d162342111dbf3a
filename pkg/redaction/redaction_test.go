package redaction

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestError(t *testing.T) {
	t.Parallel()
	const endpoint = "https://files.example:8443/v3/a-long-token/genesis.json?signature=hunter%2D2secret"
	cases := map[string]struct {
		err  error
		want string
	}{
		"a URL around it":     {&url.Error{Op: "Get", URL: endpoint, Err: errors.New("connection refused")}, "connection refused"},
		"a token in it":       {errors.New("no access with a-long-token"), "no access with …"},
		"the host":            {errors.New("lookup files.example on 10.0.0.10:53: no such host"), "lookup … on 10.0.0.10:53: no such host"},
		"an unescaped token":  {errors.New("hunter-2secret is wrong"), "… is wrong"},
		"a short part":        {errors.New("v3 is gone"), "v3 is gone"},
		"a deadline":          {fmt.Errorf("a-long-token: %w", context.DeadlineExceeded), context.DeadlineExceeded.Error()},
		"a page of text":      {errors.New(strings.Repeat("é", 500)), strings.Repeat("é", 128)},
		"line breaks":         {errors.New("a\r\nb\x1b[0m"), "a  b [0m"},
		"a letter cut in two": {errors.New("x" + strings.Repeat("é", 500)), "x" + strings.Repeat("é", 127)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Error(tc.err, "http://other.example/another-token", endpoint); got.Error() != tc.want {
				t.Errorf("Error() = %q, want %q", got, tc.want)
			}
		})
	}
}

// TestTextHidesTheWholeOfAToken has parts of a URL that begin as others do.
func TestTextHidesTheWholeOfAToken(t *testing.T) {
	t.Parallel()
	for endpoint, text := range map[string]string{
		"https://rpc.example/v3?apikey=apikey_0123456789":         "apikey_0123456789 is not known",
		"https://rpc.example/project/project-0123456789":          "no such path: /project/project-0123456789",
		"https://rpc.example/token1/0123456789?from=a-token1-abc": "a-token1-abc is not known",
	} {
		if got := Text(text, endpoint); strings.Contains(got, "0123456789") || strings.Contains(got, "abc") {
			t.Errorf("Text(%q, %s) = %q", text, endpoint, got)
		}
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://user:secret@files.example:8443/token": "files.example:8443",
		"http://[::1]:80/": "[::1]:80",
		"http://a b/":      "the URL",
	} {
		if got := Host(endpoint); got != want {
			t.Errorf("Host(%s) = %q, want %q", endpoint, got, want)
		}
	}
}
