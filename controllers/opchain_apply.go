package controllers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applyappsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// kinds are the Go types of what a chain is made of: to read, and to apply exactly the fields
// that a template wrote.
var kinds = map[string]struct {
	object func() client.Object
	apply  func() runtime.ApplyConfiguration
}{
	manifests.KindConfigMap: {
		func() client.Object { return &corev1.ConfigMap{} },
		func() runtime.ApplyConfiguration { return &applycorev1.ConfigMapApplyConfiguration{} },
	},
	manifests.KindSecret: {
		func() client.Object { return &corev1.Secret{} },
		func() runtime.ApplyConfiguration { return &applycorev1.SecretApplyConfiguration{} },
	},
	manifests.KindClaim: {
		func() client.Object { return &corev1.PersistentVolumeClaim{} },
		func() runtime.ApplyConfiguration { return &applycorev1.PersistentVolumeClaimApplyConfiguration{} },
	},
	manifests.KindService: {
		func() client.Object { return &corev1.Service{} },
		func() runtime.ApplyConfiguration { return &applycorev1.ServiceApplyConfiguration{} },
	},
	manifests.KindDeployment: {
		func() client.Object { return &appsv1.Deployment{} },
		func() runtime.ApplyConfiguration { return &applyappsv1.DeploymentApplyConfiguration{} },
	},
	manifests.KindPodMonitor: { // of another operator, which has no such types
		func() client.Object { return podMonitor() },
		func() runtime.ApplyConfiguration {
			return client.ApplyConfigurationFromUnstructured(podMonitor())
		},
	},
}

func podMonitor() *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvkOf(manifests.KindPodMonitor))
	return u
}

// gvkOf names a kind of which the cache holds the metadata only.
func gvkOf(kind string) schema.GroupVersionKind {
	if kind == manifests.KindPodMonitor {
		return monitoringv1.SchemeGroupVersion.WithKind(kind)
	}
	return corev1.SchemeGroupVersion.WithKind(kind)
}

// metadataOf is where the metadata of an object of that kind is read to.
func metadataOf(kind string) *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(gvkOf(kind))
	return object
}

// isMetadata tells the kinds of which the cache holds no more than the metadata: configs and
// keys, or it would keep every genesis in memory, and what is not of Kubernetes.
func isMetadata(kind string) bool {
	return kind == manifests.KindConfigMap || kind == manifests.KindSecret || kind == manifests.KindPodMonitor
}

// isCached tells the kinds that the cache holds whole. Of Deployments, it holds no spec.
func isCached(kind string) bool {
	return kind == manifests.KindClaim || kind == manifests.KindService
}

// apply makes one object what it should be and gives its mark. An object that is right already
// costs no write. That the cluster has no PodMonitors any more is no fault.
func (r *OPChainReconciler) apply(ctx context.Context, chain *v1alpha1.OPChain, want manifests.Object) (mark, error) {
	if want.GetKind() != manifests.KindPodMonitor {
		return r.put(ctx, chain, want)
	}
	if !r.Detector.has().PodMonitors {
		return 0, nil
	}
	done, err := r.put(ctx, chain, want)
	if apierrors.IsNotFound(err) {
		r.Detector.lose(ctx)
		return 0, nil
	}
	return done, err
}

func (r *OPChainReconciler) put(ctx context.Context, chain *v1alpha1.OPChain, want manifests.Object) (mark, error) {
	have, err := r.current(ctx, want.GetKind(), chain.Namespace, want.GetName())
	if err != nil {
		return 0, err
	}
	if have == nil {
		if err := r.mayCreate(ctx, chain, want); err != nil {
			return 0, err
		}
		return r.write(ctx, want, true)
	}
	return r.correct(ctx, chain, want, have)
}

// correct makes an object that is there what it should be.
func (r *OPChainReconciler) correct(ctx context.Context, chain *v1alpha1.OPChain, want manifests.Object, have client.Object) (mark, error) {
	if err := ours(chain, want.GetKind(), have); err != nil {
		return 0, err
	}
	if have.GetDeletionTimestamp() != nil {
		return 0, &waitError{"its old " + want.GetKind() + " to be gone"}
	}
	if err := r.straighten(ctx, want, have); err != nil {
		return 0, err
	}
	same, err := matches(want, have)
	if err != nil {
		return 0, err
	}
	if same {
		return markOf(have), nil
	}
	done, err := r.write(ctx, want, false)
	if err != nil && want.GetKind() == manifests.KindClaim {
		return 0, &keptError{err}
	}
	return done, err
}

