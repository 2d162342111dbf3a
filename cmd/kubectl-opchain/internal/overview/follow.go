package overview

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/vigil"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Follow are the sources of changes of what a query reads: chains, and unless it is brief, their
// pods and events. Claims and Deployments change seldom, and their pods with them.
func (q *Query) Follow(from client.WithWatch) []vigil.Source {
	var named []client.ListOption
	if q.Name != "" {
		named = append(named, client.MatchingFields{"metadata.name": q.Name})
	}
	sources := []vigil.Source{q.follow(from, &v1alpha1.OPChainList{}, named...)}
	if q.Briefly {
		return sources
	}
	return append(sources, q.follow(from, &corev1.PodList{}, q.owned()), q.follow(from, &eventsv1.EventList{}, q.regarding()))
}

// owned picks what the operator made for the chains.
func (q *Query) owned() client.MatchingLabels {
	labels := client.MatchingLabels{names.LabelManagedBy: names.Manager}
	if q.Name != "" {
		labels[names.LabelInstance] = q.Name
	}
	return labels
}

// follow watches one kind, for as long as the API server lets it. Something may have changed
// before each time, so that counts as a change.
func (q *Query) follow(from client.WithWatch, kind client.ObjectList, options ...client.ListOption) vigil.Source {
	return func(ctx context.Context, changed func()) (useless bool) {
		list, ok := kind.DeepCopyObject().(client.ObjectList)
		if !ok {
			return true
		}
		watching, err := from.Watch(ctx, list, append(options, client.InNamespace(q.Namespace))...)
		if err != nil {
			return apierrors.IsForbidden(err)
		}
		defer watching.Stop()
		changed()
		for event := range watching.ResultChan() {
			if event.Type == watch.Error {
				return false
			}
			changed()
		}
		return false
	}
}
