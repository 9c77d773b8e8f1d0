# One command for each thing a person does here. CI runs `make test` and nothing else.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
JOBS ?= 2
MINUTES ?= 5
ARGS ?=
ADVISORIES ?=
BIN := .venv/bin
STAMP := .venv/.setup-done

# Modules are compiled once at installation: without that every start pays for it, about three times over.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --fork-strategy fewest --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# Everything but Ray, which is larger than all the rest and which `make test` adds for the tests that run on it.
EXTRAS := client data fast ml png postgres redis search

.PHONY: help setup web run test soak failed-again test-nightly mutants check format docs lock sbom audit peers bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) web ## Create .venv from the hash-pinned locks, install openbell into it, build the dashboard

$(STAMP): requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Openbell needs Python 3.11 or newer: make setup PYTHON=/path/to/python3' >&2; exit 1; }
	@$(BIN)/python -c 'import setuptools, uv' 2>/dev/null \
		|| { $(PYTHON) -m venv --clear .venv \
			&& $(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/bootstrap.txt; }
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --no-build-isolation requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
	@echo 'Ready: $(BIN)/openbell'

# Node comes from the system, else from a package. Without either, or without a way to a registry, the server still runs.
web: $(STAMP)
	@$(BIN)/python web/build.py node >/dev/null 2>&1 \
		|| $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements/web.txt \
		|| true
	@$(BIN)/python web/build.py || echo 'Going on without the dashboard.' >&2

run: setup ## Start the server (ARGS="--port 9000" and the like are passed on)
	@$(BIN)/openbell serve $(ARGS)

check: setup ## Lint, format, types, arrows and house rules, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -p no:xdist tests/test_tidy.py tests/test_arrows.py
	$(BIN)/python web/build.py check

test: check ## Everything CI runs: check, then all tests (ARGS="-k orders" narrows them)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements/ray.txt
	@mkdir -p build
	@$(if $(ARGS),,$(MAKE) --no-print-directory soak >build/soak.log 2>&1 & soak=$$!; trap 'kill $$soak 2>/dev/null || true' EXIT;) \
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS) || $(MAKE) --no-print-directory failed-again; \
	$(if $(ARGS),,wait $$soak || $(MAKE) --no-print-directory soak; sed -n '1,16p' build/soak.md)

soak: setup ## Fifty sockets and 20 requests a second for 5 minutes: memory and descriptors stay flat (MINUTES=60)
	@rm -rf build/soak-run
	$(BIN)/openbell soak --minutes $(MINUTES) --report build/soak --data-dir build/soak-run

# Many started servers on two cores can miss a deadline without a fault. What failed is named above and runs once more,
# alone: a fault of the code fails again.
failed-again:
	@echo '== What failed beside other tests, once more and alone:'
	$(BIN)/pytest -p no:xdist --last-failed --last-failed-no-failures none

test-nightly: setup ## The promises of docs/guide/reliability.md in their long form, about an hour and a half (ARGS="13" picks parts)
	$(BIN)/python tests/nightly.py $(ARGS)

mutants: setup ## Break risk, money and access modules on purpose and count what the tests notice (ARGS="--count 100 --seed 7 engine/")
	$(BIN)/python tests/mutants.py $(ARGS)

format: setup ## Rewrite the sources as `make check` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python web/build.py format

docs: setup ## Write the generated parts of the documentation from the code and the tests
	$(BIN)/openbell docs generate
	$(BIN)/python tests/conformance_page.py

lock: setup ## Renew requirements/*.txt from pyproject.toml (ARGS=--upgrade takes newer versions)
	$(COMPILE) $(ARGS) --group pyproject.toml:bootstrap --output-file requirements/bootstrap.txt
	$(COMPILE) $(ARGS) --group pyproject.toml:web --output-file requirements/web.txt
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) $(ARGS) pyproject.toml $(addprefix --extra ,$(EXTRAS)) --group dev --output-file requirements/dev.txt
	$(COMPILE) $(ARGS) pyproject.toml --extra ray --constraint requirements/dev.txt --output-file requirements/ray.txt
	$(COMPILE) $(ARGS) benchmarks/peers/requirements.in --output-file benchmarks/peers/requirements.txt

sbom: setup ## Write build/sbom.cdx.json, the bill of materials, from the lock and nothing else
	@$(BIN)/python supply/sbom.py requirements/runtime.txt build/sbom.cdx.json

audit: setup ## Compare the locks with advisories (ADVISORIES=folder of OSV files); fails when there are none to compare with
	@$(BIN)/python supply/audit.py "$(ADVISORIES)" requirements/runtime.txt requirements/dev.txt

# The peers have an environment of their own: some are under licences that nothing of ours may come near. What does not
# install is reported as not installed.
peers: setup
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python benchmarks/.venv \
		&& $(BIN)/uv pip sync --quiet --python benchmarks/.venv/bin/python --require-hashes benchmarks/peers/requirements.txt \
		|| echo 'Going on without the peers in Python.' >&2
	@cd benchmarks/peers && npm ci --silent || echo 'Going on without the peers in Node.' >&2

bench: peers ## Measure everything in about 25 minutes and write docs/performance (ARGS="streaming" one section, ARGS=--short leaves nothing)
	@$(BIN)/python benchmarks/run.py $(ARGS)

clean: ## Remove .venv, caches and build output; data directories stay
	rm -rf web/node_modules src/openbell/api/web
	find web -name dist -type d -prune -exec rm -rf {} +
	rm -rf benchmarks/.venv benchmarks/peers/node_modules .venv build dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
