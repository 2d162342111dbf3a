package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Next is the status of the chain after an observation.
//
//  1. Judge the inputs, L1 and the services, each by itself.
//  2. List what was found, and carry heights, times and balances on.
//  3. Judge by these how the chain itself fares.
//  4. Sum up: Ready, Reconciling, Stalled, and the phase from all of it.
func Next(chain *v1alpha1.OPChain, seen Observation, now time.Time) v1alpha1.OPChainStatus {
	next := *chain.Status.DeepCopy()
	next.ObservedGeneration = chain.Generation
	set := func(conditions ...metav1.Condition) {
		for _, condition := range conditions {
			condition.ObservedGeneration = chain.Generation
			condition.LastTransitionTime = metav1.NewTime(now)
			condition.Message = bounded(condition.Message, maxMessage)
			meta.SetStatusCondition(&next.Conditions, condition)
		}
	}
	config, l1, services := configurationValid(next.Conditions, seen), preflightPassed(next.Conditions, seen), servicesReady(seen)
	set(config, l1, services)
	if config.Status == metav1.ConditionTrue && !seen.Deleting && deployed(seen) {
		next.L1ContractAddresses = chain.Spec.L1.ContractAddresses.DeepCopy()
	}
	next.Preflight = preflightStatus(next.Preflight, seen)
	health := healthOf(chain, &next, &seen, now)
	dropStale(&next.Conditions, &chain.Spec, seen.Deleting)
	set(health...)
	set(summaries(seen, config, l1, services, health)...)
	next.Phase = phase(seen, config, l1, services, health)
	return next
}

// configurationValid judges the inputs. Deletion does not read them, so it leaves the judgement
// that was.
func configurationValid(was []metav1.Condition, seen Observation) metav1.Condition {
	condition := metav1.Condition{Type: v1alpha1.ConditionConfigurationValid}
	mistakes := seen.Inputs.Of(v1alpha1.SeverityError)
	switch {
	case seen.Deleting:
		return leftAlone(was, condition.Type)
	case seen.Unread != nil:
		return with(condition, metav1.ConditionUnknown, *seen.Unread)
	case len(mistakes) > 0:
		return with(condition, metav1.ConditionFalse, Fault{string(mistakes[0].Code), sentences(mistakes, maxMessage)})
	}
	return with(condition, metav1.ConditionTrue, Fault{v1alpha1.ReasonConfigurationValid,
		"the spec and the Secrets that it names agree" + warnings(seen.Inputs)})
}

// preflightPassed judges L1 by what it said. That it said nothing is no fault of the chain's.
func preflightPassed(was []metav1.Condition, seen Observation) metav1.Condition {
	condition := metav1.Condition{Type: v1alpha1.ConditionPreflightPassed}
	mistakes, unknown := seen.L1.Findings.Of(v1alpha1.SeverityError), seen.L1.Findings.Of(v1alpha1.SeverityUnknown)
	switch {
	case seen.Deleting:
		return leftAlone(was, condition.Type)
	case len(mistakes) > 0:
		return with(condition, metav1.ConditionFalse, Fault{string(mistakes[0].Code), sentences(mistakes, maxMessage)})
	case !seen.L1.Asked:
		return with(condition, metav1.ConditionUnknown, Fault{v1alpha1.ReasonNotChecked, "L1 is asked once the configuration is valid"})
	case !seen.L1.Complete && len(unknown) > 0:
		return with(condition, metav1.ConditionUnknown, Fault{string(v1alpha1.CodeL1NoAnswer), sentences(unknown, maxMessage)})
	case !seen.L1.Complete:
		return with(condition, metav1.ConditionUnknown, Fault{string(v1alpha1.CodeL1NoAnswer), "L1 did not answer all that it was asked"})
	}
	return with(condition, metav1.ConditionTrue, Fault{v1alpha1.ReasonPreflightPassed, "L1 is as the chain needs it" + warnings(seen.L1.Findings)})
}

// leftAlone is the judgement that was: deletion looks at no input and asks no L1.
func leftAlone(was []metav1.Condition, kind string) metav1.Condition {
	if old := meta.FindStatusCondition(was, kind); old != nil {
		return *old
	}
	return with(metav1.Condition{Type: kind}, metav1.ConditionUnknown, Fault{v1alpha1.ReasonShuttingDown, "not looked at while the chain is deleted"})
}

// A check judges one observation. ok is false when it found a fault.
type check func(Observation) (reason, message string, ok bool)

// serviceChecks are asked in this order: the first fault is the one that is shown.
var serviceChecks = []check{someEnabled, allApplied, anyDeployed, noneStuck, allUpToDate, allAvailable}

