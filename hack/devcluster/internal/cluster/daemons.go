//go:build linux

package cluster

import (
	"fmt"
	"strconv"
)

// A daemon is one program of the node and its arguments.
type daemon struct {
	name string
	args func(Identity) []string
}

// The daemons in the order in which they start. The node's need the API
// server; etcd and containerd need nobody.
var (
	foundation = []daemon{{"etcd", etcdArgs}, {"containerd", containerdArgs}}
	apiserver  = []daemon{{"kube-apiserver", apiserverArgs}}
	node       = []daemon{
		{"kubelet", kubeletArgs},
		{"kube-controller-manager", controllerManagerArgs},
		{"kube-scheduler", schedulerArgs},
		{"kube-proxy", proxyArgs},
	}
)

const etcdURL = "http://127.0.0.1:2379"

// etcdArgs listen on the loopback of the node's own network namespace, where
// neither the host nor a pod can connect.
func etcdArgs(id Identity) []string {
	return []string{
		"--data-dir=" + id.path("etcd"),
		"--listen-client-urls=" + etcdURL,
		"--advertise-client-urls=" + etcdURL,
		"--listen-peer-urls=http://127.0.0.1:2380",
		// A crash of the machine may cost the data, a crash of etcd does not.
		"--unsafe-no-fsync",
		"--log-level=warn",
	}
}

func containerdArgs(id Identity) []string {
	return []string{"--config=" + id.path("etc", "containerd.toml")}
}

func apiserverArgs(id Identity) []string {
	pki := func(name string) string { return id.path("pki", name) }
	return []string{
		"--advertise-address=" + id.NodeIP(),
		"--secure-port=" + strconv.Itoa(apiPort),
		"--etcd-servers=" + etcdURL,
		"--service-cluster-ip-range=" + serviceCIDR,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--anonymous-auth=true",
		"--tls-cert-file=" + pki("apiserver.crt"),
		"--tls-private-key-file=" + pki("apiserver.key"),
		"--client-ca-file=" + pki("ca.crt"),
		"--kubelet-certificate-authority=" + pki("ca.crt"),
		"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"),
		"--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
		// The node's name is in no DNS.
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc." + clusterDomain,
		"--service-account-key-file=" + pki("service-account.crt"),
		"--service-account-signing-key-file=" + pki("service-account.key"),
		"--requestheader-client-ca-file=" + pki("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file=" + pki("front-proxy-client.crt"),
		"--proxy-client-key-file=" + pki("front-proxy-client.key"),
		"--profiling=false",
	}
}

func controllerManagerArgs(id Identity) []string {
	config := id.path("etc", "kube-controller-manager.kubeconfig")
	return []string{
		"--kubeconfig=" + config,
		"--authentication-kubeconfig=" + config,
		"--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + id.path("pki", "service-account.key"),
		"--root-ca-file=" + id.path("pki", "ca.crt"),
		"--cluster-signing-cert-file=" + id.path("pki", "ca.crt"),
		"--cluster-signing-key-file=" + id.path("pki", "ca.key"),
		"--flex-volume-plugin-dir=" + id.run("volume-plugins"),
		// There is one of it; an election only delays the start.
		"--leader-elect=false",
		"--profiling=false",
	}
}

func schedulerArgs(id Identity) []string {
	config := id.path("etc", "kube-scheduler.kubeconfig")
	return []string{
		"--kubeconfig=" + config,
		"--authentication-kubeconfig=" + config,
		"--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		"--profiling=false",
	}
}

func kubeletArgs(id Identity) []string {
	return []string{
		"--config=" + id.path("etc", "kubelet.yaml"),
		"--kubeconfig=" + id.path("etc", "kubelet.kubeconfig"),
		"--root-dir=" + id.run("kubelet"),
		"--hostname-override=" + id.NodeName(),
		"--node-ip=" + id.NodeIP(),
	}
}

func proxyArgs(id Identity) []string {
	return []string{"--config=" + id.path("etc", "kube-proxy.yaml")}
}

// linkScript gives the holder's network namespace its end of the veth pair and
// its routes.
//
//   - The service range leads to the loopback: a packet that kube-proxy did not
//     rewrite goes nowhere. With src it still carries the node's address when
//     it was rewritten, and not 127.0.0.1, which may not leave.
//   - Pods reach the host, and nothing behind it, in the node's name.
func (id Identity) linkScript() string {
	return fmt.Sprintf(`
ip link set lo up
ip addr add %[1]s/30 dev eth0
ip link set eth0 up
ip route add %[3]s dev lo src %[1]s
echo 1 > /proc/sys/net/ipv4/ip_forward
iptables -w -t nat -A POSTROUTING -s %[2]s -o eth0 -j MASQUERADE
`, id.NodeIP(), podCIDR, serviceCIDR)
}

// kernelSettings are values that the kubelet insists on changing although they
// belong to the host. It gets files that only look like them.
var kernelSettings = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
}

// mountScript arranges the holder's mount namespace so that nothing the node
// writes to fixed places shows on the host: /run (sockets, network namespaces
// of pods, locks) and /var/log are new, and so is /var/lib/cni, which the CNI
// library cannot be told to leave.
func (id Identity) mountScript() string {
	script := fmt.Sprintf(`
mkdir -p %[1]s/root %[1]s/kubelet %[1]s/settings
mount -n -t tmpfs -o mode=755 tmpfs %[1]s/root
mkdir %[1]s/root/opstack-%[2]s
mount -n --bind %[1]s %[1]s/root/opstack-%[2]s
mount -n --move %[1]s/root /run
mount -n --bind %[3]s %[1]s/kubelet
mount -n -t tmpfs -o mode=755 tmpfs /var/log
mount -n -t tmpfs -o mode=755 tmpfs /var/lib/cni
`, id.RunDir(), id.Name, id.path("kubelet"))
	for i, setting := range kernelSettings {
		script += fmt.Sprintf("cat /proc/sys/%[1]s > %[2]s/settings/%[3]d\nmount -n --bind %[2]s/settings/%[3]d /proc/sys/%[1]s\n", setting, id.RunDir(), i)
	}
	return script
}
