package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// states are the states of chains that the goldens of the screen are made of.
const states = "../screen/testdata"

// objectsOf reads a state for a namespace.
func objectsOf(t *testing.T, env *testenv.Env, state, namespace string) []client.Object {
	t.Helper()
	decoder := serializer.NewCodecFactory(env.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []client.Object
	for _, document := range strings.Split(read(t, filepath.Join(states, state+".yaml")), "\n---\n") {
		decoded, _, err := decoder.Decode([]byte(document), nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		object := decoded.(client.Object)
		object.SetNamespace(namespace)
		if event, ok := object.(*eventsv1.Event); ok {
			event.Regarding.Namespace = namespace
		}
		objects = append(objects, object)
	}
	return objects
}

// enact makes a state real, status included, and gives its objects the metadata that the API
// server has for them.
func enact(t *testing.T, env *testenv.Env, objects []client.Object) {
	t.Helper()
	for _, object := range objects {
		if event, ok := object.(*eventsv1.Event); ok {
			event.Regarding.UID = objects[0].GetUID()
		}
		made := object.DeepCopyObject().(client.Object)
		made.SetUID("")
		made.SetCreationTimestamp(metav1.Time{})
		made.SetDeletionTimestamp(nil)
		if err := env.Client.Create(t.Context(), made); err != nil {
			t.Fatalf("create %T %s: %v", made, made.GetName(), err)
		}
		if _, ok := object.(*eventsv1.Event); !ok {
			status := object.DeepCopyObject().(client.Object)
			status.SetResourceVersion(made.GetResourceVersion())
			status.SetUID(made.GetUID())
			status.SetDeletionTimestamp(nil)
			status.SetDeletionGracePeriodSeconds(nil)
			if err := env.Client.Status().Update(t.Context(), status); err != nil {
				t.Fatalf("update status of %T %s: %v", made, made.GetName(), err)
			}
		}
		if object.GetDeletionTimestamp() != nil {
			if err := env.Client.Delete(t.Context(), made); err != nil {
				t.Fatal(err)
			}
		}
		if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(made), made); err != nil {
			t.Fatal(err)
		}
		object.SetUID(made.GetUID())
		object.SetGeneration(made.GetGeneration())
		object.SetCreationTimestamp(made.GetCreationTimestamp())
		object.SetDeletionTimestamp(made.GetDeletionTimestamp())
	}
}

// sourcesOf are the sources that the objects of one chain make up.
func sourcesOf(objects []client.Object) *overview.Sources {
	of := &overview.Sources{}
	for _, object := range objects {
		switch o := object.(type) {
		case *v1alpha1.OPChain:
			of.Chain = o
		case *appsv1.Deployment:
			of.Deployments = append(of.Deployments, *o)
		case *corev1.Pod:
			of.Pods = append(of.Pods, *o)
		case *corev1.PersistentVolumeClaim:
			of.Claims = append(of.Claims, *o)
		case *eventsv1.Event:
			of.Events = append(of.Events, *o)
		}
	}
	return of
}

// What is read from the API server is what the goldens of the screen are made of: every one of
// their objects is one that the API server takes.
func TestStatusFromCluster(t *testing.T) {
	env := testenv.New(t)
	files, err := filepath.Glob(states + "/*.yaml")
	if err != nil || len(files) < 14 {
		t.Fatalf("only %d states: %v", len(files), err)
	}
	for _, file := range files {
		state := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if state == "list" {
			continue
		}
		t.Run(state, func(t *testing.T) {
			namespace := env.NewNamespace(t)
			kubeconfig(t, env.Config, namespace)
			objects := objectsOf(t, env, state, namespace)
			enact(t, env, objects)
			name := objects[0].GetName()
			want, err := json.MarshalIndent(overview.Of(sourcesOf(objects), now), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{name}, {}} { // by name, and among all
				got := call{}.run(t, append([]string{"status", "-o", "json"}, args...)...)
				if diff := cmp.Diff(string(want)+"\n", got.stdout); diff != "" || got.status != 0 {
					t.Errorf("%v: status %d %s (-want +got):\n%s", args, got.status, got.stderr, diff)
				}
			}
			screen := call{}.run(t, "status", name)
			if screen.status != 0 || !strings.HasPrefix(screen.stdout, namespace+"/"+name+": ") {
				t.Error(screen)
			}
		})
	}
}

func TestStatusOfSeveral(t *testing.T) {
	env := testenv.New(t)
	kubeconfig(t, env.Config, env.Namespace)
	compare(t, "status-none.txt", strings.ReplaceAll(call{}.run(t, "status").String(), env.Namespace, "NAMESPACE"))
	for _, object := range objectsOf(t, env, "list", env.Namespace) {
		enact(t, env, []client.Object{object})
	}
	age := regexp.MustCompile(`(?m)  \S+$`) // of objects that were made just now, by another clock
	compare(t, "status-list.txt", age.ReplaceAllString(call{}.run(t, "status").String(), ""))
	everywhere := call{}.run(t, "status", "-A")
	if everywhere.status != 0 || !strings.HasPrefix(everywhere.stdout, "NAMESPACE ") || !strings.Contains(everywhere.stdout, "\n"+env.Namespace[:9]) {
		t.Error(everywhere)
	}
	decoder := json.NewDecoder(strings.NewReader(call{}.run(t, "status", "-o", "json").stdout))
	var names []string
	for decoder.More() {
		var o overview.Overview
		if err := decoder.Decode(&o); err != nil {
			t.Fatal(err)
		}
		names = append(names, o.Name)
	}
	if want := []string{"a-second-chain", "my-chain", "my-replica", "new-chain", "stale-chain"}; !slices.Equal(names, want) {
		t.Errorf("chains %v, want %v", names, want)
	}
	if got := (call{}).run(t, "__complete", "status", ""); !strings.HasPrefix(got.stdout, "a-second-chain\nmy-chain\n") {
		t.Errorf("completion: %s", got)
	}
	compare(t, "status-unknown-chain.txt", strings.ReplaceAll(call{}.run(t, "status", "my-chian").String(), env.Namespace, "NAMESPACE"))
}

// permit gives a user the rules of a role in the namespace.
func permit(t *testing.T, env *testenv.Env, user string, rules []rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Namespace: env.Namespace, Name: user}
	for _, object := range []client.Object{
		&rbacv1.Role{ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}},
		},
	} {
		if err := env.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig(t, env.User(t, user), env.Namespace)
}

