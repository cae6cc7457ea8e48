# Each target does its own set-up; `make run` and `make test` are the two to remember.
PYTHON ?= python3
VENV := .venv/bin

.PHONY: help setup run test check soak bench shops deps lock clean

help:
	@echo "make run    a hub, a store with two tills and the till's window (or its tour without a display)"
	@echo "make test   the tests"
	@echo "make check  format, lint, types, import rules, tests"
	@echo "make bench  measured speed beside what the machine can do"
	@echo "make shops  real Vendure and Medusa servers, installed from npm, against the hub (needs Node.js)"
	@echo "make soak   far more simulated days and power cuts than the tests make"
	@echo "make setup  only the environment in .venv, from the lock"
	@echo "make deps   the system packages a till and its tests need"

setup:
	@$(PYTHON) packaging/set_up.py

run: setup
	@$(VENV)/holdfast demo

test:
	@$(PYTHON) packaging/set_up.py --tests
	$(VENV)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -q

check: setup
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(MAKE) test

# Hours of it, its results in PROOF.md; a JSON line each. `make soak SEEDS=1:10001` for longer.
SEEDS ?= 1:801
soak:
	@$(PYTHON) packaging/set_up.py --tests
	$(VENV)/python -m pos_app simulate --seeds $(SEEDS) --profile all --jobs 2 --json --brief
	$(VENV)/python -m tests.power --cuts 20000 --json

bench: setup
	$(VENV)/python -m tests.bench

# Some hundred MB of packages, which stay where SHOPS says; some minutes of tests.
SHOPS ?= $(CURDIR)/build/shops
shops:
	@$(PYTHON) packaging/set_up.py --tests
	@$(PYTHON) packaging/shops/install.py $(SHOPS)
	HOLDFAST_SHOPS=$(SHOPS) $(VENV)/python -m pytest -q -s tests/shops

deps:
	@$(PYTHON) packaging/set_up.py --deps

# Only a maintainer needs this: it asks the package registry, so it needs `uv`.
lock:
	uv pip compile pyproject.toml --all-extras --group dev --group build --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -q -o packaging/locks/dev.txt
	for extra in till hub; do also=$$([ $$extra = hub ] && echo "--extra postgres"); \
	  uv pip compile pyproject.toml --extra $$extra $$also --group build --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -q \
	  -c packaging/locks/dev.txt -o packaging/locks/$$extra.txt; done

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
