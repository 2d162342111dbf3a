// Package witness reads from L1 what a rollup has put there, so that a test
// need not take the rollup's or the operator's word for it.
package witness

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/oplabs/op-stack-operator/hack/devchain/internal/artifacts"
	"github.com/oplabs/op-stack-operator/hack/devchain/internal/contracts"
)

// Proposals is what the dispute game factory or the output oracle holds.
// Latest* are zero while count is.
type Proposals struct {
	Mode  string `json:"mode"`
	Count uint64 `json:"count"`
	// LatestTimestamp is the L1 time of the latest proposal, in Unix seconds.
	LatestTimestamp uint64 `json:"latestTimestamp"`
	// LatestL2Block is the block whose output was proposed.
	LatestL2Block uint64 `json:"latestL2Block"`
}

// CountProposals reads the contract that the chain's mode names.
func CountProposals(ctx context.Context, client ethereum.ContractCaller, book *artifacts.Addresses) (Proposals, error) {
	out := Proposals{Mode: book.Mode}
	contract, counter := book.DisputeGameFactory, "gameCount()"
	if contract == "" {
		contract, counter = book.L2OutputOracle, "nextOutputIndex()"
	}
	address := common.HexToAddress(contract)
	words, err := read(ctx, client, address, counter)
	if err != nil {
		return out, err
	}
	if out.Count = words[0].Big().Uint64(); out.Count == 0 {
		return out, nil
	}
	latest := contracts.Uint(out.Count - 1)
	if book.L2OutputOracle != "" {
		// (bytes32 outputRoot, uint128 timestamp, uint128 l2BlockNumber)
		words, err = read(ctx, client, address, "getL2Output(uint256)", latest)
		if err != nil {
			return out, err
		}
		out.LatestTimestamp, out.LatestL2Block = words[1].Big().Uint64(), words[2].Big().Uint64()
		return out, nil
	}
	// (uint32 gameType, uint64 timestamp, address proxy)
	if words, err = read(ctx, client, address, "gameAtIndex(uint256)", latest); err != nil {
		return out, err
	}
	out.LatestTimestamp = words[1].Big().Uint64()
	words, err = read(ctx, client, common.BytesToAddress(words[2][:]), "l2BlockNumber()")
	if err != nil {
		return out, err
	}
	out.LatestL2Block = words[0].Big().Uint64()
	return out, nil
}

func read(ctx context.Context, client ethereum.ContractCaller, contract common.Address, getter string, args ...contracts.Word) ([]contracts.Word, error) {
	data, err := client.CallContract(ctx, ethereum.CallMsg{To: &contract, Data: contracts.Call(getter, args...)}, nil)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", getter, err)
	}
	if len(data) == 0 || len(data)%32 != 0 {
		return nil, fmt.Errorf("read %s: no contract answers at %s", getter, contract)
	}
	words := make([]contracts.Word, len(data)/32)
	for i := range words {
		words[i] = common.BytesToHash(data[i*32 : (i+1)*32])
	}
	return words, nil
}

// Batches is what the batcher sent to the batch inbox within a range of blocks.
type Batches struct {
	FromBlock       uint64 `json:"fromBlock"`
	ToBlock         uint64 `json:"toBlock"`
	Count           uint64 `json:"count"`
	Bytes           uint64 `json:"bytes"`
	LatestBlock     uint64 `json:"latestBlock"`
	LatestTimestamp uint64 `json:"latestTimestamp"`
}

// CountBatches looks through the last blocks of L1.
func CountBatches(ctx context.Context, client *ethclient.Client, book *artifacts.Addresses, blocks uint64) (Batches, error) {
	head, err := client.BlockNumber(ctx)
	if err != nil {
		return Batches{}, fmt.Errorf("read head: %w", err)
	}
	out := Batches{ToBlock: head}
	if blocks <= head {
		out.FromBlock = head - blocks + 1
	}
	signer := types.LatestSignerForChainID(new(big.Int).SetUint64(book.L1ChainID))
	batcher, inbox := common.HexToAddress(book.Batcher), common.HexToAddress(book.BatchInbox)
	for number := out.FromBlock; number <= head; number++ {
		block, err := client.BlockByNumber(ctx, new(big.Int).SetUint64(number))
		if err != nil {
			return out, fmt.Errorf("read block %d: %w", number, err)
		}
		for _, tx := range block.Transactions() {
			if tx.To() == nil || *tx.To() != inbox {
				continue
			}
			if from, err := types.Sender(signer, tx); err != nil || from != batcher {
				continue
			}
			out.Count++
			out.Bytes += uint64(len(tx.Data()))
			out.LatestBlock, out.LatestTimestamp = number, block.Time()
		}
	}
	return out, nil
}
