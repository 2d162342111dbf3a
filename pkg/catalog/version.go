package catalog

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
)

// Version is the version of a release. Candidates are judged as their release, which upstream
// makes from the same commit.
type Version struct {
	text    string
	release *version.Version
}

// ParseVersion reads a version such as v1.19.6 or v1.19.6-rc.1; the v may be missing.
func ParseVersion(text string) (Version, error) {
	number, _, _ := strings.Cut(text, "-")
	if _, err := version.ParseSemantic(text); err != nil {
		return Version{}, fmt.Errorf("parse version: %w", err)
	}
	release, err := version.ParseSemantic(number)
	if err != nil {
		return Version{}, fmt.Errorf("parse version: %w", err)
	}
	return Version{text: "v" + strings.TrimPrefix(text, "v"), release: release}, nil
}

// IsZero reports whether this is no version.
func (v Version) IsZero() bool { return v.release == nil }

// Before reports whether v came before another version of the same component. Neither is zero.
func (v Version) Before(other Version) bool { return v.release.LessThan(other.release) }

// String gives the version with its v.
func (v Version) String() string { return v.text }

// UnmarshalJSON reads a version in the catalogue.
func (v *Version) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	parsed, err := ParseVersion(text)
	*v = parsed
	return err
}

// Lowest is the lowest version that will do. The zero value means that any does.
type Lowest struct {
	never   bool
	version Version
}

// Never reports whether no version will do.
func (l Lowest) Never() bool { return l.never }

// Version is the lowest version; zero where any or none will do.
func (l Lowest) Version() Version { return l.version }

// Admits reports whether a version will do. Of a version that is not known, zero, it says whether
// there are any that do.
func (l Lowest) Admits(v Version) bool {
	return !l.never && (l.version.IsZero() || v.IsZero() || !v.Before(l.version))
}

// Above reports whether l asks for more than another does.
func (l Lowest) Above(other Lowest) bool {
	switch {
	case l.never || other.never:
		return !other.never
	case l.version.IsZero() || other.version.IsZero():
		return !l.version.IsZero()
	}
	return other.version.Before(l.version)
}

// UnmarshalJSON reads any, never or a version in the catalogue.
func (l *Lowest) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("read lowest version: %w", err)
	}
	switch text {
	case "any":
		*l = Lowest{}
		return nil
	case "never":
		*l = Lowest{never: true}
		return nil
	}
	parsed, err := ParseVersion(text)
	*l = Lowest{version: parsed}
	return err
}

// Presence says whether a version has something.
type Presence int

const (
	// Uncertain means that it cannot be told.
	Uncertain Presence = iota
	// Present means that the version has it.
	Present
	// Absent means that the version lacks it.
	Absent
)

// Span says which versions have something, as far as their sources were read.
type Span struct {
	// AbsentTo is the newest version seen without it; zero where it was always there.
	AbsentTo Version `json:"absentTo,omitzero"`
	// From and To are the oldest and the newest version seen with it.
	From Version `json:"from,omitzero"`
	To   Version `json:"to,omitzero"`
	// AbsentFrom is the oldest version seen without it again; zero where it still is there.
	AbsentFrom Version `json:"absentFrom,omitzero"`
}

// Has says whether a version has it.
func (s Span) Has(v Version) Presence {
	switch {
	case !s.AbsentTo.IsZero() && !s.AbsentTo.Before(v), !s.AbsentFrom.IsZero() && !v.Before(s.AbsentFrom):
		return Absent
	case !s.AbsentTo.IsZero() && (s.From.IsZero() || v.Before(s.From)):
		return Uncertain
	case !s.AbsentFrom.IsZero() && (s.To.IsZero() || s.To.Before(v)):
		return Uncertain
	}
	return Present
}

// Next gives the oldest version after one without it that was seen with it; zero where there is
// none.
func (s Span) Next(v Version) Version {
	if s.From.IsZero() || !v.Before(s.From) {
		return Version{}
	}
	return s.From
}
