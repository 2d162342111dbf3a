package genesis

import (
	"fmt"
	"strconv"
	"strings"
)

// schema is an object of which op-geth knows some fields.
type schema struct {
	// subject begins a sentence about the object, owner one about a field of it.
	subject, owner string
	// at is where the object begins, if there are many of its kind; then subject ends with it.
	at     int64
	fields []string
	// notNull is the field of which op-geth does not take null, if there is one.
	notNull string
}

// has says something about the object.
func (s *schema) has(format string, args ...any) error {
	who := s.subject
	if s.at > 0 {
		who += strconv.FormatInt(s.at, 10)
	}
	return fmt.Errorf("%s has %s", who, fmt.Sprintf(format, args...))
}

// wrong says of a field that its value is not what op-geth reads there.
func (s *schema) wrong(field, want string) error {
	if s.at > 0 {
		return s.has("a %s that is not %s", field, want)
	}
	return fmt.Errorf("%s%s is not %s", s.owner, field, want)
}

// maxOthers bounds the fields of an object that op-geth does not know and passes over.
const maxOthers = 100

// record reads an object. It calls read for each field of the schema that is there and not
// null, by the name that the schema has, and passes over the others as op-geth does. A field
// may be there only once: of two, op-geth would take the last, and a reader of the file the
// first.
func (d *document) record(s *schema, read func(field string) error) error {
	var seen uint64
	var others map[string]bool
	return d.object(func(name []byte) error {
		i := s.index(name)
		if i < 0 {
			switch {
			case others[string(name)]:
				return s.has("a field twice: remove one")
			case len(others) == maxOthers:
				return s.has("more than %d fields that op-geth does not know", maxOthers)
			case others == nil:
				others = map[string]bool{}
			}
			others[string(name)] = true
			return d.skip()
		}
		if seen&(1<<i) != 0 {
			return s.has("two fields %q: remove one", s.fields[i])
		}
		seen |= 1 << i
		if s.fields[i] != s.notNull {
			if null, err := d.null(); null || err != nil {
				return err
			}
		}
		return read(s.fields[i])
	})
}

// index finds a field as encoding/json does for geth: upper and lower case are the same.
func (s *schema) index(name []byte) int {
	for i, field := range s.fields {
		if string(name) == field {
			return i
		}
	}
	for i, field := range s.fields {
		if strings.EqualFold(string(name), field) {
			return i
		}
	}
	return -1
}

// null reads past a null. geth takes it for a field that is not there.
func (d *document) null() (bool, error) {
	c, err := d.peek()
	if err != nil || c != 'n' {
		return false, err
	}
	_, _, err = d.scalar()
	return true, err
}
