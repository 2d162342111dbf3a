package probe

import (
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// Signatures of the rollup's contracts on L1 (op-contracts v1.0 and later). Those in capitals are
// of older versions.
var contracts = mustParse(`[
	{"type":"function","name":"gameCount","inputs":[],"outputs":[{"name":"count","type":"uint256"}]},
	{"type":"function","name":"findLatestGames",
	 "inputs":[{"name":"gameType","type":"uint32"},{"name":"start","type":"uint256"},{"name":"n","type":"uint256"}],
	 "outputs":[{"name":"games","type":"tuple[]","components":[
		{"name":"index","type":"uint256"},{"name":"metadata","type":"bytes32"},{"name":"timestamp","type":"uint64"},
		{"name":"rootClaim","type":"bytes32"},{"name":"extraData","type":"bytes"}]}]},
	{"type":"function","name":"gameAtIndex","inputs":[{"name":"index","type":"uint256"}],
	 "outputs":[{"name":"game","type":"tuple","components":[
		{"name":"gameType","type":"uint32"},{"name":"timestamp","type":"uint64"},{"name":"proxy","type":"address"}]}]},
	{"type":"function","name":"gameCreator","inputs":[],"outputs":[{"name":"creator","type":"address"}]},
	{"type":"function","name":"submissionInterval","inputs":[],"outputs":[{"name":"interval","type":"uint256"}]},
	{"type":"function","name":"SUBMISSION_INTERVAL","inputs":[],"outputs":[{"name":"interval","type":"uint256"}]},
	{"type":"function","name":"nextOutputIndex","inputs":[],"outputs":[{"name":"index","type":"uint256"}]},
	{"type":"function","name":"getL2Output","inputs":[{"name":"index","type":"uint256"}],
	 "outputs":[{"name":"output","type":"tuple","components":[
		{"name":"outputRoot","type":"bytes32"},{"name":"timestamp","type":"uint128"},{"name":"l2BlockNumber","type":"uint128"}]}]},
	{"type":"function","name":"batcherHash","inputs":[],"outputs":[{"name":"batcher","type":"bytes32"}]},
	{"type":"function","name":"unsafeBlockSigner","inputs":[],"outputs":[{"name":"signer","type":"address"}]},
	{"type":"function","name":"systemConfig","inputs":[],"outputs":[{"name":"config","type":"address"}]},
	{"type":"function","name":"SYSTEM_CONFIG","inputs":[],"outputs":[{"name":"config","type":"address"}]},
	{"type":"function","name":"respectedGameType","inputs":[],"outputs":[{"name":"gameType","type":"uint32"}]},
	{"type":"function","name":"gameImpls","inputs":[{"name":"gameType","type":"uint32"}],"outputs":[{"name":"impl","type":"address"}]},
	{"type":"function","name":"gameArgs","inputs":[{"name":"gameType","type":"uint32"}],"outputs":[{"name":"args","type":"bytes"}]},
	{"type":"function","name":"proposer","inputs":[],"outputs":[{"name":"proposer","type":"address"}]},
	{"type":"function","name":"PROPOSER","inputs":[],"outputs":[{"name":"proposer","type":"address"}]}
]`)

func mustParse(text string) abi.ABI {
	parsed, err := abi.JSON(strings.NewReader(text))
	if err != nil {
		panic(err)
	}
	return parsed
}

type game struct {
	Index     *big.Int
	Metadata  [32]byte
	Timestamp uint64
	RootClaim [32]byte
	ExtraData []byte
}

type output struct {
	OutputRoot    [32]byte
	Timestamp     *big.Int
	L2BlockNumber *big.Int
}

// maxUnix is the last second of the year 9999. JSON has no later time, so the API server would
// refuse a status that holds one.
const maxUnix = 253402300799

// unixTime reads a timestamp, in Unix seconds.
func unixTime(seconds uint64) (time.Time, error) {
	if seconds > maxUnix {
		return time.Time{}, errors.New("read timestamp: out of range")
	}
	return time.Unix(int64(seconds), 0), nil //nolint:gosec // bounded above
}

// blockTime reads a timestamp as contracts tell it.
func blockTime(seconds *big.Int) (*time.Time, error) {
	if !seconds.IsUint64() {
		return nil, errors.New("read timestamp: out of range")
	}
	at, err := unixTime(seconds.Uint64())
	if err != nil {
		return nil, err
	}
	return &at, nil
}
