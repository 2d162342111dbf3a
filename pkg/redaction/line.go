package redaction

import (
	"regexp"
	"strings"
	"unicode"
)

// maxLineBytes bounds what is told of a line of a log.
const maxLineBytes = 512

var (
	// anyURL is a scheme and all that may follow it, with its slashes as they are, escaped as
	// JSON may have them, or as a URL within a URL has them. A stop at its end is the sentence's.
	anyURL = regexp.MustCompile("([A-Za-z][A-Za-z0-9+.-]*)(?::|%3[aA])(?:(?:\\\\*/)|%2[fF]){2}(?:[^\\s\"<>`]*[^\\s\"<>`.,:;)])?")
	// longHex may be a private key, which has 64 digits, or a few less where zeros in front were
	// dropped. A hash looks the same, and goes with it. Decimal keys are longer still.
	longHex = regexp.MustCompile(`(?:0[xX])?[0-9a-fA-F]{60,}`)
	// token is a JSON Web Token: those that op-geth takes begin so.
	token = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*`)
	// word is long enough for an API key. Some providers put that into the name of a host, which a
	// program tells without the rest of the URL where it cannot find it.
	word = regexp.MustCompile(`[A-Za-z0-9_]{20,}`)
	// address is an account or a contract, which everybody may know.
	address = regexp.MustCompile(`^0[xX][0-9a-fA-F]{40}$`)
)

// notAKey leaves a word as it is where it is no API key: these have both letters and digits.
func notAKey(word string) string {
	const digits = "0123456789"
	if address.MatchString(word) || !strings.ContainsAny(word, digits) || strings.Trim(word, digits+"_") == "" {
		return word
	}
	return "…"
}

// Line is what a program wrote, as it may be told to those who may read neither its log nor its
// Secrets: on one line, bounded, without what the endpoints carry, and without anything that looks
// like a URL, a key or a token, whosever it is. Letters that cannot be seen are left out, since they
// could hide one.
func Line(text string, endpoints ...string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = anyURL.ReplaceAllString(text, "$1://…")
	text = hide(text, endpoints)
	text = longHex.ReplaceAllString(text, "…")
	text = token.ReplaceAllString(text, "…")
	text = word.ReplaceAllStringFunc(text, notAKey)
	return strings.TrimSpace(cut(text, maxLineBytes))
}
