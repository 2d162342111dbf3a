//go:build linux

package host

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// enter is the command prefix that runs a program in the namespaces that a
// process holds. It is not `ip netns exec`, which mounts a fresh /sys over the
// control groups and so stops the kubelet.
func enter(holder Record) []string {
	return []string{
		"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", holder.PID), fmt.Sprintf("--mount=/proc/%d/ns/mnt", holder.PID), "--",
	}
}

// Run runs a command on the host and shows its output only if it fails.
func Run(ctx context.Context, argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", argv, err, output)
	}
	return nil
}

// RunInside runs a command in the namespaces of the holder.
func RunInside(ctx context.Context, holder Record, argv ...string) error {
	return Run(ctx, append(enter(holder), argv...)...)
}

// DialInside connects from the network namespace of the holder.
func DialInside(ctx context.Context, holder Record, network, address string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		// Never unlocked: the thread has left its namespace and must end with
		// this goroutine. A socket stays where it was opened.
		runtime.LockOSThread()
		conn, err := func() (net.Conn, error) {
			fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", holder.PID), unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return nil, fmt.Errorf("open network namespace: %w", err)
			}
			defer func() { _ = unix.Close(fd) }()
			if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
				return nil, fmt.Errorf("enter network namespace: %w", err)
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}()
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}
