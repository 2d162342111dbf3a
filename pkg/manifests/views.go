package manifests

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Where pods find their files.
const (
	dataDir   = "/data"
	jwtFile   = "/secrets/jwt"
	configDir = "/config"
	// genesisFile is what geth init reads, on a volume that goes with the pod.
	genesisFile = "/genesis/genesis.json"
	// downloadedFile is the genesis as it was downloaded, on the volume that stays.
	downloadedFile = dataDir + "/genesis.download"
)

// gethLevels are geth's numbers for log levels (flag --verbosity).
var gethLevels = map[v1alpha1.LogLevel]int{"error": 1, "warn": 2, "info": 3, "debug": 4, "trace": 5}

// gethView describes op-geth. Its HTTP API has no engine, admin, personal or debug namespace:
// debug_setHead rewinds the chain. A sequencer's has miner, without which op-batcher exits.
func gethView(chain *v1alpha1.OPChain, cfg *config.Config) view {
	spec := &chain.Spec.Components.Geth
	api := "eth,net,txpool,web3"
	if chain.Spec.Components.Node.Sequencer.IsEnabled() {
		api += ",miner"
	}
	level, ok := gethLevels[spec.LogLevel]
	if !ok {
		level = gethLevels["info"]
	}
	v := view{
		spec: &spec.ComponentSpec,
		Args: []string{
			"--datadir=" + dataDir,
			"--networkid=" + number(chain.Spec.L2.ChainID),
			"--syncmode=full",
			"--gcmode=" + spec.GCMode,
			"--state.scheme=" + spec.StateScheme,
			"--cache=" + number(spec.CacheMiB),
			"--http", "--http.addr=0.0.0.0", "--http.port=" + number(names.PortGethHTTP), "--http.vhosts=*", "--http.api=" + api,
			"--ws", "--ws.addr=0.0.0.0", "--ws.port=" + number(names.PortGethWS), "--ws.origins=*", "--ws.api=eth,net,txpool,web3",
			"--authrpc.addr=0.0.0.0", "--authrpc.port=" + number(names.PortGethEngine), "--authrpc.vhosts=*", "--authrpc.jwtsecret=" + jwtFile,
			"--metrics", "--metrics.addr=0.0.0.0", "--metrics.port=" + number(names.PortGethMetrics),
			"--rollup.disabletxpoolgossip=true", "--nodiscover", "--maxpeers=0", "--ipcdisable",
			"--verbosity=" + number(level), "--log.format=json",
		},
		HTTPPort:     names.PortGethHTTP,
		WSPort:       names.PortGethWS,
		EnginePort:   names.PortGethEngine,
		MetricsPort:  names.PortGethMetrics,
		StorageSize:  spec.Storage.Size.String(),
		StorageClass: spec.Storage.StorageClass,
		AccessMode:   spec.Storage.AccessMode,
		SecretData:   map[string][]byte{names.KeyJWT: []byte(cfg.JWT)},
		InitArgs:     []string{"--datadir=" + dataDir, "--state.scheme=" + spec.StateScheme, genesisFile},
	}
	v.withGenesis(cfg)
	return v
}

// withGenesis gives op-geth the genesis: built in, or written to a file by the helper, which has
// it from a ConfigMap or keeps what it downloaded on the volume.
func (v *view) withGenesis(cfg *config.Config) {
	switch from := cfg.GenesisDownload; {
	case cfg.RegistryChain != "":
		v.Args = append(v.Args, "--op-network="+cfg.RegistryChain)
		return
	case from != nil:
		url := strings.ReplaceAll(from.URL, "$", "$$") // or Kubernetes puts a variable for $(NAME)
		v.UnpackArgs = []string{"--url=" + url, "--sha256=" + from.SHA256, "--keep=" + downloadedFile}
	default:
		v.GenesisConfig = true
		v.ConfigData = map[string][]byte{names.KeyGenesisGzip: cfg.GenesisGzip}
		v.UnpackArgs = []string{"--from=" + configDir + "/" + names.KeyGenesisGzip}
	}
	v.UnpackArgs = append(v.UnpackArgs, "--to="+genesisFile, "--max-bytes="+number(int64(config.MaxGenesisBytes)))
}

