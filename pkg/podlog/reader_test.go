package podlog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// readerOf gives a Reader whose API server answers so.
func readerOf(t *testing.T, answer http.HandlerFunc) *Reader {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	pods, err := corev1client.NewForConfig(&rest.Config{Host: server.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	return NewReader(pods)
}

func TestRead(t *testing.T) {
	t.Parallel()
	var asked []url.URL
	reader := readerOf(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, *r.URL)
		fmt.Fprint(w, "Fatal: no\n")
	})
	for _, previous := range []bool{true, false} {
		got, err := reader.Read(t.Context(), "rollups", "alpha-op-node-0", "op-node", previous)
		if err != nil || string(got) != "Fatal: no\n" {
			t.Errorf("Read() = %q, %v", got, err)
		}
	}
	want := []url.Values{
		{"container": {"op-node"}, "previous": {"true"}, "tailLines": {"100"}, "limitBytes": {"65536"}},
		{"container": {"op-node"}, "tailLines": {"100"}, "limitBytes": {"65536"}},
	}
	for i, u := range asked {
		if u.Path != "/api/v1/namespaces/rollups/pods/alpha-op-node-0/log" {
			t.Errorf("asked %s", u.Path)
		}
		if diff := cmp.Diff(want[i], u.Query()); diff != "" {
			t.Errorf("query (-want +got):\n%s", diff)
		}
	}
	if len(asked) != len(want) {
		t.Errorf("asked %d times, want %d", len(asked), len(want))
	}
}

// TestReadOfLongLines has lines so long that the limit takes the last of them away.
func TestReadOfLongLines(t *testing.T) {
	t.Parallel()
	reader := readerOf(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("tailLines") == "10" {
			fmt.Fprint(w, "the end")
			return
		}
		fmt.Fprint(w, strings.Repeat("x", maxBytes))
	})
	if got, err := reader.Read(t.Context(), "rollups", "pod", "c", true); err != nil || string(got) != "the end" {
		t.Errorf("Read() = %d bytes, %v", len(got), err)
	}
}

// TestReadIsBounded has a server that does not keep to the limit.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	reader := readerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 3*maxBytes))
	})
	if got, err := reader.Read(t.Context(), "rollups", "pod", "c", true); err != nil || len(got) != maxBytes {
		t.Errorf("Read() = %d bytes, %v", len(got), err)
	}
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	const refusal = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"pods \"pod\" is forbidden","code":403}`
	refusing := readerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, refusal)
	})
	if _, err := refusing.Read(t.Context(), "rollups", "pod", "c", true); !apierrors.IsForbidden(err) {
		t.Errorf("error = %v, want that it is forbidden", err)
	}
	asked := make(chan struct{})
	silent := readerOf(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := silent.Read(ctx, "rollups", "pod", "c", true); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
}
