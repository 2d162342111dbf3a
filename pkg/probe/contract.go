package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// call calls a contract's method at the newest block and gives its one result. It is refused
// where the call reverts, or where the result is anything but the encoding of a T.
func call[T any](ctx context.Context, r *reader, contract common.Address, method string, args ...any) preflight.Answer[T] {
	value, err := invoke[T](ctx, r, contract, method, args...)
	if err == nil {
		return preflight.Is(value)
	}
	answer := unseen[T](err, r.url)
	if isRefusal(err) {
		answer.Standing = preflight.Refused
	}
	return answer
}

// refusal is the error of a contract that does not know a method.
type refusal struct{ error }

func isRefusal(err error) bool { return errors.As(err, &refusal{}) }

// invoke calls a contract's method at the newest block and gives its one result. The error is a
// refusal where the call reverts, or where the result is anything but the encoding of a T.
func invoke[T any](ctx context.Context, r *reader, contract common.Address, method string, args ...any) (T, error) {
	var none T
	input, err := contracts.Pack(method, args...)
	if err != nil {
		return none, fmt.Errorf("pack %s: %w", method, err)
	}
	var output hexutil.Bytes
	message := map[string]any{"to": contract, "data": hexutil.Bytes(input)}
	if err := r.client.CallContext(ctx, &output, "eth_call", message, "latest"); err != nil {
		if reverted(err) {
			return none, refusal{told(err, r.url)}
		}
		return none, told(err, r.url)
	}
	value, ok := decoded[T](method, output)
	if !ok {
		return none, refusal{errors.New("the result of " + method + " is of another kind")}
	}
	return value, nil
}

// decoded is strict: another contract's result may look like ours at its beginning.
func decoded[T any](method string, output []byte) (T, bool) {
	var value T
	values, err := contracts.Unpack(method, output)
	if err != nil || len(values) != 1 {
		return value, false
	}
	again, err := contracts.Methods[method].Outputs.Pack(values...)
	if err != nil || !bytes.Equal(again, output) {
		return value, false
	}
	abi.ConvertType(values[0], &value)
	return value, true
}

// JSON-RPC codes of a call that the EVM ended: 3 in go-ethereum, Erigon and Reth, -32015 in
// Nethermind and OpenEthereum.
var revertCodes = []int{3, -32015}

// How clients put it where the code is a general one.
var revertWords = []string{"revert", "invalid opcode", "invalidfeopcode", "opcodenotfound", "invalid jump", "invalidjump", "stack underflow", "stackunderflow", "out of gas", "outofgas", "vm execution error"}

// reverted tells a contract that does not know a method from a node that does not answer.
func reverted(err error) bool {
	var answer rpc.Error
	if !errors.As(err, &answer) {
		return false
	}
	text := strings.ToLower(answer.Error())
	says := func(word string) bool { return strings.Contains(text, word) }
	return slices.Contains(revertCodes, answer.ErrorCode()) || slices.ContainsFunc(revertWords, says)
}
