package rollup

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"
)

var testParams = Params{
	L1ChainID: 900, L2ChainID: 901,
	Origin:         Block{Hash: common.HexToHash("0x01"), Number: 7, Time: 1_700_000_000},
	Batcher:        common.HexToAddress("0xba"),
	BatchInbox:     BatchInbox(901),
	OptimismPortal: common.HexToAddress("0x0f"),
	SystemConfig:   common.HexToAddress("0x5c"),
	Funded:         []common.Address{common.HexToAddress("0xf0")},
}

func testGenesis(t *testing.T) *core.Genesis {
	t.Helper()
	if raceDetector {
		t.Skip("the decompressor that op-geth uses races with itself; op-geth checks the hash of what comes out")
	}
	genesis, err := Genesis(testParams)
	if err != nil {
		t.Fatal(err)
	}
	return genesis
}

// What operators check before they let op-node near a chain.
func TestGenesisAndConfigAgree(t *testing.T) {
	t.Parallel()
	genesis := testGenesis(t)
	config := NewConfig(testParams, genesis)

	// Through JSON and back, for the files are what others read.
	data, err := json.Marshal(genesis)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) < 9_000_000 {
		t.Errorf("genesis.json has %d bytes, want the size of a real one", len(data))
	}
	var read core.Genesis
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	block := read.ToBlock()
	type facts struct {
		Hash             common.Hash
		Time, GasLimit   uint64
		L1, L2           uint64
		Canyon, Holocene uint64
		Isthmus          uint64
	}
	want := facts{
		Hash: block.Hash(), Time: read.Timestamp, GasLimit: read.GasLimit, L1: 900, L2: read.Config.ChainID.Uint64(),
		Canyon: *read.Config.CanyonTime, Holocene: *read.Config.HoloceneTime, Isthmus: *read.Config.IsthmusTime,
	}
	got := facts{
		Hash: config.Genesis.L2.Hash, Time: config.Genesis.L2Time, GasLimit: config.Genesis.SystemConfig.GasLimit,
		L1: config.L1ChainID, L2: config.L2ChainID,
		Canyon: *config.CanyonTime, Holocene: *config.HoloceneTime, Isthmus: *config.IsthmusTime,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rollup.json against genesis.json (-genesis +rollup):\n%s", diff)
	}
	if diff := cmp.Diff(read.Config.Optimism, config.ChainOpConfig); diff != "" {
		t.Errorf("fee parameters (-genesis +rollup):\n%s", diff)
	}
	if read.Timestamp != testParams.Origin.Time || config.Genesis.L1.Hash != testParams.Origin.Hash {
		t.Error("the rollup does not start at its origin")
	}
}

func TestGenesisFollowsForks(t *testing.T) {
	t.Parallel()
	genesis := testGenesis(t)
	if want := []byte{0, 0, 0, 0, 250, 0, 0, 0, 6}; !bytes.Equal(genesis.ExtraData, want) {
		t.Errorf("extraData = %x, want %x", genesis.ExtraData, want)
	}
	if genesis.Config.JovianTime != nil || genesis.Config.LagoonTime != nil {
		t.Error("a fork that the legacy binaries do not run is scheduled")
	}
	// op-node calls it in every block since Isthmus.
	l1Block := genesis.Alloc[common.HexToAddress("0xc0D3C0d3C0d3C0D3c0d3C0d3c0D3C0d3c0d30015")]
	if selector := crypto.Keccak256([]byte("setL1BlockValuesIsthmus()"))[:4]; !bytes.Contains(l1Block.Code, selector) {
		t.Error("the L1Block contract is older than Isthmus")
	}
	if balance := genesis.Alloc[testParams.Funded[0]].Balance; balance == nil || balance.Sign() == 0 {
		t.Error("the user has no ether")
	}
}

// legacyFields are the fields of rollup.json in op-node v1.13.7, which refuses
// any other.
const legacyFields = ` genesis l1 l2 hash number l2_time system_config batcherAddr overhead scalar gasLimit
	eip1559Params operatorFeeParams minBaseFee block_time max_sequencer_drift seq_window_size channel_timeout
	l1_chain_id l2_chain_id regolith_time canyon_time delta_time ecotone_time fjord_time granite_time holocene_time
	isthmus_time jovian_time interop_time batch_inbox_address deposit_contract_address l1_system_config_address
	protocol_versions_address chain_op_config eip1559Elasticity eip1559Denominator eip1559DenominatorCanyon `

func TestConfigHasOnlyFieldsThatLegacyKnows(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(NewConfig(testParams, testGenesis(t)))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, field := range strings.Fields(legacyFields) {
		known[field] = true
	}
	var walk func(map[string]any)
	walk = func(object map[string]any) {
		for name, value := range object {
			if !known[name] {
				t.Errorf("field %q would stop op-node v1.13.7", name)
			}
			if inner, ok := value.(map[string]any); ok {
				walk(inner)
			}
		}
	}
	walk(fields)
}

func TestBatchInbox(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		chainID uint64
		want    string
	}{
		"short":   {901, "0xfF00000000000000000000000000000000000901"},
		"longest": {18446744073709551615, "0xff00000000000000000018446744073709551615"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := BatchInbox(c.chainID); got != common.HexToAddress(c.want) {
				t.Errorf("BatchInbox(%d) = %s, want %s", c.chainID, got, c.want)
			}
		})
	}
}

func TestEcotoneScalar(t *testing.T) {
	t.Parallel()
	// That of several real chains with the same two numbers.
	want := common.HexToHash("0x010000000000000000000000000000000000000000000000000c5fc500000558")
	if got := EcotoneScalar(); got != want {
		t.Errorf("EcotoneScalar() = %s, want %s", got, want)
	}
}

func TestOutputRoot(t *testing.T) {
	t.Parallel()
	if _, err := OutputRoot(types.NewBlockWithHeader(&types.Header{})); err == nil {
		t.Error("a block from before Isthmus gave an output root")
	}
	root := common.HexToHash("0x02")
	block := types.NewBlockWithHeader(&types.Header{Root: common.HexToHash("0x01"), WithdrawalsHash: &root})
	got, err := OutputRoot(block)
	if err != nil {
		t.Fatal(err)
	}
	preimage := append(make([]byte, 32), block.Root().Bytes()...)
	preimage = append(append(preimage, root.Bytes()...), block.Hash().Bytes()...)
	if want := crypto.Keccak256Hash(preimage); got != want {
		t.Errorf("OutputRoot() = %s, want %s", got, want)
	}
}
