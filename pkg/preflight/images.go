package preflight

import (
	"fmt"
	"slices"
	"time"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/catalog"
)

// program is a component that runs, and what its image tells of it.
type program struct {
	component catalog.Component
	// field is where the image is named.
	field string
	image catalog.Image
	// version is zero where the image does not tell it.
	version catalog.Version
}

func (p *program) String() string { return fmt.Sprintf("%s %s", p.component, p.version) }

// finding is about the component's image.
func (p *program) finding(code v1alpha1.FindingCode, severity v1alpha1.FindingSeverity, message, cure string) v1alpha1.Finding {
	return v1alpha1.Finding{Code: code, Severity: severity, Field: p.field, Message: message, Cure: cure}
}

// programs are the components that run.
func programs(in *Inputs) []program {
	all := &in.Chain.Spec.Components
	var running []program
	for _, each := range []struct {
		component catalog.Component
		key       string
		spec      *v1alpha1.ComponentSpec
	}{
		{catalog.Geth, "geth", &all.Geth.ComponentSpec},
		{catalog.Node, "node", &all.Node.ComponentSpec},
		{catalog.Batcher, "batcher", &all.Batcher.ComponentSpec},
		{catalog.Proposer, "proposer", &all.Proposer.ComponentSpec},
	} {
		if !each.spec.IsEnabled() || each.spec.Image == "" {
			continue
		}
		p := program{component: each.component, field: "spec.components." + each.key + ".image", image: catalog.Parse(each.spec.Image)}
		p.version, _ = catalog.VersionOf(p.component, p.image)
		running = append(running, p)
	}
	return running
}

// images judges whether the images can run this chain, now and with the forks to come.
func images(in *Inputs) Findings {
	var found Findings
	for _, p := range programs(in) {
		if name, reason, ok := catalog.Foreign(p.image); ok {
			found = append(found, p.finding(v1alpha1.CodeImageNotOPStack, v1alpha1.SeverityError,
				fmt.Sprintf("%s cannot run as this chain's %s, because %s", name, p.component, reason), fmt.Sprintf("use an image of %s", p.component)))
			continue
		}
		found = slices.Concat(found, supportEnded(in, &p), tooOld(in, &p))
		if p.version.IsZero() {
			found = append(found, versionUntold(&p))
		}
		switch p.component {
		case catalog.Node:
			found = slices.Concat(found, rollupFields(in, &p))
		case catalog.Proposer:
			found = slices.Concat(found, proposable(in, &p))
		case catalog.Geth, catalog.Batcher: // nothing of their own
		}
	}
	return found
}

// versionUntold says that the version of a component cannot be told, so that what depends on it was
// passed over.
func versionUntold(p *program) v1alpha1.Finding {
	why := fmt.Sprintf("an image called %s does not tell which version of %s it is", quotedStart(p.image.Name), p.component)
	if catalog.Recognised(p.component, p.image) {
		why = fmt.Sprintf("tag %s is no version of %s", quotedStart(p.image.Tag), p.component)
		if p.image.Tag == "" {
			why = fmt.Sprintf("without a tag an image does not tell which version of %s it is", p.component)
		}
	}
	return p.finding(v1alpha1.CodeImageVersionUnknown, v1alpha1.SeverityUnknown, why,
		fmt.Sprintf("call the image %s and tag it with upstream's version, or see for yourself that it supports the forks of the chain and of L1", p.component))
}

// supportEnds gives the first moment without support, if there is one.
func supportEnds(p *program) (at time.Time, replacement string, ok bool) {
	lastDay, replacement, ok := catalog.SupportEnd(p.component)
	return lastDay.AddDate(0, 0, 1), replacement, ok && catalog.Recognised(p.component, p.image)
}

func supportEnded(in *Inputs, p *program) Findings {
	at, replacement, ok := supportEnds(p)
	if !ok || in.Now.Before(at) {
		return nil
	}
	return Findings{p.finding(v1alpha1.CodeImageEndOfSupport, v1alpha1.SeverityWarning,
		fmt.Sprintf("upstream supported %s until %s, and replaced it with %s", p.component, at.AddDate(0, 0, -1).Format(time.DateOnly), replacement),
		fmt.Sprintf("use its last release and expect no more fixes: this operator does not run %s", replacement))}
}

// NextChange gives the next moment after in.Now at which the images would be judged otherwise: a
// fork that one of them is too old for comes near or into force, or support ends. It is zero
// where that moment never comes.
func NextChange(in *Inputs) time.Time {
	var moments []time.Time
	for _, p := range programs(in) {
		if _, _, foreign := catalog.Foreign(p.image); foreign {
			continue
		}
		if at, _, ok := supportEnds(&p); ok {
			moments = append(moments, at)
		}
		for _, h := range hurdles(in, &p) {
			moments = append(moments, h.at.Add(-forkNotice(in)), h.at)
		}
	}
	moments = slices.DeleteFunc(moments, func(at time.Time) bool { return !at.After(in.Now) })
	if len(moments) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(moments, time.Time.Compare)
}
