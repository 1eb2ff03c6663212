# Everything that is done with this repository. `make help` lists it.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check
INSTALL = $(PIP) install -qq

# Stamps in .venv, each written when its step is complete. A step that failed runs again; a
# changed lock starts a new .venv, so that nothing from the old lock is left to be imported.
MADE = $(VENV)/.made
RUN = $(VENV)/.run
DEV = $(VENV)/.dev
BENCH = $(VENV)/.bench
# `npm ci` empties the folder first, and the stamp goes with it.
NODE = tests/conformance/node_modules/.stamp
PEERS = benchmarks/peers/node/node_modules/.stamp

.DELETE_ON_ERROR:
.PHONY: help run test lint compat types imports unit faults fuzz bench format schema lock clean

help:
	@echo 'make run     serve on http://127.0.0.1:8000; HOST, PORT and DATABASE_URL change it'
	@echo 'make test    every check: lint, types, imports, unit (each is a target too)'
	@echo 'make bench   measure, and write benchmarks/RESULTS.md; PARTS names some, DATA a folder'
	@echo 'make faults  kill a node again and again and check what it leaves; CYCLES, DATABASE, SEED'
	@echo 'make compat  compare schema.graphql with that of the last release'
	@echo 'make fuzz    send a server 20,000 requests that nobody would; REQUESTS, SEED'
	@echo 'make format  let ruff put the code in order'
	@echo 'make schema  export schema.graphql again, after a change of the API'
	@echo 'make lock    pin the dependencies of pyproject.toml again; UPGRADE=1 takes the newest'
	@echo 'make clean   remove .venv, caches and builds; the data in var/ stays'

# DATABASE_URL reaches the server through the environment, where make puts what it is given: as an
# argument, the password in it would stand in every process list.
run: $(RUN)
	$(BIN)/graphql-brief serve $(if $(HOST),--host '$(HOST)') $(if $(PORT),--port '$(PORT)')

test: lint types imports unit

lint: compat
	$(BIN)/ruff check
	$(BIN)/ruff format --check

# What the last tag promised, schema.graphql still keeps.
compat: $(DEV)
	$(BIN)/python -m tests.schema

types: $(DEV)
	$(BIN)/mypy

imports: $(DEV)
	$(BIN)/lint-imports --no-logo

unit: $(DEV) $(NODE)
	$(BIN)/pytest

# PARTS names some of the parts; DATA a folder where the long logs are kept for the next time.
bench: $(BENCH) $(PEERS)
	$(BIN)/python -m benchmarks $(PARTS) --write $(if $(DATA),--data '$(DATA)')

faults: $(DEV)
	$(BIN)/python -m tests.faults $(if $(CYCLES),--cycles '$(CYCLES)') \
	  $(if $(DATABASE),--database '$(DATABASE)') $(if $(SEED),--seed '$(SEED)')

fuzz: $(DEV)
	$(BIN)/python -m tests.fuzz $(if $(REQUESTS),--requests '$(REQUESTS)') \
	  $(if $(SEED),--seed '$(SEED)')

format: $(DEV)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# By way of a second file, so that a failure leaves the old schema whole.
schema: $(RUN)
	$(BIN)/graphql-brief schema > $(VENV)/schema.graphql
	mv $(VENV)/schema.graphql schema.graphql

# One set of pins: dev.txt is resolved under run.txt, and so never differs from it.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	$(if $(UPGRADE),--upgrade) --extra postgres pyproject.toml

lock: $(BIN)/uv
	$(COMPILE) --group build --group tour --output-file requirements/run.txt
	$(COMPILE) --extra otel --group dev --constraints requirements/run.txt \
	  --output-file requirements/dev.txt
	$(COMPILE) --extra otel --group dev --group bench --constraints requirements/dev.txt \
	  --output-file requirements/bench.txt

# Not $(DEV): that would ask for what pyproject.toml has and the locks do not have yet.
$(BIN)/uv:
	$(MAKE) $(DEV)

clean:
	rm -rf $(VENV) $(dir $(NODE)) $(dir $(PEERS)) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE): requirements/run.txt requirements/dev.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo 'graphql-brief needs Python 3.11 or newer, and there is no $(PYTHON) here.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "graphql-brief needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
	    "Name another: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# The project is installed in place: code changes need nothing, changed metadata runs this again.
$(RUN): $(MADE) pyproject.toml
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-build-isolation --no-deps -e .
	@touch $@

# After $(RUN), never beside it: two installs into one .venv would collide under `make -j`.
# `pip check` fails here when pyproject.toml asks for what the lock does not hold.
$(DEV): $(RUN)
	$(INSTALL) --require-hashes -r requirements/dev.txt
	$(PIP) check
	@touch $@

# What the suites of other people's tools need, and the peers that benchmarks compare with;
# nothing of it runs when it is installed.
$(NODE): tests/conformance/package.json tests/conformance/package-lock.json
$(PEERS): benchmarks/peers/node/package.json benchmarks/peers/node/package-lock.json
$(NODE) $(PEERS):
	@command -v npm >/dev/null || { \
	  echo 'This needs Node.js 20.19 or newer with npm, and there is no npm here.' >&2; exit 1; }
	cd $(dir $<) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The peers that benchmarks compare with, under the same pins.
$(BENCH): $(DEV) requirements/bench.txt
	$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@
