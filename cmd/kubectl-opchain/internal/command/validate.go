package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/manifest"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/report"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/review"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
)

// defaultTimeout is how long L1 has for all its answers.
const defaultTimeout = 15 * time.Second

const validateLong = `Check OPChains before they are in a cluster.

An OPChain is first judged as the API server would: unknown fields, types, defaults, and the rules of
the API. Then its inputs are judged by themselves and against each other, as the operator does. L1 is
asked when its endpoint is given.

Inputs come from files, which stand for the Secrets that the spec names; from Secrets among the
manifests; and with --from-cluster from the cluster. What was not given is listed as not checked.
Neither keys nor endpoints are ever shown.

` + exitStatuses

const validateExample = `  # Check a manifest by itself
  kubectl opchain validate -f chain.yaml

  # Check it with the files that its Secrets will hold
  kubectl opchain validate -f chain.yaml --genesis genesis.json --rollup rollup.json --batcher-key batcher.key

  # Check a folder with OPChains and Secrets, and ask L1; read -s and the variable keep the API key out of
  # arguments and the shell's history
  read -rs OPCHAIN_L1_RPC && export OPCHAIN_L1_RPC
  kubectl opchain validate -f chains/ -R

  # Check in CI: warnings fail, too
  kustomize build overlays/prod | kubectl opchain validate -f - --strict -o json

  # Check a changed manifest with the Secrets of the cluster
  kubectl opchain validate -f chain.yaml -n rollups --from-cluster --l1-from-spec`

// validation is a run of validate.
type validation struct {
	env  *Environment
	kube *genericclioptions.ConfigFlags

	names       genericclioptions.FileNameFlags
	files       fileFlags
	fromCluster bool
	download    bool
	l1RPC       string
	l1FromSpec  bool
	timeout     time.Duration
	output      string
	strict      bool
}

func newValidate(env *Environment, kube *genericclioptions.ConfigFlags) *cobra.Command {
	v := &validation{env: env, kube: kube, names: genericclioptions.FileNameFlags{
		Usage: "The files with OPChains and Secrets: a file, a folder, or - for stdin.", Filenames: &[]string{}, Recursive: new(false),
	}}
	cmd := &cobra.Command{
		Use:     "validate -f FILE",
		Short:   "Check OPChains and their inputs without starting anything",
		Long:    validateLong,
		Example: validateExample,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return v.run(cmd) },
	}
	v.names.AddFlags(cmd.Flags())
	v.files = addFileFlags(cmd, "; stands for the Secret that the spec names")
	flags := cmd.Flags()
	flags.BoolVar(&v.fromCluster, "from-cluster", false, "Read the Secrets that were not given from the cluster")
	flags.BoolVar(&v.download, "download", false, "Download the genesis that the spec names by URL")
	flags.StringVar(&v.l1RPC, "l1-rpc", "", "The JSON-RPC endpoint to ask L1 at; defaults to the environment variable "+envL1RPC)
	flags.BoolVar(&v.l1FromSpec, "l1-from-spec", false, "Ask L1 at the endpoint that the spec names")
	flags.DurationVar(&v.timeout, "timeout", defaultTimeout, "How long L1 has for all its answers")
	flags.StringVarP(&v.output, "output", "o", "table", "How to show what was found: table, json or yaml")
	flags.BoolVar(&v.strict, "strict", false, "Fail on warnings and on what is Unknown, too, but what spec.preflight.ignore names")
	cmd.MarkFlagsMutuallyExclusive("l1-rpc", "l1-from-spec")
	return cmd
}

func (v *validation) run(cmd *cobra.Command) error {
	options := v.names.ToOptions()
	if len(options.Filenames) == 0 {
		return errors.New("there is nothing to check: give -f with a file, a folder or -")
	}
	if v.output != "table" && v.output != "json" && v.output != "yaml" {
		return fmt.Errorf("there is no output format %q: use table, json or yaml", v.output)
	}
	if v.timeout <= 0 {
		return errors.New("read --timeout: it must be more than 0")
	}
	set, err := manifest.Read(v.env.Streams.In, options.Filenames, options.Recursive)
	if err != nil {
		return err
	}
	inputs, err := v.inputs(set)
	if err != nil {
		return err
	}
	reviewer, err := review.New(v.env.Clock)
	if err != nil {
		return err
	}
	var reports []*review.Report
	for _, chain := range set.Chains {
		r, err := v.review(cmd, reviewer, chain, inputs)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	return v.show(reports)
}

// inputs reads what the chains are judged with.
func (v *validation) inputs(set *manifest.Set) (in review.Inputs, err error) {
	namespace, said, err := namespaceOf(v.kube)
	if err != nil {
		return in, err
	}
	if said {
		if err := set.Within(namespace); err != nil {
			return in, err
		}
	}
	in.Namespace, in.Secrets = namespace, set.Secrets
	in.Cures = review.Cures{Secret: "give it with -f, or --from-cluster", L1: "give --l1-rpc, or set " + envL1RPC}
	if v.l1FromSpec {
		in.Cures.L1 = "give the Secret with the endpoint with -f, or --from-cluster"
	}
	if in.Files, err = v.files.open(); err != nil {
		return in, err
	}
	if len(in.Files) > 0 && set.Different() {
		return in, errors.New("files stand for the inputs of one chain, but the manifests have several: give their Secrets with -f, or check one at a time")
	}
	in.Downloads = v.downloads()
	if in.L1, err = v.l1(); err != nil {
		return in, err
	}
	if v.fromCluster {
		c, err := clusterOf(v.kube)
		if err != nil {
			return in, err
		}
		in.Cluster = c.Reader()
	}
	return in, nil
}

// downloads fetches geneses, if it shall.
func (v *validation) downloads() *download.Client {
	if !v.download {
		return nil
	}
	limits := download.DefaultLimits(config.MaxGenesisBytes)
	limits.Tries = 2 // somebody waits
	return download.NewClient(limits)
}

// l1 is how L1 is asked.
func (v *validation) l1() (l1 review.L1, err error) {
	l1 = review.L1{FromSpec: v.l1FromSpec, Timeout: v.timeout, Flag: "--l1-rpc"}
	given := v.l1RPC
	if given == "" && !v.l1FromSpec {
		given, l1.Flag = v.env.Getenv(envL1RPC), "$"+envL1RPC
	}
	if given != "" {
		l1.URL, err = endpointOf(given, l1.Flag, "http", "https")
	}
	return l1, err
}

func (v *validation) review(cmd *cobra.Command, reviewer *review.Reviewer, chain manifest.Chain, in review.Inputs) (*review.Report, error) {
	defer terminal.Progress(v.env.Streams.ErrOut, "checking "+chain.Name())()
	return reviewer.Review(cmd.Context(), chain.Object, in)
}

// show writes the reports, and tells by its error whether the chains are fit.
func (v *validation) show(reports []*review.Report) error {
	if err := v.write(reports); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for _, r := range reports {
		if r.Count(v1alpha1.SeverityError) > 0 || v.strict && !r.Strict() {
			return errUnfit
		}
	}
	return nil
}

func (v *validation) write(reports []*review.Report) error {
	out := v.env.Streams.Out
	style := terminal.StyleOf(out, v.env.Getenv)
	for i, r := range reports {
		if v.output != "table" {
			if err := report.Encode(out, r, v.output); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := report.Write(out, r, style); err != nil {
			return err
		}
	}
	if v.output == "table" && len(reports) > 1 {
		return report.WriteTotal(out, reports)
	}
	return nil
}
