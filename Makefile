# Needs make and Python 3.11 or later with venv; everything else goes into .venv, with the versions in constraints.txt.
# uv is used where it works, since it is quicker; plain venv and pip otherwise.

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs docs-pages bench plant warm constraints clean

VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo
DEMO_PEOPLE := 10000
DEMO_SEEDS := 6
LEVERS := $(wildcard scenarios/cotonou_*.yaml)
WORKERS := 2

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- set-up: once, and again when the dependencies change --------------------------------------------------------

FIND_PYTHON = for p in "$(PYTHON)" python3.13 python3.12 python3.11 python3 python; do \
	  [ -n "$$p" ] && "$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; p=""; done; \
	if [ -z "$$p" ]; then echo "swmodel needs Python 3.11 or later with the venv module; found none of them." \
	  "Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; fi

define install
@$(FIND_PYTHON); \
if uv --version >/dev/null 2>&1; then uv=yes; else uv=; fi; \
if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
  echo "Making $(VENV) with $$p ..."; \
  if [ -n "$$uv" ]; then uv venv --quiet --clear --python "$$p" $(VENV); \
  else "$$p" -m venv --clear $(VENV) || { rm -rf $(VENV); \
    echo "That Python cannot make environments (on Debian: apt install python3-venv)" >&2; exit 1; }; fi; \
fi || exit 1; \
echo "Installing swmodel$(EXTRAS) into $(VENV) ..."; \
if [ -n "$$uv" ]; then uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.$(EXTRAS)'; \
else $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null || exit 1; \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.$(EXTRAS)'; fi
@touch $@
endef

$(VENV)/ready: pyproject.toml constraints.txt
	$(install)

$(VENV)/ready-dev: EXTRAS := [test,docs,lint,parquet]
$(VENV)/ready-dev: pyproject.toml constraints.txt
	$(install)
	@touch $(VENV)/ready

# --- what a user runs ------------------------------------------------------------------------------------------------

demo: $(VENV)/ready ## run Cotonou and three levers at a small size (a minute or two), and draw the charts
	$(BIN)/swmodel run scenarios/settings/cotonou.yaml --out $(DEMO)/cotonou \
	  --people $(DEMO_PEOPLE) --seeds $(DEMO_SEEDS) --workers $(WORKERS) --overwrite
	$(BIN)/swmodel compare scenarios/settings/cotonou.yaml $(LEVERS) --out $(DEMO)/levers \
	  --people $(DEMO_PEOPLE) --seeds $(DEMO_SEEDS) --workers $(WORKERS) --overwrite
	@echo; echo "The charts:"; find $(DEMO) -name '*.png' | sort | sed 's/^/  /'
	@echo "The numbers: $(DEMO)/cotonou/results.csv, $(DEMO)/levers/results.csv and $(DEMO)/levers/comparison.csv"

# --- what a developer runs -------------------------------------------------------------------------------------------

warm: $(VENV)/ready-dev ## compile the kernels once, so that test workers find them
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(BIN)/swmodel run scenarios/settings/cotonou.yaml \
	  --out "$$folder/warm" --people 2000 --seeds 1 --stop 1987 --no-charts --quiet

test: warm ## the test suite, on two workers
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 $(PYTEST)

lint: $(VENV)/ready-dev ## ruff (rules and format) and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: docs-pages ## build the documentation into docs/_build/html; warnings are errors
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

docs-pages: $(VENV)/ready-dev ## write the generated pages of the documentation again
	$(BIN)/python docs/generate.py

bench: $(VENV)/ready-dev ## speed, memory, start-up and noise; each script prints JSON
	@for name in speed city where memory start noise calibration; do echo "== $$name"; \
	  $(BIN)/python benchmarks/$$name.py || exit 1; done

plant: $(VENV)/ready-dev ## plant small bugs, one at a time, and see the tests fail (long: each compiles anew)
	$(BIN)/python tests/plant.py

constraints: ## resolve constraints.txt anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --all-extras --upgrade pyproject.toml > constraints.txt.new
	mv constraints.txt.new constraints.txt

clean: ## remove what was made here: the environment, caches, built docs; results in out/ stay
	rm -rf $(VENV) docs/_build .pytest_cache .ruff_cache .mypy_cache .hypothesis
