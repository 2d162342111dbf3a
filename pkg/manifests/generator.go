// Package manifests says what a chain looks like on Kubernetes: it renders the objects of
// every component from the templates beside it. It is pure: the same chain and config give
// the same objects, whatever the time and the state of the cluster.
package manifests

import (
	"fmt"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// component is one program of a chain.
type component struct {
	name    string
	enabled func(*v1alpha1.OPChain) bool
	kinds   []kind
	view    func(*v1alpha1.OPChain, *config.Config) view
}

// kind is one object of a component: its template and what it makes. needed is nil where every
// chain needs it, and possible where every cluster can have it.
type kind struct {
	template string
	kind     string
	needed   func(*v1alpha1.OPChain) bool
	possible func(Capabilities) bool
}

func (k kind) isNeeded(chain *v1alpha1.OPChain) bool { return k.needed == nil || k.needed(chain) }

func (k kind) isPossible(has Capabilities) bool { return k.possible == nil || k.possible(has) }

// Capabilities are the resources that a cluster has beside Kubernetes' own.
type Capabilities struct {
	// PodMonitors is set where it has the Prometheus operator's resource PodMonitor.
	PodMonitors bool
}

var (
	secretOf     = kind{template: "secret", kind: KindSecret}
	configMapOf  = kind{template: "configmap", kind: KindConfigMap}
	claimOf      = kind{template: "pvc", kind: KindClaim}
	serviceOf    = kind{template: "service", kind: KindService}
	deploymentOf = kind{template: "deployment", kind: KindDeployment}

	// genesisOf holds a genesis that came from a Secret.
	genesisOf = kind{template: "configmap", kind: KindConfigMap, needed: func(c *v1alpha1.OPChain) bool { return c.Spec.L2.Genesis == nil }}

	// podMonitorOf is the last of a component: its pods do not wait for it.
	podMonitorOf = kind{
		template: "podmonitor", kind: KindPodMonitor,
		needed:   func(c *v1alpha1.OPChain) bool { return c.Spec.Monitoring.PodMonitor.IsEnabled() },
		possible: func(has Capabilities) bool { return has.PodMonitors },
	}
)

// components lists what a chain is made of, in start order; shutdown runs it backwards, so the
// batcher stops first: what it still has to post does not grow while the others stop.
// A fifth is one row here, one view and one template folder.
var components = []component{
	{
		name:    names.Geth,
		enabled: func(c *v1alpha1.OPChain) bool { return c.Spec.Components.Geth.IsEnabled() },
		kinds:   []kind{secretOf, genesisOf, claimOf, serviceOf, deploymentOf, podMonitorOf},
		view:    gethView,
	},
	{
		name:    names.Node,
		enabled: func(c *v1alpha1.OPChain) bool { return c.Spec.Components.Node.IsEnabled() },
		kinds:   []kind{secretOf, configMapOf, claimOf, serviceOf, deploymentOf, podMonitorOf},
		view:    nodeView,
	},
	{
		name:    names.Proposer,
		enabled: func(c *v1alpha1.OPChain) bool { return c.Spec.Components.Proposer.IsEnabled() },
		kinds:   []kind{secretOf, serviceOf, deploymentOf, podMonitorOf},
		view:    proposerView,
	},
	{
		name:    names.Batcher,
		enabled: func(c *v1alpha1.OPChain) bool { return c.Spec.Components.Batcher.IsEnabled() },
		kinds:   []kind{secretOf, serviceOf, deploymentOf, podMonitorOf},
		view:    batcherView,
	},
}

// Components names every component in start order.
func Components() []string {
	list := make([]string, len(components))
	for i, c := range components {
		list[i] = c.name
	}
	return list
}

// Enabled names the components that the chain's spec asks for, in start order.
func Enabled(chain *v1alpha1.OPChain) []string {
	var list []string
	for _, c := range components {
		if c.enabled(chain) {
			list = append(list, c.name)
		}
	}
	return list
}

// Key names one object of a chain.
type Key struct {
	Kind, Name string
	// Component is the component that the object belongs to.
	Component string
	// Replaced is set for what an enabled component does without from now on. Its pods read it
	// until they are replaced, so it may go only after its Deployment was applied.
	Replaced bool
}

// Keys lists the objects of the chain: those that should be there, and those that should not, of
// disabled components, turned off or Replaced. Claims of disabled components are on neither list,
// since data outlives the component, and so is what the cluster cannot have.
func Keys(chain *v1alpha1.OPChain, has Capabilities) (wanted, unwanted []Key) {
	for _, c := range components {
		enabled := c.enabled(chain)
		for _, k := range c.kinds {
			if !k.isPossible(has) {
				continue
			}
			key := Key{Kind: k.kind, Name: names.Of(chain, c.name), Component: c.name}
			switch {
			case enabled && k.isNeeded(chain):
				wanted = append(wanted, key)
			case enabled:
				key.Replaced = isRead(k.kind)
				unwanted = append(unwanted, key)
			case k.kind != KindClaim:
				unwanted = append(unwanted, key)
			}
		}
	}
	return wanted, unwanted
}

// isRead tells the kinds that pods read.
func isRead(kind string) bool { return kind == KindConfigMap || kind == KindSecret }

// Claims names the volume claims that the chain may have.
func Claims(chain *v1alpha1.OPChain) []string {
	var list []string
	for _, c := range components {
		for _, k := range c.kinds {
			if k.kind == KindClaim {
				list = append(list, names.Of(chain, c.name))
			}
		}
	}
	return list
}

// Generator renders the objects of chains.
type Generator struct {
	render *renderer
	helper string
}

// NewGenerator makes a Generator. helperImage is the operator's own image, which runs in the
// chain's pods to unpack the genesis.
func NewGenerator(helperImage string) (*Generator, error) {
	if helperImage == "" {
		return nil, fmt.Errorf("make generator: the helper image is not set")
	}
	r, err := newRenderer(templateFiles)
	if err != nil {
		return nil, err
	}
	return &Generator{render: r, helper: helperImage}, nil
}

// Helper is the helper image.
func (g *Generator) Helper() string { return g.helper }

// WithHelper is a Generator with another helper image.
func (g *Generator) WithHelper(image string) *Generator {
	return &Generator{render: g.render, helper: image}
}

// Generate renders every object of the chain's enabled components that the cluster can have, in
// the order in which they are to be applied.
func (g *Generator) Generate(chain *v1alpha1.OPChain, cfg *config.Config, has Capabilities) ([]Object, error) {
	var objects []Object
	for _, c := range components {
		if !c.enabled(chain) {
			continue
		}
		v := c.view(chain, cfg)
		if err := v.complete(chain, cfg, c.name, g.helper); err != nil {
			return nil, err
		}
		for _, k := range c.kinds {
			if !k.isNeeded(chain) || !k.isPossible(has) {
				continue
			}
			object, err := g.object(c.name, k, v, cfg.Salt)
			if err != nil {
				return nil, err
			}
			objects = append(objects, object)
		}
	}
	return objects, nil
}

func (g *Generator) object(component string, k kind, v view, salt []byte) (Object, error) {
	doc, err := g.render.render(component+"/"+k.template, v)
	if err != nil {
		return Object{}, err
	}
	object, err := decode(doc, component, salt)
	if err != nil {
		return Object{}, fmt.Errorf("render %s/%s: %w", component, k.template, err)
	}
	if object.GetKind() != k.kind {
		return Object{}, fmt.Errorf("render %s/%s: got kind %s instead of %s", component, k.template, object.GetKind(), k.kind)
	}
	return object, nil
}
