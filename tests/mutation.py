"""Do the tests notice where the course's code is wrong? `make mutants` plants bugs.

One at a time: cosmic-ray changes an operator, a number, a condition of mlplab or
exercises in a clone of the last commit, and the tests of the changed module must fail.
A fixed random sample of all such mutants is tried; those that survive are printed, with
what was changed. tests/survivors.md says of those of the last run why they did.
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

PACKAGES = ("mlplab", "exercises")
FOLDER = Path("notebooks")
CLONES = ROOT / "build" / "mutants"
CONFIG_FILE, SESSION = "cosmic-ray.toml", "session.sqlite"
SAMPLE, SEED = 200, 1
# A mutant that takes longer, such as an endless loop, counts as killed. The tests
# without a mutant must take less than half as long.
SECONDS = 600
WANTED = 0.9  # of the mutants are to be killed
PAUSE = 60  # seconds between two lines about the progress
CONFIG = f"""
[cosmic-ray]
module-path = {[(FOLDER / package).as_posix() for package in PACKAGES]}
timeout = {SECONDS}
excluded-modules = []
test-command = "{sys.executable} -m mutation test"
[cosmic-ray.distributor]
name = "local"
"""

STORIES = "tests/mlplab/test_stories.py tests/mlplab/test_explorers.py"
EXERCISES = "tests/exercises/test_exercises.py -k 'not ipynb'"
# The tests of an explorer, by words in their names.
WORDS = {
    "line": "line",
    "perceptron": "perceptron",
    "backprop": "backprop",
    "folding": "folding or film",
    "training": "training or comparison or kept or code or same or error",
    "depth": "depth",
    "outcomes": "outcomes or map or share or swe",
}
# Module -> the tests that should notice, those that fail soonest first.
TESTS = {
    "mlplab/data": "tests/mlplab/test_data.py tests/exercises/test_lesson_01.py",
    "mlplab/descent": "tests/mlplab/test_network.py tests/mlplab/test_descent.py",
    "mlplab/network": "tests/mlplab/test_network.py",
    "mlplab/plots": f"tests/mlplab/test_plots.py {STORIES} -k 'not many_random'",
    "mlplab/graph": "tests/mlplab/test_graph.py",
    "mlplab/pytorch_code": "tests/mlplab/test_pytorch_code.py",
    **{f"mlplab/explorers/{n}": f"{STORIES} -k '{w}'" for n, w in WORDS.items()},
    "mlplab/explorers/graph": f"tests/mlplab/test_graph.py {STORIES} -k graph",
    "mlplab": f"{STORIES} -k 'not many_random'",
    **{
        f"exercises/lesson_0{n}": f"tests/exercises/test_lesson_0{n}.py {EXERCISES}"
        for n in range(8)
    },
    "exercises": EXERCISES,
}


def tests_of(module):
    """The pytest arguments for a module, such as mlplab/explorers/line.py."""
    name = module.with_suffix("").as_posix()
    return next(TESTS[n] for n in (name, name.partition("/")[0]) if n in TESTS)


def test(module):
    """Run a module's tests in the working directory; return pytest's exit status."""
    if module.parts[0] == "exercises":
        # A mutant of the loop before this one has made the compiled loop stale: a judge
        # that had to compile it would run out of time, and that would look like a kill.
        subprocess.run([sys.executable, "-m", "tools.caches"], check=True)
    return run_pytest(tests_of(module))


def run_pytest(arguments):
    options = "-x -q -p no:cacheprovider -m 'not browser and not long'"
    command = f"{sys.executable} -m pytest {options} {arguments}"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, shell=True, env=environment).returncode


def changed_module():
    names = ["git", "diff", "--name-only", "--", FOLDER]
    found = subprocess.run(names, capture_output=True, text=True, check=True).stdout
    return Path(found.strip()).relative_to(FOLDER)


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
    modules = {item.mutations[0].module_path.relative_to(FOLDER) for item in chosen}
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
        module = mutation.module_path.relative_to(FOLDER).as_posix()
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
