package status

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

var (
	noon      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	afternoon = noon.Add(time.Hour)
)

func newChain() *v1alpha1.OPChain {
	chain := &v1alpha1.OPChain{ObjectMeta: metav1.ObjectMeta{Name: "demo", Namespace: "rollups", UID: "uid", Generation: 3}}
	chain.Spec.L1.ContractAddresses.OptimismPortal = "0x1000000000000000000000000000000000000001"
	chain.Spec.L1.ContractAddresses.SystemConfig = "0x1000000000000000000000000000000000000003"
	return chain
}

// all are components that are all in one state.
func all(state State) []Component {
	return []Component{{Name: names.Geth, State: state}, {Name: names.Node, State: state}, {Name: names.Batcher, State: state}}
}

// but is all available but one.
func but(odd Component) []Component {
	list := all(Available)
	for i := range list {
		if list[i].Name == odd.Name {
			list[i] = odd
		}
	}
	return list
}

func fault(reason, message string) *Fault { return &Fault{Reason: reason, Message: message} }

func finding(severity v1alpha1.FindingSeverity, code v1alpha1.FindingCode, message string) v1alpha1.Finding {
	return v1alpha1.Finding{Severity: severity, Code: code, Message: message}
}

// tooShort is a mistake in the inputs.
var tooShort = preflight.Findings{finding(v1alpha1.SeverityError, v1alpha1.CodeInvalidJWT, "too short")}

// L1 as it was found to be.
var (
	passed  = L1{Asked: true, Complete: true, Answered: noon}
	refused = L1{Asked: true, Complete: true, Answered: noon, Findings: preflight.Findings{
		finding(v1alpha1.SeverityError, v1alpha1.CodeBatcherNotAuthorized, "SystemConfig names another"),
		finding(v1alpha1.SeverityError, v1alpha1.CodeGameTypeMissing, "no such type"),
	}}
	silent = L1{Asked: true, Findings: preflight.Findings{finding(v1alpha1.SeverityUnknown, v1alpha1.CodeL1NoAnswer, "it took too long")}}
)

// held are components that wait for L1 before any of them was started.
func held() []Component {
	list := all(Missing)
	for i := range list {
		list[i].Held, list[i].Waiting = true, "L1"
	}
	return list
}

