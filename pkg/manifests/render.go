package manifests

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
	"text/template/parse"

	"sigs.k8s.io/yaml"
)

//go:embed templates
var templateFiles embed.FS

// encoderName is the step that is appended to every printing action of a template.
const encoderName = "encode"

// renderer turns templates into objects. A value that a template prints always becomes one
// YAML value, whatever it holds: see hardened.
type renderer struct {
	templates map[string]*template.Template // by path below templates/, such as op-geth/service
}

func newRenderer(files fs.FS) (*renderer, error) {
	r := &renderer{templates: map[string]*template.Template{}}
	paths, err := fs.Glob(files, "templates/*/*.yaml.tmpl")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "templates/"), ".yaml.tmpl")
		tmpl, err := hardened(name, string(text))
		if err != nil {
			return nil, err
		}
		r.templates[name] = tmpl
	}
	return r, nil
}

// render gives the JSON of the one object that the template describes.
func (r *renderer) render(name string, view any) ([]byte, error) {
	tmpl, ok := r.templates[name]
	if !ok {
		return nil, fmt.Errorf("render %s: no such template", name)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, view); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	for _, end := range []string{"\n---", "\n..."} { // the decoder drops what follows
		if bytes.Contains(out.Bytes(), []byte(end)) {
			return nil, fmt.Errorf("render %s: more than one document", name)
		}
	}
	doc, err := yaml.YAMLToJSONStrict(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return doc, nil
}

// hardened parses a template and appends the encoder to every printing action, as
// html/template does for HTML. Without it, a value with a newline in it could add fields to
// an object: an image name that makes its container privileged.
func hardened(name, text string) (*template.Template, error) {
	tmpl, err := template.New(name).
		Option("missingkey=error").
		Funcs(template.FuncMap{encoderName: encode}).
		Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	if len(tmpl.Templates()) != 1 {
		return nil, fmt.Errorf("parse template %s: nested templates are not supported", name)
	}
	if err := appendEncoder(tmpl.Root); err != nil {
		return nil, fmt.Errorf("parse template %s: %w", name, err)
	}
	return tmpl, nil
}

func appendEncoder(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode, *parse.CommentNode:
			continue
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				n.Pipe.Cmds = append(n.Pipe.Cmds, encoderCall(n.Pos))
			}
			continue
		}
		branch := branchOf(node)
		if branch == nil {
			return fmt.Errorf("action %q is not supported: use if, range and with", node)
		}
		if err := errors.Join(appendEncoder(branch.List), appendEncoder(branch.ElseList)); err != nil {
			return err
		}
	}
	return nil
}

// branchOf is the inside of an if, a range or a with; nil of anything else.
func branchOf(node parse.Node) *parse.BranchNode {
	switch n := node.(type) {
	case *parse.IfNode:
		return &n.BranchNode
	case *parse.RangeNode:
		return &n.BranchNode
	case *parse.WithNode:
		return &n.BranchNode
	}
	return nil
}

func encoderCall(pos parse.Pos) *parse.CommandNode {
	return &parse.CommandNode{
		NodeType: parse.NodeCommand,
		Pos:      pos,
		Args:     []parse.Node{parse.NewIdentifier(encoderName).SetPos(pos)},
	}
}

// encode writes a value as JSON on one line, which is YAML too, but for the characters that
// YAML folds or forbids and JSON lets stand (U+007F to U+009F, U+FEFF): these are escaped.
func encode(value any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(out.String(), "\n")
	if !strings.ContainsFunc(text, yamlFolds) {
		return text, nil
	}
	var escaped strings.Builder
	for _, r := range text {
		if yamlFolds(r) {
			fmt.Fprintf(&escaped, `\u%04x`, r)
			continue
		}
		escaped.WriteRune(r)
	}
	return escaped.String(), nil
}

func yamlFolds(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff
}
