// Package deployment puts the contracts of one rollup on an L1.
package deployment

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/contracts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/wallet"
)

// plan is a list of transactions of one account that nobody else uses. The
// address of a contract follows from the account and its nonce, so that all of
// them are known before the first is sent.
type plan struct {
	deployer common.Address
	nonce    uint64
	txs      []wallet.Tx
	err      error
}

// create plans a contract and returns its address.
func (p *plan) create(name string, args ...contracts.Word) common.Address {
	code, err := contracts.CreationCode(name, args...)
	if err != nil && p.err == nil {
		p.err = err
	}
	address := crypto.CreateAddress(p.deployer, p.nonce)
	p.add(wallet.Tx{Name: "create " + name, Data: code, Gas: creationGas(len(code))})
	return address
}

// creationGas is ample: code deposit (200 per byte), its calldata and
// initialisation code (less than 50 per byte), and what a constructor does.
// The L1 caps a transaction at 2^24, and the largest contract stays below.
func creationGas(size int) uint64 { return 2_000_000 + 300*uint64(size) }

// call plans a call of a contract.
func (p *plan) call(name string, to common.Address, data []byte) {
	p.add(wallet.Tx{Name: name, To: &to, Data: data, Gas: 1_000_000})
}

// pay plans a transfer of ether.
func (p *plan) pay(name string, to common.Address, wei *big.Int) {
	p.add(wallet.Tx{Name: "fund " + name, To: &to, Value: wei, Gas: 21_000})
}

func (p *plan) add(tx wallet.Tx) {
	p.txs = append(p.txs, tx)
	p.nonce++
}

// take returns what was planned since the last call, to be sent.
func (p *plan) take() []wallet.Tx {
	txs := p.txs
	p.txs = nil
	return txs
}

// proxied is a contract behind a proxy whose admin is the ProxyAdmin.
type proxied struct {
	name        string
	proxy, impl common.Address
}

// proxied plans an implementation and a proxy that does not point to it yet.
func (p *plan) proxied(name string, proxyAdmin common.Address, args ...contracts.Word) proxied {
	return proxied{
		name:  name,
		impl:  p.create(name, args...),
		proxy: p.create(contracts.Proxy, contracts.Address(proxyAdmin)),
	}
}

// initialize plans the call that points the proxy to its implementation and
// initialises it, in one transaction: nobody can get in between.
func (p *plan) initialize(proxyAdmin common.Address, target proxied, initializer []byte) {
	p.call("initialize "+target.name, proxyAdmin, contracts.CallWithBytes(
		"upgradeAndCall(address,address,bytes)", initializer,
		contracts.Address(target.proxy), contracts.Address(target.impl)))
}
