package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
)

// history is what a condition said one after the other while an operator looked at a world four
// times a minute.
func history(w *world, chain *v1alpha1.OPChain, kind string, from, until time.Time) []string {
	var told []string
	for t := from; !t.After(until); t = t.Add(15 * time.Second) {
		chain.Status = stored(Next(chain, w.at(t), t))
		if now := said(&chain.Status, kind); len(told) == 0 || told[len(told)-1] != now {
			told = append(told, now)
		}
	}
	return told
}

func checkHistory(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it said one after the other (-want +got):\n%s", diff)
	}
}

// op-batcher tells a batch when it is confirmed, ten L1 blocks after its own. It is no batch that
// op-node dropped.
func TestSilentBatcherIsNoFaultOfOpNode(t *testing.T) {
	t.Parallel()
	w, chain := wellFor()
	silent := w.but(func(w *world) {
		w.batcher = noon
		w.tell = func(v *observer.View) {
			v.Batcher.Value.LastBatch = new(v.Batcher.Value.LastBatch.Add(2 * time.Minute))
		}
	})
	got := history(&silent, chain, v1alpha1.ConditionBatcherProgressing, noon, noon.Add(2*time.Hour))
	checkHistory(t, got, "True SafeHeadMoves", "False BatchesOverdue")
}
