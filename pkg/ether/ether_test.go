package ether

import (
	"math/big"
	"testing"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

func TestWei(t *testing.T) {
	t.Parallel()
	cases := map[v1alpha1.Ether]string{
		"0":                               "0",
		"0.0":                             "0",
		"1":                               "1000000000000000000",
		"0.1":                             "100000000000000000",
		"00.5":                            "500000000000000000",
		"0.000000000000000001":            "1",
		"999999999999.999999999999999999": "999999999999999999999999999999",
		"":                                "",
		".5":                              "",
		"1.":                              "",
		"-1":                              "",
		"1e3":                             "",
		"1/3":                             "",
		"1.2.3":                           "",
		"0x10":                            "",
		"1_000":                           "",
		"0.0000000000000000001":           "",
	}
	for in, want := range cases {
		t.Run(string(in), func(t *testing.T) {
			t.Parallel()
			got, ok := Wei(in)
			if ok != (want != "") || ok && got.String() != want {
				t.Errorf("Wei(%q) = %s, %t, want %q", in, got, ok, want)
			}
		})
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"0":                              "0",
		"1":                              "0.000000000000000001",
		"123456789":                      "0.0000000001234",
		"99999999999999999":              "0.09999",
		"100000000000000000":             "0.1",
		"1000000000000000000":            "1",
		"1999999999999999999":            "1.9999",
		"1000000000000000001":            "1",
		"12345678900000000000":           "12.3456",
		"9999999999999999999999":         "9999.9999",
		"10000000000000000000000":        "10000",
		"9999999899999999999999":         "9999.9998",
		"123456999999999999999999":       "123456.9999",
		"100000000000000000000000000000": "100000000000",
	}
	for in, want := range cases {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			amount, _ := new(big.Int).SetString(in, 10)
			if got := Short(amount); got != want {
				t.Errorf("Short(%s) = %s, want %s", in, got, want)
			}
		})
	}
}

// What was written is read as the same amount, but for more than the schema can hold.
func TestOf(t *testing.T) {
	t.Parallel()
	cases := map[string]v1alpha1.Ether{
		"0":                               "0",
		"1":                               "0.000000000000000001",
		"100000000000000000":              "0.1",
		"1000000000000000000":             "1",
		"12345678900000000001":            "12.345678900000000001",
		"999999999999999999999999999999":  "999999999999.999999999999999999",
		"1000000000000000000000000000000": "999999999999.999999999999999999",
	}
	for in, want := range cases {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			amount, _ := new(big.Int).SetString(in, 10)
			got := Of(amount)
			if got != want {
				t.Errorf("Of(%s) = %s, want %s", in, got, want)
			}
			if back, ok := Wei(got); !ok || amount.Cmp(most) <= 0 && back.Cmp(amount) != 0 {
				t.Errorf("Wei(%s) = %s, %t, want %s", got, back, ok, in)
			}
		})
	}
}
