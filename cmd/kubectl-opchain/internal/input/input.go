// Package input serves a chain's Secrets from files, manifests and, where asked to, a cluster.
package input

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// File is what stands for a Secret's key.
type File struct {
	// Path is how the user named it.
	Path string
	// Content is what it holds. It may be key material. A genesis that fits no Secret as it is lies
	// here gzipped, in whatever form it came: the largest has 94 MB.
	Content []byte

	digest string // where Content is not as it came
}

// maxFile bounds a file in bytes: a genesis of the largest chain there is, and then some.
const maxFile = config.MaxGenesisBytes

// mistaken matches what somebody gives for the path of a file who gives the content, a key, or a
// URL, which may have a password.
var mistaken = regexp.MustCompile(`^\s*(0[xX])?[0-9a-fA-F]{32,}\s*$|://`)

// Open reads a file, or a pipe, through which keys often come.
func Open(path string) (*File, error) {
	file := &File{Path: path}
	return file, file.read(func(from io.Reader) (err error) {
		file.Content, err = io.ReadAll(from)
		return err
	})
}

// OpenKind is Open for a file of a kind.
func OpenKind(kind Kind, path string) (*File, error) {
	if kind != Genesis {
		return Open(path)
	}
	file := &File{Path: path}
	return file, file.read(file.pressInto)
}

// read hands the file on, as far as maxFile.
func (f *File) read(take func(io.Reader) error) error {
	from, err := os.Open(f.Path)
	if err != nil && mistaken.MatchString(f.Path) {
		return errors.New("read input: there is no such file: give the path of a file, not a key or a URL") // which is not shown
	}
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	defer from.Close() //nolint:errcheck // it was only read
	limit := &io.LimitedReader{R: from, N: maxFile + 1}
	if err := take(limit); err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if limit.N == 0 {
		return fmt.Errorf("read input: %s has more than %d MiB", f.Path, maxFile>>20)
	}
	return nil
}

// gzipMagic is how gzip data starts (RFC 1952).
var gzipMagic = []byte{0x1f, 0x8b}

// Gzipped reports whether the file is gzip data.
func (f *File) Gzipped() bool { return bytes.HasPrefix(f.Content, gzipMagic) }

// Files are the files that were given, by what they hold.
type Files map[Kind]*File

// Store is the inputs of one chain. It reads Secrets as the operator's API server would give
// them, and remembers what it could not give.
type Store struct {
	chain   *v1alpha1.OPChain
	roles   []role
	secrets map[string]*corev1.Secret
	origins map[string]map[string]string // Secret, key -> path of the file
	partial map[string]bool              // made of files: it has the keys for which there were files
	cluster client.Reader
	missing map[string]string // Secret -> why it could not be given
	unused  []*File

	tooLarge      bool  // the genesis fits no Secret
	downloaded    *File // stands for the genesis that the spec names by URL
	notDownloaded bool  // that genesis was asked for, and not given
}

