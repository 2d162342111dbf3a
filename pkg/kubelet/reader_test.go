package kubelet

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/cert"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/oplabs/op-stack-operator/pkg/status"
)

const token = "hunter2"

// kubelet is a server that answers as one, with a certificate for 127.0.0.1 and ::1.
type kubelet struct {
	server   *httptest.Server
	requests atomic.Int32
}

func start(t *testing.T, address string, answer http.HandlerFunc) *kubelet {
	t.Helper()
	k := &kubelet{}
	k.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.requests.Add(1)
		answer(w, r)
	}))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	k.server.Listener = listener
	k.server.StartTLS()
	t.Cleanup(k.server.Close)
	return k
}

func (k *kubelet) authority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.server.Certificate().Raw})
}

func (k *kubelet) port(t *testing.T) int {
	t.Helper()
	address, err := netip.ParseAddrPort(k.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return int(address.Port())
}

// configOf is that of a pod in a cluster, whose token lies in a file.
func configOf(t *testing.T, authority []byte) *rest.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return &rest.Config{Host: "https://api.example", BearerToken: token, BearerTokenFile: file, TLSClientConfig: rest.TLSClientConfig{CAData: authority, ServerName: "api.example"}}
}

func readerOf(t *testing.T, k *kubelet, authority []byte, insecure bool) (*Reader, *clocktesting.FakePassiveClock) {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(noon)
	r, err := New(configOf(t, authority), insecure, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if r.port != 10250 || r.deadline != 5*time.Second {
		t.Errorf("asks port %d for %s", r.port, r.deadline)
	}
	r.port = k.port(t)
	r.deadline = time.Minute // a test that waits fails otherwise
	return r, clock
}

// full answers as a kubelet on whose node the volume of n/c has used of 100 bytes.
func full(used uint64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, summary(volume("n", "c", "2026-11-20T11:59:30Z", 100, 100-used)))
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for name, ip := range map[string]string{"IPv4": "127.0.0.1", "IPv6": "::1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var used atomic.Uint64
			used.Store(40)
			k := start(t, net.JoinHostPort(ip, "0"), func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Authorization"); got != "Bearer "+token {
					t.Errorf("authorization %q", got)
				}
				if r.Method != http.MethodGet || r.URL.Path != "/stats/summary" || r.URL.RawQuery != "" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				full(used.Load())(w, r)
			})
			r, clock := readerOf(t, k, k.authority(), false)
			if got, why := r.Usage(ip, "n", "c"); got != nil || why != "the kubelet was not asked yet" {
				t.Errorf("at first: %v, %q", got, why)
			}
			r.running.Wait()
			wantUsage(t, r, ip, 40, "")
			if got, why := r.Usage(ip, "n", "other"); got != nil || why != "the kubelet does not measure the volume" {
				t.Errorf("of another claim: %v, %q", got, why)
			}
			used.Store(50)
			clock.SetTime(noon.Add(interval - 1))
			wantUsage(t, r, ip, 40, "")
			r.running.Wait()
			if got := k.requests.Load(); got != 1 {
				t.Errorf("asked %d times in a minute", got)
			}
			clock.SetTime(noon.Add(interval))
			wantUsage(t, r, ip, 40, "") // of before, at once
			r.running.Wait()
			wantUsage(t, r, ip, 50, "")
			if got := k.requests.Load(); got != 2 {
				t.Errorf("asked %d times, want 2", got)
			}
		})
	}
}

func wantUsage(t *testing.T, r *Reader, ip string, used int64, wantWhy string) {
	t.Helper()
	got, why := r.Usage(ip, "n", "c")
	want := &status.Usage{Used: used, Capacity: 100, At: noon.Add(-30 * time.Second)}
	if diff := cmp.Diff(want, got); diff != "" || why != wantWhy {
		t.Errorf("Usage() (-want +got):\n%swhy: %q, want %q", diff, why, wantWhy)
	}
}

