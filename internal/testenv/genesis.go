package testenv

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// Genesis is a gzipped L2 genesis of the size that real ones have: 9 MB, packed 140 KB. It is
// one that Chain's other inputs agree with, and no two chains have the same bytes. All make the
// same first block: in a block, nothing is of the chain's name or id.
func Genesis(chain string) []byte {
	head := genesisHead(L2ChainID)
	head["name"] = chain // op-geth passes over it
	own := bytes.TrimSuffix(head.JSON(), []byte("}"))
	// The parts are packed by themselves, because packing 9 MB takes longer than reading them.
	return append(Gzip(append(own, ',')), genesisAlloc()...)
}

// genesisHash is the hash of the first block that Genesis makes.
var genesisHash = sync.OnceValue(func() common.Hash {
	read, err := genesis.Read(bytes.NewReader(Genesis("any")), 1<<30)
	if err != nil {
		panic(err) // the real one is in the tests of pkg/genesis
	}
	return read.Hash
})

// genesisAlloc is the rest of the document, packed, with what op-deployer allocates: the
// precompiles' dust, 2,048 proxies of the same code, and some two dozen implementations.
var genesisAlloc = sync.OnceValue(func() []byte {
	const (
		proxies, proxyCode         = 2048, 2059
		implementations, ownCode   = 24, 2650
		implementationsSharedBytes = 6200
	)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time is what is wanted
	code := func(size int) []byte {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte(random.Uint32())
		}
		return text
	}
	var accounts []string
	for i := range 256 {
		accounts = append(accounts, fmt.Sprintf(`"%040x":{"balance":"0x1"}`, i))
	}
	proxy, common := hex.EncodeToString(code(proxyCode)), hex.EncodeToString(code(implementationsSharedBytes))
	for i := range proxies {
		accounts = append(accounts, fmt.Sprintf(`"420000000000000000000000000000000000%04x":{"code":"0x%s","storage":{"0x%064x":"0x%064x"},"balance":"0x0"}`, i, proxy, 7, 0xc0de+i))
	}
	for i := range implementations {
		accounts = append(accounts, fmt.Sprintf(`"c0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d3%04x":{"code":"0x%x%s","balance":"0x0"}`, i, code(ownCode), common))
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = fmt.Fprintf(w, `"alloc":{%s}}`, strings.Join(accounts, ","))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return packed.Bytes()
})
