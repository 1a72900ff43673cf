# `make demo` and `make test` do all their own set-up; see `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
MINUTES ?= 10
SEED ?= 1

.PHONY: help demo test fuzz soak coverage gas cluster-test kill-test shrink-test corpus bench-peers lint contracts contracts-check notebooks profile clean setup setup-dev
.DELETE_ON_ERROR:

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(VENV)/.demo: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mnft needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.demo requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	touch $@

contracts/node_modules/.ready: contracts/package-lock.json
	cd contracts && npm ci --silent --no-audit --no-fund
	touch $@

setup: $(VENV)/.demo
setup-dev: $(VENV)/.dev contracts/node_modules/.ready

demo: setup ## run scenarios/quickstart.yaml: model and contracts in lockstep, real proofs, a report
	$(BIN)/mnft run scenarios/quickstart.yaml

test: setup-dev lint ## lint, type-check and run the tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -q

fuzz: setup-dev ## 40,000 calls that nobody planned, in lockstep on revm, always the same
	$(BIN)/mnft fuzz --calls 40000 --seed 1

soak: setup-dev ## such calls for so many MINUTES, by default 10; SEED chooses which
	$(BIN)/mnft fuzz --seconds $$(( 60 * $(MINUTES) )) --seed $(SEED)

coverage: setup-dev ## count what scenarios, walks and tests meet of the rulebook: docs/coverage.md
	$(BIN)/python tests/coverage/gather.py

gas: setup-dev ## measure gas by function and of settlement: docs/gas.md
	$(BIN)/python tests/gas/gather.py

cluster-test: setup-dev ## sweeps on a Ray and a Dask cluster of this machine, a worker killed in the middle
	$(BIN)/python -m pytest -q -m cluster tests/cluster

kill-test: setup-dev ## SIGKILL at a hundred random moments of run, sweep, prove and optimise
	MNFT_KILLS=25 $(BIN)/python -m pytest -q tests/kill

shrink-test: setup-dev ## shrink twenty planted faults in traces of 300 calls, with the seconds each takes
	$(BIN)/python -m pytest -q -s -m '' tests/sim/shrinking/test_planted.py

corpus: setup-dev ## write the cases of corpus/ and tests/regressions again: attacks and faults, shrunk
	PYTHONPATH=. $(BIN)/python tests/regressions/cases.py

lint: setup-dev ## ruff, mypy, import-linter, solhint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd contracts && npm run --silent lint

contracts: contracts/node_modules/.ready ## rebuild contracts/artifacts from the Solidity sources
	cd contracts && npm run --silent build

contracts-check: contracts/node_modules/.ready ## compile all contracts again: the committed artifacts, byte by byte
	cd contracts && npm run --silent check

notebooks: setup-dev ## execute the notebooks
	$(BIN)/python -m pytest -q tests/notebooks

profile: setup-dev ## sample the three main paths, and print where their time goes
	$(BIN)/python tests/benchmarks/profile_runs.py

bench-peers: setup-dev ## measure the alternatives beside us: transfers, economies, gas, proofs
	$(BIN)/python tests/benchmarks/peers/bench_peers.py

clean: ## remove what a build or a run leaves behind
	rm -rf $(VENV) contracts/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
