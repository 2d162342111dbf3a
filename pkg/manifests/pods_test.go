package manifests

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/oplabs/op-stack-operator/pkg/names"
)

// typed reads an object of a kind as its Go type.
func typed[T any](t *testing.T, object *Object) *T {
	t.Helper()
	into := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into); err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
	return into
}

func (g golden) deployments(t *testing.T) map[string]*appsv1.Deployment {
	t.Helper()
	found := map[string]*appsv1.Deployment{}
	for i := range g.objects {
		if g.objects[i].GetKind() == KindDeployment {
			found[g.objects[i].Component] = typed[appsv1.Deployment](t, &g.objects[i])
		}
	}
	return found
}

func allContainers(d *appsv1.Deployment) []corev1.Container {
	return slices.Concat(d.Spec.Template.Spec.InitContainers, d.Spec.Template.Spec.Containers)
}

func TestPodsPassTheRestrictedStandard(t *testing.T) {
	t.Parallel()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			template := &d.Spec.Template
			verdict := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
			if !verdict.Allowed {
				t.Errorf("%s: %s: %s", component, verdict.ForbiddenReason(), verdict.ForbiddenDetail())
			}
			for _, c := range allContainers(d) {
				if c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
					t.Errorf("%s: container %s can write to its root", component, c.Name)
				}
			}
		}
	})
}

func TestWorkloadsAreSingletonsThatStopInTime(t *testing.T) {
	t.Parallel()
	wantGrace := map[string]int64{names.Geth: 300, names.Node: 60, names.Batcher: 120, names.Proposer: 60}
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			spec := &d.Spec.Template.Spec
			if d.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType || *d.Spec.Replicas != 1 {
				t.Errorf("%s: %d replicas, strategy %s", component, *d.Spec.Replicas, d.Spec.Strategy.Type)
			}
			if grace := *spec.TerminationGracePeriodSeconds; grace != wantGrace[component] {
				t.Errorf("%s: grace period %d s, want %d s", component, grace, wantGrace[component])
			}
			if *spec.AutomountServiceAccountToken || *spec.EnableServiceLinks {
				t.Errorf("%s: gets a token, or variables that its program could take for settings", component)
			}
			deadline := int64(600)
			if d.Spec.ProgressDeadlineSeconds != nil {
				deadline = int64(*d.Spec.ProgressDeadlineSeconds)
			}
			startup := spec.Containers[0].StartupProbe
			if needs := *spec.TerminationGracePeriodSeconds + int64(startup.PeriodSeconds)*int64(startup.FailureThreshold); deadline < needs {
				t.Errorf("%s: counts as stuck after %d s, but may take %d s to stop and start", component, deadline, needs)
			}
		}
	})
}

func TestContainersAreExplicit(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			for _, c := range allContainers(d) {
				if len(c.Command) == 0 || c.Image == "" || c.ImagePullPolicy == "" {
					t.Errorf("%s: container %s leaves command, image or pull policy to the image", component, c.Name)
				}
				if slices.Contains(c.Command, "sh") || slices.Contains(c.Command, "/bin/sh") {
					t.Errorf("%s: container %s needs a shell", component, c.Name)
				}
				for _, probe := range []*corev1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
					if probe != nil && probe.Exec != nil {
						t.Errorf("%s: container %s has a probe that needs a program in the image", component, c.Name)
					}
				}
			}
			if c := d.Spec.Template.Spec.Containers[0]; c.StartupProbe == nil || c.ReadinessProbe == nil || c.LivenessProbe == nil {
				t.Errorf("%s: lacks a probe", component)
			}
		}
	})
}

// Keys and tokens are in Secrets and nowhere else. URLs count: they carry API keys.
func TestSecretsStayInSecrets(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		content := map[string]string{
			"JWT": g.cfg.JWT, "sequencer key": g.cfg.SequencerKey, "batcher key": g.cfg.BatcherKey,
			"proposer key": g.cfg.ProposerKey, "L1 URL": g.cfg.L1RPC, "beacon URL": g.cfg.L1Beacon, "salt": string(g.cfg.Salt),
		}
		if beacon := g.chain.Spec.L1.Beacon; beacon != nil && len(beacon.FallbackURLs) > 0 {
			content["fallback URL"] = string(beacon.FallbackURLs[0])
		}
		for _, object := range g.objects {
			doc, err := json.Marshal(object.Object)
			if err != nil {
				t.Fatal(err)
			}
			if object.GetKind() == KindSecret {
				doc, _ = json.Marshal(object.Object["metadata"])
			}
			for what, secret := range content {
				encoded := base64.StdEncoding.EncodeToString([]byte(secret))
				if secret != "" && (bytes.Contains(doc, []byte(secret)) || bytes.Contains(doc, []byte(encoded))) {
					t.Errorf("%s %s tells the %s", object.GetKind(), object.GetName(), what)
				}
			}
		}
	})
}

var apiList = regexp.MustCompile(`^--(http|ws)\.api=(.*)$`)

