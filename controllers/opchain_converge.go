package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// outcome is how far converging came.
type outcome struct {
	unread     *status.Fault          // inputs that could not be read for now
	pending    *download.PendingError // one of them is not downloaded yet
	found      preflight.Findings     // what was found in the inputs; an error refuses them
	until      time.Time              // when that ends, because a fork comes; zero where it does not
	said       answer                 // what L1 said
	held       map[string]string      // by component: why L1 has it left as it is
	notApplied *status.Fault          // an object that was not taken
	waiting    map[string]string      // by component: what must end before it can start
	err        error                  // what trying again may mend
}

// invalid reports whether a user must correct the inputs.
func (o *outcome) invalid() bool { return len(o.found.Of(v1alpha1.SeverityError)) > 0 }

// converge makes the chain's objects what they should be.
//
//  1. Nothing changed since the last time: done, without a request.
//  2. Load the inputs; a mistake in them leaves the running chain as it is, but for components
//     that are disabled: to stop one must always work.
//  3. Ask L1 whether it is as the chain needs it.
//  4. Apply what should be there, but leave what L1 refuses as it is; remove what should not.
//  5. Remember all of it, if all of it worked.
func (r *OPChainReconciler) converge(ctx context.Context, chain *v1alpha1.OPChain) outcome {
	generated, err := r.ensureGenerated(ctx, chain)
	if err != nil {
		return r.unread(ctx, chain, err)
	}
	inputs, err := r.inputs(ctx, chain, generated)
	if err != nil {
		return r.unread(ctx, chain, err)
	}
	if known, ok := r.settled(ctx, chain, inputs); ok {
		return known
	}
	loaded, err := r.Loader.Load(ctx, chain)
	if err != nil {
		return r.unread(ctx, chain, err)
	}
	result := outcome{found: loaded.Findings, until: preflight.NextChange(&loaded.Inputs)}
	remembered := entry{inputs: inputs, judged: loaded.Inputs, found: result.found, until: result.until}
	remembered.judged.Chain = nil
	if loaded.Config == nil {
		r.prune(ctx, chain, &result, replaced)
		if slices.ContainsFunc(result.found.Of(v1alpha1.SeverityError), fromElsewhere) {
			remembered.inputs = "" // which none are, so that it is looked at again
		}
		remembered.running = r.ledger.get(chain.UID).running
		r.ledger.remember(chain.UID, remembered)
		return result
	}
	remembered.l1 = loaded.Config.L1RPC
	result.said = r.preflight(ctx, chain, inputs, &loaded.Inputs, remembered.l1)
	remembered.marks, remembered.helper = r.deploy(ctx, chain, loaded.Config, &result)
	remembered.running = r.applied(ctx, chain, runningWith(loaded), result.held)
	if result.err == nil && result.notApplied == nil && len(result.waiting) == 0 {
		remembered.held = result.held
		r.ledger.remember(chain.UID, remembered)
	} else {
		r.ledger.remember(chain.UID, entry{running: remembered.running})
	}
	return result
}

// deploy applies the chain's objects, but those of components that L1 has left as they are, and
// adds to the outcome how that went.
func (r *OPChainReconciler) deploy(ctx context.Context, chain *v1alpha1.OPChain, cfg *config.Config, result *outcome) (done marks, helper string) {
	held, err := r.held(ctx, chain, &result.said)
	if err != nil {
		result.note(err)
		return nil, ""
	}
	result.held = held
	objects, helper, err := r.desired(ctx, chain, cfg)
	if err != nil {
		result.note(err)
		return nil, ""
	}
	objects = slices.DeleteFunc(objects, func(o manifests.Object) bool { return held[o.Component] != "" })
	return r.applyAll(ctx, chain, objects, result), helper
}

// unread is the outcome of a pass that could not look at the inputs, and so says nothing of them.
// A foreign Secret in the place of the generated one is why for good.
func (r *OPChainReconciler) unread(ctx context.Context, chain *v1alpha1.OPChain, err error) outcome {
	result := outcome{unread: &status.Fault{Reason: v1alpha1.ReasonReadFailed, Message: err.Error()}}
	switch {
	case errors.As(err, new(*foreignError)):
		result.unread, result.notApplied = faultOf(err), faultOf(err)
	case errors.As(err, &result.pending):
		result.unread.Reason = v1alpha1.ReasonDownloading
		if result.pending.Failed {
			result.unread.Reason = v1alpha1.ReasonDownloadFailed
		}
	default:
		result.err = err
	}
	r.prune(ctx, chain, &result, replaced)
	return result
}

// fromElsewhere reports whether a mistake may be mended where nothing wakes us: on a web server.
func fromElsewhere(mistake v1alpha1.Finding) bool {
	return mistake.Code == v1alpha1.CodeGenesisDigestMismatch
}

// desired renders the chain's objects. A new version of the operator brings a new helper image,
// and that alone must not restart op-geth: where the running Deployment is right but for the
// image of its helper, it is left as it is, as long as that helper works.
//
// It also gives the former helper image, if that is the one that op-geth keeps.
func (r *OPChainReconciler) desired(ctx context.Context, chain *v1alpha1.OPChain, cfg *config.Config) ([]manifests.Object, string, error) {
	objects, err := r.Generator.Generate(chain, cfg, r.Detector.has())
	if err != nil {
		return nil, "", err
	}
	i := gethDeployment(objects)
	if i < 0 {
		return objects, "", nil
	}
	helper, err := r.keepHelper(ctx, chain, cfg, &objects[i])
	return objects, helper, err
}

