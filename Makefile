# `make` alone lists what can be made. Every target that needs `.venv/` makes it first, from the lock; see tools/setup.py.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test interop serve lint bench lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv/ from the lock; does nothing when it is up to date
	@$(PYTHON) tools/setup.py

demo: setup ## run the whole story: list, bid, close, verify, catch a cheat
	@$(BIN)/mengkeju demo $(ARGS)

test: setup ## run the tests on all cores; ARGS="tests/unit -k lot" for some of them
	@$(BIN)/pytest -n logical --maxprocesses 8 $(ARGS)

interop: setup ## let verifiers that are not ours hold our record; installs the Debian and npm packages it needs
	@$(BIN)/python tests/interop/prepare.py
	@MENGKEJU_INTEROP=1 $(BIN)/pytest -n logical --maxprocesses 8 tests/interop tests/unit/log/test_authority.py $(ARGS)

serve: setup ## run the exchange with seeded data until Ctrl-C
	@$(BIN)/mengkeju serve --seed $(ARGS)

lint: setup ## formatting, lint, strict types, import contracts, no host in any lock
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	! grep -nE 'https?://|index-url|"resolved"' requirements*.lock tests/interop/node/package-lock.json

bench: setup ## run the benchmarks; each prints a ratio to a baseline of the same run
	@set -e; for file in benchmarks/*.py; do [ -e "$$file" ] || continue; echo "$$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" $(ARGS); done

lock: setup ## compile the locks from pyproject.toml; UPGRADE=1 takes newer versions
	@$(PYTHON) tools/setup.py lock
