package manifest

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Name is the chain's name, or the file where it has none.
func (c *Chain) Name() string {
	if name := c.field("metadata", "name"); name != "" {
		return name
	}
	return c.File
}

// field is the text of a field; empty where it is missing or no text.
func (c *Chain) field(path ...string) string {
	text, _, err := unstructured.NestedString(c.Object, path...)
	if err != nil {
		return ""
	}
	return text
}

// Within refuses objects of another namespace than the one that the command line names, as
// kubectl does.
func (s *Set) Within(namespace string) error {
	for _, chain := range s.Chains {
		if given := chain.field("metadata", "namespace"); given != "" && given != namespace {
			return fmt.Errorf("the namespace of OPChain %s is %s, but the command line says %s", chain.Name(), given, namespace)
		}
	}
	return nil
}

// Different reports whether there are chains of different L2 chain IDs: a sequencer and its
// replicas are one chain.
func (s *Set) Different() bool {
	ids := map[string]bool{}
	for _, chain := range s.Chains {
		id, _, err := unstructured.NestedFieldNoCopy(chain.Object, "spec", "l2", "chainId")
		if err != nil {
			id = nil
		}
		ids[strings.TrimSpace(fmt.Sprint(id))] = true
	}
	return len(ids) > 1
}
