package screen_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/screen"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

// fits fails the test where a line is wider than it may be, or holds what a terminal obeys.
func fits(t *testing.T, text string, width int) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if n := terminal.Width(line); n > width {
			t.Errorf("a line takes %d columns of %d: %q", n, width, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("a line ends with a space: %q", line)
		}
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("a control character, %U", r)
		}
	}
}

// Every state fits every width.
func TestWidths(t *testing.T) {
	t.Parallel()
	for _, state := range append([]string{"list"}, states...) {
		all := load(t, state)
		for width := terminal.MinWidth; width <= 200; width++ {
			for _, o := range all {
				fits(t, shown(t, o, terminal.Style{Width: width}), width)
			}
			var list bytes.Buffer
			if err := screen.WriteList(&list, all, width%2 == 0, now, terminal.Style{Width: width}); err != nil {
				t.Fatal(err)
			}
			fits(t, list.String(), width)
		}
	}
}

// Whatever the cluster holds, lines have the width, and nothing moves the cursor. The figures
// are as large as the API lets them be.
func FuzzScreen(f *testing.F) {
	f.Add("a message", "op-geth:v1", int64(1), int64(5), 100)
	f.Add(" ", "0", int64(1), int64(47), 100)
	f.Add(strings.Repeat("m", 300), "op-geth:v1", int64(-1)<<63, int64(1)<<62, 72)
	f.Add(strings.Repeat("m ", 300), "op-geth:v1", int64(1)<<62, int64(1)<<31, 72)
	f.Add("\x1b[2J\r\n\t\u202e", "a/b@sha256:"+strings.Repeat("f", 64), int64(-1), int64(1)<<62, 72)
	f.Add(strings.Repeat("漢", 90), "\xff\x00:@", int64(1)<<62, int64(-1)<<62, 73)
	f.Add(strings.Repeat("é\u0301 ", 90), "", int64(0), int64(0), 200)
	seen := load(f, "crash-loop")[0]
	f.Fuzz(func(t *testing.T, text, image string, figure, seconds int64, width int) {
		width = terminal.MinWidth + (width%129+129-terminal.MinWidth%129)%129 // 72 to 200
		o := *seen
		o.Name, o.NetworkName, o.NotShown = text, text, []string{text}
		o.Conditions = append([]overview.Condition{{Type: text, Status: text, Reason: text, Message: text}}, o.Conditions...)
		head := &overview.Head{Number: figure, LagSeconds: &seconds, BehindUnsafe: &figure}
		o.Heads = &overview.Heads{Unsafe: head, Safe: head, L1: head, SafeL1Origin: &figure}
		o.Window = &overview.Window{SizeBlocks: figure, LeftBlocks: figure, EndsAt: &o.ReadAt, LeftSeconds: &seconds}
		restarts := int32(figure)
		o.Components = []overview.Component{{
			Name: "op-proposer", Image: image, Version: text, Node: text, Waiting: text, Restarts: &restarts, StartedAt: &o.CreatedAt,
			LastExit: &overview.Exit{Container: text, Reason: text, Message: text},
		}}
		o.Storage = []overview.Volume{{Claim: text, Phase: text, CapacityBytes: &figure, UsedBytes: &figure, UsedPercent: &figure}}
		o.NextFork = &overview.Fork{Name: text, InSeconds: seconds}
		o.Events = []overview.Event{{Type: text, Reason: text, Note: text, Count: restarts}}
		fits(t, shown(t, &o, terminal.Style{Width: width}), width)
		var list bytes.Buffer
		if err := screen.WriteList(&list, []*overview.Overview{&o}, true, now, terminal.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		fits(t, list.String(), width)
	})
}

// Whatever the status does not say, and it may leave out anything, the rest is shown.
func TestAnythingMayBeMissing(t *testing.T) {
	t.Parallel()
	chain := sources(t, "crash-loop")[0].Chain
	data, err := json.Marshal(chain.Status)
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	tried := 0
	without(whole, func() {
		tried++
		data, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		less := chain.DeepCopy()
		less.Status = v1alpha1.OPChainStatus{}
		if err := json.Unmarshal(data, &less.Status); err != nil {
			t.Fatal(err)
		}
		o := overview.Of(&overview.Sources{Chain: less}, now)
		fits(t, shown(t, o, terminal.Style{Width: 80}), 80)
		var list bytes.Buffer
		if err := screen.WriteList(&list, []*overview.Overview{o}, true, now, terminal.Style{Width: 80}); err != nil {
			t.Fatal(err)
		}
		fits(t, list.String(), 80)
	})
	if tried < 100 {
		t.Errorf("only %d fields were left out: does this test see anything?", tried)
	}
}

// without leaves out every field below a value, one at a time.
func without(value any, try func()) {
	switch v := value.(type) {
	case map[string]any:
		for key, field := range maps.Clone(v) {
			delete(v, key)
			try()
			v[key] = field
			without(field, try)
		}
	case []any:
		for _, element := range v {
			without(element, try)
		}
	}
}
