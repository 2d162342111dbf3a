package manifest_test

import (
	"strings"
	"testing"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/manifest"
)

// Whatever a manifest holds, reading ends with an error that shows nothing of a Secret, or with
// a chain.
func FuzzRead(f *testing.F) {
	f.Add("apiVersion: rollup.oplabs.io/v1alpha1\nkind: OPChain\nmetadata: {name: a}\n---\n{}")
	f.Add("apiVersion: v1\nkind: Secret\nstringData: {a: b}\nsops: 5")
	f.Add("apiVersion: v1\nkind: List\nitems: [5]")
	f.Add("? {a: 1}\n: 2")
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "S3CR3TS3CR3T"
		set, err := manifest.Read(strings.NewReader(text+"\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  key: "+secret+"\n"), []string{"-"}, false)
		switch {
		case err != nil && strings.Contains(err.Error(), secret):
			t.Errorf("the error shows a Secret: %v", err)
		case err == nil && len(set.Chains) == 0:
			t.Error("there is no chain, and no error")
		case err == nil:
			set.Different()
			for _, chain := range set.Chains {
				_ = chain.Name()
			}
		}
	})
}
