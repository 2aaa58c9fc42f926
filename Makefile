# Every target sets up what it needs, on a machine with only make and one of these versions of Python.

VERSIONS := 3.11 3.12 3.13
ifndef PYTHON
PYTHON := $(shell for version in $(VERSIONS); do python$$version -c "" 2>/dev/null && echo python$$version && break; done)
endif
ifeq ($(PYTHON),)
$(error No Python of $(VERSIONS) was found: install one, or pass PYTHON=/path/to/python)
endif
PORT ?= 4566
export SAM_CLI_TELEMETRY = 0
# Where it is set, every process compiles all that it imports.
export PYTHONDONTWRITEBYTECODE =

TOOLS := .tools
UV := $(TOOLS)/uv/bin/uv --no-config
BIN := .venv/bin
RUN := PATH="$(CURDIR)/$(BIN):$(CURDIR)/$(TOOLS)/sam/bin:$(CURDIR)/$(TOOLS)/uv/bin:$$PATH" PYTHONPATH=tools
PY := $(RUN) $(BIN)/python

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | while IFS="$$(printf '\t')" read -r target does; do printf '  make %-17s %s\n' "$$target" "$$does"; done

# --- Environments: one for the project, one for each tool whose dependencies disagree with ours -----------------

$(TOOLS)/uv/.done: requirements/uv.txt
	$(PYTHON) -m venv $(TOOLS)/uv
	$(TOOLS)/uv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv/.done: requirements/dev.txt pyproject.toml $(TOOLS)/uv/.done
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip install --quiet --python $(BIN)/python -r requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# What ships, as it ships: every file's hash is checked.
$(TOOLS)/functions/.done: functions/requirements.txt $(TOOLS)/uv/.done
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(TOOLS)/functions
	$(UV) pip sync --quiet --require-hashes --python $(TOOLS)/functions/bin/python $<
	@touch $@

$(TOOLS)/%/.done: requirements/%.txt $(TOOLS)/uv/.done
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(TOOLS)/$*
	$(UV) pip install --quiet --python $(TOOLS)/$*/bin/python -r $<
	@touch $@

# What images bring, in the user's cache folder; the local stack makes them itself when a model needs one.
ENVIRONMENTS := $(PY) -m slipway_local.hosting.environments
TESTED := toolkit sklearn-1.9-0 sklearn-1.2-1

.PHONY: environments
environments: setup ## the environments of images that make check needs
	$(ENVIRONMENTS) $(TESTED) mxnet huggingface xgboost-3.0-5

.PHONY: test-environments
test-environments: setup
	$(ENVIRONMENTS) $(TESTED)

.PHONY: pytorch
pytorch: setup ## PyTorch for models on the local stack: 5.3 GB, so only when it is asked for
	$(ENVIRONMENTS) pytorch

.PHONY: setup
setup: .venv/.done $(TOOLS)/sam/.done ## make the environments

