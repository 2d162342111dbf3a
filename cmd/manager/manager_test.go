package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

func TestParseOptions(t *testing.T) {
	t.Setenv("OPERATOR_IMAGE", "operator:v1")
	byDefault := func(change func(*options)) options {
		o := options{
			metricsAddress: ":8443", probeAddress: ":8081", helperImage: "operator:v1",
			pollInterval: 15 * time.Second, statusInterval: time.Minute, preflightInterval: time.Hour,
			volumeStats: true,
		}
		change(&o)
		return o
	}
	const gaps = "name each namespace, without gaps"
	cases := map[string]struct {
		args    []string
		want    options
		wantErr string
	}{
		"nothing": {want: byDefault(func(*options) {})},
		"everything": {
			args: []string{
				"--metrics-bind-address=0", "--health-probe-bind-address=:1", "--leader-elect", "--helper-image=other", "--namespaces=a,b",
				"--poll-interval=1s", "--status-interval=1h", "--preflight-interval=1m",
				"--volume-stats=false", "--kubelet-insecure-tls",
			},
			want: options{
				metricsAddress: "0", probeAddress: ":1", leaderElect: true, helperImage: "other", namespaces: []string{"a", "b"},
				pollInterval: time.Second, statusInterval: time.Hour, preflightInterval: time.Minute,
				kubeletInsecureTLS: true,
			},
		},
		"namespaces with blanks":    {args: []string{"--namespaces", " a , b "}, want: byDefault(func(o *options) { o.namespaces = []string{"a", "b"} })},
		"namespaces with a gap":     {args: []string{"--namespaces=a,,b"}, wantErr: gaps},
		"namespaces end in a comma": {args: []string{"--namespaces=a,"}, wantErr: gaps},
		"namespaces all blank":      {args: []string{"--namespaces= "}, wantErr: gaps},
		"no image":                  {args: []string{"--helper-image="}, wantErr: "set --helper-image, or OPERATOR_IMAGE, to the image that this program runs in"},
		"poll too often":            {args: []string{"--poll-interval=999ms"}, wantErr: "--poll-interval and --status-interval must be at least 1s"},
		"status too often":          {args: []string{"--status-interval=-1s"}, wantErr: "--poll-interval and --status-interval must be at least 1s"},
		"L1 too often":              {args: []string{"--preflight-interval=59s"}, wantErr: "--preflight-interval must be at least 1m"},
		"no duration":               {args: []string{"--poll-interval=fast"}, wantErr: `invalid value "fast" for flag -poll-interval`},
		"unknown flag":              {args: []string{"--verbose"}, wantErr: "flag provided but not defined: -verbose"},
		"a word too many":           {args: []string{"unpak", "--from=x"}, wantErr: `unexpected argument "unpak"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseOptions(tc.args, io.Discard)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
					t.Errorf("error = %v, want %q", err, tc.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got.log = zap.Options{}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(options{}), cmp.Comparer(func(_, _ zap.Options) bool { return true })); diff != "" {
				t.Errorf("parseOptions() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHelpIsNoError(t *testing.T) {
	t.Parallel()
	var usage strings.Builder
	if _, err := parseOptions([]string{"--help"}, &usage); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("error = %v", err)
	}
	for _, name := range []string{"helper-image", "namespaces", "poll-interval", "zap-log-level"} {
		if !strings.Contains(usage.String(), "-"+name) {
			t.Errorf("the usage says nothing of --%s", name)
		}
	}
	if status := exitStatus(flag.ErrHelp, io.Discard); status != 0 {
		t.Errorf("--help ends with status %d", status)
	}
	var told strings.Builder
	if status := exitStatus(errors.New("no"), &told); status != 1 || told.String() != "error: no\n" {
		t.Errorf("an error ends with status %d: %q", status, told.String())
	}
	if exitStatus(nil, io.Discard) != 0 {
		t.Error("success is none")
	}
}

func TestManagerOptions(t *testing.T) {
	t.Parallel()
	all := managerOptions(options{}, runtime.NewScheme())
	if len(all.Cache.DefaultNamespaces) > 0 {
		t.Errorf("the cache is limited to %v", all.Cache.DefaultNamespaces)
	}
	some := managerOptions(options{namespaces: []string{"a", "b"}, leaderElect: true, metricsAddress: ":1"}, runtime.NewScheme())
	if len(some.Cache.DefaultNamespaces) != 2 || !some.LeaderElection || some.LeaderElectionID == "" {
		t.Errorf("namespaces %v, leader election %v", some.Cache.DefaultNamespaces, some.LeaderElection)
	}
	if !some.Metrics.SecureServing || some.Metrics.FilterProvider == nil || some.Metrics.BindAddress != ":1" {
		t.Error("metrics are open to everybody")
	}
}
