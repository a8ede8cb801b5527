# SPDX-License-Identifier: Apache-2.0
# The entry commands. On a fresh Debian 12 machine git and make are enough: each command installs the
# packages it needs (tools/setup.sh) and says so. `make` alone lists the commands.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The builders below run in parallel by themselves; setup must come first and may ask a question.
.NOTPARALLEL:

JOBS ?= $(shell tools/jobs.sh)
TEST_JOBS ?= 2
FUZZ_SECONDS ?= 60
# Warnings are errors in the trees made for testing and in CI, never for someone who only builds.
WERROR ?= $(if $(CI),ON,OFF)
# More flags for `weft serve`, e.g. make run ARGS="--listen 127.0.0.1:9000".
ARGS ?=

heading = @printf '\n== %s\n' "$(1)"

.PHONY: help
help: ## Show this list
	@echo 'Weft: a real-time server for collaborative canvases. Commands:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	  awk -F'|' '{ printf "%-26s%s\n", $$1, $$2 }'
	@echo 'Variables: JOBS (compilers at once), TEST_JOBS, FUZZ_SECONDS, ARGS (for make run).'

# Building.

.PHONY: build
build: setup-build demo/dist/index.html ## Build the demo page and the server: build/weft
	$(call heading,Server (release))
	@cmake --preset release -DWEFT_WERROR=$(WERROR) >/dev/null
	@cmake --build --preset release --parallel $(JOBS) --target weft
	@echo 'Built build/weft'

.PHONY: run
run: build ## Build, then serve http://localhost:8080 with the data in ./data
	@exec build/weft serve $(ARGS)

.PHONY: cluster
cluster: build ## Build, then run Redis, PostgreSQL, three instances and a proxy on http://localhost:8080
	@tools/setup.sh cluster
	@exec tools/cluster.sh build/weft $(ARGS)

# A folder's own sources: what its build output depends on.
sources_of = $(shell find $(1) \( -name node_modules -o -name dist -o -name test \) -prune -o -type f -print 2>/dev/null)

sdk/node_modules/.weft-installed: sdk/package.json $(wildcard sdk/package-lock.json sdk/.npmrc)
	@tools/npm_install.sh sdk

sdk/dist/.weft-built: sdk/node_modules/.weft-installed $(call sources_of,sdk)
	$(call heading,SDK)
	@npm --prefix sdk run --silent build
	@touch $@

react := sdk-react
$(react)/node_modules/.weft-installed: $(react)/package.json sdk/package.json $(wildcard $(react)/package-lock.json $(react)/.npmrc)
	@tools/npm_install.sh $(react)

$(react)/dist/.weft-built: $(react)/node_modules/.weft-installed sdk/dist/.weft-built $(call sources_of,$(react))
	$(call heading,React hooks)
	@npm --prefix $(react) run --silent build
	@touch $@

.PHONY: sdk
sdk: setup-build sdk/dist/.weft-built $(react)/dist/.weft-built ## Build the TypeScript client and its React hooks

examples/node_modules/.weft-installed: examples/package.json sdk/package.json $(react)/package.json $(wildcard examples/package-lock.json examples/.npmrc)
	@tools/npm_install.sh examples

demo/node_modules/.weft-installed: demo/package.json sdk/package.json $(react)/package.json $(wildcard demo/package-lock.json demo/.npmrc)
	@tools/npm_install.sh demo

demo/dist/index.html: sdk/dist/.weft-built $(react)/dist/.weft-built demo/node_modules/.weft-installed $(call sources_of,demo)
	$(call heading,Demo page)
	@npm --prefix demo run --silent build
	@touch $@

browser := tests/e2e/browser
$(browser)/node_modules/.weft-installed: $(browser)/package.json $(wildcard $(browser)/package-lock.json $(browser)/.npmrc)
	@tools/npm_install.sh $(browser)

server := tests/e2e/server
$(server)/node_modules/.weft-installed: $(server)/package.json $(wildcard $(server)/package-lock.json $(server)/.npmrc)
	@tools/npm_install.sh $(server)

cluster_test := tests/e2e/cluster
$(cluster_test)/node_modules/.weft-installed: $(cluster_test)/package.json $(wildcard $(cluster_test)/package-lock.json $(cluster_test)/.npmrc)
	@tools/npm_install.sh $(cluster_test)

readme := tests/e2e/readme
$(readme)/node_modules/.weft-installed: $(readme)/package.json sdk/package.json $(wildcard $(readme)/package-lock.json $(readme)/.npmrc)
	@tools/npm_install.sh $(readme)

# Testing.

.PHONY: test
test: setup-test build test-cpp test-sdk test-server test-cluster test-readme test-examples test-sdk-browser test-browser test-scale ## Run every test and check
	$(call heading,All tests passed)

.PHONY: test-cpp
test-cpp: setup-cpp demo/dist/index.html ## Run the C++ tests and the checks under tools/ (debug build)
	$(call heading,C++ tests (debug))
	@cmake --preset debug -DWEFT_WERROR=ON >/dev/null
	@cmake --build --preset debug --parallel $(JOBS) --target all weft_headers
	@ctest --test-dir build/debug --output-on-failure --no-tests=error --parallel $(TEST_JOBS)

