package controllers

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
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
