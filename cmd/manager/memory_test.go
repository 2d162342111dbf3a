package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/internal/testenv"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// nodesVariable makes this program the manager that is measured. It holds the port of the
// fake nodes.
const nodesVariable = "MEASURED_MANAGER_NODES"

func TestMain(m *testing.M) {
	port := os.Getenv(nodesVariable)
	if port == "" {
		testenv.Main(m)
	}
	if err := runMeasured(port); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// memory is what a process uses, in bytes.
type memory struct {
	Heap uint64 // objects: live ones, after a collection
	RSS  uint64 // resident
	File uint64 // of that, pages of the program itself
	Peak uint64 // the most that was ever resident
}

// BenchmarkMemory measures the memory of a manager, in a process of its own, that looks
// after settled chains with a genesis of the usual size, in a cluster with large Secrets and
// ConfigMaps of others.
func BenchmarkMemory(b *testing.B) {
	c := newCluster(b)
	c.addForeign(b)
	var empty memory
	for _, n := range []int{0, 100, 1000} {
		b.Run(fmt.Sprintf("%d chains", n), func(b *testing.B) {
			var start, settled memory
			for b.Loop() {
				c.grow(b, n)
				start, settled = c.measure(b), c.measure(b)
			}
			if n == 0 {
				empty = settled
			}
			b.ReportMetric(0, "ns/op") // the metrics say it all
			b.ReportMetric(mebibytes(settled.Heap), "MiB-heap")
			b.ReportMetric(mebibytes(settled.RSS), "MiB-resident")
			b.ReportMetric(mebibytes(settled.File), "MiB-resident-program")
			b.ReportMetric(mebibytes(settled.Peak), "MiB-peak-of-restart")
			b.ReportMetric(mebibytes(start.Peak), "MiB-peak-of-bring-up")
			if n > 0 && empty.RSS > 0 {
				b.ReportMetric(perChain(empty.RSS, settled.RSS, n), "KB-resident/chain")
			}
		})
	}
}

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }

func perChain(empty, full uint64, n int) float64 {
	return math.Max(0, float64(full)-float64(empty)) / 1000 / float64(n)
}

// cluster is an API server with chains whose workloads run.
type cluster struct {
	*testenv.Env
	nodes      *testenv.Nodes
	port       string
	kubeconfig string
	chains     []*v1alpha1.OPChain
}

// newCluster has no chain.
func newCluster(b *testing.B) *cluster {
	b.Helper()
	c := &cluster{Env: testenv.New(b), nodes: testenv.RunNodes(b)}
	c.port = c.nodes.Apart(b)
	c.RunWorkloads(b)
	c.kubeconfig = filepath.Join(b.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(kubeconfigOf(c.Config), c.kubeconfig); err != nil {
		b.Fatal(err)
	}
	return c
}

// addForeign adds much that is none of the manager's business.
func (c *cluster) addForeign(b *testing.B) {
	b.Helper()
	large := strings.Repeat("x", 400_000)
	for i := range 300 {
		meta := metav1.ObjectMeta{Namespace: c.Namespace, Name: fmt.Sprintf("foreign-%d", i), Annotations: map[string]string{"note": large[:100_000]}}
		c.CreateSecrets(b, []*corev1.Secret{{ObjectMeta: meta, StringData: map[string]string{"large": large}}})
		if err := c.Client.Create(b.Context(), &corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"large": large}}); err != nil {
			b.Fatal(err)
		}
	}
}

