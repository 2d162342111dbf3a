package download

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"

	"github.com/oplabs/op-stack-operator/pkg/genesis"
	"github.com/oplabs/op-stack-operator/pkg/redaction"
)

const (
	// maxAtOnce is how many downloads run at a time: they share the operator's network and
	// processor with the chains that it looks after.
	maxAtOnce = 2
	// maxTime bounds one download: 94 MB, the largest genesis there is, in it are 50 kB/s.
	maxTime = 30 * time.Minute
	// firstRetry and lastRetry are the times until a server that failed is asked again. They
	// double in between.
	firstRetry, lastRetry = 10 * time.Second, 5 * time.Minute
	// firstRecheck and lastRecheck are the same for a server that has another file than was asked
	// for, since whoever runs it may put the right one there.
	firstRecheck, lastRecheck = time.Minute, time.Hour
	// forgotten is how long a download that nobody asks for any more goes on: a chain that waits
	// for one asks every few seconds.
	forgotten = 5 * time.Minute
	// maxKnown bounds what is remembered; past it, it starts anew.
	maxKnown = 1024
)

// PendingError means that a file is not there yet, and will be asked for again without anybody's
// doing.
type PendingError struct {
	// Message says what is waited for.
	Message string
	// Failed is set where the last try failed, and unset while one goes on.
	Failed bool
	// Queued is set where other downloads must end before this one begins.
	Queued bool
}

func (e *PendingError) Error() string { return e.Message }

// Library knows what the geneses say that lie on web servers. It downloads each in the
// background and keeps nothing of it but that. It is safe for use by many.
type Library struct {
	client *Client
	limit  int64
	clock  clock.PassiveClock

	ctx     context.Context //nolint:containedctx // of all downloads; Close ends it
	cancel  context.CancelFunc
	running sync.WaitGroup
	slots   chan struct{}

	mu    sync.Mutex
	known map[string]verdict // by digest
	tasks map[source]*task
	busy  map[string]bool // digests that are being downloaded
}

// verdict is what is known for good of a file.
type verdict struct {
	genesis *genesis.Genesis
	err     error
}

// source is a file somewhere. The same file elsewhere may be there when this one is not.
type source struct{ url, digest string }

// task is what is being done about a file that is not known yet.
type task struct {
	running  bool
	started  atomic.Bool  // has a slot
	bytes    atomic.Int64 // downloaded so far
	size     atomic.Int64 // of the file; less than 1 if that is not known
	asked    atomic.Int64 // when somebody last asked for it, in Unix seconds
	failures int
	fault    error     // of the last try
	again    time.Time // when to try again
}

// NewLibrary makes a Library that reads geneses of at most limit bytes, unpacked.
func NewLibrary(client *Client, limit int64, clk clock.PassiveClock) *Library {
	ctx, cancel := context.WithCancel(context.Background())
	return &Library{
		client: client, limit: limit, clock: clk, ctx: ctx, cancel: cancel, slots: make(chan struct{}, maxAtOnce),
		known: map[string]verdict{}, tasks: map[source]*task{}, busy: map[string]bool{},
	}
}

// Close ends all downloads and waits for their end. None begins any more.
func (l *Library) Close() {
	l.mu.Lock() // whoever begins one now is waited for
	l.cancel()
	l.mu.Unlock()
	l.running.Wait()
}

// Genesis says what the genesis at a URL says, if its file has the sha256 digest, in hexadecimal.
// It never waits. The error is a *PendingError while this is not known yet, a *DigestError where
// the file is another one, and a *ContentError where it is not a genesis.
func (l *Library) Genesis(url, digest string) (*genesis.Genesis, error) {
	from := source{url, strings.ToLower(digest)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.known[from.digest]; ok {
		return known.genesis, known.err
	}
	job := l.tasks[from]
	if job == nil {
		l.makeRoom()
		job = &task{}
		l.tasks[from] = job
	}
	job.asked.Store(l.clock.Now().Unix())
	if !job.running && !l.clock.Now().Before(job.again) && !l.busy[from.digest] && l.ctx.Err() == nil {
		l.begin(from, job)
	}
	return nil, job.state(redaction.Host(url))
}

// begin sets one try off. It takes a slot at once if there is one, so that nothing is said of
// waiting where there is nothing to wait for.
func (l *Library) begin(from source, job *task) {
	job.running, l.busy[from.digest] = true, true
	select {
	case l.slots <- struct{}{}:
		job.started.Store(true)
	default:
	}
	l.running.Go(func() { l.run(from, job) })
}

// state says how far a file is. A fault is shown until the next try brought something, and a wrong
// file until there is another one.
func (t *task) state(host string) error {
	if t.fault != nil && (t.bytes.Load() == 0 || errors.As(t.fault, new(*DigestError))) {
		return t.fault
	}
	if !t.running || !t.started.Load() {
		return &PendingError{Message: "waiting for other downloads to end before the genesis is downloaded from " + host, Queued: true}
	}
	progress := fmt.Sprintf("%d MiB so far", t.bytes.Load()>>20)
	if size := t.size.Load(); size > 0 {
		progress = fmt.Sprintf("%d of %d MiB so far", t.bytes.Load()>>20, (size+1<<20-1)>>20)
	}
	return &PendingError{Message: fmt.Sprintf("downloading the genesis from %s, %s", host, progress)}
}

// makeRoom forgets what a server was asked for and is not any more.
func (l *Library) makeRoom() {
	if len(l.known) >= maxKnown {
		clear(l.known)
	}
	if len(l.tasks) < maxKnown {
		return
	}
	for from, job := range l.tasks {
		if !job.running {
			delete(l.tasks, from)
		}
	}
}

// run makes one try.
func (l *Library) run(from source, job *task) {
	if !job.started.Load() {
		select {
		case l.slots <- struct{}{}:
			job.started.Store(true)
		case <-l.ctx.Done():
		}
	}
	found := verdict{err: context.Canceled}
	if job.started.Load() {
		if !l.isForgotten(job) {
			found = l.download(from, job)
		}
		<-l.slots
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, from.digest)
	job.running = false
	job.started.Store(false)
	job.bytes.Store(0)
	if found.err == nil || errors.As(found.err, new(*ContentError)) {
		l.known[from.digest] = found
		delete(l.tasks, from)
		return
	}
	if l.isForgotten(job) {
		delete(l.tasks, from)
		return
	}
	job.fault = found.err
	first, last := firstRecheck, lastRecheck
	if !errors.As(found.err, new(*DigestError)) {
		first, last = firstRetry, lastRetry
		job.fault = &PendingError{Message: found.err.Error() + ": it is tried again", Failed: true}
	}
	job.again = l.clock.Now().Add(min(first<<min(job.failures, 10), last))
	job.failures++
}

// isForgotten reports whether nobody wants a file any more, as of a chain that was deleted or
// changed. It must not take a slot from others.
func (l *Library) isForgotten(job *task) bool {
	return l.clock.Since(time.Unix(job.asked.Load(), 0)) > forgotten
}

// download makes one try, within its time and as long as somebody wants it.
func (l *Library) download(from source, job *task) verdict {
	ctx, cancel := context.WithTimeout(l.ctx, maxTime)
	defer cancel()
	found, err := l.client.readGenesis(ctx, from, l.limit, func(file *File, n int) {
		job.bytes.Add(int64(n))
		job.size.Store(file.Size())
		if l.isForgotten(job) {
			cancel()
		}
	})
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("download from %s: it takes longer than %s", redaction.Host(from.url), maxTime)
	}
	return verdict{found, err}
}
