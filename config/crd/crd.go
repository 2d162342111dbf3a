// Package crd carries the CustomResourceDefinition of OPChain, so that programs can judge an
// OPChain as the API server would, without asking one.
package crd

import _ "embed"

// YAML is the CustomResourceDefinition, as it is installed.
//
//go:embed rollup.oplabs.io_opchains.yaml
var YAML []byte
