// Package manifest reads OPChains and Secrets from YAML and JSON, as people keep them in
// repositories. Nothing is looked up in a cluster.
package manifest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/cli-runtime/pkg/resource"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/redaction"
)

// maxBytes bounds a file or a stream of manifests, which is held as it is read: far more than
// anybody applies at once.
const maxBytes = 64 << 20

// Kind is the kind of the objects that this program is about.
const Kind = "OPChain"

// Chain is an OPChain as it was written.
type Chain struct {
	// File is where it was read from, - for stdin.
	File string
	// Object is what was written, not yet judged.
	Object map[string]any
}

// Set is what was read.
type Set struct {
	Chains  []Chain
	Secrets []*corev1.Secret
}

// Read reads files, folders and stdin, which is -. A folder gives the files in it that end as
// kubectl wants it, and those of folders in it where recursive is set. Kinds other than
// OPChain and Secret are passed over.
func Read(stdin io.Reader, paths []string, recursive bool) (*Set, error) {
	set := &Set{}
	for _, path := range paths {
		if path == "-" {
			if err := set.add(path, stdin); err != nil {
				return nil, err
			}
			continue
		}
		if strings.Contains(path, "://") {
			return nil, fmt.Errorf("read from %s: URLs are not read: fetch it and give -f -", redaction.Host(path))
		}
		files, err := filesOf(path, recursive)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := set.addFile(file); err != nil {
				return nil, err
			}
		}
	}
	if len(set.Chains) == 0 {
		return nil, fmt.Errorf("there is no OPChain in %s", strings.Join(paths, ", "))
	}
	return set, nil
}

// filesOf lists a file, or the manifests of a folder in the order of their names.
func filesOf(path string, recursive bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != path && !recursive:
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		case file == path || slices.Contains(resource.FileExtensions, filepath.Ext(file)):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	return files, nil
}

func (s *Set) addFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	return s.add(path, file)
}

// add reads the documents of a file.
func (s *Set) add(path string, from io.Reader) error {
	limit := &io.LimitedReader{R: from, N: maxBytes + 1}
	reader := utilyaml.NewYAMLReader(bufio.NewReader(limit))
	for number := 1; ; number++ {
		document, err := reader.Read()
		switch {
		case limit.N == 0: // what came so far may have been cut
			return fmt.Errorf("read %s: it has more than %d MiB", path, maxBytes>>20)
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
			err = s.addDocument(path, document)
		}
		if err != nil {
			return fmt.Errorf("read %s, document %d: %w", path, number, err)
		}
	}
}

func (s *Set) addDocument(path string, document []byte) error {
	values, err := valuesOf(document)
	for i := 0; err == nil && i < len(values); i++ {
		err = s.addValue(path, values[i])
	}
	return err
}

// valuesOf are the values of a document: one of YAML, or those of JSON, which need nothing between
// them, and of which a parser of YAML would take the first alone.
func valuesOf(document []byte) ([][]byte, error) {
	document = bytes.TrimSpace(bytes.TrimPrefix(document, []byte("\ufeff")))
	if len(document) == 0 {
		return nil, nil
	}
	if document[0] != '{' {
		return [][]byte{document}, nil
	}
	var values [][]byte
	for decoder := json.NewDecoder(bytes.NewReader(document)); ; {
		var value json.RawMessage
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.EOF):
			return values, nil
		case err != nil && len(values) == 0:
			return [][]byte{document}, nil // YAML may begin so, too
		case err != nil:
			return nil, errors.New("after an object of JSON there is something that is none")
		}
		values = append(values, value)
	}
}

func (s *Set) addValue(path string, value []byte) error {
	data, err := yaml.YAMLToJSONStrict(value)
	if err != nil {
		return withoutContent(err)
	}
	var object any
	if err := utiljson.Unmarshal(data, &object); err != nil {
		return errors.New("not an object")
	}
	if object == nil { // comments only
		return nil
	}
	fields, ok := object.(map[string]any)
	if !ok {
		return errors.New("not an object")
	}
	return s.addObject(path, fields)
}

// addObject sorts an object, or the items of a list.
func (s *Set) addObject(path string, object map[string]any) error {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	if items, ok := object["items"].([]any); ok && strings.HasSuffix(kind, "List") {
		return s.addItems(path, kind, items)
	}
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return fmt.Errorf("apiVersion %.64q is none", apiVersion)
	}
	ours := version.Group == v1alpha1.GroupVersion.Group
	switch {
	case kind == Kind && version == v1alpha1.GroupVersion:
		s.Chains = append(s.Chains, Chain{File: path, Object: object})
	case ours || strings.EqualFold(kind, Kind):
		return fmt.Errorf("there is no kind %.64q in %.64q: write apiVersion: %s, kind: %s", kind, apiVersion, v1alpha1.GroupVersion, Kind)
	case kind == "Secret" && version == corev1.SchemeGroupVersion:
		return s.addSecret(object)
	}
	return nil
}

func (s *Set) addItems(path, kind string, items []any) error {
	for _, item := range items {
		fields, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("an item of the %.64s is not an object", kind)
		}
		if err := s.addObject(path, fields); err != nil {
			return err
		}
	}
	return nil
}

// addSecret takes a Secret as an input. One that is encrypted in the repository is as if it
// had not been given.
func (s *Set) addSecret(object map[string]any) error {
	if _, encrypted := object["sops"]; encrypted {
		return nil
	}
	data, err := yaml.Marshal(object)
	if err != nil {
		return errors.New("the Secret cannot be read")
	}
	secret := &corev1.Secret{}
	if err := yaml.UnmarshalStrict(data, secret); err != nil {
		return fmt.Errorf("the Secret %.253q cannot be read: a field is unknown, or data is not base64", nameOf(object))
	}
	for key, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[key] = []byte(value)
	}
	secret.StringData = nil
	s.Secrets = append(s.Secrets, secret)
	return nil
}

func nameOf(object map[string]any) string {
	var meta struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
	}
	data, err := yaml.Marshal(object)
	if err != nil || yaml.Unmarshal(data, &meta) != nil {
		return "?"
	}
	return meta.Metadata.Name
}

var (
	lineNumber = regexp.MustCompile(`line \d+`)
	twice      = regexp.MustCompile(`key "([^"]{1,64})" already set in map`)
)

// withoutContent says where a document is wrong, by its line, without quoting it: a parser may
// quote what somebody keeps as a key.
func withoutContent(err error) error {
	where := lineNumber.FindString(err.Error())
	if where == "" {
		where = "somewhere"
	}
	if match := twice.FindStringSubmatch(err.Error()); match != nil {
		return fmt.Errorf("%s: field %q is there twice", where, match[1])
	}
	for _, reason := range []string{"mapping values are not allowed", "found character that cannot start any token", "did not find expected"} {
		if strings.Contains(err.Error(), reason) {
			return fmt.Errorf("%s: it is not YAML: check the indentation and the quotes", where)
		}
	}
	return fmt.Errorf("%s: it is not YAML", where)
}
