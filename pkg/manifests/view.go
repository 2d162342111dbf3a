package manifests

import (
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// view is what a component's templates see. It is flat: templates hold no logic.
type view struct {
	// Set by complete, for every component alike.
	Name, Namespace       string
	Labels, PodLabels     map[string]string
	Selector              map[string]string
	Owners                []metav1.OwnerReference
	PodAnnotations        map[string]string
	HelperImage           string
	PullSecrets           []corev1.LocalObjectReference
	Image                 string
	PullPolicy            corev1.PullPolicy
	Resources             corev1.ResourceRequirements
	NodeSelector          map[string]string
	Tolerations           []corev1.Toleration
	HTTPPort, MetricsPort int
	ConfigData            map[string][]byte // of the ConfigMap: what is not text
	ConfigText            map[string]string // of the ConfigMap: what a person can read
	fetched               []byte            // what it asks another component for once, at its start
	SecretData            map[string][]byte // of the Secret
	Chain                 string            // the OPChain's name
	MonitorLabels         map[string]string // of the PodMonitor
	ScrapeInterval        string            // of the PodMonitor

	// Set by the component's own view function.
	spec         *v1alpha1.ComponentSpec
	Args         []string
	Env          []envVar // plain settings
	SecretEnv    []envVar // Value is a key of the Secret
	StorageSize  string
	StorageClass string
	AccessMode   corev1.PersistentVolumeAccessMode
	WSPort       int      // of op-geth
	EnginePort   int      // of op-geth
	P2PPort      int      // of op-node; 0 without P2P
	InitArgs     []string // of geth init
	// UnpackArgs are of the helper, which writes the genesis to a file; none where op-geth has
	// the genesis built in, and there is nothing to write or to init.
	UnpackArgs []string
	// GenesisConfig is set where the helper reads the genesis from the ConfigMap, and unset
	// where it downloads it onto the volume.
	GenesisConfig bool
}

type envVar struct{ Name, Value string }

// complete fills in what all components have alike.
func (v *view) complete(chain *v1alpha1.OPChain, cfg *config.Config, component, helper string) error {
	reads, err := digestData(cfg.Salt, v.ConfigData, v.ConfigText, v.SecretData, v.fetched)
	if err != nil {
		return err
	}
	v.Name, v.Namespace = names.Of(chain, component), chain.Namespace
	v.Labels, v.PodLabels = names.Labels(chain, component), names.PodLabels(chain, component)
	v.Selector = names.Selector(chain, component)
	v.Owners = Owners(chain)
	v.monitor(chain)
	v.PodAnnotations = map[string]string{names.AnnotationConfig: reads}
	v.HelperImage, v.PullSecrets = helper, chain.Spec.ImagePullSecrets
	v.Image, v.PullPolicy = v.spec.Image, v.spec.ImagePullPolicy
	v.Resources = v.spec.Resources
	v.NodeSelector, v.Tolerations = v.spec.NodeSelector, v.spec.Tolerations
	for _, arg := range v.spec.ExtraArgs {
		v.Args = append(v.Args, string(arg))
	}
	return nil
}

// monitor says how the component's pods are watched. Our own labels cannot be taken over: the
// schema refuses such keys.
func (v *view) monitor(chain *v1alpha1.OPChain) {
	spec := &chain.Spec.Monitoring.PodMonitor
	v.Chain, v.ScrapeInterval = chain.Name, string(spec.Interval)
	v.MonitorLabels = maps.Clone(v.Labels)
	for name, value := range spec.Labels {
		if _, ours := v.Labels[name]; !ours {
			v.MonitorLabels[name] = string(value)
		}
	}
}

// Owners is the owner reference of everything that goes away with the chain.
func Owners(chain *v1alpha1.OPChain) []metav1.OwnerReference {
	owner := metav1.NewControllerRef(chain, v1alpha1.GroupVersion.WithKind("OPChain"))
	return []metav1.OwnerReference{*owner}
}

// settings turns a table of settings into environment variables in a fixed order. A setting
// goes by environment rather than by argument because the programs of the OP Stack exit on a
// flag that their version does not know, and pass over such a variable. An empty value is
// left out.
func settings(prefix string, table map[string]string) []envVar {
	var env []envVar
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if table[name] != "" {
			env = append(env, envVar{Name: prefix + name, Value: table[name]})
		}
	}
	return env
}

// withSecrets sorts values into the component's Secret and the variables that read it.
func (v *view) withSecrets(prefix string, table map[string]string) {
	if v.SecretData == nil {
		v.SecretData = map[string][]byte{}
	}
	for _, entry := range settings(prefix, table) {
		v.SecretData[entry.Name] = []byte(entry.Value)
		v.SecretEnv = append(v.SecretEnv, envVar{Name: entry.Name, Value: entry.Name})
	}
}

func number[T int | int32 | int64](n T) string { return strconv.FormatInt(int64(n), 10) }
