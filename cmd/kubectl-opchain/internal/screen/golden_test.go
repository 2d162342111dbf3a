package screen_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/report"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/screen"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

var update = flag.Bool("update", false, "write the golden files")

// now is the time at which everything in testdata is looked at.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Each state is a complete chain with its pods, claims and events.
var states = []string{
	"batcher-silent", "crash-loop", "deleting", "disk-full", "healthy", "l1-down", "long", "nothing-known", "op-node-gone", "out-of-funds", "replica",
	"stale", "starting", "window-nearly-over",
}

// sources reads the objects of a file, strictly.
func sources(tb testing.TB, name string) []*overview.Sources {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, eventsv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			tb.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	of := &overview.Sources{}
	var all []*overview.Sources
	for _, document := range strings.Split(string(data), "\n---\n") {
		object, _, err := decoder.Decode([]byte(document), nil, nil)
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		switch o := object.(type) {
		case *v1alpha1.OPChain:
			of = &overview.Sources{Chain: o}
			all = append(all, of)
		case *appsv1.Deployment:
			of.Deployments = append(of.Deployments, *o)
		case *corev1.Pod:
			of.Pods = append(of.Pods, *o)
		case *corev1.PersistentVolumeClaim:
			of.Claims = append(of.Claims, *o)
		case *eventsv1.Event:
			of.Events = append(of.Events, *o)
		default:
			tb.Fatalf("%s: a %T", name, o)
		}
	}
	return all
}

// load makes an overview of each chain of a file.
func load(tb testing.TB, name string) []*overview.Overview {
	tb.Helper()
	var overviews []*overview.Overview
	for _, of := range sources(tb, name) {
		overviews = append(overviews, overview.Of(of, now))
	}
	return overviews
}

func shown(tb testing.TB, o *overview.Overview, style terminal.Style) string {
	tb.Helper()
	var out bytes.Buffer
	if err := screen.Write(&out, o, now, style); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// compare holds a text to a golden file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-wants +has), -update writes it:\n%s", name, diff)
	}
}

func TestScreens(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			text := shown(t, load(t, state)[0], terminal.Style{Width: terminal.DefaultWidth})
			compare(t, state+".txt", text)
			if strings.Contains(text, "d0ntsh0wth1s") {
				t.Error("what a pod left behind when it ended is shown: it may be a URL with a key")
			}
		})
	}
}

