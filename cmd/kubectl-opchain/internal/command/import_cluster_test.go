package command_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// kubeconfig makes the cluster and a namespace of it what commands work in.
func kubeconfig(t *testing.T, config *rest.Config, namespace string) {
	t.Helper()
	kube := clientcmdapi.NewConfig()
	kube.Clusters["test"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	kube.AuthInfos["test"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	kube.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test", Namespace: namespace}
	kube.CurrentContext = "test"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*kube, path); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", path)
}

// through puts a server between a command and the API server, with an administrator's rights. It
// passes on what answered does not answer itself.
func through(t *testing.T, env *testenv.Env, answered func(http.ResponseWriter, *http.Request) bool) *httptest.Server {
	t.Helper()
	transport, err := rest.TransportFor(env.Config)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(env.Config.Host)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport, FlushInterval: -1}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !answered(w, req) {
			proxy.ServeHTTP(w, req)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// inCluster works in a folder with a deployment, and in a namespace of a real API server.
func inCluster(t *testing.T) *testenv.Env {
	t.Helper()
	env := testenv.New(t)
	deployed(t)
	kubeconfig(t, env.Config, env.Namespace)
	return env
}

func get[T client.Object](t *testing.T, env *testenv.Env, name string, into T) T {
	t.Helper()
	if err := env.Client.Get(t.Context(), client.ObjectKey{Namespace: env.Namespace, Name: name}, into); err != nil {
		t.Fatal(err)
	}
	return into
}

// Importing twice changes nothing, and what it makes has no copy of a Secret anywhere.
func TestImportIntoCluster(t *testing.T) {
	env := inCluster(t)
	first := call{}.run(t, importing()...)
	compare(t, "import-applied.txt", strings.ReplaceAll(first.String(), env.Namespace, "NAMESPACE"))

	chain := get(t, env, "my-chain", &v1alpha1.OPChain{})
	jwt := get(t, env, "my-chain-jwt", &corev1.Secret{})
	if string(jwt.Data["jwt"]) != strings.Repeat("a7", 32) {
		t.Errorf("the JWT secret is %q", jwt.Data["jwt"])
	}
	key := get(t, env, "my-chain-batcher-key", &corev1.Secret{})
	if len(key.Annotations) > 0 || len(key.ManagedFields) != 1 || key.ManagedFields[0].Manager != "kubectl-opchain" {
		t.Errorf("annotations %v, managers %v", key.Annotations, key.ManagedFields)
	}
	if second := (call{}).run(t, importing()...); second.status != 0 {
		t.Fatal(second)
	}
	if diff := cmp.Diff(chain, get(t, env, "my-chain", &v1alpha1.OPChain{})); diff != "" {
		t.Errorf("the second import changed the chain (-first +second):\n%s", diff)
	}
	for _, secret := range []*corev1.Secret{jwt, key} {
		if again := get(t, env, secret.Name, &corev1.Secret{}); again.ResourceVersion != secret.ResourceVersion {
			t.Errorf("the second import changed %s", secret.Name)
		}
	}
}

// L1 is asked unless it shall not be: here at the endpoint that goes into a Secret.
func TestImportAsksL1(t *testing.T) {
	deployed(t)
	args := append([]string{"import", "my-chain", "--from", ".", "--beacon-ignore", "--dry-run=client", "--l1-rpc", l1(t, 11155111)}, images...)
	compare(t, "import-l1.txt", call{}.run(t, args...).String())
	got := call{env: map[string]string{"OPCHAIN_L1_RPC": l1(t, 11155111)}}.run(t, append(args[:6:6], images...)...)
	if got.status != 1 || !strings.Contains(got.stderr, " $OPCHAIN_L1_RPC ") {
		t.Error(got)
	}
}

// What was imported is valid by the Secrets of the cluster, of which nothing is shown.
func TestValidateFromCluster(t *testing.T) {
	env := inCluster(t)
	url := l1(t, 11155111)
	args := importing("--ask-l1=false")
	args[6] = url // the value of --l1-rpc
	if got := (call{}).run(t, args...); got.status != 0 {
		t.Fatal(got)
	}
	writeObjects(t, "chain.yaml", bare(t, &v1alpha1.OPChain{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "OPChain"},
		ObjectMeta: metav1.ObjectMeta{Name: "my-chain"}, Spec: get(t, env, "my-chain", &v1alpha1.OPChain{}).Spec,
	}))
	compare(t, "from-cluster.txt", call{}.run(t, "validate", "-f", "chain.yaml", "--from-cluster", "--l1-from-spec").String())

	if err := env.Client.Delete(t.Context(), get(t, env, "my-chain-rollup", &corev1.Secret{})); err != nil {
		t.Fatal(err)
	}
	missing := call{}.run(t, "validate", "-f", "chain.yaml", "--from-cluster")
	compare(t, "from-cluster-missing.txt", strings.ReplaceAll(missing.String(), env.Namespace, "NAMESPACE"))

	kubeconfig(t, env.User(t, "nobody"), env.Namespace)
	compare(t, "from-cluster-forbidden.txt", call{}.run(t, "validate", "-f", "chain.yaml", "--from-cluster").String())
	if got := (call{}).run(t, importing()...); got.status != 2 || !strings.Contains(got.stderr, `error: read Secret my-chain-`) {
		t.Error(got)
	}
}

// A Secret with other content may be in use: it is left alone unless the user says so.
func TestImportOverwritesNothing(t *testing.T) {
	env := inCluster(t)
	for name, data := range map[string]map[string][]byte{
		"my-chain-batcher-key": {"key": []byte(testenv.ProposerKey)},
		"my-chain-jwt":         {"jwt": []byte(token)},
		"my-chain-rollup":      {"rollup.json": []byte(read(t, "rollup.json"))},
	} {
		env.CreateSecrets(t, []*corev1.Secret{{ObjectMeta: metav1.ObjectMeta{Namespace: env.Namespace, Name: name}, Data: data}})
	}
	compare(t, "import-taken.txt", strings.ReplaceAll(call{}.run(t, importing()...).String(), env.Namespace, "NAMESPACE"))
	if err := env.Client.Get(t.Context(), client.ObjectKey{Namespace: env.Namespace, Name: "my-chain"}, &v1alpha1.OPChain{}); !apierrors.IsNotFound(err) {
		t.Errorf("the chain is there: %v", err)
	}

	if got := (call{}).run(t, importing("--overwrite")...); got.status != 0 {
		t.Fatal(got)
	}
	if got := get(t, env, "my-chain-batcher-key", &corev1.Secret{}); string(got.Data["key"]) != testenv.BatcherKey+"\n" {
		t.Errorf("the key was not replaced: it has %d bytes", len(got.Data["key"]))
	}
	if got := get(t, env, "my-chain-jwt", &corev1.Secret{}); string(got.Data["jwt"]) != token {
		t.Error("the JWT secret in use was replaced, though the folder has none")
	}

	write(t, "jwt", strings.Repeat("0f", 32))
	if got := (call{}).run(t, importing()...); got.status != 1 || !strings.Contains(got.stderr, "Secret my-chain-jwt exists with other content") {
		t.Error(got)
	}
}

// Where the API server refuses one object, none is written.
func TestImportIsAllOrNothing(t *testing.T) {
	env := inCluster(t)
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: env.Namespace, Name: "secrets"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "create", "patch"}}},
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: env.Namespace, Name: "secrets"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "secrets"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "keeper"}},
	}
	for _, object := range []client.Object{role, binding} {
		if err := env.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig(t, env.User(t, "keeper"), env.Namespace)
	got := call{}.run(t, importing()...)
	if got.status != 2 || got.stdout != "" || !strings.Contains(got.stderr, "apply OPChain my-chain: ") || !strings.Contains(got.stderr, "forbidden") {
		t.Error(got)
	}
	none(t, env)

	kubeconfig(t, env.Config, env.Namespace)
	if got := (call{}).run(t, importing("--dry-run=server")...); got.status != 0 || !strings.Contains(got.stdout, "opchain.rollup.oplabs.io/my-chain serverside-applied (server dry run)\n") {
		t.Error(got)
	}
	none(t, env)
}

