// Package testenv gives tests a real kube-apiserver and etcd with the OPChain resource
// installed. The server has no controllers: nothing creates pods and nothing collects
// garbage.
//
// A package that wants one hands its TestMain over:
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
//
// and each test asks for its own namespace on the server they share:
//
//	env := testenv.New(t)
package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// startTimeout bounds the start of one program. Compilers and other packages' servers
// compete for the processor while tests start.
const startTimeout = 2 * time.Minute

// Env is one test's view of the API server.
type Env struct {
	// Config is an administrator's. It does not limit its rate of requests.
	Config *rest.Config
	// Client reads and writes directly, without a cache.
	Client client.Client
	// Scheme knows client-go's types and v1alpha1.
	Scheme *runtime.Scheme
	// Namespace exists and is used by no other test.
	Namespace string
}

// server is the one API server of a test binary.
type server struct {
	sync.Mutex
	managed bool // Main will stop it
	env     *envtest.Environment
	config  *rest.Config
	err     error
}

var shared server

// Main runs a package's tests and stops the API server after them. It does not return.
// The server starts when the first test asks for it, so tests without one stay fast.
func Main(m *testing.M) {
	shared.managed = true
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		finish(1)
	}()
	finish(m.Run())
}

// finish stops the API server and ends the test binary.
func finish(code int) {
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// New returns the package's API server, started if need be, with a fresh namespace.
func New(tb testing.TB) *Env {
	tb.Helper()
	if !shared.managed {
		tb.Fatal("testenv.New needs a TestMain that calls testenv.Main, or the API server would outlive the tests")
	}
	config, err := shared.start()
	if err != nil {
		tb.Fatalf("start the API server: %v", err)
	}
	scheme := NewScheme()
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		tb.Fatalf("make a client: %v", err)
	}
	env := &Env{Config: rest.CopyConfig(config), Client: c, Scheme: scheme}
	env.Namespace = env.NewNamespace(tb)
	return env
}

// NewScheme returns a scheme with client-go's types and v1alpha1.
func NewScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err) // two types of one name: a mistake in the program
		}
	}
	return scheme
}

// NewNamespace creates another namespace. It is not deleted, because the server has no
// controller that would finish a deletion; the server does not outlive the tests.
func (e *Env) NewNamespace(tb testing.TB) string {
	tb.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: namespacePrefix(tb.Name())}}
	if err := e.Client.Create(tb.Context(), ns); err != nil {
		tb.Fatalf("create a namespace: %v", err)
	}
	return ns.Name
}

// User returns a client config for a user without any permission but what RBAC objects
// give to it or to its groups.
func (e *Env) User(tb testing.TB, name string, groups ...string) *rest.Config {
	tb.Helper()
	user, err := shared.env.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		tb.Fatalf("add user %s: %v", name, err)
	}
	config := user.Config()
	config.QPS = -1
	return config
}

func (s *server) start() (*rest.Config, error) {
	s.Lock()
	defer s.Unlock()
	if s.env != nil || s.err != nil {
		return s.config, s.err
	}
	s.config, s.err = s.startLocked()
	return s.config, s.err
}

func (s *server) startLocked() (*rest.Config, error) {
	ctrl.SetLogger(logr.Discard())
	root, err := Root()
	if err != nil {
		return nil, err
	}
	assets, err := Assets(context.Background())
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		BinaryAssetsDirectory:    assets,
		CRDDirectoryPaths:        []string{filepath.Join(root, "config", "crd")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  startTimeout,
	}
	// Envtest's own range has 254 addresses, and no Service is ever deleted with its namespace.
	env.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	config, err := env.Start()
	if err != nil {
		// A server that did come up, with a resource that it refused, must go again.
		return nil, errors.Join(err, env.Stop())
	}
	config.QPS = -1
	s.env = env
	return config, nil
}

func (s *server) stop() error {
	s.Lock()
	defer s.Unlock()
	if s.env == nil {
		return nil
	}
	return s.env.Stop()
}

// namespacePrefix turns a test's name into the beginning of a namespace's name.
func namespacePrefix(test string) string {
	name := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, strings.ToLower(test))
	return strings.Trim(name[:min(len(name), 40)], "-") + "-"
}
