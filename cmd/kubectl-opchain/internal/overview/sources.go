package overview

import (
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Sources are what the overview of a chain is made of.
type Sources struct {
	Chain       *v1alpha1.OPChain
	Deployments []appsv1.Deployment
	Pods        []corev1.Pod
	Claims      []corev1.PersistentVolumeClaim
	Events      []eventsv1.Event
	// NotShown is what could not be read, and why.
	NotShown []string
}

// Query says what is read.
type Query struct {
	// Namespace is that of the chains; empty is all.
	Namespace string
	// Name is the one chain's; empty is all.
	Name string
	// Briefly leaves out what is not in the OPChain itself.
	Briefly bool
}

// Read reads chains, sorted by namespace and name. What else cannot be read is in NotShown: a
// chain in trouble is shown to whoever may see it, with what they may see.
func Read(ctx context.Context, from client.Reader, query Query) ([]*Sources, error) {
	chains, err := query.chains(ctx, from)
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	if err != nil {
		return nil, err
	}
	sources := make([]*Sources, len(chains))
	for i := range chains {
		sources[i] = &Sources{Chain: &chains[i]}
	}
	if query.Briefly || len(chains) == 0 {
		return sources, nil
	}
	s := query.surroundings(ctx, from)
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	for _, of := range sources {
		s.deal(of)
	}
	return sources, nil
}

func (q *Query) chains(ctx context.Context, from client.Reader) ([]v1alpha1.OPChain, error) {
	list := &v1alpha1.OPChainList{}
	if q.Name != "" {
		chain := v1alpha1.OPChain{}
		if err := from.Get(ctx, client.ObjectKey{Namespace: q.Namespace, Name: q.Name}, &chain); err != nil {
			return nil, q.explained(err)
		}
		list.Items = append(list.Items, chain)
	} else if err := from.List(ctx, list, client.InNamespace(q.Namespace)); err != nil {
		return nil, q.explained(err)
	}
	slices.SortFunc(list.Items, func(a, b v1alpha1.OPChain) int {
		return slices.Compare([]string{a.Namespace, a.Name}, []string{b.Namespace, b.Name})
	})
	return list.Items, nil
}

// errInterrupted says that nobody waits any more.
var errInterrupted = errors.New("read OPChains: interrupted")

// GoneError says that there is no such chain.
type GoneError struct{ Namespace, Name string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("there is no OPChain %s in namespace %s: choose another namespace with -n, or list all with kubectl opchain status -A", e.Name, e.Namespace)
}

// explained says what to do about an error.
func (q *Query) explained(err error) error {
	what := "OPChains"
	if q.Name != "" {
		what = "OPChain " + q.Name
	}
	switch {
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err) && (q.Name == "" || apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)):
		return fmt.Errorf("read %s: the cluster does not know the kind: install the operator first", what)
	case apierrors.IsNotFound(err):
		return &GoneError{Namespace: q.Namespace, Name: q.Name}
	case apierrors.IsForbidden(err):
		return fmt.Errorf("read %s: %w: the ClusterRole opchain-viewer permits it", what, err)
	}
	return fmt.Errorf("read %s: %w", what, err)
}

// surroundings reads what belongs to the chains. It never fails as a whole.
func (q *Query) surroundings(ctx context.Context, from client.Reader) *Sources {
	s := &Sources{}
	read := func(what string, list client.ObjectList, options ...client.ListOption) {
		err := from.List(ctx, list, append(options, client.InNamespace(q.Namespace))...)
		switch {
		case apierrors.IsForbidden(err):
			s.NotShown = append(s.NotShown, "not permitted to list "+what)
		case err != nil:
			s.NotShown = append(s.NotShown, fmt.Sprintf("could not list %s: %v", what, err))
		}
	}
	deployments, pods, claims, events := &appsv1.DeploymentList{}, &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}, &eventsv1.EventList{}
	read("deployments", deployments, q.owned())
	read("pods", pods, q.owned())
	read("persistentvolumeclaims", claims, q.owned())
	read("events", events, q.regarding())
	s.Deployments, s.Pods, s.Claims, s.Events = deployments.Items, pods.Items, claims.Items, events.Items
	return s
}

// regarding picks the events of the chains.
func (q *Query) regarding() client.MatchingFieldsSelector {
	set := fields.Set{"regarding.kind": "OPChain"}
	if q.Name != "" {
		set["regarding.name"] = q.Name
	}
	return client.MatchingFieldsSelector{Selector: fields.SelectorFromSet(set)}
}

// deal gives a chain what is its own.
func (s *Sources) deal(to *Sources) {
	to.NotShown = s.NotShown
	to.Deployments = own(s.Deployments, to.Chain, func(d *appsv1.Deployment) client.Object { return d })
	to.Pods = own(s.Pods, to.Chain, func(p *corev1.Pod) client.Object { return p })
	to.Claims = own(s.Claims, to.Chain, func(c *corev1.PersistentVolumeClaim) client.Object { return c })
	for i := range s.Events {
		if e := &s.Events[i]; e.Regarding.Namespace == to.Chain.Namespace && e.Regarding.Name == to.Chain.Name {
			to.Events = append(to.Events, *e)
		}
	}
}

// own are the objects that carry a chain's label.
func own[T any](all []T, chain *v1alpha1.OPChain, object func(*T) client.Object) []T {
	var mine []T
	for i := range all {
		o := object(&all[i])
		if o.GetNamespace() == chain.Namespace && o.GetLabels()[names.LabelInstance] == chain.Name {
			mine = append(mine, all[i])
		}
	}
	return mine
}
