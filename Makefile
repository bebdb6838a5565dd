# Everything starts from a bare checkout with Python 3.11+ and the package registries; `make` alone lists what there is.

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
UV := .cache/uv/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(UPGRADE)
SCRATCH := sqlite+aiosqlite:///.cache/check.db

.DEFAULT_GOAL := help
# The tests start hundreds of processes: each would compile everything anew where bytecode is not kept.
test full law: export PYTHONDONTWRITEBYTECODE =
.PHONY: help demo test full check law mutate lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/run-time.stamp ## Serve the demonstration at http://127.0.0.1:8000
	$(BIN)/svro demo

test: .venv/dev.stamp .cache/axe.min.js ## Run the tests on both engines (ARGS="tests/law -k london" narrows them)
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

full: .venv/dev.stamp .cache/axe.min.js ## Run the tests that take minutes as well
	$(BIN)/pytest -n $(WORKERS) -m "full or not full" $(ARGS)

check: .venv/dev.stamp ## Lint, types, the stair, migrations against models, the committed OpenAPI document
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	mkdir -p .cache && rm -f .cache/check.db
	SVRO_DATABASE_URL=$(SCRATCH) $(BIN)/alembic upgrade head
	SVRO_DATABASE_URL=$(SCRATCH) $(BIN)/alembic check
	$(BIN)/svro openapi | diff -u openapi/openapi.json -

law: .venv/dev.stamp ## Write anew what is kept of the law's words (tests/law/said) and of its tests (svro/web/law_tests.json)
	SVRO_WRITE_SAID=1 $(BIN)/pytest --quiet tests/law -k word_for_word
	$(BIN)/python -m tests.law.measure

mutate: .venv/dev.stamp .cache/mutmut ## Break the law's rules one by one and see that its tests notice (ARGS="dates order" narrows it)
	$(BIN)/python -m tests.law.mutate $(ARGS)

lock: $(UV) ## Write both lock files anew from pyproject.toml (UPGRADE=--upgrade takes the newest of everything)
	$(COMPILE) --group build pyproject.toml --output-file requirements.lock
	$(COMPILE) --group build --group test --constraints requirements.lock pyproject.toml --output-file requirements-dev.lock

clean: ## Remove what the targets above made
	rm -rf .venv .cache dist svro/web/static/govuk .*_cache .hypothesis
	find svro alembic tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		"svro needs Python 3.11 or newer, and $(PYTHON) is older. Name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	@touch $@

# The lock has what builds the project too, so nothing is fetched that it does not name.
define install
	$(PIP) install --require-hashes -r $<
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
endef

PROJECT := pyproject.toml svro/__init__.py svro/_build.py

.venv/run-time.stamp: requirements.lock $(PROJECT) | .venv/made.stamp
	$(install)

.venv/dev.stamp: requirements-dev.lock $(PROJECT) | .venv/made.stamp
	$(install)

.cache/axe.min.js: tests/axe.py svro/_build.py | .venv/dev.stamp
	$(BIN)/python -m tests.axe

# Beside the environment, not in it: it wants a good many packages that nothing else here needs.
.cache/mutmut: | .venv/made.stamp
	$(PIP) install --target $@ mutmut==3.8.1

$(UV):
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/pip --disable-pip-version-check --quiet install uv==0.13.9
