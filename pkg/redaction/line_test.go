package redaction

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const keyOf64 = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

func TestLine(t *testing.T) {
	t.Parallel()
	const l1 = "https://eth.example/v2/alchemy-key-012"
	cases := map[string]struct{ in, want string }{
		"nothing to hide":          {"no such file or directory: /data/genesis.json", "no such file or directory: /data/genesis.json"},
		"the L1 endpoint":          {`Post "https://eth.example/v2/alchemy-key-012": connection refused`, `Post "https://…": connection refused`},
		"a part of the endpoint":   {"dial tcp: lookup eth.example: no such host", "dial tcp: lookup …: no such host"},
		"another endpoint":         {"dial wss://user:pass@other.example/k3y?x=1: bad", "dial wss://…: bad"},
		"a URL with escapes":       {`{"url":"https:\/\/other.example\/key"}`, `{"url":"https://…"}`},
		"a URL in a URL":           {"x=https%3A%2F%2Fother.example%2Fkey y", "x=https://… y"},
		"a URL in a sentence":      {"dial https://other.example/a.b:c, then (see ws://b/c).", "dial https://…, then (see ws://…)."},
		"a URL that is all":        {"http://a", "http://…"},
		"a key":                    {"invalid key " + keyOf64 + " given", "invalid key … given"},
		"a key with its prefix":    {"invalid key 0x" + keyOf64 + ", sorry", "invalid key …, sorry"},
		"a key without its zeros":  {"key " + keyOf64[:61], "key …"},
		"two keys in one":          {keyOf64 + keyOf64, "…"},
		"a key with something":     {"key=" + strings.ToUpper(keyOf64) + "!", "key=…!"},
		"a key with a break in it": {keyOf64[:32] + "\u200b\x1b" + keyOf64[32:], "…"},
		"a scheme in pieces":       {"https:\x00//other.example/key", "https://…"},
		"an address":               {"account 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 is poor", "account 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 is poor"},
		"a token":                  {"Bearer eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE3MDB9.abc-_1 refused", "Bearer … refused"},
		"a key in a host's name":   {"dial tcp: lookup 9aa3d95b3bc440fa88ea.quiknode.example on 10.0.0.1:53: no such host", "dial tcp: lookup ….quiknode.example on 10.0.0.1:53: no such host"},
		"a key by itself":          {"invalid API key yLPzP2sVKx8wQ3rT7uBn_dEf, sorry", "invalid API key …, sorry"},
		"half of an address":       {"key f39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "key …"},
		"words and numbers":        {"my-chain-901-op-geth-7d9f8b6c5d-x2x4z has 210000000000000000000 wei, want InsufficientFundsForGas", "my-chain-901-op-geth-7d9f8b6c5d-x2x4z has 210000000000000000000 wei, want InsufficientFundsForGas"},
		"escapes of a terminal":    {"\x1b[31mred\x1b[0m\tand\r\n", "[31mred[0m and"},
		"letters that turn text":   {"abc\u202ecba", "abccba"},
		"bytes that are no text":   {"a\xff\xfeb", "ab"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Line(tc.in, l1); got != tc.want {
				t.Errorf("Line() = %q, want %q", got, tc.want)
			}
		})
	}
}

// TestLineHidesBeforeItCuts has a key across the bound.
func TestLineHidesBeforeItCuts(t *testing.T) {
	t.Parallel()
	got := Line(strings.Repeat("é", maxLineBytes/2-10) + " " + keyOf64)
	if strings.Contains(got, keyOf64[:8]) || len(got) > maxLineBytes || !utf8.ValidString(got) {
		t.Errorf("Line() = %q", got)
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{"", "https://a/b", keyOf64, `https:\/\/a`, "a%3A%2F%2Fb", "é\xff\u202e", "eyJa.b.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Line("see "+text+" https://other.example/a-secret "+keyOf64+" end", "https://rpc.example/v2/another-secret")
		if len(got) > maxLineBytes || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Line(%q) = %q", text, got)
		}
		if strings.Contains(got, "a-secret") && !strings.Contains(text, "a-secret") || strings.Contains(got, keyOf64[:60]) {
			t.Errorf("Line(%q) tells: %q", text, got)
		}
	})
}