// keptError is a change that an object did not take, and can be used without: a claim whose
// storage class does not let it grow still holds the chain's data.
type keptError struct{ error }

func (e *keptError) Unwrap() error { return e.error }

// straighten sees to the differences that applying cannot settle.
func (r *OPChainReconciler) straighten(ctx context.Context, want manifests.Object, have client.Object) error {
	if err := keepSize(want, have); err != nil {
		return err
	}
	if err := r.resetStrategy(ctx, have); err != nil {
		return err
	}
	return r.replacePorts(ctx, want, have)
}

// current reads a whole object as it is. The cache may not see an object that is there, namely
// one without our labels, so its absence is confirmed with the API server.
func (r *OPChainReconciler) current(ctx context.Context, kind, namespace, name string) (client.Object, error) {
	if isCached(kind) {
		have, err := get(ctx, r.Client, kind, namespace, name)
		if err != nil || have != nil {
			return have, err
		}
	}
	return get(ctx, r.Live, kind, namespace, name)
}

// ours refuses objects that somebody else made. Claims have no owner, so that they outlive
// their chain: they are ours by their labels, if they hold the data of this chain.
func ours(chain *v1alpha1.OPChain, kind string, have client.Object) error {
	if kind != manifests.KindClaim {
		if metav1.IsControlledBy(have, chain) {
			return nil
		}
		return foreign("%s %s exists and does not belong to this OPChain: delete or rename it, or give the OPChain another name", kind, have.GetName())
	}
	labels := have.GetLabels()
	if labels[names.LabelManagedBy] != names.Manager || labels[names.LabelInstance] != chain.Name {
		return foreign("%s %s exists and was not made by this operator: delete or rename it, or give the OPChain another name", kind, have.GetName())
	}
	if id := strconv.FormatInt(chain.Spec.L2.ChainID, 10); labels[names.LabelChainID] != id {
		return foreign("%s %s holds the data of chain %s, but spec.l2.chainId is %s: delete the claim if its data is not needed, or give the OPChain another name",
			kind, have.GetName(), labels[names.LabelChainID], id)
	}
	return nil
}

// mayCreate keeps a Deployment from starting a pod beside an old one of the same component,
// which may still be ending: two of them would share a database or a key.
func (r *OPChainReconciler) mayCreate(ctx context.Context, chain *v1alpha1.OPChain, want manifests.Object) error {
	if want.GetKind() != manifests.KindDeployment {
		return nil
	}
	pod, err := r.anyPod(ctx, chain, want.Component)
	if err != nil {
		return err
	}
	if pod != "" {
		return &waitError{"its old pod " + pod + " to be gone"}
	}
	return nil
}

// anyPod names a pod of the component that the API server knows; it is empty without one.
func (r *OPChainReconciler) anyPod(ctx context.Context, chain *v1alpha1.OPChain, component string) (string, error) {
	pods := &metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}}
	err := r.Live.List(ctx, pods, client.InNamespace(chain.Namespace), client.MatchingLabels(names.Selector(chain, component)), client.Limit(1))
	if err != nil {
		return "", fmt.Errorf("list pods of %s: %w", component, err)
	}
	if len(pods.Items) == 0 {
		return "", nil
	}
	return pods.Items[0].Name, nil
}

