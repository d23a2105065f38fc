# make demo   install the package, simulate a table, balance it, show before and after
# make test   install what the tests need, and run them
# make stress the tests that take long and seldom break
# make pictures the pictures of the docs, which a browser takes
# make check  format, lint and types
# make audit  ask whether advisories name a version that is installed
# make format, make bench (ARGS="--final"), make clean
#
# Everything is installed once, into .venv. Another Python: make PYTHON=python3.12 test

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt
# The build tools come from the same list of versions, so pip need not fetch its own.
PROJECT := $(INSTALL) --no-build-isolation -e
# A quiet pip does not say whether the drawing kernel was built.
SAY := @$(VENV)/bin/trimtab inspect --system
NEEDS := pyproject.toml constraints.txt hatch_build.py $(wildcard src/trimtab/model/trees/kernel/*.[ch])

.DEFAULT_GOAL := help
.PHONY: help demo test stress pictures check audit format bench clean

help:
	@sed -n 's/^# \{0,1\}//p; /^$$/q' Makefile

demo: $(VENV)/.core
	$(VENV)/bin/trimtab demo

# Two test processes; one thread each, so that they do not fight over the cores. The slow tests are not
# spread evenly: a process that has none left takes from the other.
test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 --dist worksteal

stress: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 --dist worksteal -m stress

pictures: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(RUN) docs/pictures.py

check: $(VENV)/.dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

# Asks an advisory service about the versions of constraints.txt.
audit: $(VENV)/.dev
	$(INSTALL) pip-audit
	$(RUN) -m pip_audit -r constraints.txt --no-deps --disable-pip

format: $(VENV)/.dev
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

bench: $(VENV)/.bench
	OMP_NUM_THREADS=1 $(RUN) benchmarks/run.py $(ARGS)

clean:
	rm -rf $(VENV) build dist src/trimtab/model/trees/kernel/kernel.so .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "trimtab needs Python 3.11 or newer; '$(PYTHON) --version' says: $$($(PYTHON) --version 2>&1)"; \
	  echo "Name a newer one, for example: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Could not make a virtual environment: '$(PYTHON)' needs its venv module." >&2; exit 1; }
	@$(INSTALL) hatchling editables
	@touch $@

$(VENV)/.core: $(VENV)/.made $(NEEDS)
	@echo "Installing trimtab into $(VENV) ..."
	@$(PROJECT) .
	$(SAY)
	@touch $@

$(VENV)/.dev: $(VENV)/.made $(NEEDS)
	@echo "Installing trimtab and its development tools into $(VENV) ..."
	@$(PROJECT) '.[dev]'
	$(SAY)
	@touch $@ $(VENV)/.core

$(VENV)/.bench: $(VENV)/.made $(NEEDS)
	@echo "Installing trimtab and what the benchmarks need into $(VENV) ..."
	@$(PROJECT) '.[bench]'
	$(SAY)
	@touch $@ $(VENV)/.core
