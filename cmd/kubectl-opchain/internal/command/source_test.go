package command_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// server is the address of a test's server.
var server = regexp.MustCompile(`127\.0\.0\.1:\d+`)

func digest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// A genesis that the spec names by URL is the file that was given for it, or is downloaded, or is
// said not to be checked.
func TestValidateGenesisByURL(t *testing.T) {
	cases := map[string]struct {
		served  bool   // a server has the file; else there is none
		path    string // where it is asked for; empty where it is
		damaged bool   // the file is no genesis, though it has the digest
		digest  string
		args    []string
		golden  string
		want    int
	}{
		"not given":             {golden: "not-given"},
		"given":                 {args: []string{"--genesis", "genesis.json"}, golden: "given"},
		"another file":          {args: []string{"--genesis", "rollup.json"}, golden: "other-file", want: 1},
		"not a genesis":         {args: []string{"--genesis", "genesis.json"}, damaged: true, golden: "damaged", want: 1},
		"downloaded":            {served: true, args: []string{"--download"}, golden: "downloaded"},
		"downloaded, another":   {served: true, digest: strings.Repeat("0", 64), args: []string{"--download"}, golden: "downloaded-other", want: 1},
		"no file there":         {served: true, path: "/none.json", args: []string{"--download"}, golden: "no-file", want: 2},
		"both, the file counts": {args: []string{"--download", "--genesis", "genesis.json"}, golden: "given"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			chain := testenv.Chain("my-chain")
			workIn(t, chain)
			if c.damaged {
				write(t, "genesis.json", "{}")
			}
			url := "http://genesis.invalid/genesis.json"
			if c.served {
				files := httptest.NewServer(http.FileServer(http.Dir(".")))
				t.Cleanup(files.Close)
				url = files.URL + "/genesis.json"
				if c.path != "" {
					url = files.URL + c.path
				}
			}
			if c.digest == "" {
				c.digest = digest(read(t, "genesis.json"))
			}
			chain.Spec.L2.GenesisConfigSecret = ""
			chain.Spec.L2.Genesis = &v1alpha1.GenesisSource{URL: v1alpha1.HTTPEndpoint(url), SHA256: strings.ToUpper(c.digest)}
			writeObjects(t, "chain.yaml", bare(t, chain))
			got := call{}.run(t, append([]string{"validate", "-f", "chain.yaml", "--rollup", "rollup.json"}, c.args...)...)
			if got.status != c.want {
				t.Errorf("status %d, want %d", got.status, c.want)
			}
			compare(t, "genesis-"+c.golden+".txt", server.ReplaceAllString(got.String(), "SERVER"))
		})
	}
}

// A genesis that no Secret holds is imported by its URL, with the digest of the file, or by the
// name that op-geth has for it.
func TestImportGenesisFromElsewhere(t *testing.T) {
	deployed(t)
	secrets, chain := objects(t, importing("--genesis-url", "https://genesis.example.com/genesis.json")...)
	want := v1alpha1.GenesisSource{URL: "https://genesis.example.com/genesis.json", SHA256: digest(read(t, "genesis.json"))}
	if got := chain.Spec.L2.Genesis; got == nil || *got != want || chain.Spec.L2.GenesisConfigSecret != "" || secrets["my-chain-genesis"] != nil {
		t.Errorf("genesis %+v, want %+v; Secret %q", got, want, chain.Spec.L2.GenesisConfigSecret)
	}
	if got := (call{}).run(t, importing("--genesis-url", apiKey)...); got.status != 2 || !strings.Contains(got.stderr, "read --genesis-url: it is not a URL") {
		t.Error(got)
	}

	if err := os.Remove("genesis.json"); err != nil {
		t.Fatal(err)
	}
	got := call{}.run(t, importing("--registry-chain", "op-seplia", "--dry-run=client")...)
	if got.status != 1 || !strings.Contains(got.stderr, "spec.l2.genesis.") || !strings.Contains(got.stderr, "op-sepolia") {
		t.Error(got)
	}
}
