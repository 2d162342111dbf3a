package rollup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

const (
	// MaxBytes bounds the file. Real ones have 2 KiB, and a Secret holds 1 MiB.
	MaxBytes = 4 << 20
	// maxDepth bounds the nesting; genesis.l1.hash is the deepest that op-node knows.
	maxDepth = 16
	// maxFields bounds how many fields an object has; op-node knows some sixty in all.
	maxFields = 1000
)

var errUnnamed = errors.New("it has a field twice: remove one")

// Parse reads rollup.json. It is as strict as op-node about values, and stricter about what
// op-node reads by accident: fields twice, other encodings. Fields that nobody knows are kept
// in Fields. Errors name fields and what they must be, and never what is there: somebody may
// have put a key into the wrong place.
func Parse(data []byte) (*Config, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("it has more than %d MiB", MaxBytes>>20)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not JSON: it is not UTF-8")
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); errors.As(err, &syntax) {
		return nil, fmt.Errorf("not JSON: syntax error at byte %d", syntax.Offset)
	} else if err != nil {
		return nil, errors.New("not JSON")
	}
	doc := json.NewDecoder(bytes.NewReader(data))
	doc.UseNumber()
	r := reader{doc: doc, config: &Config{paths: map[string]bool{}}}
	if open := r.token(); open != json.Delim('{') {
		return nil, errors.New("it must be an object")
	}
	if err := r.fields("", 1); err != nil {
		return nil, err
	}
	slices.Sort(r.config.Fields)
	return r.config, nil
}

// reader walks a document that is known to be JSON.
type reader struct {
	doc    *json.Decoder
	config *Config
}

// token gives the next one. There is one: the document was seen to be whole.
func (r *reader) token() json.Token {
	token, err := r.doc.Token()
	if err != nil {
		return nil
	}
	return token
}

// fields reads the fields of an object whose path, with a dot at its end, is prefix.
func (r *reader) fields(prefix string, depth int) error {
	seen := map[string]bool{}
	for r.doc.More() {
		name, _ := r.token().(string)
		known, ok := fields[fold(prefix+name)]
		if !ok {
			known = field{path: prefix + name, at: unread}
		}
		switch {
		case seen[fold(name)] && ok:
			return fmt.Errorf("it has field %s twice: remove one", known.path)
		case seen[fold(name)]:
			return errUnnamed
		case len(seen) == maxFields:
			return fmt.Errorf("it has more than %d fields", maxFields)
		}
		seen[fold(name)] = true
		value := r.token()
		r.note(known.path, prefix == "", ok, value != nil)
		if err := r.value(known, value, depth); err != nil {
			return err
		}
	}
	r.token() // the closing bracket
	return nil
}

// note remembers that the file has a field. null is as good as none to op-node, but for the
// name of the field.
func (r *reader) note(path string, top, known, there bool) {
	if known && there {
		r.config.paths[path] = true
	}
	switch {
	case top && (known || looksLikeField(path)):
		r.config.Fields = append(r.config.Fields, path)
	case top:
		r.config.Fields = append(r.config.Fields, HiddenField)
	}
}

// looksLikeField tells a name that somebody may have thought of from a key, a token or a text.
func looksLikeField(name string) bool {
	const longest, mostDigits = 48, 4
	digits := 0
	for _, c := range []byte(name) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '_', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		default:
			return false
		}
	}
	return len(name) > 0 && len(name) <= longest && digits <= mostDigits
}

// value reads the value of a field, which begins with token.
func (r *reader) value(f field, token json.Token, depth int) error {
	at := f.at(r.config)
	if at == nil {
		return r.skip(token, depth)
	}
	if token != json.Delim('{') {
		if wants := set(at, token); wants != "" {
			return fmt.Errorf("field %s must be %s", f.path, wants)
		}
		return nil
	}
	switch at := at.(type) {
	case *object:
	case **ChainOpConfig:
		*at = &ChainOpConfig{}
	case **AltDA:
		*at = &AltDA{}
	default:
		return fmt.Errorf("field %s must be %s", f.path, set(at, token))
	}
	return r.fields(f.path+".", depth+1)
}

// skip reads past a value that begins with token.
func (r *reader) skip(token json.Token, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for r.doc.More() {
			name, _ := r.token().(string)
			if seen[name] {
				return errUnnamed
			}
			seen[name] = true
			if err := r.skip(r.token(), depth+1); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for r.doc.More() {
			if err := r.skip(r.token(), depth+1); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	r.token() // the closing bracket
	return nil
}
