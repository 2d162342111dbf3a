package controllers

import (
	"context"
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

// answers is a cluster that tells what it has, and a cache of it.
type answers struct {
	cache.Cache
	resources  []string
	err        error // of asking
	unreadable error // of filling the cache

	asked   string
	bounded bool // the question has a deadline
	filled  bool
}

func (a *answers) ServerResourcesForGroupVersionWithContext(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error) {
	a.asked = groupVersion
	_, a.bounded = ctx.Deadline()
	list := &metav1.APIResourceList{}
	for _, name := range a.resources {
		list.APIResources = append(list.APIResources, metav1.APIResource{Name: name})
	}
	return list, a.err
}

func (a *answers) GetInformer(_ context.Context, object client.Object, _ ...cache.InformerGetOption) (cache.Informer, error) {
	_, isMetadata := object.(*metav1.PartialObjectMetadata)
	a.filled = isMetadata && object.GetObjectKind().GroupVersionKind().Kind == manifests.KindPodMonitor
	return nil, a.unreadable
}

func (a *answers) RemoveInformer(context.Context, client.Object) error {
	a.filled = false
	return nil
}

func TestWhatTheClusterHas(t *testing.T) {
	t.Parallel()
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "podmonitors"}, "", errors.New("no"))
	cases := map[string]struct {
		was, want bool
		answers   answers
	}{
		"it is there":                      {want: true, answers: answers{resources: []string{"podmonitors/status", "podmonitors"}}},
		"it is still there":                {was: true, want: true, answers: answers{resources: []string{"podmonitors"}}},
		"others of its group are":          {was: true, answers: answers{resources: []string{"servicemonitors", "podmonitors/status"}}},
		"no such group":                    {was: true, answers: answers{err: apierrors.NewNotFound(schema.GroupResource{}, "")}},
		"no answer says nothing new":       {was: true, want: true, answers: answers{err: errors.New("no route")}},
		"no answer, and never was one":     {answers: answers{err: errors.New("no route")}},
		"it must not be read":              {answers: answers{resources: []string{"podmonitors"}, unreadable: forbidden}},
		"it must not be read any more":     {was: true, answers: answers{resources: []string{"podmonitors"}, unreadable: forbidden}},
		"an answer that is empty means no": {was: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := &tc.answers
			d := &Detector{discovery: cluster, cache: cluster}
			d.podMonitors.Store(tc.was)
			cluster.filled = tc.was
			d.look(t.Context())
			if got := d.has().PodMonitors; got != tc.want || cluster.filled != tc.want {
				t.Errorf("has PodMonitors: %v, want %v; in the cache: %v", got, tc.want, cluster.filled)
			}
			if cluster.asked != "monitoring.coreos.com/v1" || !cluster.bounded {
				t.Errorf("asked for %q, with a deadline: %v", cluster.asked, cluster.bounded)
			}
		})
	}
	if (*Detector)(nil).has() != (manifests.Capabilities{}) {
		t.Error("nobody asked, and yet the cluster has something")
	}
}

// A pass may lose the resource while it is looked for: what the cache holds is then as the last look
// left it, whichever of both was first.
func TestLosingPodMonitorsLeavesTheCache(t *testing.T) {
	t.Parallel()
	cluster := &answers{resources: []string{"podmonitors"}}
	d := &Detector{discovery: cluster, cache: cluster}
	d.look(t.Context())
	d.lose(t.Context())
	if d.has().PodMonitors || !cluster.filled {
		t.Errorf("has PodMonitors: %v; in the cache: %v", d.has().PodMonitors, cluster.filled)
	}
	d.look(t.Context())
	if !d.has().PodMonitors || !cluster.filled {
		t.Errorf("once it is found again: has PodMonitors: %v; in the cache: %v", d.has().PodMonitors, cluster.filled)
	}
}

// A pass that still takes the resource to be there when it is taken out of the cache must not have
// it taken in again, and wait for what never comes.
func TestReadsOfWhatIsNotCachedDoNotWait(t *testing.T) {
	t.Parallel()
	h := start(t)
	missing := &cache.ErrResourceNotCached{}
	if _, err := h.r.metadata(t.Context(), manifests.KindPodMonitor, h.Namespace, "any"); !errors.As(err, &missing) {
		t.Errorf("reading a PodMonitor without a Detector: %v", err)
	}
}
