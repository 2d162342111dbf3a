package config

import (
	"errors"
	"fmt"
	"io"
)

const (
	// maxDepth bounds the nesting of a genesis; storage of an account is the fourth level.
	maxDepth = 64
	// maxValue bounds one value of a genesis, in bytes; the code of a contract is one.
	maxValue = 16 << 20
)

// guard passes a JSON document on and stops one that was made to fill memory: json.Decoder
// holds a whole string, however long, and something for every bracket that is open. A
// megabyte of gzip data unpacks to a gigabyte of either.
type guard struct {
	next  io.Reader
	limit int64 // bytes that the document may have
	fault error // why the document was cut off

	size              int64 // bytes so far
	inString, escaped bool
	depth             int
	value             int // bytes since the last bracket, comma or colon
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.next.Read(p)
	g.size += int64(n)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		g.fault = errors.New("the gzip data is cut short or damaged")
	case g.size > g.limit:
		g.fault = fmt.Errorf("unpacked, it has more than %d MiB", g.limit>>20)
	}
	for _, c := range p[:n] {
		g.see(c)
	}
	if g.fault != nil {
		return 0, g.fault
	}
	return n, err
}

// see follows the document byte by byte.
func (g *guard) see(c byte) {
	g.value++
	switch {
	case g.escaped:
		g.escaped = false
	case g.inString && c == '\\':
		g.escaped = true
	case c == '"':
		g.inString = !g.inString
	case !g.inString:
		g.structure(c)
	}
	if g.depth > maxDepth {
		g.fault = fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	if g.value > maxValue {
		g.fault = fmt.Errorf("it has a value of more than %d MiB", maxValue>>20)
	}
}

// structure follows what stands outside strings.
func (g *guard) structure(c byte) {
	switch c {
	case '{', '[':
		g.depth++
	case '}', ']':
		g.depth--
	case ',', ':':
	default:
		return
	}
	g.value = 0
}
