package status

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// lasting writes a length of time for people: the two largest units of it, cut off. What is
// negative comes of clocks that differ.
func lasting(d time.Duration) string {
	d = max(d, 0)
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return units(int64(d/time.Minute), "m", int64(d%time.Minute/time.Second), "s")
	case d < 2*day:
		return units(int64(d/time.Hour), "h", int64(d%time.Hour/time.Minute), "m")
	}
	return units(int64(d/day), "d", int64(d%day/time.Hour), "h")
}

// within writes how long ago something was at most: rounded up to the smaller unit of lasting.
func within(d time.Duration) string {
	unit := time.Second
	switch {
	case d >= 48*time.Hour:
		unit = time.Hour
	case d >= time.Hour:
		unit = time.Minute
	}
	return lasting(max(d+unit-1, unit).Truncate(unit))
}

func units(large int64, largeUnit string, small int64, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d%s", large, largeUnit)
	}
	return fmt.Sprintf("%d%s%d%s", large, largeUnit, small, smallUnit)
}

// clocked writes a point in time for people.
func clocked(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// because ends a sentence with a reason, where there is one.
func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// lastStamp is the end of the year 9999. The API server reads no later time, and would refuse a
// whole status for it.
var lastStamp = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// stamp is a point in time as the API server stores it, in whole seconds; nil where it is zero.
func stamp(t time.Time) *metav1.Time {
	switch {
	case t.IsZero():
		return nil
	case t.After(lastStamp):
		t = lastStamp
	}
	return &metav1.Time{Time: t.Truncate(time.Second)}
}

// instant is a point in time of the status; zero where it has none.
func instant(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
