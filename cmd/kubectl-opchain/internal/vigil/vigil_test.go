package vigil_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/vigil"
)

// at are the times after the beginning at which something is done. It ends the vigil at last.
type at struct {
	start time.Time
	done  []time.Duration
	again map[int]bool
}

func (a *at) do(context.Context) (bool, error) {
	if a.start.IsZero() {
		a.start = time.Now()
	}
	a.done = append(a.done, time.Since(a.start))
	return a.again[len(a.done)], nil
}

// after tells of changes at times after the beginning, and then nothing more.
func after(times ...time.Duration) vigil.Source {
	return func(ctx context.Context, changed func()) bool {
		start := time.Now()
		for _, t := range times {
			time.Sleep(time.Until(start.Add(t)))
			changed()
		}
		<-ctx.Done()
		return false
	}
}

func seconds(n ...float64) []time.Duration {
	list := make([]time.Duration, len(n))
	for i := range n {
		list[i] = time.Duration(n[i] * float64(time.Second))
	}
	return list
}

func TestKeep(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sources []vigil.Source
		refresh time.Duration
		again   map[int]bool
		want    []time.Duration // during half a minute
	}{
		"nothing changes":            {sources: []vigil.Source{after()}, want: seconds(0)},
		"a change is seen at once":   {sources: []vigil.Source{after(seconds(7.5)...)}, want: seconds(0, 7.5)},
		"many changes are one":       {sources: []vigil.Source{after(seconds(0.5, 0.6, 0.7, 1.9)...), after(seconds(1)...)}, want: seconds(0, 2)},
		"a pause is between changes": {sources: []vigil.Source{after(seconds(3, 3.1, 4, 4.5)...)}, want: seconds(0, 3, 5)},
		"it is refreshed":            {sources: []vigil.Source{after(seconds(13)...)}, refresh: 10 * time.Second, want: seconds(0, 10, 13, 23)},
		"what failed is done again":  {again: map[int]bool{1: true, 2: true}, want: seconds(0, 5, 10)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				times := &at{again: c.again}
				v := &vigil.Vigil{Sources: c.sources, Do: times.do, Pause: 2 * time.Second, Refresh: c.refresh, Retry: 5 * time.Second}
				if err := v.Keep(ctx); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(times.done, c.want) {
					t.Errorf("done at %v, want %v", times.done, c.want)
				}
			})
		})
	}
}

// A source that ends is asked again later, unless there is no use.
func TestSourcesAreAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 21*time.Second)
		defer cancel()
		var ending, useless atomic.Int32
		times := &at{}
		v := &vigil.Vigil{Do: times.do, Pause: 2 * time.Second, Retry: 5 * time.Second, Sources: []vigil.Source{
			func(_ context.Context, changed func()) bool { ending.Add(1); changed(); return false },
			func(context.Context, func()) bool { useless.Add(1); return true },
		}}
		if err := v.Keep(ctx); err != nil {
			t.Fatal(err)
		}
		if ending.Load() != 5 || useless.Load() != 1 { // after 0, 5, 10, 15 and 20 s
			t.Errorf("asked %d times, want 5; the useless one %d times, want 1", ending.Load(), useless.Load())
		}
		if want := seconds(0, 2, 5, 10, 15, 20); !slices.Equal(times.done, want) {
			t.Errorf("done at %v, want %v", times.done, want)
		}
	})
}

func TestFirstErrorEndsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wrong := errors.New("it is wrong")
		v := &vigil.Vigil{Sources: []vigil.Source{after()}, Do: func(context.Context) (bool, error) { return true, wrong }, Pause: time.Second, Retry: time.Second}
		if err := v.Keep(t.Context()); !errors.Is(err, wrong) {
			t.Errorf("got %v", err)
		}
	})
}

// What is half done when it ends is no error.
func TestInterruptedIsNoError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		v := &vigil.Vigil{Do: func(ctx context.Context) (bool, error) { cancel(); return false, ctx.Err() }}
		if err := v.Keep(ctx); err != nil {
			t.Errorf("got %v", err)
		}
	})
}
