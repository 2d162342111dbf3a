// Package cluster reads and writes the objects of a chain in a Kubernetes cluster.
package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/intake"
)

// Cluster is a Kubernetes API server.
type Cluster struct{ client client.WithWatch }

// New makes a Cluster. Nothing is sent before it is asked.
func New(config *rest.Config) (*Cluster, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, eventsv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("reach the cluster: %w", err)
		}
	}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("reach the cluster: %w", err)
	}
	return &Cluster{client: c}, nil
}

// Reader reads the cluster's Secrets.
func (c *Cluster) Reader() client.Reader { return c.client }

// Watcher reads and follows chains, and what belongs to them.
func (c *Cluster) Watcher() client.WithWatch { return c.client }

// Secrets gives those of some Secrets that exist, by their names.
func (c *Cluster) Secrets(ctx context.Context, namespace string, secrets []string) (map[string]*corev1.Secret, error) {
	found := map[string]*corev1.Secret{}
	for _, name := range secrets {
		secret := &corev1.Secret{}
		err := c.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret)
		switch {
		case err == nil:
			found[name] = secret
		case !apierrors.IsNotFound(err):
			return nil, fmt.Errorf("read Secret %s: %w", name, err)
		}
	}
	return found, nil
}

// Differing gives those of the existing Secrets that have other content than is wanted, by their
// names.
func Differing(existing map[string]*corev1.Secret, wanted []*corev1.Secret) map[string]*corev1.Secret {
	differing := map[string]*corev1.Secret{}
	for _, secret := range wanted {
		other, ok := existing[secret.Name]
		if ok && !maps.EqualFunc(other.Data, secret.Data, slices.Equal) {
			differing[secret.Name] = other
		}
	}
	return differing
}

// Replace puts the content of object in the place of a Secret's, as a whole: to apply it would leave
// what others have put under other keys. It fails if the Secret is not as former any more.
func (c *Cluster) Replace(ctx context.Context, former *corev1.Secret, object *unstructured.Unstructured, dryRun bool) error {
	wanted := &corev1.Secret{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, wanted); err != nil {
		return fmt.Errorf("replace Secret %s: it cannot be read", former.Name) // without err, which may hold values
	}
	replaced := former.DeepCopy()
	replaced.Data = wanted.Data
	delete(replaced.Annotations, corev1.LastAppliedConfigAnnotation) // has a copy of what was there
	for label, value := range wanted.Labels {
		metav1.SetMetaDataLabel(&replaced.ObjectMeta, label, value)
	}
	options := []client.PatchOption{client.FieldOwner(intake.Manager)}
	if dryRun {
		options = append(options, client.DryRunAll)
	}
	if err := c.client.Patch(ctx, replaced, client.MergeFromWithOptions(former, client.MergeFromWithOptimisticLock{}), options...); err != nil {
		return fmt.Errorf("replace Secret %s: %w", former.Name, err)
	}
	return nil
}

// How says how objects are applied.
type How struct {
	// DryRun lets the API server judge and writes nothing.
	DryRun bool
	// Force takes fields over that others own.
	Force bool
}

// Apply applies an object by server-side apply, which leaves no copy of a Secret in an
// annotation. object becomes what the API server makes of it, fields of others included.
func (c *Cluster) Apply(ctx context.Context, object *unstructured.Unstructured, how How) error {
	options := []client.ApplyOption{client.FieldOwner(intake.Manager)}
	if how.DryRun {
		options = append(options, client.DryRunAll)
	}
	if how.Force {
		options = append(options, client.ForceOwnership)
	}
	err := c.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), options...)
	what := object.GetKind() + " " + object.GetName()
	switch {
	case meta.IsNoMatchError(err):
		return fmt.Errorf("apply %s: the cluster does not know the kind: install the operator first", what)
	case apierrors.IsConflict(err):
		return fmt.Errorf("apply %s: others have changed it: %w: --force-conflicts puts the import's values back", what, err)
	case err != nil:
		return fmt.Errorf("apply %s: %w", what, err)
	}
	return nil
}
