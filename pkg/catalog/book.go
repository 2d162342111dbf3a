package catalog

import (
	_ "embed" // the catalogue itself
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"sigs.k8s.io/yaml"
)

//go:embed catalog.yaml
var file []byte

// facts is the catalogue that was built in. It is a part of the program like its code, and its
// tests read it: a mistake in it cannot get past them.
var facts = func() *book {
	b, err := read(file)
	if err != nil {
		panic(err)
	}
	return b
}()

// book is catalog.yaml.
type book struct {
	Components  []program  `json:"components"`
	Foreign     []foreign  `json:"foreign"`
	RollupForks []fork     `json:"rollupForks"`
	L1Forks     []fork     `json:"l1Forks"`
	Proposals   []proposal `json:"proposals"`

	RollupConfig struct {
		Strict struct {
			Span   Span   `json:"span"`
			Source string `json:"source"`
		} `json:"strict"`
		Fields map[string]Span `json:"fields"`
		Source string          `json:"source"`
	} `json:"rollupConfig"`
}

type program struct {
	Name         Component     `json:"name"`
	Images       []string      `json:"images"`
	Tag          pattern       `json:"tag"`
	EndOfSupport *endOfSupport `json:"endOfSupport"`
	Source       string        `json:"source"`
}

type endOfSupport struct {
	Date        day    `json:"date"`
	Replacement string `json:"replacement"`
	Source      string `json:"source"`
}

type foreign struct {
	Program string   `json:"program"`
	Images  []string `json:"images"`
	Tag     pattern  `json:"tag"`
	Reason  string   `json:"reason"`
	Source  string   `json:"source"`
}

type fork struct {
	Name   string               `json:"name"`
	Lowest map[Component]Lowest `json:"lowest"`
	// Times are of forks of L1, by its chain ID.
	Times       map[int64]time.Time `json:"times"`
	Approximate bool                `json:"approximate"`
	Source      string              `json:"source"`
}

type proposal struct {
	Contract Contract `json:"contract"`
	Span     Span     `json:"span"`
	Source   string   `json:"source"`
}

// suffix is what may follow a version in a tag: a candidate's number, or what its builder added.
const suffix = `(-[0-9A-Za-z.-]{1,64})?`

// pattern is what a tag that tells a version looks like; nil where any tag will do.
type pattern struct{ *regexp.Regexp }

// UnmarshalText reads the pattern of a version, and lets a suffix follow it.
func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.Regexp, err = regexp.Compile(`^(` + string(text) + `)` + suffix + `$`)
	return err
}

// day is a date: its beginning in UTC.
type day struct{ begin time.Time }

// UnmarshalText reads a date such as 2026-05-31.
func (d *day) UnmarshalText(text []byte) (err error) {
	d.begin, err = time.Parse(time.DateOnly, string(text))
	return err
}

// read reads a catalogue and holds it to its own rules.
func read(text []byte) (*book, error) {
	b := &book{}
	if err := yaml.UnmarshalStrict(text, b); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	return b, nil
}

// check finds what is missing, since a missing entry would read as "any version will do".
func (b *book) check() error {
	return errors.Join(b.checkPrograms(), b.checkForks(), b.checkSpans())
}

func (b *book) checkPrograms() error {
	var l lacks
	for _, component := range Components() {
		p := b.program(component)
		l.unless(len(p.Images) > 0 && p.Tag.Regexp != nil && p.Source != "", "%s is incomplete", component)
		l.unless(p.EndOfSupport == nil || p.EndOfSupport.Replacement != "" && p.EndOfSupport.Source != "", "the end of support of %s is incomplete", component)
	}
	l.unless(len(b.Components) == len(Components()), "a component is twice here, or is none")
	for _, f := range b.Foreign {
		l.unless(f.Program != "" && len(f.Images) > 0 && f.Reason != "" && f.Source != "", "foreign program %q is incomplete", f.Program)
	}
	return errors.Join(l...)
}

func (b *book) checkForks() error {
	var l lacks
	for _, f := range slices.Concat(b.RollupForks, b.L1Forks) {
		l.unless(f.Name != "" && f.Source != "", "fork %q lacks its name or source", f.Name)
		l.unless(len(f.Lowest) == len(Components()), "fork %s lacks a component, or has another", f.Name)
		for _, component := range Components() {
			_, ok := f.Lowest[component]
			l.unless(ok, "fork %s lacks %s", f.Name, component)
		}
	}
	for _, f := range b.L1Forks {
		l.unless(len(f.Times) > 0, "fork %s of L1 is nowhere in force", f.Name)
	}
	return errors.Join(l...)
}

func (b *book) checkSpans() error {
	var l lacks
	for _, contract := range []Contract{DisputeGameFactory, L2OutputOracle} {
		source, _ := b.proposers(contract)
		l.unless(source != "", "contract %s is not here, or lacks its source", contract)
	}
	l.unless(b.RollupConfig.Source != "" && b.RollupConfig.Strict.Source != "", "rollupConfig lacks a source")
	return errors.Join(l...)
}

// lacks collects what is missing.
type lacks []error

func (l *lacks) unless(ok bool, format string, args ...any) {
	if !ok {
		*l = append(*l, fmt.Errorf(format, args...))
	}
}

// program gives what is known of a component; nothing where it is not in the catalogue.
func (b *book) program(component Component) program {
	for _, p := range b.Components {
		if p.Name == component {
			return p
		}
	}
	return program{}
}

// proposers gives the versions of op-proposer for a contract, and the source of that; nothing
// where the contract is not in the catalogue.
func (b *book) proposers(contract Contract) (source string, span Span) {
	for _, p := range b.Proposals {
		if p.Contract == contract {
			return p.Source, p.Span
		}
	}
	return "", Span{}
}
