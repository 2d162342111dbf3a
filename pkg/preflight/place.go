package preflight

import (
	"fmt"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

const (
	// correct is the cure where two inputs differ and nobody can tell which is right.
	correct = "correct the one that is wrong"
	// oneDeployment is the cure where files were made by machine and do not fit.
	oneDeployment = "take genesis.json and rollup.json from the same deployment"
	// asDeployed is the cure for a rollup.json that somebody wrote or changed by hand.
	asDeployed = "use the rollup.json that op-deployer wrote"
)

// A place is where the user would most likely make the change.
type place struct{ field, secret, key string }

func (in *Inputs) inRollup() place {
	return place{secret: string(in.Chain.Spec.L2.RollupConfigSecret), key: names.KeyRollup}
}

// inGenesis is the Secret with the genesis, or the field that says where else it is.
func (in *Inputs) inGenesis() place {
	if name := in.Chain.Spec.L2.GenesisConfigSecret; name != "" {
		return place{secret: string(name), key: in.GenesisKey}
	}
	return place{field: "spec.l2.genesis"}
}

func (in *Inputs) inL1ChainConfig() place {
	return place{secret: string(in.Chain.Spec.L1.ChainConfigSecret), key: names.KeyL1ChainConfig}
}

// wrong makes an error of what is at the place.
func (p place) wrong(code v1alpha1.FindingCode, cure, format string, args ...any) v1alpha1.Finding {
	return p.is(v1alpha1.SeverityError, code, cure, format, args...)
}

func (p place) is(severity v1alpha1.FindingSeverity, code v1alpha1.FindingCode, cure, format string, args ...any) v1alpha1.Finding {
	return v1alpha1.Finding{
		Code: code, Severity: severity, Field: p.field, Secret: p.secret, Key: p.key,
		Message: fmt.Sprintf(format, args...), Cure: cure,
	}
}

// demand is something that op-node asks of its inputs in some versions.
type demand struct{ versions catalog.Span }

// since makes the demand of op-node's versions from one on. lacking is the newest version that
// was seen without it.
func since(lacking, from string) demand {
	return demand{catalog.Span{AbsentTo: mustVersion(lacking), From: mustVersion(from)}}
}

func mustVersion(text string) catalog.Version {
	version, err := catalog.ParseVersion(text)
	if err != nil {
		panic(err) // it stands in this package
	}
	return version
}

// of says whether the chain's op-node makes the demand; Uncertain where its image does not tell.
func (d demand) of(in *Inputs) catalog.Presence {
	version, ok := catalog.VersionOf(catalog.Node, catalog.Parse(in.Chain.Spec.Components.Node.Image))
	if !ok {
		return catalog.Uncertain
	}
	return d.versions.Has(version)
}

// severity is that of a demand which is not met. ok is false where op-node does not make it.
func (d demand) severity(in *Inputs) (severity v1alpha1.FindingSeverity, ok bool) {
	switch d.of(in) {
	case catalog.Present:
		return v1alpha1.SeverityError, true
	case catalog.Uncertain:
		return v1alpha1.SeverityUnknown, true
	case catalog.Absent:
	}
	return "", false
}
