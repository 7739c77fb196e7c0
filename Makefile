# All tasks of this repository. With Python 3.11 or later, Java 17 or later and Maven, each target sets
# itself up on its first run. With Docker only: docker compose up.

PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- run it ---

.PHONY: up
up: $(VENV)/installed ## run everything here, with its own Kafka, until Ctrl-C
	@pageheat up

.PHONY: history
history: $(VENV)/installed-history ## add the history's engine, 540 MB; make up then starts the history too

.PHONY: topics simulate replay watch verify
topics: $(VENV)/installed ## create the Kafka topics that are missing, and list differences
	@pageheat topics

simulate: $(VENV)/installed ## send visitors to the demo shop; ARGS="--help" lists the options
	@pageheat simulate $(ARGS)

replay: $(VENV)/installed ## send recorded browsing through ingest; ARGS="FOLDER …"
	@pageheat replay $(ARGS)

watch: $(VENV)/installed ## print a topic's records as they arrive; ARGS="TOPIC"
	@pageheat watch $(ARGS)

verify: $(VENV)/installed ## recount the running system's grids from the topics
	@pageheat verify $(ARGS)

# --- work on it ---

.PHONY: test
test: $(VENV)/installed-dev node_modules/installed ## run every test; ARGS="-k name" selects
	@sh tests/support/tools.sh
	@python -m pytest -n 2 --dist loadfile $(ARGS)

.PHONY: test-recordings recordings
test-recordings: $(VENV)/installed-dev ## run the recording tests on AdSERP's sessions; RECORDINGS=FOLDER
	@test -n "$(RECORDINGS)" || { echo "RECORDINGS is not set. Name AdSERP's folder: make test-recordings RECORDINGS=FOLDER"; exit 2; }
	@sh tests/support/tools.sh fonts
	@RECORDINGS="$(abspath $(RECORDINGS))" python -m pytest -n 2 --dist loadfile tests/e2e/test_recordings.py \
		tests/integration/pageheat/test_tools.py tests/unit/pageheat/test_import.py tests/unit/pageheat/imports/test_trace.py \
		tests/unit/pageheat/traffic/test_recordings.py tests/unit/pageheat/traffic/test_xpath.py $(ARGS)

recordings: $(VENV)/installed-dev ## record the sessions in tests/data again, in Chromium
	@python -m tests.support.record_sessions

.PHONY: wheel-check
wheel-check: $(VENV)/installed-dev ## build the wheel, install it elsewhere, and run Pageheat from it
	@python -m tests.support.wheel_check

.PHONY: release
release: $(VENV)/installed-release ## build the tagged commit: wheel, SBOM, chart, images; REGISTRY=…; ARGS=--plan
	@REGISTRY="$(REGISTRY)" python -m tests.support.release $(ARGS)

.PHONY: chaos chaos-short
chaos: $(VENV)/installed-dev ## break everything under load and verify the counts, about ten minutes
	@CHAOS_KILLS=50 python -m pytest -m "" -v --timeout 1800 $(addprefix tests/integration/test_,chaos.py faults.py history.py recovery.py) $(ARGS)

chaos-short: $(VENV)/installed-dev ## the short form: kill three services and a broker, one or two minutes
	@CHAOS_KILLS=3 python -m pytest -m "" -v tests/integration/test_chaos.py -k killed $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/installed-fuzz ## search for inputs that break a decoder, SECONDS=60; ARGS="frame" selects one
	@python -m tests.fuzz.guided --seconds $(or $(SECONDS),60) $(ARGS)

.PHONY: bench
bench: $(VENV)/installed-dev ## measure everything, about an hour; make bench-NAME measures one thing
	@python -m benchmarks $(ARGS)

bench-%: $(VENV)/installed-dev
	@python -m benchmarks $* $(ARGS)

.PHONY: report
report: $(VENV)/installed-dev ## write the measurements into docs/results.md and docs/scaling.md
	@python -m benchmarks.report

.PHONY: lint
lint: $(VENV)/installed-dev node_modules/installed ## check style and format, Python and JavaScript
	ruff check
	ruff format --check
	lint-imports --no-cache --no-logo
	deptry --no-ansi .
	npm run --silent lint

.PHONY: types
types: $(VENV)/installed-dev node_modules/installed ## check types, Python and JavaScript
	mypy
	npm run --silent types

