package observer

import "context"

// slots bound how many looks there are at a time.
type slots struct {
	all chan struct{}
	// hung is entered first by those that held a slot until the deadline the last time. It is
	// smaller, so that however many chains are dead, there are slots for the others.
	hung chan struct{}
}

func newSlots(n int) slots {
	return slots{all: make(chan struct{}, n), hung: make(chan struct{}, max(1, n*3/4))}
}

// enter waits for a slot, which leave gives back.
func (s *slots) enter(ctx context.Context, hung bool) (leave func(), err error) {
	leave = func() { <-s.all }
	if hung {
		if err := acquire(ctx, s.hung); err != nil {
			return nil, err
		}
		leave = func() { <-s.all; <-s.hung }
	}
	if err := acquire(ctx, s.all); err != nil {
		if hung {
			<-s.hung
		}
		return nil, err
	}
	return leave, nil
}

func acquire(ctx context.Context, slot chan struct{}) error {
	select {
	case slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
