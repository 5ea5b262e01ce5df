# make demo   the main job: two homework graphs with their tables, steps and pictures
# make test   the tests
# make bench  the speed of the engine, beside that of others
# make docs   the guide, as pages in site/
#
# Each makes a virtual environment in .venv and install what they need, once, and again after an
# update. `make PYTHON=python3.12 test` chooses the Python.

PYTHON ?= python3
VENV := .venv
# What brings Graphviz; where it has no wheel, make goes on without it.
PYGRAPHVIZ ?= pygraphviz
RUN := $(VENV)/bin/python
# As many tests at once as there are processors.
PYTEST := $(RUN) -m pytest --numprocesses auto --dist loadfile
# The folder's own path is part of the stamps, so that a moved checkout is installed anew.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
INSTALLED := $(VENV)/installed-$(HERE)
TESTABLE := $(VENV)/testable-$(HERE)
CHECKABLE := $(VENV)/checkable-$(HERE)
MEASURABLE := $(VENV)/measurable-$(HERE)
DOCUMENTABLE := $(VENV)/documentable-$(HERE)
SANITIZED := build/sanitized
EXTRAS := torch javascript plots notebook tui datasets safetensors docs
PIP := $(RUN) -m pip install --quiet --no-warn-conflicts --disable-pip-version-check

.PHONY: demo test test-all judge sanitize bench docs lint types check clean

demo: $(INSTALLED)
	@$(RUN) -m examples.demo --out out

# The whole suite on each form of the engine that there is: compiled and plain Python.
test: $(TESTABLE)
	@if $(RUN) -c 'import autograd, sys; sys.exit(autograd.backend() != "compiled")'; then \
	  CHALKGRAD_TEST_BACKEND=compiled $(PYTEST) || exit 1; \
	else \
	  echo "No C compiler was found when chalkgrad was installed: the plain engine alone is tested."; \
	fi
	CHALKGRAD_PURE=1 CHALKGRAD_TEST_BACKEND=python $(PYTEST)

# What takes longer than a developer waits for, too; with PyTorch as a judge where it can be had.
test-all: export CHALKGRAD_TEST_ALL = 1
test-all: $(MEASURABLE) judge test sanitize
	@$(RUN) -c 'import torch' 2> /dev/null || \
	  echo "PyTorch could not be installed (see $(VENV)/torch.log): what it judges was skipped."

judge: $(TESTABLE)
	@echo "Installing what the long tests judge by, and what extras need: $(EXTRAS) ..."
	@for extra in $(EXTRAS); do \
	  $(RUN) .ci/requirements.py $$extra | \
	    $(PIP) --requirement /dev/stdin > $(VENV)/$$extra.log 2>&1 || \
	    echo "The extra '$$extra' could not be installed (see $(VENV)/$$extra.log)."; \
	done

# Mutated files of compiled functions, run by compiled modules that find out every access to memory
# that is not theirs. They are built in a folder of their own, where gcc has what that takes.
sanitize:
	@set -e; library=$$(gcc -print-file-name=libasan.so 2> /dev/null || true); \
	if [ ! -f "$$library" ]; then echo "gcc has no libasan here: nothing is sanitized."; exit 0; fi; \
	echo "Building with -fsanitize=address in $(SANITIZED) ..."; \
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED); \
	cp -r setup.py pyproject.toml README.md LICENSE autograd nn viz tests $(SANITIZED); \
	rm -f $(SANITIZED)/autograd/*.so; \
	$(PYTHON) -m venv $(SANITIZED)/.venv; \
	cd $(SANITIZED); \
	CC=gcc CFLAGS="-fsanitize=address" LDFLAGS="-fsanitize=address" \
	  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	LD_PRELOAD=$$library ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc \
	  .venv/bin/python -m tests.autograd.program_fuzz 20000 | grep "^compiled"

bench: $(MEASURABLE)
	$(RUN) -m benchmarks eager
	$(RUN) -m benchmarks nn
	$(RUN) -m benchmarks viz
	$(RUN) -m benchmarks replay

# Every warning is an error: a link that leads nowhere, a name that is not there.
docs: $(DOCUMENTABLE)
	@$(RUN) -m sphinx --fail-on-warning --keep-going --fresh-env --quiet -b html docs site
	@echo "The guide is in site/: open site/index.html"

lint: $(CHECKABLE)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(CHECKABLE)
	$(RUN) -m mypy

check: lint types

clean:
	rm -rf $(VENV) out site build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# What is compiled; native.py says which modules these are.
HOT := $(shell $(PYTHON) -c 'import runpy; print(*runpy.run_path("autograd/native.py")["HOT"])' \
  2> /dev/null)
SOURCES := $(foreach name,$(HOT),autograd/$(name).py) $(wildcard autograd/*.pxd autograd/*.h)

$(INSTALLED): pyproject.toml setup.py Makefile .ci/requirements.py $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "chalkgrad needs Python 3.10 or newer, and this is" \
	    "$(PYTHON): $$($(PYTHON) --version 2>&1). Choose another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing chalkgrad into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@rm -f $(VENV)/installed-* $(VENV)/testable-* $(VENV)/checkable-* $(VENV)/measurable-* \
	  $(VENV)/documentable-*
	@if $(PIP) --only-binary :all: '$(PYGRAPHVIZ)' > $(VENV)/pygraphviz.log 2>&1; then true; \
	elif grep -qiE 'retrying|connection|timed out|proxy' $(VENV)/pygraphviz.log; then \
	  cat $(VENV)/pygraphviz.log; \
	  echo "pip could not reach its index: try again when it can."; exit 1; \
	else \
	  echo "pygraphviz has no wheel for this machine (see $(VENV)/pygraphviz.log): going on without it."; \
	  echo "What that costs: pictures (PNG, SVG, PDF) need a 'dot' program; all else works."; \
	fi
	@$(RUN) .ci/requirements.py | $(PIP) --requirement /dev/stdin
	@$(PIP) --no-deps --editable .
	@touch $@

$(TESTABLE): $(INSTALLED)
	@echo "Installing what the tests need ..."
	@$(RUN) .ci/requirements.py test | $(PIP) --requirement /dev/stdin
	@touch $@

$(CHECKABLE): $(INSTALLED)
	@echo "Installing what the checks of style and types need ..."
	@$(RUN) .ci/requirements.py dev | $(PIP) --requirement /dev/stdin
	@touch $@

$(MEASURABLE): $(TESTABLE)
	@echo "Installing what the benchmarks are measured against ..."
	@$(RUN) .ci/requirements.py bench | while read -r requirement; do \
	  $(PIP) "$$requirement" > $(VENV)/bench.log 2>&1 || \
	    echo "$$requirement could not be installed: $$(tail -n 1 $(VENV)/bench.log)"; \
	done
	@touch $@

$(DOCUMENTABLE): $(INSTALLED)
	@echo "Installing what the guide is built with ..."
	@$(RUN) .ci/requirements.py docs | $(PIP) --requirement /dev/stdin
	@touch $@