.PHONY: test-sdk
test-sdk: setup-build demo/dist/index.html ## Check SDK, React hooks and the demo's parts; install the tarballs
	$(call heading,SDK: types and tests)
	@npm --prefix sdk run --silent lint
	@npm --prefix sdk run --silent test
	$(call heading,React hooks: types and tests)
	@npm --prefix $(react) run --silent lint
	@npm --prefix $(react) run --silent test
	$(call heading,API reference: everything public is documented)
	@npm --prefix sdk run --silent docs
	$(call heading,The tarballs in an empty project)
	@npm --prefix $(react) run --silent test:pack
	$(call heading,Demo: types and tests)
	@npm --prefix demo run --silent lint
	@npm --prefix demo run --silent test

.PHONY: docs-sdk
docs-sdk: setup-build sdk/node_modules/.weft-installed $(react)/node_modules/.weft-installed ## Make the API reference of SDK and hooks from their source: build/docs/sdk
	@npm --prefix sdk run --silent docs
	@echo 'Made build/docs/sdk/index.html'

.PHONY: test-server
test-server: setup-test build $(server)/node_modules/.weft-installed ## Run build/weft with peers, kills and failing disks
	$(call heading,Server over real sockets)
	@npm --prefix $(server) run --silent test

.PHONY: test-cluster
test-cluster: setup-test build $(server)/node_modules/.weft-installed $(cluster_test)/node_modules/.weft-installed ## Run instances over Redis and PostgreSQL that are cut off and killed
	$(call heading,Several instances over real sockets)
	@npm --prefix $(cluster_test) run --silent test

.PHONY: test-readme
test-readme: setup-test build $(readme)/node_modules/.weft-installed $(browser)/node_modules/.weft-installed ## Run the code in the READMEs against build/weft
	$(call heading,Code in the READMEs)
	@npm --prefix $(readme) run --silent test

.PHONY: test-examples
test-examples: setup-test build sdk examples/node_modules/.weft-installed $(browser)/node_modules/.weft-installed ## Run the examples against build/weft, their pages in Chromium
	$(call heading,Examples)
	@npm --prefix examples run --silent lint
	@node --test --test-reporter=spec tests/e2e/examples/*.test.mjs

.PHONY: test-sdk-browser
test-sdk-browser: setup-test build sdk/dist/.weft-built $(browser)/node_modules/.weft-installed ## Run the SDK in Chromium: what it keeps, in tabs that crash
	$(call heading,SDK in Chromium)
	@node --test --test-reporter=spec tests/e2e/sdk/*.test.mjs

.PHONY: test-browser
test-browser: setup-test build $(browser)/node_modules/.weft-installed ## Run the demo in Chromium, several people against build/weft
	$(call heading,Demo in Chromium)
	@npm --prefix $(browser) run --silent test

.PHONY: test-sanitizers
test-sanitizers: setup-cpp test-asan test-tsan ## Run unit, contract, simulation and integration tests under ASan+UBSan and TSan

scale := bench/scale

.PHONY: test-scale
test-scale: setup-test build ## Try each row of bench-scale for half a second
	$(call heading,Weft at scale (smoke))
	@node --test --test-reporter=spec $(scale)/smoke.test.mjs

sanitized_labels := ^(unit|contract|sim|fuzz)$$
# Thread Sanitizer of g++ 12 cannot start where the kernel scatters memory widely; setarch -R stops that.
fixed_addresses = $(shell setarch -R true 2>/dev/null && echo setarch -R)

.PHONY: test-asan test-tsan
test-asan test-tsan: test-%: setup-cpp demo/dist/index.html $(server)/node_modules/.weft-installed
	$(call heading,C++ tests under the $* preset)
	@cmake --preset $* -DWEFT_WERROR=ON >/dev/null
	@cmake --build --preset $* --parallel $(JOBS)
	@$(fixed_addresses) ctest --test-dir build/$* -L '$(sanitized_labels)' \
	  --output-on-failure --no-tests=error --parallel $(TEST_JOBS)
	$(call heading,Server of the $* preset over real sockets)
	@WEFT_BINARY=$(CURDIR)/build/$*/weft $(fixed_addresses) npm --prefix $(server) run --silent test:quick

.PHONY: fuzz
fuzz: setup-fuzz demo/dist/index.html ## Fuzz each decoder for FUZZ_SECONDS (60)
	$(call heading,Fuzz targets ($(FUZZ_SECONDS) s each))
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz --parallel $(JOBS) --target tests/fuzz/all
	@tools/fuzz.sh build/fuzz/tests/fuzz $(FUZZ_SECONDS)

# Measuring.

# Flags of Google Benchmark, e.g. make bench BENCH_ARGS=--benchmark_filter=room_tick.
BENCH_ARGS ?=

