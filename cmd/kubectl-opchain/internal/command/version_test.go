package command_test

import (
	"strings"
	"testing"
)

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	if got := (call{}).run(t, "version"); got.status != 0 || !strings.HasPrefix(got.stdout, "kubectl-opchain v1.2.3 (go1.") {
		t.Error(got)
	}
	for _, args := range [][]string{{}, {"-h"}, {"help", "import"}, {"validate", "--help"}, {"import", "-h"}} {
		got := call{}.run(t, args...)
		if got.status != 0 || got.stderr != "" || !strings.Contains(got.stdout, "Exit status:") || !strings.Contains(got.stdout, "kubectl opchain") {
			t.Errorf("%v: %s", args, got)
		}
	}
	for _, args := range [][]string{{"valdiate"}, {"version", "x"}, {"validate", "chain.yaml"}} {
		if got := (call{}).run(t, args...); got.status != 2 || got.stdout != "" || !strings.HasPrefix(got.stderr, "error: ") {
			t.Errorf("%v: %s", args, got)
		}
	}
}