func TestPublicAPIsAreHarmless(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			lists := 0
			for _, c := range allContainers(d) {
				for _, arg := range c.Args {
					found := apiList.FindStringSubmatch(arg)
					if found == nil {
						continue
					}
					lists++
					for _, api := range strings.Split(found[2], ",") {
						if slices.Contains([]string{"engine", "admin", "debug", "personal"}, api) {
							t.Errorf("%s offers %s to everybody: %s", component, api, arg)
						}
						if sequencing := g.chain.Spec.Components.Node.Sequencer.IsEnabled(); api == "miner" && (!sequencing || found[1] == "ws") {
							t.Errorf("%s offers miner, which only op-batcher needs: %s", component, arg)
						}
					}
				}
				for _, env := range c.Env {
					if strings.HasSuffix(env.Name, "_RPC_ENABLE_ADMIN") || strings.HasSuffix(env.Name, "_RPC_ADMIN_STATE") ||
						strings.HasSuffix(env.Name, "_NETWORK") {
						t.Errorf("%s: %s must not be set", component, env.Name)
					}
				}
			}
			if component == names.Geth && lists != 2 {
				t.Errorf("op-geth leaves its APIs to its defaults")
			}
		}
	})
}

// A pod that refers to what is not there waits for ever.
func TestPodsFindWhatTheyReferTo(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			files := g.mounted(t, component, d)
			for _, c := range allContainers(d) {
				seen := map[string]bool{}
				for _, env := range c.Env {
					if seen[env.Name] {
						t.Errorf("%s: variable %s is set twice", component, env.Name)
					}
					seen[env.Name] = true
					if from := env.ValueFrom; from != nil {
						g.hasKey(t, component, from.SecretKeyRef.Name, from.SecretKeyRef.Key)
					}
					g.checkPath(t, component, files[c.Name], env.Value)
				}
				for _, arg := range c.Args {
					_, value, _ := strings.Cut(arg, "=")
					g.checkPath(t, component, files[c.Name], value)
					if strings.Contains(arg, "$(") {
						t.Errorf("%s: Kubernetes would expand %s", component, arg)
					}
				}
			}
		}
	})
}

func (g golden) hasKey(t *testing.T, component, secret, key string) {
	t.Helper()
	object := g.byComponent(KindSecret, component)
	if object == nil || object.GetName() != secret {
		t.Errorf("%s: there is no Secret %s", component, secret)
		return
	}
	if _, ok := typed[corev1.Secret](t, object).Data[key]; !ok {
		t.Errorf("%s: Secret %s has no key %s", component, secret, key)
	}
}

// mounted lists the files that each container of a pod finds below its read-only mounts.
func (g golden) mounted(t *testing.T, component string, d *appsv1.Deployment) map[string][]string {
	t.Helper()
	content, used := map[string][]string{}, map[string]bool{}
	for _, v := range d.Spec.Template.Spec.Volumes {
		switch {
		case v.ConfigMap != nil:
			config := typed[corev1.ConfigMap](t, g.byComponent(KindConfigMap, component))
			content[v.Name] = slices.Concat(slices.Collect(maps.Keys(config.Data)), slices.Collect(maps.Keys(config.BinaryData)))
		case v.Secret != nil:
			for key := range typed[corev1.Secret](t, g.byComponent(KindSecret, component)).Data {
				if len(v.Secret.Items) == 0 || slices.ContainsFunc(v.Secret.Items, func(i corev1.KeyToPath) bool { return i.Key == key }) {
					content[v.Name] = append(content[v.Name], key)
				}
			}
			if *v.Secret.DefaultMode&0o007 != 0 {
				t.Errorf("%s: everybody may read volume %s", component, v.Name)
			}
		case v.PersistentVolumeClaim != nil:
			if g.byComponent(KindClaim, component) == nil || v.PersistentVolumeClaim.ClaimName != names.Of(g.chain, component) {
				t.Errorf("%s: there is no claim %s", component, v.PersistentVolumeClaim.ClaimName)
			}
		}
	}
	files := map[string][]string{}
	for _, c := range allContainers(d) {
		for _, m := range c.VolumeMounts {
			used[m.Name] = true
			for _, name := range content[m.Name] {
				files[c.Name] = append(files[c.Name], m.MountPath+"/"+name)
			}
			if len(content[m.Name]) > 0 && !m.ReadOnly {
				t.Errorf("%s: container %s mounts %s to write", component, c.Name, m.Name)
			}
		}
	}
	for _, v := range d.Spec.Template.Spec.Volumes {
		if !used[v.Name] {
			t.Errorf("%s: nobody mounts volume %s", component, v.Name)
		}
	}
	return files
}

func (golden) checkPath(t *testing.T, component string, files []string, value string) {
	t.Helper()
	if (strings.HasPrefix(value, "/config/") || strings.HasPrefix(value, "/secrets/")) && !slices.Contains(files, value) {
		t.Errorf("%s: there is no file %s, only %v", component, value, files)
	}
}

