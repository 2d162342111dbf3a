package v1alpha1

// L1Spec is the chain that the rollup settles on.
//
// +kubebuilder:validation:XValidation:rule="has(self.rpcUrl) != has(self.rpcUrlFrom)",message="l1 needs exactly one of rpcUrl and rpcUrlFrom: set rpcUrlFrom when the URL carries an API key"
type L1Spec struct {
	// rpcUrl is the JSON-RPC endpoint of an L1 execution client. A URL with an API key
	// is a credential: put it into a Secret and use rpcUrlFrom. It is asked by the
	// pods of the chain and by the operator, from its own namespace: a Service in the cluster
	// needs its namespace in the name, as in http://NAME.NAMESPACE.svc:PORT.
	//
	// +optional
	RPCURL Endpoint `json:"rpcUrl,omitempty"`

	// rpcUrlFrom takes the endpoint from a Secret.
	//
	// +optional
	RPCURLFrom *ValueFromSecret `json:"rpcUrlFrom,omitempty"`

	// rpcKind tells op-node which methods the endpoint offers to fetch receipts with.
	// Defaults to standard, which every client offers.
	//
	// +optional
	// +default="standard"
	// +kubebuilder:validation:Enum=standard;basic;any;alchemy;quicknode;infura;parity;nethermind;debug_geth;erigon
	RPCKind string `json:"rpcKind,omitempty"`

	// chainId is the L1 chain ID. It must equal l1_chain_id in rollup.json. It cannot
	// be changed.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="l1.chainId is immutable: a rollup cannot move to another L1, so put the former value back"
	ChainID int64 `json:"chainId,omitempty"`

	// beacon is the L1 beacon API, from which op-node reads blobs. op-node does not start
	// without one (or without beacon.ignore) once rollup.json sets ecotone_time.
	//
	// +optional
	Beacon *BeaconSpec `json:"beacon,omitempty"`

	// chainConfigSecret names the Secret with the L1 chain config, under the key
	// l1-chain-config.json: the config object of the L1 genesis. op-node from v1.16 on
	// needs it for every L1 that it does not know by chain ID (it knows mainnet, Sepolia
	// and Hoodi). Older versions ignore it.
	//
	// +optional
	ChainConfigSecret SecretName `json:"chainConfigSecret,omitempty"`

	// contractAddresses are the rollup's contracts and accounts on L1.
	//
	// +required
	ContractAddresses ContractAddresses `json:"contractAddresses,omitzero"`
}

// BeaconSpec is the L1 beacon API.
//
// +kubebuilder:validation:XValidation:rule="[has(self.url), has(self.urlFrom), has(self.ignore) && self.ignore].filter(given, given).size() == 1",message="l1.beacon needs exactly one of url, urlFrom and ignore: true"
// +kubebuilder:validation:XValidation:rule="!has(self.fallbackUrls) || has(self.url) || has(self.urlFrom)",message="l1.beacon.fallbackUrls needs url or urlFrom: a fallback is asked when the first endpoint has no answer"
type BeaconSpec struct {
	// url is the endpoint of the beacon API.
	//
	// +optional
	URL HTTPEndpoint `json:"url,omitempty"`

	// urlFrom takes the endpoint from a Secret.
	//
	// +optional
	URLFrom *ValueFromSecret `json:"urlFrom,omitempty"`

	// fallbackUrls are asked in this order for blobs that the first endpoint does not
	// have any more.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	FallbackURLs []HTTPEndpoint `json:"fallbackUrls,omitempty"`

	// ignore runs op-node without a beacon API. It can then follow a chain whose batches
	// are all calldata, and no other. Defaults to false.
	//
	// +optional
	Ignore *bool `json:"ignore,omitempty"`
}

// ContractAddresses are the rollup's contracts and accounts on L1.
//
// +kubebuilder:validation:XValidation:rule="!(has(self.l2OutputOracle) && has(self.disputeGameFactory))",message="contractAddresses must not have both l2OutputOracle and disputeGameFactory: keep the one that the portal uses"
type ContractAddresses struct {
	// optimismPortal is the OptimismPortal proxy: deposit_contract_address in rollup.json.
	//
	// +required
	OptimismPortal Address `json:"optimismPortal,omitempty"`

	// systemConfig is the SystemConfig proxy: l1_system_config_address in rollup.json.
	//
	// +required
	SystemConfig Address `json:"systemConfig,omitempty"`

	// l2OutputOracle is the L2OutputOracle proxy of a chain from before fault proofs.
	// op-proposer releases from 2026 on cannot propose to it any more.
	//
	// +optional
	L2OutputOracle Address `json:"l2OutputOracle,omitempty"`

	// disputeGameFactory is the DisputeGameFactory proxy, to which op-proposer proposes.
	//
	// +optional
	DisputeGameFactory Address `json:"disputeGameFactory,omitempty"`

	// batcher is the account that posts batches: batcherAddr in rollup.json. When set, the
	// batcher's key must belong to it.
	//
	// +optional
	Batcher Address `json:"batcher,omitempty"`

	// proposer is the account that proposes outputs. When set, the proposer's key must
	// belong to it.
	//
	// +optional
	Proposer Address `json:"proposer,omitempty"`
}

// Address is an Ethereum address: 0x and 40 hexadecimal digits, in any case.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=42
// +kubebuilder:validation:XValidation:rule="self.matches('^0x[0-9a-fA-F]{40}$')",message="must be an Ethereum address: 0x and 40 hexadecimal digits"
// +kubebuilder:validation:XValidation:rule="self != '0x0000000000000000000000000000000000000000'",message="must not be the zero address: use the address from the deployment's output"
type Address string

// Endpoint is the URL of a JSON-RPC endpoint.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:XValidation:rule="self.matches('^(http|https|ws|wss)://[^ \\\\t\\\\r\\\\n/]+[^ \\\\t\\\\r\\\\n]*$')",message="must be a URL that starts with http://, https://, ws:// or wss:// and holds no white space"
type Endpoint string

// HTTPEndpoint is the URL of an HTTP endpoint.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:XValidation:rule="self.matches('^(http|https)://[^ \\\\t\\\\r\\\\n/,]+[^ \\\\t\\\\r\\\\n,]*$')",message="must be a URL that starts with http:// or https:// and holds no white space and no comma"
type HTTPEndpoint string
