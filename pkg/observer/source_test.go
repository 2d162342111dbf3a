package observer

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A look wakes its chain, whether the queue is there already or not, and none waits for the queue.
func TestLooksWake(t *testing.T) {
	t.Parallel()
	var looked atomic.Int32
	p := newPost(t, Options{Looked: func(time.Duration) { looked.Add(1) }})
	queue := priorityqueue.New[reconcile.Request](t.Name())
	t.Cleanup(queue.ShutDown)
	want := sets.New[string]()
	for i := range 2000 {
		if i == 1000 {
			p.Wait()
			if err := p.Source().Start(t.Context(), queue); err != nil {
				t.Fatal(err)
			}
		}
		chain := target(fmt.Sprintf("chain-%d", i))
		want.Insert(chain.Key.Name)
		p.See(chain)
	}
	p.Wait()
	if n := looked.Load(); n != 2000 {
		t.Errorf("%d looks were told of", n)
	}
	got := sets.New[string]()
	for range 2000 {
		request, _ := queue.Get()
		if got.Has(request.Name) {
			t.Errorf("%s was woken twice for one look", request.Name)
		}
		got.Insert(request.Name)
		queue.Done(request)
	}
	if !got.Equal(want) || queue.Len() != 0 {
		t.Errorf("woke %d chains, and %d more times", len(got), queue.Len())
	}
}

// A chain that is woken again before anybody comes is woken once.
func TestWakesAreOne(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{})
	p.look(target("a"))
	p.tick(target("a"))
	queue := priorityqueue.New[reconcile.Request](t.Name())
	t.Cleanup(queue.ShutDown)
	if err := p.Source().Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	p.tick(target("a"))
	if n := queue.Len(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// Chains at which the deadline came leave slots for the others, and wait for theirs without
// holding what others need.
func TestSlots(t *testing.T) {
	t.Parallel()
	s := newSlots(4)
	ended, end := context.WithCancel(t.Context())
	end()
	enter := func(hung bool) func() { // waits for ever where no slot is free
		leave, err := s.enter(t.Context(), hung)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	full := func(what string, hung bool) {
		if _, err := s.enter(ended, hung); err == nil {
			t.Fatal(what)
		}
	}
	leaves := []func(){enter(true), enter(true), enter(true)}
	full("a dead chain has the last slot", true)
	leave := enter(false)
	full("there are five slots", false)
	leaves[0]()
	last := enter(false)
	full("a dead chain has a slot of the others", true)
	leave()
	enter(true)
	full("there are five slots", false)
	last()
	full("dead chains have all slots", true)
	if len(s.all) != 3 || len(s.hung) != 3 {
		t.Errorf("%d slots are taken, %d of them by dead chains, want 3 and 3", len(s.all), len(s.hung))
	}
}

// Looks at chains that hang do not keep others waiting.
func TestDeadChainsDelayNobody(t *testing.T) {
	t.Parallel()
	p := newPost(t, Options{Timeout: time.Hour, Concurrent: 8})
	p.world.gates = map[string]chan struct{}{}
	for i := range 50 {
		dead := target(fmt.Sprintf("dead-%d", i))
		p.chains[dead.UID] = &chain{hung: true} // at the look before
		p.world.gates[dead.Node] = nil
	}
	for url := range p.world.gates {
		p.world.gates[url] = make(chan struct{})
	}
	p.world.began = make(chan string)
	for i := range 50 {
		p.See(target(fmt.Sprintf("dead-%d", i)))
	}
	for range 6 { // three quarters of the slots
		<-p.world.began
	}
	for i := range 100 {
		healthy := target(fmt.Sprintf("healthy-%d", i))
		p.See(healthy)
		if url := <-p.world.began; url != healthy.Node {
			t.Fatalf("%s was looked at, want %s", url, healthy.Node)
		}
	}
}
