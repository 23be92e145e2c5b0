# Every target does its own set-up: Python 3.11 or later, make and a package index are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

# Tests that were compiled once start at once, here and in `make long` after `make check`.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test long check bench format clean

help:
	@echo "make demo    estimate and enrich the sample table, then run it again from the store"
	@echo "make test    the tests"
	@echo "make check   format, lint, types, import arrows, tests"
	@echo "make long    the tests that start hundreds of processes"
	@echo "make bench   the benchmarks"

$(READY): pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/demo.sh

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal

long: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

bench: $(READY)
	$(BIN)/python -m tests.bench

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist *.egg-info
