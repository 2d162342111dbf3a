// Package overview is the state of a chain as people and programs want to see it: what the
// operator says of it, and what its pods, claims and events say now.
package overview

import (
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// From these ages on, what was observed tells of the past. The operator asks programs every few
// seconds, but L1 and the accounts on it once a minute, and writes what they say once a minute.
const (
	StaleAfter   = 2 * time.Minute
	StaleAfterL1 = 3 * time.Minute
)

// Overview is the state of one chain. As JSON it is an interface: new fields may come, these
// stay. Times are RFC 3339 in UTC, durations whole seconds, amounts of ETH decimal numbers as
// text. What is not known is left out.
type Overview struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	ChainID     int64  `json:"chainId"`
	L1ChainID   int64  `json:"l1ChainId"`
	NetworkName string `json:"networkName,omitempty"`
	// Role is RoleSequencer or RoleReplica.
	Role      string     `json:"role"`
	CreatedAt time.Time  `json:"createdAt"`
	DeletedAt *time.Time `json:"deletedAt,omitempty"`
	// ReadAt is when this was read, by the clock of who asked.
	ReadAt time.Time `json:"readAt"`
	// ObservedAt is when the operator last had an answer of op-node, which knows the chain; where
	// op-node is disabled, of any other program of the chain, or of L1.
	ObservedAt *time.Time `json:"observedAt,omitempty"`
	// LastAnswer is when any program of the chain, or L1, last answered.
	LastAnswer *time.Time `json:"-"`
	// Known says that the operator has looked at the chain.
	Known bool `json:"known"`
	// Outdated says that the status speaks of an older spec.
	Outdated   bool           `json:"outdated"`
	Phase      v1alpha1.Phase `json:"phase,omitempty"`
	Conditions []Condition    `json:"conditions"`
	Heads      *Heads         `json:"heads,omitempty"`
	Window     *Window        `json:"window,omitempty"`
	Components []Component    `json:"components"`
	Batch      *Batch         `json:"batch,omitempty"`
	Proposal   *Proposal      `json:"proposal,omitempty"`
	Accounts   []Account      `json:"accounts"`
	Storage    []Volume       `json:"storage"`
	NextFork   *Fork          `json:"nextFork,omitempty"`
	Preflight  Preflight      `json:"preflight"`
	// Events are the newest events of the OPChain, newest first.
	Events []Event `json:"events"`
	// NotShown is what could not be read, and why.
	NotShown []string `json:"notShown"`
}

// Roles of a chain's op-node.
const (
	RoleSequencer = "sequencer"
	RoleReplica   = "replica"
)

// Condition is a condition of the OPChain. Those that are not as they should be come first.
type Condition struct {
	Type    string    `json:"type"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason"`
	Message string    `json:"message,omitempty"`
	Since   time.Time `json:"since"`
	// Rank says how bad it is.
	Rank Rank `json:"-"`
}

// Rank says how bad a condition is.
type Rank int

// Ranks, worst first.
const (
	Fault Rank = iota
	Changing
	Unknown
	Fine
)

// Heads are how far the chain is.
type Heads struct {
	Unsafe    *Head `json:"unsafe,omitempty"`
	Safe      *Head `json:"safe,omitempty"`
	Finalized *Head `json:"finalized,omitempty"`
	// Geth is op-geth's newest block.
	Geth *Head `json:"geth,omitempty"`
	// SafeL1Origin is the L1 block that the safe head builds on.
	SafeL1Origin *int64 `json:"safeL1Origin,omitempty"`
	// L1 is the newest block of L1.
	L1 *Head `json:"l1,omitempty"`
}

// Head is a block.
type Head struct {
	Number int64      `json:"number"`
	Time   *time.Time `json:"time,omitempty"`
	// LagSeconds is how old the block was when it was observed; or is now, where it is not known
	// when that was, or that is longer ago than StaleAfter, of L1's StaleAfterL1.
	LagSeconds *int64 `json:"lagSeconds,omitempty"`
	// BehindUnsafe is how many blocks it is behind the unsafe head.
	BehindUnsafe *int64     `json:"behindUnsafe,omitempty"`
	ObservedAt   *time.Time `json:"observedAt,omitempty"`
}

