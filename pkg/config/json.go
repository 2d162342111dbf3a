package config

import (
	"encoding/json"
	"errors"
	"fmt"
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
	case errors.As(err, &kind):
		return fmt.Errorf("field %s must be of type %s", kind.Field, kind.Type)
	}
	return errors.New("not JSON")
}

func missingFields(fields []string) error {
	slices.Sort(fields)
	return fmt.Errorf("it lacks %s: use the rollup.json that op-deployer wrote", strings.Join(fields, ", "))
}
