package status

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/ether"
)

var payer1 = common.HexToAddress("0xB000000000000000000000000000000000000001")

// purse is an account over time.
type purse struct {
	balance *big.Int
	spend   func(minute int) int64 // gwei in that minute
	topUp   map[int]int64          // gwei that come in
}

// watch looks at a purse once in some minutes, for a number of minutes.
func watch(p purse, every, minutes int, look func(minute int) bool) *v1alpha1.AccountStatus {
	var status *v1alpha1.AccountStatus
	for minute := range minutes {
		p.balance = new(big.Int).Sub(p.balance, inWei(p.spend(minute)))
		p.balance.Add(p.balance, inWei(p.topUp[minute]))
		if minute%every == 0 && (look == nil || look(minute)) {
			now := noon.Add(time.Duration(minute)*time.Minute + 300*time.Millisecond)
			status = accountStatus(status, payer1, p.balance, now, now)
		}
	}
	return status
}

// The rate is that of the simulated spending, however often it was looked at, and whatever came in.
func TestAccountMeasuresSpending(t *testing.T) {
	t.Parallel()
	steady := func(int) int64 { return 1e6 } // 1.44 ETH a day
	bursts := func(minute int) int64 {       // the same, every half hour
		if minute%30 == 29 {
			return 30e6
		}
		return 0
	}
	const hours = 60
	cases := map[string]struct {
		purse         purse
		every, hours  int
		look          func(int) bool
		want, withinP int64 // wei in a day, in percent of it
		wantMeasured  string
	}{
		"steady, for an hour":        {purse{spend: steady}, 1, 1, nil, 144e16, 1, "59m0s"},
		"steady, for three days":     {purse{spend: steady}, 1, 72, nil, 144e16, 0, "24h0m0s"},
		"looked at every 7 minutes":  {purse{spend: steady}, 7, 30, nil, 144e16, 1, "24h0m0s"},
		"in bursts":                  {purse{spend: bursts}, 1, 48, nil, 144e16, 3, "24h0m0s"},
		"nothing":                    {purse{spend: func(int) int64 { return 0 }}, 1, 48, nil, 0, 0, "24h0m0s"},
		"topped up now and then":     {purse{spend: steady, topUp: map[int]int64{100: 5e9, 1000: 5e9, 2000: 1e9}}, 1, 48, nil, 144e16, 1, "24h0m0s"},
		"an operator that was away":  {purse{spend: steady}, 1, 48, func(minute int) bool { return minute < 600 || minute > 900 }, 144e16, 1, "24h0m0s"},
		"an operator away for days":  {purse{spend: steady}, 1, 120, func(minute int) bool { return minute < 600 || minute > 100*60 }, 144e16, 1, "24h0m0s"},
		"a rise shows within a day":  {purse{spend: func(minute int) int64 { return 1e6 * int64(1+minute/(24*60)) }}, 1, hours + 12, nil, 3 * 144e16, 40, "24h0m0s"},
		"an end shows within days":   {purse{spend: func(minute int) int64 { return 1e6 * int64(max(1-minute/(24*60), 0)) }}, 1, 24 * 6, nil, 2e16, 60, "24h0m0s"},
		"a top-up hides its minutes": {purse{spend: steady, topUp: map[int]int64{30: 5e9}}, 30, 2, nil, 144e16, 0, "1h0m0s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.purse.balance = inWei(100e9)
			got := watch(tc.purse, tc.every, tc.hours*60, tc.look)
			rate, ok := ether.Wei(got.SpentPerDay)
			if !ok {
				t.Fatalf("spentPerDay %q", got.SpentPerDay)
			}
			off := new(big.Int).Abs(new(big.Int).Sub(rate, big.NewInt(tc.want)))
			if limit := big.NewInt(tc.want / 100 * tc.withinP); off.Cmp(limit) > 0 {
				t.Errorf("spends %s ETH a day, want %s", got.SpentPerDay, ether.Of(big.NewInt(tc.want)))
			}
			if string(got.MeasuredFor) != tc.wantMeasured {
				t.Errorf("measured for %s, want %s", got.MeasuredFor, tc.wantMeasured)
			}
		})
	}
}