func none(t *testing.T, env *testenv.Env) {
	t.Helper()
	var secrets corev1.SecretList
	if err := env.Client.List(t.Context(), &secrets, client.InNamespace(env.Namespace)); err != nil {
		t.Fatal(err)
	}
	for i := range secrets.Items {
		t.Errorf("Secret %s was written", secrets.Items[i].Name)
	}
}

// Fields that somebody else has changed are taken over only when the user says so.
func TestImportConflicts(t *testing.T) {
	env := inCluster(t)
	if got := (call{}).run(t, importing()...); got.status != 0 {
		t.Fatal(got)
	}
	chain := get(t, env, "my-chain", &v1alpha1.OPChain{})
	chain.Spec.Components.Node.Image = "op-node:v1.19.5"
	if err := env.Client.Update(t.Context(), chain, client.FieldOwner("somebody")); err != nil {
		t.Fatal(err)
	}
	got := call{}.run(t, importing()...)
	if got.status != 2 || !strings.Contains(got.stderr, `others have changed it`) || !strings.Contains(got.stderr, ".spec.components.node.image") ||
		!strings.Contains(got.stderr, "--force-conflicts") {
		t.Error(got)
	}
	if got := (call{}).run(t, importing("--force-conflicts")...); got.status != 0 {
		t.Error(got)
	}
	if image := get(t, env, "my-chain", &v1alpha1.OPChain{}).Spec.Components.Node.Image; image != "op-node:v1.19.6" {
		t.Errorf("image %s", image)
	}
}