// Who may see the chain alone sees it, and what is not shown. The role for viewers permits all.
func TestStatusForbidden(t *testing.T) {
	env := testenv.New(t)
	enact(t, env, objectsOf(t, env, "healthy", env.Namespace))
	kubeconfig(t, env.User(t, "passer-by"), env.Namespace)
	if got := (call{}).run(t, "status", "my-chain"); got.status != 2 || got.stdout != "" || !strings.Contains(got.stderr, "forbidden") ||
		!strings.Contains(got.stderr, "the ClusterRole opchain-viewer permits it") {
		t.Error(got)
	}

	permit(t, env, "half-viewer", []rbacv1.PolicyRule{{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"opchains"}, Verbs: []string{"get", "list"}}})
	got := call{}.run(t, "status", "my-chain")
	for _, kind := range []string{"deployments", "pods", "persistentvolumeclaims", "events"} {
		if !strings.Contains(got.stdout, "\nNOT SHOWN  not permitted to list "+kind+"\n") {
			t.Errorf("the screen does not say that %s are not shown", kind)
		}
	}
	if got.status != 0 || !strings.Contains(got.stdout, "unsafe     1204311") || !strings.Contains(got.stdout, "op-geth:v1.101702.3-rc.7") {
		t.Error(got)
	}

	var role rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict([]byte(read(t, "../../../../config/rbac/users/opchain_viewer.yaml")), &role); err != nil {
		t.Fatal(err)
	}
	permit(t, env, "viewer", role.Rules)
	got = call{}.run(t, "status", "my-chain")
	if got.status != 0 || strings.Contains(got.stdout, "NOT SHOWN") || !strings.Contains(got.stdout, "node-b") || !strings.Contains(got.stdout, "\nLAST SEEN") {
		t.Error(got)
	}
}

// A cluster without the operator says so, and nothing else.
func TestStatusWithoutOperator(t *testing.T) {
	env := testenv.New(t)
	for _, known := range []bool{false, true} { // the API server may be asked just after the resource was removed
		server := through(t, env, func(w http.ResponseWriter, req *http.Request) bool {
			switch {
			case strings.HasPrefix(req.URL.Path, "/apis/"+v1alpha1.GroupVersion.Group):
				http.NotFound(w, req)
			case req.URL.Path == "/apis" && !known:
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
			default:
				return false
			}
			return true
		})
		kubeconfig(t, &rest.Config{Host: server.URL}, env.Namespace)
		for _, args := range [][]string{{"status"}, {"status", "my-chain"}, {"status", "-A", "--watch"}} {
			got := call{}.run(t, args...)
			if got.status != 2 || got.stdout != "" || !strings.Contains(got.stderr, "the cluster does not know the kind: install the operator first") {
				t.Errorf("%v: %s", args, got)
			}
		}
	}
	kubeconfig(t, &rest.Config{Host: "http://127.0.0.1:1"}, env.Namespace)
	if got := (call{}).run(t, "status"); got.status != 2 || got.stdout != "" || !strings.Contains(got.stderr, "connection refused") {
		t.Error(got)
	}
}

func TestStatusCommandLine(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	for want, args := range map[string][]string{
		`there is no output format "wide"`: {"status", "-o", "wide"},
		"give its namespace with -n":       {"status", "my-chain", "-A"},
		"accepts at most 1 arg":            {"status", "one", "two"},
		"do you mean status?":              {"stauts"},
		"see kubectl opchain --help":       {"something"},
	} {
		if got := (call{}).run(t, args...); got.status != 2 || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%v: want %q\n%s", args, want, got)
		}
	}
}

// What is interrupted before anything was read has nothing to show.
func TestStatusInterrupted(t *testing.T) {
	env := testenv.New(t)
	kubeconfig(t, env.Config, env.Namespace)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if status := runInto(ctx, &out, "status"); status != 2 || out.String() != "error: read OPChains: interrupted\n" {
		t.Errorf("status %d: %s", status, out.String())
	}
}