func kubeconfigOf(config *rest.Config) clientcmdapi.Config {
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters["test"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	kubeconfig.AuthInfos["test"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	kubeconfig.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test"}
	kubeconfig.CurrentContext = "test"
	return *kubeconfig
}

// grow adds chains until there are n.
func (c *cluster) grow(b *testing.B, n int) {
	b.Helper()
	for i := len(c.chains); i < n; i++ {
		chain := testenv.Chain(fmt.Sprintf("chain-%d", i), testenv.InNamespace(c.Namespace))
		chain.Spec.L1.RPCURL = v1alpha1.Endpoint(c.nodes.Endpoint("all", "l1"))
		c.CreateSecrets(b, testenv.RealInputs(chain))
		if err := c.Client.Create(b.Context(), chain); err != nil {
			b.Fatal(err)
		}
		c.chains = append(c.chains, chain)
	}
}

// measure runs a manager until it has looked at every chain some times, and asks it for the
// memory that it uses.
func (c *cluster) measure(b *testing.B) memory {
	b.Helper()
	m := c.startManager(b, "--poll-interval=10s")
	c.awaitLooks(b, 4)
	var used memory
	m.ask(b, "memory", &used)
	m.end(b)
	return used
}

// measured is a manager in a process of its own.
type measured struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *json.Decoder
}

func (c *cluster) startManager(b *testing.B, flags ...string) *measured {
	b.Helper()
	cmd := exec.Command(os.Args[0], flags...)
	cmd.Env = append(os.Environ(), nodesVariable+"="+c.port, clientcmd.RecommendedConfigPathEnvVar+"="+c.kubeconfig)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(b, err)
	stdout, err := cmd.StdoutPipe()
	must(b, err)
	must(b, cmd.Start())
	answers := bufio.NewReader(stdout)
	if _, err := answers.ReadString('\n'); err != nil {
		b.Fatalf("the manager did not start: %v", err)
	}
	return &measured{cmd: cmd, stdin: stdin, answers: json.NewDecoder(answers)}
}

// ask has the manager measure something.
func (m *measured) ask(b *testing.B, what string, into any) {
	b.Helper()
	_, err := fmt.Fprintln(m.stdin, what)
	must(b, err)
	must(b, m.answers.Decode(into))
}

func (m *measured) end(b *testing.B) {
	b.Helper()
	must(b, m.stdin.Close())
	must(b, m.cmd.Wait())
}

// awaitLooks waits until the nodes of every chain were asked n more times.
func (c *cluster) awaitLooks(b *testing.B, n int) {
	b.Helper()
	before := map[string]int{}
	for _, chain := range c.chains {
		before[chain.Name] = c.nodes.Asked(chain.Name, names.Node)
	}
	deadline, again := time.After(20*time.Minute), time.NewTicker(50*time.Millisecond)
	defer again.Stop()
	for _, chain := range c.chains {
		for c.nodes.Asked(chain.Name, names.Node) < before[chain.Name]+n {
			select {
			case <-again.C:
			case <-deadline:
				b.Fatalf("%s was not looked at %d times", chain.Name, n)
			}
		}
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// runMeasured is the manager, with the flags of its command line, but for where the nodes are. It
// says when its cache is full, measures itself as every line that it reads says, and ends with its
// input.
func runMeasured(port string) error {
	flags := append([]string{"--helper-image=manager:test", "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=0"}, os.Args[1:]...)
	o, err := parseOptions(flags, os.Stderr)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logr.Discard())
	mgr, err := ctrl.NewManager(ctrl.GetConfigOrDie(), managerOptions(o, testenv.NewScheme()))
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	meter := newMeter(o.pollInterval)
	reconciler, err := newReconciler(mgr, o, meter)
	if err != nil {
		return err
	}
	reconciler.Endpoint = func(chain *v1alpha1.OPChain, component string, _ int) string {
		return testenv.EndpointApart(port, chain.Name, component)
	}
	if err := reconciler.SetupWithManager(ctx, mgr); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	if !mgr.GetCache().WaitForCacheSync(ctx) {
		return <-ended
	}
	fmt.Println("ready")
	return answer(os.Stdin, json.NewEncoder(os.Stdout), map[string]func() (any, error){
		"memory": leastMemory,
		"start":  func() (any, error) { return struct{}{}, meter.start() },
		"stop":   func() (any, error) { return meter.stop() },
	})
}

// answer measures what each line names.
func answer(in io.Reader, out *json.Encoder, measures map[string]func() (any, error)) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		said, err := measures[lines.Text()]()
		if err != nil {
			return err
		}
		if err := out.Encode(said); err != nil {
			return err
		}
	}
	return lines.Err()
}

// leastMemory looks some times: a pass that happens to be under way is not what is measured.
func leastMemory() (any, error) {
	least := memory{RSS: math.MaxUint64}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range 20 {
		<-tick.C
		runtime.GC()         // twice, because pools keep what they have for one collection
		debug.FreeOSMemory() // collects, and gives back what the runtime would give back in time
		used, err := ownMemory()
		if err != nil {
			return nil, err
		}
		if used.RSS < least.RSS {
			least = used
		}
	}
	return least, nil
}

func ownMemory() (memory, error) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	used := memory{Heap: stats.HeapAlloc}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return used, err
	}
	into := map[string]*uint64{"VmRSS:": &used.RSS, "RssFile:": &used.File, "VmHWM:": &used.Peak}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if field := into[fields[0]]; field != nil {
			if *field, err = kibibytes(fields[1]); err != nil {
				return used, err
			}
		}
	}
	return used, nil
}

func kibibytes(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n << 10, err
}
