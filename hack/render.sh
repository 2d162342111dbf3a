#!/usr/bin/env bash
# Prints the manifests of an installation with the operator's image set.
#
# usage: hack/render.sh IMAGE [default|namespaced] [NAMESPACE]
#
# NAMESPACE is where the operator runs, op-stack-operator-system when left out.
#
# Uses $KUBECTL, else the kubectl of $KUBEBUILDER_ASSETS, else the one in PATH, else the one
# that hack/devcluster builds.
set -euo pipefail
cd "$(dirname "$0")/.."

image=${1:?usage: hack/render.sh IMAGE [default|namespaced] [NAMESPACE]}
install=${2:-default}
namespace=${3:-op-stack-operator-system}
kubectl=${KUBECTL:-${KUBEBUILDER_ASSETS:+$KUBEBUILDER_ASSETS/kubectl}}
kubectl=${kubectl:-$(type -P kubectl || true)}
if [[ -z $kubectl ]]; then
	kubectl=$(cd hack/devcluster && go run . bin kubectl)
fi

# A copy, so that the checkout stays as it is.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r config/. "$copy"
sed -i "s|image: op-stack-operator:dev|image: $image|" "$copy/manager/deployment.yaml"
sed -i '/^images:/,/newTag:/d' "$copy/$install/kustomization.yaml"
sed -i "s|^namespace: .*|namespace: $namespace|" "$copy/$install/kustomization.yaml"
"$kubectl" kustomize "$copy/$install"
