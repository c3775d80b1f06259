# make lab        open the course in JupyterLab (ARGS="--no-browser" passes options on)
# make lecture    open a notebook to teach from it (NB=04: that one)
# make site       write the pages, slides, PDFs and handout for the web into build/site
# make handout    write the notebooks without solutions into build/handout, anew
# make hub        a classroom on this machine by JupyterHub (CLASS=folder: another class)
# make hub-update bring corrected notebooks to the students, beside what they changed
# make assignment lessons as nbgrader wants them (NB=04, DUE="2027-03-01 18:00")
# make grades     what a class has solved, in points: CLASS/grading/points.csv
# make test       check everything, in some minutes
# make soak       check what takes longer, on top of make test
# make mutants    plant bugs in the course, see whether the tests notice (an hour or more)
# make notebooks  format, execute and normalise the notebooks (NB=04: only some)
# make figures    draw figures/ again, to the same bytes
# make bench      measure speed, a few minutes (PART=hub: a class, a quarter of an hour)
# make constraints  write constraints.txt after a change of the pins (ARGS=--upgrade)
# make clean      remove .venv, the caches, and build with all that is in it
#
# On Windows, or without make, use the plain commands in README.md.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
NB ?=
DUE ?=
CLASS ?= class
CONFIG ?= trial_config.py
PART ?=

BIN := $(VENV)/bin
RUN := $(BIN)/python -m
FILL_CACHES = PYTHONPATH=notebooks $(RUN) tools.caches
CHECK_PYTHON := tools/check_python.py
# Python compiles what is imported, when it is: pip would compile all there is.
INSTALL := $(RUN) pip install --no-compile --disable-pip-version-check -c constraints.txt
LAB_READY := $(VENV)/.lab-ready
TOOLS_READY := $(VENV)/.tools-ready
TEST_READY := $(VENV)/.test-ready
HUB_VENV := .hub/.venv
HUB_READY := $(HUB_VENV)/.hub-ready
GRADING_VENV := .hub/grading/.venv
GRADING_READY := $(GRADING_VENV)/.grading-ready

# A folder of settings that a reader's own go before
SERVER := JUPYTER_CONFIG_PATH="$(CURDIR)/tools/server:$(JUPYTER_CONFIG_PATH)"

.PHONY: lab lecture site handout hub hub-update assignment grades test soak mutants
.PHONY: notebooks figures bench constraints clean
.DELETE_ON_ERROR:

# The server's root is this folder, not notebooks/: the notebooks show ../figures.
lab: $(LAB_READY)
	$(SERVER) $(RUN) jupyter lab --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb \
	    $(ARGS)

# Its configuration is a fresh copy of .lecture, so that nothing of the reader's is used
# or changed, and nothing of an earlier lecture is left.
lecture: $(TOOLS_READY)
	rm -rf build/lecture && mkdir -p build && cp -R .lecture build/lecture
	env -u JUPYTERLAB_SETTINGS_DIR -u JUPYTERLAB_WORKSPACES_DIR \
	    JUPYTER_CONFIG_DIR="$(CURDIR)/build/lecture" \
	    IPYTHONDIR="$(CURDIR)/build/lecture" $(SERVER) \
	    $(RUN) jupyter lab --custom-css --LabApp.default_url=/lab/tree/$(firstword \
	    $(wildcard notebooks/$(or $(NB),01)*.ipynb)) $(ARGS)

site: $(TOOLS_READY)
	$(FILL_CACHES)
	PYTHONPATH=notebooks $(RUN) tools.site build/site

handout: $(TOOLS_READY)
	$(RUN) tools.handout build/handout

# The hub has an environment of its own, in which the course is as well: the students'
# servers run in it. What students wrote is in CLASS, which nothing here removes.
hub: $(HUB_READY) | $(CLASS)/handout
	MLP_CLASS="$(CLASS)" $(HUB_VENV)/bin/jupyterhub -f .hub/$(CONFIG) $(ARGS)

hub-update $(CLASS)/handout: | $(HUB_READY)
	PYTHONPATH=. $(HUB_VENV)/bin/python .hub/classroom.py "$(CLASS)"

# nbgrader runs in an environment of its own, what the students wrote in the hub's.
assignment grades: $(GRADING_READY) | $(CLASS)/handout
	$(GRADING_VENV)/bin/python .hub/grades.py $@ "$(CLASS)" "$(NB)" "$(DUE)"

