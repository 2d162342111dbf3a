// Package schema judges an OPChain as the API server would when it is created: unknown fields,
// types, defaults, and the rules of the API.
package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/config/crd"
	"github.com/oplabs/op-stack-operator/pkg/preflight"
)

// Schema is the schema of OPChain.
type Schema struct {
	structural *structural.Structural
	values     validation.SchemaValidator
	rules      *cel.Validator
}

// New reads the schema that this program was built with.
func New() (*Schema, error) {
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(crd.YAML, &definition); err != nil {
		return nil, fmt.Errorf("read the built-in schema: %w", err)
	}
	at := slices.IndexFunc(definition.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Name == v1alpha1.GroupVersion.Version
	})
	if at < 0 {
		return nil, fmt.Errorf("read the built-in schema: it has no version %s", v1alpha1.GroupVersion.Version)
	}
	var props apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(definition.Spec.Versions[at].Schema.OpenAPIV3Schema, &props, nil)
	if err != nil {
		return nil, fmt.Errorf("read the built-in schema: %w", err)
	}
	s := &Schema{}
	if s.structural, err = structural.NewStructural(&props); err != nil {
		return nil, fmt.Errorf("read the built-in schema: %w", err)
	}
	if s.values, _, err = validation.NewSchemaValidator(&props); err != nil {
		return nil, fmt.Errorf("read the built-in schema: %w", err)
	}
	s.rules = cel.NewValidator(s.structural, true, celconfig.PerCallLimit)
	return s, nil
}

// Verdict is what the API server would say of an object.
type Verdict struct {
	Findings preflight.Findings
	// Readable is false where fields have wrong types or are missing: the object then means
	// nothing, and its rules were not asked.
	Readable bool
}

// Admit judges an object, in the order in which the API server does. It takes unknown fields
// out of the object and puts defaults in.
func (s *Schema) Admit(ctx context.Context, object map[string]any) Verdict {
	v := Verdict{Readable: true}
	meta, ok, strange, err := objectmeta.GetObjectMetaWithOptions(object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return Verdict{Findings: preflight.Findings{refused("metadata", "it is no object, or one of its fields has the wrong type", "")}}
	}
	if !ok {
		meta = &metav1.ObjectMeta{}
	}
	delete(object, "status") // nobody can set it
	tracked := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	strange = append(strange, pruning.PruneWithOptions(object, s.structural, true, tracked)...)
	for _, path := range strange {
		v.Findings = append(v.Findings, s.unknown(path))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, s.structural)
	defaulting.Default(object, s.structural)

	errs := apivalidation.ValidateObjectMeta(meta, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errs = append(errs, validation.ValidateCustomResource(nil, object, s.values)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, object)...)
	if slices.ContainsFunc(errs, blocks) {
		v.Readable = false
	} else {
		broken, _ := s.rules.Validate(ctx, nil, s.structural, object, nil, celconfig.RuntimeCELCostBudget)
		errs = append(errs, broken...)
	}
	// Objects are gone through in no order.
	slices.SortStableFunc(errs, func(a, b *field.Error) int { return strings.Compare(a.Field, b.Field) })
	for _, err := range errs {
		v.Findings = append(v.Findings, findingOf(err))
	}
	return v
}

// blocks reports whether an error keeps the API server from asking the rules.
func blocks(err *field.Error) bool {
	switch err.Type { //nolint:exhaustive // all others let it go on
	case field.ErrorTypeRequired, field.ErrorTypeTypeInvalid, field.ErrorTypeNotSupported, field.ErrorTypeTooLong, field.ErrorTypeTooMany:
		return true
	}
	return false
}

// findingOf never shows the value, which may be an endpoint with an API key.
func findingOf(err *field.Error) v1alpha1.Finding {
	path := strings.TrimPrefix(err.Field, ".")
	if path == "" || path == "<nil>" {
		path = "metadata" // the rules of the whole object are about its name
	}
	detail := strings.TrimPrefix(bounded(err.Detail), path+" in body ")
	switch err.Type { //nolint:exhaustive // the others say all in their detail
	case field.ErrorTypeRequired:
		return refused(path, "it is not set, and has no default", strings.TrimPrefix(detail, "Required value"))
	case field.ErrorTypeTypeInvalid:
		// YAML takes 901 and true for no text.
		if strings.Contains(detail, "must be of type string") {
			return refused(path, "it must be a string", "put it between quotes")
		}
		if kind, ok := strings.CutPrefix(detail, "must be of type "); ok {
			wanted, _, _ := strings.Cut(kind, ":")
			return refused(path, "it must be of type "+wanted, "")
		}
	case field.ErrorTypeNotSupported:
		return refused(path, "it has a value that there is not", strings.Replace(detail, "supported values:", "use one of", 1))
	case field.ErrorTypeDuplicate:
		return refused(path, "it is there twice", "remove one of them")
	}
	detail, _, _ = strings.Cut(detail, " (e.g. ") // examples and a regular expression, which help nobody
	return refused(path, detail, "")
}

func refused(path, message, cure string) v1alpha1.Finding {
	return v1alpha1.Finding{
		Code: v1alpha1.CodeInvalidManifest, Severity: v1alpha1.SeverityError, Field: bounded(path), Message: message, Cure: cure,
	}
}

// bounded keeps a hostile manifest from filling the table.
func bounded(s string) string {
	const most = 1024
	return strings.ToValidUTF8(s[:min(len(s), most)], "?")
}
