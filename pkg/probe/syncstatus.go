package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Node asks op-node at url, and its metrics page at metricsURL, what it says of itself and of the
// chain: four requests, three of them at once. Its heads decide whether it answered. While it
// does not know all of them, as for some seconds after its start, it did not.
func (p *Prober) Node(ctx context.Context, url, metricsURL string) (Node, error) {
	r, err := p.reader(ctx, url)
	if err != nil {
		return Node{}, err
	}
	defer r.client.Close()
	var heads, metered Node
	var version string
	inLanes([]func(){
		func() { heads, err = r.heads(ctx) },
		func() { version = r.version(ctx, "optimism_version") },
		func() { metered = p.nodeMetrics(ctx, metricsURL) },
	})
	if err != nil {
		return Node{}, err
	}
	// op-node ends its version with a dash where its build has no suffix (op-node/node/api.go).
	heads.Version = strings.TrimSuffix(version, "-")
	heads.Sequencing, heads.Peers = metered.Sequencing, metered.Peers
	return heads, nil
}

// Fields of optimism_syncStatus, of which only those are here that are in all versions of op-node
// (SyncStatus in op-service/eth). Those of a block that op-node does not know yet are zero.
type (
	syncStatus struct {
		Unsafe    *l2Ref `json:"unsafe_l2"`
		Safe      *l2Ref `json:"safe_l2"`
		Finalized *l2Ref `json:"finalized_l2"`
		L1Head    *l1Ref `json:"head_l1"`
		CurrentL1 *l1Ref `json:"current_l1"`
	}
	l1Ref struct {
		Number *uint64 `json:"number"`
		Time   *uint64 `json:"timestamp"`
	}
	l2Ref struct {
		l1Ref
		L1Origin *struct {
			Number *uint64 `json:"number"`
		} `json:"l1origin"`
	}
)

// heads asks for the heads, and since when the safe one is where it is.
func (r *reader) heads(ctx context.Context) (Node, error) {
	var sync syncStatus
	if err := r.ask(ctx, &sync, "optimism_syncStatus"); err != nil {
		return Node{}, err
	}
	node, err := sync.node()
	if err != nil {
		return Node{}, fmt.Errorf("read optimism_syncStatus: %w", err)
	}
	if current, err := sync.CurrentL1.block("current_l1"); err == nil {
		node.CurrentL1 = current
		node.SafeSince = r.safeSince(ctx, current.Number)
	}
	return node, nil
}

// node is what the heads tell.
func (s *syncStatus) node() (Node, error) {
	var node Node
	var errs [4]error
	node.Unsafe, errs[0] = s.Unsafe.block("unsafe_l2")
	node.Safe, errs[1] = s.Safe.block("safe_l2")
	node.Finalized, errs[2] = s.Finalized.block("finalized_l2")
	node.L1Head, errs[3] = s.L1Head.block("head_l1")
	return node, first(errs[:])
}

// first is the first error; nil where there is none.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// block reads a block of L1. No block but a development chain's first has a timestamp of zero, and
// a rollup cannot begin on it.
func (b *l1Ref) block(field string) (L1Block, error) {
	switch {
	case b == nil:
		return L1Block{}, errors.New(field + " is missing")
	case b.Number == nil:
		return L1Block{}, errors.New(field + " has no number")
	case b.Time == nil:
		return L1Block{}, errors.New(field + " has no timestamp")
	case *b.Time == 0:
		return L1Block{}, errors.New("op-node does not know " + field + " yet")
	}
	number, err := height(*b.Number)
	if err != nil {
		return L1Block{}, err
	}
	at, err := unixTime(*b.Time)
	return L1Block{Number: number, Time: at}, err
}

// block reads a block of the rollup.
func (b *l2Ref) block(field string) (L2Block, error) {
	if b == nil {
		return L2Block{}, errors.New(field + " is missing")
	}
	block, err := b.l1Ref.block(field)
	if err != nil {
		return L2Block{}, err
	}
	if b.L1Origin == nil || b.L1Origin.Number == nil {
		return L2Block{}, errors.New(field + " has no l1origin")
	}
	origin, err := height(*b.L1Origin.Number)
	return L2Block{Number: block.Number, Time: block.Time, L1Origin: origin}, err
}

// safeSince asks which L1 block, up to one, last moved the safe head. It is nil where op-node
// keeps no database of that (--safedb.path), or has nothing in it yet.
func (r *reader) safeSince(ctx context.Context, upTo int64) *int64 {
	var answer struct {
		L1Block *struct {
			Number *uint64 `json:"number"`
		} `json:"l1Block"`
	}
	err := r.ask(ctx, &answer, "optimism_safeHeadAtL1Block", hexutil.Uint64(upTo)) //nolint:gosec // heights are not negative
	if err != nil || answer.L1Block == nil || answer.L1Block.Number == nil {
		return nil
	}
	since, err := height(*answer.L1Block.Number)
	if err != nil || since > upTo {
		return nil
	}
	return &since
}

// Gauges of op-node without labels (op-node/metrics): 1 while it makes blocks, which versions about
// v1.7 do not tell, and the number of its peers.
const (
	sequencerActiveMetric = "op_node_default_sequencer_active"
	peerCountMetric       = "op_node_default_p2p_peer_count"
)

// nodeMetrics reads what op-node tells on its metrics page alone.
func (p *Prober) nodeMetrics(ctx context.Context, url string) Node {
	page, err := p.page(ctx, url, sequencerActiveMetric, peerCountMetric)
	if err != nil {
		return Node{}
	}
	return nodeIn(page)
}

// nodeIn is what a page tells of op-node.
func nodeIn(page metricsPage) Node {
	var node Node
	if active, ok := page.gauge(sequencerActiveMetric, "", ""); ok && (active == 0 || active == 1) {
		node.Sequencing = new(active == 1)
	}
	if count, ok := page.gauge(peerCountMetric, "", ""); ok && count >= 0 && count <= math.MaxInt32 && count == math.Trunc(count) {
		node.Peers = new(int32(count))
	}
	return node
}
