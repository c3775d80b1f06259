"""Do the tests notice where mlplab is wrong? `make mutants` plants bugs, one at a time.

cosmic-ray changes an operator, a number, a condition in a clone of the last commit, and
the tests of the changed module must fail. A fixed random sample of all such mutants is
tried; those that survive are printed, with what was changed.
"""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

from support.execute import ROOT

PACKAGE = Path("notebooks/mlplab")
CLONE = ROOT / "build" / "mutants"
SAMPLE, SEED = 200, 0
SECONDS = 300  # a mutant that takes longer, such as an endless loop, counts as killed
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
EXPLORERS = "tests/test_explorers.py -k 'not many_random and not code_of_every'"
EXERCISES = "tests/test_exercises.py -k 'not ipynb'"
# Module -> the tests that should notice, those that fail soonest first.
TESTS = {
    "data": "tests/test_data_plots.py tests/test_judges_01.py",
    "descent": f"tests/test_network.py -k 'not ({COMPILED_ONLY})'",
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
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if module.stem == "descent":  # the loop as it is written, not as it was compiled
        environment["NUMBA_DISABLE_JIT"] = "1"
    options = "-x -q -p no:cacheprovider -m 'not browser and not long'"
    command = f"{sys.executable} -m pytest {options} {tests_of(module)}"
    return subprocess.run(command, shell=True, env=environment).returncode


def changed_module():
    names = ["git", "diff", "--name-only", "--", PACKAGE]
    found = subprocess.run(names, capture_output=True, text=True, check=True).stdout
    return Path(found.strip()).relative_to(PACKAGE)


def main(size=SAMPLE):
    shutil.rmtree(CLONE, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", ROOT, CLONE], check=True)
    (CLONE / "cosmic-ray.toml").write_text(CONFIG, encoding="utf-8")
    session = CLONE / "session.sqlite"
    ray = [sys.executable, "-m", "cosmic_ray.cli"]
    arguments = ["cosmic-ray.toml", session.name]
    environment = os.environ | {"PYTHONPATH": "tests"}

    def run(*command):
        subprocess.run(command, cwd=CLONE, env=environment, check=True)

    run(*ray, "init", *arguments)
    skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
    with use_db(session, WorkDB.Mode.open) as db:
        items = sorted(db.pending_work_items, key=lambda item: repr(item.mutations))
        chosen = random.Random(SEED).sample(items, size)
        ids = {item.job_id for item in chosen}
        db.set_multiple_results(
            [i.job_id for i in items if i.job_id not in ids], skipped
        )
    modules = {item.mutations[0].module_path.relative_to(PACKAGE) for item in chosen}
    print(f"{size} of {len(items)} mutants, of {len(modules)} modules", flush=True)
    for module in sorted(modules):
        print(f"without a mutant: {module}", flush=True)
        run(sys.executable, "-m", "mutation", "test", module)
    run(*ray, "exec", *arguments)
    with use_db(session, WorkDB.Mode.open) as db:
        return report([(i, r) for i, r in db.completed_work_items if i.job_id in ids])


def report(completed):
    """Print the survivors and the rate; return how many survived."""
    found, killed = Counter(), Counter()
    survivors = 0
    for item, result in completed:
        mutation = item.mutations[0]
        module = mutation.module_path.relative_to(PACKAGE).as_posix()
        found[module] += 1
        if result.test_outcome == TestOutcome.SURVIVED:
            survivors += 1
            print(f"\nsurvived: {module}, line {mutation.start_pos[0]}\n{result.diff}")
        else:
            killed[module] += 1
    for module in sorted(found):
        print(f"{module}: {killed[module]} of {found[module]} killed")
    total = sum(found.values())
    print(f"killed: {total - survivors} of {total}")
    return survivors


if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        named = [Path(name) for name in sys.argv[2:]]
        sys.exit(test(*(named or [changed_module()])))
    main(*map(int, sys.argv[1:]))
