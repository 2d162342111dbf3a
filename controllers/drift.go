package controllers

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// replacePorts puts a Service's ports back as a whole if one of ours was moved. Apply cannot:
// it tells ports apart by number, would add ours beside the moved one, and be refused, because
// both have the same name.
func (r *OPChainReconciler) replacePorts(ctx context.Context, want manifests.Object, have client.Object) error {
	service, ok := have.(*corev1.Service)
	if !ok {
		return nil
	}
	ports, _, err := unstructured.NestedSlice(want.Object, "spec", "ports")
	if err != nil || !portsMoved(service, ports) {
		return err
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"ports": ports}})
	if err != nil {
		return err
	}
	if err := r.Patch(ctx, service, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(names.Manager)); err != nil {
		return fmt.Errorf("put ports of Service %s back: %w", service.Name, err)
	}
	return nil
}

// resetStrategy puts Recreate back where somebody chose rolling updates, with which an old and
// a new pod share a key or a database. Apply cannot: it would leave the settings of the other
// strategy beside it, and be refused.
func (r *OPChainReconciler) resetStrategy(ctx context.Context, have client.Object) error {
	deployment, ok := have.(*appsv1.Deployment)
	if !ok || deployment.Spec.Strategy.RollingUpdate == nil {
		return nil
	}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}`))
	if err := r.Patch(ctx, deployment, patch, client.FieldOwner(names.Manager)); err != nil {
		return fmt.Errorf("put strategy of Deployment %s back: %w", deployment.Name, err)
	}
	return nil
}

// keepSize leaves a claim that somebody made larger as it is: volumes do not shrink.
func keepSize(want manifests.Object, have client.Object) error {
	claim, ok := have.(*corev1.PersistentVolumeClaim)
	if !ok {
		return nil
	}
	path := []string{"spec", "resources", "requests", "storage"}
	text, _, err := unstructured.NestedString(want.Object, path...)
	if err != nil {
		return err
	}
	size, err := resource.ParseQuantity(text)
	if err != nil {
		return fmt.Errorf("read size of claim %s: %w", claim.Name, err)
	}
	if has := claim.Spec.Resources.Requests.Storage(); has.Cmp(size) > 0 {
		return unstructured.SetNestedField(want.Object, has.String(), path...)
	}
	return nil
}

// portsMoved reports whether one of our ports has another number or protocol.
func portsMoved(service *corev1.Service, want []any) bool {
	byName := map[any]corev1.ServicePort{}
	for _, port := range service.Spec.Ports {
		byName[port.Name] = port
	}
	for _, item := range want {
		port, _ := item.(map[string]any)
		has, ok := byName[port["name"]]
		if ok && (int64(has.Port) != port["port"] || string(has.Protocol) != port["protocol"]) {
			return true
		}
	}
	return false
}
