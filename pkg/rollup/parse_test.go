package rollup

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// whole has every field that op-node v1.19 knows, and those of before.
const whole = `{
  "genesis": {
    "l1": {"hash": "0x1111111111111111111111111111111111111111111111111111111111111111", "number": 5},
    "l2": {"hash": "0x2222222222222222222222222222222222222222222222222222222222222222", "number": 6},
    "l2_time": 1700000000,
    "system_config": {
      "batcherAddr": "0x00000000000000000000000000000000000000b1",
      "overhead": "0x00000000000000000000000000000000000000000000000000000000000000bc",
      "scalar": "0x010000000000000000000000000000000000000000000000000c5fc500000558",
      "gasLimit": 60000000,
      "eip1559Params": "0x000000fa00000006",
      "operatorFeeParams": "0x0000000000000000000000000000000000000000000000000000000000000007",
      "minBaseFee": 8,
      "daFootprintGasScalar": 400
    }
  },
  "block_time": 2, "max_sequencer_drift": 600, "seq_window_size": 3600, "channel_timeout": 300,
  "l1_chain_id": 900, "l2_chain_id": 901,
  "regolith_time": 1, "canyon_time": 2, "delta_time": 3, "ecotone_time": 4, "fjord_time": 5, "granite_time": 6,
  "holocene_time": 7, "isthmus_time": 8, "jovian_time": 9, "karst_time": 10, "lagoon_time": 11, "interop_time": 12,
  "pectra_blob_schedule_time": 13, "keep_karst_upgrade_gas": true,
  "batch_inbox_address": "0xff00000000000000000000000000000000000901",
  "deposit_contract_address": "0x1000000000000000000000000000000000000001",
  "l1_system_config_address": "0x1000000000000000000000000000000000000002",
  "protocol_versions_address": "0x1000000000000000000000000000000000000003",
  "chain_op_config": {"eip1559Elasticity": 6, "eip1559Denominator": 50, "eip1559DenominatorCanyon": 250},
  "alt_da": {"da_challenge_contract_address": "0x1000000000000000000000000000000000000004", "da_commitment_type": "KeccakCommitment",
    "da_challenge_window": 14, "da_resolve_window": 15, "da_max_input_size": 16}
}`

func wholeConfig() *Config {
	return &Config{
		Genesis: Genesis{
			L1:     BlockID{common.HexToHash(strings.Repeat("1", 64)), 5},
			L2:     BlockID{common.HexToHash(strings.Repeat("2", 64)), 6},
			L2Time: 1700000000,
			SystemConfig: SystemConfig{
				BatcherAddr:          common.HexToAddress("0xb1"),
				Overhead:             common.HexToHash("0xbc"),
				Scalar:               common.HexToHash("0x010000000000000000000000000000000000000000000000000c5fc500000558"),
				GasLimit:             60_000_000,
				EIP1559Params:        hexutil.Bytes{0, 0, 0, 250, 0, 0, 0, 6},
				OperatorFeeParams:    new(common.HexToHash("0x7")),
				MinBaseFee:           new(uint64(8)),
				DAFootprintGasScalar: new(uint64(400)),
			},
		},
		BlockTime: 2, MaxSequencerDrift: 600, SeqWindowSize: 3600, ChannelTimeout: 300, L1ChainID: 900, L2ChainID: 901,
		RegolithTime: new(uint64(1)), CanyonTime: new(uint64(2)), DeltaTime: new(uint64(3)), EcotoneTime: new(uint64(4)),
		FjordTime: new(uint64(5)), GraniteTime: new(uint64(6)), HoloceneTime: new(uint64(7)), IsthmusTime: new(uint64(8)),
		JovianTime: new(uint64(9)), KarstTime: new(uint64(10)), LagoonTime: new(uint64(11)), InteropTime: new(uint64(12)),
		PectraBlobScheduleTime: new(uint64(13)), KeepKarstUpgradeGas: true,
		BatchInboxAddress:       common.HexToAddress("0xff00000000000000000000000000000000000901"),
		DepositContractAddress:  common.HexToAddress("0x1000000000000000000000000000000000000001"),
		L1SystemConfigAddress:   common.HexToAddress("0x1000000000000000000000000000000000000002"),
		ProtocolVersionsAddress: common.HexToAddress("0x1000000000000000000000000000000000000003"),
		ChainOpConfig:           &ChainOpConfig{Elasticity: 6, Denominator: 50, DenominatorCanyon: new(uint64(250))},
		AltDA: &AltDA{
			ChallengeAddress: common.HexToAddress("0x1000000000000000000000000000000000000004"), CommitmentType: "KeccakCommitment",
			ChallengeWindow: 14, ResolveWindow: 15, MaxInputSize: new(uint64(16)),
		},
	}
}

