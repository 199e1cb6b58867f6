# Two commands do everything: `make demo` and `make test`. Both set up what they need from a bare Python >= 3.11.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --locked --quiet

.PHONY: demo serve notebooks test check explore slow spark bench docs clean

demo: setup  ## Write the demo exports, load them through the ordinary pipeline, open the dashboard
	@$(RUN) rapport demo $(ARGS)

serve: setup  ## Open the dashboard on ./workspace
	@$(RUN) rapport serve $(ARGS)

notebooks: setup  ## Open the notebooks in JupyterLab, which is fetched the first time
	@$(RUN) --with jupyterlab jupyter lab notebooks

test: setup check  ## Lint, types, import contracts, and every test that takes minutes, not hours
	@command -v chromium >/dev/null 2>&1 || echo "chromium was not found: the browser journeys will be skipped (on Debian: apt-get install chromium)"
	$(RUN) pytest --numprocesses auto -m "not slow and not browser and not spark"
	$(RUN) pytest -m "browser and not slow"

check: setup
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

explore: setup  ## Properties of parsers, loads and metrics on examples never tried before (make test tries the same each time)
	$(RUN) pytest --numprocesses auto -m "hypothesis and not slow" --hypothesis-profile=explore $(ARGS)

slow: setup  ## Fault and load runs: kill loops, full disks, many sessions (tens of minutes)
	$(RUN) pytest -m slow

spark: setup  ## Spark makes the tables that DuckDB makes (installs the extra; needs a Java)
	$(RUN) --extra spark pytest -m spark

bench: setup  ## The figures of the README's performance section
	$(RUN) python -m tests.benchmarks $(ARGS)

docs: setup  ## Write the generated documents again (metric dictionary, data dictionary)
	$(RUN) python -m pipelines.dictionary

clean:
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis data/demo

.PHONY: setup
setup: .uv-ready
	@test -d .venv || echo "Installing what Rapport needs into .venv (a minute or two, the first time only) ..."
	@$(UV) sync --locked --quiet

.PHONY: .uv-ready
.uv-ready:
	@command -v $(UV) >/dev/null 2>&1 || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Rapport needs Python 3.11 or newer; set PYTHON=/path/to/it."; exit 1; }; \
	  echo "Installing uv into .uv ..."; $(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet uv; }
