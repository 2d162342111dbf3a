package controllers

import (
	"net/http"
	"sync"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// NewMapper makes the mapper that a manager should have: a cache that is confined to
// namespaces asks it at every read, and 25 API groups are searched for every answer. It knows
// PodMonitors although the cluster may have none yet, or the cache could not be told of them.
func NewMapper(config *rest.Config, client *http.Client) (meta.RESTMapper, error) {
	mapper, err := apiutil.NewDynamicRESTMapper(config, client)
	remembering := &rememberingMapper{RESTMapper: mapper}
	kind := monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PodMonitorsKind)
	remembering.known.Store(kind, &meta.RESTMapping{
		Resource:         monitoringv1.SchemeGroupVersion.WithResource(monitoringv1.PodMonitorName),
		GroupVersionKind: kind,
		Scope:            meta.RESTScopeNamespace,
	})
	return remembering, err
}

// rememberingMapper remembers how kinds are mapped. What it remembers stays true: a version
// of a kind never gets another scope or another name.
type rememberingMapper struct {
	meta.RESTMapper
	known sync.Map // *meta.RESTMapping by schema.GroupVersionKind
}

// RESTMapping is meta.RESTMapper's.
func (m *rememberingMapper) RESTMapping(kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	if len(versions) != 1 {
		return m.RESTMapper.RESTMapping(kind, versions...)
	}
	if mapping, ok := m.known.Load(kind.WithVersion(versions[0])); ok {
		return mapping.(*meta.RESTMapping), nil //nolint:errcheck,forcetypeassert // nothing else is stored
	}
	mapping, err := m.RESTMapper.RESTMapping(kind, versions...)
	if err == nil {
		m.known.Store(kind.WithVersion(versions[0]), mapping)
	}
	return mapping, err
}