// Window is the sequencing window.
type Window struct {
	SizeBlocks int64      `json:"sizeBlocks"`
	LeftBlocks int64      `json:"leftBlocks"`
	EndsAt     *time.Time `json:"endsAt,omitempty"`
	// LeftSeconds is counted down to EndsAt; 0 when it has passed.
	LeftSeconds *int64                  `json:"leftSeconds,omitempty"`
	Severity    v1alpha1.WindowSeverity `json:"severity"`
	ObservedAt  *time.Time              `json:"observedAt,omitempty"`
}

// Component is a program of the chain.
type Component struct {
	Name  string `json:"name"`
	Image string `json:"image,omitempty"`
	// Version is what the program says its version is.
	Version string `json:"version,omitempty"`
	Ready   *bool  `json:"ready,omitempty"`
	// Waiting says why the pod is not ready, as Kubernetes has it.
	Waiting   string     `json:"waiting,omitempty"`
	Restarts  *int32     `json:"restarts,omitempty"`
	Pod       string     `json:"pod,omitempty"`
	Node      string     `json:"node,omitempty"`
	StartedAt *time.Time `json:"startedAt,omitempty"`
	LastExit  *Exit      `json:"lastExit,omitempty"`
	// Syncing is of op-geth: whether it is syncing.
	Syncing *bool `json:"syncing,omitempty"`
	// Sequencing is of op-node: whether it makes blocks.
	Sequencing *bool `json:"sequencing,omitempty"`
	// Peers is how many peers op-node has; not told where its P2P is off.
	Peers *int32 `json:"peers,omitempty"`
	// ObservedAt is when the program last answered the operator.
	ObservedAt *time.Time `json:"observedAt,omitempty"`
}

// Exit is how a container ended.
type Exit struct {
	Container string `json:"container"`
	ExitCode  int32  `json:"exitCode"`
	Reason    string `json:"reason,omitempty"`
	// Message is from the operator, which takes keys and URLs out; a pod's own is not read.
	Message string     `json:"message,omitempty"`
	At      *time.Time `json:"at,omitempty"`
}

// Batch is the last batch that was seen on L1.
type Batch struct {
	At         time.Time             `json:"at"`
	AgeSeconds int64                 `json:"ageSeconds"`
	Witness    v1alpha1.BatchWitness `json:"witness,omitempty"`
}

// Proposal is the newest proposal.
type Proposal struct {
	At         time.Time `json:"at"`
	AgeSeconds int64     `json:"ageSeconds"`
}

// Account pays for transactions on L1.
type Account struct {
	Component   string           `json:"component"`
	Address     v1alpha1.Address `json:"address"`
	Balance     v1alpha1.Ether   `json:"balance"`
	SpentPerDay v1alpha1.Ether   `json:"spentPerDay,omitempty"`
	// MeasuredForSeconds is the time over which SpentPerDay was measured.
	MeasuredForSeconds *int64     `json:"measuredForSeconds,omitempty"`
	LastsUntil         *time.Time `json:"lastsUntil,omitempty"`
	LastsSeconds       *int64     `json:"lastsSeconds,omitempty"`
	ObservedAt         *time.Time `json:"observedAt,omitempty"`
}

// Volume is a component's claim.
type Volume struct {
	Component string `json:"component"`
	Claim     string `json:"claim"`
	// Phase is the claim's: Bound, Pending or Lost.
	Phase string `json:"phase,omitempty"`
	// CapacityBytes is the size of the file system where that was measured, else of the claim.
	CapacityBytes *int64 `json:"capacityBytes,omitempty"`
	UsedBytes     *int64 `json:"usedBytes,omitempty"`
	// UsedPercent is rounded down, as in the condition StorageHealthy.
	UsedPercent *int64     `json:"usedPercent,omitempty"`
	ObservedAt  *time.Time `json:"observedAt,omitempty"`
}

// Fork is the next fork of the rollup.
type Fork struct {
	Name string    `json:"name"`
	Time time.Time `json:"time"`
	// InSeconds is how far away it is; 0 when it has passed.
	InSeconds   int64 `json:"inSeconds"`
	ImagesReady *bool `json:"imagesReady,omitempty"`
}

// Preflight counts what the checks found.
type Preflight struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Unknown  int `json:"unknown"`
	// Omitted is how many more there are, of any severity.
	Omitted     int        `json:"omitted,omitempty"`
	CheckedL1At *time.Time `json:"checkedL1At,omitempty"`
}

// Event is an event of the OPChain.
type Event struct {
	At     time.Time `json:"at"`
	Type   string    `json:"type"`
	Reason string    `json:"reason"`
	Note   string    `json:"note,omitempty"`
	// Count is how often it happened.
	Count int32 `json:"count"`
}
