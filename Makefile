# Every target sets up what it needs: `make demo` and `make test` work on a fresh clone.
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SHELL  := /bin/bash

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup demo test proof scorecard lint format bench lock clean

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	test -x $(BIN)/python || python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/python -m demo

test: setup
	$(BIN)/python -m pytest

# What takes too long for every change: tests of half a minute and more, many histories, their shrinking if one differs.
proof: setup
	$(BIN)/python -m pytest -m 'proof and not scorecard' --dist worksteal $(PROOFS)

# Every row of docs/reliability.md, and the page itself.
scorecard: setup
	$(BIN)/python -m tools.scorecard --write

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 models macros tests
	$(BIN)/python -m tests.dbt_yaml

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 models macros tests

bench: setup
	$(BIN)/python -m bench
	$(BIN)/python -m bench.commands
	$(BIN)/python -m bench.profiles
	$(BIN)/python -m bench.exports

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
		pyproject.toml --extra dev -o requirements.txt

# What can be made again: no database, no archive.
clean:
	rm -rf $(VENV) .muster/demo .muster/target .muster/logs target logs
