# Slipway. `make up` runs it, `make test` proves it, `make help` lists the rest.

export CGO_ENABLED = 0
GO      ?= go
BIN     := bin/slipway
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.DEFAULT_GOAL := help

help: ## list what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: setup build ## set up what is missing, build, and start Slipway
	@exec $(BIN) up

setup: ## look for what Slipway needs and install what is missing
	@$(GO) run ./cmd/setup

build: assets ## build bin/slipway
	@$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/slipway

assets: ## build the portal's CSS and JavaScript
	@cd assets && npm run --silent build

generate: ## write the Go code of the templ pages
	@$(GO) tool templ generate

test: setup-tests build lint test-unit test-race test-e2e ## every test: unit, race, real Docker Engine, real browser
	@echo "make test: everything passed"

setup-tests:
	@$(GO) run ./cmd/setup -tests

lint: ## formatting, vet, the rules of cmd/lint, generated code
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt these files:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@$(GO) tool templ generate >/dev/null 2>&1 && git diff --exit-code -- '*_templ.go'
	@$(GO) vet ./...
	@cd cmd/lint && $(GO) build -o ../../bin/lint .
	@$(GO) vet -vettool=bin/lint ./...

test-unit: ## every Go test against real engines, databases and git servers
	@$(GO) test -timeout 20m ./...

test-race: ## the packages with concurrency of our own, under the race detector
	@CGO_ENABLED=1 $(GO) test -race -timeout 20m $(RACE)

RACE := ./server/bus ./server/control ./server/flow ./server/rollout ./server/store ./scheduler ./executor ./executor/edge \
	./executor/engine/fake ./web

test-e2e: ## the whole of Slipway, in a real browser
	@cd e2e && npm test --silent

bench: build ## print Slipway's figures against their peers and limits
	@$(GO) run ./cmd/bench

bench-scheduler: ## placement against its limit
	@$(GO) run ./cmd/benchscheduler

bench-loop: ## the scheduler's loop with 50,000 tasks and 50 launches a second, for ten minutes
	@$(GO) run ./cmd/benchloop -for 10m

clean: ## remove what was built here
	@rm -rf bin assets/dist

.PHONY: help up setup build assets generate test setup-tests lint test-unit test-race test-e2e bench bench-scheduler bench-loop clean
