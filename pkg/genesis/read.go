package genesis

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// gzipMagic is how gzip data starts (RFC 1952).
var gzipMagic = []byte{0x1f, 0x8b}

// IsGzip says whether data begins as gzip data does.
func IsGzip(data []byte) bool { return bytes.HasPrefix(data, gzipMagic) }

var (
	errNotObject = errors.New("not a JSON object")
	errDamaged   = errors.New("the gzip data is cut short or damaged")
)

var topSchema = &schema{
	subject: "it", owner: "its ",
	fields: []string{
		"config", "nonce", "timestamp", "extraData", "gasLimit", "difficulty", "mixHash", "coinbase", "alloc", "number", "gasUsed",
		"parentHash", "baseFeePerGas", "excessBlobGas", "blobGasUsed", "slotNumber", "stateHash",
	},
}

// Read reads a genesis.json, gzipped or not, and computes the first block from it as op-geth
// does. It reads r as a stream and holds no part of it for longer than it must: of the state,
// about a hundred bytes for each account. limit is the most bytes that the file may have
// unpacked.
//
// An error says what to change. It quotes nothing of the file but names of fields that op-geth
// knows, because somebody may have put a key into the wrong Secret.
func Read(r io.Reader, limit int64) (*Genesis, error) {
	in := bufio.NewReader(r)
	start, err := in.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	if !IsGzip(start) {
		return newDocument(in, limit).readGenesis()
	}
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return nil, unreadable(err)
	}
	return newDocument(unzipped, limit).readGenesis()
}

// unreadable tells damaged data from data that could not be read.
func unreadable(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt) {
		return errDamaged
	}
	return fmt.Errorf("read genesis: %w", err)
}

// firstOf is the first error that is one.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *document) readGenesis() (*Genesis, error) {
	switch c, err := d.peek(); {
	case err != nil && !errors.Is(err, errCut):
		return nil, err
	case c != '{':
		return nil, errNotObject
	}
	f := &file{state: newState()}
	if err := d.record(topSchema, func(field string) error { return f.read(d, field) }); err != nil {
		return nil, err
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.genesis()
}

// file is what a genesis.json says.
type file struct {
	chain     *chain
	header    types.Header
	nonce     uint64
	number    uint64
	gasLimit  *uint64
	hasAlloc  bool
	stateHash *common.Hash
	state     *state
}

func (f *file) read(d *document, field string) (err error) {
	h := &f.header
	switch field {
	case "config":
		f.chain, err = d.readChain()
		return err
	case "alloc":
		f.hasAlloc = true
		return d.readAlloc(f.state)
	case "extraData":
		h.Extra, err = d.data(topSchema, field)
		return err
	case "difficulty":
		h.Difficulty, err = d.bigQuantity(topSchema, field)
		return err
	case "baseFeePerGas":
		h.BaseFee, err = d.bigQuantity(topSchema, field)
		return err
	case "slotNumber":
		h.SlotNumber = new(uint64)
		return d.whole(topSchema, field, h.SlotNumber)
	}
	if to := f.hash(field); to != nil {
		return d.fixed(topSchema, field, to)
	}
	return d.quantity(topSchema, field, f.quantity(field))
}

// hash is where a field of a fixed size goes; nil for other fields.
func (f *file) hash(field string) []byte {
	switch field {
	case "mixHash":
		return f.header.MixDigest[:]
	case "coinbase":
		return f.header.Coinbase[:]
	case "parentHash":
		return f.header.ParentHash[:]
	case "stateHash":
		f.stateHash = &common.Hash{}
		return f.stateHash[:]
	}
	return nil
}

// quantity is where a field that is a number goes.
func (f *file) quantity(field string) *uint64 {
	switch field {
	case "nonce":
		return &f.nonce
	case "timestamp":
		return &f.header.Time
	case "number":
		return &f.number
	case "gasUsed":
		return &f.header.GasUsed
	case "gasLimit":
		f.gasLimit = new(uint64)
		return f.gasLimit
	case "excessBlobGas":
		f.header.ExcessBlobGas = new(uint64)
		return f.header.ExcessBlobGas
	}
	f.header.BlobGasUsed = new(uint64)
	return f.header.BlobGasUsed
}

// check finds what op-geth refuses in a file of which it can read every field.
func (f *file) check() error {
	switch {
	case f.chain == nil || f.chain.id == nil:
		return topSchema.has("no config.chainId")
	case !f.hasAlloc:
		return topSchema.has("no alloc")
	case f.gasLimit == nil:
		return topSchema.has("no gasLimit")
	case f.header.Difficulty == nil:
		return topSchema.has("no difficulty")
	case f.stateHash != nil && len(f.state.accounts.rows) > 0:
		return errors.New("it has both a stateHash and accounts in alloc: remove one of them")
	case f.chain.verkle:
		return errors.New("its config has enableVerkleAtGenesis, with which no OP Stack chain starts: remove it")
	}
	return firstOf(f.checkSizes(), f.checkIsthmus())
}

// checkSizes finds numbers that op-geth, or a program beside it, would take for negative ones.
func (f *file) checkSizes() error {
	switch {
	case *f.chain.id > math.MaxInt64:
		return configSchema.wrong("chainId", "below 2^63")
	case f.header.Time > math.MaxInt64:
		return topSchema.wrong("timestamp", "below 2^63")
	case f.number > math.MaxInt64:
		return topSchema.wrong("number", "below 2^63")
	}
	return nil
}

// checkIsthmus finds what makes op-geth panic where Isthmus is active in the first block.
func (f *file) checkIsthmus() error {
	if !f.chain.isIsthmus(f.header.Time) {
		return nil
	}
	if f.stateHash != nil {
		return errors.New("it has a stateHash, but isthmusTime is not after its timestamp: give the accounts in alloc")
	}
	if !f.chain.active(shanghaiTime, new(big.Int).SetUint64(f.number), f.header.Time) {
		return errors.New("its config has isthmusTime at the first block, but not shanghaiTime: set shanghaiTime too")
	}
	return nil
}
