package manifests

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// everything is a chain with all components and all inputs.
func everything(t *testing.T) (*v1alpha1.OPChain, *config.Config) {
	t.Helper()
	chain := admitted(t, "testdata/dispute-game-sequencer/opchain.yaml")
	chain.Spec.L1.ChainConfigSecret = "l1-chain-config"
	chain.Spec.Components.Node.P2P.Enabled = new(true)
	chain.Spec.Components.Node.P2P.SequencerKeySecret = "sequencer-key"
	return chain, inputs(chain)
}

// digests are the annotations that roll pods when what they read changes, by component.
func digests(t *testing.T, chain *v1alpha1.OPChain, cfg *config.Config) map[string]string {
	t.Helper()
	found := map[string]string{}
	for component, d := range (golden{objects: generate(t, chain, cfg)}).deployments(t) {
		found[component] = d.Spec.Template.Annotations[names.AnnotationConfig]
	}
	return found
}

func TestPodsRollExactlyWhenWhatTheyReadChanges(t *testing.T) {
	t.Parallel()
	all := []string{names.Batcher, names.Geth, names.Node, names.Proposer}
	cases := map[string]struct {
		change func(*v1alpha1.OPChain, *config.Config)
		want   []string
	}{
		"nothing": {func(*v1alpha1.OPChain, *config.Config) {}, nil},
		"genesis": {func(_ *v1alpha1.OPChain, c *config.Config) { c.GenesisGzip = []byte("other") }, []string{names.Geth}},
		"URL of the genesis, which shows in the pod itself": {
			func(_ *v1alpha1.OPChain, c *config.Config) {
				c.GenesisGzip, c.GenesisDownload = nil, &config.GenesisDownload{URL: "https://files.example/genesis.json", SHA256: "aa"}
			}, []string{names.Geth},
		},
		"rollup config":   {func(_ *v1alpha1.OPChain, c *config.Config) { c.RollupJSON = []byte("{}") }, []string{names.Batcher, names.Node}},
		"L1 chain config": {func(_ *v1alpha1.OPChain, c *config.Config) { c.L1ChainConfig = []byte("{}") }, []string{names.Node}},
		"no L1 chain config any more": {
			func(_ *v1alpha1.OPChain, c *config.Config) { c.L1ChainConfig = nil }, []string{names.Node},
		},
		"JWT":           {func(_ *v1alpha1.OPChain, c *config.Config) { c.JWT = "other" }, []string{names.Geth, names.Node}},
		"L1 URL":        {func(_ *v1alpha1.OPChain, c *config.Config) { c.L1RPC = "other" }, []string{names.Batcher, names.Node, names.Proposer}},
		"beacon URL":    {func(_ *v1alpha1.OPChain, c *config.Config) { c.L1Beacon = "other" }, []string{names.Node}},
		"sequencer key": {func(_ *v1alpha1.OPChain, c *config.Config) { c.SequencerKey = "other" }, []string{names.Node}},
		"batcher key":   {func(_ *v1alpha1.OPChain, c *config.Config) { c.BatcherKey = "other" }, []string{names.Batcher}},
		"proposer key":  {func(_ *v1alpha1.OPChain, c *config.Config) { c.ProposerKey = "other" }, []string{names.Proposer}},
		"salt":          {func(_ *v1alpha1.OPChain, c *config.Config) { c.Salt = []byte("other") }, all},
		"fallbacks of the beacon": {
			func(chain *v1alpha1.OPChain, _ *config.Config) {
				chain.Spec.L1.Beacon.FallbackURLs = []v1alpha1.HTTPEndpoint{"http://x"}
			}, []string{names.Node},
		},
		"settings, which show in the pod itself": {
			func(chain *v1alpha1.OPChain, _ *config.Config) {
				chain.Spec.Components.Geth.Image, chain.Spec.Components.Batcher.MaxChannelDuration = "other", 1
				chain.Spec.L2.NetworkName = "other"
			}, nil,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain, cfg := everything(t)
			before := digests(t, chain, cfg)
			tc.change(chain, cfg)
			var changed []string
			for component, digest := range digests(t, chain, cfg) {
				if digest != before[component] {
					changed = append(changed, component)
				}
			}
			slices.Sort(changed)
			if diff := cmp.Diff(tc.want, changed); diff != "" {
				t.Errorf("pods that roll (-want +got):\n%s", diff)
			}
		})
	}
}

