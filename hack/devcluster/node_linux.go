package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/cluster"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/host"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

// stateFlags parses a command line with a state directory.
func stateFlags(name string, args []string, more func(*flag.FlagSet)) (state string, rest []string, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&state, "state", "", "directory of the cluster")
	if more != nil {
		more(flags)
	}
	if err := flags.Parse(args); err != nil {
		return "", nil, err
	}
	if state == "" {
		return "", nil, fmt.Errorf("%s needs --state DIR", name)
	}
	return state, flags.Args(), nil
}

func runCheck(_ context.Context, _ []string, log *progress.Log) error {
	machine, err := host.Inspect()
	if err != nil {
		return err
	}
	if problems := machine.Problems(); len(problems) > 0 {
		fmt.Fprintln(os.Stderr, "A Kubernetes node cannot run here. Missing, and not to be installed by this program:")
		for _, problem := range problems {
			fmt.Fprintln(os.Stderr, "  -", problem)
		}
		return errors.New("this machine cannot run a node")
	}
	if len(machine.Packages) > 0 {
		log.Step("up will install Debian packages: %s", strings.Join(machine.Packages, ", "))
	}
	store, err := openStore(log)
	if err != nil {
		return err
	}
	missing, err := store.Missing()
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		log.Step("up will build: %s", strings.Join(missing, ", "))
	}
	log.Step("this machine can run a node")
	return nil
}

func runUp(ctx context.Context, args []string, log *progress.Log) error {
	var name string
	state, _, err := stateFlags("up", args, func(flags *flag.FlagSet) {
		flags.StringVar(&name, "name", "", "name of a new cluster (default dev)")
	})
	if err != nil {
		return err
	}
	store, err := openStore(log)
	if err != nil {
		return err
	}
	c, err := cluster.Up(ctx, store, log, state, name)
	if err != nil {
		return err
	}
	log.Step("node %s is ready; kubeconfig: %s", c.NodeName(), c.Kubeconfig())
	return nil
}

func runLoad(ctx context.Context, args []string, log *progress.Log) error {
	state, files, err := stateFlags("load", args, nil)
	if err != nil {
		return err
	}
	c, err := openCluster(ctx, log, state)
	if err != nil {
		return err
	}
	return c.Load(ctx, files...)
}

func runKill(ctx context.Context, args []string, log *progress.Log) error {
	var container string
	state, rest, err := stateFlags("kill", args, func(flags *flag.FlagSet) {
		flags.StringVar(&container, "container", "", "only this container of the pod")
	})
	if err != nil {
		return err
	}
	namespace, pod, ok := strings.Cut(strings.Join(rest, " "), "/")
	if !ok {
		return errors.New("kill takes NAMESPACE/POD")
	}
	c, err := openCluster(ctx, log, state)
	if err != nil {
		return err
	}
	pids, err := c.Kill(ctx, namespace, pod, container)
	if err != nil {
		return err
	}
	log.Step("killed %v", pids)
	return nil
}

func runDown(ctx context.Context, args []string, log *progress.Log) error {
	state, _, err := stateFlags("down", args, nil)
	if err != nil {
		return err
	}
	store, err := openStore(log)
	if err != nil {
		return err
	}
	return cluster.Down(ctx, store, log, state)
}

func openCluster(ctx context.Context, log *progress.Log, state string) (*cluster.Cluster, error) {
	store, err := openStore(log)
	if err != nil {
		return nil, err
	}
	return cluster.Open(ctx, store, log, state)
}
