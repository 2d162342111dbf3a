package devl1

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/params"
	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

var faucet = common.HexToAddress("0xfa")

func TestGenesis(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(Genesis(1234, faucet, common.HexToAddress("0xbe")))
	if err != nil {
		t.Fatal(err)
	}
	var genesis core.Genesis
	if err := json.Unmarshal(data, &genesis); err != nil {
		t.Fatal(err)
	}
	if genesis.Timestamp != 1234 || genesis.Config.ChainID.Uint64() != ChainID || !genesis.Config.IsOsaka(common.Big0, 1234) {
		t.Errorf("time %d, chain %v, Osaka %v", genesis.Timestamp, genesis.Config.ChainID, genesis.Config.OsakaTime)
	}
	if funded := genesis.Alloc[common.HexToAddress("0xbe")]; funded.Balance.Cmp(Ether(10_000)) != 0 {
		t.Errorf("funded account has %v wei", funded.Balance)
	}
	if genesis.Alloc[faucet].Balance.Cmp(Ether(1_000_000)) < 0 {
		t.Error("the faucet is empty")
	}
}

// As op-node reads the file that --rollup.l1-chain-config names.
func TestChainConfigIsStrict(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(ChainConfig())
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var config params.ChainConfig
	if err := decoder.Decode(&config); err != nil {
		t.Fatal(err)
	}
	if config.BlobScheduleConfig == nil || config.BlobScheduleConfig.Osaka == nil {
		t.Error("the blob schedule is missing")
	}
	if diff := cmp.Diff(uint64(1337), params.AllDevChainProtocolChanges.ChainID.Uint64()); diff != "" {
		t.Errorf("geth's own config was changed:\n%s", diff)
	}
}

// object is what these tests look at in a Kubernetes object.
type object struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Data     map[string]string
	Spec     struct {
		Template struct {
			Spec struct {
				SecurityContext map[string]any `yaml:"securityContext"`
				InitContainers  []container    `yaml:"initContainers"`
				Containers      []container
			}
		}
	}
}

type container struct {
	Image           string
	ImagePullPolicy string `yaml:"imagePullPolicy"`
	Command         []string
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `yaml:"securityContext"`
}

func parse(t *testing.T, manifest io.Reader) map[string]object {
	t.Helper()
	objects := map[string]object{}
	decoder := yaml.NewDecoder(manifest)
	for {
		var o object
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		objects[o.Kind] = o
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	genesis := []byte("{\n  \"quoted\": \"a: b # c\"\n}\n")
	var out bytes.Buffer
	if err := WriteManifest(&out, "somewhere", "client:v1", genesis); err != nil {
		t.Fatal(err)
	}
	objects := parse(t, &out)
	if got := objects["ConfigMap"].Data["l1-genesis.json"]; got != string(genesis) {
		t.Errorf("genesis = %q, want %q", got, genesis)
	}
	for _, kind := range []string{"ConfigMap", "Service", "Deployment"} {
		if got := objects[kind].Metadata.Namespace; got != "somewhere" {
			t.Errorf("%s is in namespace %q", kind, got)
		}
	}
	if objects["Service"].Metadata.Name != "l1" || objects["Namespace"].Metadata.Name != "somewhere" {
		t.Errorf("unexpected names: %+v", objects)
	}
	pod := objects["Deployment"].Spec.Template.Spec
	if pod.SecurityContext["runAsNonRoot"] != true || pod.SecurityContext["runAsUser"] != 65532 {
		t.Errorf("pod security context = %v", pod.SecurityContext)
	}
	containers := append(pod.InitContainers, pod.Containers...)
	if len(containers) != 2 {
		t.Fatalf("%d containers, want one and one to initialise", len(containers))
	}
	for _, c := range containers {
		security := c.SecurityContext
		if c.Image != "client:v1" || c.ImagePullPolicy != "IfNotPresent" || c.Command[0] != "geth" {
			t.Errorf("container = %+v", c)
		}
		if security.AllowPrivilegeEscalation == nil || *security.AllowPrivilegeEscalation ||
			!security.ReadOnlyRootFilesystem || len(security.Capabilities.Drop) != 1 {
			t.Errorf("the restricted Pod Security Standard refuses %+v", security)
		}
	}
}