// A label on a pod is part of its template: what may change in a chain's life must not be one.
func TestANewNetworkNameRollsNothing(t *testing.T) {
	t.Parallel()
	chain, cfg := everything(t)
	before := golden{objects: generate(t, chain, cfg)}.deployments(t)
	chain.Spec.L2.NetworkName = "another"
	for component, d := range (golden{objects: generate(t, chain, cfg)}).deployments(t) {
		if d.Labels[names.LabelNetwork] != "another" {
			t.Errorf("%s: label is %q", component, d.Labels[names.LabelNetwork])
		}
		if diff := cmp.Diff(before[component].Spec, d.Spec); diff != "" {
			t.Errorf("%s (-before +after):\n%s", component, diff)
		}
	}
}

func TestDigestsDoNotMixUpFiles(t *testing.T) {
	t.Parallel()
	salt := []byte("salt")
	if digest(salt, []byte("ab"), []byte("c")) == digest(salt, []byte("a"), []byte("bc")) {
		t.Error("content that moves from one file to the next goes unnoticed")
	}
	if digest(salt, []byte("ab")) == digest([]byte("pepper"), []byte("ab")) {
		t.Error("the salt does not count")
	}
}

func TestGenerateIsPure(t *testing.T) {
	t.Parallel()
	chain, cfg := everything(t)
	chain.Spec.Components.Geth.NodeSelector = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
	chainBefore, cfgBefore := chain.DeepCopy(), *cfg
	want := marshalled(t, generate(t, chain, cfg))
	for range 10 {
		if diff := cmp.Diff(want, marshalled(t, generate(t, chain, cfg))); diff != "" {
			t.Fatalf("the same inputs gave other objects (-first +next):\n%s", diff)
		}
	}
	if diff := cmp.Diff(chainBefore, chain); diff != "" {
		t.Errorf("Generate() changed the chain (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(cfgBefore, *cfg); diff != "" {
		t.Errorf("Generate() changed the config (-before +after):\n%s", diff)
	}
}

func marshalled(t *testing.T, objects []Object) string {
	t.Helper()
	doc, err := json.Marshal(objects)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// What Keys tells must be what Generate makes: the controller judges a settled chain by it.
func TestKeysAreWhatIsGenerated(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		var got []Key
		for _, object := range g.objects {
			got = append(got, Key{Kind: object.GetKind(), Name: object.GetName(), Component: object.Component})
		}
		wanted, unwanted := Keys(g.chain, everywhere)
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("objects (-Keys +Generate):\n%s", diff)
		}
		for _, key := range unwanted {
			if key.Kind == KindClaim {
				t.Errorf("Keys() would have the data of %s removed", key.Component)
			}
			is := Key{Kind: key.Kind, Name: key.Name, Component: key.Component}
			if slices.Contains(wanted, is) || key.Replaced != (slices.Contains(Enabled(g.chain), key.Component) && key.Kind != KindPodMonitor) {
				t.Errorf("Keys() does and does not want %v", key)
			}
		}
	})
}

