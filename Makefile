# Two commands are enough for a start: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-ready
DEV := $(VENV)/.dev-ready
JOBS ?= 2

FUZZ_SECONDS ?= 120

.PHONY: demo test check format lint types layers examples docs bench fuzz interop lock pki clean

demo: $(CORE)  ## make a dossier, sign it, verify it, tamper with it
	$(BIN)/vnsign demo --output build/demo
	@echo; echo "vnsign: $(BIN)/vnsign   (. $(BIN)/activate)"

test: $(DEV)  ## all tests
	$(BIN)/python -m pytest -n $(JOBS)

check: lint types layers test examples docs  ## everything that a change must pass

format: $(DEV)
	$(BIN)/ruff format src tests tools bench interop fuzz
	$(BIN)/ruff check --fix src tests tools bench interop fuzz

lint: $(DEV)
	$(BIN)/ruff format --check src tests tools bench interop fuzz
	$(BIN)/ruff check src tests tools bench interop fuzz

types: $(DEV)
	$(BIN)/mypy

layers: $(DEV)
	$(BIN)/lint-imports

examples: $(DEV)  ## README and docs examples, word for word
	$(BIN)/python -m pytest -q tests/docs

docs: $(DEV)
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build/html

bench: $(DEV)  ## ratios against peers measured in the same run
	$(BIN)/python bench/run.py
	$(BIN)/python bench/crl.py

fuzz: $(DEV)  ## every parser on mutated inputs; FUZZ_SECONDS for each, inputs that show defects under build/fuzz
	$(BIN)/python -m fuzz --seconds $(FUZZ_SECONDS)

interop: $(DEV)  ## independent programs over our documents and other people's: EU DSS (Java, Maven), pdfsig, xmlsec1, openssl
	$(BIN)/python -m interop.run
	$(BIN)/python -m pytest -q -m oracle

lock:  ## write the locked requirements anew (needs uv)
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/core.txt
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header -o requirements/dev.txt

pki: $(DEV)  ## regenerate the test PKI and show that nothing differs
	$(BIN)/python tools/make_test_pki.py --check

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: make PYTHON=python3.11 $(MAKECMDGOALS)'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(CORE): requirements/core.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/core.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(DEV): requirements/dev.txt $(CORE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
