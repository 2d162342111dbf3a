package v1alpha1

// MonitoringSpec says how the chain is watched, and from when on something is not as it should
// be. A change of it restarts nothing.
type MonitoringSpec struct {
	// podMonitor lets a Prometheus that is run by the Prometheus operator read the metrics of
	// the chain's pods. Without the resource PodMonitor in the cluster it has no effect.
	// Defaults to enabled: true.
	//
	// +optional
	// +default={"enabled": true}
	PodMonitor PodMonitorSpec `json:"podMonitor,omitzero"`

	// thresholds are the limits from which on conditions become False, and with them Ready.
	// Lengths of time are written such as 30s or 1h30m. Below three times the operator's
	// --poll-interval, which is 15s unless it was told otherwise, they make false alarms. Where
	// they are not set, the defaults of its fields hold.
	//
	// +optional
	// +default={}
	Thresholds ThresholdsSpec `json:"thresholds,omitzero"`
}

// PodMonitorSpec lets Prometheus read the metrics of the chain's pods.
type PodMonitorSpec struct {
	// enabled makes a PodMonitor for each component, as soon as the cluster has that
	// resource; false removes them. Defaults to true.
	//
	// +optional
	// +default=true
	Enabled *bool `json:"enabled,omitempty"`

	// labels are added to the PodMonitors, for a Prometheus that picks them by label, such as
	// release: prometheus. Without any, only a Prometheus that picks all finds them.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, !format.qualifiedName().validate(key).hasValue())",message="each key of podMonitor.labels must be the name of a label, such as release or example.com/team"
	// +kubebuilder:validation:XValidation:rule="self.all(key, !key.startsWith('app.kubernetes.io/') && !key.startsWith('rollup.oplabs.io/'))",message="keys of podMonitor.labels must not begin with app.kubernetes.io/ or rollup.oplabs.io/: the operator sets those"
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// interval is how often Prometheus reads the metrics, from 1s to 5m: it forgets values
	// that are older than 5 minutes. Defaults to 30s.
	//
	// +optional
	// +default="30s"
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,2}m)?([0-9]{1,3}s)?$') && duration(self) >= duration('1s') && duration(self) <= duration('5m')",message="podMonitor.interval must be between 1s and 5m, such as 30s or 1m30s"
	Interval Duration `json:"interval,omitempty"`
}

// IsEnabled reports whether PodMonitors are wanted; they are unless told otherwise.
func (p *PodMonitorSpec) IsEnabled() bool { return p.Enabled == nil || *p.Enabled }

// LabelValue is the value of a label.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$')",message="must be a valid label value: letters, digits, '-', '_' and '.', with a letter or digit at both ends"
type LabelValue string

// The rule of ThresholdsSpec asks for each percentage, though all have a default, because the API
// server holds it against the default of thresholds itself, which has none of them.

// ThresholdsSpec are the limits from which on conditions become False.
//
// +kubebuilder:validation:XValidation:rule="!has(self.windowNoticePercent) || !has(self.windowWarningPercent) || !has(self.windowCriticalPercent) || self.windowNoticePercent > self.windowWarningPercent && self.windowWarningPercent > self.windowCriticalPercent",message="thresholds.windowNoticePercent must be above windowWarningPercent, and that above windowCriticalPercent, which are 50, 25 and 10 where they are not set: a sequencing window runs down"
type ThresholdsSpec struct {
	// unsafeHeadAge is how old the unsafe head may be, by its timestamp, while it does not
	// move: SequencerProgressing. Where it is not set, it is a minute or the time of 10 blocks of
	// the chain, whichever is more, for a node that makes blocks or receives them by gossip; a
	// node that learns blocks only from L1 has batchAge.
	//
	// +optional
	UnsafeHeadAge Duration `json:"unsafeHeadAge,omitempty"`

	// batchAge is how long the safe head may stand still: BatcherProgressing. Where it is
	// not set, it is twice the time of batcher.maxChannelDuration and 10 minutes, or half the
	// sequencing window where that is less.
	//
	// +optional
	BatchAge Duration `json:"batchAge,omitempty"`

	// proposalAge is how old the newest proposal may be, by the time of its L1 block:
	// ProposerProgressing. Where it is not set, it is twice the time between two proposals and
	// an hour: proposer.proposalInterval with a dispute game factory, and what the oracle asks
	// for with an oracle.
	//
	// +optional
	ProposalAge Duration `json:"proposalAge,omitempty"`

	// l1Silence is for how long L1 may give no answer: L1Reachable. Defaults to 2m.
	//
	// +optional
	// +default="2m"
	L1Silence Duration `json:"l1Silence,omitempty"`

	// l1HeadAge is how old the newest block of L1 may be, by its timestamp: L1Reachable. An
	// endpoint that lags is as good as none. It must be well above the time between two blocks
	// of L1. Defaults to 5m.
	//
	// +optional
	// +default="5m"
	L1HeadAge Duration `json:"l1HeadAge,omitempty"`

	// fundsLeft is for how long the ETH of batcher and proposer must last at the rate at which
	// it was spent of late: SignersFunded. Where only minimumBalance shall count, which is
	// judged beside it, set 1s. Defaults to 72h.
	//
	// +optional
	// +default="72h"
	FundsLeft Duration `json:"fundsLeft,omitempty"`

	// volumeUsedPercent is how full a volume may be, in percent: StorageHealthy. With 100 only
	// a volume that is full is told of. Defaults to 85.
	//
	// +optional
	// +default=85
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	VolumeUsedPercent *int32 `json:"volumeUsedPercent,omitempty"`

	// windowNoticePercent is how much of the sequencing window must be left, in percent of
	// seq_window_size in rollup.json: BatcherProgressing. With less left it is False, and its
	// reason a notice. Defaults to 50.
	//
	// +optional
	// +default=50
	// +kubebuilder:validation:Minimum=3
	// +kubebuilder:validation:Maximum=99
	WindowNoticePercent *int32 `json:"windowNoticePercent,omitempty"`

	// windowWarningPercent is below how much of the sequencing window the notice becomes a
	// warning, in percent. It must be below windowNoticePercent. Defaults to 25.
	//
	// +optional
	// +default=25
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=98
	WindowWarningPercent *int32 `json:"windowWarningPercent,omitempty"`

	// windowCriticalPercent is below how much of the sequencing window the warning becomes
	// critical, in percent. It must be below windowWarningPercent. Defaults to 10.
	//
	// +optional
	// +default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=97
	WindowCriticalPercent *int32 `json:"windowCriticalPercent,omitempty"`
}
