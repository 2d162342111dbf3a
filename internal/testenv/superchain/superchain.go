// Package superchain opens the superchain registry for tests.
package superchain

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Edition is a registry as a release of op-geth has it. It comes out of the module op-geth, which
// this module must not import: its module path inside is go-ethereum's. The checksum is the one
// that go.sum would have.
type Edition struct{ module, checksum string }

var (
	// Newest is of the last release.
	Newest = Edition{"github.com/ethereum-optimism/op-geth@v1.101702.3-rc.7", "h1:JRKuWrpsnAAcbHZG0f29Q+Ns2eJv0YUC/R98DajKaeU="}
	// Former is of a release that had chains which the last one has not, Base among them.
	Former = Edition{"github.com/ethereum-optimism/op-geth@v1.101609.2", "h1:v6zPdSRH3imiHpwvIYqt5tlWOFaXdMIdhcT/aZ4HJIs="}
)

// Open gets the archive of a registry through the go tool, from the module cache or the proxy.
func Open(tb testing.TB, edition Edition) *zip.Reader {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), "go", "mod", "download", "-json", edition.module)
	cmd.Dir = tb.TempDir() // outside of any module: in one, its go.mod would have a say
	// What a caller has set for his own module would break this. The checksum is compared here,
	// so a machine that does not reach the checksum database can do without it.
	cmd.Env = append(os.Environ(), "GO111MODULE=on", "GOFLAGS=", "GOWORK=off", "GONOSUMDB=github.com/ethereum-optimism/*")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("this test reads the superchain registry out of a Go module that is neither in the module cache nor could be downloaded: "+
			"where there is a network, run go mod download %s, or leave the test out with -short: %v\n%s%s", edition.module, err, out, stderr.Bytes())
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &module); err != nil {
		tb.Fatalf("read what go mod download says: %v", err)
	}
	if module.Sum != edition.checksum {
		tb.Fatalf("%s has the checksum %s, want %s", edition.module, module.Sum, edition.checksum)
	}
	archive, err := zip.OpenReader(filepath.Join(module.Dir, "superchain", "superchain-configs.zip"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := archive.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &archive.Reader
}
