package genesis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const (
	testChainID = 901
	passer      = "4200000000000000000000000000000000000016"
	// addressA and addressB are of nobody.
	addressA, addressB = "00000000000000000000000000000000000000aa", "00000000000000000000000000000000000000bb"
)

// genesisOf is a genesis that op-geth takes, with some of its fields changed. A field of no
// value is left out.
func genesisOf(changes ...string) string {
	fields := []string{"config", `{"chainId":901}`, "timestamp", "1700000000", "gasLimit", `"0x1c9c380"`, "difficulty", "0", "alloc", "{}"}
	for i := 0; i < len(changes); i += 2 {
		at := -1
		for j := 0; j < len(fields); j += 2 {
			if fields[j] == changes[i] {
				at = j
			}
		}
		if at < 0 {
			fields = append(fields, changes[i], "")
			at = len(fields) - 2
		}
		fields[at+1] = changes[i+1]
	}
	var parts []string
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", fields[i], fields[i+1]))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// accountOf is a genesis with one account of these fields.
func accountOf(fields string) string {
	return genesisOf("alloc", `{"`+addressA+`":`+fields+`}`)
}

func TestReadTakesWhatOpGethTakes(t *testing.T) {
	t.Parallel()
	same := map[string][]string{
		"a number":         {genesisOf("timestamp", `"0x6553F100"`), genesisOf("timestamp", `"0X6553f100"`), genesisOf("timestamp", `"1700000000"`), genesisOf("timestamp", `"0001700000000"`), genesisOf()},
		"nothing":          {genesisOf("nonce", `""`), genesisOf("nonce", "null"), genesisOf("nonce", "0"), genesisOf("extraData", `""`), genesisOf("extraData", `"0x"`), genesisOf("extraData", "null"), genesisOf("excessBlobGas", "null", "blobGasUsed", "1", "slotNumber", "5"), genesisOf()},
		"an address":       {accountOf(`{"balance":1}`), strings.ReplaceAll(accountOf(`{"balance":1}`), addressA, "0x"+addressA), strings.ReplaceAll(accountOf(`{"balance":1}`), addressA, "0X"+strings.ToUpper(addressA))},
		"a balance":        {accountOf(`{"balance":255}`), accountOf(`{"balance":"255"}`), accountOf(`{"balance":"0xff"}`), accountOf(`{"balance":"0x00Ff"}`)},
		"an empty account": {accountOf(`{"balance":""}`), accountOf(`{"balance":0,"code":"","nonce":null,"storage":null}`), accountOf(`{"balance":"0x0","code":"0x","storage":{}}`), accountOf(`{"balance":"0x0","storage":{"0x01":"0x0000","":"","02":null}}`)},
		"a slot":           {accountOf(`{"balance":0,"storage":{"0x01":"0x02"}}`), accountOf(`{"balance":0,"storage":{"0001":"0002"}}`), accountOf(fmt.Sprintf(`{"balance":0,"storage":{"0x%064x":"0x%064x"}}`, 1, 2))},
		"code":             {accountOf(`{"balance":0,"code":"0xABcd"}`), accountOf(`{"balance":0,"code":"0Xabcd"}`), accountOf(`{"code":"0xabcd","balance":0}`)},
		"a field's name":   {genesisOf(), strings.Replace(genesisOf(), "gasLimit", "GASLIMIT", 1), strings.Replace(genesisOf(), "gasLimit", `g\u0061s\u004Cimit`, 1), strings.Replace(genesisOf(), "chainId", "CHAINID", 1), strings.Replace(genesisOf(), "timestamp", "timeſtamp", 1)},
		"white space":      {genesisOf(), " \t\r\n" + strings.NewReplacer(":", " :\n", ",", "\r,\t", "{", "{ ", "}", " }").Replace(genesisOf()) + "\n\n"},
		"unknown fields":   {genesisOf(), genesisOf("comment", `[{"a":[]},"\"\\\/\b\f\n\r\tÀ€😀\ud800",-0.5E+10,true,false,null]`), genesisOf("comment", `"`+strings.Repeat("x", 1<<20)+`"`)},
		"the gas limit":    {genesisOf("gasLimit", "0"), genesisOf("gasLimit", "4712388")},
	}
	for name, docs := range same {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := Read(strings.NewReader(docs[0]), 1<<21)
			if err != nil {
				t.Fatalf("Read(%s) error = %v", docs[0], err)
			}
			for _, doc := range docs[1:] {
				got, err := Read(strings.NewReader(doc), 1<<21)
				if err != nil {
					t.Errorf("Read(%s) error = %v", doc, err)
				} else if got.Hash != want.Hash {
					t.Errorf("Read(%s) gives another hash than %s", doc, docs[0])
				}
			}
		})
	}
}

