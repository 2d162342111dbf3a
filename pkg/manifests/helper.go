package manifests

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/oplabs/op-stack-operator/pkg/names"
)

// HelperContainer is the init container that runs the operator's image (op-geth/deployment).
const HelperContainer = "unpack-genesis"

// genesisContainer is the init container that makes op-geth's database (op-geth/deployment).
const genesisContainer = "init-genesis"

// Containers names the containers of a component's pods. A pod may have others, which the cluster
// puts in.
func Containers(component string) []string {
	if component == names.Geth {
		return []string{HelperContainer, genesisContainer, component}
	}
	return []string{component}
}

// HelperImage is the image of the helper in a Deployment; empty where it has none.
func HelperImage(object runtime.Object) string {
	deployment, ok := object.(*appsv1.Deployment)
	if !ok {
		return ""
	}
	for i := range deployment.Spec.Template.Spec.InitContainers {
		if c := &deployment.Spec.Template.Spec.InitContainers[i]; c.Name == HelperContainer {
			return c.Image
		}
	}
	return ""
}