func TestNextConditions(t *testing.T) {
	t.Parallel()
	const (
		yes     = metav1.ConditionTrue
		no      = metav1.ConditionFalse
		unknown = metav1.ConditionUnknown
		agree   = "the spec and the Secrets that it names agree"
		idle    = "nothing is being changed"
		free    = "nothing is in the way"
	)
	type conditions map[string]metav1.Condition
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return metav1.Condition{Status: status, Reason: reason, Message: message}
	}
	valid := is(yes, v1alpha1.ReasonConfigurationValid, agree)
	wellFounded := is(yes, v1alpha1.ReasonPreflightPassed, "L1 is as the chain needs it")
	notChecked := is(unknown, v1alpha1.ReasonNotChecked, "L1 is asked once the configuration is valid")
	noAnswer := is(unknown, string(v1alpha1.CodeL1NoAnswer), "it took too long")
	notAuthorized := is(no, string(v1alpha1.CodeBatcherNotAuthorized), "SystemConfig names another; no such type")
	settled, unhindered := is(no, v1alpha1.ReasonSettled, idle), is(no, v1alpha1.ReasonSettled, free)
	// notReady are the conditions of a valid chain whose services have a fault.
	notReady := func(reason, message string, reconciling, stalled bool) conditions {
		cause := is(no, reason, message)
		c := conditions{
			v1alpha1.ConditionConfigurationValid: valid, v1alpha1.ConditionPreflightPassed: wellFounded,
			v1alpha1.ConditionL2ServicesReady: cause, v1alpha1.ConditionReady: cause,
			v1alpha1.ConditionReconciling: settled, v1alpha1.ConditionStalled: unhindered,
		}
		if reconciling {
			c[v1alpha1.ConditionReconciling] = is(yes, reason, message)
		}
		if stalled {
			c[v1alpha1.ConditionStalled] = is(yes, reason, message)
		}
		return c
	}
	cases := map[string]struct {
		seen      Observation
		wantPhase v1alpha1.Phase
		want      conditions
	}{
		"everything is available": {
			Observation{L1: passed, Components: all(Available)}, v1alpha1.PhaseRunning, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    wellFounded,
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(yes, v1alpha1.ReasonChainRunning, "the chain runs as its spec says"),
				v1alpha1.ConditionReconciling:        settled, v1alpha1.ConditionStalled: unhindered,
			},
		},
		"nothing is there yet": {
			Observation{L1: passed, Components: all(Missing)}, v1alpha1.PhaseDeploying,
			notReady(v1alpha1.ReasonRollingOut, "waiting for op-geth, op-node, op-batcher", true, false),
		},
		"one is rolled out": {
			Observation{L1: passed, Components: but(Component{Name: names.Node, State: RollingOut})}, v1alpha1.PhaseDeploying,
			notReady(v1alpha1.ReasonRollingOut, "waiting for op-node", true, false),
		},
		"one waits for its old pod": {
			Observation{L1: passed, Components: but(Component{Name: names.Geth, State: Missing, Waiting: "its old pod x to be gone"})}, v1alpha1.PhaseDeploying,
			notReady(v1alpha1.ReasonRollingOut, "waiting for op-geth (its old pod x to be gone)", true, false),
		},
		"one is rolled out while another is gone": {
			Observation{L1: passed, Components: append(but(Component{Name: names.Node, State: RollingOut}), Component{Name: names.Proposer, State: Unavailable})},
			v1alpha1.PhaseDeploying, notReady(v1alpha1.ReasonRollingOut, "waiting for op-node", true, false),
		},
		"one is stuck": {
			Observation{L1: passed, Components: but(Component{Name: names.Node, State: RollingOut, Stuck: "ImagePullBackOff"})}, v1alpha1.PhaseDeploymentError,
			notReady(v1alpha1.ReasonComponentStuck, "op-node (ImagePullBackOff)", false, true),
		},
		"one crashes while another that it needs is rolled out": {
			Observation{L1: passed, Components: []Component{{Name: names.Geth, State: RollingOut}, {Name: names.Node, State: RollingOut, Stuck: "exits with code 1"}}}, v1alpha1.PhaseDeploying,
			notReady(v1alpha1.ReasonRollingOut, "waiting for op-geth, op-node (exits with code 1)", true, false),
		},
		"one ran and is gone": {
			Observation{L1: passed, Components: but(Component{Name: names.Batcher, State: Unavailable})}, v1alpha1.PhaseDegraded,
			notReady(v1alpha1.ReasonComponentUnavailable, "not available any more: op-batcher", false, false),
		},
		"one ran and crashes": {
			Observation{L1: passed, Components: but(Component{Name: names.Batcher, State: Unavailable, Stuck: "exits with code 1"})}, v1alpha1.PhaseDegraded,
			notReady(v1alpha1.ReasonComponentUnavailable, "not available any more: op-batcher (exits with code 1)", false, false),
		},
		"an object was refused": {
			Observation{L1: passed, Components: all(Available), NotApplied: fault(v1alpha1.ReasonApplyFailed, "quota")}, v1alpha1.PhaseDeploymentError,
			notReady(v1alpha1.ReasonApplyFailed, "quota", true, false),
		},
		"an object is somebody else's": {
			Observation{L1: passed, Components: all(Missing), NotApplied: fault(v1alpha1.ReasonForeignObject, "Service x")}, v1alpha1.PhaseDeploymentError,
			notReady(v1alpha1.ReasonForeignObject, "Service x", false, true),
		},
		"nothing is enabled": {
			Observation{L1: passed}, v1alpha1.PhasePending,
			notReady(v1alpha1.ReasonNothingEnabled, "no component is enabled in spec.components", false, false),
		},
		"wrong inputs before the first start": {
			Observation{Components: all(Missing), Inputs: tooShort}, v1alpha1.PhaseConfigurationInvalid, conditions{
				v1alpha1.ConditionConfigurationValid: is(no, string(v1alpha1.CodeInvalidJWT), "too short"),
				v1alpha1.ConditionPreflightPassed:    notChecked,
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonNotDeployed, "nothing is started before the configuration is valid"),
				v1alpha1.ConditionReady:              is(no, string(v1alpha1.CodeInvalidJWT), "too short"),
				v1alpha1.ConditionReconciling:        settled,
				v1alpha1.ConditionStalled:            is(yes, string(v1alpha1.CodeInvalidJWT), "too short"),
			},
		},
		"wrong inputs of a chain that runs on": {
			Observation{Components: all(Available), Inputs: tooShort}, v1alpha1.PhaseConfigurationInvalid, conditions{
				v1alpha1.ConditionConfigurationValid: is(no, string(v1alpha1.CodeInvalidJWT), "too short"),
				v1alpha1.ConditionPreflightPassed:    notChecked,
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(no, string(v1alpha1.CodeInvalidJWT), "too short"+goesOn),
				v1alpha1.ConditionReconciling:        settled,
				v1alpha1.ConditionStalled:            is(yes, string(v1alpha1.CodeInvalidJWT), "too short"+goesOn),
			},
		},
		"inputs that cannot be read before the first start": {
			Observation{Components: all(Missing), Unread: fault(v1alpha1.ReasonReadFailed, "timeout")}, v1alpha1.PhasePending, conditions{
				v1alpha1.ConditionConfigurationValid: is(unknown, v1alpha1.ReasonReadFailed, "timeout"),
				v1alpha1.ConditionPreflightPassed:    notChecked,
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonNotDeployed, "nothing is started before the configuration is valid"),
				v1alpha1.ConditionReady:              is(unknown, v1alpha1.ReasonReadFailed, "timeout"),
				v1alpha1.ConditionReconciling:        is(yes, v1alpha1.ReasonReadFailed, "timeout"),
				v1alpha1.ConditionStalled:            unhindered,
			},
		},
		"inputs that cannot be read of a chain that runs on": {
			Observation{Components: all(Available), Unread: fault(v1alpha1.ReasonReadFailed, "timeout")}, v1alpha1.PhaseRunning, conditions{
				v1alpha1.ConditionConfigurationValid: is(unknown, v1alpha1.ReasonReadFailed, "timeout"),
				v1alpha1.ConditionPreflightPassed:    notChecked,
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(unknown, v1alpha1.ReasonReadFailed, "timeout"),
				v1alpha1.ConditionReconciling:        is(yes, v1alpha1.ReasonReadFailed, "timeout"),
				v1alpha1.ConditionStalled:            unhindered,
			},
		},
		"L1 refuses a chain before its first start": {
			Observation{L1: refused, Components: held()}, v1alpha1.PhaseConfigurationInvalid, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    notAuthorized,
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonNotDeployed, "nothing is started before L1 is as the chain needs it"),
				v1alpha1.ConditionReady:              notAuthorized,
				v1alpha1.ConditionReconciling:        settled,
				v1alpha1.ConditionStalled:            is(yes, notAuthorized.Reason, notAuthorized.Message),
			},
		},
		"L1 refuses a component of a chain that runs": {
			Observation{L1: refused, Components: but(Component{Name: names.Batcher, Held: true, Waiting: "L1"})}, v1alpha1.PhaseConfigurationInvalid, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    notAuthorized,
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonRollingOut, "waiting for op-batcher (L1)"),
				v1alpha1.ConditionReady:              is(no, notAuthorized.Reason, notAuthorized.Message+goesOn),
				v1alpha1.ConditionReconciling:        settled,
				v1alpha1.ConditionStalled:            is(yes, notAuthorized.Reason, notAuthorized.Message+goesOn),
			},
		},
		"L1 turns against a chain that runs": {
			Observation{L1: refused, Components: all(Available)}, v1alpha1.PhaseConfigurationInvalid, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    notAuthorized,
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(no, notAuthorized.Reason, notAuthorized.Message+goesOn),
				v1alpha1.ConditionReconciling:        settled,
				v1alpha1.ConditionStalled:            is(yes, notAuthorized.Reason, notAuthorized.Message+goesOn),
			},
		},
		"L1 does not answer before the first start": {
			Observation{L1: silent, Components: held()}, v1alpha1.PhasePending, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    noAnswer,
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonNotDeployed, "nothing is started before L1 has answered"),
				v1alpha1.ConditionReady:              is(no, noAnswer.Reason, noAnswer.Message),
				v1alpha1.ConditionReconciling:        is(yes, noAnswer.Reason, noAnswer.Message),
				v1alpha1.ConditionStalled:            unhindered,
			},
		},
		"L1 does not answer while the chain runs": {
			Observation{L1: silent, Components: all(Available)}, v1alpha1.PhaseRunning, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    noAnswer,
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(yes, v1alpha1.ReasonChainRunning, "the chain runs as its spec says"),
				v1alpha1.ConditionReconciling:        settled, v1alpha1.ConditionStalled: unhindered,
			},
		},
		"L1 does not answer at the endpoint that the chain is to move to": {
			Observation{L1: silent, Components: but(Component{Name: names.Node, State: Available, Waiting: "L1", Held: true})}, v1alpha1.PhaseDeploying, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    noAnswer,
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(no, noAnswer.Reason, noAnswer.Message+goesOn),
				v1alpha1.ConditionReconciling:        is(yes, noAnswer.Reason, noAnswer.Message+goesOn),
				v1alpha1.ConditionStalled:            unhindered,
			},
		},
		"L1 does not answer while the chain is rolled out": {
			Observation{L1: L1{Asked: true}, Components: but(Component{Name: names.Node, State: RollingOut})}, v1alpha1.PhaseDeploying, conditions{
				v1alpha1.ConditionConfigurationValid: valid,
				v1alpha1.ConditionPreflightPassed:    is(unknown, noAnswer.Reason, "L1 did not answer all that it was asked"),
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonRollingOut, "waiting for op-node"),
				v1alpha1.ConditionReady:              is(no, v1alpha1.ReasonRollingOut, "waiting for op-node; besides: L1 did not answer all that it was asked"),
				v1alpha1.ConditionReconciling:        is(yes, v1alpha1.ReasonRollingOut, "waiting for op-node; besides: L1 did not answer all that it was asked"),
				v1alpha1.ConditionStalled:            unhindered,
			},
		},
		"warnings are counted and change nothing": {
			Observation{
				Components: all(Available),
				Inputs: preflight.Findings{
					finding(v1alpha1.SeverityWarning, v1alpha1.CodeImageTooOld, "soon"), finding(v1alpha1.SeverityWarning, v1alpha1.CodeForkOrder, "odd"),
					finding(v1alpha1.SeverityUnknown, v1alpha1.CodeImageVersionUnknown, "latest"),
				},
				L1: L1{Asked: true, Complete: true, Findings: preflight.Findings{finding(v1alpha1.SeverityWarning, v1alpha1.CodeBalanceLow, "1 wei")}},
			}, v1alpha1.PhaseRunning, conditions{
				v1alpha1.ConditionConfigurationValid: is(yes, v1alpha1.ReasonConfigurationValid, agree+"; there are 2 warnings in status.preflight"),
				v1alpha1.ConditionPreflightPassed:    is(yes, v1alpha1.ReasonPreflightPassed, wellFounded.Message+"; there is 1 warning in status.preflight"),
				v1alpha1.ConditionL2ServicesReady:    is(yes, v1alpha1.ReasonAllComponentsReady, "available: op-geth, op-node, op-batcher"),
				v1alpha1.ConditionReady:              is(yes, v1alpha1.ReasonChainRunning, "the chain runs as its spec says"),
				v1alpha1.ConditionReconciling:        settled, v1alpha1.ConditionStalled: unhindered,
			},
		},
		"deletion of a chain that nobody ever looked at": {
			Observation{Deleting: true, Stopping: "stopping op-node"}, v1alpha1.PhaseTerminating, conditions{
				v1alpha1.ConditionConfigurationValid: is(unknown, v1alpha1.ReasonShuttingDown, "not looked at while the chain is deleted"),
				v1alpha1.ConditionPreflightPassed:    is(unknown, v1alpha1.ReasonShuttingDown, "not looked at while the chain is deleted"),
				v1alpha1.ConditionL2ServicesReady:    is(no, v1alpha1.ReasonShuttingDown, "stopping op-node"),
				v1alpha1.ConditionReady:              is(no, v1alpha1.ReasonShuttingDown, "stopping op-node"),
				v1alpha1.ConditionReconciling:        is(yes, v1alpha1.ReasonShuttingDown, "stopping op-node"),
				v1alpha1.ConditionStalled:            unhindered,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := Next(newChain(), tc.seen, noon)
			if next.Phase != tc.wantPhase || next.ObservedGeneration != 3 {
				t.Errorf("phase %s of generation %d, want %s of 3", next.Phase, next.ObservedGeneration, tc.wantPhase)
			}
			got := conditions{}
			for _, c := range next.Conditions {
				if slices.ContainsFunc(judgements, func(j judgement) bool { return j.condition == c.Type }) {
					continue // of other tests
				}
				if c.ObservedGeneration != 3 || !c.LastTransitionTime.Time.Equal(noon) {
					t.Errorf("%s: generation %d, time %v", c.Type, c.ObservedGeneration, c.LastTransitionTime)
				}
				got[c.Type] = is(c.Status, c.Reason, c.Message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

// Deletion says nothing about the inputs and L1: it leaves the judgements that were.
func TestNextLeavesJudgementsAloneOnDeletion(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]Observation{
		"invalid": {Components: all(Available), Inputs: tooShort},
		"refused": {Components: all(Available), L1: refused},
		"passed":  {Components: all(Available), L1: passed},
	} {
		chain := newChain()
		chain.Status = Next(chain, seen, noon)
		next := Next(chain, Observation{Deleting: true, Stopping: "stopping op-node"}, afternoon)
		for _, kind := range []string{v1alpha1.ConditionConfigurationValid, v1alpha1.ConditionPreflightPassed} {
			was, is := meta.FindStatusCondition(chain.Status.Conditions, kind), meta.FindStatusCondition(next.Conditions, kind)
			if diff := cmp.Diff(was, is); diff != "" {
				t.Errorf("%s: %s (-before +after):\n%s", name, kind, diff)
			}
		}
		if diff := cmp.Diff(chain.Status.Preflight, next.Preflight); diff != "" {
			t.Errorf("%s: preflight (-before +after):\n%s", name, diff)
		}
	}
}

func TestNextKeepsTransitionTimes(t *testing.T) {
	t.Parallel()
	chain := newChain()
	chain.Status = Next(chain, Observation{L1: passed, Components: all(RollingOut)}, noon)
	chain.Status = Next(chain, Observation{L1: passed, Components: all(Available)}, afternoon)
	want := map[string]time.Time{
		v1alpha1.ConditionConfigurationValid: noon, v1alpha1.ConditionPreflightPassed: noon, v1alpha1.ConditionL2ServicesReady: afternoon, v1alpha1.ConditionReady: afternoon,
		v1alpha1.ConditionReconciling: afternoon, v1alpha1.ConditionStalled: noon,
	}
	for _, c := range chain.Status.Conditions {
		if want, ok := want[c.Type]; ok && !c.LastTransitionTime.Time.Equal(want) {
			t.Errorf("%s changed at %v, want %v", c.Type, c.LastTransitionTime, want)
		}
	}
	if again := Next(chain, Observation{L1: passed, Components: all(Available)}, afternoon.Add(time.Hour)); !cmp.Equal(again, chain.Status) {
		t.Errorf("the same observation changed the status: %s", cmp.Diff(chain.Status, again))
	}
}

func TestNextL1ContractAddresses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		seen Observation
		want bool
	}{
		"valid":      {Observation{Components: all(RollingOut)}, true},
		"held":       {Observation{L1: silent, Components: held()}, false},
		"invalid":    {Observation{Inputs: tooShort, Components: all(Available)}, false},
		"unreadable": {Observation{Unread: fault("X", ""), Components: all(Available)}, false},
		"deleted":    {Observation{Deleting: true, Components: all(Available)}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain()
			if got := Next(chain, tc.seen, noon).L1ContractAddresses; (got != nil) != tc.want {
				t.Errorf("addresses %v, want them: %v", got, tc.want)
			}
			chain.Status.L1ContractAddresses = &v1alpha1.ContractAddresses{Batcher: "0x1"}
			if got := Next(chain, tc.seen, noon).L1ContractAddresses; !tc.want && !cmp.Equal(got, chain.Status.L1ContractAddresses) {
				t.Errorf("addresses were replaced by %v", got)
			}
		})
	}
}
