package observer

import (
	"time"

	"github.com/oplabs/op-stack-operator/pkg/probe"
)

// Reading is what one program last said. Who does not answer takes nothing back: the value stays
// what it was, with the time at which it was said.
type Reading[T any] struct {
	// Value is what it said at At. It is zero where At is.
	Value T
	// At is when it last answered; zero where it never did.
	At time.Time
	// Asked is when it was last asked; zero where it never was.
	Asked time.Time
	// Failing is since when it does not answer; zero where it answered when it was last asked, and
	// where it is not to be asked now. Whether a program runs, others tell.
	Failing time.Time
	// Why says why it did not answer, or what of it, without secrets; empty where it answered all.
	Why string
}

// View is a chain as its programs and L1 told it. Its zero value is a chain that was never looked
// at.
type View struct {
	Geth    Reading[probe.Geth]
	Node    Reading[probe.Node]
	Batcher Reading[probe.Batcher]
	L1      Reading[probe.L1State]

	// Since is when op-node first answered in this process, or again after five minutes of silence;
	// zero before.
	Since time.Time
	// UnsafeMoved and SafeMoved are when a look last found the head further than the one before
	// had; zero where none has since then.
	UnsafeMoved, SafeMoved time.Time
	// NonceMoved is when a look at L1 last found the batcher's nonce greater than the one before
	// had; zero where none has.
	NonceMoved time.Time

	// Looks counts the looks, and Failures those programs, L1 among them, that did not answer.
	Looks, Failures uint64
	// Took is how long the last look took, from when it began to ask.
	Took time.Duration
}
