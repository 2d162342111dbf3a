// Package binaries builds the programs of a Kubernetes node from Go modules
// and keeps them in a cache outside the checkout.
package binaries

import "path"

// A component is one Go module under build/ and the programs it yields.
type component struct {
	name     string
	version  string
	tags     string
	ldflags  string
	packages []string
}

// program is the file name that go build gives a package.
func program(pkg string) string { return path.Base(pkg) }

const (
	kubernetesVersion = "1.36.3"
	moduleRoot        = "github.com/oplabs/op-stack-operator/hack/devcluster/build/"
)

// components lists everything the node runs. Versions must agree with the
// go.mod files under build/; a test compares them.
var components = []component{
	{
		name:    "kubernetes",
		version: kubernetesVersion,
		// Without these the server reports v0.0.0 and clients complain.
		ldflags: "-X k8s.io/component-base/version.gitVersion=v" + kubernetesVersion +
			" -X k8s.io/component-base/version.gitMajor=1" +
			" -X k8s.io/component-base/version.gitMinor=36",
		packages: []string{
			"k8s.io/kubernetes/cmd/kube-apiserver",
			"k8s.io/kubernetes/cmd/kubectl",
			"k8s.io/kubernetes/cmd/kube-controller-manager",
			"k8s.io/kubernetes/cmd/kube-scheduler",
			"k8s.io/kubernetes/cmd/kubelet",
			"k8s.io/kubernetes/cmd/kube-proxy",
		},
	},
	{name: "etcd", version: "3.6.5", packages: []string{moduleRoot + "etcd"}},
	{
		name:    "containerd",
		version: "2.3.0",
		tags:    "no_btrfs no_devmapper no_zfs",
		packages: []string{
			"github.com/containerd/containerd/v2/cmd/containerd",
			"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
			"github.com/containerd/containerd/v2/cmd/ctr",
		},
	},
	{
		name:    "cni",
		version: "1.9.1",
		packages: []string{
			"github.com/containernetworking/plugins/plugins/ipam/host-local",
			"github.com/containernetworking/plugins/plugins/main/loopback",
			"github.com/containernetworking/plugins/plugins/main/ptp",
			"github.com/containernetworking/plugins/plugins/meta/portmap",
		},
	},
	{name: "coredns", version: CoreDNSVersion, packages: []string{moduleRoot + "coredns"}},
	{name: "pause", version: PauseVersion, packages: []string{moduleRoot + "pause"}},
}

// Versions that also appear as image tags.
const (
	CoreDNSVersion = "1.14.7"
	PauseVersion   = "1"
)

// assetPrograms are what a test environment without nodes needs.
var assetPrograms = []string{"etcd", "kube-apiserver", "kubectl"}