// keepHelper puts what op-geth's Deployment is in the place of what it should be, if these differ
// in the image of the helper only, and gives that image.
func (r *OPChainReconciler) keepHelper(ctx context.Context, chain *v1alpha1.OPChain, cfg *config.Config, geth *manifests.Object) (string, error) {
	have, err := r.current(ctx, manifests.KindDeployment, chain.Namespace, geth.GetName())
	if err != nil || have == nil {
		return "", err
	}
	image := manifests.HelperImage(have)
	if image == "" || image == r.Generator.Helper() || r.helperLost(ctx, chain, image) {
		return "", nil
	}
	former, err := r.Generator.WithHelper(image).Generate(chain, cfg, r.Detector.has())
	if err != nil {
		return "", err
	}
	kept := former[gethDeployment(former)]
	if same, err := matches(kept, have); err != nil || !same {
		return "", err
	}
	*geth = kept
	return image, nil
}

// gethDeployment finds op-geth's Deployment; -1 where op-geth is disabled.
func gethDeployment(objects []manifests.Object) int {
	return slices.IndexFunc(objects, func(o manifests.Object) bool {
		return o.GetKind() == manifests.KindDeployment && o.Component == names.Geth
	})
}

// helperLost reports whether a pod of op-geth hangs in the helper of a former version of the
// operator, such as one whose image is in no registry any more.
func (r *OPChainReconciler) helperLost(ctx context.Context, chain *v1alpha1.OPChain, former string) bool {
	if former == "" {
		return false
	}
	pods := &corev1.PodList{}
	err := r.List(ctx, pods, client.InNamespace(chain.Namespace), client.MatchingFields{podIndex: names.Of(chain, names.Geth)})
	return err == nil && slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool {
		return slices.ContainsFunc(pod.Status.InitContainerStatuses, func(c corev1.ContainerStatus) bool {
			return c.Name == manifests.HelperContainer && c.State.Waiting != nil && hopeless[c.State.Waiting.Reason]
		})
	})
}

// applyAll applies every object and removes those of disabled components. One that fails does
// not keep other components from being tried, but its own Deployment: a pod must not start
// with an old config, or on a volume that is not its own.
func (r *OPChainReconciler) applyAll(ctx context.Context, chain *v1alpha1.OPChain, objects []manifests.Object, result *outcome) marks {
	done, blocked := marks{}, map[string]bool{}
	result.waiting = map[string]string{}
	for component := range result.held {
		blocked[component] = true
	}
	for _, object := range objects {
		if object.GetKind() == manifests.KindDeployment && blocked[object.Component] {
			continue
		}
		mark, err := r.apply(ctx, chain, object)
		kept := (*keptError)(nil)
		blocked[object.Component] = blocked[object.Component] || err != nil && !errors.As(err, &kept)
		if wait := (*waitError)(nil); errors.As(err, &wait) {
			result.waiting[object.Component] = wait.Error()
			continue
		}
		result.note(err)
		done[manifests.Key{Kind: object.GetKind(), Name: object.GetName(), Component: object.Component}] = mark
	}
	r.prune(ctx, chain, result, func(key manifests.Key) bool { return key.Replaced && blocked[key.Component] })
	return done
}

// prune removes the objects of disabled components, and what was replaced, but what stays.
func (r *OPChainReconciler) prune(ctx context.Context, chain *v1alpha1.OPChain, result *outcome, stays func(manifests.Key) bool) {
	_, unwanted := manifests.Keys(chain, r.Detector.has())
	for _, key := range unwanted {
		if !stays(key) {
			result.note(r.remove(ctx, chain, key))
		}
	}
}

// replaced picks what pods read that were not replaced yet.
func replaced(key manifests.Key) bool { return key.Replaced }

// note keeps the first fault for the status and every error for the next try. A foreign
// object is no error: only a user can move it, and its end does not wake us, so it is looked
// at again at every poll.
func (o *outcome) note(err error) {
	if err == nil {
		return
	}
	fault := faultOf(err)
	if o.notApplied == nil {
		o.notApplied = fault
	}
	if fault.Reason != v1alpha1.ReasonForeignObject {
		o.err = errors.Join(o.err, err)
	}
}

func faultOf(err error) *status.Fault {
	if foreign := (*foreignError)(nil); errors.As(err, &foreign) {
		return &status.Fault{Reason: v1alpha1.ReasonForeignObject, Message: foreign.Error()}
	}
	return &status.Fault{Reason: v1alpha1.ReasonApplyFailed, Message: err.Error()}
}

// foreignError is an object of a name that we need and that is not ours. It is never adopted.
type foreignError struct{ message string }

func (e *foreignError) Error() string { return e.message }

func foreign(format string, args ...any) error {
	return &foreignError{message: fmt.Sprintf(format, args...)}
}

// waitError is something that must end first.
type waitError struct{ message string }

func (e *waitError) Error() string { return e.message }
