package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/controllers"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/manifests"
	"github.com/oplabs/op-stack-operator/pkg/metrics"
	"github.com/oplabs/op-stack-operator/pkg/names"
	"github.com/oplabs/op-stack-operator/pkg/observer"
	"github.com/oplabs/op-stack-operator/pkg/probe"
	"github.com/oplabs/op-stack-operator/pkg/status"
)

// options are the manager's flags.
type options struct {
	metricsAddress     string
	probeAddress       string
	leaderElect        bool
	helperImage        string
	namespaces         []string // none means all
	pollInterval       time.Duration
	statusInterval     time.Duration
	preflightInterval  time.Duration
	volumeStats        bool
	kubeletInsecureTLS bool
	log                zap.Options
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("manager", flag.ContinueOnError)
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", ":8443", "address of the metrics endpoint (https, with authentication); 0 turns it off")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "take part in leader election, so that one of several replicas works")
	flags.StringVar(&o.helperImage, "helper-image", os.Getenv("OPERATOR_IMAGE"), "the operator's own image, which unpacks the genesis in chains' pods (default: $OPERATOR_IMAGE)")
	flags.Func("namespaces", "comma-separated namespaces to look after (default: all)", func(list string) (err error) {
		o.namespaces, err = splitNamespaces(list)
		return err
	})
	flags.DurationVar(&o.pollInterval, "poll-interval", 15*time.Second, "time between two looks at a chain")
	flags.DurationVar(&o.statusInterval, "status-interval", time.Minute, "least time between two status writes when no condition changed, and between two looks at L1")
	flags.DurationVar(&o.preflightInterval, "preflight-interval", time.Hour, "time between two times that L1 is asked whether it still is as a chain needs it")
	flags.BoolVar(&o.volumeStats, "volume-stats", true, "ask kubelets how full volumes are, which takes the right to get nodes/stats")
	flags.BoolVar(&o.kubeletInsecureTLS, "kubelet-insecure-tls", false, "give the operator's token to kubelets whose certificates are not of the cluster's authority, too")
	o.log.BindFlags(flags)
	if err := parse(flags, args, stderr); err != nil {
		return o, err
	}
	if o.helperImage == "" {
		return o, fmt.Errorf("set --helper-image, or OPERATOR_IMAGE, to the image that this program runs in")
	}
	if o.pollInterval < time.Second || o.statusInterval < time.Second {
		return o, fmt.Errorf("--poll-interval and --status-interval must be at least 1s")
	}
	if o.preflightInterval < time.Minute {
		return o, fmt.Errorf("--preflight-interval must be at least 1m")
	}
	return o, nil
}

// splitNamespaces reads a list of namespaces. The cache takes an empty name for all of them, so
// a comma too many would widen what the operator looks after.
func splitNamespaces(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	var namespaces []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == "" {
			return nil, errors.New("name each namespace, without gaps")
		}
		namespaces = append(namespaces, part)
	}
	return namespaces, nil
}

func runManager(args []string, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&o.log)))
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	mgr, err := ctrl.NewManager(ctrl.GetConfigOrDie(), managerOptions(o, scheme))
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	recorder := metrics.NewRecorder(clock.RealClock{})
	if err := ctrlmetrics.Registry.Register(recorder); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	reconciler, err := newReconciler(mgr, o, recorder)
	if err != nil {
		return err
	}
	if err := reconciler.SetupWithManager(ctx, mgr); err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func managerOptions(o options, scheme *runtime.Scheme) ctrl.Options {
	return ctrl.Options{
		Scheme:         scheme,
		MapperProvider: controllers.NewMapper,
		Cache:          controllers.CacheOptions(o.namespaces),
		Client:         client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: ptr.To(true)}},
		Metrics: metricsserver.Options{
			BindAddress:    o.metricsAddress,
			SecureServing:  true,
			FilterProvider: filters.WithAuthenticationAndAuthorization,
			TLSOpts:        []func(*tls.Config){func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }},
		},
		HealthProbeBindAddress:        o.probeAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              names.Manager + ".rollup.oplabs.io",
		LeaderElectionReleaseOnCancel: true,
	}
}

// series are what is scraped of the chains and of the operator.
type series interface {
	status.Recorder
	Looked(took time.Duration)
}

func newReconciler(mgr ctrl.Manager, o options, recorder series) (*controllers.OPChainReconciler, error) {
	generator, err := manifests.NewGenerator(o.helperImage)
	if err != nil {
		return nil, err
	}
	library := download.NewLibrary(download.NewClient(download.DefaultLimits(config.MaxGenesisBytes)), config.MaxGenesisBytes, clock.RealClock{})
	prober := probe.New()
	looks := observer.New(prober, clock.RealClock{}, observer.Options{Interval: o.pollInterval, L1Interval: o.statusInterval, Looked: recorder.Looked})
	err = mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		<-ctx.Done()
		looks.Close()
		library.Close()
		return nil
	}))
	if err != nil {
		return nil, err
	}
	logs, err := newLogs(mgr)
	if err != nil {
		return nil, err
	}
	volumes, err := newVolumes(mgr, o)
	if err != nil {
		return nil, err
	}
	detector, err := controllers.NewDetector(mgr)
	if err != nil {
		return nil, err
	}
	live := mgr.GetAPIReader()
	return &controllers.OPChainReconciler{
		Client:            mgr.GetClient(),
		Live:              live,
		Loader:            config.NewLoader(live, clock.RealClock{}).WithDownloads(library),
		Generator:         generator,
		Reporter:          status.NewReporter(mgr.GetClient(), mgr.GetEventRecorder(names.Manager), recorder, clock.RealClock{}, o.statusInterval),
		Prober:            prober,
		Observer:          looks,
		Logs:              logs,
		Volumes:           volumes,
		Detector:          detector,
		Clock:             clock.RealClock{},
		PollInterval:      o.pollInterval,
		PreflightInterval: o.preflightInterval,
	}, nil
}
