package status

import (
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/ether"
)

const (
	// sampleApart is the least time between two balances that are compared. Times are kept in whole
	// seconds, so that two of the same one make no rate. What rounding adds to one span it takes
	// from the next.
	sampleApart = time.Second
	// measuredMost is the time over which spending is averaged. What was spent before fades.
	measuredMost = 24 * time.Hour
	// runwayMost is the longest time until an end of funds that is of use to anybody.
	runwayMost = 10 * 365 * 24 * time.Hour
	day        = 24 * time.Hour
)

// accountStatus is an account after a look at its balance. The rate at which it spends is kept in
// the status, so that it outlives the operator.
//
//  1. The first balance of an account begins its measurement.
//  2. What was spent since the last balance, over the time since then, moves the rate.
//  3. What came in says nothing of what was spent meanwhile: that time does not count.
func accountStatus(was *v1alpha1.AccountStatus, address common.Address, balance *big.Int, at, now time.Time) *v1alpha1.AccountStatus {
	if address == (common.Address{}) {
		return was
	}
	was = unlessAnother(was, address)
	if balance == nil || at.IsZero() {
		return was
	}
	next := &v1alpha1.AccountStatus{Address: v1alpha1.Address(address.Hex()), Balance: ether.Of(balance), ObservedAt: stamp(at)}
	if was == nil || was.ObservedAt == nil || was.ObservedAt.After(now) { // by a clock that was wrong
		return next
	}
	passed := next.ObservedAt.Sub(was.ObservedAt.Time)
	if passed < sampleApart {
		return was
	}
	next.SpentPerDay, next.MeasuredFor = was.SpentPerDay, was.MeasuredFor
	if had, ok := ether.Wei(was.Balance); ok && had.Cmp(balance) >= 0 {
		next.SpentPerDay, next.MeasuredFor = spending(was, had.Sub(had, balance), passed)
	}
	next.LastsUntil = stamp(lastsUntil(balance, next.SpentPerDay, next.ObservedAt.Time))
	return next
}

// unlessAnother is what is known of an account; nil where that is another one, because the key was
// exchanged.
func unlessAnother(was *v1alpha1.AccountStatus, address common.Address) *v1alpha1.AccountStatus {
	if was != nil && !strings.EqualFold(string(was.Address), address.Hex()) {
		return nil
	}
	return was
}

// spending is the rate after something was spent in some time: the mean over the time measured,
// which becomes one that fades, by the same formula, once that is a day.
func spending(was *v1alpha1.AccountStatus, spent *big.Int, passed time.Duration) (v1alpha1.Ether, v1alpha1.Duration) {
	rate, ok := ether.Wei(was.SpentPerDay)
	before := lengthOf(was.MeasuredFor, 0)
	if !ok {
		rate, before = new(big.Int), 0
	}
	measured := min(before+passed, measuredMost)
	if passed > measuredMost { // of which only the last day counts
		spent = scaled(spent, measuredMost, passed)
		passed = measuredMost
	}
	// (rate × (measured - passed) + spent × day) / measured
	rate.Mul(rate, seconds(measured-passed))
	rate.Add(rate, new(big.Int).Mul(spent, seconds(day)))
	rate.Quo(rate, seconds(measured))
	return ether.Of(rate), v1alpha1.Duration(measured.String())
}

// lastsUntil is when a balance ends at a rate; zero where that is too far away to matter.
func lastsUntil(balance *big.Int, perDay v1alpha1.Ether, at time.Time) time.Time {
	rate, ok := ether.Wei(perDay)
	if !ok || rate.Sign() == 0 {
		return time.Time{}
	}
	left := new(big.Int).Mul(balance, seconds(day))
	left.Quo(left, rate)
	if left.Cmp(seconds(runwayMost)) > 0 {
		return time.Time{}
	}
	return at.Add(time.Duration(left.Int64()) * time.Second)
}

func scaled(n *big.Int, part, whole time.Duration) *big.Int {
	product := new(big.Int).Mul(n, seconds(part))
	return product.Quo(product, seconds(whole))
}

func seconds(d time.Duration) *big.Int { return big.NewInt(int64(d / time.Second)) }
