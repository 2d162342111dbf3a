// Package ether reads and writes amounts of ETH, exactly: none of it is a float.
package ether

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// Digits is how many decimal digits ETH has after the point: it is 10^18 wei.
const Digits = 18

// Wei reads an amount of ETH. ok is false where it is not one.
func Wei(amount v1alpha1.Ether) (wei *big.Int, ok bool) {
	whole, fraction, pointed := strings.Cut(string(amount), ".")
	if whole == "" || pointed && fraction == "" || len(fraction) > Digits || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(whole+fraction+strings.Repeat("0", Digits-len(fraction)), 10)
}

// most is the largest amount that the schema of Ether can hold, in wei: twelve digits before
// the point. Development chains give accounts more than that.
var most = new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(12+Digits), nil), big.NewInt(1))

// Of writes a positive amount of wei in ETH, with all its digits.
func Of(wei *big.Int) v1alpha1.Ether {
	if wei.Cmp(most) > 0 {
		wei = most
	}
	whole, fraction := cut(wei)
	return v1alpha1.Ether(join(whole, fraction))
}

// shownDigits is how many digits after the point people need: as many as tell a day's fees. Of
// less than 1 ETH it is how many follow the zeros.
const shownDigits = 4

// Short writes an amount of wei in ETH for people. Digits that nobody needs are cut off, not
// rounded: what is below a limit must not look as if it reached it.
func Short(wei *big.Int) string {
	whole, fraction := cut(wei)
	keep := shownDigits
	if whole == "0" {
		keep = len(fraction) - len(strings.TrimLeft(fraction, "0")) + shownDigits
	}
	return join(whole, fraction[:min(keep, len(fraction))])
}

// cut gives the digits before and after the point.
func cut(wei *big.Int) (whole, fraction string) {
	digits := fmt.Sprintf("%0*s", Digits+1, wei.String())
	return digits[:len(digits)-Digits], digits[len(digits)-Digits:]
}

func join(whole, fraction string) string {
	fraction = strings.TrimRight(fraction, "0")
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}
