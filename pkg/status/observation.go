// Package status turns what was seen of a chain into the status that its users read. Next is
// the judgement and is pure; Reporter writes it.
package status

import (
	"time"

	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// Observation is what one pass saw. What could not be seen is nil: it is reported as it was
// last known, never as zero.
type Observation struct {
	// Deleting is set while the OPChain is being deleted; Stopping then says what for.
	Deleting bool
	Stopping string
	// Unread says why the inputs could not be read for now. Nothing was checked then.
	Unread *Fault
	// Inputs are what was found in the inputs. An error among them must be corrected.
	Inputs preflight.Findings
	// L1 is what was found on L1.
	L1 L1
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

// L1 is what the checks on L1 found, when it was last asked.
type L1 struct {
	// Asked is set where it was asked at all.
	Asked bool
	// Complete is set where it answered all that it was asked.
	Complete bool
	// Findings are what was found. An error among them must be corrected, on L1 or in the
	// inputs.
	Findings preflight.Findings
	// Answered is when it last answered all; zero where that is not known.
	Answered time.Time
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
	// Held is set where it waits for L1 to answer, or to be as it needs it.
	Held bool
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
