// Package config_test tries the installations on a real API server.
package config_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	image    = "registry.example.com:5000/op-stack-operator:v1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	operator = "op-stack-operator"
)

func TestInstallations(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		wantArgs  []string
		wantKinds map[string]int // of the kinds that tell the two apart
	}{
		"default": {
			wantArgs:  []string{"--leader-elect", "--metrics-bind-address=:8443", "--health-probe-bind-address=:8081"},
			wantKinds: map[string]int{"Namespace": 1, "CustomResourceDefinition": 1, "ClusterRole": 7, "ClusterRoleBinding": 4, "Role": 1, "RoleBinding": 1},
		},
		"namespaced": {
			wantArgs:  []string{"--leader-elect", "--metrics-bind-address=0", "--health-probe-bind-address=:8081", "--namespaces=$(NAMESPACE)", "--volume-stats=false"},
			wantKinds: map[string]int{"Namespace": 0, "CustomResourceDefinition": 0, "ClusterRole": 0, "ClusterRoleBinding": 0, "Role": 2, "RoleBinding": 2},
		},
	}
	env := testenv.New(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects := render(t, name)
			namespace := restrictedNamespace(t, env)
			for kind, want := range c.wantKinds {
				if got := len(ofKind(objects, kind)); got != want {
					t.Errorf("%d objects of kind %s, want %d", got, kind, want)
				}
			}
			for _, object := range objects {
				accepted(t, env, namespace, object)
			}
			var deployment appsv1.Deployment
			decode(t, ofKind(objects, "Deployment")[0], &deployment)
			manager := deployment.Spec.Template.Spec.Containers[0]
			if manager.Image != image || manager.Env[0].Name != "OPERATOR_IMAGE" || manager.Env[0].Value != image {
				t.Errorf("image %s, %s %s; want both to be %s", manager.Image, manager.Env[0].Name, manager.Env[0].Value, image)
			}
			if !slices.Equal(manager.Args, c.wantArgs) {
				t.Errorf("arguments %q, want %q", manager.Args, c.wantArgs)
			}
			admitted(t, env, namespace, deployment.Spec.Template)
		})
	}
}

func TestNoRoleHasWildcards(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"default", "namespaced"} {
		objects := render(t, name)
		for _, object := range append(ofKind(objects, "ClusterRole"), ofKind(objects, "Role")...) {
			var role rbacv1.ClusterRole
			decode(t, object, &role)
			for _, rule := range role.Rules {
				if slices.Contains(slices.Concat(rule.APIGroups, rule.Resources, rule.Verbs), rbacv1.VerbAll) {
					t.Errorf("%s: %s has a wildcard in %v", name, role.Name, rule)
				}
			}
		}
	}
}

// Both installations give the operator the same rights, over more or less of the cluster.
func TestRolesAgree(t *testing.T) {
	t.Parallel()
	rules := func(install, kind string) []rbacv1.PolicyRule {
		for _, object := range ofKind(render(t, install), kind) {
			if object.GetName() == operator {
				var role rbacv1.ClusterRole
				decode(t, object, &role)
				return role.Rules
			}
		}
		t.Fatalf("%s has no %s %s", install, kind, operator)
		return nil
	}
	wide, narrow := rules("default", "ClusterRole"), rules("namespaced", "Role")
	if !slices.EqualFunc(wide, narrow, func(a, b rbacv1.PolicyRule) bool { return a.String() == b.String() }) {
		t.Errorf("cluster-wide: %v\nnamespaced: %v", wide, narrow)
	}
}

// An operator in another namespace has its rights there, and nobody has them where it is not.
func TestAnotherNamespace(t *testing.T) {
	t.Parallel()
	for _, install := range []string{"default", "namespaced"} {
		for _, object := range render(t, install, "rollups") {
			if object.GetNamespace() != "" && object.GetNamespace() != "rollups" {
				t.Errorf("%s: %s %s is in namespace %s", install, object.GetKind(), object.GetName(), object.GetNamespace())
			}
			subjects, _, err := unstructured.NestedSlice(object.Object, "subjects")
			if err != nil {
				t.Fatal(err)
			}
			for _, subject := range subjects {
				if namespace := subject.(map[string]any)["namespace"]; namespace != "rollups" {
					t.Errorf("%s: %s %s binds a subject of namespace %v", install, object.GetKind(), object.GetName(), namespace)
				}
			}
		}
	}
}

// render returns the objects of an installation, with the operator's image set. More are the
// further arguments of hack/render.sh.
func render(t *testing.T, install string, more ...string) []*unstructured.Unstructured {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := testenv.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "hack", "render.sh"), append([]string{image, install}, more...)...)
	cmd.Env = append(os.Environ(), "KUBECTL="+filepath.Join(assets, "kubectl"))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("render %s: %v\n%s", install, err, complaints.String())
	}
	var objects []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096); ; {
		object := &unstructured.Unstructured{}
		switch err := decoder.Decode(&object.Object); {
		case errors.Is(err, io.EOF):
			return objects
		case err != nil:
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
}

// accepted fails the test unless the API server takes the object, every field of it.
func accepted(t *testing.T, env *testenv.Env, namespace string, object *unstructured.Unstructured) {
	t.Helper()
	object = object.DeepCopy()
	if object.GetNamespace() != "" {
		object.SetNamespace(namespace)
	}
	err := env.Client.Apply(context.WithoutCancel(t.Context()), client.ApplyConfigurationFromUnstructured(object),
		client.DryRunAll, client.FieldOwner("test"), client.ForceOwnership)
	if err != nil {
		t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

// admitted fails the test unless the namespace's Pod Security Standard lets the pod in.
func admitted(t *testing.T, env *testenv.Env, namespace string, template corev1.PodTemplateSpec) {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Namespace, pod.Name = namespace, operator
	if err := env.Client.Create(t.Context(), pod, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict)); err != nil {
		t.Errorf("create the manager's pod: %v", err)
	}
	open := pod.DeepCopy()
	open.ResourceVersion = ""
	open.Spec.SecurityContext = nil
	if err := env.Client.Create(t.Context(), open, client.DryRunAll); err == nil || !strings.Contains(err.Error(), "restricted") {
		t.Errorf("a pod that is not confined: got %v, want it refused: does the namespace enforce anything?", err)
	}
}

func restrictedNamespace(t *testing.T, env *testenv.Env) string {
	t.Helper()
	name := env.NewNamespace(t)
	patch := []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := env.Client.Patch(t.Context(), namespace, client.RawPatch("application/merge-patch+json", patch)); err != nil {
		t.Fatal(err)
	}
	return name
}

func ofKind(objects []*unstructured.Unstructured, kind string) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range objects {
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
	return found
}

func decode(t *testing.T, object *unstructured.Unstructured, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, into, true); err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}