// NewStore makes the Store of a chain. Files stand for the Secrets that the chain names and go
// before Secrets; cluster is asked for what neither has, and may be nil.
func NewStore(chain *v1alpha1.OPChain, secrets []*corev1.Secret, files Files, cluster client.Reader) (*Store, error) {
	s := &Store{
		chain: chain, roles: rolesOf(chain), cluster: cluster,
		secrets: map[string]*corev1.Secret{}, origins: map[string]map[string]string{},
		partial: map[string]bool{}, missing: map[string]string{},
	}
	for _, secret := range secrets {
		if secret.Namespace == "" || secret.Namespace == chain.Namespace {
			s.secrets[secret.Name] = secret.DeepCopy()
		}
	}
	for _, kind := range kinds {
		if file := files[kind]; file != nil {
			if err := s.put(kind, file); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// put lays a file into the Secrets that the chain names for it.
func (s *Store) put(kind Kind, file *File) error {
	if from := s.chain.Spec.L2.Genesis; kind == Genesis && from != nil && from.URL != "" {
		s.downloaded = file
		return nil
	}
	used := false
	for i := range s.roles {
		if s.roles[i].kind != kind {
			continue
		}
		used = true
		if err := s.place(&s.roles[i], file); err != nil {
			return err
		}
	}
	if !used {
		s.unused = append(s.unused, file)
	}
	return nil
}

// place lays a file where a role takes it from.
func (s *Store) place(r *role, file *File) error {
	key, content := r.key, file.Content
	if r.kind == Genesis && file.Gzipped() {
		var err error
		if content, err = s.packed(file); err != nil {
			return err
		}
		key = names.KeyGenesisGzip
	}
	if other, taken := s.origins[r.secret][key]; taken && other != file.Path {
		return fmt.Errorf("place %s: the chain takes it from Secret %s, key %s, for which %s was given too", file.Path, r.secret, key, other)
	}
	secret, ok := s.secrets[r.secret]
	if !ok {
		secret = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: r.secret, Namespace: s.chain.Namespace}}
		s.secrets[r.secret], s.partial[r.secret] = secret, true
	}
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	if r.kind == Genesis { // the file stands for whichever of the two is there
		delete(secret.Data, names.KeyGenesis)
		delete(secret.Data, names.KeyGenesisGzip)
	}
	secret.Data[key] = content
	if s.origins[r.secret] == nil {
		s.origins[r.secret] = map[string]string{}
	}
	s.origins[r.secret][key] = file.Path
	return nil
}

// packed is a genesis as its Secret must have it. One that is too large for that is judged all the
// same.
func (s *Store) packed(file *File) ([]byte, error) {
	packed, err := file.Packed()
	if errors.Is(err, ErrTooLarge) {
		s.tooLarge = true
		return file.Content, nil
	}
	return packed, err
}

// Findings are what is wrong with the files as such.
func (s *Store) Findings() preflight.Findings {
	if !s.tooLarge {
		return nil
	}
	return preflight.Findings{{
		Code: v1alpha1.CodeInvalidGenesis, Severity: v1alpha1.SeverityError,
		Secret: string(s.chain.Spec.L2.GenesisConfigSecret), Key: names.KeyGenesisGzip,
		Message: ErrTooLarge.Error(), Cure: "put it on a web server, and name it in spec.l2.genesis",
	}}
}

// Get gives a Secret: what was given, else what the cluster has.
func (s *Store) Get(ctx context.Context, at client.ObjectKey, into client.Object, options ...client.GetOption) error {
	secret, ok := into.(*corev1.Secret)
	if !ok {
		return fmt.Errorf("read %T: only Secrets are inputs", into)
	}
	if given, ok := s.secrets[at.Name]; ok {
		*secret = corev1.Secret{ObjectMeta: given.ObjectMeta, Type: given.Type, Data: maps.Clone(given.Data)}
		return nil
	}
	if s.cluster == nil {
		s.missing[at.Name] = ""
		return config.ErrNotGiven
	}
	err := s.cluster.Get(ctx, at, secret, options...)
	switch {
	case apierrors.IsForbidden(err):
		s.missing[at.Name] = "you may not read Secret " + at.Name
		return config.ErrNotGiven
	case apierrors.IsNotFound(err) && at.Name == names.Generated(s.chain):
		s.missing[at.Name] = "" // the operator makes it
		return config.ErrNotGiven
	case err == nil:
		s.secrets[at.Name] = secret.DeepCopy()
	}
	return err
}

// List is not how inputs are read.
func (*Store) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("list Secrets: inputs are read one by one")
}

// GivenField is the path of the file that stands for what a field names, or empty.
func (s *Store) GivenField(field string) string {
	if field == "spec.l2.genesis.url" && s.downloaded != nil {
		return s.downloaded.Path
	}
	return ""
}

// Given is the path of the file that stands for a Secret's key, or empty. Without a key it is
// that of the only file which the Secret was made of.
func (s *Store) Given(secret, key string) string {
	files := s.origins[secret]
	if key != "" {
		return files[key]
	}
	if len(files) == 1 {
		for _, path := range files {
			return path
		}
	}
	return ""
}

// Lacks reports whether a Secret, which is said to lack a key, was made of files and lacks it
// because there was no file for it.
func (s *Store) Lacks(secret string) bool {
	return s.partial[secret] && len(s.absent(secret)) > 0
}

// absent are the roles of a Secret made of files for which there was no file.
func (s *Store) absent(secret string) []role {
	var absent []role
	for _, r := range s.roles {
		if r.secret == secret && !r.in(s.secrets[secret]) {
			absent = append(absent, r)
		}
	}
	return absent
}

// L1Endpoint is the L1 endpoint that the spec names, or empty where it was not given.
func (s *Store) L1Endpoint() string {
	l1 := &s.chain.Spec.L1
	if from := l1.RPCURLFrom; from != nil {
		if secret := s.secrets[string(from.SecretKeyRef.Name)]; secret != nil {
			return string(bytes.TrimSpace(secret.Data[from.SecretKeyRef.Key]))
		}
		return ""
	}
	return string(l1.RPCURL)
}
