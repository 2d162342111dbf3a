package probe

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// lanes is how many questions are put to L1 at a time: few, since providers limit requests per
// second.
const lanes = 4

// laneError is a panic in a lane.
type laneError struct {
	cause any
	stack []byte
}

func (e laneError) Error() string { return fmt.Sprintf("%v\n%s", e.cause, e.stack) }

// inLanes puts all questions, some at a time. Where one of them panics, the others are put all the
// same, and then it panics itself: in a lane nobody could catch that, and the process would end.
func inLanes(asks []func()) {
	queue := make(chan func(), len(asks))
	panicked := make(chan laneError, len(asks))
	for _, ask := range asks {
		queue <- ask
	}
	close(queue)
	var asking sync.WaitGroup
	for range lanes {
		asking.Go(func() {
			for ask := range queue {
				guarded(ask, panicked)
			}
		})
	}
	asking.Wait()
	select {
	case err := <-panicked:
		panic(err)
	default:
	}
}

// guarded puts a question and tells of its panic.
func guarded(ask func(), panicked chan<- laneError) {
	defer func() {
		if cause := recover(); cause != nil {
			panicked <- laneError{cause, debug.Stack()}
		}
	}()
	ask()
}
