package artifacts

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
)

func TestGzipIsDeterministic(t *testing.T) {
	t.Parallel()
	f := Folder{Genesis: bytes.Repeat([]byte("genesis "), 10_000)}
	for _, name := range []string{"first", "second"} {
		if err := f.AddGzip(name, Genesis); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(f["first"], f["second"]) {
		t.Error("the same content gave two different files")
	}
	r, err := gzip.NewReader(bytes.NewReader(f["first"]))
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "" || !r.ModTime.IsZero() {
		t.Errorf("the file carries name %q and time %v", r.Name, r.ModTime)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, f[Genesis]) {
		t.Errorf("unpacked %d bytes, %v, want %d", len(got), err, len(f[Genesis]))
	}
}

func TestFolderOnDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	if err := CheckFree(dir); err != nil {
		t.Error(err)
	}
	want := Addresses{Mode: "disputeGame", L1ChainID: 900, L2ChainID: 901, Batcher: "0xba"}
	f := Folder{BatcherKey: []byte("secret")}
	f.AddJWT(common.HexToHash("0x01"))
	if err := f.AddJSON(AddressBook, want, true); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := LoadAddresses(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	info, err := os.Stat(filepath.Join(dir, BatcherKey))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v, want mode 0600", info, err)
	}
	if jwt, err := os.ReadFile(filepath.Join(dir, JWT)); err != nil || len(jwt) != 65 {
		t.Errorf("jwt has %d bytes, %v, want 64 digits and a newline", len(jwt), err)
	}
	if err := CheckFree(dir); err == nil {
		t.Error("a folder with a chain counts as free")
	}
}

func TestWriteWithoutAddressBook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := (Folder{L1ChainConfig: []byte("{}")}).Write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, AddressBook)); err == nil {
		t.Error("an address book appeared from nowhere")
	}
}

func TestLoadAddressesErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := LoadAddresses(dir); err == nil {
		t.Error("no file gave addresses")
	}
	if err := os.WriteFile(filepath.Join(dir, AddressBook), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadAddresses(dir); err == nil {
		t.Error("half a file gave addresses")
	}
}
