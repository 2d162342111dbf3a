// Package kubelet asks the kubelets how full volumes are. Nobody else knows: Kubernetes has it in
// no object.
package kubelet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/oplabs/op-stack-operator/pkg/redaction"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

const (
	// port is where every kubelet listens, unless its administrator said otherwise.
	port = 10250
	// path is the kubelet's summary of all pods of its node. Reading it takes the right to get
	// nodes/stats. Through the API server's proxy it would take nodes/proxy, with which one can
	// run commands in every pod.
	path = "/stats/summary"
	// deadline bounds one request.
	deadline = 5 * time.Second
	// interval is the least time between two requests to one node. Kubelets measure as often.
	interval = time.Minute
	// memory is how long a node that nobody asks about is remembered.
	memory = time.Hour
	// grace is how long a measurement counts of which its node says nothing any more: for a pod
	// that was replaced there is none at first.
	grace = 10 * time.Minute
)

// Off is in the place of a Reader where nobody wants to know.
type Off struct{}

// Usage knows nothing.
func (Off) Usage(_, _, _ string) (usage *status.Usage, why string) {
	return nil, "the operator runs with --volume-stats=false"
}

// Reader knows how full volumes are, as of the last time that it asked. It asks in the background,
// each node by itself, and only about nodes that somebody wants to know of.
type Reader struct {
	client   *http.Client
	clock    clock.PassiveClock
	port     int
	deadline time.Duration

	ctx     context.Context // of the requests, which outlive the passes that want them
	stop    context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	nodes map[netip.Addr]*node
	swept time.Time
}

// node is what is known of one node.
type node struct {
	wanted  time.Time // when somebody last asked about it
	asked   time.Time // when it was last asked
	asking  bool
	heard   bool   // it has ever answered
	why     string // it did not answer when it was last asked
	volumes map[claim]status.Usage
}

// New makes a Reader that calls as config says, and trusts the authority that config trusts: that
// of the cluster. If insecure is set it believes whoever answers at a node's address, and gives them
// the operator's token. Close ends it.
func New(config *rest.Config, insecure bool, clock clock.PassiveClock) (*Reader, error) {
	transport, err := transportOf(config, insecure)
	if err != nil {
		return nil, fmt.Errorf("prepare to ask kubelets: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Reader{
		client: &http.Client{
			Transport: transport,
			// The token is for kubelets alone, wherever they point.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		clock: clock, port: port, deadline: deadline, ctx: ctx, stop: stop, nodes: map[netip.Addr]*node{},
	}, nil
}

// transportOf takes who we are from config, and whom we trust, but nothing that is meant for the
// API server's address.
func transportOf(config *rest.Config, insecure bool) (http.RoundTripper, error) {
	config = rest.CopyConfig(config)
	config.Insecure, config.ServerName = insecure, ""
	if insecure {
		config.CAData, config.CAFile = nil, ""
	}
	trust, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, err
	}
	if trust == nil {
		trust = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	// No proxy: nodes are in the cluster. No connection is kept, since the next request is a
	// minute away.
	plain := &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	return rest.HTTPWrappersForConfig(config, plain)
}

// Close ends all requests, and none begins any more.
func (r *Reader) Close() {
	r.mu.Lock() // or one might begin while the last is waited for
	r.stop()
	r.mu.Unlock()
	r.running.Wait()
}

// Usage gives what is known of the volume of a claim, which a pod on the node of this address uses.
// It never waits. If what it knows is old, it asks the node, for the next time. Usage is nil where
// nothing is known; why says why that is, or why it is not newer.
func (r *Reader) Usage(hostIP, namespace, name string) (usage *status.Usage, why string) {
	address, err := netip.ParseAddr(hostIP)
	if err != nil || address.Zone() != "" {
		return nil, "the address of the pod's node is no IP address"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.want(address)
	if known, ok := n.volumes[claim{Namespace: namespace, Name: name}]; ok {
		usage = &known
	}
	switch {
	case n.why != "":
		return usage, n.why
	case !n.heard:
		return nil, "the kubelet was not asked yet"
	case usage == nil:
		return nil, "the kubelet does not measure the volume"
	}
	return usage, ""
}

// want gives what is known of a node, and asks it if that is due.
func (r *Reader) want(address netip.Addr) *node {
	now := r.clock.Now()
	n := r.nodes[address]
	if n == nil {
		n = &node{}
		r.nodes[address] = n
	}
	n.wanted = now
	r.sweep(now)
	if !n.asking && (n.asked.IsZero() || now.Sub(n.asked) >= interval) && r.ctx.Err() == nil {
		n.asked, n.asking = now, true
		r.running.Go(func() { r.refresh(address, n) })
	}
	return n
}

// sweep forgets the nodes that nobody asks about any more.
func (r *Reader) sweep(now time.Time) {
	if now.Sub(r.swept) < interval {
		return
	}
	r.swept = now
	for address, n := range r.nodes {
		if !n.asking && now.Sub(n.wanted) > memory {
			delete(r.nodes, address)
		}
	}
}

func (r *Reader) refresh(address netip.Addr, n *node) {
	volumes, err := r.ask(address)
	r.mu.Lock()
	defer r.mu.Unlock()
	n.asking, n.why = false, ""
	if err != nil {
		n.why = "the kubelet does not tell: " + redaction.Error(err).Error()
		return
	}
	n.heard = true
	now := r.clock.Now()
	for claim, was := range n.volumes {
		if _, ok := volumes[claim]; !ok && now.Sub(was.At) <= grace && len(volumes) < maxClaims {
			volumes[claim] = was
		}
	}
	n.volumes = volumes
}

func (r *Reader) ask(address netip.Addr) (map[claim]status.Usage, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.deadline)
	defer cancel()
	endpoint := url.URL{Scheme: "https", Host: net.JoinHostPort(address.String(), strconv.Itoa(r.port)), Path: path}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { _ = response.Body.Close() }() // it was read, or is of no use
	switch response.StatusCode {
	case http.StatusOK:
		volumes, err := decode(response.Body, r.clock.Now())
		return volumes, explain(err)
	case http.StatusUnauthorized:
		return nil, errors.New("401: it does not know the operator's service account: its webhook authentication is off")
	case http.StatusForbidden:
		return nil, errors.New("403: the operator may not get nodes/stats")
	}
	return nil, fmt.Errorf("it answers with status %d", response.StatusCode)
}

// explain says what to do where the kubelet's certificate is not one of the cluster's.
func explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	if unverified := (*tls.CertificateVerificationError)(nil); errors.As(err, &unverified) {
		return fmt.Errorf("its certificate is not of the cluster's authority (%w): see --kubelet-insecure-tls", unverified.Err)
	}
	return err
}
