package observer

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Source wakes a chain after every look at it, so that what the look found is reported.
func (o *Observer) Source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		o.waker.connect(queue)
		return nil
	})
}

// waker wakes chains by the controller's queue, which takes any number without waiting and holds
// each of them once. Until it has the queue, it does so itself.
type waker struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	early map[types.NamespacedName]bool
}

func (w *waker) connect(queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = queue
	for key := range w.early {
		queue.Add(reconcile.Request{NamespacedName: key})
	}
	w.early = nil
}

func (w *waker) wake(key types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue != nil {
		w.queue.Add(reconcile.Request{NamespacedName: key})
		return
	}
	if w.early == nil {
		w.early = map[types.NamespacedName]bool{}
	}
	w.early[key] = true
}
