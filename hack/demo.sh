#!/usr/bin/env bash
# Brings up a real chain under the operator: hack/demo.sh up. Takes it down: hack/demo.sh down.
#
# Without KUBECONFIG it runs an embedded Kubernetes of one node, in namespaces of its own. With
# KUBECONFIG it uses that cluster, which needs OPERATOR_IMAGE (the operator's image, pushed
# where the cluster pulls from) and IMAGES (what goes before op-geth:… and so on, with a slash).
set -euo pipefail
cd "$(dirname "$0")/.."
state=$PWD/.demo name=demo sets=current
. hack/lib.sh

trap 'status=$?; [ $status -eq 0 ] || echo "The demo stopped. Logs are in .demo/logs; make demo-down cleans up." >&2' EXIT

prepare_embedded() {
  step "Checking this machine"
  need_tools
  step "Building the development tools"
  build_tools
  step "Starting Kubernetes (the first time it is built from source, which takes some ten minutes)"
  start_node
  step "Building op-geth, op-node, op-batcher and op-proposer (the first time some eight minutes)"
  devchain build --set "$sets"
  step "Building the operator"
  build_operator
  step "Giving the images to the node"
  load_images
}

prepare_given() {
  : "${OPERATOR_IMAGE:?set OPERATOR_IMAGE to the operator\'s image, pushed where the cluster of KUBECONFIG pulls from}"
  : "${IMAGES:?set IMAGES to what goes before op-geth, op-node and so on in your registry, with a slash at the end}"
  command -v kubectl >/dev/null || { echo "kubectl is missing: install it, or unset KUBECONFIG to use an embedded Kubernetes" >&2; exit 1; }
  kubectl=$(type -P kubectl) operator=$OPERATOR_IMAGE images=$IMAGES
  step "Building the development tools"
  build_tools
  cp "$KUBECONFIG" "$state/kubeconfig"
  chmod 600 "$state/kubeconfig"
  need_empty
}

# need_empty keeps the demo off what others have on a given cluster: demo-down deletes these,
# and with the resource definition every OPChain that there is.
need_empty() {
  [ ! -f "$state/ours" ] || return 0
  local there
  there=$(kubectl get --ignore-not-found -o name namespace/demo namespace/l1 namespace/op-stack-operator-system \
    customresourcedefinition/opchains.rollup.oplabs.io)
  if [ -n "$there" ]; then
    printf 'The cluster of KUBECONFIG has something of others where the demo would go, and demo-down would delete it:\n%s\n' "$there" >&2
    exit 1
  fi
  touch "$state/ours"
}

# The kubeconfig that the demo wrote is not a given cluster: people export it to look around.
if [ "$(realpath -m "${KUBECONFIG:-/}")" = "$state/kubeconfig" ]; then unset KUBECONFIG; fi

up() {
  mkdir -p "$state"
  if [ -n "${KUBECONFIG:-}" ]; then cluster=given; else cluster=embedded; fi
  local before
  before=$(cat "$state/cluster" 2>/dev/null || echo $cluster)
  [ "$before" = $cluster ] || { echo "The last demo ran on another cluster ($before): make demo-down first" >&2; exit 1; }
  echo $cluster >"$state/cluster"
  prepare_$cluster
  build_plugin
  step "Installing the operator"
  deploy_operator
  step "Starting a development L1"
  [ -d "$state/l1" ] || start_l1
  [ -f "$state/l1-forward.pid" ] || forward_l1
  step "Deploying the chain's contracts on L1 and its artifacts into Secrets"
  [ -d "$state/artifacts/demo" ] || deploy_contracts demo disputeGame 901
  stop_forward
  step "Applying the OPChain"
  chain_manifest demo opchain.yaml | sed "s|image: op-|image: ${images}op-|" >"$state/opchain.yaml"
  kubectl -n demo apply -f "$state/opchain.yaml"
  follow
  summary
}

# follow shows the chain until a batch and a proposal are on L1.
follow() {
  local line last="" fields
  fields='{.status.phase}|{.status.componentStatus.node.unsafeHeight}|{.status.componentStatus.node.safeHeight}|{.status.componentStatus.batcher.lastBatchSubmission}|{.status.componentStatus.proposer.lastProposal}'
  for _ in $(seq 300); do
    line=$(kubectl -n demo get opchain my-chain -o jsonpath="$fields")
    if [ "$line" != "$last" ]; then
      IFS='|' read -r phase unsafe safe batch proposal <<<"$line"
      step "my-chain: ${phase:-…}, unsafe head ${unsafe:-…}, safe head ${safe:-…}, last batch ${batch:-…}, last proposal ${proposal:-…}"
      last=$line
    fi
    if [ "$phase" = Running ] && [ "${safe:-0}" -gt 0 ] && [ -n "$batch" ] && [ -n "$proposal" ]; then return; fi
    sleep 2
  done
  kubectl -n demo describe opchain my-chain >&2
  kubectl -n demo get pods >&2
  echo "The chain does not come up; its state is above" >&2
  return 1
}

summary() {
  local shown="\$PWD/.demo/kubeconfig"
  step "Done: a real chain runs"
  cat <<EOF

$(kubectl -n demo get opchain my-chain)

  export KUBECONFIG=$shown   PATH=\$PWD/.demo/bin:\$PATH
  kubectl -n demo get opchain -w                      # blocks are produced
  kubectl opchain status my-chain -n demo             # how it is, on one screen; -w to watch
  kubectl -n demo describe opchain my-chain           # conditions, heights, events
  kubectl -n demo get pods -l app.kubernetes.io/instance=my-chain
  kubectl -n demo logs deploy/my-chain-op-node        # and op-geth, op-batcher, op-proposer
  kubectl -n demo port-forward svc/my-chain-op-geth 8545
  kubectl explain opchain.spec
  kubectl opchain validate -f .demo/opchain.yaml -n demo --from-cluster   # what the operator checks

The chain's artifacts are in .demo/artifacts/demo, what was applied is .demo/opchain.yaml.
Take all of it down with: make demo-down
EOF
  ln -sf "$kubectl" "$state/bin/kubectl"
}

# down goes by what the demo wrote, not by what KUBECONFIG says by now.
down() {
  [ -d "$state" ] || { echo "Nothing to take down"; return; }
  stop_forward
  if [ "$(cat "$state/cluster" 2>/dev/null)" = given ]; then
    kubectl=$(type -P kubectl)
    [ -f "$state/ours" ] || { rm -rf "$state"; echo "The demo had made nothing there"; return; }
    kubectl delete opchains --all -n demo --wait --ignore-not-found
    kubectl delete namespace demo l1 --ignore-not-found
    kubectl delete --ignore-not-found -k "$state/operator"
  else
    go -C hack/devcluster run . down --state "$state"
  fi
  rm -rf "$state"
  echo "Nothing is left"
}

case "${1:-}" in
up | down) "$1" ;;
*) echo "usage: hack/demo.sh up|down" >&2; exit 2 ;;
esac
