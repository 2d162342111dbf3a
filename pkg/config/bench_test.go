package config

import (
	"testing"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// BenchmarkLoad reads the inputs of a chain whose genesis has the usual 9 MB.
func BenchmarkLoad(b *testing.B) {
	chain := testenv.Chain("alpha", testenv.InNamespace("rollups"))
	secrets := realSecrets(chain)
	load := func(b *testing.B, loader *Loader) {
		b.Helper()
		if loaded, err := loader.Load(b.Context(), chain); err != nil || loaded.Config == nil {
			b.Fatal(loaded.Findings, err)
		}
	}
	b.Run("for the first time", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(b, NewLoader(secrets, clocktesting.NewFakePassiveClock(now)))
		}
	})
	b.Run("with the genesis known", func(b *testing.B) {
		b.ReportAllocs()
		loader := NewLoader(secrets, clocktesting.NewFakePassiveClock(now))
		load(b, loader)
		for b.Loop() {
			load(b, loader)
		}
	})
}

func realSecrets(chain *v1alpha1.OPChain) *vault {
	secrets := &vault{data: map[string]map[string]string{
		names.Generated(chain): {names.KeySalt: "salt and pepper", names.KeyJWT: generatedJWT},
	}}
	for _, secret := range testenv.RealInputs(chain) {
		secrets.data[secret.Name] = map[string]string{}
		for key, value := range secret.Data {
			secrets.data[secret.Name][key] = string(value)
		}
	}
	return secrets
}
