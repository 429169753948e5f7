# Custos: `make run` serves it, `make test` tests it. Nothing but Python 3.11, 3.12 or 3.13 is needed.

PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))' >/dev/null 2>&1 && echo $$p && break; \
	done)
CORES := $(shell n=$$(getconf _NPROCESSORS_ONLN); [ "$$n" -gt 4 ] && echo 4 || echo "$$n")
VENV ?= .venv
BIN := $(VENV)/bin
# Types and style need settings, not services.
NO_SERVICES := DATABASE_URL=postgresql:///none REDIS_URL=redis://none SECRET_KEY=none \
	CUSTOS_LEDGER_KEY=none CUSTOS_REGISTRAR_KEY=none CUSTOS_KEY_ENCRYPTION_KEY=none

# Test files that `make quick` leaves out: they ask for pages, generate cases for long, start
# processes, or empty all tables again and again.
SLOW := core/record/test_acts_machine core/signing/test_growth core/check/test_bundle_file core/check/test_hostile core/ledger/test_tiles \
	provenance/test_admin provenance/ledger/test_compare provenance/ledger/test_append_only provenance/ledger/test_fsck \
	provenance/ledger/test_fsck_resumed provenance/ledger/test_fsck_rules provenance/ledger/test_steps provenance/site/test_roles provenance/site/test_walk \
	provenance/record/test_concurrency provenance/record/test_invariants provenance/record/test_rebuild \
	provenance/goods/test_imports provenance/goods/test_imports_real provenance/goods/test_labels provenance/goods/test_label_sheets \
	provenance/goods/test_label_symbols provenance/goods/test_label_zpl \
	provenance/check/test_verification_meanwhile provenance/site/test_demo provenance/views/test_home \
	provenance/views/test_ledger_views provenance/views/test_verify_answers provenance/views/test_verify_page \
	provenance/views/test_verify_typed

.DEFAULT_GOAL := help
.PHONY: help run test quick lint format messages example picture bench hammer mutants lock

help: ## say what can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: $(VENV)/installed ## serve Custos with its demo (PORT=8000)
	$(BIN)/python manage.py serve

test: $(VENV)/installed-dev ## run every test
	$(BIN)/python -m pytest -n $(CORES)

quick: $(VENV)/installed-dev ## run the tests of core and services, without the slow ones: under a minute
	$(BIN)/python -m pytest -q -n $(CORES) $(SLOW:%=--ignore=tests/%.py) tests/core tests/provenance

lint: $(VENV)/installed-dev ## check style, types, migrations and the import arrow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NO_SERVICES) $(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_migrations.py

format: $(VENV)/installed-dev ## put the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/installed-dev ## bring the translations (.po, .mo) up to date with the pages
	$(BIN)/python -m tests.messages

example: $(VENV)/installed-dev ## write the worked example of docs/format.md and docs/example/ anew
	$(BIN)/python -m tests.worked_example

picture: $(VENV)/installed-dev ## take the picture of a page in README anew (docs/page.png), with a browser
	$(BIN)/python -m tests.picture

bench: $(VENV)/installed ## measure, beside the bare building blocks
	$(BIN)/python -m benchmarks

hammer: $(VENV)/installed ## 20 minutes of mixed load, with a process killed each minute
	$(BIN)/python -m benchmarks.hammer

mutants: $(VENV)/installed-dev ## break the code in each of the ways of tests/mutants, and see that a test notices: hours
	$(BIN)/python -m tests.mutants -j $(CORES)

lock: $(VENV)/installed-dev ## pin the newest versions that requirements*.in allow
	uv pip compile -q --upgrade --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url requirements.in -o requirements.txt
	uv pip compile -q --upgrade --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url requirements-dev.in -o requirements-dev.txt

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Custos needs Python 3.11, 3.12 or 3.13: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing the $$(grep -c == requirements.txt) packages of requirements.txt into $(VENV): a minute or two, once" >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing requirements.txt and requirements-dev.txt into $(VENV): a minute or two, once" >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.txt -r requirements-dev.txt
	@touch $(VENV)/installed $@