func TestAccountStatus(t *testing.T) {
	t.Parallel()
	eth := func(amount v1alpha1.Ether) *big.Int { wei, _ := ether.Wei(amount); return wei }
	was := func(change func(*v1alpha1.AccountStatus)) *v1alpha1.AccountStatus {
		a := &v1alpha1.AccountStatus{
			Address: v1alpha1.Address(payer1.Hex()), Balance: "2", ObservedAt: at(noon), SpentPerDay: "0.24", MeasuredFor: "2h0m0s", LastsUntil: at(noon.Add(200 * time.Hour)),
		}
		change(a)
		return a
	}
	same := func(*v1alpha1.AccountStatus) {}
	begun := func(balance v1alpha1.Ether, when time.Time) *v1alpha1.AccountStatus {
		return &v1alpha1.AccountStatus{Address: v1alpha1.Address(payer1.Hex()), Balance: balance, ObservedAt: at(when)}
	}
	cases := map[string]struct {
		was     *v1alpha1.AccountStatus
		address common.Address
		balance *big.Int
		at      time.Time
		want    *v1alpha1.AccountStatus
	}{
		"the first balance":                 {nil, payer1, eth("2"), noon, begun("2", noon)},
		"more than the schema can hold":     {nil, payer1, new(big.Int).Lsh(big.NewInt(1), 255), noon, begun("999999999999.999999999999999999", noon)},
		"the same reading again":            {was(same), payer1, eth("2"), noon, was(same)},
		"in the same second":                {was(same), payer1, eth("1"), noon.Add(999 * time.Millisecond), was(same)},
		"no answer":                         {was(same), payer1, nil, noon.Add(time.Hour), was(same)},
		"never asked":                       {was(same), payer1, nil, time.Time{}, was(same)},
		"the key cannot be read":            {was(same), common.Address{}, eth("1"), noon.Add(time.Hour), was(same)},
		"the key was exchanged":             {was(func(a *v1alpha1.AccountStatus) { a.Address = "0xb000000000000000000000000000000000000009" }), payer1, eth("1"), noon.Add(time.Hour), begun("1", noon.Add(time.Hour))},
		"an address in other letters":       {was(func(a *v1alpha1.AccountStatus) { a.Address = "0xb000000000000000000000000000000000000001" }), payer1, eth("2"), noon, was(same)},
		"the key was exchanged, no balance": {was(func(a *v1alpha1.AccountStatus) { a.Address = "0xb000000000000000000000000000000000000009" }), payer1, nil, noon, nil},
		"something was spent": {was(same), payer1, eth("1.97"), noon.Add(time.Hour), was(func(a *v1alpha1.AccountStatus) {
			// (0.24 × 2h + 0.03 × 24h) / 3h = 0.4 in a day; 1.97 lasts 4.925 of them
			a.Balance, a.ObservedAt, a.SpentPerDay, a.MeasuredFor, a.LastsUntil = "1.97", at(noon.Add(time.Hour)), "0.4", "3h0m0s", at(noon.Add(time.Hour+118*time.Hour+12*time.Minute))
		})},
		"nothing is left, seconds later": {was(same), payer1, eth("0"), noon.Add(6 * time.Second), was(func(a *v1alpha1.AccountStatus) {
			// (0.24 × 7200s + 2 × 86400s) / 7206s = 24.219817 in a day
			a.Balance, a.ObservedAt, a.SpentPerDay, a.MeasuredFor, a.LastsUntil = "0", at(noon.Add(6*time.Second)), "24.219816819317235636", "2h0m6s", at(noon.Add(6*time.Second))
		})},
		"something came in": {was(same), payer1, eth("5"), noon.Add(time.Hour), was(func(a *v1alpha1.AccountStatus) {
			a.Balance, a.ObservedAt, a.LastsUntil = "5", at(noon.Add(time.Hour)), at(noon.Add(501*time.Hour))
		})},
		"nothing is left": {was(same), payer1, eth("0"), noon.Add(time.Hour), was(func(a *v1alpha1.AccountStatus) {
			a.Balance, a.ObservedAt, a.SpentPerDay, a.MeasuredFor, a.LastsUntil = "0", at(noon.Add(time.Hour)), "16.16", "3h0m0s", at(noon.Add(time.Hour))
		})},
		"next to nothing is spent": {begun("1000", noon), payer1, eth("999.999999999999999999"), noon.Add(time.Hour), &v1alpha1.AccountStatus{
			Address: v1alpha1.Address(payer1.Hex()), Balance: "999.999999999999999999", ObservedAt: at(noon.Add(time.Hour)), SpentPerDay: "0.000000000000000024", MeasuredFor: "1h0m0s",
		}},
		"a clock that was ahead": {was(func(a *v1alpha1.AccountStatus) { a.ObservedAt = at(noon.Add(72 * time.Hour)) }), payer1, eth("1"), noon.Add(time.Hour), begun("1", noon.Add(time.Hour))},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := tc.was.DeepCopy()
			got := accountStatus(tc.was, tc.address, tc.balance, tc.at, noon.Add(time.Hour))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("accountStatus() (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tc.was); diff != "" {
				t.Errorf("accountStatus() changed what was:\n%s", diff)
			}
		})
	}
}

