package genesis

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
)

// quantity reads a number as geth's genesis files write it: "0x5f5e100", "100" or 100.
func (d *document) quantity(s *schema, field string, to *uint64) error {
	text, k, err := d.scalar()
	if err != nil {
		return err
	}
	value, ok := math.ParseUint64(string(text))
	if !ok || (k != isNumber && k != isString) {
		return s.wrong(field, "a number")
	}
	*to = value
	return nil
}

// bigQuantity is quantity for numbers of up to 256 bits.
func (d *document) bigQuantity(s *schema, field string) (*big.Int, error) {
	text, k, err := d.scalar()
	if err != nil {
		return nil, err
	}
	value, ok := math.ParseBig256(string(text))
	if !ok || (k != isNumber && k != isString) || value.Sign() < 0 {
		return nil, s.wrong(field, "a number")
	}
	return value, nil
}

// whole reads a number that geth takes only as JSON has them: 100.
func (d *document) whole(s *schema, field string, to *uint64) error {
	text, k, err := d.scalar()
	if err != nil {
		return err
	}
	value, bad := strconv.ParseUint(string(text), 10, 64)
	if bad != nil || k != isNumber {
		return s.wrong(field, "a whole number")
	}
	*to = value
	return nil
}

// blockNumber is whole for the number of a fork's block, which geth takes of any size.
func (d *document) blockNumber(s *schema, field string) (*big.Int, error) {
	text, k, err := d.scalar()
	if err != nil {
		return nil, err
	}
	value, ok := new(big.Int).SetString(string(text), 10)
	if !ok || k != isNumber {
		return nil, s.wrong(field, "a whole number")
	}
	return value, nil
}

func (d *document) boolean(s *schema, field string) (bool, error) {
	text, k, err := d.scalar()
	if err == nil && k != isBool {
		err = s.wrong(field, "true or false")
	}
	return string(text) == "true", err
}

// fixed reads hex data of as many bytes as to has.
func (d *document) fixed(s *schema, field string, to []byte) error {
	text, k, err := d.scalar()
	if err != nil {
		return err
	}
	if k != isString || hexutil.UnmarshalFixedText("", text, to) != nil {
		return s.wrong(field, fmt.Sprintf("0x and %d hexadecimal digits", 2*len(to)))
	}
	return nil
}

// data reads hex data of any size that is held.
func (d *document) data(s *schema, field string) ([]byte, error) {
	text, k, err := d.scalar()
	if err != nil {
		return nil, err
	}
	var data hexutil.Bytes
	if k != isString || data.UnmarshalText(text) != nil {
		return nil, s.wrong(field, "0x and pairs of hexadecimal digits")
	}
	return data, nil
}

// errNotHex is of hexStream only; it never reaches a user.
var errNotHex = errors.New("not hex data")

// nibbles are the values of hexadecimal digits; 0xff is of other characters.
var nibbles = func() (values [256]byte) {
	for c := range values {
		values[c] = 0xff
		if v, err := strconv.ParseUint(string(rune(c)), 16, 8); err == nil && c < 0x80 {
			values[c] = byte(v)
		}
	}
	return values
}()

// hexStream reads a string of hex data of any size, and hands it on piece by piece.
func (d *document) hexStream(write func([]byte)) error {
	if c, err := d.peek(); err != nil || c != '"' {
		return firstOf(err, errNotHex)
	}
	d.pos++
	prefix, err := d.window(2)
	if err != nil {
		return err
	}
	switch {
	case len(prefix) == 0:
		return errCut
	case string(prefix) == "0x", string(prefix) == "0X":
		d.pos += len(prefix)
	case prefix[0] != '"': // an empty string is no data
		return errNotHex
	}
	return d.digits(write)
}

// digits is hexStream behind the prefix.
func (d *document) digits(write func([]byte)) error {
	var out [1024]byte
	n, half, odd := 0, byte(0), false
	for {
		piece, last, err := d.piece()
		if err != nil {
			return err
		}
		for _, c := range piece {
			v := nibbles[c]
			switch {
			case v == 0xff:
				return errNotHex
			case !odd:
				half, odd = v<<4, true
				continue
			}
			out[n], odd = half|v, false
			if n++; n == len(out) {
				write(out[:])
				n = 0
			}
		}
		if last {
			break
		}
	}
	if odd {
		return errNotHex
	}
	write(out[:n])
	return nil
}
