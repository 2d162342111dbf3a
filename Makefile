# Run "make" for a list of targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Everything that is built once and kept lies here, outside the checkout.
CACHE := $(abspath $(or $(OPSTACK_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/op-stack-operator))
VERSION ?= $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
IMG ?= op-stack-operator:$(VERSION)

# The small modules have a go.mod of their own and are tested and linted like the root.
MODULES := . $(patsubst %/go.mod,%,$(wildcard hack/devcluster/go.mod hack/devchain/go.mod)) hack/tools/promtool
# go mod tidy looks at every build tag: for promtool that would be all of Prometheus' service
# discoveries, which it is built without, and one of them cannot be had any more.
TIDY := $(filter-out hack/tools/promtool,$(MODULES)) hack/tools hack/tools/golangci-lint
TOOL := go tool -modfile=hack/tools/go.mod

# A change of the linter's module or of Go makes another binary.
LINTER_KEY := $(shell { go env GOVERSION; cat hack/tools/golangci-lint/{go.mod,go.sum,main.go}; } | sha256sum | cut -c1-12)
LINTER := $(CACHE)/golangci-lint-$(LINTER_KEY)/golangci-lint

PROMTOOL_KEY := $(shell { go env GOVERSION; cat hack/tools/promtool/{go.mod,go.sum}; } | sha256sum | cut -c1-12)
export PROMTOOL ?= $(CACHE)/promtool-$(PROMTOOL_KEY)/promtool

##@ General

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Development

.PHONY: generate
generate: ## Write what is generated: deepcopy code, CRD, RBAC role, API reference.
	$(TOOL) controller-gen object:headerFile=hack/boilerplate.go.txt paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:dir=config/crd
	$(TOOL) controller-gen rbac:roleName=op-stack-operator paths=./controllers/... output:rbac:dir=config/rbac
	$(TOOL) crd-ref-docs --config=hack/tools/crd-ref-docs/config.yaml --templates-dir=hack/tools/crd-ref-docs \
		--source-path=api --renderer=markdown --output-path=docs/api.md --log-level=ERROR

.PHONY: lint
lint: $(LINTER) ## Check style, architecture and the API's conventions.
	@failed=; for module in $(MODULES); do \
		echo "lint $$module"; (cd $$module && $(LINTER) run --config "$(CURDIR)/.golangci.yml" ./...) || failed="$$failed $$module"; done; \
	if [[ $$failed ]]; then echo "lint found faults in:$$failed"; exit 1; fi

.PHONY: fmt
fmt: $(LINTER) ## Format the code.
	@for module in $(MODULES); do (cd $$module && $(LINTER) fmt --config "$(CURDIR)/.golangci.yml" ./...); done

# Builds beside the place and moves, so that two builds at once do no harm.
$(LINTER):
	@echo "building golangci-lint, which is kept in $(@D)"
	@mkdir -p $(@D)
	@cd hack/tools/golangci-lint && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o $@.$$$$ . && mv $@.$$$$ $@

# Without the service discoveries, which promtool test rules has no use for, the build is short.
$(CACHE)/promtool-$(PROMTOOL_KEY)/promtool:
	@echo "building promtool, which is kept in $(@D)" >&2
	@mkdir -p $(@D)
	@cd hack/tools/promtool && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -tags remove_all_sd -o $@.$$$$ \
		github.com/prometheus/prometheus/cmd/promtool && mv $@.$$$$ $@

.PHONY: verify
verify: ## Fail if a generated file or a go.mod is not current.
	hack/verify.sh $(TIDY)

##@ Tests

# The API server of the tests: KUBEBUILDER_ASSETS when it is set; else the prebuilt one of
# ENVTEST_VERSION (such as 1.36.x), where the network has it; else built once and kept.
ENVTEST_VERSION ?=
ASSETS = $${KUBEBUILDER_ASSETS:-$$($(if $(ENVTEST_VERSION),$(TOOL) setup-envtest use --bin-dir "$(CACHE)/envtest" -p path $(ENVTEST_VERSION),cd hack/devcluster && go run . assets))}

.PHONY: test
test: $(PROMTOOL) ## Run the unit tests, those against a real API server, and those of the alerts.
	@assets="$(ASSETS)"; \
	export KUBEBUILDER_ASSETS="$$assets"; failed=; \
	for module in $(MODULES); do \
		echo "test $$module"; (cd $$module && go test $(TESTFLAGS) ./...) || failed="$$failed $$module"; done; \
	if [[ $$failed ]]; then echo "tests failed in:$$failed"; exit 1; fi

.PHONY: promtool
promtool: $(PROMTOOL) ## Build promtool, once, and print where it is: PROMTOOL of the tests of alerts.
	@echo $(PROMTOOL)

.PHONY: e2e
e2e: ## Run both chains on a real node, from artifacts to deletion.
	hack/e2e.sh

.PHONY: bench
bench: ## Measure what a pass, a chain and a thousand of them cost.
	@assets="$(ASSETS)"; \
	KUBEBUILDER_ASSETS="$$assets" go test -run '^$$' -bench . -benchmem -timeout 60m ./...

##@ Use

.PHONY: demo
demo: ## Bring up Kubernetes, an L1, the operator and a chain. See the README.
	hack/demo.sh up

.PHONY: demo-down
demo-down: ## Take the demo down; nothing of it is left.
	hack/demo.sh down

.PHONY: build
build: ## Build the manager into bin/.
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o bin/manager ./cmd/manager

.PHONY: plugin
plugin: ## Build the kubectl plugin (kubectl opchain) into bin/.
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=$(VERSION)" -o bin/kubectl-opchain ./cmd/kubectl-opchain

.PHONY: image
image: build ## Make the operator's image IMG as bin/image.tar, without a container engine.
	cd hack/devcluster && go run . image --name "$(IMG)" --out "$(CURDIR)/bin/image.tar" \
		--binary "$(CURDIR)/bin/manager=/manager" --user 65532 --entrypoint /manager
	@size=$$(( $$(stat -c %s bin/image.tar) / 1000000 )); echo "$(IMG): bin/image.tar, $$size MB"; \
	if (( size > 60 )); then echo "the image must not be larger than 60 MB"; exit 1; fi
