// Package status turns what was seen of a chain into the status that its users read. Next is
// the judgement and is pure; Reporter writes it.
package status

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
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
	// Rollup is the rollup config that the chain runs with; nil where it is not known.
	Rollup *rollup.Config
	// Signers are the accounts of the chain's keys.
	Signers preflight.Signers
	// NextFork is the next fork of the rollup; nil where none is scheduled, or it is not known.
	NextFork *preflight.NextFork
	// View is what the programs and L1 told when they were last looked at.
	View observer.View
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
	// Restarts is how often the containers of its pod were restarted; nil where it has no pod.
	Restarts *int32
	// LastExit is how a container of its pod last ended; nil where none has.
	LastExit *Exit
	// Claim is its volume claim; nil where it needs none.
	Claim *Claim
}

// Exit is how a container ended.
type Exit struct {
	Container string
	ExitCode  int32
	// Reason is Kubernetes' word for it.
	Reason string
	// Message is what the program last had to say, without secrets; empty where that was not
	// looked for.
	Message string
	At      time.Time
	// DiskFull is set where op-geth ended because its volume has too little room.
	DiskFull bool
}

// Claim is a volume claim and how full its volume is.
type Claim struct {
	Name string
	// Phase is Kubernetes' word for how far it is; empty where there is no such claim.
	Phase corev1.PersistentVolumeClaimPhase
	// Created is when it was made.
	Created time.Time
	// Usage is how full its volume is; nil where that is not known. Why says why it is not.
	Usage *Usage
	Why   string
}

// Usage is how full a volume is.
type Usage struct {
	// Used and Capacity are in bytes. Capacity is what is used and what can still be written: what
	// the file system keeps for root is in neither.
	Used, Capacity int64
	At             time.Time
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