// ended has op-batcher end some time ago, for no reason that is known.
func ended(o *overview.Overview, before time.Duration) {
	o.Component("op-batcher").LastExit = &overview.Exit{Container: "op-batcher", ExitCode: 1, At: new(now.Add(-before))}
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	yes, no, minutes, day := true, false, int64(300), int64(86400)
	cases := map[string]struct {
		change func(o *overview.Overview)
		want   string
		not    string // is nowhere, unless it is empty
		list   string // of the funds; that of the state where it is empty
	}{
		"a sequencer that makes no blocks": {
			change: func(o *overview.Overview) { o.Component("op-node").Sequencing = &no },
			want:   "\nunsafe     1204311  2s     -              op-node makes no blocks\n",
		},
		"a sequencer that makes none, and has a peer": {
			change: func(o *overview.Overview) {
				o.Component("op-node").Sequencing, o.Component("op-node").Peers = &no, new(int32(1))
			},
			want: "\nunsafe     1204311  2s     -              op-node makes no blocks, 1 peer\n",
		},
		"op-geth syncs": {
			change: func(o *overview.Overview) { o.Component("op-geth").Syncing = &yes },
			want:   "\nop-geth    1204311  -      0              syncing\n",
		},
		"spending that was measured for minutes": {
			change: func(o *overview.Overview) { o.Accounts[0].MeasuredForSeconds = &minutes },
			want:   "4.2081 ETH  -           -\n  spending was measured for 5m only, which is too short to tell for how long the ETH lasts\n",
			list:   "112d",
		},
		"ETH that lasts ten years": {
			change: func(o *overview.Overview) {
				o.Accounts[0].LastsSeconds, o.Accounts[1].LastsSeconds = new(int64(10*365*86400)), nil
			},
			want: "  0.1077 ETH  10y\n",
			list: "10y",
		},
		"ETH that lasts longer": {
			change: func(o *overview.Overview) {
				o.Accounts[0].LastsSeconds, o.Accounts[1].LastsSeconds = new(int64(10*365*86400+1)), nil
			},
			want: "  0.1077 ETH  >10y\n",
			list: ">10y",
		},
		"a version of op-geth's whole name": {
			change: func(o *overview.Overview) {
				o.Component("op-geth").Version = "Geth/ours/v1.101702.4-rc.1/linux-amd64/go1.26.8"
			},
			want: "  v1.101702.4-rc.1  yes  ",
		},
		"a version that is none": {
			change: func(o *overview.Overview) { o.Component("op-geth").Version = "geth/unstable" },
			want:   "  geth/unstable  yes  ",
		},
		"an end of an hour ago": {
			change: func(o *overview.Overview) { ended(o, time.Hour) },
			want:   "\nop-batcher   op-batcher:v1.19.6 ",
			not:    "last exit",
		},
		"an end of less than an hour ago": {
			change: func(o *overview.Overview) { ended(o, time.Hour-time.Second) },
			want:   "\n  last exit: op-batcher with code 1, 59m ago\n",
		},
		"an end of a pod that is gone": {
			change: func(o *overview.Overview) {
				ended(o, 10*time.Minute)
				o.Component("op-batcher").StartedAt = new(now.Add(-9 * time.Minute))
			},
			want: "\n  last exit: op-batcher with code 1, 10m ago, in a pod that is gone\n",
		},
		"an end of long ago of what is not ready": {
			change: func(o *overview.Overview) {
				ended(o, 5*time.Hour)
				o.Component("op-batcher").Ready = &no
			},
			want: "\n  last exit: op-batcher with code 1, 5h ago\n",
		},
		"spending that was measured for a day": {
			change: func(o *overview.Overview) { o.Accounts[0].MeasuredForSeconds = &day },
			want:   "\nop-batcher   0x0975989Daf45Fe5E9073Fa8Ef61DF1E6115786FE  4.2081 ETH  0.1077 ETH  39d\nop-proposer",
			list:   "39d",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := load(t, "healthy")[0]
			c.change(o)
			if text := shown(t, o, terminal.Style{Width: 100}); !strings.Contains(text, c.want) {
				t.Errorf("%q is not in\n%s", c.want, text)
			} else if c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("%q is in\n%s", c.not, text)
			}
			var out bytes.Buffer
			if err := screen.WriteList(&out, []*overview.Overview{o}, false, now, terminal.Style{Width: 100}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "  "+c.list+"  ") && c.list != "" {
				t.Errorf("the list does not say %s:\n%s", c.list, out.String())
			}
		})
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	o := load(t, "crash-loop")[0]
	coloured := shown(t, o, terminal.Style{Width: 100, Colour: true})
	compare(t, "crash-loop-colour.txt", coloured)
	plain := coloured
	for _, tone := range []terminal.Tone{terminal.Bad, terminal.Doubtful, terminal.Good, terminal.Unclear, terminal.Bold, "\x1b[0m"} {
		plain = strings.ReplaceAll(plain, string(tone), "")
	}
	if diff := cmp.Diff(shown(t, o, terminal.Style{Width: 100}), plain); diff != "" {
		t.Errorf("colour changes more than colours (-without +with):\n%s", diff)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		namespaces bool
		width      int
	}{"list.txt": {false, 100}, "list-all-namespaces.txt": {true, 120}, "list-narrow.txt": {true, 72}} {
		var out bytes.Buffer
		if err := screen.WriteList(&out, load(t, "list"), c.namespaces, now, terminal.Style{Width: c.width}); err != nil {
			t.Fatal(err)
		}
		compare(t, name, out.String())
	}
}

// Programs read this: fields may come, and none may change.
func TestDocument(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]string{"crash-loop.json.txt": "json", "nothing-known.yaml.txt": "yaml"} {
		state, _, _ := strings.Cut(name, ".")
		var out bytes.Buffer
		if err := report.Encode(&out, load(t, state)[0], format); err != nil {
			t.Fatal(err)
		}
		compare(t, name, out.String())
	}
}