// What is checked is what will be in the cluster: a field that the import does not set counts, too.
func TestImportChecksWhatOthersSet(t *testing.T) {
	env := inCluster(t)
	if got := (call{}).run(t, importing()...); got.status != 0 {
		t.Fatal(got)
	}
	chain := get(t, env, "my-chain", &v1alpha1.OPChain{})
	chain.Spec.L1.ChainConfigSecret = "nowhere"
	if err := env.Client.Update(t.Context(), chain, client.FieldOwner("somebody")); err != nil {
		t.Fatal(err)
	}
	got := call{}.run(t, importing()...)
	if got.status != 1 || !strings.Contains(got.stderr, "SecretNotFound") || !strings.Contains(got.stderr, "nowhere") {
		t.Error(got)
	}
}

// The namespace is that of the kubeconfig, or the one that the command line says; a cluster
// that is not there is an error.
func TestImportWithoutCluster(t *testing.T) {
	deployed(t)
	kubeconfig(t, &rest.Config{Host: "http://127.0.0.1:1"}, "from-context")
	_, chain := objects(t, importing()...)
	if chain.Namespace != "from-context" {
		t.Errorf("namespace %s", chain.Namespace)
	}
	got := call{}.run(t, importing()...)
	if got.status != 2 || got.stdout != "" {
		t.Error(got)
	}
	if err := os.WriteFile(os.Getenv("KUBECONFIG"), []byte("users: 5"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{importing("--dry-run=client"), {"validate", "-f", "-"}} {
		chain := fmt.Sprintf("apiVersion: %s\nkind: OPChain\n", v1alpha1.GroupVersion)
		if got := (call{stdin: chain}).run(t, args...); got.status != 2 || !strings.Contains(got.stderr, "read kubeconfig") {
			t.Error(got)
		}
	}
}

// What is replaced is replaced as a whole: a key that was left would make another Secret than the one
// that was checked. kubectl's copy of the former content goes, too.
func TestOverwriteLeavesNothing(t *testing.T) {
	env := inCluster(t)
	env.CreateSecrets(t, []*corev1.Secret{
		{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: env.Namespace, Name: "my-chain-genesis", Labels: map[string]string{"team": "a"},
				Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "{}", "note": "kept"},
			},
			Data: map[string][]byte{"genesis.json": []byte(read(t, "genesis.json"))},
		},
	})
	for _, args := range [][]string{importing("--overwrite", "--dry-run=server"), importing("--overwrite"), importing()} {
		got := call{}.run(t, args...)
		if got.status != 0 {
			t.Fatal(got)
		}
		secret := get(t, env, "my-chain-genesis", &corev1.Secret{})
		if dry := len(args) > len(importing("--overwrite")); dry {
			if len(secret.Data["genesis.json"]) == 0 {
				t.Error("the dry run wrote")
			}
			continue
		}
		if len(secret.Data) != 1 || len(secret.Data["genesis.json.gz"]) == 0 {
			t.Errorf("the Secret has %d keys", len(secret.Data))
		}
		if diff := cmp.Diff(map[string]string{"note": "kept"}, secret.Annotations); diff != "" || secret.Labels["team"] != "a" || secret.Labels["app.kubernetes.io/instance"] != "my-chain" {
			t.Errorf("labels %v, annotations (-want +has):\n%s", secret.Labels, diff)
		}
	}
}

// When the API server takes back what it said, the user learns what is in the cluster by then.
func TestImportTellsWhatWasApplied(t *testing.T) {
	env := inCluster(t)
	server := through(t, env, func(w http.ResponseWriter, req *http.Request) bool {
		refused := req.Method == http.MethodPatch && req.URL.Query().Get("dryRun") == "" && strings.HasSuffix(req.URL.Path, "/my-chain-l1")
		if refused {
			w.WriteHeader(http.StatusForbidden)
		}
		return refused
	})
	kubeconfig(t, &rest.Config{Host: server.URL}, env.Namespace)
	got := call{}.run(t, importing()...)
	if got.status != 2 || !strings.Contains(got.stderr, "error: apply Secret my-chain-l1: ") ||
		!strings.Contains(got.stderr, ": applied by then: Secret my-chain-genesis, Secret my-chain-rollup, Secret my-chain-batcher-key, Secret my-chain-proposer-key, Secret my-chain-jwt: ") {
		t.Error(got)
	}
	get(t, env, "my-chain-jwt", &corev1.Secret{})
}