// TestUsageTrustsTheClusterAlone tells no token to one whose certificate is not of the cluster's
// authority, or not for the node's address, unless that is wanted.
func TestUsageTrustsTheClusterAlone(t *testing.T) {
	t.Parallel()
	foreign, _, err := cert.GenerateSelfSignedCertKey("127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		ip       string
		foreign  bool // the authority is another
		insecure bool
		wantWhy  string
	}{
		"an unknown authority":              {ip: "127.0.0.1", foreign: true, wantWhy: "its certificate is not of the cluster's authority (x509: certificate signed by unknown authority): see --kubelet-insecure-tls"},
		"another address":                   {ip: "127.0.0.2", wantWhy: "its certificate is not of the cluster's authority (x509: certificate is valid for 127.0.0.1, ::1, not 127.0.0.2): see --kubelet-insecure-tls"},
		"an unknown authority is all right": {ip: "127.0.0.1", foreign: true, insecure: true},
		"another address is all right":      {ip: "127.0.0.2", insecure: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, net.JoinHostPort(tc.ip, "0"), full(40))
			authority := k.authority()
			if tc.foreign {
				authority = foreign
			}
			r, _ := readerOf(t, k, authority, tc.insecure)
			r.Usage(tc.ip, "n", "c")
			r.running.Wait()
			if tc.insecure {
				wantUsage(t, r, tc.ip, 40, "")
				return
			}
			if got, why := r.Usage(tc.ip, "n", "c"); got != nil || why != "the kubelet does not tell: "+tc.wantWhy {
				t.Errorf("Usage() = %v, %q", got, why)
			}
			if got := k.requests.Load(); got != 0 {
				t.Errorf("%d requests were sent", got)
			}
		})
	}
}

// TestInsecureConfigIsNotEnough has a kubeconfig that does not verify the API server: the flag
// alone decides about kubelets.
func TestInsecureConfigIsNotEnough(t *testing.T) {
	t.Parallel()
	k := start(t, "127.0.0.1:0", full(40))
	config := configOf(t, nil)
	config.Insecure = true
	r, err := New(config, false, clocktesting.NewFakePassiveClock(noon))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	r.port = k.port(t)
	r.Usage("127.0.0.1", "n", "c")
	r.running.Wait()
	if got, why := r.Usage("127.0.0.1", "n", "c"); got != nil || !strings.Contains(why, "--kubelet-insecure-tls") || k.requests.Load() != 0 {
		t.Errorf("Usage() = %v, %q after %d requests", got, why, k.requests.Load())
	}
}

func TestUsageOfAKubeletThatDoesNotTell(t *testing.T) {
	t.Parallel()
	other := start(t, "127.0.0.1:0", full(99))
	cases := map[string]struct {
		answer  http.HandlerFunc
		wantWhy string
	}{
		"it knows nobody":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "401: it does not know the operator's service account: its webhook authentication is off"},
		"the right is missing": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "403: the operator may not get nodes/stats"},
		"it has trouble":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "it answers with status 500"},
		"it points elsewhere":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.server.URL, http.StatusFound) }, "it answers with status 302"},
		"it says nonsense":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "no") }, "read the answer: invalid character 'o' in literal null (expecting 'u')"},
		"it does not end": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"node":"`)
			for piece := []byte(strings.Repeat("x", 1<<20)); ; {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
		}, errTooLarge.Error()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			k := start(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
				if broken.Load() {
					tc.answer(w, r)
					return
				}
				full(40)(w, r)
			})
			r, clock := readerOf(t, k, k.authority(), false)
			r.Usage("127.0.0.1", "n", "c")
			r.running.Wait()
			broken.Store(true)
			clock.SetTime(noon.Add(time.Hour))
			r.Usage("127.0.0.1", "n", "c")
			r.running.Wait()
			wantUsage(t, r, "127.0.0.1", 40, "the kubelet does not tell: "+tc.wantWhy) // what was known stays known
		})
	}
	t.Cleanup(func() {
		if got := other.requests.Load(); got != 0 {
			t.Errorf("%d requests went where a kubelet pointed", got)
		}
	})
}