// nodeView describes op-node. --network is never set: op-node would then ignore rollup.json.
// --rpc.admin-state is not either: a sequencer that was stopped in good order would stay
// stopped after the next start.
func nodeView(chain *v1alpha1.OPChain, cfg *config.Config) view {
	spec, l1 := &chain.Spec.Components.Node, &chain.Spec.L1
	table := map[string]string{
		"L2_ENGINE_RPC":          names.URL(chain, names.Geth, names.PortGethEngine),
		"L2_ENGINE_AUTH":         jwtFile,
		"L2_ENGINE_KIND":         "geth",
		"ROLLUP_CONFIG":          configDir + "/" + names.KeyRollup,
		"L1_RPC_KIND":            l1.RPCKind,
		"L1_HTTP_POLL_INTERVAL":  string(spec.L1PollInterval),
		"L1_EPOCH_POLL_INTERVAL": string(spec.L1EpochPollInterval),
		"SAFEDB_PATH":            dataDir + "/safedb",
		"SEQUENCER_ENABLED":      strconv.FormatBool(spec.Sequencer.IsEnabled()),
		"RPC_ADDR":               "0.0.0.0",
		"RPC_PORT":               number(names.PortNodeRPC),
	}
	v := view{
		spec:         &spec.ComponentSpec,
		HTTPPort:     names.PortNodeRPC,
		MetricsPort:  names.PortMetrics,
		StorageSize:  spec.Storage.Size.String(),
		StorageClass: spec.Storage.StorageClass,
		AccessMode:   spec.Storage.AccessMode,
		ConfigText:   map[string]string{names.KeyRollup: string(cfg.RollupJSON)},
		SecretData:   map[string][]byte{names.KeyJWT: []byte(cfg.JWT)},
	}
	if sequencer := &spec.Sequencer; sequencer.IsEnabled() {
		table["SEQUENCER_L1_CONFS"] = number(valueOr(sequencer.L1Confirmations, 4))
		table["SEQUENCER_MAX_SAFE_LAG"] = number(valueOr(sequencer.MaxSafeLag, 0))
	}
	if cfg.L1ChainConfig != nil {
		v.ConfigText[names.KeyL1ChainConfig] = string(cfg.L1ChainConfig)
		table["ROLLUP_L1_CHAIN_CONFIG"] = configDir + "/" + names.KeyL1ChainConfig
	}
	secrets := map[string]string{"L1_ETH_RPC": cfg.L1RPC, "L1_BEACON": cfg.L1Beacon}
	if beacon := l1.Beacon; beacon != nil {
		secrets["L1_BEACON_FALLBACKS"] = joined(beacon.FallbackURLs)
		if beacon.Ignore != nil && *beacon.Ignore {
			table["L1_BEACON_IGNORE"] = "true"
		}
	}
	v.gossip(spec, table)
	if spec.P2P.IsEnabled() {
		secrets["P2P_SEQUENCER_KEY"] = cfg.SequencerKey
	}
	v.Env = append(settings("OP_NODE_", table), serviceSettings("OP_NODE_", &spec.ComponentSpec)...)
	v.withSecrets("OP_NODE_", secrets)
	return v
}

// gossip sets op-node's P2P up. Without bootnodes of its own, op-node looks for built-in ones
// and exits where DNS does not know them: the empty list has to be given.
func (v *view) gossip(spec *v1alpha1.NodeSpec, table map[string]string) {
	p2p := &spec.P2P
	if !p2p.IsEnabled() {
		table["P2P_DISABLE"] = "true"
		return
	}
	v.P2PPort = names.PortNodeP2P
	v.Args = append(v.Args, "--p2p.bootnodes="+joined(p2p.Bootnodes))
	table["P2P_NO_DISCOVERY"] = strconv.FormatBool(len(p2p.Bootnodes) == 0)
	table["P2P_LISTEN_IP"] = "0.0.0.0"
	table["P2P_LISTEN_TCP_PORT"] = number(names.PortNodeP2P)
	table["P2P_LISTEN_UDP_PORT"] = number(names.PortNodeP2P)
	table["P2P_ADVERTISE_IP"] = p2p.AdvertiseIP
	table["P2P_STATIC"] = joined(p2p.StaticPeers)
	table["P2P_PRIV_PATH"] = dataDir + "/p2p_priv.txt"
	table["P2P_PEERSTORE_PATH"] = dataDir + "/p2p_peerstore"
	table["P2P_DISCOVERY_PATH"] = dataDir + "/p2p_discovery"
}

