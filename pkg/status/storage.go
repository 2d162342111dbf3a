package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

const (
	// claimPatience is for how long a claim may wait for its volume: storage classes that make
	// one only for a pod take about a minute.
	claimPatience = 2 * time.Minute
	// usageFresh is for how long a figure of a volume holds: a chain fills it in days.
	usageFresh = time.Hour
)

// storageHealthy judges the volumes.
func storageHealthy(s *situation) verdict {
	for _, look := range []func(*situation) (Fault, bool){volumesNotFull, claimsKept, claimsBound, volumesHaveRoom} {
		if fault, ok := look(s); !ok {
			return wrong(fault.Reason, fault.Message)
		}
	}
	var told, old []string
	var untold []volume
	for _, v := range s.volumes() {
		switch {
		case v.status == nil:
			untold = append(untold, v)
		case v.fresh(s.now):
			told = append(told, v.component+" "+v.figures(s.now))
		default:
			old = append(old, v.component+" "+v.figures(s.now))
		}
	}
	switch {
	case len(told) > 0:
		return fine(v1alpha1.ReasonVolumesHealthy, joined("the volumes have room: "+joined(append(told, old...)...), unmeasured(untold)))
	case len(old) > 0:
		return notSeen(joined(fmt.Sprintf("how full the volumes are was last seen more than %s ago: %s", lasting(usageFresh), joined(old...)), unmeasured(untold)))
	case len(untold) == 0:
		return notSeen("which volumes there are is not known")
	}
	return notSeen(unmeasured(untold))
}

// unmeasured says of which volumes no figure was ever seen, and why: once, if it is why for all.
func unmeasured(volumes []volume) string {
	var whys, components, both []string
	for _, v := range volumes {
		if !slices.Contains(whys, v.why) {
			whys = append(whys, v.why)
		}
		components = append(components, v.component)
		both = append(both, v.component+because(v.why))
	}
	switch {
	case len(volumes) == 0:
		return ""
	case len(volumes) == 1:
		return fmt.Sprintf("it is not known how full the volume of %s is%s", components[0], because(whys[0]))
	case len(whys) == 1:
		return fmt.Sprintf("it is not known how full the volumes of %s are%s", strings.Join(components, " and "), because(whys[0]))
	}
	return "it is not known how full the volumes are: " + strings.Join(both, ", and ")
}

// volume is what is known of a component's volume.
type volume struct {
	component, why string
	status         *v1alpha1.VolumeStatus
}

// volumes are those of the components that are enabled, as they were last measured.
func (s *situation) volumes() []volume {
	components, all := &s.facts.ComponentStatus, []volume(nil)
	for _, c := range s.seen.Components {
		v := volume{component: c.Name}
		if c.Claim != nil {
			v.why = c.Claim.Why
		}
		switch {
		case c.Name == names.Geth && components.Geth != nil:
			v.status = components.Geth.Volume
		case c.Name == names.Node && components.Node != nil:
			v.status = components.Node.Volume
		case storageField[c.Name] == "":
			continue // it has none
		}
		all = append(all, v)
	}
	return all
}

func (v volume) fresh(now time.Time) bool { return now.Sub(v.status.ObservedAt.Time) <= usageFresh }

func (v volume) percent() int64 {
	capacity := v.status.Capacity.AsApproximateFloat64()
	if capacity <= 0 {
		return 0
	}
	return int64(100 * v.status.Used.AsApproximateFloat64() / capacity)
}

// figures say how full a volume is, and when that was, if that is long ago.
func (v volume) figures(now time.Time) string {
	text := fmt.Sprintf("%d%% (%s of %s)", v.percent(), bytesOf(v.status.Used.Value()), bytesOf(v.status.Capacity.Value()))
	if !v.fresh(now) {
		text += " at " + clocked(v.status.ObservedAt.Time)
	}
	return text
}

// bytesOf writes a number of bytes for people.
func bytesOf(n int64) string {
	amount, unit := float64(n), "B"
	for _, larger := range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		if amount < 1024 {
			break
		}
		amount, unit = amount/1024, larger
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", amount), ".0") + " " + unit
}

// volumesNotFull looks for op-geth having stopped for want of room. A pod that starts again has not
// stopped yet: its volume is as full as before.
func volumesNotFull(s *situation) (Fault, bool) {
	for i := range s.seen.Components {
		c := &s.seen.Components[i]
		if c.State == Available {
			continue
		}
		old := s.reasonOf(v1alpha1.ConditionStorageHealthy)
		if c.LastExit != nil && c.LastExit.DiskFull || c.LastExit == nil && c.Name == names.Geth && old == v1alpha1.ReasonVolumeFull {
			return Fault{v1alpha1.ReasonVolumeFull, fmt.Sprintf("%s stopped because its volume has too little room%s: grow %s; never delete the claim for that",
				c.Name, s.figuresOf(c.Name), storageField[c.Name])}, false
		}
	}
	return Fault{}, true
}

// figuresOf says how full a component's volume is, where that is known.
func (s *situation) figuresOf(component string) string {
	for _, v := range s.volumes() {
		if v.component == component && v.status != nil {
			return ", " + v.figures(s.now)
		}
	}
	return ""
}

func claimsKept(s *situation) (Fault, bool) {
	for _, c := range s.seen.Components {
		if c.Claim != nil && c.Claim.Phase == corev1.ClaimLost {
			return Fault{v1alpha1.ReasonClaimLost, fmt.Sprintf("the volume of %s is gone, which its claim %s still names: restore it from a snapshot, or let the chain be derived from L1 again on a new claim", c.Name, c.Claim.Name)}, false
		}
	}
	return Fault{}, true
}

func claimsBound(s *situation) (Fault, bool) {
	for _, c := range s.seen.Components {
		if c.Claim != nil && c.Claim.Phase == corev1.ClaimPending && s.now.Sub(c.Claim.Created) > claimPatience {
			return Fault{v1alpha1.ReasonClaimPending, fmt.Sprintf("the claim %s of %s has had no volume since %s: kubectl describe pvc %s says why: look at the storage class, quotas, and the zone of the node",
				c.Claim.Name, c.Name, clocked(c.Claim.Created), c.Claim.Name)}, false
		}
	}
	return Fault{}, true
}

// volumesHaveRoom judges by the last figures, however old: a volume does not empty itself. op-geth
// frees some of it now and then, and fills it again: what was too full must get well below the limit.
func volumesHaveRoom(s *situation) (Fault, bool) {
	limit := s.limits.volumeUsed
	full := s.fullerThan(limit)
	text := fmt.Sprintf("volumes are %d%% full or more: %s", limit, joined(full...))
	if len(full) == 0 && s.reasonOf(v1alpha1.ConditionStorageHealthy) == v1alpha1.ReasonVolumeFilling {
		full = s.fullerThan(limit - limit/20)
		text = fmt.Sprintf("volumes were %d%% full or more, and must be less than %d%% full: %s", limit, limit-limit/20, joined(full...))
	}
	return Fault{v1alpha1.ReasonVolumeFilling, text}, len(full) == 0
}

// fullerThan tells of the volumes of which so many percent are used, or more.
func (s *situation) fullerThan(percent int64) []string {
	var full []string
	for _, v := range s.volumes() {
		if v.status != nil && v.percent() >= percent {
			full = append(full, fmt.Sprintf("%s %s: grow %s", v.component, v.figures(s.now), storageField[v.component]))
		}
	}
	return full
}
