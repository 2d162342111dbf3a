package monitoring_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// documents decodes the documents of a file, in their order and strictly.
func documents(t *testing.T, path string, into ...any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	docs := bytes.Split(text, []byte("\n---\n"))
	if len(docs) != len(into) {
		t.Fatalf("%s has %d documents, want %d", path, len(docs), len(into))
	}
	for i, doc := range docs {
		if err := yaml.UnmarshalStrict(doc, into[i]); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A ServiceMonitor that finds no Service, or has no token, is silent about it.
func TestTheOperatorsMetricsAreFound(t *testing.T) {
	t.Parallel()
	monitor, token, service := &monitoringv1.ServiceMonitor{}, &corev1.Secret{}, &corev1.Service{}
	account, binding, role := &corev1.ServiceAccount{}, &rbacv1.ClusterRoleBinding{}, &rbacv1.ClusterRole{}
	documents(t, "servicemonitor.yaml", monitor, token)
	documents(t, "../default/metrics_service.yaml", service)
	documents(t, "../rbac/metrics/scraper.yaml", account, binding)
	documents(t, "../rbac/metrics/reader.yaml", role)

	if !labels.SelectorFromSet(monitor.Spec.Selector.MatchLabels).Matches(labels.Set(service.Labels)) {
		t.Errorf("%v does not pick the Service with %v", monitor.Spec.Selector.MatchLabels, service.Labels)
	}
	endpoint := monitor.Spec.Endpoints[0]
	if !slices.ContainsFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == endpoint.Port }) {
		t.Errorf("the Service has no port %s", endpoint.Port)
	}
	if !endpoint.HonorLabels {
		t.Error("the namespace of a chain's series would be the operator's")
	}
	if from := endpoint.Authorization.Credentials; from.Name != token.Name || from.Key != corev1.ServiceAccountTokenKey || monitor.Namespace != token.Namespace {
		t.Errorf("the token is read from %s/%s, and is in %s/%s", monitor.Namespace, from.Name, token.Namespace, token.Name)
	}
	if of := token.Annotations[corev1.ServiceAccountNameKey]; of != account.Name || token.Type != corev1.SecretTypeServiceAccountToken || account.Namespace != token.Namespace {
		t.Errorf("the token is of %q, the account is %s/%s", of, account.Namespace, account.Name)
	}
	who := rbacv1.Subject{Kind: "ServiceAccount", Name: account.Name, Namespace: account.Namespace}
	if binding.RoleRef.Name != role.Name || !slices.Contains(binding.Subjects, who) {
		t.Errorf("%v may not read metrics: %+v", who, binding)
	}
	if len(role.Rules) != 1 || !slices.Equal(role.Rules[0].NonResourceURLs, []string{endpoint.Path}) || len(role.Rules[0].Resources) > 0 {
		t.Errorf("the token is good for %+v", role.Rules)
	}
}
