// Package status turns what was seen of a chain into the status that its users read. Next is
// the judgement and is pure; Reporter writes it.
package status

import "time"

// Observation is what one pass saw. What could not be seen is nil: it is reported as it was
// last known, never as zero.
type Observation struct {
	// Deleting is set while the OPChain is being deleted; Stopping then says what for.
	Deleting bool
	Stopping string
	// Invalid are the inputs that a user must correct.
	Invalid *Fault
	// Unread says why the inputs could not be read for now.
	Unread *Fault
	// NotApplied says which object the API server did not take.
	NotApplied *Fault
	// Components are the enabled components, in start order.
	Components []Component
	// Heads are the chain's block numbers.
	Heads Heads
	// LastBatch is when the batcher last had a batch confirmed on L1.
	LastBatch *time.Time
	// LastProposal is the L1 time of the newest proposal.
	LastProposal *time.Time
}

// Fault is something that is not as it should be.
type Fault struct {
	// Reason is a reason of a condition.
	Reason string
	// Message says what to change, or what is waited for.
	Message string
}

// Heads are block numbers of the chain.
type Heads struct {
	// Sync is op-geth's newest block.
	Sync *int64
	// Unsafe, Safe and Finalized are op-node's heads.
	Unsafe, Safe, Finalized *int64
}

// Component is an enabled component as its Deployment and pods show it.
type Component struct {
	Name  string
	State State
	// Stuck says why its pod does not come up; empty where nothing is known to be in the way.
	Stuck string
	// Waiting says what its start waits for; empty where it waits for nothing in particular.
	Waiting string
}

// State is how far a component's newest version has come.
type State int

const (
	// Missing means that there is no Deployment.
	Missing State = iota
	// RollingOut means that the newest version was not available yet.
	RollingOut
	// Available means that the newest version is.
	Available
	// Unavailable means that the newest version was available and is not any more.
	Unavailable
)
