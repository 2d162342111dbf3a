// Package v1alpha1 is the API of the OP Stack operator: the OPChain resource in
// group rollup.oplabs.io, its status, and the names of its conditions and reasons.
//
// +kubebuilder:object:generate=true
// +groupName=rollup.oplabs.io
package v1alpha1
