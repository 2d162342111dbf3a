package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/intake"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

const importLong = `Bring a deployment into the cluster: make the Secrets of a chain and its OPChain.

The folder holds what op-deployer wrote: genesis.json (or genesis.json.gz) and rollup.json, and its
state.json, in the folder or in .deployer, which tells the addresses of the contracts. Of a state with
several chains, the one of rollup.json is taken. Keys are taken from batcher.key, proposer.key and
sequencer.key, and jwt and l1-chain-config.json are used when they are there. Without a JWT secret one
is made, unless the cluster has one.

With a batcher's key the chain is a sequencer, else a replica. With a proposer's key it proposes. With
a sequencer's key it gossips its blocks.

Everything is checked before anything is written, as "validate" does it, and errors refuse the import.
--ignore eases a check that is wrong about your chain. Objects are applied by server-side apply. A Secret
that exists with other content is never overwritten, unless --overwrite says so: a key or a JWT secret
may be in use.

` + exitStatuses

const importExample = `  # Import a sequencer; read -s and the variables keep API keys out of arguments and the shell's history
  read -rs OPCHAIN_L1_RPC && read -rs OPCHAIN_L1_BEACON && export OPCHAIN_L1_RPC OPCHAIN_L1_BEACON
  kubectl opchain import my-chain --from . -n rollups \
    --batcher-key batcher.key --proposer-key proposer.key \
    --op-geth-image registry.example.com/op-geth:v1.101702.3 --op-node-image registry.example.com/op-node:v1.19.6 \
    --op-batcher-image registry.example.com/op-batcher:v1.19.6 --op-proposer-image registry.example.com/op-proposer:v1.19.6

  # Import a replica whose L1 endpoint is in a Secret already
  kubectl opchain import my-replica --from . --replica --l1-rpc-secret l1-endpoints/rpc --beacon-secret l1-endpoints/beacon \
    --op-geth-image op-geth:v1.101702.3 --op-node-image op-node:v1.19.6

  # Look at what would be applied, Secrets included
  kubectl opchain import my-chain --from . --l1-rpc http://l1.l1.svc:8545 --beacon-ignore --dry-run=client -o yaml …`

// importing is a run of import.
type importing struct {
	env  *Environment
	kube *genericclioptions.ConfigFlags

	options      intake.Options
	files        fileFlags
	from, state  string
	replica      bool
	rpcSecret    string
	rpcWhere     string // the flag or variable that the L1 endpoint came from
	beaconSecret string
	images       map[string]*string
	factory      string
	oracle       string

	askL1     bool
	timeout   time.Duration
	dryRun    string
	output    string
	overwrite bool
	force     bool
}

func newImport(env *Environment, kube *genericclioptions.ConfigFlags) *cobra.Command {
	i := &importing{env: env, kube: kube, images: map[string]*string{}}
	cmd := &cobra.Command{
		Use:     "import NAME --from DIR",
		Short:   "Make the Secrets and the OPChain of a chain that op-deployer deployed",
		Long:    importLong,
		Example: importExample,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i.options.Name = args[0]
			return i.run(cmd.Context())
		},
	}
	i.addDeploymentFlags(cmd)
	i.addChainFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&i.askL1, "ask-l1", true, "Ask L1 whether it agrees; --ask-l1=false where it cannot be reached from here")
	flags.DurationVar(&i.timeout, "timeout", defaultTimeout, "How long L1 has for all its answers")
	flags.StringVar(&i.dryRun, "dry-run", "none", "none, server (the API server judges and writes nothing) or client (nothing is sent)")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&i.output, "output", "o", "", "Print the objects, Secrets included, as yaml or json, or what was done as name")
	flags.BoolVar(&i.overwrite, "overwrite", false, "Replace Secrets that exist with other content, as a whole")
	flags.BoolVar(&i.force, "force-conflicts", false, "Take over fields of the OPChain that others have changed")
	return cmd
}

func (i *importing) addDeploymentFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&i.from, "from", "", "The folder with what op-deployer wrote")
	flags.StringVar(&i.state, "state", "", "op-deployer's state, if not state.json or .deployer/state.json in the folder")
	i.files = addFileFlags(cmd, ", if not in the folder under its usual name")
	flags.BoolVar(&i.replica, "replica", false, "Import a replica: leave the keys in the folder alone")
	flags.StringVar(&i.factory, "dispute-game-factory", "", "The DisputeGameFactory proxy, where no file tells it")
	flags.StringVar(&i.oracle, "l2-output-oracle", "", "The L2OutputOracle proxy of a chain from before fault proofs")
	cmd.MarkFlagsMutuallyExclusive("dispute-game-factory", "l2-output-oracle")
	for _, required := range []error{cmd.MarkFlagRequired("from"), cmd.MarkFlagDirname("from"), cmd.MarkFlagFilename("state", "json")} {
		if required != nil {
			panic(required) // the flags were added above
		}
	}
}

