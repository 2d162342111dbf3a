package status

import (
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// nextFork is the next fork of the rollup. While rollup.json cannot be read it stays as it was
// known, until it is no more to come.
func nextFork(was *v1alpha1.NextForkStatus, seen *Observation, now time.Time) *v1alpha1.NextForkStatus {
	fork := seen.NextFork
	switch {
	case fork == nil && seen.Rollup == nil && was != nil && was.Time != nil && was.Time.After(now):
		return was
	case fork == nil:
		return nil
	}
	next := &v1alpha1.NextForkStatus{Name: fork.Name, Time: stamp(fork.Time)}
	switch {
	case len(fork.TooOld) > 0:
		next.ImagesReady = new(false)
	case len(fork.Untold) == 0:
		next.ImagesReady = new(true)
	}
	return next
}
