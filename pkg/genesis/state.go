package genesis

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

// messagePasser is the predeploy L2ToL1MessagePasser. From Isthmus on, a header carries the
// root of its storage.
var messagePasser = common.HexToAddress("0x4200000000000000000000000000000000000016")

var accountFields = []string{"code", "storage", "balance", "nonce"}

// state computes the root of the state that the accounts of alloc make. A trie wants its keys
// in order, and the file has them in another: so it holds the hash and the RLP of every
// account, and of one account at a time the storage.
type state struct {
	keccak   crypto.KeccakState
	trie     *trie.StackTrie // one for all, because each has buffers of its own
	schema   *schema         // of the account that is read
	accounts table[[]byte]
	slots    table[common.Hash]
	// passed is the root of the storage of messagePasser; zero where there is no such account.
	passed common.Hash
}

// maxRows bounds the accounts of a genesis, and the storage slots of an account. The largest
// genesis of the superchain registry, Fraxtal's, has 12,436 accounts.
const maxRows = 1 << 20

func newState() *state {
	return &state{
		keccak: crypto.NewKeccakState(),
		trie:   trie.NewStackTrie(nil),
		schema: &schema{subject: "the account at byte ", fields: accountFields},
	}
}

// root is the root of the accounts read.
func (s *state) root() (common.Hash, error) {
	root, err := s.accounts.root(s.trie, types.FullAccountRLP)
	return root, topSchema.rows(err, "accounts in alloc", "an account in alloc")
}

var (
	errTwice   = errors.New("a row twice")
	errTooMany = errors.New("too many rows")
)

// rows says what is wrong with the rows of a table.
func (s *schema) rows(err error, many, one string) error {
	switch {
	case errors.Is(err, errTwice):
		return s.has("%s twice: remove one", one)
	case errors.Is(err, errTooMany):
		return s.has("more than %d %s", maxRows, many)
	}
	return err
}

// readAlloc reads the accounts.
func (d *document) readAlloc(s *state) error {
	if c, err := d.peek(); err != nil || c != '{' {
		return firstOf(err, topSchema.wrong("alloc", "an object"))
	}
	return d.object(func(name []byte) error {
		at := d.offset()
		var address common.Address
		if hexutil.UnmarshalFixedUnprefixedText("", name, address[:]) != nil {
			return topSchema.has("a name in alloc that is not an address, before byte %d", at)
		}
		return s.readAccount(d, address)
	})
}

func (s *state) readAccount(d *document, address common.Address) error {
	account := types.NewEmptyStateAccount()
	account.Balance = nil
	c, err := d.peek()
	if err != nil {
		return err
	}
	s.schema.at = d.offset()
	if c != '{' {
		return topSchema.has("an account in alloc that is not an object, at byte %d", s.schema.at)
	}
	err = d.record(s.schema, func(field string) error { return s.readField(d, account, field) })
	switch {
	case err != nil:
		return err
	case account.Balance == nil:
		return s.schema.has("no balance")
	case address == messagePasser:
		s.passed = account.Root
	}
	// Most accounts have no storage or no code, of which this form does not hold the hash.
	err = s.accounts.add(crypto.HashData(s.keccak, address[:]), types.SlimAccountRLP(*account))
	return topSchema.rows(err, "accounts in alloc", "an account in alloc")
}

func (s *state) readField(d *document, account *types.StateAccount, field string) error {
	switch field {
	case "nonce":
		return d.quantity(s.schema, field, &account.Nonce)
	case "balance":
		value, err := d.bigQuantity(s.schema, field)
		if err != nil {
			return err
		}
		account.Balance = uint256.MustFromBig(value) // 256 bits at most
		return nil
	case "storage":
		return s.readStorage(d, account)
	}
	s.keccak.Reset()
	err := d.hexStream(func(code []byte) { s.keccak.Write(code) })
	if errors.Is(err, errNotHex) {
		err = s.schema.wrong(field, "0x and pairs of hexadecimal digits")
	}
	account.CodeHash = s.keccak.Sum(nil)
	return err
}

// readStorage reads the slots of an account and drops them when it has their root.
func (s *state) readStorage(d *document, account *types.StateAccount) error {
	s.slots.rows = s.slots.rows[:0]
	if c, err := d.peek(); err != nil || c != '{' {
		return firstOf(err, s.schema.wrong("storage", "an object"))
	}
	err := d.object(func(name []byte) error {
		key, ok := slotOf(name)
		if !ok {
			return s.schema.has("a storage key that is not %s", slotHex)
		}
		text, k, err := d.scalar()
		if err != nil {
			return err
		}
		value, ok := slotOf(text)
		if k == isNull {
			value, ok = common.Hash{}, true
		} else if k != isString {
			ok = false
		}
		if !ok {
			return s.schema.has("a storage value that is not %s", slotHex)
		}
		return s.slots.add(crypto.HashData(s.keccak, key[:]), value)
	})
	if err == nil {
		account.Root, err = s.slots.root(s.trie, encodeSlot)
	}
	return s.schema.rows(err, "storage slots", "a storage slot")
}

// encodeSlot gives what the trie of a storage has of a value. It has no zeros.
func encodeSlot(value common.Hash) ([]byte, error) {
	if value == (common.Hash{}) {
		return nil, nil
	}
	return rlp.EncodeToBytes(common.TrimLeftZeroes(value[:]))
}

// slotHex is how a storage key or value is written.
const slotHex = "pairs of hexadecimal digits, 32 bytes at most"

// slotOf reads the key or the value of a storage slot, which may lack zeros at its left.
func slotOf(text []byte) (slot common.Hash, ok bool) {
	text = bytes.TrimPrefix(text, []byte("0x"))
	if len(text) > 2*len(slot) || len(text)%2 != 0 {
		return slot, false
	}
	_, err := hex.Decode(slot[len(slot)-len(text)/2:], text)
	return slot, err == nil
}

// table is what goes into a trie, by the hash of its key.
type table[V any] struct {
	rows []row[V]
}

type row[V any] struct {
	key   common.Hash
	value V
}

// add puts a row into the table. Before it takes more memory it looks for a key that is there
// twice: a file that repeats one slot without end packs a thousand to one.
func (t *table[V]) add(key common.Hash, value V) error {
	if len(t.rows) == maxRows {
		return errTooMany
	}
	if len(t.rows) == cap(t.rows) {
		if !t.sort() {
			return errTwice
		}
		t.rows = slices.Grow(t.rows, max(len(t.rows), 64))
	}
	t.rows = append(t.rows, row[V]{key, value})
	return nil
}

// sort brings the rows into the order of their keys; false if two keys are the same.
func (t *table[V]) sort() bool {
	slices.SortFunc(t.rows, func(a, b row[V]) int { return bytes.Compare(a.key[:], b.key[:]) })
	for i := range t.rows[min(1, len(t.rows)):] {
		if t.rows[i].key == t.rows[i+1].key {
			return false
		}
	}
	return true
}

// root is the root of the trie of the rows. A row that encodes to nothing is not in it.
func (t *table[V]) root(tree *trie.StackTrie, encode func(V) ([]byte, error)) (common.Hash, error) {
	if !t.sort() {
		return common.Hash{}, errTwice
	}
	tree.Reset()
	for i := range t.rows {
		data, err := encode(t.rows[i].value)
		if err == nil && len(data) > 0 {
			err = tree.Update(t.rows[i].key[:], data)
		}
		if err != nil {
			return common.Hash{}, fmt.Errorf("add to trie: %w", err)
		}
	}
	return tree.Hash(), nil
}
