// Package cluster reads and writes the objects of a chain in a Kubernetes cluster.
package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/intake"
)

// Cluster is a Kubernetes API server.
type Cluster struct{ client client.Client }

// New makes a Cluster. Nothing is sent before it is asked.
func New(config *rest.Config) (*Cluster, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("reach the cluster: %w", err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("reach the cluster: %w", err)
	}
	return &Cluster{client: c}, nil
}

// Reader reads the cluster's Secrets.
func (c *Cluster) Reader() client.Reader { return c.client }

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

// Differing names the Secrets that exist with other content than is wanted, sorted.
func Differing(existing map[string]*corev1.Secret, wanted []*corev1.Secret) []string {
	var differing []string
	for _, secret := range wanted {
		other, ok := existing[secret.Name]
		if ok && !maps.EqualFunc(other.Data, secret.Data, slices.Equal) {
			differing = append(differing, secret.Name)
		}
	}
	slices.Sort(differing)
	return differing
}

// How says how objects are applied.
type How struct {
	// DryRun lets the API server judge and writes nothing.
	DryRun bool
	// Force takes fields over that others own.
	Force bool
}

// Apply applies an object by server-side apply, which leaves no copy of a Secret in an
// annotation.
func (c *Cluster) Apply(ctx context.Context, object *unstructured.Unstructured, how How) error {
	options := []client.ApplyOption{client.FieldOwner(intake.Manager)}
	if how.DryRun {
		options = append(options, client.DryRunAll)
	}
	if how.Force {
		options = append(options, client.ForceOwnership)
	}
	err := c.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object.DeepCopy()), options...)
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