# nbval needs a call of its own, and each notebook's cells in file order. The browser has
# a call of its own as well, of two processes: with more, servers and browsers starve
# each other. Where several processes share the cores, each one's torch gets a single
# thread: its threads wait for each other in busy loops, which made a run of PyTorch
# five times as long.
test: $(TEST_READY)
	@$(RUN) ruff check . && $(RUN) ruff format --check . || { \
	    echo "ruff found the above. If it names a notebook that you changed:"; \
	    echo "git checkout -- notebooks brings back the committed ones"; \
	    echo "(your changes in them are lost); make notebooks NB=04 formats and"; \
	    echo "executes those that begin with 04."; \
	    exit 1; }
	$(FILL_CACHES)
	OMP_NUM_THREADS=1 $(RUN) pytest tests -n auto --dist loadgroup -m "not browser and not long"
	OMP_NUM_THREADS=1 $(RUN) pytest tests/pages -m "browser and not long" -n 2 --dist loadgroup
	OMP_NUM_THREADS=1 $(RUN) pytest --nbval notebooks -n 2 --dist loadfile

soak: $(TEST_READY)
	$(FILL_CACHES)
	$(RUN) pytest tests -m long

mutants: $(TEST_READY)
	PYTHONPATH=tests $(RUN) mutation

notebooks: $(TEST_READY)
	$(FILL_CACHES)
	$(RUN) tools.execute $(NB)
	PYTHONPATH=notebooks $(RUN) tools.catalogue
	$(RUN) tools.korean

figures: $(LAB_READY)
	$(BIN)/python figures

bench: $(TEST_READY)
	PYTHONPATH=notebooks:tests $(RUN) bench$(addprefix .,$(PART))

# Not after TEST_READY: the old constraints refuse the new pins.
constraints: | $(BIN)/python
	$(RUN) pip install $$(grep -o '^uv==[0-9.]*' tests/requirements.txt)
	$(RUN) uv pip compile tests/requirements.txt -o constraints.txt $(ARGS) >/dev/null
	$(RUN) uv pip compile .hub/grading/requirements.txt -c constraints.txt \
	    -o .hub/grading/constraints.txt $(ARGS) >/dev/null

clean:
	rm -rf .venv .hub/.venv .hub/grading/.venv .hub/node_modules
	rm -rf .pytest_cache .ruff_cache .hypothesis build
	find . -name __pycache__ -prune -exec rm -rf {} +

$(HUB_READY): .hub/requirements.txt requirements.txt constraints.txt \
    .hub/package-lock.json | $(HUB_VENV)/bin/python
	@command -v npm >/dev/null || { \
	    echo "No npm on this machine. JupyterHub's proxy needs Node.js 20 or newer"; \
	    echo "and its npm. On Debian and Ubuntu: sudo apt-get install nodejs npm"; \
	    exit 1; }
	@$(HUB_VENV)/bin/python $(CHECK_PYTHON)
	$(HUB_VENV)/bin/python -m pip install --disable-pip-version-check \
	    -c constraints.txt -r $<
	npm ci --prefix .hub --no-audit --no-fund
	@touch $@

$(GRADING_READY): .hub/grading/requirements.txt .hub/grading/constraints.txt \
    | $(GRADING_VENV)/bin/python
	$(GRADING_VENV)/bin/python -m pip install --disable-pip-version-check \
	    -c .hub/grading/constraints.txt -r $<
	@touch $@

# The stamps: pip runs only when a list of requirements has changed. The environment may
# be older than the check, or than the pins.
define INSTALLED
@$(BIN)/python $(CHECK_PYTHON)
$(INSTALL) -r $<
@touch $@
endef

$(LAB_READY): requirements.txt constraints.txt | $(BIN)/python
	$(INSTALLED)

$(TOOLS_READY): tools/requirements.txt requirements.txt constraints.txt | $(BIN)/python
	$(INSTALLED)

# The hub's tests take the hub from here, so that it is installed once.
$(TEST_READY): tests/requirements.txt tools/requirements.txt .hub/requirements.txt \
    requirements.txt constraints.txt .hub/package-lock.json | $(BIN)/python
	$(INSTALLED)
	@npm ci --prefix .hub --no-audit --no-fund && touch $(VENV)/.hub-ready || \
	    echo "The hub's proxy needs npm. Without it the tests of the hub are skipped."

$(BIN)/python $(HUB_VENV)/bin/python $(GRADING_VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "No $(PYTHON) on this machine. Install the Python that README.md asks"; \
	    echo "for, or name one that you have: make lab PYTHON=/path/to/python3"; \
	    exit 1; }
	@$(PYTHON) $(CHECK_PYTHON)
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { \
	    echo "$(PYTHON) cannot make virtual environments: its venv or ensurepip"; \
	    echo "module is missing. On Debian and Ubuntu install it with"; \
	    echo "sudo apt-get install python3-venv, then run make again."; \
	    exit 1; }
	$(PYTHON) -m venv $(@:/bin/python=)
