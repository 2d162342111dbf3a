package wallet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
)

// Tx is a transaction yet to be signed. To is nil for one that creates a
// contract.
type Tx struct {
	Name  string
	To    *common.Address
	Value *big.Int
	Data  []byte
	Gas   uint64
}

// Dial connects to a node and waits until it answers, for it may be starting.
func Dial(ctx context.Context, url string) (*ethclient.Client, error) {
	client, err := ethclient.DialContext(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	for {
		if _, err = client.BlockNumber(ctx); err == nil {
			return client, nil
		}
		if waitErr := sleep(ctx, time.Second); waitErr != nil {
			client.Close()
			return nil, fmt.Errorf("wait for node: %w (last answer: %w)", waitErr, err)
		}
	}
}

// Send signs all transactions with consecutive nonces, sends them at once and
// waits for all receipts: a list costs as many blocks as its gas needs, not one
// block each. A transaction that reverts is an error that names it.
func (k Key) Send(ctx context.Context, client *ethclient.Client, txs ...Tx) ([]*types.Receipt, error) {
	signed, err := k.sign(ctx, client, txs)
	if err != nil {
		return nil, err
	}
	for i, tx := range signed {
		if err := client.SendTransaction(ctx, tx); err != nil {
			return nil, fmt.Errorf("send %s: %w", txs[i].Name, err)
		}
	}
	receipts := make([]*types.Receipt, len(signed))
	for i, tx := range signed {
		receipt, err := waitReceipt(ctx, client, tx.Hash())
		if err != nil {
			return nil, fmt.Errorf("wait for %s: %w", txs[i].Name, err)
		}
		if receipt.Status != types.ReceiptStatusSuccessful {
			return nil, fmt.Errorf("run %s: reverted in block %v (%s), %d of %d gas used",
				txs[i].Name, receipt.BlockNumber, tx.Hash(), receipt.GasUsed, tx.Gas())
		}
		receipts[i] = receipt
	}
	return receipts, nil
}

func (k Key) sign(ctx context.Context, client *ethclient.Client, txs []Tx) ([]*types.Transaction, error) {
	chainID, err := client.ChainID(ctx)
	if err != nil {
		return nil, fmt.Errorf("read chain id: %w", err)
	}
	head, err := client.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	nonce, err := client.PendingNonceAt(ctx, k.Address())
	if err != nil {
		return nil, fmt.Errorf("read nonce: %w", err)
	}
	tip := big.NewInt(params.GWei)
	feeCap := new(big.Int).Add(new(big.Int).Mul(head.BaseFee, big.NewInt(4)), tip)
	signer := types.LatestSignerForChainID(chainID)
	signed := make([]*types.Transaction, len(txs))
	for i, tx := range txs {
		signed[i], err = types.SignNewTx(k.private, signer, &types.DynamicFeeTx{
			ChainID: chainID, Nonce: nonce + uint64(i), GasTipCap: tip, GasFeeCap: feeCap,
			Gas: tx.Gas, To: tx.To, Value: tx.Value, Data: tx.Data,
		})
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", tx.Name, err)
		}
	}
	return signed, nil
}

func waitReceipt(ctx context.Context, client *ethclient.Client, hash common.Hash) (*types.Receipt, error) {
	for {
		receipt, err := client.TransactionReceipt(ctx, hash)
		if err == nil {
			return receipt, nil
		}
		// Any other error is the node's hiccup as likely as not: the deadline decides.
		if waitErr := sleep(ctx, 250*time.Millisecond); waitErr != nil {
			if errors.Is(err, ethereum.NotFound) {
				return nil, fmt.Errorf("not included in a block: %w", waitErr)
			}
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