// batcherView describes op-batcher. It asks op-node for the rollup config once, at its start: a
// fork that is scheduled in rollup.json has to restart it.
func batcherView(chain *v1alpha1.OPChain, cfg *config.Config) view {
	spec := &chain.Spec.Components.Batcher
	v := view{spec: &spec.ComponentSpec, HTTPPort: names.PortBatcherRPC, MetricsPort: names.PortMetrics, fetched: cfg.RollupJSON}
	v.Env = append(settings("OP_BATCHER_", map[string]string{
		"L2_ETH_RPC":             names.URL(chain, names.Geth, names.PortGethHTTP),
		"ROLLUP_RPC":             names.URL(chain, names.Node, names.PortNodeRPC),
		"DATA_AVAILABILITY_TYPE": spec.DataAvailabilityType,
		"MAX_CHANNEL_DURATION":   number(spec.MaxChannelDuration),
		"SUB_SAFETY_MARGIN":      number(spec.SubSafetyMargin),
		"POLL_INTERVAL":          string(spec.PollInterval),
		"NUM_CONFIRMATIONS":      number(spec.Confirmations),
		"RPC_ADDR":               "0.0.0.0",
		"RPC_PORT":               number(names.PortBatcherRPC),
	}), serviceSettings("OP_BATCHER_", &spec.ComponentSpec)...)
	v.withSecrets("OP_BATCHER_", map[string]string{"L1_ETH_RPC": cfg.L1RPC, "PRIVATE_KEY": cfg.BatcherKey})
	return v
}

// proposerView describes op-proposer. An interval next to an oracle is an error to it.
func proposerView(chain *v1alpha1.OPChain, cfg *config.Config) view {
	spec, contracts := &chain.Spec.Components.Proposer, &chain.Spec.L1.ContractAddresses
	table := map[string]string{
		"ROLLUP_RPC":          names.URL(chain, names.Node, names.PortNodeRPC),
		"POLL_INTERVAL":       string(spec.PollInterval),
		"NUM_CONFIRMATIONS":   number(spec.Confirmations),
		"ALLOW_NON_FINALIZED": strconv.FormatBool(valueOr(spec.AllowNonFinalized, false)),
		"RPC_ADDR":            "0.0.0.0",
		"RPC_PORT":            number(names.PortProposerRPC),
	}
	if contracts.DisputeGameFactory != "" {
		table["GAME_FACTORY_ADDRESS"] = string(contracts.DisputeGameFactory)
		table["GAME_TYPE"] = number(valueOr(spec.GameType, 1))
		table["PROPOSAL_INTERVAL"] = string(spec.ProposalInterval)
	} else {
		table["L2OO_ADDRESS"] = string(contracts.L2OutputOracle)
	}
	v := view{spec: &spec.ComponentSpec, HTTPPort: names.PortProposerRPC, MetricsPort: names.PortMetrics}
	v.Env = append(settings("OP_PROPOSER_", table), serviceSettings("OP_PROPOSER_", &spec.ComponentSpec)...)
	v.withSecrets("OP_PROPOSER_", map[string]string{"L1_ETH_RPC": cfg.L1RPC, "PRIVATE_KEY": cfg.ProposerKey})
	return v
}

// serviceSettings are the settings that op-node, op-batcher and op-proposer have in common.
func serviceSettings(prefix string, spec *v1alpha1.ComponentSpec) []envVar {
	return settings(prefix, map[string]string{
		"LOG_FORMAT":      "json",
		"LOG_LEVEL":       string(spec.LogLevel),
		"METRICS_ENABLED": "true",
		"METRICS_ADDR":    "0.0.0.0",
		"METRICS_PORT":    number(names.PortMetrics),
	})
}

func joined[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, item := range list {
		parts[i] = fmt.Sprint(item)
	}
	return strings.Join(parts, ",")
}

func valueOr[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}
