package controllers

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/oplabs/op-stack-operator/pkg/manifests"
)

const (
	// detectInterval is the time between two times that the cluster is asked what it has.
	detectInterval = 5 * time.Minute
	// askTimeout is how long the API server may take to tell what it has, before which no pass begins.
	askTimeout = 10 * time.Second
	// fillTimeout is how long the cache may take to read the PodMonitors of the cluster.
	fillTimeout = 20 * time.Second
)

// Detector knows what the cluster has beside Kubernetes' own resources. It asks in the background:
// a pass over a chain asks nobody, and never waits for a cache that cannot be filled.
type Detector struct {
	discovery asker
	cache     cache.Cache
	// Interval is the time between two times that the cluster is asked.
	Interval time.Duration

	podMonitors atomic.Bool
}

// asker asks the API server for the resources of a group and version.
type asker interface {
	ServerResourcesForGroupVersionWithContext(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error)
}

// NewDetector makes a Detector of the manager's cluster.
func NewDetector(mgr ctrl.Manager) (*Detector, error) {
	asking, err := discovery.NewDiscoveryClientForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make discovery client: %w", err)
	}
	return &Detector{discovery: asking, cache: mgr.GetCache(), Interval: detectInterval}, nil
}

// Start is a source's, and wakes nobody: chains see at their next pass what changed. It returns
// once it has asked, so that the first passes know, and asks again until ctx is done.
func (d *Detector) Start(ctx context.Context, _ workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	d.look(ctx)
	go func() {
		ticker := time.NewTicker(d.Interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				d.look(ctx)
			}
		}
	}()
	return nil
}

// has is what the cluster has, as it was last found. Without a Detector it has nothing.
func (d *Detector) has() manifests.Capabilities {
	return manifests.Capabilities{PodMonitors: d != nil && d.podMonitors.Load()}
}

// look asks the cluster. Without an answer, what was found before stays true. PodMonitors that may
// not be read are none: nothing could be done with them.
func (d *Detector) look(ctx context.Context) {
	log := ctrl.LoggerFrom(ctx).WithName("detector")
	there, err := d.finds(ctx, monitoringv1.SchemeGroupVersion.String(), monitoringv1.PodMonitorName)
	if err != nil {
		log.Info("Could not ask what the cluster has", "error", err.Error())
		return
	}
	if there {
		if err := d.fill(ctx); err != nil {
			log.Info("Could not read PodMonitors, makes none", "error", err.Error())
			there = false
		}
	}
	if d.podMonitors.Swap(there) != there {
		log.Info("Found out whether the cluster has PodMonitors", "present", there)
	}
	if !there {
		d.empty(ctx)
	}
}

func (d *Detector) finds(ctx context.Context, groupVersion, resource string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	list, err := d.discovery.ServerResourcesForGroupVersionWithContext(ctx, groupVersion)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == resource }), nil
}

// lose takes PodMonitors for gone, until the cluster is asked again: the API server knew of none.
// What the cache holds is left to look, which alone fills it.
func (d *Detector) lose(ctx context.Context) {
	if d.podMonitors.Swap(false) {
		ctrl.LoggerFrom(ctx).Info("The cluster has no PodMonitors any more")
	}
}

// fill has the cache hold PodMonitors, by their metadata.
func (d *Detector) fill(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	_, err := d.cache.GetInformer(ctx, metadataOf(manifests.KindPodMonitor))
	return err
}

// empty has the cache hold none, which would otherwise ask for them for ever.
func (d *Detector) empty(ctx context.Context) {
	if err := d.cache.RemoveInformer(ctx, metadataOf(manifests.KindPodMonitor)); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not take PodMonitors out of the cache")
	}
}
