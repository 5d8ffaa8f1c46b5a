# Where the virtual environments go, and which Python makes them (3.11 or newer).
VENV ?= .venv
LIBRARIES ?= .venv-libraries
PYTHON ?= python3

.PHONY: help demo gallery outputs outputs-check test test-deep random mutants test-libraries bench lint clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## Install, compare RNN, LSTM and GRU, and draw them into outputs/
	$(VENV)/bin/cellgraph compare rnn lstm gru --input-size 128 --hidden-size 256
	mkdir -p outputs
	for cell in rnn lstm gru; do $(VENV)/bin/cellgraph draw $$cell -o outputs/$$cell.svg || exit 1; done

test: $(VENV)/tested-with ## Run the tests that need no deep-learning framework
	$(VENV)/bin/python -m pytest -n 2

test-deep: $(VENV)/tested-with ## Try to refute every claim, interval, gate and bound for longer, on more cells, draw more of them, and build the documentation
	CELLGRAPH_DEEP=1 $(VENV)/bin/python -m pytest -n 2 tests/derive tests/test_large.py tests/test_display.py \
	    tests/test_families.py tests/test_lifted_cells.py tests/test_random_cells.py \
	    tests/views/test_pictures.py tests/views/test_sheets.py tests/integrations/test_docs.py

mutants: $(VENV)/mutated-with ## Put small faults into what must be right, and see that the tests notice (hours)
	$(VENV)/bin/python tests/mutants.py $(TARGETS)

random: $(VENV)/tested-with ## Ask every command about several hundred random cells, and see that each answers (an hour)
	$(VENV)/bin/python -m pytest -n 0 tests/test_random_cells.py --seeds 540

test-libraries: $(LIBRARIES)/tested-with ## Install PyTorch, Keras, JAX, Flax and ONNX, and hold every spec against them
	$(LIBRARIES)/bin/python -m pytest -n 2 -W default tests/libraries

bench: $(LIBRARIES)/benched-with ## Measure against SymPy, JAX, torchinfo and Keras
	$(LIBRARIES)/bin/python -m bench

gallery: $(VENV)/tested-with ## Make the whole gallery into build/gallery, and check its links
	$(VENV)/bin/cellgraph gallery -o build/gallery
	$(VENV)/bin/python tests/integrations/links.py build/gallery

outputs: $(VENV)/installed ## Make what git keeps of the gallery, and the blocks of the readmes, anew
	$(VENV)/bin/cellgraph gallery --compared -o outputs
	$(VENV)/bin/cellgraph embed README.md README.zh.md

outputs-check: $(VENV)/installed ## Check that they are up to date
	$(VENV)/bin/cellgraph gallery --compared -o outputs --check
	$(VENV)/bin/cellgraph embed README.md README.zh.md --check

lint: $(VENV)/tested-with ## Check style and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

clean: ## Remove the virtual environments and what building leaves behind
	rm -rf $(VENV) $(LIBRARIES) build dist *.egg-info

$(VENV)/bin/python $(LIBRARIES)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cellgraph needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(@D)/.. || { echo "no virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }

$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/tested-with: $(VENV)/installed
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/mutated-with: $(VENV)/tested-with
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[mutants]'
	touch $@

# PyTorch first and by its exact version: whatever depends on it then takes this build and not a larger one.
# These ask for more than their cells need, so they come without their dependencies.
$(LIBRARIES)/tested-with: setup.cfg pyproject.toml tests/libraries/constraints.txt | $(LIBRARIES)/bin/python
	$(LIBRARIES)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(LIBRARIES)/bin/python -m pip install --quiet --disable-pip-version-check -c tests/libraries/constraints.txt --editable '.[test,libraries]'
	$(LIBRARIES)/bin/python -m pip install --quiet --disable-pip-version-check -c tests/libraries/constraints.txt --no-deps torchrecurrent sru ncps xlstm
	touch $@

$(LIBRARIES)/benched-with: $(LIBRARIES)/tested-with
	$(LIBRARIES)/bin/python -m pip install --quiet --disable-pip-version-check -c tests/libraries/constraints.txt --editable '.[bench]'
	touch $@