func servicesReady(seen Observation) metav1.Condition {
	condition := metav1.Condition{Type: v1alpha1.ConditionL2ServicesReady}
	if seen.Deleting {
		return with(condition, metav1.ConditionFalse, Fault{v1alpha1.ReasonShuttingDown, seen.Stopping})
	}
	for _, check := range serviceChecks {
		if reason, message, ok := check(seen); !ok {
			return with(condition, metav1.ConditionFalse, Fault{reason, message})
		}
	}
	return with(condition, metav1.ConditionTrue, Fault{v1alpha1.ReasonAllComponentsReady,
		"available: " + list(seen.Components, func(Component) bool { return true })})
}

func someEnabled(seen Observation) (reason, message string, ok bool) {
	return v1alpha1.ReasonNothingEnabled, "no component is enabled in spec.components", len(seen.Components) > 0
}

// anyDeployed keeps the message of a chain that never started free of follow-up faults.
func anyDeployed(seen Observation) (reason, message string, ok bool) {
	invalid := seen.Unread != nil || len(seen.Inputs.Of(v1alpha1.SeverityError)) > 0
	held := !slices.ContainsFunc(seen.Components, func(c Component) bool { return !c.Held })
	switch {
	case deployed(seen) || !invalid && !held:
		return "", "", true
	case invalid:
		message = "nothing is started before the configuration is valid"
	case len(seen.L1.Findings.Of(v1alpha1.SeverityError)) > 0:
		message = "nothing is started before L1 is as the chain needs it"
	default:
		message = "nothing is started before L1 has answered"
	}
	return v1alpha1.ReasonNotDeployed, message, false
}

// deployed reports whether any component is there.
func deployed(seen Observation) bool {
	return slices.ContainsFunc(seen.Components, func(c Component) bool { return c.State != Missing })
}

func allApplied(seen Observation) (reason, message string, ok bool) {
	if seen.NotApplied == nil {
		return "", "", true
	}
	return seen.NotApplied.Reason, seen.NotApplied.Message, false
}

// noneStuck looks for pods that cannot come up. A component that ran before is allAvailable's
// to judge: it is degraded, not undeployable. One that starts after another waits for it and
// may crash meanwhile, as op-node does while op-geth is not there.
func noneStuck(seen Observation) (reason, message string, ok bool) {
	starting := slices.IndexFunc(seen.Components, func(c Component) bool { return c.State != Available })
	stuck := details(seen.Components[:starting+1], func(c Component) bool { return c.Stuck != "" && c.State != Unavailable })
	return v1alpha1.ReasonComponentStuck, stuck, stuck == ""
}

func allUpToDate(seen Observation) (reason, message string, ok bool) {
	waiting := details(seen.Components, func(c Component) bool { return c.State == Missing || c.State == RollingOut })
	return v1alpha1.ReasonRollingOut, "waiting for " + waiting, waiting == ""
}

func allAvailable(seen Observation) (reason, message string, ok bool) {
	gone := details(seen.Components, func(c Component) bool { return c.State == Unavailable })
	return v1alpha1.ReasonComponentUnavailable, "not available any more: " + gone, gone == ""
}

// summaries are Ready, Reconciling and Stalled, as kstatus reads them. How the chain fares makes it
// Ready or not; it does not tell whether the operator is at work.
func summaries(seen Observation, config, l1, services metav1.Condition, health []metav1.Condition) []metav1.Condition {
	first := decisive(seen, config, l1, services)
	cause := causeOf(seen, first)
	wrong := config.Status == metav1.ConditionFalse || l1.Status == metav1.ConditionFalse
	stalled := !seen.Deleting && (wrong || blocking[services.Reason])
	working := seen.Deleting || !stalled && (config.Status == metav1.ConditionUnknown || first.Type == l1.Type || underWay[services.Reason])
	return []metav1.Condition{
		ready(first.Status, cause, firstFault(health)),
		summary(v1alpha1.ConditionReconciling, working, cause, "nothing is being changed"),
		summary(v1alpha1.ConditionStalled, stalled, cause, "nothing is in the way"),
	}
}

// ready is False where anything is: what comes before how the chain fares is shown first.
func ready(first metav1.ConditionStatus, cause Fault, fault *metav1.Condition) metav1.Condition {
	condition := metav1.Condition{Type: v1alpha1.ConditionReady}
	switch {
	case first == metav1.ConditionFalse:
		return with(condition, first, cause)
	case fault != nil:
		return with(condition, fault.Status, Fault{fault.Reason, fault.Message})
	case first == metav1.ConditionTrue:
		return with(condition, first, Fault{v1alpha1.ReasonChainRunning, "the chain runs as its spec says"})
	}
	return with(condition, first, cause)
}

// firstFault is the first judgement that found one; nil where none did.
func firstFault(health []metav1.Condition) *metav1.Condition {
	for i := range health {
		if health[i].Status == metav1.ConditionFalse {
			return &health[i]
		}
	}
	return nil
}

