package preflight

import (
	"slices"
	"time"

	"github.com/oplabs/op-stack-operator/pkg/catalog"
)

// NextFork is a fork of the rollup that is to come.
type NextFork struct {
	// Name is op-node's name, in lower case: that of the last one where several come at once.
	Name string
	// Time is when it comes into force, in UTC.
	Time time.Time
	// TooOld are the components whose images are too old for it, or for which no version is new
	// enough.
	TooOld []catalog.Component
	// Untold are the components whose images do not tell their version, so that it cannot be said.
	Untold []catalog.Component
}

// NextForkOf gives the first fork of the rollup after in.Now; nil where none is scheduled, or the
// rollup config could not be read. Forks that come into force in the same second are one: an image
// must be new enough for all of them.
func NextForkOf(in *Inputs) *NextFork {
	if in.Rollup == nil {
		return nil
	}
	var next *NextFork
	var together []string
	for _, fork := range in.Rollup.Forks() {
		if fork.Time == nil {
			continue
		}
		at := time.Unix(int64(min(*fork.Time, lastSecond)), 0).UTC()
		switch {
		case !at.After(in.Now), next != nil && at.After(next.Time):
			continue
		case next == nil || at.Before(next.Time):
			next, together = &NextFork{Time: at}, nil
		}
		next.Name, together = fork.Name, append(together, fork.Name)
	}
	if next != nil {
		next.judge(in, together)
	}
	return next
}

// judge tells which images can pass forks that come together.
func (n *NextFork) judge(in *Inputs, forks []string) {
	for _, p := range programs(in) {
		old := slices.ContainsFunc(forks, func(fork string) bool {
			ok, _ := catalog.Supports(p.component, p.version, fork)
			return !ok
		})
		switch {
		case !catalog.Recognised(p.component, p.image):
			n.Untold = append(n.Untold, p.component)
		case old:
			n.TooOld = append(n.TooOld, p.component)
		case p.version.IsZero():
			n.Untold = append(n.Untold, p.component)
		}
	}
}
