package config

import (
	"fmt"
	"strings"
)

// InvalidError is a mistake that a user must correct: trying again does not help. Message
// says what to change and carries no secret content.
type InvalidError struct {
	// Reason is one of the reasons of condition ConfigurationValid.
	Reason string
	// Message names the field, or the Secret and key, and the cure.
	Message string
}

func (e *InvalidError) Error() string { return e.Message }

func invalid(reason, format string, args ...any) *InvalidError {
	return &InvalidError{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// problems collects mistakes, so that a user learns of all of them at once.
type problems []*InvalidError

func (p *problems) add(reason, format string, args ...any) {
	*p = append(*p, invalid(reason, format, args...))
}

// note keeps a mistake for later. Any other error is returned: it stops the load.
func (p *problems) note(err error) error {
	if mistake, ok := err.(*InvalidError); ok { //nolint:errorlint // only an unwrapped one is a plain mistake
		*p = append(*p, mistake)
		return nil
	}
	return err
}

// err is nil without problems. The first one gives the reason, each gives a sentence.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	sentences := make([]string, len(p))
	for i, mistake := range p {
		sentences[i] = mistake.Message
	}
	return &InvalidError{Reason: p[0].Reason, Message: strings.Join(sentences, "; ")}
}
