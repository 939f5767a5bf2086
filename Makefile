# Two commands matter to a newcomer: `make run` and `make test`.
PORT ?= 8000
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run test test-peers test-services bench lint format

help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup:  ## Set up everything: .venv, packages, database, demo data (idempotent)
	@scripts/setup.sh

run: setup  ## Start the web server and the worker on http://127.0.0.1:$(PORT)
	@PORT=$(PORT) exec $(PY) -m config.supervisor

test:  ## Run the whole suite, browser included
	@scripts/setup.sh --packages-only
	@scripts/install_browser.sh
	$(PY) -m pytest -m "not services"
	@$(MAKE) --no-print-directory test-peers

test-peers:  ## Compare imported checkpoints with the toolkits they come from
	@scripts/setup.sh --packages-only
	@scripts/install_peers.sh
	.venv-peers/bin/python -m pytest tests/peers

test-services:  ## Run the suite on PostgreSQL, RabbitMQ, Redis and a real S3 server
	@scripts/setup.sh --packages-only
	@scripts/install_browser.sh
	@scripts/install_services.sh
	$(PY) scripts/services.py run -- $(PY) -m pytest

bench:  ## Run the benchmarks (they print their figures as JSON)
	@scripts/setup.sh --packages-only
	$(PY) -m benchmarks all

lint:  ## ruff, mypy --strict, import-linter, migrations
	@scripts/setup.sh --packages-only
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run

format:  ## Let ruff format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
