package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/report"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/screen"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

const statusLong = `Show how chains are: with a name one chain on one screen, else a line for each.

The screen has what the operator says of the chain and what its pods, claims and events say now: what is
not as it should be first, then how far its heads are, how much of the sequencing window is left, when a
batch and a proposal were last seen, for how long the ETH of batcher and proposer lasts, and how full the
volumes are. What is old says of when it is. What you are not permitted to read is said to be so.

In the table, LAG is by how much the newest block was behind the clock, WINDOW how long the sequencing
window lasts unless a batch comes, BATCH how long ago one was seen, FUNDS how long the account lasts that
ends first, once its spending was measured for an hour, and SEEN how long ago op-node answered, or where
it is disabled anything else.

` + exitStatuses

const statusExample = `  # Show the chains of a namespace, or of all
  kubectl opchain status -n rollups
  kubectl opchain status -A

  # Show one, and again whenever it changes
  kubectl opchain status my-chain --watch

  # How many blocks of the sequencing window are left
  kubectl opchain status my-chain -o json | jq .window.leftBlocks`

// statusRun is a run of status.
type statusRun struct {
	env  *Environment
	kube *genericclioptions.ConfigFlags

	query  overview.Query
	all    bool
	output string
	watch  bool
}

func newStatus(env *Environment, kube *genericclioptions.ConfigFlags) *cobra.Command {
	s := &statusRun{env: env, kube: kube}
	cmd := &cobra.Command{
		Use:               "status [NAME]",
		Short:             "Show how chains are",
		Long:              statusLong,
		Example:           statusExample,
		Args:              cobra.MaximumNArgs(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args) },
		ValidArgsFunction: s.complete,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&s.all, "all-namespaces", "A", false, "Show the chains of all namespaces")
	flags.StringVarP(&s.output, "output", "o", "table", "How to show it: table, json or yaml")
	flags.BoolVarP(&s.watch, "watch", "w", false, "Show it again whenever it changes, until interrupted")
	return cmd
}

func (s *statusRun) run(ctx context.Context, args []string) error {
	if err := s.settle(args); err != nil {
		return err
	}
	c, err := clusterOf(s.kube)
	if err != nil {
		return err
	}
	if s.watch {
		return s.keep(ctx, c.Watcher())
	}
	return s.once(ctx, c.Watcher())
}

// settle checks what was asked for, and makes the query of it.
func (s *statusRun) settle(args []string) error {
	if s.output != "table" && s.output != "json" && s.output != "yaml" {
		return fmt.Errorf("there is no output format %q: use table, json or yaml", s.output)
	}
	if len(args) > 0 {
		s.query.Name = args[0]
	}
	s.query.Briefly = s.query.Name == "" && s.output == "table"
	if s.all && s.query.Name != "" {
		return errors.New("a name means one chain: give its namespace with -n instead of -A")
	}
	if s.all {
		return nil
	}
	namespace, _, err := namespaceOf(s.kube)
	s.query.Namespace = namespace
	return err
}

// once shows the chains as they are now.
func (s *statusRun) once(ctx context.Context, from client.Reader) error {
	sources, err := overview.Read(ctx, from, s.query)
	if err != nil {
		return err
	}
	shown, err := s.shown(sources)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		fmt.Fprintln(s.env.Streams.ErrOut, s.none())
	}
	if _, err := s.env.Streams.Out.Write(shown); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}

// none says that there is no chain.
func (s *statusRun) none() string {
	if s.all {
		return "there is no OPChain"
	}
	return fmt.Sprintf("there is no OPChain in namespace %s", s.query.Namespace)
}

// shown is what was read, as it is shown now.
func (s *statusRun) shown(sources []*overview.Sources) ([]byte, error) {
	now := s.env.Clock.Now()
	overviews := make([]*overview.Overview, len(sources))
	for i, of := range sources {
		overviews[i] = overview.Of(of, now)
	}
	var out bytes.Buffer
	style := terminal.StyleOf(s.env.Streams.Out, s.env.Getenv)
	if s.output == "table" && s.query.Name == "" {
		if len(overviews) == 0 {
			return nil, nil
		}
		err := screen.WriteList(&out, overviews, s.all, now, style)
		return out.Bytes(), err
	}
	for _, o := range overviews {
		var err error
		if s.output == "table" {
			err = screen.Write(&out, o, now, style)
		} else {
			err = report.Encode(&out, o, s.output)
		}
		if err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// completionTimeout is how long somebody waits who has asked the shell for a name.
const completionTimeout = 3 * time.Second

// complete names the chains of the namespace to the shell.
func (s *statusRun) complete(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	namespace, _, err := namespaceOf(s.kube)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	c, err := clusterOf(s.kube)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	sources, err := overview.Read(ctx, c.Watcher(), overview.Query{Namespace: namespace, Briefly: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, of := range sources {
		names = append(names, of.Chain.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