var ignorePaths = cmpopts.IgnoreUnexported(Config{})

func TestParseReadsEveryField(t *testing.T) {
	t.Parallel()
	got, err := Parse([]byte(whole))
	if err != nil {
		t.Fatalf("Parse() error = %v", err)
	}
	if diff := cmp.Diff(wholeConfig(), got, ignorePaths, cmpopts.IgnoreFields(Config{}, "Fields")); diff != "" {
		t.Errorf("Parse() (-want +got):\n%s", diff)
	}
	top := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(whole), &top); err != nil {
		t.Fatal(err)
	}
	if len(got.Fields) != len(top) {
		t.Errorf("Fields has %d names, want %d", len(got.Fields), len(top))
	}
	for _, f := range fields {
		if f.at(wholeConfig()) != nil && !got.Has(f.path) {
			t.Errorf("Has(%q) = false; this test shall have every field", f.path)
		}
	}
}

func TestParseTellsMissingFromZero(t *testing.T) {
	t.Parallel()
	got, err := Parse([]byte(`{"BLOCK_TIME": 0, "seq_window_size": null, "genesis": {"l1": {"number": 0}}, "regolith_time": 0, "canyon_time": null,
		"use_plasma": false, "my_notes": {"a": [1]}, "0123456789abcdef": 1, "eip1559_x": 0, "kein Name": 0}`))
	if err != nil {
		t.Fatalf("Parse() error = %v", err)
	}
	want := &Config{RegolithTime: new(uint64(0)), Fields: []string{
		HiddenField, HiddenField, "block_time", "canyon_time", "eip1559_x", "genesis", "my_notes", "regolith_time", "seq_window_size", "use_plasma",
	}}
	if diff := cmp.Diff(want, got, ignorePaths); diff != "" {
		t.Errorf("Parse() (-want +got):\n%s", diff)
	}
	for path, want := range map[string]bool{
		"block_time": true, "BLOCK_TIME": false, "seq_window_size": false, "genesis": true, "genesis.l1": true, "genesis.l1.number": true,
		"genesis.l1.hash": false, "genesis.l2": false, "channel_timeout": false, "canyon_time": false, "my_notes": false,
	} {
		if got.Has(path) != want {
			t.Errorf("Has(%q) = %t, want %t", path, !want, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	hash := "field genesis.l1.hash must be 0x and 64 hexadecimal digits"
	l1Hash := func(value string) string { return `{"genesis": {"l1": {"hash": ` + value + `}}}` }
	cases := map[string]struct{ in, wantErr string }{
		"nothing":                 {"", "not JSON: syntax error at byte 0"},
		"a key":                   {strings.Repeat("ab", 32), "not JSON: syntax error at byte 1"},
		"cut short":               {`{"genesis":`, "not JSON: syntax error at byte 11"},
		"data behind":             {`{} {}`, "not JSON: syntax error at byte 4"},
		"a list":                  {`[]`, "it must be an object"},
		"a number":                {`1`, "it must be an object"},
		"null":                    {`null`, "it must be an object"},
		"Latin 1":                 {"{\"na\xefve\": 1}", "not JSON: it is not UTF-8"},
		"too large":               {`{"a": "` + strings.Repeat("x", MaxBytes) + `"}`, "it has more than 4 MiB"},
		"too deep":                {`{"a": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "it is nested more than 16 levels deep"},
		"too deep for anybody":    {`{"a": ` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "not JSON: syntax error at byte 10006"},
		"countless fields":        {`{` + many(maxFields+1) + `}`, "it has more than 1000 fields"},
		"a field twice":           {`{"block_time": 2, "block_time": 2}`, "it has field block_time twice: remove one"},
		"a field twice, folded":   {`{"block_time": 2, "Bloc\u212a_Time": 2}`, "it has field block_time twice: remove one"},
		"a nested field twice":    {`{"genesis": {"l1": {"number": 1, "number": 1}}}`, "it has field genesis.l1.number twice: remove one"},
		"an unknown field twice":  {`{"hunter2": 2, "hunter2": 2}`, "it has a field twice: remove one"},
		"twice within an unknown": {`{"a": [{"hunter2": 2, "hunter2": 2}]}`, "it has a field twice: remove one"},
		"object for a number":     {`{"block_time": {"hunter2": 1}}`, "field block_time must be a whole number"},
		"list for an object":      {`{"genesis": []}`, "field genesis must be an object"},
		"text for an object":      {`{"chain_op_config": "hunter2"}`, "field chain_op_config must be an object"},
		"text for a number":       {`{"block_time": "2"}`, "field block_time must be a whole number"},
		"negative":                {`{"block_time": -2}`, "field block_time must be a whole number"},
		"fraction":                {`{"block_time": 2.0}`, "field block_time must be a whole number"},
		"exponent":                {`{"block_time": 2e0}`, "field block_time must be a whole number"},
		"too large a number":      {`{"l2_chain_id": 18446744073709551616}`, "field l2_chain_id must be a whole number"},
		"time as text":            {`{"canyon_time": "0x0"}`, "field canyon_time must be a whole number"},
		"number for a bool":       {`{"keep_karst_upgrade_gas": 1}`, "field keep_karst_upgrade_gas must be true or false"},
		"number for a text":       {`{"alt_da": {"da_commitment_type": 1}}`, "field alt_da.da_commitment_type must be a string"},
		"hash a number":           {l1Hash(`1`), hash},
		"hash null":               {l1Hash(`null`), hash},
		"hash empty":              {l1Hash(`""`), hash},
		"hash without 0x":         {l1Hash(`"` + strings.Repeat("11", 32) + `"`), hash},
		"hash a digit short":      {l1Hash(`"0x` + strings.Repeat("1", 63) + `"`), hash},
		"hash too long":           {l1Hash(`"0x` + strings.Repeat("11", 33) + `"`), hash},
		"hash not hexadecimal":    {l1Hash(`"0x` + strings.Repeat("zz", 32) + `"`), hash},
		"address an object":       {`{"batch_inbox_address": {}}`, "field batch_inbox_address must be 0x and 40 hexadecimal digits"},
		"address too short":       {`{"batch_inbox_address": "0x01"}`, "field batch_inbox_address must be 0x and 40 hexadecimal digits"},
		"operator fee null": {
			`{"genesis": {"system_config": {"operatorFeeParams": null}}}`,
			"field genesis.system_config.operatorFeeParams must be 0x and 64 hexadecimal digits",
		},
		"parameters too short": {
			`{"genesis": {"system_config": {"eip1559Params": "0x"}}}`,
			"field genesis.system_config.eip1559Params must be 0x and 16 hexadecimal digits",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse([]byte(tc.in))
			if err == nil || err.Error() != tc.wantErr {
				t.Errorf("Parse() error = %v, want %q", err, tc.wantErr)
			}
			if got != nil {
				t.Error("Parse() gave a Config beside the error")
			}
		})
	}
}

func many(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"f%d": 0`, i)
	}
	return strings.Join(list, ", ")
}

func TestForks(t *testing.T) {
	t.Parallel()
	for i, fork := range wholeConfig().Forks() {
		if fork.Time == nil || *fork.Time != uint64(i+1) || fork.Field != fork.Name+"_time" {
			t.Errorf("fork %d is %+v", i, fork)
		}
	}
	old := &Config{InteropTime: new(uint64(7))}
	forks := old.Forks()
	if last := forks[len(forks)-1]; last.Name != "lagoon" || last.Field != "interop_time" || *last.Time != 7 {
		t.Errorf("interop_time is read as %+v", last)
	}
}

// nodeConfig is how op-node declares the fields whose reading encoding/json does by itself.
type nodeConfig struct {
	Genesis struct {
		L1 struct {
			Hash   common.Hash `json:"hash"`
			Number uint64      `json:"number"`
		} `json:"l1"`
		L2Time       uint64 `json:"l2_time"`
		SystemConfig struct {
			BatcherAddr common.Address `json:"batcherAddr"`
			GasLimit    uint64         `json:"gasLimit"`
		} `json:"system_config"`
	} `json:"genesis"`
	BlockTime         uint64         `json:"block_time"`
	SeqWindowSize     uint64         `json:"seq_window_size"`
	CanyonTime        *uint64        `json:"canyon_time"`
	KeepUpgradeGas    bool           `json:"keep_karst_upgrade_gas"`
	BatchInboxAddress common.Address `json:"batch_inbox_address"`
	ChainOpConfig     *struct {
		Elasticity        uint64  `json:"eip1559Elasticity"`
		DenominatorCanyon *uint64 `json:"eip1559DenominatorCanyon"`
	} `json:"chain_op_config"`
}

// op-node's own way of reading is the measure: what is accepted must mean the same to both.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		whole, `{}`, `null`, `[]`, `{"genesis": {"l2_time": -1}}`, `{"genesis": null, "block_time": 1e3}`, whole + "x", "",
		`{"genesis": {"l1": {"hash": null}}, "chain_op_config": null}`, `{"Block_Time": 3, "a": {"b": [{"c": 1}]}, "a_a": "\ud800"}`,
		`{"ſeq_window_ſize": 3, "bloc\u212a_time": 4}`, `{"chain_op_config": {"eip1559DenominatorCanyon": null}, "canyon_time": 0}`,
		`{"batch_inbox_address": "0XFf00000000000000000000000000000000000901", "keep_karst_upgrade_gas": null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(data)
		if err != nil {
			if text := err.Error(); len(text) > 200 || strings.Contains(text, "uint64") || strings.Contains(text, "Go ") {
				t.Errorf("error %q", text)
			}
			return
		}
		var node nodeConfig
		if err := json.Unmarshal(data, &node); err != nil {
			t.Fatalf("accepted what op-node refuses: %v", err)
		}
		want := &Config{
			BlockTime: node.BlockTime, SeqWindowSize: node.SeqWindowSize, CanyonTime: node.CanyonTime,
			KeepKarstUpgradeGas: node.KeepUpgradeGas, BatchInboxAddress: node.BatchInboxAddress,
		}
		want.Genesis.L1, want.Genesis.L2Time = BlockID(node.Genesis.L1), node.Genesis.L2Time
		want.Genesis.SystemConfig.BatcherAddr, want.Genesis.SystemConfig.GasLimit = node.Genesis.SystemConfig.BatcherAddr, node.Genesis.SystemConfig.GasLimit
		if node.ChainOpConfig != nil {
			want.ChainOpConfig = &ChainOpConfig{Elasticity: node.ChainOpConfig.Elasticity, DenominatorCanyon: node.ChainOpConfig.DenominatorCanyon}
		}
		if diff := cmp.Diff(want, onlyNode(got), ignorePaths); diff != "" {
			t.Errorf("read otherwise than op-node (-op-node +got):\n%s", diff)
		}
		for _, name := range got.Fields {
			if len(name) > 48 {
				t.Errorf("would show a name of %d bytes", len(name))
			}
		}
	})
}

// onlyNode leaves what nodeConfig has.
func onlyNode(c *Config) *Config {
	kept := &Config{
		BlockTime: c.BlockTime, SeqWindowSize: c.SeqWindowSize, CanyonTime: c.CanyonTime,
		KeepKarstUpgradeGas: c.KeepKarstUpgradeGas, BatchInboxAddress: c.BatchInboxAddress,
	}
	kept.Genesis.L1, kept.Genesis.L2Time = c.Genesis.L1, c.Genesis.L2Time
	kept.Genesis.SystemConfig.BatcherAddr, kept.Genesis.SystemConfig.GasLimit = c.Genesis.SystemConfig.BatcherAddr, c.Genesis.SystemConfig.GasLimit
	if c.ChainOpConfig != nil {
		kept.ChainOpConfig = &ChainOpConfig{Elasticity: c.ChainOpConfig.Elasticity, DenominatorCanyon: c.ChainOpConfig.DenominatorCanyon}
	}
	return kept
}
