package preflight

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/pkg/catalog"
	"github.com/oplabs/op-stack-operator/pkg/rollup"
)

func TestNextForkOf(t *testing.T) {
	t.Parallel()
	later := soon.Add(24 * time.Hour)
	scheduled := func(change func(*rollup.Config)) *rollup.Config {
		c := genesisForks("granite")
		change(c)
		return c
	}
	isthmus := scheduled(func(c *rollup.Config) { c.HoloceneTime, c.IsthmusTime = unix(summer.Add(-time.Hour)), unix(soon) })
	together := scheduled(func(c *rollup.Config) {
		c.HoloceneTime, c.IsthmusTime, c.JovianTime = unix(soon), unix(soon), unix(later)
	})
	backwards := scheduled(func(c *rollup.Config) { c.HoloceneTime, c.IsthmusTime = unix(later), unix(soon) })
	cases := map[string]struct {
		in   staged
		want *NextFork
	}{
		"no rollup config":       {stage("", "op-node:v1.9.4").with(nil), nil},
		"all at genesis":         {stage("", "op-node:v1.9.4").with(genesisForks("granite")), nil},
		"the last one has come":  {stage("", "op-node:v1.9.4").with(isthmus).at(soon), nil},
		"an image is new enough": {stage("", "op-node:v1.13.2").with(isthmus), &NextFork{Name: "isthmus", Time: soon}},
		"an image is too old": {
			stage("", "op-node:v1.9.4", "op-batcher:v1.12.0").with(isthmus), &NextFork{Name: "isthmus", Time: soon, TooOld: []catalog.Component{catalog.Node}},
		},
		"an image does not tell its version": {
			stage("", "op-node:latest").with(isthmus), &NextFork{Name: "isthmus", Time: soon, Untold: []catalog.Component{catalog.Node}},
		},
		"no version of a program is new enough": {
			stage("op-geth:latest").with(scheduled(func(c *rollup.Config) { c.KarstTime = unix(soon) })),
			&NextFork{Name: "karst", Time: soon, TooOld: []catalog.Component{catalog.Geth}},
		},
		"forks that come together, and an image that passes only the first": {
			stage("", "op-node:v1.10.2").with(together), &NextFork{Name: "isthmus", Time: soon, TooOld: []catalog.Component{catalog.Node}},
		},
		"forks that come together, and an image that passes both": {
			stage("", "op-node:v1.13.2").with(together), &NextFork{Name: "isthmus", Time: soon},
		},
		"after them comes the next": {
			stage("", "op-node:v1.13.2").with(together).at(soon), &NextFork{Name: "jovian", Time: later, TooOld: []catalog.Component{catalog.Node}},
		},
		"forks in the wrong order come in that of their times": {stage("", "op-node:v1.13.2").with(backwards), &NextFork{Name: "isthmus", Time: soon}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, NextForkOf(tc.in.Inputs)); diff != "" {
				t.Errorf("NextForkOf() (-want +got):\n%s", diff)
			}
		})
	}
}