// goesOn ends the message of a chain that runs on although something must be corrected.
const goesOn = "; what runs goes on as it was"

// causeOf says why a chain is not Ready.
func causeOf(seen Observation, first metav1.Condition) Fault {
	cause := Fault{first.Reason, first.Message}
	if first.Status == metav1.ConditionFalse && first.Type != v1alpha1.ConditionL2ServicesReady && deployed(seen) {
		cause.Message = bounded(cause.Message, maxMessage-len(goesOn)) + goesOn
	}
	return cause
}

// decisive is the condition that Ready follows: the first that is at fault, in the order in
// which a chain comes up. That L1 does not answer is a fault only of a chain that it keeps from
// its first start, or from a change; of others it may be the cause.
func decisive(seen Observation, config, l1, services metav1.Condition) metav1.Condition {
	switch {
	case seen.Deleting:
		return services
	case config.Status != metav1.ConditionTrue:
		return config
	case l1.Status == metav1.ConditionFalse:
		return l1
	case l1.Status == metav1.ConditionUnknown && (services.Reason == v1alpha1.ReasonNotDeployed || changeWaits(seen, services)):
		l1.Status = metav1.ConditionFalse // it is known what waits for it
		return l1
	case l1.Status == metav1.ConditionUnknown && l1.Reason == string(v1alpha1.CodeL1NoAnswer) && services.Status == metav1.ConditionFalse:
		services.Message += "; besides: " + l1.Message
	}
	return services
}

// changeWaits reports whether all that runs is well, and is not given a change before L1 answers.
func changeWaits(seen Observation, services metav1.Condition) bool {
	return services.Status == metav1.ConditionTrue && slices.ContainsFunc(seen.Components, func(c Component) bool { return c.Held })
}

// underWay are the faults of services that the operator is mending.
var underWay = map[string]bool{
	v1alpha1.ReasonRollingOut:  true,
	v1alpha1.ReasonApplyFailed: true,
}

// blocking are the faults of services that time alone does not mend.
var blocking = map[string]bool{
	v1alpha1.ReasonForeignObject:  true,
	v1alpha1.ReasonComponentStuck: true,
}

func summary(kind string, holds bool, cause Fault, otherwise string) metav1.Condition {
	if holds {
		return with(metav1.Condition{Type: kind}, metav1.ConditionTrue, cause)
	}
	return with(metav1.Condition{Type: kind}, metav1.ConditionFalse, Fault{v1alpha1.ReasonSettled, otherwise})
}

// phase sums conditions up for people.
func phase(seen Observation, config, l1, services metav1.Condition, health []metav1.Condition) v1alpha1.Phase {
	switch {
	case seen.Deleting:
		return v1alpha1.PhaseTerminating
	case config.Status == metav1.ConditionFalse, l1.Status == metav1.ConditionFalse:
		return v1alpha1.PhaseConfigurationInvalid
	case services.Status == metav1.ConditionTrue && firstFault(health) != nil:
		return v1alpha1.PhaseDegraded
	case changeWaits(seen, services):
		return v1alpha1.PhaseDeploying
	case services.Status == metav1.ConditionTrue:
		return v1alpha1.PhaseRunning
	}
	if p, ok := phases[services.Reason]; ok {
		return p
	}
	return v1alpha1.PhasePending
}

var phases = map[string]v1alpha1.Phase{
	v1alpha1.ReasonRollingOut:           v1alpha1.PhaseDeploying,
	v1alpha1.ReasonApplyFailed:          v1alpha1.PhaseDeploymentError,
	v1alpha1.ReasonForeignObject:        v1alpha1.PhaseDeploymentError,
	v1alpha1.ReasonComponentStuck:       v1alpha1.PhaseDeploymentError,
	v1alpha1.ReasonComponentUnavailable: v1alpha1.PhaseDegraded,
}

func with(condition metav1.Condition, status metav1.ConditionStatus, why Fault) metav1.Condition {
	condition.Status, condition.Reason, condition.Message = status, why.Reason, why.Message
	return condition
}

func list(components []Component, pick func(Component) bool) string {
	var picked []string
	for _, c := range components {
		if pick(c) {
			picked = append(picked, c.Name)
		}
	}
	return strings.Join(picked, ", ")
}

func details(components []Component, pick func(Component) bool) string {
	var picked []string
	for _, c := range components {
		if !pick(c) {
			continue
		}
		text := c.Name
		if why := firstOf(c.Stuck, c.Waiting); why != "" {
			text = fmt.Sprintf("%s (%s)", c.Name, why)
		}
		picked = append(picked, text)
	}
	return strings.Join(picked, ", ")
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
