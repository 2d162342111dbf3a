package manifests

import (
	"encoding/json"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// files is a tree with one template, demo/object.
func files(text string) fs.FS {
	return fstest.MapFS{"templates/demo/object.yaml.tmpl": {Data: []byte(text)}}
}

const service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"

func TestTemplatesThatAreRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, wantErr string }{
		"unknown field":         {service + "spec: {typ: ClusterIP}", `decode Service: unknown field "spec.typ"`},
		"field of another case": {service + "spec: {Type: ClusterIP}", `decode Service: unknown field "spec.Type"`},
		"field twice":           {service + "spec: {}\nspec: {}", `key "spec" already set in map`},
		"field twice, deeper":   {service + "spec:\n  type: ClusterIP\n  ports: []\n  type: ClusterIP", `key "type" already set in map`},
		"wrong type":            {service + "spec: {ports: 1}", "decode Service: "},
		"number for a string":   {service + "spec: {type: 1}", "decode Service: "},
		"wrong kind":            {"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n", "got kind Secret instead of Service"},
		"foreign kind":          {"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", `kind "Pod" is not one that a chain is made of`},
		"no kind":               {"apiVersion: v1\nmetadata: {name: x}\n", "decode: "},
		"two documents":         {service + "---\n" + service, "more than one document"},
		"two documents by dots": {service + "...\n" + service, "more than one document"},
		"no document":           {"# nothing\n", "decode: "},
		"a list":                {"[]", "decode: "},
		"no YAML":               {"a: [", "render demo/object: "},
		"unknown value":         {service + "spec: {type: {{ .Nobody }}}", "can't evaluate field Nobody"},
		"nested template":       {`{{ define "x" }}{{ end }}` + service, "nested templates are not supported"},
		"block":                 {`{{ block "x" . }}{{ end }}` + service, "nested templates are not supported"},
		"template of itself":    {service + `{{ template "demo/object" . }}`, "is not supported: use if, range and with"},
		"break":                 {service + "{{ range .Args }}{{ break }}{{ end }}", "is not supported: use if, range and with"},
		"function of nobody":    {service + "spec: {type: {{ upper .Name }}}", `function "upper" not defined`},
		"open brace":            {service + "{{ .Name", "parse template"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := renderDemo(tc.text)
			if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("error = %v, want one with %q", err, tc.wantErr)
			}
		})
	}
	if err := renderDemo(service + "# {{ .Name }}\nspec: {type: {{ .Image }}}"); err != nil {
		t.Errorf("a good template: %v", err)
	}
}

func renderDemo(text string) error {
	r, err := newRenderer(files(text))
	if err != nil {
		return err
	}
	_, err = (&Generator{render: r, helper: "x"}).object("demo", kind{template: "object", kind: KindService}, view{}, nil)
	return err
}

func TestRenderOfNoTemplate(t *testing.T) {
	t.Parallel()
	r, err := newRenderer(files(service))
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := r.render("demo/other", view{}); err == nil {
		t.Errorf("render() = %s", doc)
	}
}

// A template that nobody uses, and a component without one, are mistakes.
func TestEveryTemplateHasItsComponent(t *testing.T) {
	t.Parallel()
	r, err := newRenderer(templateFiles)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, c := range components {
		for _, k := range c.kinds {
			used[c.name+"/"+k.template] = true
			if r.templates[c.name+"/"+k.template] == nil {
				t.Errorf("%s/%s has no template", c.name, k.template)
			}
		}
	}
	all := 0
	err = fs.WalkDir(templateFiles, "templates", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		all++
		if name := strings.TrimSuffix(strings.TrimPrefix(path, "templates/"), ".yaml.tmpl"); !used[name] {
			t.Errorf("nobody uses %s", path)
		}
		text, err := fs.ReadFile(templateFiles, path)
		if lines := strings.Count(string(text), "\n"); lines > 130 {
			t.Errorf("%s has %d lines", path, lines)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...") {
				t.Errorf("%s has more than one document", path)
			}
			if strings.Contains(line, `"{{`) || strings.Contains(line, `'{{`) {
				t.Errorf("%s quotes a value, which the renderer does: %s", path, line)
			}
		}
		return err
	})
	if err != nil || all != len(used) {
		t.Errorf("%d templates for %d objects, %v", all, len(used), err)
	}
}