// write applies the object with all the fields that we own, and takes back those that
// somebody else set.
func (r *OPChainReconciler) write(ctx context.Context, want manifests.Object, create bool) (mark, error) {
	kind := want.GetKind()
	doc, err := want.MarshalJSON()
	if err != nil {
		return 0, err
	}
	desired := kinds[kind].apply()
	if err := json.Unmarshal(doc, desired); err != nil {
		return 0, fmt.Errorf("apply %s %s: %w", kind, want.GetName(), err)
	}
	options := []client.ApplyOption{client.FieldOwner(names.Manager), client.ForceOwnership}
	if isMetadata(kind) {
		options = append(options, client.DisableReadYourWritesConsistency)
	}
	if err := r.Apply(ctx, desired, options...); err != nil {
		return 0, fmt.Errorf("apply %s %s: %w", kind, want.GetName(), redacted(kind, err))
	}
	ctrl.LoggerFrom(ctx).Info("Applied object", "kind", kind, "name", want.GetName(), "created", create)
	return markOfApplied(kind, desired)
}

// redacted leaves the reason of a refusal and drops its details where they could quote a key.
func redacted(kind string, err error) error {
	if kind != manifests.KindSecret {
		return err
	}
	return fmt.Errorf("the API server answered %q", apierrors.ReasonForError(err))
}

// markOfApplied reads the mark from the API server's answer.
func markOfApplied(kind string, applied runtime.ApplyConfiguration) (mark, error) {
	doc, err := json.Marshal(applied)
	if err != nil {
		return 0, err
	}
	object := kinds[kind].object()
	if err := json.Unmarshal(doc, object); err != nil {
		return 0, fmt.Errorf("read the answer to apply: %w", err)
	}
	return markOf(object), nil
}

// remove deletes an object of a disabled component. A Deployment goes in the foreground: it
// is there until its pods are gone.
func (r *OPChainReconciler) remove(ctx context.Context, chain *v1alpha1.OPChain, key manifests.Key) error {
	object, err := r.cached(ctx, key.Kind, chain.Namespace, key.Name)
	if err != nil || object == nil || !metav1.IsControlledBy(object, chain) || object.GetDeletionTimestamp() != nil {
		return err
	}
	return r.discard(ctx, object, key.Kind)
}

func (r *OPChainReconciler) discard(ctx context.Context, object client.Object, kind string) error {
	uid, propagation := object.GetUID(), metav1.DeletePropagationBackground
	if kind == manifests.KindDeployment {
		propagation = metav1.DeletePropagationForeground
	}
	err := r.Delete(ctx, object,
		client.PropagationPolicy(propagation),
		client.Preconditions{UID: &uid},
		client.DisableReadYourWritesConsistency)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // gone, or another one by now, which the next pass looks at
	}
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", kind, object.GetName(), err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted object", "kind", kind, "name", object.GetName())
	return nil
}

// ensureGenerated makes the Secret with what the operator generates once for a chain: a JWT,
// used where the user gives none, and the salt of its digests. It is never changed. It gives the
// Secret's version, which the cache may not know yet.
func (r *OPChainReconciler) ensureGenerated(ctx context.Context, chain *v1alpha1.OPChain) (string, error) {
	name := names.Generated(chain)
	have, err := r.metadata(ctx, manifests.KindSecret, chain.Namespace, name)
	if err != nil {
		return "", err
	}
	if have != nil {
		return revisionOf(have), ours(chain, manifests.KindSecret, have)
	}
	made := generated(chain, name)
	err = r.Create(ctx, made, client.FieldOwner(names.Manager), client.DisableReadYourWritesConsistency)
	if !apierrors.IsAlreadyExists(err) {
		return revisionOf(made), wrapCreate(name, err)
	}
	live, err := get(ctx, r.Live, manifests.KindSecret, chain.Namespace, name)
	if err != nil || live == nil {
		return "", err
	}
	return revisionOf(live), ours(chain, manifests.KindSecret, live)
}

func wrapCreate(name string, err error) error {
	if err != nil {
		return fmt.Errorf("create Secret %s: %w", name, err)
	}
	return nil
}

func generated(chain *v1alpha1.OPChain, name string) *corev1.Secret {
	token, salt := make([]byte, 32), make([]byte, 32)
	rand.Read(token) // never fails (Go 1.24)
	rand.Read(salt)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name:            name,
			Namespace:       chain.Namespace,
			Labels:          names.Labels(chain, "opchain"),
			OwnerReferences: manifests.Owners(chain),
		},
		Data: map[string][]byte{names.KeyJWT: []byte(hex.EncodeToString(token)), names.KeySalt: salt},
	}
}
