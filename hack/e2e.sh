#!/usr/bin/env bash
# Runs the end-to-end test: both kinds of chain, and one that bad things happen to, with real
# programs, on an embedded node of its own, which is gone afterwards. KEEP=1 leaves it for a look
# (hack/e2e.sh down removes it).
set -euo pipefail
cd "$(dirname "$0")/.."
unset KUBECONFIG
state=$PWD/.e2e name=e2e sets=all
. hack/lib.sh

down() {
  stop_forward
  go -C hack/devcluster run . down --state "$state" >/dev/null
  rm -rf "$state"
}

# report shows what a failed run leaves, before it is gone.
report() {
  [ -s "$state/kubeconfig" ] || return 0
  echo "--- what the cluster looks like"
  kubectl get opchains,pods,pvc -A -o wide || true
  kubectl get events -A --sort-by=.lastTimestamp | tail -40 || true
  kubectl get opchains -A -o yaml | sed -n '/^  status:/,$p' | head -150 || true
  kubectl -n op-stack-operator-system logs deploy/op-stack-operator-controller-manager --tail=60 || true
}

finish() {
  local status=$?
  trap - EXIT INT TERM
  [ $status -eq 0 ] || report
  [ -n "${KEEP:-}" ] || down
  exit $status
}

if [ "${1:-}" = down ]; then
  down
  exit
fi
trap finish EXIT
trap 'exit 1' INT TERM

step "Checking this machine"
need_tools
[ ! -d "$state" ] || down
step "Building the development tools, Kubernetes, the OP Stack, the operator and its plugin"
build_tools
start_node
devchain build --set "$sets"
build_operator
build_plugin
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$state/bin/relay" ./test/e2e/relay
step "Giving the images to the node"
load_images
pack l1-relay:e2e "$state/bin/relay" /relay
step "Installing the operator"
deploy_operator
step "Starting a development L1"
start_l1
step "Deploying the chains' contracts on L1 and their artifacts into Secrets"
deploy_contracts games disputeGame 901
deploy_contracts oracle l2OutputOracle 902
deploy_contracts health disputeGame 903
chain_manifest games opchain.yaml >"$state/games.yaml"
chain_manifest oracle opchain-output-oracle.yaml >"$state/oracle.yaml"
chain_manifest health opchain.yaml >"$state/health.yaml"
step "Running the tests"
E2E_STATE=$state E2E_KUBECTL=$kubectl E2E_L1=http://127.0.0.1:$l1_port \
  go test -tags e2e -count=1 -v -timeout 30m -parallel 4 "${@:-./test/e2e}"
step "Done"
