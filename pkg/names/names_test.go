package names

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

var components = []string{Geth, Node, Batcher, Proposer}

func chainNamed(name string) *v1alpha1.OPChain {
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "rollups"}}
	chain.Spec.L2.ChainID = 42069
	chain.Spec.L2.NetworkName = "My.Chain_1"
	return chain
}

// The longest name that the API takes has 40 characters.
func TestNamesFit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "my-chain", strings.Repeat("a", 40)} {
		chain := chainNamed(name)
		derived := []string{Generated(chain)}
		for _, component := range components {
			derived = append(derived, Of(chain, component))
		}
		for _, name := range derived {
			if faults := validation.IsDNS1035Label(name); len(faults) > 0 {
				t.Errorf("%s: %v", name, faults)
			}
		}
	}
}

// Two chains of a namespace never want an object of the same name.
func TestNamesOfTwoChainsDiffer(t *testing.T) {
	t.Parallel()
	taken := map[string]string{}
	for _, name := range []string{"a", "a-op-geth", "a-op", "a-generated", "op-geth", "a-op-geth-op-node"} {
		chain := chainNamed(name)
		for _, derived := range []string{Of(chain, Geth), Of(chain, Node), Of(chain, Batcher), Of(chain, Proposer), Generated(chain)} {
			if other, ok := taken[derived]; ok {
				t.Errorf("chains %s and %s both want %s", other, name, derived)
			}
			taken[derived] = name
		}
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	chain := chainNamed("demo")
	want := map[string]string{
		"app.kubernetes.io/name":       "op-node",
		"app.kubernetes.io/instance":   "demo",
		"app.kubernetes.io/component":  "consensus",
		"app.kubernetes.io/part-of":    "op-stack",
		"app.kubernetes.io/managed-by": "op-stack-operator",
		"rollup.oplabs.io/l2-chain-id": "42069",
	}
	if diff := cmp.Diff(want, PodLabels(chain, Node)); diff != "" {
		t.Errorf("PodLabels() (-want +got):\n%s", diff)
	}
	want["rollup.oplabs.io/network-name"] = "My.Chain_1"
	if diff := cmp.Diff(want, Labels(chain, Node)); diff != "" {
		t.Errorf("Labels() (-want +got):\n%s", diff)
	}
	chain.Spec.L2.NetworkName = ""
	if diff := cmp.Diff(PodLabels(chain, Node), Labels(chain, Node)); diff != "" {
		t.Errorf("Labels() without a network name (-want +got):\n%s", diff)
	}
	for _, component := range append(components, "opchain") {
		labels := PodLabels(chain, component)
		if labels[LabelComponent] == "" {
			t.Errorf("%s plays no role", component)
		}
		for key, value := range Selector(chain, component) {
			if labels[key] != value {
				t.Errorf("%s is not selected by %s", component, key)
			}
		}
	}
}

// A Deployment's selector can never change, so nothing that may change is in it.
func TestSelectorNeverChanges(t *testing.T) {
	t.Parallel()
	chain := chainNamed("demo")
	before := Selector(chain, Geth)
	chain.Spec.L2.ChainID, chain.Spec.L2.NetworkName, chain.Generation, chain.UID = 1, "other", 7, "other"
	if diff := cmp.Diff(before, Selector(chain, Geth)); diff != "" {
		t.Errorf("Selector() (-before +after):\n%s", diff)
	}
	if keys := slices.Sorted(maps.Keys(before)); !slices.Equal(keys, []string{LabelInstance, LabelManagedBy, LabelName}) {
		t.Errorf("Selector() has %v", keys)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	got := URL(chainNamed("demo"), Geth, PortGethEngine)
	if want := "http://demo-op-geth.rollups.svc:8551"; got != want {
		t.Errorf("URL() = %s, want %s", got, want)
	}
	if _, err := url.Parse(got); err != nil {
		t.Error(err)
	}
}
