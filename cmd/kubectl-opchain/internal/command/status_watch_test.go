package command_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/command"
	"github.com/oplabs/op-stack-operator/internal/testenv"
)

// runInto runs a command line that writes both of its streams to one place.
func runInto(ctx context.Context, out io.Writer, args ...string) int {
	return command.Run(ctx, args, &command.Environment{
		Streams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: out, ErrOut: out},
		Getenv:  func(string) string { return "" }, Clock: clocktesting.NewFakePassiveClock(now),
	})
}

// watched is a command that watches.
type watched struct {
	writes chan string
	status chan int
	cancel context.CancelFunc
}

// Write hands on what the command wrote, each piece by itself.
func (w *watched) Write(data []byte) (int, error) {
	w.writes <- string(bytes.Clone(data))
	return len(data), nil
}

func watching(t *testing.T, args ...string) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watched{writes: make(chan string, 64), status: make(chan int, 1), cancel: cancel}
	go func() { w.status <- runInto(ctx, w, args...) }()
	return w
}

// until waits for a piece that has a text, and gives it.
func (w *watched) until(t *testing.T, text string) string {
	t.Helper()
	var before []string
	for {
		select {
		case piece := <-w.writes:
			if strings.Contains(piece, text) {
				return piece
			}
			before = append(before, piece)
		case status := <-w.status:
			t.Fatalf("it ended with status %d, before %q:\n%s", status, text, strings.Join(before, "\n"))
		case <-t.Context().Done():
			t.Fatalf("it never wrote %q:\n%s", text, strings.Join(before, "\n"))
		}
	}
}

// ends interrupts it, as Ctrl-C does.
func (w *watched) ends(t *testing.T) {
	t.Helper()
	w.cancel()
	if status := <-w.status; status != 0 {
		t.Errorf("it ended with status %d", status)
	}
}

// change changes the status of an object.
func change[T client.Object](t *testing.T, env *testenv.Env, object T, how func(T)) {
	t.Helper()
	if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Fatal(err)
	}
	how(object)
	if err := env.Client.Status().Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// It is shown again when the chain, or a pod, or an event changes; nothing is erased where there
// is no terminal.
func TestStatusWatch(t *testing.T) {
	env := testenv.New(t)
	kubeconfig(t, env.Config, env.Namespace)
	objects := objectsOf(t, env, "healthy", env.Namespace)
	enact(t, env, objects)
	chain := objects[0].(*v1alpha1.OPChain)
	w := watching(t, "status", "my-chain", "--watch")
	first := w.until(t, "/my-chain: Running")
	if strings.Contains(first, "--- ") || strings.Contains(first, "\x1b") {
		t.Errorf("the first screen has more than a screen: %q", first)
	}
	change(t, env, chain, func(c *v1alpha1.OPChain) { c.Status.Phase = v1alpha1.PhaseDegraded })
	if second := w.until(t, "/my-chain: Degraded"); !strings.HasPrefix(second, "--- 2026-11-22T12:00:00Z\n") {
		t.Errorf("the second screen is not set off: %q", second)
	}
	for _, object := range objects {
		if pod, ok := object.(*corev1.Pod); ok && strings.Contains(pod.Name, "op-node") {
			change(t, env, pod, func(p *corev1.Pod) { p.Status.ContainerStatuses[0].RestartCount = 77 })
		}
	}
	w.until(t, " 77 ")
	w.ends(t)
}

// The list is watched, too, and as documents each change is one.
func TestStatusWatchAll(t *testing.T) {
	env := testenv.New(t)
	kubeconfig(t, env.Config, env.Namespace)
	list, documents := watching(t, "status", "-w"), watching(t, "status", "-w", "-o", "yaml")
	list.until(t, "there is no OPChain in namespace "+env.Namespace)
	objects := objectsOf(t, env, "healthy", env.Namespace)[:1]
	enact(t, env, objects)
	list.until(t, "my-chain")
	if document := documents.until(t, "phase: Running"); !strings.HasPrefix(document, "---\naccounts:") {
		t.Errorf("no document: %q", document)
	}
	list.ends(t)
	documents.ends(t)
}

// A chain that is deleted while it is watched ends the watch, and that is no error.
func TestStatusWatchDeleted(t *testing.T) {
	env := testenv.New(t)
	kubeconfig(t, env.Config, env.Namespace)
	objects := objectsOf(t, env, "nothing-known", env.Namespace)
	enact(t, env, objects)
	w := watching(t, "status", "my-chain", "--watch")
	w.until(t, "/my-chain: not known yet")
	if err := env.Client.Delete(t.Context(), objects[0]); err != nil {
		t.Fatal(err)
	}
	w.until(t, "OPChain my-chain is deleted\n")
	if status := <-w.status; status != 0 {
		t.Errorf("status %d", status)
	}
}

// An API server that goes away is waited for.
func TestStatusWatchReconnects(t *testing.T) {
	env := testenv.New(t)
	var away atomic.Bool
	server := through(t, env, func(w http.ResponseWriter, _ *http.Request) bool {
		if away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return away.Load()
	})
	kubeconfig(t, &rest.Config{Host: server.URL}, env.Namespace)
	objects := objectsOf(t, env, "healthy", env.Namespace)
	enact(t, env, objects)
	w := watching(t, "status", "my-chain", "--watch")
	w.until(t, "/my-chain: Running")
	change(t, env, objects[0].(*v1alpha1.OPChain), func(c *v1alpha1.OPChain) { c.Status.Phase = v1alpha1.PhaseDeploying })
	w.until(t, "/my-chain: Deploying") // so that all watches stand
	away.Store(true)
	server.CloseClientConnections()
	change(t, env, objects[0].(*v1alpha1.OPChain), func(c *v1alpha1.OPChain) { c.Status.Phase = v1alpha1.PhaseDegraded })
	away.Store(false)
	w.until(t, "/my-chain: Degraded")
	w.ends(t)
}
