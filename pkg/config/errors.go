package config

import (
	"errors"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// ErrNotGiven is what a reader says of a Secret that it was not given, and of which nothing
// shall be said therefore: a command line may be given some of a chain's inputs.
var ErrNotGiven = errors.New("not given")

// mistake is one thing that a user must correct: trying again does not help. It carries no
// secret content.
type mistake struct{ v1alpha1.Finding }

func (m *mistake) Error() string { return preflight.Sentence(&m.Finding) }

// wrongKey is a mistake in what lies under a key of a Secret.
func wrongKey(code v1alpha1.FindingCode, secret v1alpha1.SecretName, key, message, cure string) error {
	return &mistake{v1alpha1.Finding{
		Code: code, Severity: v1alpha1.SeverityError, Secret: string(secret), Key: key, Message: message, Cure: cure,
	}}
}

// problems collects mistakes, so that a user learns of all of them at once.
type problems struct {
	found    preflight.Findings
	notGiven bool
	pending  *download.PendingError
}

// note keeps a mistake for later. Any other error is returned: it stops the load.
func (p *problems) note(err error) error {
	wrong := (*mistake)(nil)
	switch {
	case errors.Is(err, ErrNotGiven):
		p.notGiven = true
	case errors.As(err, &p.pending):
	case errors.As(err, &wrong):
		p.found = append(p.found, wrong.Finding)
	case err != nil:
		return err
	}
	return nil
}
