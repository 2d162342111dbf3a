package review

import "github.com/oplabs/op-stack-operator/pkg/preflight"

// Place names what a user would change: the file or the flag that was given, and what it
// stands for.
func (f *Finding) Place() string {
	switch {
	case f.Given == "":
		return preflight.Place(&f.Finding)
	case f.byFlag:
		return f.Given
	case f.Secret == "":
		return f.Given + " (" + f.Field + ")"
	}
	return f.Given + " (Secret " + f.Secret + ")"
}
