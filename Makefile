# Everything starts from a fresh clone: each target installs what it needs into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-bench

# Byte code is written at the first import; without it each start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run doctor test test-deep lint format bench eval lock clean install

install: $(VENV)/.runtime

# The lock files hold hashes; --no-deps keeps pip from resolving anything itself, --no-compile from
# compiling the hundreds of exchanges that nobody asked for (it halves the time).
$(VENV)/.runtime: requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@echo "Compiling the fill rules and listing fonts, once…"
	$(BIN)/python -c "from bot.__main__ import load; load()"
	touch $@

$(VENV)/.dev: requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/.runtime

# What `make bench` compares with must never come near the runtime, so it lives in another place.
$(PEERS)/.bench: requirements-bench.lock
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-bench.lock
	touch $@

run: install
	$(BIN)/python -m bot

doctor: install
	$(BIN)/python -m bot doctor

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadscope tests

# The same tests, with thousands of examples and hundreds of kills.
test-deep: $(VENV)/.dev
	CONCLAVE_DEEP=1 $(BIN)/python -m pytest -n 2 --dist loadscope --timeout 3600 tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(PEERS)/.bench
	$(PEERS)/bin/python -m benchmarks

# The fixed questions and attacks that the analyst is held to; with OPENAI_API_KEY set, the real
# model too.
eval: $(VENV)/.dev
	$(BIN)/python -m evals

# Needs uv; the files name no index, so any mirror serves them.
UV ?= uv
LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
lock:
	$(UV) $(LOCK) pyproject.toml -o requirements.lock
	$(UV) $(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(UV) $(LOCK) pyproject.toml --group dev --extra bench -c requirements-dev.lock -o requirements-bench.lock

clean:
	rm -rf $(VENV) $(PEERS) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
