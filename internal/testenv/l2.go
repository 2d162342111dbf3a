package testenv

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Versions that the fake programs tell.
const (
	GethVersion    = "Geth/v1.101702.3-rc.7-stable/linux-amd64/go1.24.13"
	NodeVersion    = "v1.19.6-stable"
	BatcherVersion = "v1.16.13-stable"
)

// l2BlockTime is the time between two blocks of the fake L2.
const l2BlockTime = 2 * time.Second

// l2 answers as op-geth and op-node do.
func (n *Nodes) l2(asked *call) any {
	switch asked.Method {
	case "eth_blockNumber":
		return hexutil.Uint64(n.Unsafe) //nolint:gosec // a test's block number
	case "eth_syncing":
		if n.Syncing {
			return map[string]any{"currentBlock": hexutil.Uint64(n.Unsafe), "highestBlock": hexutil.Uint64(n.Unsafe + 1000)} //nolint:gosec // a test's block number
		}
		return false
	case "net_peerCount":
		return hexutil.Uint64(n.Peers) //nolint:gosec // a test's count
	case "web3_clientVersion":
		return GethVersion
	case "optimism_version":
		return NodeVersion
	case "optimism_syncStatus":
		return n.syncStatus()
	case "optimism_safeHeadAtL1Block":
		return n.safeHeadAt(asked.first())
	}
	return nil
}

// syncStatus is what op-node says of its heads.
func (n *Nodes) syncStatus() any {
	l1 := L1Number(n.stoppedOrNow(n.L1.Stopped))
	block := func(number int64, at time.Time) map[string]any {
		return map[string]any{"number": number, "timestamp": at.Unix()}
	}
	head := func(number int64, at time.Time) map[string]any {
		l2 := block(number, at)
		l2["l1origin"] = map[string]any{"number": L1Number(at)}
		return l2
	}
	safe := n.safeTime()
	return map[string]any{
		"head_l1": block(l1, L1Time(l1)), "current_l1": block(l1-1, L1Time(l1-1)),
		"unsafe_l2": head(n.Unsafe, n.stoppedOrNow(n.UnsafeStopped)), "safe_l2": head(n.Safe, safe),
		"finalized_l2": head(n.Finalized, safe.Add(-l2BlockTime*time.Duration(n.Safe-n.Finalized))),
	}
}

// safeTime is the timestamp of the safe head.
func (n *Nodes) safeTime() time.Time {
	if n.SafeStopped.IsZero() {
		return n.stoppedOrNow(n.UnsafeStopped).Add(-l2BlockTime * time.Duration(n.Unsafe-n.Safe))
	}
	return n.SafeStopped
}

// safeHeadAt is what op-node has in its database of safe heads.
func (n *Nodes) safeHeadAt(param json.RawMessage) any {
	var asked hexutil.Uint64
	if err := json.Unmarshal(param, &asked); err != nil {
		return refusal{Code: -32602, Message: "invalid argument 0: " + err.Error()}
	}
	if n.NoSafeDB {
		return refusal{Code: -32000, Message: "failed to get safe head at l1 block " + asked.String() + ": safe head database not enabled"}
	}
	number := min(n.SafeSince(), int64(asked)) //nolint:gosec // a test's block number
	return map[string]any{"l1Block": map[string]any{"number": number}, "safeHead": map[string]any{"number": n.Safe}}
}

// SafeSince is the number of the L1 block whose batches moved the safe head to where it is: the
// second after the one that it builds on.
func (n *Nodes) SafeSince() int64 { return L1Number(n.safeTime()) + 2 }

// stoppedOrNow is the timestamp of the newest block of something that may have stopped.
func (n *Nodes) stoppedOrNow(stopped time.Time) time.Time {
	if stopped.IsZero() {
		return n.Now()
	}
	return stopped
}

// page is a component's metrics page, with some of the many families that nobody reads.
func (n *Nodes) page(component string) string {
	var page strings.Builder
	gauge := func(name, labels string, value float64) {
		fmt.Fprintf(&page, "# HELP %s What it is.\n# TYPE %s gauge\n%s%s %g\n", name, name, name, labels, value)
	}
	gauge("go_goroutines", "", 74)
	switch component {
	case names.Batcher:
		gauge("op_batcher_default_info", `{version="`+BatcherVersion+`"}`, 1)
		if !n.LastBatch.IsZero() {
			gauge("op_batcher_default_last_batcher_tx_unix", `{stage="success"}`, float64(n.LastBatch.Unix()))
		}
	case names.Node:
		gauge("op_node_default_info", `{version="`+NodeVersion+`"}`, 1)
		gauge("op_node_default_p2p_peer_count", "", float64(n.Peers))
		if n.Sequencing != nil {
			active := map[bool]float64{true: 1}[*n.Sequencing]
			gauge("op_node_default_sequencer_active", "", active)
		}
	}
	gauge("process_open_fds", "", 12)
	return page.String()
}