// TestDeadKubeletDelaysNobody asks about one node that hangs, many times, and about another.
func TestDeadKubeletDelaysNobody(t *testing.T) {
	t.Parallel()
	hanging, release := make(chan struct{}), make(chan struct{})
	k := start(t, "0.0.0.0:0", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Host, "127.0.0.2") {
			close(hanging)
			<-release
			return
		}
		full(40)(w, r)
	})
	r, clock := readerOf(t, k, k.authority(), true)
	r.Usage("127.0.0.2", "n", "c")
	<-hanging
	clock.SetTime(noon.Add(time.Hour))
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() { r.Usage("127.0.0.2", "n", "c") })
	}
	callers.Wait()
	if got := k.requests.Load(); got != 1 {
		t.Errorf("%d requests at once to one node", got)
	}
	r.mu.Lock()
	well := &node{asking: true}
	r.nodes[netip.MustParseAddr("127.0.0.1")] = well
	r.mu.Unlock()
	r.refresh(netip.MustParseAddr("127.0.0.1"), well)
	if got := well.volumes[claim{"n", "c"}]; got.Used != 40 {
		t.Errorf("the other node: %+v", got)
	}
	close(release)
	r.running.Wait()
	if got, why := r.Usage("127.0.0.2", "n", "c"); got != nil || why != "the kubelet does not tell: read the answer: EOF" {
		t.Errorf("Usage() = %v, %q", got, why)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	k := start(t, "127.0.0.1:0", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r, _ := readerOf(t, k, k.authority(), false)
	r.deadline = time.Millisecond
	r.Usage("127.0.0.1", "n", "c")
	r.running.Wait()
	if got, why := r.Usage("127.0.0.1", "n", "c"); got != nil || why != "the kubelet does not tell: no answer in time" {
		t.Errorf("Usage() = %v, %q", got, why)
	}
}

// TestCloseEndsRequests would hang if it did not.
func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	k := start(t, "127.0.0.1:0", func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	r, clock := readerOf(t, k, k.authority(), false)
	r.Usage("127.0.0.1", "n", "c")
	<-asked
	r.Close()
	clock.SetTime(noon.Add(time.Hour))
	r.Usage("127.0.0.1", "n", "c")
	r.running.Wait()
	if got := k.requests.Load(); got != 1 {
		t.Errorf("%d requests, want none after the end", got-1)
	}
}

// TestCloseWhileNodesAreWanted has passes go on while the manager ends, for the race detector.
func TestCloseWhileNodesAreWanted(t *testing.T) {
	t.Parallel()
	k := start(t, "127.0.0.1:0", full(40))
	for range 50 {
		r, _ := readerOf(t, k, k.authority(), false)
		begun := make(chan struct{})
		var pass sync.WaitGroup
		pass.Go(func() {
			close(begun)
			for i := range 50 {
				r.Usage(fmt.Sprintf("127.0.0.%d", 2+i), "n", "c")
			}
		})
		<-begun
		r.Close()
		pass.Wait()
	}
}

func TestNodesAreForgotten(t *testing.T) {
	t.Parallel()
	k := start(t, "127.0.0.1:0", full(40))
	r, clock := readerOf(t, k, k.authority(), true)
	r.Usage("127.0.0.1", "n", "c")
	r.Usage("127.0.0.9", "n", "c")
	r.running.Wait()
	for range 7 {
		clock.SetTime(clock.Now().Add(memory / 6))
		r.Usage("127.0.0.1", "n", "c")
		r.running.Wait()
	}
	if _, known := r.nodes[netip.MustParseAddr("127.0.0.1")]; !known || len(r.nodes) != 1 {
		t.Errorf("%d nodes are remembered", len(r.nodes))
	}
}

// TestReplacedPod has a kubelet that has not measured the volume for the new pod yet.
func TestReplacedPod(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	k := start(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			fmt.Fprint(w, summary())
			return
		}
		full(40)(w, r)
	})
	r, clock := readerOf(t, k, k.authority(), false)
	r.Usage("127.0.0.1", "n", "c")
	r.running.Wait()
	gone.Store(true)
	clock.SetTime(noon.Add(grace - 30*time.Second))
	r.Usage("127.0.0.1", "n", "c")
	r.running.Wait()
	wantUsage(t, r, "127.0.0.1", 40, "")
	clock.SetTime(noon.Add(grace + time.Minute))
	r.Usage("127.0.0.1", "n", "c")
	r.running.Wait()
	if got, why := r.Usage("127.0.0.1", "n", "c"); got != nil || why != "the kubelet does not measure the volume" {
		t.Errorf("Usage() = %v, %q", got, why)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	k := start(t, "127.0.0.1:0", full(40))
	r, _ := readerOf(t, k, k.authority(), true)
	for _, address := range []string{"", "localhost", "127.0.0.1:80", "127.0.0.1/x", "fe80::1%lo", "[::1]"} {
		if got, why := r.Usage(address, "n", "c"); got != nil || why != "the address of the pod's node is no IP address" {
			t.Errorf("Usage(%q) = %v, %q", address, got, why)
		}
	}
	if len(r.nodes) != 0 || k.requests.Load() != 0 {
		t.Errorf("%d nodes, %d requests", len(r.nodes), k.requests.Load())
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	if got, why := (Off{}).Usage("127.0.0.1", "n", "c"); got != nil || why != "the operator runs with --volume-stats=false" {
		t.Errorf("Usage() = %v, %q", got, why)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	config := &rest.Config{TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(t.TempDir(), "none")}}
	if _, err := New(config, false, clocktesting.NewFakePassiveClock(noon)); err == nil || !strings.HasPrefix(err.Error(), "prepare to ask kubelets: ") {
		t.Errorf("error = %v", err)
	}
}
