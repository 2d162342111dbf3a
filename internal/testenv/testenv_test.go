package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

func TestMain(m *testing.M) { Main(m) }

func TestChainIsAccepted(t *testing.T) {
	t.Parallel()
	cases := map[string][]Option{
		"as it is":                   nil,
		"with an L2OutputOracle":     {WithOutputOracle()},
		"as a replica":               {AsReplica()},
		"with a private registry":    {WithPullSecret("registry")},
		"options are put on in turn": {AsReplica(), WithPullSecret("registry")},
	}
	env := New(t)
	for name, options := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := Chain("sample", append(options, InNamespace(env.Namespace))...)
			if err := env.Client.Create(t.Context(), chain, client.DryRunAll); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEachTestHasItsOwnNamespace(t *testing.T) {
	t.Parallel()
	a, b := New(t), New(t)
	if a.Namespace == b.Namespace {
		t.Fatalf("both have namespace %s", a.Namespace)
	}
	if !strings.HasPrefix(a.Namespace, "testeachtesthasitsownnamespace-") {
		t.Errorf("namespace %s does not tell its test", a.Namespace)
	}
}

func TestCountWrites(t *testing.T) {
	t.Parallel()
	env := New(t)
	config, requests := CountWrites(env.Config)
	c, err := client.New(config, client.Options{Scheme: env.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: env.Namespace, Name: "a"}}
	for _, err := range []error{
		c.Create(t.Context(), secret),
		c.Get(t.Context(), client.ObjectKeyFromObject(secret), secret),
		c.List(t.Context(), &v1alpha1.OPChainList{}, client.InNamespace(env.Namespace)),
		c.Delete(t.Context(), secret),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := map[Request]int{{"create", "secrets"}: 1, {"delete", "secrets"}: 1}
	if diff := cmp.Diff(want, requests.Writes()); diff != "" {
		t.Errorf("writes: %s", diff)
	}
	if requests.WriteCount() != 2 {
		t.Errorf("%d writes, want 2", requests.WriteCount())
	}
	wantAll := strings.Join([]string{
		"create secrets: 1", "delete secrets: 1",
		"get /api: 1", "get /apis: 1", "get secrets: 1", // the first two are discovery
		"list opchains.rollup.oplabs.io: 1",
	}, "\n")
	if diff := cmp.Diff(wantAll, requests.String()); diff != "" {
		t.Errorf("all: %s", diff)
	}
	if requests.Reset(); requests.Total() != 0 {
		t.Errorf("after Reset: %s", requests)
	}
}

func TestUserMayDoNothing(t *testing.T) {
	t.Parallel()
	env := New(t)
	c, err := client.New(env.User(t, "nobody"), client.Options{Scheme: env.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	err = c.List(t.Context(), &corev1.SecretList{}, client.InNamespace(env.Namespace))
	if !apierrors.IsForbidden(err) {
		t.Errorf("list Secrets: %v, want forbidden", err)
	}
}

func TestRootIsTheRepository(t *testing.T) {
	t.Parallel()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "internal", "testenv")); err != nil {
		t.Error(err)
	}
}
