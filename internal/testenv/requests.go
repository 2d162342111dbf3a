package testenv

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
)

// Request is a kind of request, as RBAC names it.
type Request struct {
	// Verb is get, list, watch, create, update, patch, apply, delete or
	// deletecollection. RBAC sees an apply as a patch.
	Verb string
	// Resource is the plural, with its group and subresource where it has one:
	// secrets, deployments.apps, opchains.rollup.oplabs.io/status.
	Resource string
}

// IsWrite reports whether the request changes anything.
func (r Request) IsWrite() bool { return r.Verb != "get" && r.Verb != "list" && r.Verb != "watch" }

// Requests counts the requests that clients send. It may be used while they do.
type Requests struct {
	mu    sync.Mutex
	count map[Request]int
}

// CountWrites returns a copy of a config whose clients' requests are counted, writes and
// reads alike.
func CountWrites(config *rest.Config) (*rest.Config, *Requests) {
	requests := &Requests{count: map[Request]int{}}
	counted := rest.CopyConfig(config)
	counted.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return counter{next: next, requests: requests}
	})
	return counted, requests
}

// Writes returns how often each kind of write was sent.
func (r *Requests) Writes() map[Request]int {
	writes := r.All()
	maps.DeleteFunc(writes, func(request Request, _ int) bool { return !request.IsWrite() })
	return writes
}

// WriteCount returns how many writes were sent.
func (r *Requests) WriteCount() int { return sum(r.Writes()) }

// All returns how often each kind of request was sent.
func (r *Requests) All() map[Request]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.count)
}

// Total returns how many requests were sent.
func (r *Requests) Total() int { return sum(r.All()) }

// Reset starts counting anew.
func (r *Requests) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.count)
}

// String lists the requests, a line each, in a fixed order.
func (r *Requests) String() string {
	var lines []string
	for request, n := range r.All() {
		lines = append(lines, fmt.Sprintf("%s %s: %d", request.Verb, request.Resource, n))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (r *Requests) add(request Request, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count[request] += n
	if r.count[request] <= 0 {
		delete(r.count, request)
	}
}

func sum(counts map[Request]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

type counter struct {
	next     http.RoundTripper
	requests *Requests
}

// RoundTrip counts the request and sends it, in this order: who sees what a request did sees
// it counted. It takes back the count of one that the API server was too busy to look at (as
// it is for a moment after a CRD was installed): the client sends that again.
func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	request := requestOf(r)
	c.requests.add(request, 1)
	response, err := c.next.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusTooManyRequests {
		c.requests.add(request, -1)
	}
	return response, err
}

// requestOf names a request as the API server would. A path that is not a resource's,
// such as /version, is its own resource.
func requestOf(r *http.Request) Request {
	group, rest, ok := cutGroup(strings.Split(strings.Trim(r.URL.Path, "/"), "/"))
	if !ok {
		return Request{Verb: strings.ToLower(r.Method), Resource: r.URL.Path}
	}
	// Only a namespaced resource has more than a name and a subresource after its
	// namespace; /namespaces/{name} and /namespaces/{name}/status are the namespace's own.
	if rest[0] == "namespaces" && len(rest) > 2 && rest[2] != "status" && rest[2] != "finalize" {
		rest = rest[2:]
	}
	resource, named := rest[0], len(rest) > 1
	if group != "" {
		resource += "." + group
	}
	if len(rest) > 2 {
		resource += "/" + strings.Join(rest[2:], "/")
	}
	return Request{Verb: verbOf(r, named), Resource: resource}
}

// cutGroup splits /api/v1/… and /apis/{group}/{version}/… into group and rest.
func cutGroup(path []string) (group string, rest []string, ok bool) {
	switch {
	case len(path) > 2 && path[0] == "api":
		return "", path[2:], true
	case len(path) > 3 && path[0] == "apis":
		return path[1], path[3:], true
	}
	return "", nil, false
}

func verbOf(r *http.Request, named bool) string {
	switch r.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/apply-patch") {
			return "apply"
		}
		return "patch"
	case http.MethodDelete:
		if !named {
			return "deletecollection"
		}
		return "delete"
	}
	switch {
	case r.URL.Query().Get("watch") == "true" || r.URL.Query().Get("watch") == "1":
		return "watch"
	case named:
		return "get"
	}
	return "list"
}
