"""Do the tests notice where mlplab is wrong? `make mutants` plants bugs, one at a time.

cosmic-ray changes an operator, a number, a condition in a clone of the last commit, and
the tests of the changed module must fail. A fixed random sample of all such mutants is
tried; those that survive are printed, with what was changed. tests/survivors.md says of
those of the last run why they did.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

from tools.execute import ROOT

PACKAGE = Path("notebooks/mlplab")
CLONES = ROOT / "build" / "mutants"
CONFIG_FILE, SESSION = "cosmic-ray.toml", "session.sqlite"
SAMPLE, SEED = 200, 0
# A mutant that takes longer, such as an endless loop, counts as killed. The tests
# without a mutant must take less than half as long.
SECONDS = 600
WANTED = 0.9  # of the mutants are to be killed
PAUSE = 60  # seconds between two lines about the progress
CONFIG = f"""
[cosmic-ray]
module-path = "{PACKAGE.as_posix()}"
timeout = {SECONDS}
excluded-modules = []
test-command = "{sys.executable} -m mutation test"
[cosmic-ray.distributor]
name = "local"
"""

# What is too slow in plain Python, about the compiled loop itself, or where NumPy warns
# of overflow and compiled code does not.
COMPILED_ONLY = (
    "sweep or notes or float32 or megabyte or 10001 or failing or threads or snapshots"
    " or x4-tanh or x5-tanh or at_the_ends or changes12 or diverged"
)
PLAIN_LOOP = f"tests/test_network.py -k 'not ({COMPILED_ONLY})'"
EXPLORERS = "tests/test_explorers.py -k 'not many_random and not code_of_every'"
EXERCISES = "tests/test_exercises.py -k 'not ipynb'"
# Module -> the tests that should notice, those that fail soonest first.
TESTS = {
    "data": "tests/test_data_plots.py tests/test_judges_01.py",
    "descent": "tests/test_network.py",
    "compiling": "tests/test_compiling.py",
    "network": "tests/test_network.py",
    "plots": f"tests/test_data_plots.py {EXPLORERS}",
    "graph": "tests/test_graph.py",
    "explorers/graph": f"tests/test_graph.py {EXPLORERS}",
    "explorers": EXPLORERS,
    "checks": EXERCISES,
    "quiz": EXERCISES,
    "progress": EXERCISES,
    **{f"judges/nb0{n}": f"tests/test_judges_0{n}.py {EXERCISES}" for n in range(1, 7)},
}


def tests_of(module):
    """The pytest arguments for a module, such as plots.py or explorers/line.py."""
    name = module.with_suffix("").as_posix()
    return next(TESTS[n] for n in (name, name.partition("/")[0]) if n in TESTS)


def test(module):
    """Run a module's tests in the working directory; return pytest's exit status."""
    if module.stem == "descent":  # first as it is written, which is quicker to say no
        failed = run_pytest(PLAIN_LOOP, NUMBA_DISABLE_JIT="1")
    else:
        # A mutant of the loop before this one has made the compiled loop stale: a judge
        # that had to compile it would run out of time, and that would look like a kill.
        failed = subprocess.run([sys.executable, "-m", "tools.caches"]).returncode
    return failed or run_pytest(tests_of(module))


def run_pytest(arguments, **environment):
    options = "-x -q -p no:cacheprovider -m 'not browser and not long'"
    command = f"{sys.executable} -m pytest {options} {arguments}"
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | environment
    return subprocess.run(command, shell=True, env=environment).returncode


def changed_module():
    names = ["git", "diff", "--name-only", "--", PACKAGE]
    found = subprocess.run(names, capture_output=True, text=True, check=True).stdout
    return Path(found.strip()).relative_to(PACKAGE)


def run(clone, *command):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["tests", "notebooks"])}
    return subprocess.Popen(command, cwd=clone, env=environment)


def finish(process):
    if process.wait():
        sys.exit(f"{process.args} failed")


def without_a_mutant(clone, module):
    start = time.monotonic()
    finish(run(clone, sys.executable, "-m", "mutation", "test", module))
    if time.monotonic() - start > SECONDS / 2:
        sys.exit(f"the tests of {module} are too slow here: raise SECONDS")


def tried(clones):
    """The (item, result) pairs of the mutants that were tried so far."""
    found = []
    for clone in clones:
        with use_db(clone / SESSION, WorkDB.Mode.open) as db:
            found += db.completed_work_items
    return [pair for pair in found if pair[1].worker_outcome != WorkerOutcome.SKIPPED]


def main(size=SAMPLE):
    """Try a sample of all mutants, in one clone for each core; print what survived."""
    shutil.rmtree(CLONES, ignore_errors=True)
    clones = [CLONES / str(core) for core in range(os.cpu_count())]
    for clone in clones:
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        (clone / CONFIG_FILE).write_text(CONFIG, encoding="utf-8")
    ray = [sys.executable, "-m", "cosmic_ray.cli"]
    finish(run(clones[0], *ray, "init", CONFIG_FILE, SESSION))
    with use_db(clones[0] / SESSION, WorkDB.Mode.open) as db:
        items = sorted(db.pending_work_items, key=lambda item: repr(item.mutations))
    chosen = random.Random(SEED).sample(items, size)
    modules = {item.mutations[0].module_path.relative_to(PACKAGE) for item in chosen}
    print(f"{size} of {len(items)} mutants, of {len(modules)} modules", flush=True)
    print("First the tests without a mutant", flush=True)
    baselines = {tests_of(module): module for module in modules}.values()
    with ThreadPoolExecutor(len(clones)) as pool:
        list(pool.map(partial(without_a_mutant, clones[0]), baselines))

    skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
    for clone in clones[1:]:
        shutil.copy(clones[0] / SESSION, clone)
    for first, clone in enumerate(clones):
        share = {item.job_id for item in chosen[first :: len(clones)]}
        with use_db(clone / SESSION, WorkDB.Mode.open) as db:
            others = [i.job_id for i in items if i.job_id not in share]
            db.set_multiple_results(others, skipped)
    workers = [run(clone, *ray, "exec", CONFIG_FILE, SESSION) for clone in clones]
    while any(worker.poll() is None for worker in workers):
        time.sleep(PAUSE)
        print(f"{len(tried(clones))} of {size} tried", flush=True)
    for worker in workers:
        finish(worker)
    report(tried(clones))


def report(completed):
    """Print what survived, or could not be tried, and the rate for each module."""
    found, killed, late = Counter(), Counter(), 0
    for item, result in completed:
        mutation = item.mutations[0]
        module = mutation.module_path.relative_to(PACKAGE).as_posix()
        found[module] += 1
        if result.test_outcome == TestOutcome.KILLED:
            killed[module] += 1
            late += result.output == "timeout"
        else:
            outcome = result.test_outcome or result.worker_outcome
            print(f"\n{outcome}: {module}, line {mutation.start_pos[0]}")
            print(result.diff or result.output)
    for module in sorted(found):
        print(f"{module}: {killed[module]} of {found[module]} killed")
    print(f"killed: {killed.total()} of {found.total()}, {late} of them by a timeout")
    if killed.total() < WANTED * found.total():
        sys.exit(f"less than {WANTED:.0%}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        named = [Path(name) for name in sys.argv[2:]]
        sys.exit(test(*(named or [changed_module()])))
    main(*map(int, sys.argv[1:]))
