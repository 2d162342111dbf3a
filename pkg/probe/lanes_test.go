package probe

import (
	"strings"
	"testing"
)

// A question that panics in a lane does so for who asked, who can take it, and not for the process.
func TestPanicInALaneIsTheAskers(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 8)
	asks := []func(){func() { panic("out of range") }}
	for range cap(asked) {
		asks = append(asks, func() { asked <- struct{}{} })
	}
	defer func() {
		panicked, ok := recover().(laneError)
		if !ok || panicked.cause != "out of range" || !strings.Contains(panicked.Error(), "TestPanicInALaneIsTheAskers") {
			t.Errorf("recovered %v, want the panic, and where it came from", panicked)
		}
		if len(asked) != cap(asked) {
			t.Errorf("%d other questions were put, want %d", len(asked), cap(asked))
		}
	}()
	inLanes(asks)
}