// sample is a view with text in every place where there can be text. Names that a template
// could not tell from others end in a number.
func sample(text string) view {
	quantity := resource.MustParse("1Gi")
	return view{
		Name: text + "1", Namespace: text + "2", HelperImage: text + "3", Image: text + "4", PullPolicy: corev1.PullPolicy(text + "5"),
		StorageSize: "1Gi", StorageClass: text + "7", AccessMode: corev1.PersistentVolumeAccessMode(text + "8"),
		Labels: map[string]string{"l" + text: text}, PodLabels: map[string]string{"p" + text: text},
		Selector: map[string]string{"s" + text: text}, PodAnnotations: map[string]string{"a" + text: text},
		Owners:       []metav1.OwnerReference{{APIVersion: text, Kind: text, Name: text, UID: "uid"}},
		PullSecrets:  []corev1.LocalObjectReference{{Name: text}},
		Resources:    corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceName("r" + text): quantity}},
		NodeSelector: map[string]string{"n" + text: text},
		Tolerations:  []corev1.Toleration{{Key: text, Value: text, Operator: corev1.TolerationOperator(text)}},
		ConfigData:   map[string][]byte{"c" + text: []byte(text)}, ConfigText: map[string]string{"t" + text: text},
		SecretData: map[string][]byte{"d" + text: []byte(text)},
		Chain:      text + "9", MonitorLabels: map[string]string{"m" + text: text}, ScrapeInterval: text + "10",
		Args: []string{text, "--x=" + text}, InitArgs: []string{text}, UnpackArgs: []string{text, "--y=" + text}, GenesisConfig: true,
		Env: []envVar{{Name: text, Value: text}}, SecretEnv: []envVar{{Name: text, Value: text}},
		HTTPPort: 1, MetricsPort: 2, WSPort: 3, EnginePort: 4, P2PPort: 5,
	}
}

// Whatever a value holds, it comes out as it went in, and no other field changes.
func FuzzRenderRoundTrip(f *testing.F) {
	for _, seed := range []string{
		" ", "x", "null", "true", "0440", "1e3", "~", "- a", "a: b", "a #b", "'", `"`, `\`, "\x00", "\x7f", "\u0080", "\u0085", "\u009f",
		"\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "\ufffd", "😀", "é", "\t", "\r\n", "\n---\n", "\n...\n", "{{ .Name }}", "${X}", "<&>", "*x", "&x",
		"x\nsecurityContext: {privileged: true}", "!!binary x", "%YAML 1.1", "|", ">", "?", "@", "`", "\u00a0", strings.Repeat("long ", 160),
	} {
		f.Add(seed)
	}
	r, err := newRenderer(templateFiles)
	if err != nil {
		f.Fatal(err)
	}
	const marker = "MaRkEr"
	marked := map[string]any{}
	for name := range r.templates {
		marked[name] = decoded(f, r, name, sample(marker))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || !utf8.ValidString(text) || len(text) > 900 {
			t.Skip() // left out of JSON, or nothing that the API server takes
		}
		for name := range r.templates {
			got := decoded(t, r, name, sample(text))
			if diff := cmp.Diff(replaced(marked[name], marker, text), got); diff != "" {
				t.Errorf("%s with %q (-want +got):\n%s", name, text, diff)
			}
		}
	})
}

func decoded(t testing.TB, r *renderer, name string, v view) any {
	t.Helper()
	doc, err := r.render(name, v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var object any
	if err := json.Unmarshal(doc, &object); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return object
}

// replaced puts text for the marker, in keys, values and the base64 of values.
func replaced(in any, marker, text string) any {
	switch in := in.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range in {
			out[strings.ReplaceAll(key, marker, text)] = replaced(value, marker, text)
		}
		return out
	case []any:
		out := make([]any, len(in))
		for i := range in {
			out[i] = replaced(in[i], marker, text)
		}
		return out
	case string:
		if in == base64Of(marker) {
			return base64Of(text)
		}
		return strings.ReplaceAll(in, marker, text)
	}
	return in
}

func base64Of(text string) string {
	doc, _ := json.Marshal([]byte(text))
	return strings.Trim(string(doc), `"`)
}

// The sample would prove nothing of a field that it leaves empty.
func TestSampleFillsEveryField(t *testing.T) {
	t.Parallel()
	v := reflect.ValueOf(sample("x"))
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() && v.Field(i).IsZero() {
			t.Errorf("sample() leaves %s empty", field.Name)
		}
	}
}

// The same for one value, as key and as value, at some thousand strings a second.
func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"x", "\u0085", "\ufeff", "\U0010ffff", "\x00\x1f", "a: [b]", `\u0085`, "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.ToValidUTF8(text, "")
		if want != text || len(text) > 900 {
			t.Skip()
		}
		encoded, err := encode(map[string]string{text: text})
		if err != nil || strings.ContainsAny(encoded, "\n\r") {
			t.Fatalf("encode() = %q, %v", encoded, err)
		}
		doc, err := yaml.YAMLToJSONStrict([]byte("x: " + encoded + "\nafter: 1\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(doc, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"x": map[string]any{text: text}, "after": 1.0}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	})
}
