package preflight

import (
	"time"

	"github.com/oplabs/op-stack-operator/pkg/catalog"
)

// NextFork is a fork of the rollup that is to come.
type NextFork struct {
	// Name is op-node's name, in lower case.
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
// rollup config could not be read.
func NextForkOf(in *Inputs) *NextFork {
	if in.Rollup == nil {
		return nil
	}
	for _, fork := range in.Rollup.Forks() {
		if fork.Time == nil {
			continue
		}
		at := time.Unix(int64(min(*fork.Time, lastSecond)), 0).UTC()
		if at.After(in.Now) {
			next := &NextFork{Name: fork.Name, Time: at}
			next.judge(in)
			return next
		}
	}
	return nil
}

// judge tells which images can pass the fork.
func (n *NextFork) judge(in *Inputs) {
	for _, p := range programs(in) {
		ok, _ := catalog.Supports(p.component, p.version, n.Name)
		switch {
		case !catalog.Recognised(p.component, p.image):
			n.Untold = append(n.Untold, p.component)
		case !ok:
			n.TooOld = append(n.TooOld, p.component)
		case p.version.IsZero():
			n.Untold = append(n.Untold, p.component)
		}
	}
}