.PHONY: bench
bench: setup-bench ## Measure what the parts cost, without sockets (bench/METHOD.md)
	$(call heading,Benchmarks (release))
	@cmake --preset release -DWEFT_BENCH=ON >/dev/null
	@cmake --build --preset release --parallel $(JOBS) --target weft_micro_bench
	@printf 'commit     %s\ndate       %s\n' \
	  "$$(git describe --always --dirty --abbrev=10 --exclude='*' 2>/dev/null || echo unknown)" "$$(date -u +%F)"
	@build/bench/weft_micro_bench $(BENCH_ARGS)

# More flags of weft bench, e.g. make bench-load LOAD_ARGS="--seconds 20".
LOAD_ARGS ?=

.PHONY: bench-load
bench-load: build ## Measure the whole server's CPU for each delivered cursor update, with weft bench
	$(call heading,Load: cursors over loopback)
	@bench/load/cursors.sh $(LOAD_ARGS)

recovery := bench/recovery
$(recovery)/node_modules/.weft-installed: $(recovery)/package.json $(wildcard $(recovery)/package-lock.json $(recovery)/.npmrc)
	@tools/npm_install.sh $(recovery)

.PHONY: bench-recovery
bench-recovery: build setup-test $(server)/node_modules/.weft-installed $(recovery)/node_modules/.weft-installed ## Measure how long people notice that an instance or Redis died
	$(call heading,Recovery of a cluster)
	@node $(recovery)/recovery.mjs

peers := bench/peers
$(peers)/node_modules/.weft-installed: $(peers)/package.json $(wildcard $(peers)/package-lock.json $(peers)/.npmrc)
	@tools/npm_install.sh $(peers)

# Flags of the run, e.g. make bench-peers PEERS_ARGS="--peers weft,bun-redis --runs 1".
PEERS_ARGS ?=

.PHONY: bench-limit
bench-limit: build peers-programs ## Measure Weft beside the bare limit: cursors, whole servers
	$(call heading,Weft beside the bare limit)
	@node $(peers)/run.mjs --peers limit,weft --out build/bench-limit $(PEERS_ARGS)

.PHONY: bench-peers
bench-peers: setup-peers build peers-programs $(peers)/node_modules/.weft-installed ## Measure Weft and other servers side by side (bench/peers/README.md)
	$(call heading,Weft and its peers)
	@node $(peers)/run.mjs $(PEERS_ARGS)
	@node $(peers)/report.mjs $(peers)/results/latest.json docs/performance.md README.md
	@echo 'Written: $(peers)/results/, and the tables in docs/performance.md and README.md'

.PHONY: bench-peers-smoke
bench-peers-smoke: setup-peers build peers-programs $(peers)/node_modules/.weft-installed ## Try each peer for one second
	$(call heading,Each peer for one second)
	@npm --prefix $(peers) run --silent test

# Flags of the run, e.g. make bench-scale SCALE_ARGS="--rows room,storm --runs 1".
SCALE_ARGS ?=

.PHONY: bench-scale
bench-scale: setup-test setup-peers build peers-programs ## Measure Weft at scale against what is aimed at (bench/scale/README.md)
	$(call heading,Weft at scale)
	@node $(scale)/run.mjs $(SCALE_ARGS)
	@node $(scale)/report.mjs $(scale)/results/latest.json docs/performance.md
	@echo 'Written: $(scale)/results/, and the tables in docs/performance.md'

.PHONY: peers-programs
peers-programs: setup-build
	@cmake --preset release -DWEFT_PEERS=ON >/dev/null
	@cmake --build --preset release --parallel $(JOBS) --target weft_bare_limit weft_peers_driver

# Style.

cpp_files = find src tests bench -name node_modules -prune -o \( -name '*.h' -o -name '*.cc' \) -print | sort

.PHONY: format format-check
format: setup-lint ## Format all C++ files
	@$(cpp_files) | xargs -r clang-format-19 -i

format-check: setup-lint ## Fail if a C++ file is not formatted
	@$(cpp_files) | xargs -r clang-format-19 --dry-run -Werror || \
	  { echo 'Some files are not formatted: run make format.' >&2; exit 1; }

.PHONY: tidy
tidy: setup-lint setup-cpp ## Lint changed C++ files with clang-tidy (all of them with ALL=1)
	@cmake --preset debug >/dev/null
	@JOBS=$(JOBS) tools/tidy.sh build/debug $(if $(ALL),all,changed)

# The rest.

.PHONY: clean
clean: ## Remove what was built; keeps ./data and the installed npm packages
	rm -rf build sdk/dist $(react)/dist demo/dist

.PHONY: setup-build setup-cpp setup-test setup-bench setup-peers setup-fuzz setup-lint
setup-build:
	@tools/setup.sh build node
setup-cpp:
	@tools/setup.sh build test cluster node
setup-test:
	@tools/setup.sh build test cluster browser node
setup-bench:
	@tools/setup.sh build bench
setup-peers:
	@tools/setup.sh build peers node
setup-fuzz:
	@tools/setup.sh build test fuzz node
setup-lint:
	@tools/setup.sh lint