func TestReadTellsWhatTheFileSays(t *testing.T) {
	t.Parallel()
	doc := genesisOf("config", `{"chainId":901,"londonBlock":0,"Canyontime":5,"isthmusTime":1800000000,"karstTime":null,"fooTime":"soon",
		"bedrockBlock":0,"daoForkSupport":true,"depositContractAddress":"0x`+addressA+`","blobSchedule":{"cancun":{"target":3}},
		"optimism":{"eip1559Elasticity":6,"eip1559Denominator":50,"eip1559DenominatorCanyon":250,"x":1}}`,
		"number", "7", "extraData", `"0x0102"`)
	canyon := uint64(250)
	want := &Genesis{
		ChainID: testChainID, Number: 7, Timestamp: 1700000000, GasLimit: 30000000, ExtraData: []byte{1, 2},
		Forks:    map[string]uint64{"canyonTime": 5, "isthmusTime": 1800000000},
		Optimism: &Optimism{Elasticity: 6, Denominator: 50, DenominatorCanyon: &canyon},
	}
	got, err := Read(strings.NewReader(doc), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want.Hash = got.Hash
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read() (-want +got):\n%s", diff)
	}
	hash := `"0x` + strings.Repeat("ab", 32) + `"`
	if got, err := Read(strings.NewReader(genesisOf("stateHash", hash)), 1<<20); err != nil || !got.ByStateHash || got.Optimism != nil {
		t.Errorf("Read() of a genesis by stateHash = %+v, %v", got, err)
	}
}