func TestServicesReachTheirPods(t *testing.T) {
	t.Parallel()
	urls := regexp.MustCompile(`http://([a-z0-9-]+)\.([a-z0-9-]+)\.svc:([0-9]+)`)
	forEachGolden(t, func(t *testing.T, g golden) {
		offered := map[string]bool{}
		for component, d := range g.deployments(t) {
			service := typed[corev1.Service](t, g.byComponent(KindService, component))
			ports := map[string]corev1.ContainerPort{}
			for _, port := range d.Spec.Template.Spec.Containers[0].Ports {
				ports[port.Name] = port
			}
			for _, port := range service.Spec.Ports {
				target, ok := ports[port.TargetPort.StrVal]
				if !ok || target.ContainerPort != port.Port || target.Protocol != port.Protocol {
					t.Errorf("%s: port %s of the Service does not lead to the pod's", component, port.Name)
				}
				offered[names.URL(g.chain, component, int(port.Port))] = true
			}
			if diff := cmp.Diff(d.Spec.Selector.MatchLabels, service.Spec.Selector); diff != "" {
				t.Errorf("%s: selector of the Service (-pods +service):\n%s", component, diff)
			}
			for _, probe := range []*corev1.Probe{d.Spec.Template.Spec.Containers[0].ReadinessProbe, d.Spec.Template.Spec.Containers[0].LivenessProbe} {
				if _, ok := ports[probe.HTTPGet.Port.StrVal]; !ok {
					t.Errorf("%s: a probe asks port %s, which is not there", component, probe.HTTPGet.Port.StrVal)
				}
			}
		}
		for component, d := range g.deployments(t) {
			for _, env := range d.Spec.Template.Spec.Containers[0].Env {
				if url := urls.FindString(env.Value); url != "" && !offered[url] {
					t.Errorf("%s: %s asks %s, where nobody is", component, env.Name, url)
				}
			}
		}
	})
}

func TestNamesLabelsAndOwners(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		wantOwner := []metav1.OwnerReference{{
			APIVersion: "rollup.oplabs.io/v1alpha1", Kind: "OPChain", Name: g.chain.Name, UID: g.chain.UID,
			Controller: new(true), BlockOwnerDeletion: new(true),
		}}
		for i := range g.objects {
			object := &g.objects[i]
			valid := validation.NameIsDNSSubdomain
			if object.GetKind() == KindService {
				valid = validation.NameIsDNS1035Label
			}
			for _, fault := range valid(object.GetName(), false) {
				t.Errorf("%s %s: %s", object.GetKind(), object.GetName(), fault)
			}
			if object.GetNamespace() != g.chain.Namespace {
				t.Errorf("%s %s is in namespace %q", object.GetKind(), object.GetName(), object.GetNamespace())
			}
			checkLabels(t, g, object)
			owners := object.GetOwnerReferences()
			if object.GetKind() == KindClaim {
				if len(owners) > 0 {
					t.Errorf("claim %s would go with its owner", object.GetName())
				}
			} else if diff := cmp.Diff(wantOwner, owners); diff != "" {
				t.Errorf("%s %s, owners (-want +got):\n%s", object.GetKind(), object.GetName(), diff)
			}
		}
		for component, d := range g.deployments(t) {
			if diff := cmp.Diff(names.Selector(g.chain, component), d.Spec.Selector.MatchLabels); diff != "" {
				t.Errorf("%s, selector (-want +got):\n%s", component, diff)
			}
			for key, value := range d.Spec.Selector.MatchLabels {
				if d.Spec.Template.Labels[key] != value {
					t.Errorf("%s: its selector does not select its pods by %s", component, key)
				}
			}
		}
	})
}

func checkLabels(t *testing.T, g golden, object *Object) {
	t.Helper()
	want := map[string]string{
		names.LabelInstance: g.chain.Name, names.LabelName: object.Component, names.LabelPartOf: "op-stack",
		names.LabelManagedBy: "op-stack-operator",
	}
	for key, value := range want {
		if object.GetLabels()[key] != value {
			t.Errorf("%s %s: label %s is %q, want %q", object.GetKind(), object.GetName(), key, object.GetLabels()[key], value)
		}
	}
	for key, value := range object.GetLabels() {
		if faults := append(utilvalidation.IsQualifiedName(key), utilvalidation.IsValidLabelValue(value)...); len(faults) > 0 {
			t.Errorf("%s %s: label %s=%s: %v", object.GetKind(), object.GetName(), key, value, faults)
		}
	}
	if object.GetLabels()[names.LabelComponent] == "" {
		t.Errorf("%s %s plays no role", object.GetKind(), object.GetName())
	}
}

// What others put into a pod is told from ours by these names.
func TestContainersAreThoseOfTheTemplates(t *testing.T) {
	t.Parallel()
	forEachGolden(t, func(t *testing.T, g golden) {
		for component, d := range g.deployments(t) {
			for _, c := range slices.Concat(d.Spec.Template.Spec.InitContainers, d.Spec.Template.Spec.Containers) {
				if !slices.Contains(Containers(component), c.Name) {
					t.Errorf("Containers() has no %s of %s", c.Name, component)
				}
			}
		}
	})
}
