package genesis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxDepth bounds the nesting of a genesis; storage of an account is the fourth level.
	maxDepth = 64
	// maxName bounds the name of a field, in bytes; an address has 42, a storage key 66.
	maxName = 256
	// maxScalar bounds a value that is held as text, in bytes. Code is not held.
	maxScalar = 4096
	// bufferSize is what is held of the document at a time, in bytes.
	bufferSize = 64 << 10
)

var (
	errCut  = errors.New("the JSON is cut short")
	errUTF8 = errors.New("it is not UTF-8 text")
)

// document reads JSON as a stream. It takes the same amount of memory for every document,
// because it hands on strings piece by piece and remembers only how deep it is. json.Decoder
// holds whole strings, and a megabyte of gzip data unpacks to one of a gigabyte.
type document struct {
	from  io.Reader
	limit int64 // bytes that the document may have

	buf      []byte
	pos, end int   // what is not read yet of buf
	before   int64 // bytes of the document that came before buf
	depth    int
	name     []byte // the last field's name
	text     []byte // the last scalar
}

func newDocument(r io.Reader, limit int64) *document {
	return &document{from: r, limit: limit, buf: make([]byte, bufferSize)}
}

// offset is the position of the next byte, counted from one as editors do.
func (d *document) offset() int64 { return d.before + int64(d.pos) + 1 }

func (d *document) syntax() error {
	return fmt.Errorf("not JSON: syntax error at byte %d", d.offset())
}

// fill reads more into buf, behind what is not read yet. The end of the document is io.EOF.
func (d *document) fill() error {
	d.before += int64(d.pos)
	d.end = copy(d.buf, d.buf[d.pos:d.end])
	d.pos = 0
	for range 100 { // as bufio has it: a reader may give nothing, but not for ever
		n, err := d.from.Read(d.buf[d.end:])
		d.end += n
		switch {
		case d.before+int64(d.end) > d.limit:
			return fmt.Errorf("unpacked, it has more than %d MiB", d.limit>>20)
		case n > 0:
			return nil
		case errors.Is(err, io.EOF):
			return io.EOF
		case err != nil:
			return unreadable(err)
		}
	}
	return unreadable(io.ErrNoProgress)
}

// more is fill where the document must not end.
func (d *document) more() error {
	err := d.fill()
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}

