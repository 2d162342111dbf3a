package genesis

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// genesis computes the first block.
func (f *file) genesis() (*Genesis, error) {
	root, err := f.root()
	if err != nil {
		return nil, err
	}
	h := f.complete(root)
	return &Genesis{
		ChainID:     *f.chain.id,
		Number:      f.number,
		Timestamp:   h.Time,
		GasLimit:    h.GasLimit,
		ExtraData:   h.Extra,
		Hash:        h.Hash(),
		ByStateHash: f.stateHash != nil,
		Forks:       f.chain.forks,
		Optimism:    f.chain.optimism,
	}, nil
}

func (f *file) root() (common.Hash, error) {
	if f.stateHash != nil {
		return *f.stateHash, nil
	}
	return f.state.root()
}

// complete gives the header of the first block, by the rules of op-geth's core.Genesis: what
// the file does not say has a default, and each fork that is active adds its fields.
func (f *file) complete(root common.Hash) *types.Header {
	h := f.header
	h.Root = root
	h.Number = new(big.Int).SetUint64(f.number)
	h.Nonce = types.EncodeNonce(f.nonce)
	h.UncleHash, h.TxHash, h.ReceiptHash = types.EmptyUncleHash, types.EmptyTxsHash, types.EmptyReceiptsHash
	if h.GasLimit = *f.gasLimit; h.GasLimit == 0 {
		h.GasLimit = params.GenesisGasLimit
	}
	if h.BaseFee == nil && f.chain.isLondon(common.Big0) {
		h.BaseFee = big.NewInt(params.InitialBaseFee)
	}
	f.addForks(&h)
	return &h
}

func (f *file) addForks(h *types.Header) {
	active := func(fork string) bool { return f.chain.active(fork, h.Number, h.Time) }
	if active(shanghaiTime) {
		h.WithdrawalsHash = &types.EmptyWithdrawalsHash
	}
	if active(cancunTime) {
		h.ParentBeaconRoot = &common.Hash{}
		h.ExcessBlobGas = orZero(h.ExcessBlobGas)
		h.BlobGasUsed = orZero(h.BlobGasUsed)
	} else {
		h.BlobGasUsed = nil // op-geth keeps the other of the two
	}
	if active(pragueTime) {
		h.RequestsHash = &types.EmptyRequestsHash
	}
	if active(amsterdamTime) {
		h.SlotNumber = orZero(h.SlotNumber)
		h.BlockAccessListHash = &types.EmptyBlockAccessListHash
	} else {
		h.SlotNumber = nil
	}
	if f.chain.isIsthmus(h.Time) {
		h.WithdrawalsHash = &f.state.passed
	}
}

func orZero(n *uint64) *uint64 {
	if n == nil {
		return new(uint64)
	}
	return n
}