.PHONY: pins
pins: $(TOOLS)/uv/.done ## pin the newest versions that requirements/*.in allow
	$(UV) pip compile --quiet --upgrade --no-header --no-annotate --universal --python-version 3.11 --generate-hashes \
	  requirements/functions.in -o functions/requirements.txt
	for name in $(filter-out functions,$(basename $(notdir $(wildcard requirements/*.in)))); do \
	  $(UV) pip compile --quiet --upgrade --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done

# --- Use --------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## a model from upload to answer, an update and a failure, on this machine
	@$(PY) -m demo

.PHONY: demo-vision
demo-vision: setup ## object detection on this machine, with a small model trained on drawings
	@$(PY) -m demo vision

.PHONY: local
local: setup ## the local stack in the foreground; PORT=4566
	@exec env PORT=$(PORT) $(PY) -m slipway_local

# --- Quality ----------------------------------------------------------------------------------------------------

PROFILE = -m "not full" --hypothesis-profile light
# One more than processors: tests of the local stack wait for containers half of their time.
WORKERS = $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)")

.PHONY: test
test: test-environments $(TOOLS)/botocore/.done ## the tests, without those that only make check runs
	$(PY) -m pytest --numprocesses $(WORKERS) --dist worksteal $(PROFILE)

PROMOTION := examples/promotion/registry.yaml examples/promotion/production.yaml

.PHONY: lint
lint: setup $(TOOLS)/botocore/.done $(TOOLS)/checkov/.done $(TOOLS)/parliament/.done $(TOOLS)/check-jsonschema/.done ## lint, types, template and workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cfn-lint template.yaml $(PROMOTION)
	$(RUN) sam validate --lint
	$(PY) -m dev docs --check
	$(PY) -m dev schema --check
	$(PY) -m dev service_model --check
	$(TOOLS)/check-jsonschema/bin/check-jsonschema --builtin-schema vendor.github-workflows examples/promotion/promote.yaml
	$(PY) -m dev policies template.yaml .local
	$(PY) -m dev policies examples/promotion/registry.yaml .local/promotion
	CKV_SKIP_PACKAGE_UPDATE_CHECK=true $(TOOLS)/checkov/bin/checkov --config-file .checkov.yaml --file template.yaml .local/plain.json $(PROMOTION)
	for folder in .local .local/promotion; do \
	  PYTHONWARNINGS=ignore $(TOOLS)/parliament/bin/parliament --json --include-community-auditors --directory $$folder/policies; \
	done | $(PY) -m dev findings .parliament.yaml

.PHONY: check
# The comparison with the SDK, its Predictor, and the models that need an environment of their own, are never skipped here.
check: export SLIPWAY_EXHAUSTIVE = always
check: PROFILE =
check: $(TOOLS)/sagemaker/.done $(TOOLS)/sagemaker-sdk/.done $(TOOLS)/mlflow/.done environments chromium lint site test ## what CI runs

.PHONY: pythons
pythons: ## what is committed, with each version of Python, in a clone of its own: the tests and both demos
	clones=$$(mktemp -d) && trap 'rm -rf "$$clones"' EXIT && for version in $(VERSIONS); do \
	  git clone -q . "$$clones/$$version" && \
	  $(MAKE) -C "$$clones/$$version" PYTHON=python$$version test demo demo-vision || exit 1; done

.PHONY: chromium
chromium: ## the system's Chromium, for the tests of the web console
	@sh tests/integration/console/install_chromium.sh

.PHONY: recordings
recordings: setup environments ## replay every recorded answer of AWS's containers, starting each container; make check forks them
	SLIPWAY_RECORDINGS=started $(PY) -m pytest --numprocesses logical tests/contract/hosting/test_recordings.py

.PHONY: fuzz
fuzz: setup ## hostile inputs, side files, events and command lines; CASES=5000 of each
	SLIPWAY_FUZZ_CASES=$(or $(CASES),5000) $(PY) -m pytest tests/fuzz

.PHONY: audit
audit: $(TOOLS)/audit/.done ## known vulnerabilities in what ships; fails where the advisories cannot be reached
	$(TOOLS)/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement functions/requirements.txt

.PHONY: bench
bench: setup $(TOOLS)/sagemaker-sdk/.done ## the benchmarks, as ratios against their peers in one run
	$(PY) bench/images.py
	$(PY) bench/poll_schedule.py
	$(PY) bench/idle_cleanup.py
	$(PY) bench/local_stack.py
	$(PY) bench/command_line.py
	$(PY) bench/invoke_endpoint.py
	$(PY) bench/batch.py
	$(PY) bench/proof_before_traffic.py

# --- Written files ----------------------------------------------------------------------------------------------

.PHONY: docs
docs: setup $(TOOLS)/botocore/.done ## write the generated parts of docs/: the workflow's diagram, the errors, the commands
	$(PY) -m dev docs

.PHONY: site
site: $(TOOLS)/site/.done ## the documentation as a site, in build/site; fails for a link or an anchor that leads nowhere
	$(TOOLS)/site/bin/sphinx-build -q -W --keep-going -c docs . build/site

.PHONY: schema
schema: setup $(TOOLS)/botocore/.done ## write the deployment input's JSON Schema from the newest botocore's model
	$(PY) -m dev schema

.PHONY: service-model
service-model: setup $(TOOLS)/botocore/.done ## write the local SageMaker's service model from the newest botocore's
	$(PY) -m dev service_model

.PHONY: image-catalogue
image-catalogue: $(TOOLS)/sagemaker/.done ## write the image catalogue from the pinned SageMaker SDK
	PYTHONPATH=tools:functions $(TOOLS)/sagemaker/bin/python -m dev images

.PHONY: image-comparison
image-comparison: $(TOOLS)/sagemaker/.done $(TOOLS)/sagemaker-sdk/.done ## compare every image with both lines of the SageMaker SDK, every instance family in every region
	for sdk in sagemaker sagemaker-sdk; do \
	  PYTHONPATH=tools:functions $(TOOLS)/$$sdk/bin/python -W ignore -m dev images --check --every-region || exit 1; done

.PHONY: vehicle-rears
vehicle-rears: setup ## train the fixture of the object-detection tests; four minutes
	$(PY) -m tests.fixtures.vehicle_rears tests/fixtures/vehicle-rears.tar.gz

# Which tool wrote it is not part of what ships.
define WITHOUT_TOOLS
import json, sys
bill = json.load(sys.stdin)
bill["metadata"].pop("tools")
print(json.dumps(bill, indent=2))
endef
export WITHOUT_TOOLS

.PHONY: bill-of-materials
bill-of-materials: $(TOOLS)/audit/.done $(TOOLS)/functions/.done ## write what ships, with licences, into docs/bill-of-materials.json
	$(TOOLS)/audit/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
	  $(TOOLS)/functions/bin/python | $(BIN)/python -c "$$WITHOUT_TOOLS" >docs/bill-of-materials.json

.PHONY: permissions
permissions: setup ## write what each role is allowed, and what fails without it, into docs/permissions.md
	PYTHONPATH=tools:functions $(BIN)/python -m tests.permissions.table docs/permissions.md

.PHONY: clean
clean: ## remove everything that was made here
	rm -rf .venv $(TOOLS) .local* .aws-sam build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