func (i *importing) addChainFlags(cmd *cobra.Command) {
	flags, o := cmd.Flags(), &i.options
	flags.StringVar(&o.L1RPC.URL, "l1-rpc", "", "The L1 endpoint, which goes into a Secret; defaults to the environment variable "+envL1RPC)
	flags.StringVar(&i.rpcSecret, "l1-rpc-secret", "", "The Secret with the L1 endpoint, as NAME/KEY")
	flags.StringVar(&o.Beacon.URL, "beacon", "", "The L1 beacon API, which goes into a Secret; defaults to the environment variable "+envBeacon)
	flags.StringVar(&i.beaconSecret, "beacon-secret", "", "The Secret with the beacon API's URL, as NAME/KEY")
	flags.BoolVar(&o.IgnoreBeacon, "beacon-ignore", false, "Run without a beacon API: for chains whose batches are all calldata")
	cmd.MarkFlagsMutuallyExclusive("l1-rpc", "l1-rpc-secret")
	cmd.MarkFlagsMutuallyExclusive("beacon", "beacon-secret", "beacon-ignore")
	flags.StringVar(&o.GenesisURL, "genesis-url", "", "Where op-geth's pod downloads the very genesis file that is imported; it then goes into no Secret")
	flags.StringVar(&o.RegistryChain, "registry-chain", "", "The chain of the superchain registry whose genesis op-geth has built in, such as op-sepolia")
	cmd.MarkFlagsMutuallyExclusive("genesis-url", "registry-chain")
	cmd.MarkFlagsMutuallyExclusive("genesis", "registry-chain")
	for _, component := range []string{names.Geth, names.Node, names.Batcher, names.Proposer} {
		i.images[component] = flags.String(component+"-image", "", "The image of "+component+", with a fixed tag or a digest; needed if it runs")
	}
	flags.StringVar(&o.NetworkName, "network-name", "", "The chain's display name")
	flags.StringVar(&o.GethStorage, "op-geth-storage", "100Gi", "The size of op-geth's volume")
	flags.StringVar(&o.NodeStorage, "op-node-storage", "10Gi", "The size of op-node's volume")
	flags.StringVar(&o.StorageClass, "storage-class", "", "The StorageClass of both; the cluster's default if not given")
	flags.StringVar(&o.DataAvailability, "data-availability", "", "Where batches go: calldata, blobs or auto; the API's default if not given")
	flags.StringSliceVar(&o.Ignore, "ignore", nil, "Codes of findings that you know of, for spec.preflight.ignore: errors refuse nothing, warnings are not shown")
}

// settle reads what the flags say together.
func (i *importing) settle() (err error) {
	if !slices.Contains([]string{"none", "server", "client"}, i.dryRun) {
		return fmt.Errorf("read --dry-run: there is no %q: use none, server or client", i.dryRun)
	}
	if !slices.Contains([]string{"", "yaml", "json", "name"}, i.output) {
		return fmt.Errorf("there is no output format %q: use yaml, json or name", i.output)
	}
	if i.timeout <= 0 {
		return errors.New("read --timeout: it must be more than 0")
	}
	if i.replica {
		for _, kind := range []input.Kind{input.BatcherKey, input.ProposerKey, input.SequencerKey} {
			if *i.files[kind] != "" {
				return fmt.Errorf("a replica has no key: remove --replica or --%s", kind)
			}
		}
	}
	if err := i.settleEndpoints(); err != nil {
		return err
	}
	if i.options.GenesisURL != "" {
		if i.options.GenesisURL, err = endpointOf(i.options.GenesisURL, "--genesis-url", "http", "https"); err != nil {
			return err
		}
	}
	i.options.Images = map[string]string{}
	for component, image := range i.images {
		i.options.Images[component] = *image
	}
	i.options.Contracts = v1alpha1.ContractAddresses{
		DisputeGameFactory: v1alpha1.Address(i.factory), L2OutputOracle: v1alpha1.Address(i.oracle),
	}
	i.options.Namespace, _, err = namespaceOf(i.kube)
	return err
}

func (i *importing) settleEndpoints() (err error) {
	o := &i.options
	if i.rpcSecret != "" {
		o.L1RPC.Secret, err = selectorOf("--l1-rpc-secret", i.rpcSecret)
	} else {
		if o.L1RPC.URL, i.rpcWhere = i.given(o.L1RPC.URL, "--l1-rpc", envL1RPC); o.L1RPC.URL == "" {
			return errors.New("find the L1 endpoint: give --l1-rpc or --l1-rpc-secret, or set " + envL1RPC)
		}
		o.L1RPC.URL, err = endpointOf(o.L1RPC.URL, i.rpcWhere, "http", "https", "ws", "wss")
	}
	if err != nil || o.IgnoreBeacon {
		return err
	}
	if i.beaconSecret != "" {
		o.Beacon.Secret, err = selectorOf("--beacon-secret", i.beaconSecret)
	} else if url, where := i.given(o.Beacon.URL, "--beacon", envBeacon); url != "" {
		o.Beacon.URL, err = endpointOf(url, where, "http", "https")
	}
	return err
}

// given is an endpoint by its flag or else by its variable, and which of them it is.
func (i *importing) given(value, flag, variable string) (endpoint, where string) {
	if value != "" {
		return value, flag
	}
	return i.env.Getenv(variable), "$" + variable
}

// selectorOf reads NAME/KEY.
func selectorOf(flag, text string) (*v1alpha1.SecretKeySelector, error) {
	name, key, ok := strings.Cut(text, "/")
	if !ok || name == "" || key == "" || strings.ContainsAny(text, ":?") {
		return nil, fmt.Errorf("read %s: write it as NAME/KEY", flag) // not shown: it may be a URL
	}
	return &v1alpha1.SecretKeySelector{Name: v1alpha1.SecretName(name), Key: key}, nil
}
