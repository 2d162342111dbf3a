package screen

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/ether"
)

// short is a length of time as kubectl writes ages.
func short(d time.Duration) string { return duration.HumanDuration(max(d, 0)) }

// inSeconds is a length of time; empty where it is not known.
func inSeconds(seconds *int64) string {
	if seconds == nil {
		return ""
	}
	return precise(time.Duration(*seconds) * time.Second)
}

// precise is a length of time to the minute, as long as that matters.
func precise(left time.Duration) string {
	if left < time.Hour || left >= 48*time.Hour {
		return short(left)
	}
	return fmt.Sprintf("%dh%02dm", left/time.Hour, left%time.Hour/time.Minute)
}

// fundsMost is from what length of time on funds last longer than anybody plans.
const fundsMost = 10 * 365 * 24 * time.Hour

// funds is for how long ETH lasts; empty where that is not known.
func funds(seconds *int64) string {
	if seconds != nil && *seconds > int64(fundsMost/time.Second) {
		return ">10y"
	}
	return inSeconds(seconds)
}

// versioned is the part of what a program says of itself that is its version.
var versioned = regexp.MustCompile(`^v[0-9]`)

// version is a program's version without its name and what it was built for: op-geth tells
// Geth/v1.101702.3-rc.7/linux-amd64/go1.26.8.
func version(told string) string {
	for part := range strings.SplitSeq(told, "/") {
		if versioned.MatchString(part) {
			return part
		}
	}
	return told
}

// number is a number; empty where it is not known.
func number[T int32 | int64](n *T) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}

// dust is the least amount that a table has room for the digits of: 0.0001 ETH.
var dust = big.NewInt(1e14)

// inEther is an amount with the digits that messages of the operator give it, but for dust; empty
// where it is not known.
func inEther(amount v1alpha1.Ether) string {
	wei, ok := ether.Wei(amount)
	switch {
	case !ok:
		return string(amount)
	case wei.Sign() > 0 && wei.Cmp(dust) < 0:
		return "<0.0001 ETH"
	}
	return ether.Short(wei) + " ETH"
}

// size is a number of bytes in the unit that tells it in few digits; empty where it is not known.
func size(bytes *int64) string {
	if bytes == nil {
		return ""
	}
	unit, name := int64(1), ""
	for _, next := range []string{"Ki", "Mi", "Gi", "Ti"} {
		if *bytes < unit*1024 {
			break
		}
		unit, name = unit*1024, next
	}
	if *bytes%unit == 0 {
		return resource.NewQuantity(*bytes, resource.BinarySI).String()
	}
	return fmt.Sprintf("%.1f%s", float64(*bytes)/float64(unit), name)
}

// image is the name and tag of an image, or a cut digest: registries have long names.
func image(reference string) string {
	name := reference[strings.LastIndexByte(reference, '/')+1:]
	name, digest, ok := strings.Cut(name, "@")
	if !ok || strings.Contains(name, ":") {
		return name
	}
	algorithm, hex, _ := strings.Cut(digest, ":")
	return name + "@" + algorithm + ":" + hex[:min(len(hex), 8)] + "…"
}
