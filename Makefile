# Each target installs first what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ARGS ?=
# Files go to the two workers whole and in order, those that take longest first; folders with one running stack go to one
# worker (tests/support/scheduling.py). PARALLEL= runs one after another.
PARALLEL ?= -n 2 --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install demo test check migrate logs clean lock docs machine chaos audit eyes bench-console bench-capacity \
	compose-check image sbom monitoring-check

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: $(INSTALLED) ## Make .venv with everything pinned
$(INSTALLED): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Remanso needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## The whole product with a phone in your browser; ARGS=--once plays a story and checks it
	$(BIN)/remanso dev $(ARGS)

test: install machine ## All tests, on real RabbitMQ and PostgreSQL
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)
	$(BIN)/python -m pytest --quiet clients/emprendemy

chaos: install ## Kill every service at every line while it works; ARGS="--sample 40 --seed 7" for a part of it
	$(BIN)/python -m tests.chaos $(ARGS)

machine: ## What some tests need from Debian (Chromium, libfaketime, Prometheus), where it can be installed
	@tests/install.sh

check: install ## Format, lint, types, who may import whom
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

eyes: install machine ## Every page of the console for every role, language, look and width, judged; ARGS="--pictures DIR" to look yourself
	$(BIN)/python -m tests.eyes $(ARGS)

bench-console: install ## How quick the console is with 20,000 conversations, and what 50 open pages cost; ARGS=data, herd or pages
	$(BIN)/python -m tests.bench.console $(ARGS)

audit: ## Known vulnerabilities of what the lock pins, where osv.dev can be asked
	$(PYTHON) -m venv .remanso/audit
	-.remanso/audit/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3'
	.remanso/audit/bin/python deploy/audit.py

bench-capacity: install ## What a message costs each piece: writes the figures and tables of docs/capacity.md
	$(BIN)/python -m tests.bench.capacity $(ARGS)

compose-check: install ## Containers killed, scaled and restarted under load (needs a Docker engine); ARGS=--built without building
	$(BIN)/python -m tests.compose $(ARGS)

image: ## The image of every service, with its revision in its labels
	docker build -f deploy/docker/Dockerfile -t remanso:$${REMANSO_VERSION:-dev} --build-arg VERSION=$${REMANSO_VERSION:-dev} \
		--build-arg REVISION=$$(git rev-parse HEAD) .

sbom: install ## Bill of materials of what requirements.lock pins, in build/sbom.cdx.json; the image tells its own
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.cdx.json

migrate: install ## Bring the database in REMANSO_DATABASE_URL to the newest schema
	$(BIN)/remanso migrate

logs: ## Follow the logs of the containers
	docker compose logs --follow --tail 100

docs: install ## Write again what is generated: docs/*.json, docs/metrics.md, docs/rights.md, Grafana's dashboards
	$(BIN)/python -m fleet.asyncapi
	$(BIN)/python -m fleet.client_schema
	$(BIN)/python -m fleet.rights_page
	$(BIN)/python -m fleet.export_schema
	$(BIN)/python -m services.console.api
	$(BIN)/python -m deploy.grafana.dashboards
	$(BIN)/python -m deploy.prometheus.catalogue

monitoring-check: install machine ## A real Prometheus reads the stack under load: every panel and alert is evaluated
	$(BIN)/python -m tests.monitoring $(ARGS)

lock: install ## Recompile the lock files (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements.lock pyproject.toml
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements-dev.lock --extra dev pyproject.toml
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements-build.lock requirements-build.in

clean: ## Remove what was made here: .venv, caches, containers' volumes stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .remanso
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