// window gives the next n bytes without reading past them; fewer only at the end.
func (d *document) window(n int) ([]byte, error) {
	for d.end-d.pos < n {
		err := d.fill()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return d.buf[d.pos:min(d.end, d.pos+n)], nil
}

// peek gives the first byte of what comes next, past white space.
func (d *document) peek() (byte, error) {
	for {
		for d.pos < d.end {
			switch c := d.buf[d.pos]; c {
			case ' ', '\t', '\r', '\n':
				d.pos++
			default:
				return c, nil
			}
		}
		if err := d.more(); err != nil {
			return 0, err
		}
	}
}

// take reads past c, which must come next.
func (d *document) take(c byte) error {
	switch got, err := d.peek(); {
	case err != nil:
		return err
	case got != c:
		return d.syntax()
	}
	d.pos++
	return nil
}

// finish reads to the end, where a gzip reader checks what it read.
func (d *document) finish() error {
	switch _, err := d.peek(); {
	case errors.Is(err, errCut):
		return nil
	case err != nil:
		return err
	}
	return errors.New("something follows the JSON object: remove it")
}

// members reads what stands between open and end, separated by commas.
func (d *document) members(open, end byte, read func() error) error {
	if err := d.take(open); err != nil {
		return err
	}
	if d.depth++; d.depth > maxDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	defer func() { d.depth-- }()
	switch c, err := d.peek(); {
	case err != nil:
		return err
	case c == end:
		d.pos++
		return nil
	}
	for {
		if err := read(); err != nil {
			return err
		}
		switch c, err := d.peek(); {
		case err != nil:
			return err
		case c == end:
			d.pos++
			return nil
		case c != ',':
			return d.syntax()
		}
		d.pos++
	}
}

// object reads an object. For each field it calls read, which must make use of the name
// before it reads the value.
func (d *document) object(read func(name []byte) error) error {
	return d.members('{', '}', func() error {
		if err := d.readName(); err != nil {
			return err
		}
		if err := d.take(':'); err != nil {
			return err
		}
		return read(d.name)
	})
}

func (d *document) readName() error {
	if err := d.take('"'); err != nil {
		return err
	}
	d.name = d.name[:0]
	for {
		piece, last, err := d.piece()
		if err != nil {
			return err
		}
		if len(d.name)+len(piece) > maxName {
			return fmt.Errorf("it has a field whose name has more than %d bytes", maxName)
		}
		d.name = append(d.name, piece...)
		if last {
			return d.unescapeName()
		}
	}
}

// unescapeName gives the name that is meant, if it was written with escapes.
func (d *document) unescapeName() error {
	if bytes.IndexByte(d.name, '\\') < 0 {
		return nil
	}
	var name string
	if err := json.Unmarshal([]byte(`"`+string(d.name)+`"`), &name); err != nil {
		return d.syntax()
	}
	d.name = append(d.name[:0], name...)
	return nil
}

// piece gives the next characters of a string whose quote was read; last is set where the
// string ends behind them. Escapes come as they are written, each as a piece of its own.
func (d *document) piece() (piece []byte, last bool, err error) {
	if d.pos == d.end {
		if err := d.more(); err != nil {
			return nil, false, err
		}
	}
	start := d.pos
	for d.pos < d.end && plain[d.buf[d.pos]] {
		d.pos++
	}
	piece = d.buf[start:d.pos]
	switch {
	case d.pos < d.end && d.buf[d.pos] == '"':
		d.pos++
		return piece, true, nil
	case len(piece) > 0:
		return piece, false, nil
	}
	size, err := d.special()
	if err != nil {
		return nil, false, err
	}
	d.pos += size
	return d.buf[d.pos-size : d.pos], false, nil
}

// plain are the characters that mean themselves in a string and have one byte.
var plain = func() (set [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// special gives the size of the escape or of the character of several bytes that comes next.
func (d *document) special() (int, error) {
	next, err := d.window(len(`\u0000`))
	if err != nil {
		return 0, err
	}
	switch {
	case next[0] == '\\':
		return d.escape(next)
	case next[0] < utf8.RuneSelf:
		return 0, d.syntax() // a control character
	}
	r, size := utf8.DecodeRune(next)
	if r == utf8.RuneError && size == 1 {
		return 0, errUTF8
	}
	return size, nil
}

// escape gives the size of the escape that next begins with.
func (d *document) escape(next []byte) (int, error) {
	switch {
	case len(next) == 1:
		return 0, errCut
	case strings.IndexByte(`"\/bfnrt`, next[1]) >= 0:
		return 2, nil
	case next[1] == 'u' && len(next) == 6:
		if _, err := strconv.ParseUint(string(next[2:]), 16, 16); err == nil {
			return 6, nil
		}
	}
	return 0, d.syntax()
}

// kind is what a value is.
type kind int

const (
	isOther kind = iota // an object, a list, or a string that is too long to be held
	isNull
	isBool
	isNumber
	isString
)

// scalar reads a value that is short: the text of a string, or a number, true, false or null
// as it stands. The text is good until the next call. Of another value nothing is read.
func (d *document) scalar() ([]byte, kind, error) {
	c, err := d.peek()
	if err != nil {
		return nil, isOther, err
	}
	switch c {
	case '{', '[':
		return nil, isOther, nil
	case '"':
		return d.short()
	}
	return d.literal(c)
}

func (d *document) short() ([]byte, kind, error) {
	d.pos++
	d.text = d.text[:0]
	for {
		piece, last, err := d.piece()
		switch {
		case err != nil:
			return nil, isOther, err
		case len(d.text)+len(piece) > maxScalar:
			return nil, isOther, nil
		}
		d.text = append(d.text, piece...)
		if last {
			return d.text, isString, nil
		}
	}
}

func (d *document) literal(first byte) ([]byte, kind, error) {
	if err := d.word(); err != nil {
		return nil, isOther, err
	}
	// Not to ask for digits halves the time for a list of digits that was made to take time.
	if isDigit := len(d.text) == 1 && '0' <= first && first <= '9'; !isDigit && !json.Valid(d.text) {
		return nil, isOther, d.syntax()
	}
	switch first {
	case 'n':
		return d.text, isNull, nil
	case 't', 'f':
		return d.text, isBool, nil
	}
	return d.text, isNumber, nil
}

// word reads the characters of a literal into text.
func (d *document) word() error {
	d.text = d.text[:0]
	for {
		start := d.pos
		for d.pos < d.end && literal[d.buf[d.pos]] {
			d.pos++
		}
		if d.text = append(d.text, d.buf[start:d.pos]...); len(d.text) > maxScalar {
			return fmt.Errorf("it has a number of more than %d digits", maxScalar)
		}
		next, err := d.window(1) // the rest may not be in buf yet
		if err != nil || len(next) == 0 || !literal[next[0]] {
			return err
		}
	}
}

// literal are the characters of numbers, true, false and null.
var literal = func() (set [256]bool) {
	for _, c := range "0123456789+-.eEtrufalsn" {
		set[c] = true
	}
	return set
}()

// skip reads past a value of any kind.
func (d *document) skip() error {
	c, err := d.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return d.object(func([]byte) error { return d.skip() })
	case '[':
		return d.members('[', ']', d.skip)
	case '"':
		d.pos++
		for last := false; err == nil && !last; {
			_, last, err = d.piece()
		}
		return err
	}
	_, _, err = d.literal(c)
	return err
}
