package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
)

// TestFindingCodes reads the constants from the source: each must be in the list.
func TestFindingCodes(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "finding_codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []v1alpha1.FindingCode
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, v1alpha1.FindingCode(value))
		return false
	})
	if diff := cmp.Diff(want, v1alpha1.FindingCodes); diff != "" {
		t.Errorf("codes (-constants +list):\n%s", diff)
	}
}