func TestComponents(t *testing.T) {
	t.Parallel()
	order := []string{names.Geth, names.Node, names.Proposer, names.Batcher}
	if diff := cmp.Diff(order, Components()); diff != "" {
		t.Errorf("Components() (-want +got):\n%s", diff)
	}
	chain, _ := everything(t)
	if diff := cmp.Diff(order, Enabled(chain)); diff != "" {
		t.Errorf("Enabled() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"my-chain-op-geth", "my-chain-op-node"}, Claims(chain)); diff != "" {
		t.Errorf("Claims() (-want +got):\n%s", diff)
	}
	spec := &chain.Spec.Components
	for _, c := range []*v1alpha1.ComponentSpec{&spec.Geth.ComponentSpec, &spec.Node.ComponentSpec, &spec.Batcher.ComponentSpec, &spec.Proposer.ComponentSpec} {
		c.Enabled = new(false)
	}
	wanted, unwanted := Keys(chain, everywhere)
	if len(wanted) > 0 || len(unwanted) != 20-2 || len(Enabled(chain)) > 0 {
		t.Errorf("a chain of nothing wants %v and does not want %v", wanted, unwanted)
	}
	if len(generate(t, chain, inputs(chain))) > 0 {
		t.Error("a chain of nothing has objects")
	}
}

func TestNewGeneratorNeedsAHelper(t *testing.T) {
	t.Parallel()
	if g, err := NewGenerator(""); err == nil {
		t.Errorf("NewGenerator() = %v without a helper image", g)
	}
}

// Arguments that a user gives come last, where they win.
func TestExtraArgsComeLast(t *testing.T) {
	t.Parallel()
	chain, cfg := everything(t)
	spec := &chain.Spec.Components
	for _, c := range []*v1alpha1.ComponentSpec{&spec.Geth.ComponentSpec, &spec.Node.ComponentSpec, &spec.Batcher.ComponentSpec, &spec.Proposer.ComponentSpec} {
		c.ExtraArgs = []v1alpha1.Argument{"--b=1", "--a"}
	}
	found := golden{objects: generate(t, chain, cfg)}.deployments(t)
	if len(found) != 4 {
		t.Fatalf("deployments: %v", slices.Collect(maps.Keys(found)))
	}
	for component, d := range found {
		if args := mainArgs(d); len(args) < 2 || args[len(args)-2] != "--b=1" || args[len(args)-1] != "--a" {
			t.Errorf("%s: arguments %v", component, args)
		}
		for _, c := range d.Spec.Template.Spec.InitContainers {
			if slices.Contains(c.Args, "--b=1") {
				t.Errorf("%s: init container %s has them too", component, c.Name)
			}
		}
	}
}

func mainArgs(d *appsv1.Deployment) []string { return d.Spec.Template.Spec.Containers[0].Args }

// A genesis that is in no Secret needs no ConfigMap, and one that was there before is in the way
// of nothing: the running pod may have to read it again.
func TestKeysOfAGenesisThatMoved(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"genesis-by-url", "genesis-registered"} {
		g := loadGolden(t, name)
		_, unwanted := Keys(g.chain, everywhere)
		want := Key{Kind: KindConfigMap, Name: name + "-op-geth", Component: names.Geth, Replaced: true}
		if !slices.Contains(unwanted, want) {
			t.Errorf("%s: Keys() does not name the former ConfigMap: %v", name, unwanted)
		}
		g.chain.Spec.Components.Geth.Enabled = new(false)
		_, unwanted = Keys(g.chain, everywhere)
		if want.Replaced = false; !slices.Contains(unwanted, want) {
			t.Errorf("%s without op-geth: Keys() does not name the former ConfigMap: %v", name, unwanted)
		}
	}
}

// Kubernetes takes $(NAME) in an argument for a variable, and $$ for one dollar.
func TestTheURLOfAGenesisIsNotExpanded(t *testing.T) {
	t.Parallel()
	g := loadGolden(t, "genesis-by-url")
	cfg := inputs(g.chain)
	cfg.GenesisDownload.URL = "https://files.example/$(HOSTNAME)?sign=a$$b"
	geth := (golden{objects: generate(t, g.chain, cfg)}).deployments(t)[names.Geth]
	args, want := geth.Spec.Template.Spec.InitContainers[0].Args, "--url=https://files.example/$$(HOSTNAME)?sign=a$$$$b"
	if !slices.Contains(args, want) {
		t.Errorf("the helper is given %q, want %q among it", args, want)
	}
}

func TestHelperImage(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"replica": helperImage, "genesis-by-url": helperImage, "genesis-registered": ""} {
		if got := HelperImage(loadGolden(t, name).deployments(t)[names.Geth]); got != want {
			t.Errorf("%s: HelperImage() = %q, want %q", name, got, want)
		}
	}
	if got := HelperImage(&corev1.Pod{}); got != "" {
		t.Errorf("HelperImage() of a pod = %q", got)
	}
}
