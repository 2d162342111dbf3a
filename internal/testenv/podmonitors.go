package testenv

import (
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// InstallPodMonitors gives the API server the resource PodMonitor of the Prometheus operator, as a
// cluster has it. All tests of the package share it: one test may install and remove it.
func (e *Env) InstallPodMonitors(tb testing.TB) {
	tb.Helper()
	_, err := envtest.InstallCRDs(e.Config, envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{podMonitors()}})
	if err != nil {
		tb.Fatalf("install PodMonitors: %v", err)
	}
}

// RemovePodMonitors takes it away again, and all PodMonitors with it.
func (e *Env) RemovePodMonitors(tb testing.TB) {
	tb.Helper()
	err := envtest.UninstallCRDs(e.Config, envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{podMonitors()}})
	if err != nil {
		tb.Fatalf("remove PodMonitors: %v", err)
	}
}

// podMonitors has the original's name, scope and status, and its rule for intervals. Of other
// fields it checks nothing: the objects are decoded strictly into the original's types before.
func podMonitors() *apiextensionsv1.CustomResourceDefinition {
	open := true
	endpoint := apiextensionsv1.JSONSchemaProps{
		Type: "object", XPreserveUnknownFields: &open,
		Properties: map[string]apiextensionsv1.JSONSchemaProps{"interval": {
			Type:    "string",
			Pattern: "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$",
		}},
	}
	spec := apiextensionsv1.JSONSchemaProps{
		Type: "object", XPreserveUnknownFields: &open, Required: []string{"podMetricsEndpoints", "selector"},
		Properties: map[string]apiextensionsv1.JSONSchemaProps{
			"podMetricsEndpoints": {Type: "array", Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &endpoint}},
		},
	}
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "podmonitors.monitoring.coreos.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "monitoring.coreos.com",
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Kind: "PodMonitor", ListKind: "PodMonitorList", Plural: "podmonitors", Singular: "podmonitor"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", Required: []string{"spec"},
					Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec":   spec,
						"status": {Type: "object", XPreserveUnknownFields: &open},
					},
				}},
			}},
		},
	}
}
