
ip link set lo up
ip addr add 198.18.54.2/30 dev eth0
ip link set eth0 up
ip route add 10.96.0.0/16 dev lo src 198.18.54.2
echo 1 > /proc/sys/net/ipv4/ip_forward
iptables -w -t nat -A POSTROUTING -s 10.244.0.0/24 -o eth0 -j MASQUERADE

mkdir -p /run/opstack-demo/root /run/opstack-demo/kubelet /run/opstack-demo/settings
mount -n -t tmpfs -o mode=755 tmpfs /run/opstack-demo/root
mkdir /run/opstack-demo/root/opstack-demo
mount -n --bind /run/opstack-demo /run/opstack-demo/root/opstack-demo
mount -n --move /run/opstack-demo/root /run
mount -n --bind /src/.demo/kubelet /run/opstack-demo/kubelet
mount -n -t tmpfs -o mode=755 tmpfs /var/log
mount -n -t tmpfs -o mode=755 tmpfs /var/lib/cni
cat /proc/sys/vm/overcommit_memory > /run/opstack-demo/settings/0
mount -n --bind /run/opstack-demo/settings/0 /proc/sys/vm/overcommit_memory
cat /proc/sys/vm/panic_on_oom > /run/opstack-demo/settings/1
mount -n --bind /run/opstack-demo/settings/1 /proc/sys/vm/panic_on_oom
cat /proc/sys/kernel/panic > /run/opstack-demo/settings/2
mount -n --bind /run/opstack-demo/settings/2 /proc/sys/kernel/panic
cat /proc/sys/kernel/panic_on_oops > /run/opstack-demo/settings/3
mount -n --bind /run/opstack-demo/settings/3 /proc/sys/kernel/panic_on_oops
cat /proc/sys/kernel/keys/root_maxkeys > /run/opstack-demo/settings/4
mount -n --bind /run/opstack-demo/settings/4 /proc/sys/kernel/keys/root_maxkeys
cat /proc/sys/kernel/keys/root_maxbytes > /run/opstack-demo/settings/5
mount -n --bind /run/opstack-demo/settings/5 /proc/sys/kernel/keys/root_maxbytes
