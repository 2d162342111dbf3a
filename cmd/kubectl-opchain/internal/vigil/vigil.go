// Package vigil does something again whenever something else changes.
package vigil

import (
	"context"
	"sync"
	"time"
)

// Source follows changes: it calls changed for each, and returns when it cannot follow any
// more. It is called again then, unless it says that there is no use.
type Source func(ctx context.Context, changed func()) (useless bool)

// Vigil does something whenever one of its sources tells of a change.
type Vigil struct {
	Sources []Source
	// Do does it. It is done again after Retry where it says so.
	Do func(ctx context.Context) (again bool, err error)
	// Pause is the least time between two times.
	Pause time.Duration
	// Refresh is the most time between two times; 0 is no limit.
	Refresh time.Duration
	// Retry is the time after which a source, or what wants to be done again, has another try.
	Retry time.Duration
}

// Keep does it at once, and then after changes. It ends with the context, which is no error, or
// with the first error.
func (v *Vigil) Keep(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	changes := make(chan struct{}, 1)
	changed := func() {
		select {
		case changes <- struct{}{}:
		default: // one is waiting already, and tells as much
		}
	}
	var following sync.WaitGroup
	defer following.Wait()
	defer cancel()
	for _, source := range v.Sources {
		following.Go(func() { v.follow(ctx, source, changed) })
	}
	for {
		again, err := v.Do(ctx)
		switch {
		case ctx.Err() != nil:
			return nil // what is half done then is no error either
		case err != nil:
			return err
		}
		next := v.Refresh
		if again {
			next = v.Retry
		}
		if !v.wait(ctx, changes, next) {
			return nil
		}
	}
}

// wait waits for the pause, and then for a change, or as long as it may take. It reports whether
// the vigil goes on.
func (v *Vigil) wait(ctx context.Context, changes <-chan struct{}, most time.Duration) bool {
	pause := time.NewTimer(v.Pause)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-pause.C:
	}
	var late <-chan time.Time // never, unless there is a limit
	if most > 0 {
		timer := time.NewTimer(max(most-v.Pause, 0))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-changes:
	case <-late:
	}
	return true
}

// follow follows a source for as long as that is of use.
func (v *Vigil) follow(ctx context.Context, source Source, changed func()) {
	for ctx.Err() == nil && !source(ctx, changed) {
		retry := time.NewTimer(v.Retry)
		select {
		case <-ctx.Done():
		case <-retry.C:
		}
		retry.Stop()
	}
}
