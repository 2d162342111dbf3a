// Package binaries builds the OP Stack programs from their Go modules, since a
// development machine may reach a module proxy and nothing else.
package binaries

import "fmt"

const (
	optimismPath = "github.com/ethereum-optimism/optimism"
	opGethPath   = "github.com/ethereum-optimism/op-geth"
)

// module is one pinned module version. sum is what the module proxy must
// deliver, so that a build cannot change behind our back.
type module struct {
	path, version, sum string
	// superchainZip is set where the module zip lacks the generated file
	// op-core/superchain/superchain-configs.zip. Without it op-node does not
	// compile; without a matching checksum beside it, it panics at start.
	superchainZip bool
}

var (
	opGeth = module{
		path: opGethPath, version: "v1.101702.3-rc.7",
		sum: "h1:JRKuWrpsnAAcbHZG0f29Q+Ns2eJv0YUC/R98DajKaeU=",
	}
	optimismCurrent = module{
		path: optimismPath, version: "v1.19.6", superchainZip: true,
		sum: "h1:p+9rGYPtGy8rBFU+w8z3GmzT5qT0M1Az+GzTvDpvEr4=",
	}
	optimismLegacy = module{
		path: optimismPath, version: "v1.13.7",
		sum: "h1:FpNC0nCHQZWgLcn+tSC6Esoy+v3NihlL9wx2ppOtaxo=",
	}
)

// Component is one program to build.
type Component struct {
	// Name is the image name, and the name of the cache folder.
	Name string
	// Binary is the file name, on the host and in the image.
	Binary string

	module  module
	pkg     string
	ldflags string
}

// Version is the version of the module the component comes from.
func (c Component) Version() string { return c.module.version }

// Image is the name under which the demo and the tests load the component.
func (c Component) Image() string { return c.Name + ":" + c.module.version }

// PathInImage is where upstream's own images carry the binary.
func (c Component) PathInImage() string { return "/usr/local/bin/" + c.Binary }

// Set returns the components of a named set. Both sets share one op-geth; what
// differs is whether op-proposer still knows the L2OutputOracle (legacy).
func Set(name string) ([]Component, error) {
	geth := Component{Name: "op-geth", Binary: "geth", module: opGeth, pkg: "./cmd/geth",
		ldflags: "-X github.com/ethereum/go-ethereum/version.gitTag=" + opGeth.version}
	switch name {
	case "current":
		return append([]Component{geth}, rollupComponents(optimismCurrent)...), nil
	case "legacy":
		return append([]Component{geth}, rollupComponents(optimismLegacy)...), nil
	case "all":
		all := append([]Component{geth}, rollupComponents(optimismCurrent)...)
		return append(all, rollupComponents(optimismLegacy)...), nil
	}
	return nil, fmt.Errorf("choose set current, legacy or all: %q is none of them", name)
}

// rollupComponents names the version variable of each program as upstream's
// justfiles do: op-node keeps it in a package, the other two in main.
func rollupComponents(m module) []Component {
	const nodeVersion = optimismPath + "/op-node/version"
	inMain := "-X main.Version=" + m.version
	return []Component{
		{Name: "op-node", Binary: "op-node", module: m, pkg: "./op-node/cmd",
			ldflags: "-X " + nodeVersion + ".Version=" + m.version + " -X " + nodeVersion + ".Meta="},
		{Name: "op-batcher", Binary: "op-batcher", module: m, pkg: "./op-batcher/cmd", ldflags: inMain},
		{Name: "op-proposer", Binary: "op-proposer", module: m, pkg: "./op-proposer/cmd", ldflags: inMain},
	}
}
