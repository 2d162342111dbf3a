# Steps that the demo and the end-to-end test have in common. Sourced, not run.
# The caller sets: state (a folder for what it leaves while it runs), name (of the node),
# sets (of OP Stack binaries: current, legacy or all).
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
began=$SECONDS
images=""  # put before image names, where another cluster pulls them from a registry

# step says what comes next and how long it has taken so far.
step() { printf '\033[1m[%02d:%02d]\033[0m %s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)) "$*"; }

devcluster() { "$state/bin/devcluster" "$@"; }
devchain() { "$state/bin/devchain" "$@"; }
kubectl() { "$kubectl" --kubeconfig "$state/kubeconfig" "$@"; }

# need_tools says what is missing that nobody here can install, before anything is built.
need_tools() {
  command -v go >/dev/null || { echo "Go is missing: install the version that go.mod names, or a newer one" >&2; exit 1; }
  go -C "$root/hack/devcluster" run . check
}

build_tools() {
  mkdir -p "$state/bin"
  chmod 700 "$state"
  go -C "$root/hack/devcluster" build -o "$state/bin/devcluster" .
  go -C "$root/hack/devchain" build -o "$state/bin/devchain" .
}

start_node() {
  devcluster build
  kubectl=$(devcluster bin kubectl)
  devcluster up --state "$state" --name "$name"
}

# build_plugin builds kubectl opchain.
build_plugin() {
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$state/bin/kubectl-opchain" ./cmd/kubectl-opchain)
}

# build_operator builds the program, and an image of it named by its content, so that a new
# build is a new image.
build_operator() {
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$state/bin/manager" ./cmd/manager)
  operator="op-stack-operator:$(sha256sum "$state/bin/manager" | cut -c1-12)"
}

load_images() {
  mkdir -p "$state/images"
  pack "$operator" "$state/bin/manager" /manager
  devchain images --set "$sets" | while IFS=$'\t' read -r image from to; do pack "$image" "$from" "$to"; done
}

# pack makes an image of one program and gives it to the node.
pack() {
  local archive="$state/images/${1//[:\/]/_}.tar"
  devcluster image --name "$1" --out "$archive" --binary "$2=$3" --entrypoint "$3"
  devcluster load --state "$state" "$archive"
  rm "$archive"
}

# deploy_operator installs the operator with its real permissions, looking more often than it
# does by default, because these chains are young.
deploy_operator() {
  mkdir -p "$state/operator"
  cat >"$state/operator/kustomization.yaml" <<EOF
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../config/default
patches:
  - target: {kind: Deployment, name: op-stack-operator-controller-manager}
    patch: |
      - {op: replace, path: /spec/template/spec/containers/0/image, value: "$operator"}
      - {op: replace, path: /spec/template/spec/containers/0/imagePullPolicy, value: IfNotPresent}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: "--helper-image=$operator"}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: --poll-interval=2s}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: --status-interval=5s}
EOF
  kubectl apply --server-side --force-conflicts -k "$state/operator" >/dev/null
  kubectl -n op-stack-operator-system rollout status deployment --timeout=180s
}

# start_l1 runs a development L1 in the cluster and makes it answer on a local port.
start_l1() {
  devchain l1-genesis --out "$state/l1"
  devchain l1-manifest --dir "$state/l1" --namespace l1 --image "${images}op-geth:$(op_version op-geth)" | kubectl apply -f - >/dev/null
  kubectl -n l1 rollout status deployment --timeout=180s
  forward_l1
}

op_version() { devchain images --set "$sets" | sed -n "s|^$1:\([^\t]*\)\t.*|\1|p" | tail -1; }

forward_l1() {
  local log="$state/l1-forward.log"
  : >"$log"
  kubectl -n l1 port-forward service/l1 :8545 >"$log" 2>&1 &
  echo $! >"$state/l1-forward.pid"
  for _ in $(seq 100); do
    l1_port=$(sed -n 's/^Forwarding from 127.0.0.1:\([0-9]*\) .*/\1/p' "$log")
    [ -n "$l1_port" ] && return
    sleep 0.1
  done
  echo "kubectl port-forward does not come up: $(cat "$log")" >&2
  return 1
}

stop_forward() {
  if [ -f "$state/l1-forward.pid" ]; then
    kill "$(cat "$state/l1-forward.pid")" 2>/dev/null || true
    rm -f "$state/l1-forward.pid"
  fi
}

# deploy_contracts NAMESPACE MODE CHAIN_ID puts a chain's contracts on L1, and its artifacts
# into Secrets: what Phase 1 does outside, and the first half of Phase 2.
deploy_contracts() {
  local namespace=$1 mode=$2 id=$3 dir="$state/artifacts/$1"
  devchain deploy --l1-rpc "http://127.0.0.1:$l1_port" --mode "$mode" --l2-chain-id "$id" --out "$dir"
  kubectl create namespace "$namespace" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted --overwrite >/dev/null
  secret "$namespace" genesis --from-file=genesis.json.gz="$dir/genesis.json.gz"
  secret "$namespace" rollup --from-file=rollup.json="$dir/rollup.json"
  secret "$namespace" l1-chain-config --from-file=l1-chain-config.json="$dir/l1-chain-config.json"
  secret "$namespace" jwt --from-file=jwt="$dir/jwt"
  secret "$namespace" batcher-key --from-file=key="$dir/batcher.key"
  secret "$namespace" proposer-key --from-file=key="$dir/proposer.key"
}

# secret creates a Secret; client-side apply would copy it into an annotation.
secret() {
  local namespace=$1 name=$2
  shift 2
  kubectl -n "$namespace" create secret generic "$name" "$@" --dry-run=client -o yaml | kubectl -n "$namespace" apply --server-side -f - >/dev/null
}

# address KEY of a chain's deployment.
address() { sed -n "s/.*\"$2\": \"\([^\"]*\)\".*/\1/p" "$state/artifacts/$1/addresses.json"; }

# chain_manifest NAMESPACE SAMPLE prints a sample with the addresses of a deployment. The volumes
# of a development node are folders of this machine's disk: how full that is is not the chain's.
chain_manifest() {
  local contracts="" key
  for key in optimismPortal systemConfig disputeGameFactory l2OutputOracle batcher proposer; do
    [ -z "$(address "$1" "$key")" ] || contracts+="${contracts:+,}\"$key\":\"$(address "$1" "$key")\""
  done
  kubectl patch --local -f "$root/config/samples/$2" --type=merge -o yaml \
    -p "{\"spec\":{\"l1\":{\"rpcUrl\":\"http://l1.l1.svc:8545\",\"contractAddresses\":{$contracts}},\"monitoring\":{\"thresholds\":{\"volumeUsedPercent\":100}}}}"
}
