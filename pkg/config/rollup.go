package config

import (
	"fmt"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

func (in *inputs) loadRollup(cfg *Config) error {
	name := in.chain.Spec.L2.RollupConfigSecret
	data, key, err := in.value("spec.l2.rollupConfigSecret", name, names.KeyRollup)
	if err != nil {
		return err
	}
	in.judged.Rollup, err = rollup.Parse(data)
	if err != nil {
		return wrongKey(v1alpha1.CodeInvalidRollupConfig, name, key, fmt.Sprintf("it is not a rollup config: %v", err), "use the rollup.json that op-deployer wrote")
	}
	cfg.RollupJSON = data
	return nil
}
