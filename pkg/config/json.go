package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// jsonMistake says where a document is wrong without quoting it: somebody may have put a
// key into the wrong Secret.
func jsonMistake(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON: syntax error at byte %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("it must be %s", kindOf(kind.Type))
	case errors.As(err, &kind):
		return fmt.Errorf("field %s must be %s", kind.Field, kindOf(kind.Type))
	}
	return errors.New("not JSON")
}

// kindOf says what JSON calls the values of a Go type.
func kindOf(t reflect.Type) string {
	switch t.Kind() { //nolint:exhaustive // only what rollupSummary has
	case reflect.Struct:
		return "an object"
	case reflect.String:
		return "a string"
	default:
		return "a whole number"
	}
}

func missingFields(fields []string) error {
	slices.Sort(fields)
	return fmt.Errorf("it lacks %s: use the rollup.json that op-deployer wrote", strings.Join(fields, ", "))
}
