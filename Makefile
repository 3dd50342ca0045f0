# Two commands on a machine with Python 3.11 or later: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints/lock.txt

.PHONY: demo test test-fast check check-form check-types check-deep bench clean

demo: $(VENV)/.product
	$(BIN)/prosperity demo --out demo

test: $(VENV)/.developer
	$(BIN)/python -m pytest

# What tells most in two minutes: without the modules that tests/conftest.py names as slow.
test-fast: $(VENV)/.developer
	$(BIN)/python -m pytest -m 'not deep and not slow'

check: check-form check-types

check-form: $(VENV)/.developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

check-types: $(VENV)/.developer
	$(BIN)/mypy

# What takes too long for every change: the tests marked deep, all cases of those marked counted,
# and how many deliberate faults the tests find. MUTATION='--sample 0' tries all of them.
check-deep: $(VENV)/.developer
	$(PIP) -e '.[learn]'
	PROSPERITY_DEEP=1 $(BIN)/python -m pytest -m 'deep or counted'
	$(BIN)/python -m tests.mutation $(MUTATION)

bench: $(VENV)/.developer
	$(PIP) -e '.[bench]'
	$(BIN)/python -m tests.benchmarks.performance --write
	$(BIN)/python -m tests.benchmarks.bench_batch
	$(BIN)/python -m tests.benchmarks.bench_cells
	$(BIN)/python -m tests.benchmarks.bench_calc

$(VENV)/.product: pyproject.toml constraints/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit("Prosperity needs Python 3.11 or later: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

$(VENV)/.developer: $(VENV)/.product
	$(PIP) -e '.[dev,excel]'
	@touch $@

clean:
	rm -rf $(VENV) demo build dist
