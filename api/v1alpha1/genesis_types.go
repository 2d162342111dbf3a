package v1alpha1

// GenesisSource names an L2 genesis that is in no Secret.
//
// +kubebuilder:validation:XValidation:rule="has(self.url) != has(self.registryChain)",message="l2.genesis needs exactly one of url and registryChain: set url and sha256 for a file to download, or registryChain for a chain that op-geth knows"
// +kubebuilder:validation:XValidation:rule="has(self.sha256) == has(self.url)",message="l2.genesis.sha256 and l2.genesis.url belong together: set sha256 to the digest of the file at url, as curl -L URL | sha256sum prints it"
type GenesisSource struct {
	// url is where the genesis is downloaded from, as JSON or gzipped JSON: by the operator,
	// which checks it, and by op-geth's pod, which keeps it on its volume. Everybody who may
	// read the pod can read the URL, so it must not carry a credential. A file that is
	// gzipped comes down sooner. Another URL restarts op-geth.
	//
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[a-z]+://[^/?#]*@')",message="l2.genesis.url must not carry a user or a password: it can be read in the pod, so put the file where it needs none"
	URL HTTPEndpoint `json:"url,omitempty"`

	// sha256 is the digest of the file at url, as it is downloaded, gzipped or not: 64
	// hexadecimal digits. Nothing else is ever used as the genesis.
	//
	// +optional
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9a-fA-F]{64}$')",message="l2.genesis.sha256 must be 64 hexadecimal digits: use what curl -L URL | sha256sum prints"
	SHA256 string `json:"sha256,omitempty"`

	// registryChain names a chain of the superchain registry, as op-geth's --op-network takes
	// it, such as op-sepolia: op-geth has its genesis built in. The chain's forks are then those
	// that op-geth's version knows of. OP Mainnet (op-mainnet) begins with a state that op-geth
	// does not have: it needs a volume with a database of that chain.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9][-_a-z0-9]*$')",message="l2.genesis.registryChain must be a name as op-geth's --op-network takes it, such as op-sepolia"
	RegistryChain string `json:"registryChain,omitempty"`
}
