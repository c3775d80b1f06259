"""The PyTorch script for any settings runs, and prints what the course shows."""

import re
import subprocess
import sys
from itertools import cycle, product

import pytest

from mlplab.data import GATES
from mlplab.descent import ACTIVATIONS, OPTIMIZERS
from mlplab.network import INITS, Settings, train
from mlplab.pytorch_code import CHAOTIC_RATE, pytorch_code

SIZES, RATES = cycle([(2,), (3,), (8,), (1,)]), cycle([0.01, 1.12, 3.0, 0.5])
CASES = [
    Settings(gate, sizes, activation, init, rate, steps=300, seed=seed)
    for seed, ((init, activation), gate, sizes, rate) in enumerate(
        zip(product(INITS, ACTIVATIONS), cycle(GATES), SIZES, RATES, strict=False)
    )
] + [
    Settings(hidden_sizes=sizes, steps=300, optimizer=optimizer, learning_rate=0.03)
    for sizes, optimizer in product([(), (4, 3, 5)], OPTIMIZERS)
]
# Whole runs, which reach what an explorer displays.
WHOLE = [
    Settings(),
    Settings("x1 and not x2", activation="relu", init="he", seed=12),
]


def test_each_script_prints_the_loss_of_its_run(tmp_path):
    paths = []
    for number, settings in enumerate(CASES + WHOLE):
        paths.append(tmp_path / f"script_{number}.py")
        paths[-1].write_text(pytorch_code(settings), encoding="utf-8")
    run_all = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", run_all, *paths],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for settings, line in zip(CASES + WHOLE, lines, strict=True):
        printed = float(re.fullmatch(r"final loss (\d+\.\d{4})", line)[1])
        # the last printed digit may be rounded the other way
        assert printed == pytest.approx(train(settings).final_loss, abs=1.01e-4)


@pytest.mark.parametrize(
    ("rate", "warned"), [(CHAOTIC_RATE - 0.01, False), (3.0, False), (3.16, True)]
)
def test_it_warns_where_rounding_may_change_the_outcome(rate, warned):
    code = pytorch_code(Settings(learning_rate=rate))
    assert ("rounding may change" in code) == warned
    compile(code, "script", "exec")