.PHONY: format
format: $(VENV)/installed-dev node_modules/installed ## format the code, and fix what can be fixed automatically
	ruff check --fix
	ruff format
	npm run --silent format

.PHONY: audit
audit: $(VENV)/installed-audit ## check the pinned packages for known vulnerabilities
	@pip-audit --strict --require-hashes --disable-pip --progress-spinner off --requirement requirements.txt

.PHONY: docker-smoke
docker-smoke: $(VENV)/installed-dev ## build and run the containers, send events through them, and kill some
	@python -m pytest -m docker tests/docker

.PHONY: settings
settings: $(VENV)/installed ## write .env.example and docs/settings.md from the settings
	@python -m pageheat.settings_table

.PHONY: alarms
alarms: $(VENV)/installed ## write the alarms into docs/operations.md from Prometheus' rules
	@python -m pageheat.alarms_table

.PHONY: licences
licences: $(VENV)/installed-dev node_modules/installed ## write docs/licences.md from what is installed
	@python -m tests.support.licences

.PHONY: schema
schema: $(VENV)/installed ## write docs/schema.json, the JSON Schema of what ingest takes
	@python -m pageheat.services.ingest.schema > docs/schema.json

.PHONY: lock
lock: $(VENV)/installed ## pin all dependencies of pyproject.toml, direct and indirect, with hashes
	@$(INSTALL) --quiet uv==$(UV)
	@$(COMPILE) pyproject.toml --output-file requirements.txt
	@$(COMPILE) pyproject.toml --extra dev --constraints requirements.txt \
		--output-file requirements-dev.txt
	@$(COMPILE) --group history --no-deps --output-file requirements-history.txt
	@$(COMPILE) --group fuzz --constraints requirements.txt --output-file requirements-fuzz.txt
	@$(COMPILE) --group audit --constraints requirements-dev.txt --output-file requirements-audit.txt
	@$(COMPILE) --group release --constraints requirements-dev.txt --output-file requirements-release.txt

.PHONY: clean
clean: ## remove what was built, and all data: Kafka's, the history, logs
	rm -rf $(VENV) node_modules .pageheat .fuzz build dist *.egg-info pageheat/_version.py
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- setup ---

UV := 0.13.9
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--group build --custom-compile-command "make lock"
INSTALL := $(VENV)/bin/python -m pip install --disable-pip-version-check
# Counts the packages as pip begins with each; pip's errors are on standard error.
SHOW_PROGRESS := || echo failed; } | awk '/^(Collecting|Requirement already)/ { printf "\r  package %d", ++n; fflush() } \
	/^failed$$/ { failed = 1 } END { if (n) print ""; exit failed }'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or later is needed, but '$(PYTHON)' is not: make PYTHON=python3.13 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python's venv is needed (Debian: apt install python3-venv)"; rm -rf $(VENV); exit 1; }

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) (once, about a minute)"
	@{ $(INSTALL) --progress-bar off --require-hashes --requirement requirements.txt $(SHOW_PROGRESS)
	@$(INSTALL) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-history: requirements-history.txt $(VENV)/installed
	@echo "adding the history's engine to $(VENV)"
	@{ $(INSTALL) --progress-bar off --no-deps --require-hashes --requirement requirements-history.txt $(SHOW_PROGRESS)
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed-history
	@echo "adding the development tools to $(VENV)"
	@{ $(INSTALL) --progress-bar off --require-hashes --requirement requirements-dev.txt $(SHOW_PROGRESS)
	@touch $@

$(VENV)/installed-audit: requirements-audit.txt $(VENV)/installed-dev
	@$(INSTALL) --quiet --require-hashes --requirement requirements-audit.txt
	@touch $@

$(VENV)/installed-release: requirements-release.txt $(VENV)/installed-dev
	@$(INSTALL) --quiet --require-hashes --requirement requirements-release.txt
	@touch $@

$(VENV)/installed-fuzz: requirements-fuzz.txt $(VENV)/installed-dev
	@$(INSTALL) --quiet --require-hashes --requirement requirements-fuzz.txt
	@touch $@

node_modules/installed: package.json package-lock.json $(VENV)/installed-dev
	@npm ci --loglevel=error
	@touch $@
