# `make` shows this list. Everything is set up on first use; a second use starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo serve test training-test check fix system lock golden clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(VENV)/.base ## process the sample footage and open the review queue
	@$(BIN)/phatnguoi demo

serve: $(VENV)/.base ## serve the API and the web pages of the local store
	@$(BIN)/phatnguoi serve

test: $(VENV)/.dev system check ## everything: style, types, imports, then all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

training-test: $(VENV)/.dev ## the tests of training weights; installs the extra `train` (several GB) first
	@$(PIP) install --editable '.[train]'
	@$(call headless_cv2)
	@$(BIN)/python -m pytest tests/training

check: $(VENV)/.dev ## style, types and import directions only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(VENV)/.dev ## let ruff mend style and imports
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

system: ## install PostgreSQL, Chromium and the RTSP server that the tests drive (Debian, Ubuntu)
	@.ci/system-packages

lock: ## resolve the locked libraries anew (needs uv)
	uv pip compile pyproject.toml --extra postgres --python-version 3.11 --universal \
	  --generate-hashes --no-annotate --no-header -o requirements.lock
	uv pip compile pyproject.toml --extra postgres --extra dev -c requirements.lock --python-version 3.11 --universal \
	  --generate-hashes --no-annotate --no-header -o requirements-dev.lock

golden: $(VENV)/.dev ## rewrite the golden files from what the code does now; read the diff before committing
	@UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q

clean: ## remove the environment and caches; the store under var/ stays
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Setting up the environment (once, about a minute and 700 MB) ..."
	@$(PIP) install --no-deps -r requirements.lock
	@$(call headless_cv2)
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "Setting up the environment with the test tools (once, about a minute and 800 MB) ..."
	@$(PIP) install --no-deps -r requirements-dev.lock
	@$(call headless_cv2)
	@$(PIP) install --no-deps --editable .
	@touch $@ $(VENV)/.base

# paddlex and trackers name three cv2 wheels that share their files. The headless one goes last, so that
# a machine without libGL can import cv2.
define headless_cv2
$(PIP) install --no-deps --force-reinstall opencv-contrib-python-headless==4.10.0.84
endef
