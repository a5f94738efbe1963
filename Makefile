# `make` lists the targets. CONTRIBUTING.md tells what else there is.

GOLANGCI = go tool -modfile=tools/dev/go.mod golangci-lint
FUZZTIME ?= 10s

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

build: ## build bin/dipylon: one static binary
	CGO_ENABLED=0 go build -trimpath -o bin/dipylon ./cmd/dipylon

test: ## run the tests; cases whose tools are missing are skipped
	go test ./...

check: lint ## all that a change must pass: vet, linter, and every test with the race detector and all tools
	go vet ./...
	GOOS=darwin go vet ./...
	CGO_ENABLED=0 go build -trimpath -o bin/dipylon ./cmd/dipylon
	DIPYLON_CRASH_ROUNDS=100 DIPYLON_REQUIRE_TOOLS=1 go test -race -timeout 20m ./...
	go -C test/openid test -race ./...

terraform: ## apply the article's configuration by Terraform's AWS provider, where it can be installed
	DIPYLON_TERRAFORM=1 go test -count 1 -v -timeout 20m -run 'TestTerraform|TestFormat' ./test/terraform

generate: ## write the AWS wire and COMPATIBILITY.md anew from the service models
	go run ./tools/wiregen

lint: ## run the pinned linter
	$(GOLANGCI) run ./...

fmt: ## format the code as the linter wants it
	$(GOLANGCI) fmt ./...

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file" | while read -r target; do \
			echo "$$file $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done || exit 1; \
	done

bench: ## measure beside nginx, haproxy, Caddy and serverless-offline; writes bench/RESULTS.md
	go run ./bench -out bench/RESULTS.md

.PHONY: help build test check terraform generate lint fmt fuzz bench
