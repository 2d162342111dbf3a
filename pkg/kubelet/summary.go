package kubelet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/oplabs/op-stack-operator/pkg/status"
)

const (
	// maxBytes bounds an answer. A node with 250 pods gives some two megabytes.
	maxBytes = 16 << 20
	// maxPods and maxClaims bound what is read and kept of one node: none has as many.
	maxPods, maxClaims = 4096, 4096
	// maxName is how long the name of a namespace or a claim can be.
	maxName = 253
)

var (
	errTooLarge = errors.New("the answer has more than 16 MiB")
	errTooMany  = errors.New("no node has so many pods")
)

// claim names a PersistentVolumeClaim.
type claim struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// podStats and volumeStats are what is read of PodStats and VolumeStats of
// k8s.io/kubelet/pkg/apis/stats/v1alpha1.
type podStats struct {
	Volumes []volumeStats `json:"volume"`
}

type volumeStats struct {
	Claim     *claim    `json:"pvcRef"`
	Time      time.Time `json:"time"`
	Used      *uint64   `json:"usedBytes"`
	Available *uint64   `json:"availableBytes"`
}

// decode reads how full the volumes of claims are from a kubelet's Summary, one pod at a time. What
// it says to be of the future is of now. Volumes of which it does not know both sizes, or of which
// these make no sense, are left out. A volume's capacity is what is used and what can still be
// written, as df reckons: the file system may keep some for root.
func decode(body io.Reader, now time.Time) (map[claim]status.Usage, error) {
	bounded := &io.LimitedReader{R: body, N: maxBytes + 1}
	volumes := map[claim]status.Usage{}
	err := eachPod(json.NewDecoder(bounded), func(pod *podStats) {
		for i := range pod.Volumes {
			keep(volumes, &pod.Volumes[i], now)
		}
	})
	if bounded.N <= 0 {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return volumes, nil
}

// eachPod goes through the pods of a Summary, which is one JSON object. What else is in it is
// skipped.
func eachPod(d *json.Decoder, visit func(*podStats)) error {
	if err := expect(d, '{'); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if key != "pods" {
			if err := d.Decode(new(json.RawMessage)); err != nil {
				return err
			}
			continue
		}
		if err := eachOf(d, visit); err != nil {
			return err
		}
	}
	return expect(d, '}')
}

// eachOf goes through a list of pods, which is null where there are none.
func eachOf(d *json.Decoder, visit func(*podStats)) error {
	switch token, err := d.Token(); {
	case err != nil:
		return err
	case token == nil:
		return nil
	case token != json.Delim('['):
		return fmt.Errorf("expected a list of pods, got %T", token)
	}
	for n := 0; d.More(); n++ {
		if n == maxPods {
			return errTooMany
		}
		var pod podStats
		if err := d.Decode(&pod); err != nil {
			return err
		}
		visit(&pod)
	}
	return expect(d, ']')
}

func expect(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err == nil && token != want {
		err = fmt.Errorf("expected %s, got %T", want, token)
	}
	return err
}

// keep adds a volume. Two pods may use one claim: the newer measurement counts.
func keep(volumes map[claim]status.Usage, v *volumeStats, now time.Time) {
	if !v.plausible() {
		return
	}
	at := v.Time
	if at.IsZero() || at.After(now) {
		at = now
	}
	was, known := volumes[*v.Claim]
	if known && was.At.After(at) || !known && len(volumes) >= maxClaims {
		return
	}
	volumes[*v.Claim] = status.Usage{Used: int64(*v.Used), Capacity: int64(*v.Used + *v.Available), At: at} //nolint:gosec // plausible sums
}

func (v *volumeStats) plausible() bool {
	switch {
	case v.Claim == nil, v.Used == nil, v.Available == nil:
		return false
	case len(v.Claim.Name) > maxName, len(v.Claim.Namespace) > maxName:
		return false
	}
	return 0 < *v.Used|*v.Available && *v.Used <= math.MaxInt64/2 && *v.Available <= math.MaxInt64/2
}
