package command

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/vigil"
)

// answers is an API server that has one chain, or fails.
type answers struct {
	client.Reader
	chain v1alpha1.OPChain
	err   error
}

func (a *answers) Get(_ context.Context, _ client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if chain, ok := into.(*v1alpha1.OPChain); ok {
		a.chain.DeepCopyInto(chain)
	}
	return a.err
}

func (a *answers) List(context.Context, client.ObjectList, ...client.ListOption) error { return a.err }

// watchingOn watches with streams that it gives.
func watchingOn(from *answers, terminal bool) (w *watching, clk *clocktesting.FakePassiveClock, out, errOut *bytes.Buffer) {
	clk = clocktesting.NewFakePassiveClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	from.chain.Namespace, from.chain.Name, from.chain.Generation = "rollups", "my-chain", 1
	from.chain.CreationTimestamp.Time = clk.Now().Add(-time.Minute)
	run := &statusRun{
		env:   &Environment{Streams: streams, Getenv: func(string) string { return "" }, Clock: clk},
		query: overview.Query{Namespace: "rollups", Name: "my-chain"}, output: "table",
	}
	return &watching{statusRun: run, from: from, terminal: terminal, height: func() int { return 0 }}, clk, out, errOut
}

// On a terminal each screen takes the place of the one before, though only time has gone on. What
// cannot be read any more stays, with how old it is.
func TestWatchOnTerminal(t *testing.T) {
	t.Parallel()
	from := &answers{}
	w, clk, out, _ := watchingOn(from, true)
	show := func(wantAgain bool, want ...string) {
		t.Helper()
		out.Reset()
		again, err := w.show(t.Context())
		if err != nil || again != wantAgain || !strings.HasPrefix(out.String(), clearScreen+"rollups/my-chain: ") {
			t.Errorf("again %t, error %v: %q", again, err, out.String())
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("no %q: %s", text, out.String())
			}
		}
	}
	show(false, "replica, 60s old")
	clk.SetTime(clk.Now().Add(10 * time.Second))
	show(false, "replica, 70s old")
	from.err = errors.New("the line is \x1b[31mcut")
	clk.SetTime(clk.Now().Add(20 * time.Second))
	show(true, "replica, 90s old", "\n! not read for 20s, trying again: read OPChain my-chain: the line is [31mcut\n")
	from.err = nil
	show(false, "replica, 90s old")
	if strings.Contains(out.String(), "trying again") {
		t.Errorf("it was read: %s", out.String())
	}
}

// On a terminal that is too low the head of the screen stays, and so does why nothing is read.
func TestWatchOnLowTerminal(t *testing.T) {
	t.Parallel()
	from := &answers{}
	w, _, out, _ := watchingOn(from, true)
	w.height = func() int { return 4 }
	for _, want := range []string{"", "! not read for 0s, trying again: read OPChain my-chain: the line is cut\n"} {
		out.Reset()
		if _, err := w.show(t.Context()); err != nil {
			t.Fatal(err)
		}
		shown := out.String()
		if lines := strings.Count(shown, "\n"); lines != 3 || !strings.HasPrefix(shown, clearScreen+"rollups/my-chain: ") ||
			!strings.Contains(shown, " more lines, for which the terminal is too low\n") || !strings.HasSuffix(shown, want) {
			t.Errorf("%d lines: %q", lines, shown)
		}
		from.err = errors.New("the line is cut")
	}
	w.terminal, from.err, w.shape = false, nil, nil
	out.Reset()
	if _, err := w.show(t.Context()); err != nil || strings.Contains(out.String(), " more lines") {
		t.Errorf("error %v, where there is no terminal: %s", err, out.String())
	}
}

// Elsewhere a screen follows a screen only when anything but the time is another, and a fault is
// told once.
func TestWatchElsewhere(t *testing.T) {
	t.Parallel()
	from := &answers{}
	w, clk, out, errOut := watchingOn(from, false)
	for i, step := range []struct {
		do           func()
		out, errOut  bool
		wantsANewTry bool
	}{
		{func() {}, true, false, false},
		{func() { clk.SetTime(clk.Now().Add(time.Hour)) }, false, false, false},
		{func() { from.chain.Status.Phase = v1alpha1.PhaseRunning }, true, false, false},
		{func() { from.err = errors.New("the line is cut") }, false, true, true},
		{func() {}, false, false, true},
		{func() { from.err = errors.New("the line is cut elsewhere") }, false, true, true},
		{func() { from.err = nil }, false, false, false},
	} {
		step.do()
		out.Reset()
		errOut.Reset()
		again, err := w.show(t.Context())
		if err != nil || again != step.wantsANewTry || (out.Len() > 0) != step.out || (errOut.Len() > 0) != step.errOut {
			t.Errorf("step %d: again %t, error %v\n%s%s", i, again, err, out, errOut)
		}
	}
}

// On a terminal, ages go on without any change.
func TestWatchIsRefreshed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _, out, _ := watchingOn(&answers{}, true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Second)
		defer cancel()
		v := w.vigil(nil)
		if err := v.Keep(ctx); err != nil {
			t.Fatal(err)
		}
		if screens := strings.Count(out.String(), clearScreen); screens != 7 { // one at once, then every ten seconds
			t.Errorf("%d screens", screens)
		}
		if w.terminal = false; w.vigil([]vigil.Source{nil}).Refresh != 0 {
			t.Error("it is refreshed where there is no terminal")
		}
	})
}
