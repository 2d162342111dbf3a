//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// TestImportedReplica brings the chain of games into another namespace, from the files that were
// left of its deployment and by nothing but the plugin. It follows the chain through L1.
func TestImportedReplica(t *testing.T) {
	t.Parallel()
	c := newChain("replica", "follower")
	c.artifacts = newChain("games", "").artifacts
	c.kubectl(t, "create", "namespace", c.namespace)
	steps(t, []step{
		{"one wrong byte in the genesis is refused", c.importRefused},
		{"is imported and follows", c.imported},
		{"the plugin judges it as the operator does", c.validated},
	})
}

// plugin runs kubectl opchain in the chain's namespace.
func (c chain) plugin(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return run(t.Context(), filepath.Join(state, "bin", "kubectl-opchain"),
		append(args, "--kubeconfig", filepath.Join(state, "kubeconfig"), "--namespace", c.namespace)...)
}

// importArgs import a replica. From here, L1 is not where the pods find it.
func (c chain) importArgs(more ...string) []string {
	return append([]string{
		"import", c.name, "--from", c.artifacts, "--replica", "--l1-rpc", "http://l1.l1.svc:8545", "--ask-l1=false", "--beacon-ignore",
		"--op-geth-image", "op-geth:v1.101702.3-rc.7", "--op-node-image", "op-node:v1.19.6", "--op-geth-storage", "50Gi",
	}, more...)
}

func (c chain) importRefused(t *testing.T) {
	right, err := os.ReadFile(filepath.Join(c.artifacts, "genesis.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "genesis.json.gz")
	if err := os.WriteFile(wrong, oneDigitOff(t, right), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := c.plugin(t, c.importArgs("--genesis", wrong)...)
	if err == nil || !strings.Contains(err.Error(), string(v1alpha1.CodeGenesisHashMismatch)) {
		t.Errorf("import says %q (%v), want it to refuse the genesis", out, err)
	}
	if made := c.kubectl(t, "get", "opchains,secrets", "-o", "name"); made != "" {
		t.Errorf("a refused import made %s", made)
	}
}

func (c chain) imported(t *testing.T) {
	if _, err := c.plugin(t, c.importArgs()...); err != nil {
		t.Fatal(err)
	}
	// Its volumes are folders of this machine's disk: how full that is is not the chain's.
	c.kubectl(t, "patch", "opchain", c.name, "--type=merge", "-p", `{"spec":{"monitoring":{"thresholds":{"volumeUsedPercent":100}}}}`)
	c.kubectl(t, "wait", "--for=condition=Ready", "--timeout=240s", "opchain/"+c.name)
	_, safe, _ := heads(c.until(t, 3*time.Minute, "the replica has a safe head", func(o *v1alpha1.OPChain) bool {
		_, safe, _ := heads(o)
		return running(o) && safe > 0
	}))
	c.until(t, 3*time.Minute, "it follows", func(o *v1alpha1.OPChain) bool {
		_, now, _ := heads(o)
		return running(o) && now > safe
	})
}

func (c chain) validated(t *testing.T) {
	manifest := filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(manifest, []byte(c.kubectl(t, "get", "opchain", c.name, "-o", "yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := c.plugin(t, "validate", "-f", manifest, "--from-cluster", "--l1-rpc", l1)
	if err != nil || !strings.Contains(out, " 0 not checked") {
		t.Errorf("validate says %q (%v), want no errors and everything checked", out, err)
	}
	for _, f := range c.read(t).Status.Preflight.Findings {
		if !strings.Contains(out, string(f.Code)) {
			t.Errorf("the operator finds %s, and validate does not:\n%s", f.Code, out)
		}
	}
}

// wrongGenesis changes one digit of a predeploy's code: op-geth would take such a genesis, and
// make another chain of it.
func (c chain) wrongGenesis(t *testing.T) {
	right := c.kubectl(t, "get", "secret", "genesis", "-o", `jsonpath={.data.genesis\.json\.gz}`)
	packed, err := base64.StdEncoding.DecodeString(right)
	if err != nil {
		t.Fatal(err)
	}
	wrong := base64.StdEncoding.EncodeToString(oneDigitOff(t, packed))
	c.kubectl(t, "patch", "secret", "genesis", "--type=merge", "--patch-file", c.patchOfGenesis(t, wrong))
	c.kubectl(t, "apply", "-f", c.manifest)
	refused := c.until(t, time.Minute, "the genesis is refused", func(o *v1alpha1.OPChain) bool {
		return o.Status.Phase == v1alpha1.PhaseConfigurationInvalid
	})
	findings := refused.Status.Preflight.Findings
	if len(findings) == 0 || findings[0].Code != v1alpha1.CodeGenesisHashMismatch || findings[0].Secret != "genesis" {
		t.Errorf("findings are %+v, want that Secret genesis makes another first block", findings)
	}
	if made := c.kubectl(t, "get", "deployments,pods,pvc", "-o", "name"); made != "" {
		t.Errorf("there is %s, but nothing must be started", made)
	}
	if describe := c.kubectl(t, "describe", "opchain", c.name); !strings.Contains(describe, string(v1alpha1.CodeGenesisHashMismatch)) {
		t.Errorf("kubectl describe does not say why:\n%s", describe)
	}
	c.kubectl(t, "patch", "secret", "genesis", "--type=merge", "--patch-file", c.patchOfGenesis(t, right))
}

// patchOfGenesis writes a patch that is too long for an argument.
func (c chain) patchOfGenesis(t *testing.T, packed string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "patch.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, `{"data":{"genesis.json.gz":%q}}`, packed), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// oneDigitOff changes one digit of the first contract's code in a packed genesis.
func oneDigitOff(t *testing.T, packed []byte) []byte {
	t.Helper()
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`"code": ?"0x[0-9a-f]{100}`).FindIndex(text)
	if code == nil {
		t.Fatal("the genesis has no code")
	}
	digit := &text[code[1]-1]
	*digit = map[bool]byte{true: '1', false: '0'}[*digit == '0']
	var changed bytes.Buffer
	w := gzip.NewWriter(&changed)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return changed.Bytes()
}
