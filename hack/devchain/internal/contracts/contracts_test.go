package contracts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

func TestEveryContractHasCode(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		code, err := CreationCode(name, Uint(1))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if last := code[len(code)-1]; len(code) < 1000 || last != 1 {
			t.Errorf("%s: %d bytes ending in %x: want code with its argument behind", name, len(code), last)
		}
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		got  []byte
		want string
	}{
		"no argument": {Call("batcherHash()"), "e81b2c6d"},
		"an address and a number": {
			Call("transfer(address,uint256)", Address(common.HexToAddress("0xff")), Uint(2)),
			"a9059cbb" + strings.Repeat("0", 62) + "ff" + strings.Repeat("0", 63) + "2",
		},
		"bytes are padded, their offset is counted from the first argument": {
			CallWithBytes("create(uint32,bytes32,bytes)", []byte{0xaa, 0xbb}, Uint(1), Bool(true)),
			"82ecf2f6" + word("1") + word("1") + word("60") + word("2") + "aabb" + strings.Repeat("0", 60),
		},
		"bytes that fill their word": {
			CallWithBytes("f(bytes)", bytes.Repeat([]byte{0xcc}, 32)),
			hex.EncodeToString(Call("f(bytes)")) + word("20") + word("20") + strings.Repeat("cc", 32),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := hex.EncodeToString(c.got); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func word(digits string) string { return strings.Repeat("0", 64-len(digits)) + digits }

func tarball(t *testing.T, artifact string, names ...string) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	for _, name := range names {
		path := "package/forge-artifacts/" + name + ".sol/" + name + ".json"
		if err := files.WriteHeader(&tar.Header{Name: path, Size: int64(len(artifact)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(artifact)); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestExtract(t *testing.T) {
	t.Parallel()
	const good = `{"bytecode":{"object":"0x6001","linkReferences":{}}}`
	cases := map[string]struct {
		artifact string
		names    []string
		wantErr  string
	}{
		"whole package":          {good, append([]string{"Other"}, Names()...), ""},
		"contract missing":       {good, Names()[1:], "missing"},
		"code wants a library":   {`{"bytecode":{"object":"0x6001","linkReferences":{"a.sol":{}}}}`, Names(), "libraries"},
		"interface without code": {`{"bytecode":{"object":"0x"}}`, Names(), "no usable bytecode"},
		"not JSON":               {`<html>`, Names(), "parse artifact"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			err := Extract(tarball(t, c.artifact, c.names...), dir)
			if c.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantErr) {
					t.Errorf("Extract() = %v, want %q", err, c.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, MIPS+".hex"))
			if err != nil || string(got) != "6001\n" {
				t.Errorf("MIPS.hex = %q, %v", got, err)
			}
		})
	}
}
