//go:build linux

package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/binaries"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/host"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/image"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

// kubernetesNamespace is where containerd keeps what the kubelet sees.
const kubernetesNamespace = "k8s.io"

// Open returns the cluster of a state directory, which must be running.
func Open(ctx context.Context, store *binaries.Store, log *progress.Log, state string) (*Cluster, error) {
	id, err := find(state)
	if err != nil {
		return nil, err
	}
	c, err := newCluster(ctx, store, log, id)
	if err != nil {
		return nil, err
	}
	holder, alive := host.Load(c.run("pids"), "holder")
	if !alive {
		return nil, fmt.Errorf("the cluster in %s is not running: use up", c.State)
	}
	c.holder = holder
	return c, nil
}

// loadOwnImages imports the images that the node itself needs.
func (c *Cluster) loadOwnImages(ctx context.Context) error {
	if err := c.await(ctx, "containerd", 30*time.Second, c.containerdAnswers); err != nil {
		return err
	}
	have, err := c.ctr(ctx, "images", "ls", "-q")
	if err != nil {
		return err
	}
	for _, own := range [][3]string{
		{pauseImage + ":" + binaries.PauseVersion, "pause", "/pause"},
		{corednsImage + ":" + binaries.CoreDNSVersion, "coredns", "/coredns"},
	} {
		if strings.Contains(have, own[0]+"\n") {
			continue
		}
		file := c.path("images", own[1]+".tar")
		spec := image.Spec{Name: own[0], User: image.NonRoot, Programs: []image.Program{{Source: c.bins[own[1]], Target: own[2]}}}
		if err := image.Write(spec, file); err != nil {
			return err
		}
		if err := c.Load(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

// containerdAnswers asks the plugin that fails last and quietly.
func (c *Cluster) containerdAnswers(ctx context.Context) error {
	out, err := c.ctr(ctx, "plugins", "ls", "id==cri")
	if err != nil {
		return err
	}
	if !strings.Contains(out, "ok") {
		return fmt.Errorf("containerd has no working CRI plugin:\n%s", out)
	}
	return nil
}

// Load imports image archives, so that pods can use them without a pull.
func (c *Cluster) Load(ctx context.Context, files ...string) error {
	for _, file := range files {
		c.log.Step("loading image %s", filepath.Base(file))
		if _, err := c.ctr(ctx, "images", "import", file); err != nil {
			return err
		}
	}
	return nil
}

// Kill sends SIGKILL to the containers of a pod, all of them or one, and
// returns the process ids. The kubelet is not told: it is what a crash is.
func (c *Cluster) Kill(ctx context.Context, namespace, pod, container string) ([]int, error) {
	filter := fmt.Sprintf(`labels."io.cri-containerd.kind"==container,labels."io.kubernetes.pod.namespace"==%q,labels."io.kubernetes.pod.name"==%q`, namespace, pod)
	if container != "" {
		filter += fmt.Sprintf(`,labels."io.kubernetes.container.name"==%q`, container)
	}
	ids, err := c.ctr(ctx, "containers", "ls", "-q", filter)
	if err != nil {
		return nil, err
	}
	tasks, err := c.ctr(ctx, "tasks", "ls")
	if err != nil {
		return nil, err
	}
	pids := running(tasks, strings.Fields(ids))
	if len(pids) == 0 {
		return nil, fmt.Errorf("no running container in pod %s/%s", namespace, pod)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return nil, fmt.Errorf("kill process %d: %w", pid, err)
		}
	}
	return pids, nil
}

// running reads a table of TASK, PID and STATUS.
func running(tasks string, ids []string) []int {
	var pids []int
	for line := range strings.Lines(tasks) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "RUNNING" || !slices.Contains(ids, fields[0]) {
			continue
		}
		if pid, err := strconv.Atoi(fields[1]); err == nil && pid > 1 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// ctr runs containerd's client on the host. It needs an absolute socket path.
func (c *Cluster) ctr(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.bins["ctr"], append([]string{"--address", c.Socket(), "--namespace", kubernetesNamespace}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ctr %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// applyAddons gives the cluster names and storage.
func (c *Cluster) applyAddons(ctx context.Context) error {
	c.log.Step("applying CoreDNS, storage class and %d volumes", len(volumes()))
	manifest, err := c.render("addons.yaml", nil)
	if err != nil {
		return err
	}
	_, err = c.kubectl(ctx, manifest, "apply", "-f", "-")
	return err
}
