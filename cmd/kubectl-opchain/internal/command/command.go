// Package command is the command line of kubectl opchain.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/cluster"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

// Exit statuses. Scripts and CI tell by them whether a chain is fit to run.
const (
	StatusFit     = 0 // no errors; there may be warnings. Or the status was shown, whatever it is
	StatusUnfit   = 1 // errors were found, or an import was refused
	StatusNotDone = 2 // the command line is wrong, something could not be read or written, or it was interrupted
)

const exitStatuses = `Exit status:
  0  no errors were found, though there may be warnings; or the status was shown, whatever it is
  1  errors were found, or the import was refused
  2  the command line is wrong, something could not be read or written, or it was interrupted`

// errUnfit ends a command of which everything was told already.
var errUnfit = errors.New("errors were found")

// refusal is an error that has the exit status of a chain that is not fit.
type refusal struct{ error }

// Environment is what a command has from the process that it runs in.
type Environment struct {
	Streams genericiooptions.IOStreams
	Getenv  func(string) string
	// Random is where keys are drawn from.
	Random io.Reader
	Clock  clock.PassiveClock
	// Version is the version that was built; empty takes that of the Go module.
	Version string
}

// Environment variables for the endpoints of L1: arguments can be read by others.
const (
	envL1RPC  = "OPCHAIN_L1_RPC"
	envBeacon = "OPCHAIN_L1_BEACON"
)

// Run runs a command line and gives the exit status.
func Run(ctx context.Context, args []string, env *Environment) int {
	root := newRoot(env)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	refused := (*refusal)(nil)
	switch {
	case err == nil:
		return StatusFit
	case errors.Is(err, errUnfit):
		return StatusUnfit
	}
	for i, line := range strings.Split(err.Error(), "\n") { // which may be what a server said
		if i == 0 {
			line = "error: " + line
		}
		fmt.Fprintln(env.Streams.ErrOut, terminal.Clean(line))
	}
	if errors.As(err, &refused) {
		return StatusUnfit
	}
	return StatusNotDone
}

func (r *refusal) Unwrap() error { return r.error }

func newRoot(env *Environment) *cobra.Command {
	kube := genericclioptions.NewConfigFlags(true)
	for _, rare := range []**string{ // a kubeconfig says these
		&kube.CacheDir, &kube.ImpersonateUID, &kube.TLSServerName, &kube.CAFile, &kube.CertFile, &kube.KeyFile, &kube.ProxyURL,
	} {
		*rare = nil
	}
	kube.DisableCompression, kube.ImpersonateUserExtra, kube.Insecure = nil, nil, nil
	root := &cobra.Command{
		Use:   "kubectl-opchain",
		Short: "Check OP Stack chains, bring them into a cluster, and see how they are",
		Long: `Check OP Stack chains before they are in a cluster, bring what op-deployer wrote into one, and see how
they are there.

The checks are those of the operator: what "validate" finds, the operator would find.

` + exitStatuses,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl opchain"},
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	kube.AddFlags(root.PersistentFlags())
	root.SetIn(env.Streams.In)
	root.SetOut(env.Streams.Out)
	root.SetErr(env.Streams.ErrOut)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(newValidate(env, kube), newImport(env, kube), newStatus(env, kube), newVersion(env))
	return root
}

// noCommand refuses a command that there is not, which would show the help and succeed, and
// names those that are spelt nearly so.
func noCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	root.SuggestionsMinimumDistance = 2 // as many letters may be wrong, as in cobra's own errors
	near := root.SuggestionsFor(args[0])
	if len(near) == 0 {
		return fmt.Errorf("there is no command %q: see %s --help", args[0], root.CommandPath())
	}
	return fmt.Errorf("there is no command %q: do you mean %s?", args[0], strings.Join(near, " or "))
}

// fileFlags are the flags that take files.
type fileFlags map[input.Kind]*string

var fileUsages = []struct {
	kind  input.Kind
	usage string
}{
	{input.Genesis, "The L2 genesis, as JSON or gzipped"},
	{input.Rollup, "op-node's rollup config"},
	{input.L1ChainConfig, "The chain config of an L1 that op-node does not know"},
	{input.JWT, "The secret that op-geth and op-node share"},
	{input.BatcherKey, "The private key of op-batcher"},
	{input.ProposerKey, "The private key of op-proposer"},
	{input.SequencerKey, "The private key that signs the sequencer's blocks"},
}

func addFileFlags(cmd *cobra.Command, where string) fileFlags {
	files := fileFlags{}
	for _, f := range fileUsages {
		files[f.kind] = cmd.Flags().String(string(f.kind), "", f.usage+where)
		if err := cmd.MarkFlagFilename(string(f.kind)); err != nil {
			panic(err) // the flag was added on the line before
		}
	}
	return files
}

// open reads the files that were given.
func (f fileFlags) open() (input.Files, error) {
	files := input.Files{}
	for _, usage := range fileUsages {
		path := *f[usage.kind]
		if path == "" {
			continue
		}
		file, err := input.OpenKind(usage.kind, path)
		if err != nil {
			return nil, err
		}
		files[usage.kind] = file
	}
	return files, nil
}

// endpointOf checks a URL from a flag or the environment. It is never shown: it may carry an
// API key.
func endpointOf(given, where string, schemes ...string) (string, error) {
	text := strings.TrimSpace(given)
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || !slices.Contains(schemes, parsed.Scheme) || strings.ContainsAny(text, " \t\r\n") {
		return "", fmt.Errorf("read %s: it is not a URL that starts with %s://", where, strings.Join(schemes, ":// or "))
	}
	return text, nil
}

func clusterOf(kube *genericclioptions.ConfigFlags) (*cluster.Cluster, error) {
	config, err := kube.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	return cluster.New(config)
}

// namespaceOf is the namespace that a command works in, and whether the command line says so.
func namespaceOf(kube *genericclioptions.ConfigFlags) (namespace string, said bool, err error) {
	namespace, said, err = kube.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", false, fmt.Errorf("read kubeconfig: %w", err)
	}
	return namespace, said, nil
}

// unstructuredOf is an object as it is written, without what only a cluster puts in.
func unstructuredOf(object any) (map[string]any, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("write %T: %w", object, err)
	}
	delete(fields, "status")
	return fields, nil
}
