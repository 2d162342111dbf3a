package controllers

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// ledger remembers, chain by chain, what inputs led to which objects, so that a pass over a
// chain in which nothing changed reads no Secret, renders nothing and sends nothing. It holds
// no key and no genesis. Losing it costs one full pass.
type ledger struct {
	mu      sync.Mutex
	entries map[types.UID]entry
	named   map[types.NamespacedName]types.UID // who has or had a name
}

// entry is what is remembered of one chain.
type entry struct {
	inputs string             // what was judged, and the objects were made from
	judged preflight.Inputs   // that, as the checks know it, but for its chain
	found  preflight.Findings // what was found in it
	until  time.Time          // when that ends, because a fork comes; zero where it does not
	marks  marks              // the objects, as they were when they were right
	held   map[string]string  // the components that L1 has left as they are, and what these wait for
	helper string             // the former helper image that op-geth still has
	l1     string             // URL of L1 in what was judged; it may carry an API key

	running running // what the chain runs with; refused inputs do not change it

	// Of all inputs, and so kept when the others are replaced.
	answer answer // what L1 last said
}

// marks tell whether an object changed since.
type marks map[manifests.Key]mark

func (l *ledger) get(uid types.UID) entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries[uid]
}

func (l *ledger) remember(uid types.UID, e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = map[types.UID]entry{}
	}
	e.answer = l.entries[uid].answer
	l.entries[uid] = e
}

// hear keeps what L1 said.
func (l *ledger) hear(uid types.UID, said answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = map[types.UID]entry{}
	}
	e := l.entries[uid]
	e.answer = said
	l.entries[uid] = e
}

// meet notes who has a name, and gives whoever had it before; empty where that is nobody else.
func (l *ledger) meet(name types.NamespacedName, uid types.UID) types.UID {
	l.mu.Lock()
	defer l.mu.Unlock()
	former := l.named[name]
	if former == uid {
		return ""
	}
	if l.named == nil {
		l.named = map[types.NamespacedName]types.UID{}
	}
	l.named[name] = uid
	delete(l.entries, former)
	return former
}

// forget drops the chain of a name, and says who that was.
func (l *ledger) forget(name types.NamespacedName) types.UID {
	l.mu.Lock()
	defer l.mu.Unlock()
	uid := l.named[name]
	delete(l.entries, uid)
	delete(l.named, name)
	return uid
}

// inputs names everything that a chain's objects are made from: its spec's generation and the
// version of each Secret that it reads. generated is that of the generated Secret. What the cluster
// has shows in which objects should be there, and is no reason to ask L1 again.
func (r *OPChainReconciler) inputs(ctx context.Context, chain *v1alpha1.OPChain, generated string) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "%d", chain.Generation)
	for _, name := range config.SecretNames(chain) {
		text.WriteString(" " + name + "=")
		if name == names.Generated(chain) {
			text.WriteString(generated)
			continue
		}
		secret, err := r.metadata(ctx, manifests.KindSecret, chain.Namespace, name)
		if err != nil {
			return "", err
		}
		if secret != nil {
			text.WriteString(revisionOf(secret))
		}
	}
	return text.String(), nil
}

// revisionOf tells one version of a Secret from all others, of another Secret of its name too.
func revisionOf(secret client.Object) string {
	return string(secret.GetUID()) + "/" + secret.GetResourceVersion()
}

// settled gives the outcome of the last pass if nothing that it depends on changed since. It
// asks L1 again when that is due.
func (r *OPChainReconciler) settled(ctx context.Context, chain *v1alpha1.OPChain, inputs string) (outcome, bool) {
	was, now := r.ledger.get(chain.UID), r.Clock.Now()
	if was.inputs != inputs || !was.until.IsZero() && !now.Before(was.until) {
		return outcome{}, false
	}
	known := outcome{found: was.found, until: was.until, held: was.held}
	if !r.untouched(ctx, chain, &was, known.invalid()) {
		return outcome{}, false
	}
	if known.invalid() {
		return known, true
	}
	judged := was.judged
	judged.Chain, judged.Now = chain, now
	known.said = r.preflight(ctx, chain, inputs, &judged, was.l1)
	if len(was.held) == 0 && len(known.said.findings.Of(v1alpha1.SeverityError)) == 0 { // nothing is refused, and all was started
		return known, true
	}
	held, err := r.held(ctx, chain, &known.said)
	return known, err == nil && maps.Equal(held, was.held)
}

