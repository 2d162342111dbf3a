// Package progress tells a person what a long command is doing.
package progress

import (
	"fmt"
	"io"
	"time"
)

// A Log writes one line per step, each with the time since the command began.
// The zero value is silent.
type Log struct {
	out   io.Writer
	start time.Time
}

// New returns a Log that writes to out. Commands whose standard output is read
// by a program pass standard error.
func New(out io.Writer) *Log {
	return &Log{out: out, start: time.Now()}
}

// Step reports that something begins or has happened.
func (l *Log) Step(format string, args ...any) {
	if l == nil || l.out == nil {
		return
	}
	elapsed := time.Since(l.start).Truncate(100 * time.Millisecond)
	_, _ = fmt.Fprintf(l.out, "[%7s] %s\n", elapsed, fmt.Sprintf(format, args...))
}

// During reports every interval that what is still going on, until the
// returned function is called.
func (l *Log) During(interval time.Duration, what string) (stop func()) {
	began, done := time.Now(), make(chan struct{})
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				l.Step("still %s (%s)", what, time.Since(began).Truncate(time.Second))
			}
		}
	}()
	return func() { close(done) }
}