// every byte of the state and of the header has a say in the hash.
func TestReadTellsGenesisFilesApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, doc := range []string{
		genesisOf(), genesisOf("timestamp", "1"), genesisOf("gasLimit", "1"), genesisOf("difficulty", "1"), genesisOf("nonce", "1"),
		genesisOf("number", "1"), genesisOf("gasUsed", "1"), genesisOf("extraData", `"0x00"`), genesisOf("baseFeePerGas", "1"),
		genesisOf("coinbase", `"0x`+addressA+`"`), genesisOf("mixHash", `"0x`+strings.Repeat("01", 32)+`"`),
		genesisOf("parentHash", `"0x`+strings.Repeat("01", 32)+`"`), genesisOf("stateHash", `"0x`+strings.Repeat("01", 32)+`"`),
		accountOf(`{"balance":0}`), accountOf(`{"balance":1}`), accountOf(`{"balance":0,"nonce":1}`), accountOf(`{"balance":0,"code":"0x00"}`),
		accountOf(`{"balance":0,"code":"0x0000"}`), accountOf(`{"balance":0,"storage":{"00":"01"}}`), accountOf(`{"balance":0,"storage":{"01":"01"}}`),
		accountOf(`{"balance":0,"storage":{"00":"02"}}`), strings.Replace(accountOf(`{"balance":0}`), addressA, addressB, 1),
	} {
		got, err := Read(strings.NewReader(doc), 1<<20)
		if err != nil {
			t.Fatalf("Read(%s) error = %v", doc, err)
		}
		if other := seen[got.Hash.Hex()]; other != "" {
			t.Errorf("Read() gives the same hash for %s and %s", doc, other)
		}
		seen[got.Hash.Hex()] = doc
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	const isthmus = `{"chainId":901,"londonBlock":0,"isthmusTime":0,"optimism":{}`
	config := func(fields string) string { return genesisOf("config", `{"chainId":901,`+fields+`}`) }
	const hexDigits, slotKeys, slotValues = "0x and pairs of hexadecimal digits", "the account at byte 140 has a storage key that is not pairs of hexadecimal digits, 32 bytes at most",
		"the account at byte 140 has a storage value that is not pairs of hexadecimal digits, 32 bytes at most"
	cases := map[string]struct{ doc, want string }{
		// JSON.
		"nothing":               {"", "not a JSON object"},
		"white space":           {" \n", "not a JSON object"},
		"a list":                {"[]", "not a JSON object"},
		"a word":                {"hunter2", "not a JSON object"},
		"null":                  {"null", "not a JSON object"},
		"an open brace":         {"{", "the JSON is cut short"},
		"cut in a name":         {`{"con`, "the JSON is cut short"},
		"cut behind a name":     {`{"config"`, "the JSON is cut short"},
		"cut behind a colon":    {`{"config":`, "the JSON is cut short"},
		"cut in a string":       {`{"x":"0`, "the JSON is cut short"},
		"cut in an escape":      {`{"x":"\`, "the JSON is cut short"},
		"cut in a list":         {`{"x":[1`, "the JSON is cut short"},
		"cut in code":           {genesisOf()[:20] + `,"alloc":{"` + addressA + `":{"code":"0x6`, "not JSON: syntax error at byte 21"},
		"no quotes":             {`{config:1}`, "not JSON: syntax error at byte 2"},
		"no colon":              {`{"config" 1}`, "not JSON: syntax error at byte 11"},
		"no comma":              {`{"x":1 "y":2}`, "not JSON: syntax error at byte 8"},
		"a comma too many":      {`{"x":1,}`, "not JSON: syntax error at byte 8"},
		"a comma in front":      {`{,"x":1}`, "not JSON: syntax error at byte 2"},
		"a list with a comma":   {`{"x":[1,]}`, "not JSON: syntax error at byte 9"},
		"brackets that differ":  {`{"x":[1}}`, "not JSON: syntax error at byte 8"},
		"a comment":             {"{// hunter2\n}", "not JSON: syntax error at byte 2"},
		"a number with a zero":  {`{"x":01}`, "not JSON: syntax error at byte 8"},
		"a bare hex number":     {`{"x":0xff}`, "not JSON: syntax error at byte 7"},
		"a word for a value":    {`{"x":trues}`, "not JSON: syntax error at byte 11"},
		"a line break":          {"{\"x\":\"\n\"}", "not JSON: syntax error at byte 7"},
		"a wrong escape":        {`{"x":"\x"}`, "not JSON: syntax error at byte 7"},
		"a wrong code point":    {`{"x":"\u00g0"}`, "not JSON: syntax error at byte 7"},
		"a signed code point":   {`{"x":"\u+123"}`, "not JSON: syntax error at byte 7"},
		"not UTF-8":             {"{\"x\":\"\xff\"}", "it is not UTF-8 text"},
		"not UTF-8 in a name":   {"{\"\xc3\x28\":1}", "it is not UTF-8 text"},
		"half a letter":         {"{\"x\":\"\xe2\x82", "it is not UTF-8 text"},
		"a surrogate as UTF-8":  {"{\"x\":\"\xed\xa0\x80\"}", "it is not UTF-8 text"},
		"something behind":      {genesisOf() + "{}", "something follows the JSON object: remove it"},
		"a zero byte behind":    {genesisOf() + "\x00", "something follows the JSON object: remove it"},
		"nested":                {`{"x":` + strings.Repeat("[", 64), "it is nested more than 64 levels deep"},
		"nested in objects":     {strings.Repeat(`{"x":`, 65), "it is nested more than 64 levels deep"},
		"a long name":           {`{"` + strings.Repeat("x", 257) + `":1}`, "it has a field whose name has more than 256 bytes"},
		"a long number":         {`{"x":` + strings.Repeat("1", 5000) + `}`, "it has a number of more than 4096 digits"},
		"a long value":          {genesisOf("timestamp", `"`+strings.Repeat("1", 5000)+`"`), "its timestamp is not a number"},
		"too long":              {genesisOf("x", `"`+strings.Repeat("x", 2<<20)+`"`), "unpacked, it has more than 1 MiB"},
		"countless fields":      {"{" + countless(101) + "}", "it has more than 100 fields that op-geth does not know"},
		"an unknown name twice": {`{"hunter2":1,"hunter2":2}`, "it has a field twice: remove one"},

		// What op-geth asks for.
		"no config":         {genesisOf("config", ""), "it has no config.chainId"},
		"config null":       {genesisOf("config", "null"), "it has no config.chainId"},
		"config empty":      {genesisOf("config", "{}"), "it has no config.chainId"},
		"chain ID null":     {genesisOf("config", `{"chainId":null}`), "it has no config.chainId"},
		"no alloc":          {genesisOf("alloc", ""), "it has no alloc"},
		"no alloc, by hash": {genesisOf("alloc", "null", "stateHash", `"0x`+strings.Repeat("00", 32)+`"`), "it has no alloc"},
		"no gas limit":      {genesisOf("gasLimit", ""), "it has no gasLimit"},
		"no difficulty":     {genesisOf("difficulty", "null"), "it has no difficulty"},
		"state and hash":    {strings.Replace(accountOf(`{"balance":0}`), "{", `{"stateHash":"0x`+strings.Repeat("00", 32)+`",`, 1), "it has both a stateHash and accounts in alloc: remove one of them"},
		"Verkle":            {config(`"enableVerkleAtGenesis":true`), "its config has enableVerkleAtGenesis, with which no OP Stack chain starts: remove it"},
		"Isthmus by hash":   {genesisOf("config", isthmus+"}", "stateHash", `"0x`+strings.Repeat("00", 32)+`"`), "it has a stateHash, but isthmusTime is not after its timestamp: give the accounts in alloc"},
		"Isthmus alone":     {genesisOf("config", isthmus+"}"), "its config has isthmusTime at the first block, but not shanghaiTime: set shanghaiTime too"},

		// Fields.
		"config a list":          {genesisOf("config", "[901]"), "its config is not an object"},
		"chain ID a string":      {genesisOf("config", `{"chainId":"901"}`), "its config.chainId is not a whole number"},
		"chain ID a fraction":    {genesisOf("config", `{"chainId":901.0}`), "its config.chainId is not a whole number"},
		"chain ID of 64 bits":    {genesisOf("config", fmt.Sprintf(`{"chainId":%d}`, uint64(math.MaxInt64)+1)), "its config.chainId is not below 2^63"},
		"chain ID twice":         {genesisOf("config", `{"chainId":1,"CHAINID":2}`), `its config has two fields "chainId": remove one`},
		"fork a string":          {config(`"ecotoneTime":"0x0"`), "its config.ecotoneTime is not a whole number"},
		"fork negative":          {config(`"ecotoneTime":-1`), "its config.ecotoneTime is not a whole number"},
		"block a string":         {config(`"homesteadBlock":"0"`), "its config.homesteadBlock is not a whole number"},
		"block a fraction":       {config(`"londonBlock":1e3`), "its config.londonBlock is not a whole number"},
		"a flag a number":        {config(`"daoForkSupport":1`), "its config.daoForkSupport is not true or false"},
		"an address null":        {config(`"depositContractAddress":null`), "its config.depositContractAddress is not 0x and 40 hexadecimal digits"},
		"an address short":       {config(`"depositContractAddress":"0x00"`), "its config.depositContractAddress is not 0x and 40 hexadecimal digits"},
		"a blob schedule a list": {config(`"blobSchedule":[]`), "its config.blobSchedule is not an object"},
		"optimism a flag":        {config(`"optimism":true`), "its config.optimism is not an object"},
		"optimism with words":    {config(`"optimism":{"eip1559Elasticity":"6"}`), "its config.optimism.eip1559Elasticity is not a whole number"},
		"optimism twice":         {config(`"optimism":{"eip1559Elasticity":6,"eip1559elasticity":7}`), `its config.optimism has two fields "eip1559Elasticity": remove one`},
		"timestamp a word":       {genesisOf("timestamp", `"soon"`), "its timestamp is not a number"},
		"timestamp an object":    {genesisOf("timestamp", "{}"), "its timestamp is not a number"},
		"timestamp a flag":       {genesisOf("timestamp", "true"), "its timestamp is not a number"},
		"timestamp bare 0x":      {genesisOf("timestamp", `"0x"`), "its timestamp is not a number"},
		"timestamp negative":     {genesisOf("timestamp", "-1"), "its timestamp is not a number"},
		"timestamp of 64 bits":   {genesisOf("timestamp", "9223372036854775808"), "its timestamp is not below 2^63"},
		"number of 64 bits":      {genesisOf("number", `"0x8000000000000000"`), "its number is not below 2^63"},
		"timestamp of 65 bits":   {genesisOf("timestamp", "18446744073709551616"), "its timestamp is not a number"},
		"timestamp with escapes": {genesisOf("timestamp", `"\u0031"`), "its timestamp is not a number"},
		"difficulty of 257 bits": {genesisOf("difficulty", `"0x1`+strings.Repeat("0", 64)+`"`), "its difficulty is not a number"},
		"difficulty negative":    {genesisOf("difficulty", "-1"), "its difficulty is not a number"},
		"slot number quoted":     {genesisOf("slotNumber", `"1"`), "its slotNumber is not a whole number"},
		"extra data bare":        {genesisOf("extraData", `"00"`), "its extraData is not " + hexDigits},
		"extra data odd":         {genesisOf("extraData", `"0x000"`), "its extraData is not " + hexDigits},
		"extra data a number":    {genesisOf("extraData", "0"), "its extraData is not " + hexDigits},
		"coinbase short":         {genesisOf("coinbase", `"0x00"`), "its coinbase is not 0x and 40 hexadecimal digits"},
		"mix hash a number":      {genesisOf("mixHash", "0"), "its mixHash is not 0x and 64 hexadecimal digits"},
		"state hash a word":      {genesisOf("stateHash", `"hunter2"`), "its stateHash is not 0x and 64 hexadecimal digits"},

		// Accounts.
		"alloc a list":           {genesisOf("alloc", "[]"), "its alloc is not an object"},
		"alloc twice":            {`{"alloc":{},"ALLOC":{}}`, `it has two fields "alloc": remove one`},
		"address short":          {genesisOf("alloc", `{"0x1":{"balance":0}}`), "it has a name in alloc that is not an address, before byte 103"},
		"address a word":         {genesisOf("alloc", `{"hunter2":{"balance":0}}`), "it has a name in alloc that is not an address, before byte 107"},
		"account a number":       {accountOf("1"), "it has an account in alloc that is not an object, at byte 140"},
		"account null":           {accountOf("null"), "it has an account in alloc that is not an object, at byte 140"},
		"account twice":          {genesisOf("alloc", `{"`+addressA+`":{"balance":1},"0x`+strings.ToUpper(addressA)+`":{"balance":1}}`), "it has an account in alloc twice: remove one"},
		"no balance":             {accountOf(`{"code":"0x"}`), "the account at byte 140 has no balance"},
		"balance null":           {accountOf(`{"balance":null}`), "the account at byte 140 has no balance"},
		"balance negative":       {accountOf(`{"balance":"-1"}`), "the account at byte 140 has a balance that is not a number"},
		"balance a word":         {accountOf(`{"balance":"hunter2"}`), "the account at byte 140 has a balance that is not a number"},
		"balance of 257 bits":    {accountOf(`{"balance":"0x1` + strings.Repeat("0", 64) + `"}`), "the account at byte 140 has a balance that is not a number"},
		"balance with exponent":  {accountOf(`{"balance":1e18}`), "the account at byte 140 has a balance that is not a number"},
		"balance twice":          {accountOf(`{"balance":1,"Balance":1}`), `the account at byte 140 has two fields "balance": remove one`},
		"nonce of 65 bits":       {accountOf(`{"balance":0,"nonce":"0x10000000000000000"}`), "the account at byte 140 has a nonce that is not a number"},
		"code bare":              {accountOf(`{"balance":0,"code":"6080"}`), "the account at byte 140 has a code that is not " + hexDigits},
		"code odd":               {accountOf(`{"balance":0,"code":"0x608"}`), "the account at byte 140 has a code that is not " + hexDigits},
		"code of a word":         {accountOf(`{"balance":0,"code":"0xhunter2"}`), "the account at byte 140 has a code that is not " + hexDigits},
		"code with escapes":      {accountOf(`{"balance":0,"code":"0x\u0036\u0030"}`), "the account at byte 140 has a code that is not " + hexDigits},
		"code half a prefix":     {accountOf(`{"balance":0,"code":"0"}`), "the account at byte 140 has a code that is not " + hexDigits},
		"code a number":          {accountOf(`{"balance":0,"code":1}`), "the account at byte 140 has a code that is not " + hexDigits},
		"storage a list":         {accountOf(`{"balance":0,"storage":[]}`), "the account at byte 140 has a storage that is not an object"},
		"slot odd":               {accountOf(`{"balance":0,"storage":{"0x1":"0x01"}}`), slotKeys},
		"slot with 0X":           {accountOf(`{"balance":0,"storage":{"0X01":"0x01"}}`), slotKeys},
		"slot of 33 bytes":       {accountOf(`{"balance":0,"storage":{"` + strings.Repeat("00", 33) + `":"0x01"}}`), slotKeys},
		"slot a word":            {accountOf(`{"balance":0,"storage":{"hunter":"0x01"}}`), slotKeys},
		"slot's value a word":    {accountOf(`{"balance":0,"storage":{"01":"hunter"}}`), slotValues},
		"slot's value a number":  {accountOf(`{"balance":0,"storage":{"01":10}}`), slotValues},
		"slot's value an object": {accountOf(`{"balance":0,"storage":{"01":{}}}`), slotValues},
		"slot twice":             {accountOf(`{"balance":0,"storage":{"01":"01","0x0001":"01"}}`), "the account at byte 140 has a storage slot twice: remove one"},
		"slot of zero twice":     {accountOf(`{"balance":0,"storage":{"01":"00","0x0001":"00"}}`), "the account at byte 140 has a storage slot twice: remove one"},
		"account countless":      {accountOf(`{` + countless(101) + `}`), "the account at byte 140 has more than 100 fields that op-geth does not know"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for form, r := range map[string]io.Reader{
				"plain": strings.NewReader(c.doc), "gzipped": bytes.NewReader(packed(t, c.doc)), "in bytes": iotest.OneByteReader(strings.NewReader(c.doc)),
			} {
				got, err := Read(r, 1<<20)
				if got != nil || err == nil || err.Error() != c.want {
					t.Errorf("Read() %s = %v, error %v, want %s", form, got, err, c.want)
				}
			}
		})
	}
}

// countless are many fields that op-geth does not know.
func countless(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"x%d":%d`, i, i)
	}
	return strings.Join(fields, ",")
}

// A file may end anywhere, as one does whose copying was broken off.
func TestReadRefusesEveryBeginning(t *testing.T) {
	t.Parallel()
	doc := genesisOf("config", `{"chainId":901,"londonBlock":0,"optimism":{"eip1559Elasticity":6},"blobSchedule":{"x":[1,"a"]}}`,
		"extraData", `"0x00"`, "x", `"\u00e4"`, "alloc", `{"`+addressA+`":{"code":"0x6080","nonce":"0x1","storage":{"0x01":"0x02"},"balance":"1"}}`)
	if _, err := Read(strings.NewReader(doc), 1<<20); err != nil {
		t.Fatalf("Read() of all of it error = %v", err)
	}
	for size := range doc {
		if got, err := Read(strings.NewReader(doc[:size]), 1<<20); err == nil {
			t.Errorf("Read(%q) = %+v", doc[:size], got)
		}
	}
}

func TestReadRefusesDamagedData(t *testing.T) {
	t.Parallel()
	whole := packed(t, genesisOf("x", `"`+strings.Repeat("x", 1<<16)+`"`))
	damaged := func(at int) []byte {
		data := bytes.Clone(whole)
		data[at] ^= 0xff
		return data
	}
	for name, data := range map[string][]byte{
		"only the magic": whole[:2], "half a header": whole[:8], "half": whole[:len(whole)/2], "without the checksum": whole[:len(whole)-8],
		"without the last byte": whole[:len(whole)-1], "another checksum": damaged(len(whole) - 8), "another length": damaged(len(whole) - 1),
		"another method": damaged(2), "followed by text": append(bytes.Clone(whole), "hunter2"...),
	} {
		if got, err := Read(bytes.NewReader(data), 1<<20); got != nil || !errors.Is(err, errDamaged) {
			t.Errorf("%s: Read() = %v, error %v, want %v", name, got, err, errDamaged)
		}
	}
	// gzip data of several members is as good as any.
	half := len(genesisOf()) / 2
	members := append(packed(t, genesisOf()[:half]), packed(t, genesisOf()[half:])...)
	if _, err := Read(bytes.NewReader(members), 1<<20); err != nil {
		t.Errorf("Read() of two members: %v", err)
	}
}

func TestReadTellsWhatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	for name, r := range map[string]io.Reader{
		"at once":         iotest.ErrReader(lost),
		"in the middle":   io.MultiReader(strings.NewReader(genesisOf()[:50]), iotest.ErrReader(lost)),
		"behind the end":  io.MultiReader(strings.NewReader(genesisOf()), iotest.ErrReader(lost)),
		"in gzip data":    io.MultiReader(bytes.NewReader(packed(t, genesisOf())[:40]), iotest.ErrReader(lost)),
		"in gzip headers": io.MultiReader(bytes.NewReader(packed(t, genesisOf())[:4]), iotest.ErrReader(lost)),
	} {
		if got, err := Read(r, 1<<20); got != nil || !errors.Is(err, lost) {
			t.Errorf("%s: Read() = %v, error %v, want one that wraps %v", name, got, err, lost)
		}
	}
	if _, err := Read(iotest.DataErrReader(strings.NewReader(genesisOf())), 1<<20); err != nil {
		t.Errorf("Read() of a reader that gives io.EOF with the last bytes: %v", err)
	}
}

// stuck is a reader that gives nothing.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestReadGivesUpOnAReaderThatGivesNothing(t *testing.T) {
	t.Parallel()
	if _, err := Read(io.MultiReader(strings.NewReader(`{"x":`), stuck{}), 1<<20); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("Read() error = %v, want %v", err, io.ErrNoProgress)
	}
}

func TestReadBoundsTheSize(t *testing.T) {
	t.Parallel()
	doc := genesisOf("x", `"`+strings.Repeat("x", 1<<20)+`"`)
	for name, data := range map[string][]byte{"plain": []byte(doc), "gzipped": packed(t, doc)} {
		if _, err := Read(bytes.NewReader(data), int64(len(doc))); err != nil {
			t.Errorf("%s: Read() of as many bytes as the limit: %v", name, err)
		}
		if _, err := Read(bytes.NewReader(data), int64(len(doc))-1); err == nil || err.Error() != "unpacked, it has more than 1 MiB" {
			t.Errorf("%s: Read() of more bytes than the limit: %v", name, err)
		}
	}
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// What was made to take memory is refused before it does: Read does not wait for the end.
func TestReadStopsEarly(t *testing.T) {
	t.Parallel()
	alloc := strings.TrimSuffix(genesisOf(), "{}}") // the accounts come last
	for name, c := range map[string]struct{ head, endless, want string }{
		"a string where a number belongs": {`{"timestamp":"`, "1", "its timestamp is not a number"},
		"a number":                        {`{"timestamp":`, "1", "it has a number of more than 4096 digits"},
		"a name":                          {`{"`, "x", "it has a field whose name has more than 256 bytes"},
		"code that is no code":            {alloc + `{"` + addressA + `":{"code":"`, "x", "the account at byte 140 has a code that is not 0x and pairs of hexadecimal digits"},
		"nesting":                         {`{"x":`, "[", "it is nested more than 64 levels deep"},
		"fields":                          {`{`, `"x":1,`, "it has a field twice: remove one"},
		"a slot":                          {alloc + `{"` + addressA + `":{"storage":{`, `"01":"01",`, "the account at byte 140 has a storage slot twice: remove one"},
		"an account":                      {alloc + "{", `"` + addressA + `":{"balance":0},`, "it has an account in alloc twice: remove one"},
	} {
		r := &counted{Reader: io.MultiReader(strings.NewReader(c.head), many(c.endless, 16<<20))}
		if _, err := Read(r, 1<<30); err == nil || err.Error() != c.want {
			t.Errorf("%s: Read() error = %v, want %s", name, err, c.want)
		}
		if r.n > 256<<10 {
			t.Errorf("%s: Read() read %d bytes before it stopped", name, r.n)
		}
	}
}

func TestReadBoundsTheRows(t *testing.T) {
	t.Parallel()
	rows := table[struct{}]{}
	var key [32]byte
	for i := range maxRows {
		key[0], key[1], key[2] = byte(i), byte(i>>8), byte(i>>16)
		if err := rows.add(key, struct{}{}); err != nil {
			t.Fatalf("add() of row %d: %v", i, err)
		}
	}
	key[31] = 1
	if err := rows.add(key, struct{}{}); !errors.Is(err, errTooMany) {
		t.Errorf("add() of a row too many: %v", err)
	}
}

func TestIsGzip(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]bool{"": false, "\x1f": false, "\x1f\x8b": true, "\x1f\x8b\x08": true, "{": false} {
		if got := IsGzip([]byte(data)); got != want {
			t.Errorf("IsGzip(%q) = %v", data, got)
		}
	}
}
