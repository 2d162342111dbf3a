//go:build linux

package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/host"
)

// await asks until the answer is good. It gives up early when a daemon that
// was started has died, and then shows that daemon's last words.
func (c *Cluster) await(ctx context.Context, what string, patience time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if dead := c.deadDaemon(); dead != "" {
			file := c.path("logs", dead+".log")
			return fmt.Errorf("%s died; the end of %s:\n%s", dead, file, host.Tail(file, 15))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (logs: %s)", what, err, c.path("logs"))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// deadDaemon names one that was started and does not live.
func (c *Cluster) deadDaemon() string {
	for _, d := range slices.Concat(foundation, apiserver, node) {
		if _, alive := host.Load(c.run("pids"), d.name); !alive {
			if _, err := os.Stat(c.run("pids", d.name+".json")); err == nil {
				return d.name
			}
		}
	}
	return ""
}

func (c *Cluster) linked() bool {
	_, err := net.InterfaceByName(c.Interface())
	return err == nil
}

func (c *Cluster) etcdAnswers(ctx context.Context) error {
	conn, err := host.DialInside(ctx, c.holder, "tcp", strings.TrimPrefix(etcdURL, "http://"))
	if err != nil {
		return err
	}
	return conn.Close()
}

// apiReady asks as an administrator on the host would: over the link, with the
// cluster's authority.
func (c *Cluster) apiReady(ctx context.Context) error {
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(c.path("pki", "ca.crt"))
	if err != nil {
		return fmt.Errorf("read authority: %w", err)
	}
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://%s:%d/readyz", c.NodeIP(), apiPort), nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 2000))
		return fmt.Errorf("readyz: %s\n%s", response.Status, body)
	}
	return nil
}

// awaitCluster returns once a pod with a claim and a service would work.
func (c *Cluster) awaitCluster(ctx context.Context) error {
	checks := []struct {
		what string
		ask  func(context.Context) error
	}{
		{"the node to be ready", c.nodeReady},
		{"default service account", c.exists("serviceaccount/default")},
		{"storage class", c.exists("storageclass/local")},
		{"CoreDNS", c.namesResolve},
	}
	for _, check := range checks {
		if err := c.await(ctx, check.what, 2*time.Minute, check.ask); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) nodeReady(ctx context.Context) error {
	const path = `{.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].message}`
	out, err := c.kubectl(ctx, nil, "get", "node", c.NodeName(), "-o", "jsonpath="+path)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(out, "True ") {
		return errors.New(out)
	}
	return nil
}

func (c *Cluster) exists(object string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := c.kubectl(ctx, nil, "get", object)
		return err
	}
}

// namesResolve asks CoreDNS through its service, which takes kube-proxy, the
// pod network and CoreDNS itself.
func (c *Cluster) namesResolve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return host.DialInside(ctx, c.holder, network, net.JoinHostPort(serviceDNS, "53"))
	}}
	found, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+clusterDomain+".")
	if err != nil {
		return err
	}
	if !slices.Contains(found, serviceAPI) {
		return fmt.Errorf("CoreDNS says %v for the API server", found)
	}
	return nil
}

// kubectl runs the node's own kubectl as the administrator.
func (c *Cluster) kubectl(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.bins["kubectl"], append([]string{"--kubeconfig=" + c.Kubeconfig()}, args...)...)
	// The caller's proxies and settings do not apply; its cache goes where
	// Down finds it.
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + c.path("etc")}
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
