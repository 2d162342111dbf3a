package config

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

var (
	errNotJSON   = errors.New("not a JSON object, or cut short")
	errChainID   = errors.New("its config is not an object with a whole number as chainId")
	errTimestamp = errors.New("its timestamp is not a number")
)

// summariseGenesis reads a gzipped genesis once, as a stream, holding none of it. limit is the
// most bytes that it may have unpacked.
func summariseGenesis(packed []byte, limit int64) (genesisSummary, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return genesisSummary{}, errors.New("not gzip data: make it with gzip -9n genesis.json")
	}
	guarded := &guard{next: unzipped, limit: limit}
	summary, err := scanGenesis(json.NewDecoder(guarded))
	if guarded.fault != nil {
		return genesisSummary{}, guarded.fault
	}
	return summary, err
}

// scanGenesis walks the top level of the document. The values that it does not need, such as
// the allocations, are read past without being held.
func scanGenesis(doc *json.Decoder) (genesisSummary, error) {
	doc.UseNumber()
	found := genesisScan{seen: map[string]bool{}}
	open, err := doc.Token()
	if err != nil {
		return genesisSummary{}, errNotJSON
	}
	if err := eachField(doc, open, errNotJSON, found.read); err != nil {
		return genesisSummary{}, err
	}
	if _, err := doc.Token(); !errors.Is(err, io.EOF) {
		return genesisSummary{}, errors.New("something follows the JSON object: remove it")
	}
	if !found.hasChainID {
		return genesisSummary{}, errors.New("it has no config.chainId")
	}
	if !found.seen["alloc"] && !found.seen["stateHash"] {
		return genesisSummary{}, errors.New("it has no alloc")
	}
	found.known = true
	return found.genesisSummary, nil
}

// genesisScan is what was found of a genesis so far.
type genesisScan struct {
	genesisSummary
	hasChainID bool
	seen       map[string]bool
}

// genesisFields are the fields that a message may name. It names no others: somebody may
// have put something secret there.
var genesisFields = []string{"config", "timestamp", "alloc", "stateHash"}

// maxGenesisFields bounds what is remembered of a genesis; geth knows sixteen.
const maxGenesisFields = 100

func (g *genesisScan) read(doc *json.Decoder, name string) error {
	switch {
	case g.seen[name] && slices.Contains(genesisFields, name):
		return fmt.Errorf("it has two fields %q: remove one", name)
	case g.seen[name]:
		return errors.New("it has a field twice: remove one")
	case len(g.seen) == maxGenesisFields:
		return fmt.Errorf("it has more than %d fields", maxGenesisFields)
	}
	g.seen[name] = true
	value, err := doc.Token()
	if err != nil {
		return errNotJSON
	}
	switch {
	case name == "config" && value != nil:
		return eachField(doc, value, errChainID, g.readConfig)
	case name == "timestamp":
		g.timestamp, err = quantity(value)
		return err
	}
	return skip(doc, value)
}

func (g *genesisScan) readConfig(doc *json.Decoder, name string) error {
	value, err := doc.Token()
	if err != nil {
		return errNotJSON
	}
	if !strings.EqualFold(name, "chainId") { // as geth compares names
		return skip(doc, value)
	}
	if value == nil {
		return nil
	}
	id, ok := value.(json.Number)
	if !ok {
		return errChainID
	}
	g.chainID, err = id.Int64()
	if err != nil {
		return errChainID
	}
	g.hasChainID = true
	return nil
}

// eachField has read read every field of the object that open begins. If open begins
// something else, that is otherwise.
func eachField(doc *json.Decoder, open json.Token, otherwise error, read func(*json.Decoder, string) error) error {
	if open != json.Delim('{') {
		return otherwise
	}
	for doc.More() {
		key, err := doc.Token()
		if err != nil {
			return errNotJSON
		}
		name, _ := key.(string)
		if err := read(doc, name); err != nil {
			return err
		}
	}
	if end, err := doc.Token(); err != nil || end != json.Delim('}') {
		return errNotJSON
	}
	return nil
}

// skip reads past the rest of the value that token begins.
func skip(doc *json.Decoder, token json.Token) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if token, err = doc.Token(); err != nil {
			return errNotJSON
		}
	}
}

// quantity reads a number as geth's genesis files write it: "0x5f5e100", "100" or 100.
func quantity(token json.Token) (uint64, error) {
	var text string
	switch token := token.(type) {
	case nil:
		return 0, nil
	case json.Number:
		text = token.String()
	case string:
		text = token
	default:
		return 0, errTimestamp
	}
	digits, base := text, 10
	if len(text) > 1 && strings.EqualFold(text[:2], "0x") {
		digits, base = text[2:], 16
	}
	if text == "" {
		return 0, nil
	}
	value, err := strconv.ParseUint(digits, base, 63)
	if err != nil {
		return 0, errTimestamp
	}
	return value, nil
}