func TestSignerJudge(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		account v1alpha1.AccountStatus
		minimum v1alpha1.Ether
		every   time.Duration
		want    string
	}{
		"enough":                            {account: v1alpha1.AccountStatus{Balance: "1"}},
		"exactly the default":               {account: v1alpha1.AccountStatus{Balance: "0.1"}},
		"less than the default":             {account: v1alpha1.AccountStatus{Balance: "0.099999999999999999"}, want: v1alpha1.ReasonBalanceLow},
		"less than asked for":               {account: v1alpha1.AccountStatus{Balance: "1"}, minimum: "1.5", want: v1alpha1.ReasonBalanceLow},
		"little, and nothing is asked for":  {account: v1alpha1.AccountStatus{Balance: "0.001"}, minimum: "0"},
		"nothing, and nothing is asked for": {account: v1alpha1.AccountStatus{Balance: "0"}, minimum: "0", want: v1alpha1.ReasonOutOfFunds},
		"ends soon":                         {account: v1alpha1.AccountStatus{Balance: "1", SpentPerDay: "1", MeasuredFor: "1h", LastsUntil: at(noon.Add(24 * time.Hour))}, want: v1alpha1.ReasonFundsEndSoon},
		"ends soon, measured for too short": {account: v1alpha1.AccountStatus{Balance: "1", SpentPerDay: "1", MeasuredFor: "59m", LastsUntil: at(noon.Add(24 * time.Hour))}},
		"ends soon, by less than two channels": {
			account: v1alpha1.AccountStatus{Balance: "1", SpentPerDay: "1", MeasuredFor: "9h", LastsUntil: at(noon.Add(24 * time.Hour))}, every: 5 * time.Hour,
		},
		"lasts just long enough":  {account: v1alpha1.AccountStatus{Balance: "3", SpentPerDay: "1", MeasuredFor: "1h", LastsUntil: at(noon.Add(72 * time.Hour))}},
		"low is worse than soon":  {account: v1alpha1.AccountStatus{Balance: "0.05", SpentPerDay: "1", MeasuredFor: "1h", LastsUntil: at(noon.Add(time.Hour))}, want: v1alpha1.ReasonBalanceLow},
		"a minimum like no other": {account: v1alpha1.AccountStatus{Balance: "0.05"}, minimum: "a lot", want: v1alpha1.ReasonBalanceLow},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.account.Address, tc.account.ObservedAt = "0xb1", at(noon)
			got, text := (&signer{component: "op-batcher", account: &tc.account, minimum: tc.minimum, every: tc.every}).judge(72*time.Hour, 72*time.Hour)
			if got != tc.want || text == "" {
				t.Errorf("judge() = %q, %q, want %q", got, text, tc.want)
			}
		})
	}
}

// No amount, time or rate makes the estimator write what the schema refuses.
func FuzzAccountStatus(f *testing.F) {
	f.Add("1", "0.5", "1h0m0s", int64(3600), "900000000000000000")
	f.Add("999999999999.999999999999999999", "999999999999", "24h0m0s", int64(60), "0")
	f.Add("0", "", "", int64(1), "115792089237316195423570985008687907853269984665640564039457584007913129639935")
	f.Fuzz(func(t *testing.T, had, rate, measured string, passed int64, has string) {
		balance, ok := new(big.Int).SetString(has, 10)
		if !ok || balance.Sign() < 0 || passed < 0 || passed > 1e9 {
			return
		}
		was := &v1alpha1.AccountStatus{Address: v1alpha1.Address(payer1.Hex()), Balance: v1alpha1.Ether(had), ObservedAt: at(noon), SpentPerDay: v1alpha1.Ether(rate), MeasuredFor: v1alpha1.Duration(measured)}
		then := noon.Add(time.Duration(passed) * time.Second)
		got := accountStatus(was, payer1, balance, then, then)
		if got == was {
			return
		}
		for _, amount := range []v1alpha1.Ether{got.Balance, got.SpentPerDay} {
			if wei, ok := ether.Wei(amount); amount != "" && (!ok || wei.Sign() < 0 || len(amount) > 31) && amount != was.SpentPerDay {
				t.Errorf("amount %q of %s", amount, fmt.Sprint(got))
			}
		}
		if got.LastsUntil != nil && (got.LastsUntil.Before(got.ObservedAt) || got.LastsUntil.Sub(then) > runwayMost) {
			t.Errorf("lasts until %s", got.LastsUntil)
		}
	})
}
