package testenv

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequestOf(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method, url, contentType string
		want                     Request
	}{
		"core resource of a namespace": {
			method: "POST", url: "/api/v1/namespaces/a/secrets",
			want: Request{Verb: "create", Resource: "secrets"},
		},
		"group resource of a namespace": {
			method: "GET", url: "/apis/apps/v1/namespaces/a/deployments/b",
			want: Request{Verb: "get", Resource: "deployments.apps"},
		},
		"subresource": {
			method: "PUT", url: "/apis/rollup.oplabs.io/v1alpha1/namespaces/a/opchains/b/status",
			want: Request{Verb: "update", Resource: "opchains.rollup.oplabs.io/status"},
		},
		"list over all namespaces": {
			method: "GET", url: "/apis/apps/v1/deployments?limit=500",
			want: Request{Verb: "list", Resource: "deployments.apps"},
		},
		"watch": {
			method: "GET", url: "/api/v1/secrets?watch=true",
			want: Request{Verb: "watch", Resource: "secrets"},
		},
		"server-side apply": {
			method: "PATCH", url: "/api/v1/namespaces/a/services/b?force=true", contentType: "application/apply-patch+yaml",
			want: Request{Verb: "apply", Resource: "services"},
		},
		"server-side apply in CBOR": {
			method: "PATCH", url: "/api/v1/namespaces/a/services/b", contentType: "application/apply-patch+cbor",
			want: Request{Verb: "apply", Resource: "services"},
		},
		"merge patch": {
			method: "PATCH", url: "/api/v1/namespaces/a/services/b", contentType: "application/merge-patch+json",
			want: Request{Verb: "patch", Resource: "services"},
		},
		"delete one": {
			method: "DELETE", url: "/api/v1/namespaces/a/services/b",
			want: Request{Verb: "delete", Resource: "services"},
		},
		"delete all": {
			method: "DELETE", url: "/api/v1/namespaces/a/configmaps",
			want: Request{Verb: "deletecollection", Resource: "configmaps"},
		},
		"a namespace itself": {
			method: "GET", url: "/api/v1/namespaces/a",
			want: Request{Verb: "get", Resource: "namespaces"},
		},
		"a namespace's subresource": {
			method: "PUT", url: "/api/v1/namespaces/a/finalize",
			want: Request{Verb: "update", Resource: "namespaces/finalize"},
		},
		"discovery is no resource": {
			method: "GET", url: "/apis/apps/v1",
			want: Request{Verb: "get", Resource: "/apis/apps/v1"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, c.url, http.NoBody)
			r.Header.Set("Content-Type", c.contentType)
			if diff := cmp.Diff(c.want, requestOf(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