// untouched reports whether the chain's objects are as they were when they were right. What
// was left as it was, because the inputs are invalid or L1 refuses it, is not looked at.
func (r *OPChainReconciler) untouched(ctx context.Context, chain *v1alpha1.OPChain, was *entry, invalid bool) bool {
	wanted, unwanted := manifests.Keys(chain, r.Detector.has())
	if invalid {
		unwanted = slices.DeleteFunc(unwanted, replaced)
	}
	if !r.gone(ctx, chain, unwanted) || r.helperLost(ctx, chain, was.helper) {
		return false
	}
	for _, key := range wanted {
		if invalid || was.held[key.Component] != "" {
			continue
		}
		object, err := r.cached(ctx, key.Kind, chain.Namespace, key.Name)
		if err != nil || object == nil || markOf(object) != was.marks[key] {
			return false
		}
	}
	return true
}

// gone reports whether the chain has none of these objects any more.
func (r *OPChainReconciler) gone(ctx context.Context, chain *v1alpha1.OPChain, unwanted []manifests.Key) bool {
	for _, key := range unwanted {
		object, err := r.cached(ctx, key.Kind, chain.Namespace, key.Name)
		if err != nil || object != nil && metav1.IsControlledBy(object, chain) {
			return false
		}
	}
	return true
}

// mark changes when anything changes of an object that we may have to put back.
type mark uint64

// marked are the parts of an object that make its mark.
type marked struct {
	uid, owner          types.UID
	version             string // of what has no generation
	generation          int64
	deleted             bool
	labels, annotations uint64
}

// markOf gives the mark of an object. The status of a Deployment does not count: it moves all
// the time.
func markOf(object client.Object) mark {
	parts := marked{uid: object.GetUID(), generation: object.GetGeneration()}
	if parts.generation == 0 {
		parts.version = object.GetResourceVersion()
	} else {
		parts.deleted = object.GetDeletionTimestamp() != nil
		parts.labels, parts.annotations = sumOf(object.GetLabels()), sumOf(object.GetAnnotations())
		if owner := metav1.GetControllerOfNoCopy(object); owner != nil {
			parts.owner = owner.UID
		}
	}
	return mark(maphash.Comparable(markSeed, parts))
}

// markSeed is of this process, and so are the marks.
var markSeed = maphash.MakeSeed()

// sumOf is the same whatever the order. The revision is the Deployment controller's.
func sumOf(values map[string]string) uint64 {
	var sum uint64
	for name, value := range values {
		if name != "deployment.kubernetes.io/revision" {
			sum += maphash.Comparable(markSeed, [2]string{name, value})
		}
	}
	return sum
}

// readOnly reads from the cache without copying: what it gives must not be changed, but for
// the fields of the outermost struct.
const readOnly = client.UnsafeDisableDeepCopyOption(true)

// cached reads an object from the cache: its metadata at least, which is enough for its mark.
// It is nil where there is none. It is readOnly.
func (r *OPChainReconciler) cached(ctx context.Context, kind, namespace, name string) (client.Object, error) {
	if isMetadata(kind) {
		object, err := r.metadata(ctx, kind, namespace, name)
		if err != nil || object == nil {
			return nil, err
		}
		return object, nil
	}
	return get(ctx, r.Client, kind, namespace, name, readOnly)
}

// metadata reads the metadata of an object from the cache, as the cache has it: no write of such a
// kind is waited for, and none has the cache hold a kind that it does not. It is readOnly.
func (r *OPChainReconciler) metadata(ctx context.Context, kind, namespace, name string) (*metav1.PartialObjectMetadata, error) {
	object := metadataOf(kind)
	ofKind := object.TypeMeta
	err := r.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object, readOnly, client.DisableReadYourWritesConsistency)
	object.TypeMeta = ofKind // which is not in the cache
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // nil is the answer: there is none
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", kind, name, err)
	}
	return object, nil
}

// get reads a whole object. It is nil where there is none.
func get(ctx context.Context, from client.Reader, kind, namespace, name string, options ...client.GetOption) (client.Object, error) {
	object := kinds[kind].object()
	err := from.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object, options...)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", kind, name, err)
	}
	return object, nil
}
