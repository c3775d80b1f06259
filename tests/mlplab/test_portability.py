"""The numbers have the same bits on every processor, ARM included.

What the notebooks print and draw is tested in test_reexecution.py, in the same
profiles.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from mlplab.network import SIDE_BY_SIDE
from support.profiles import FARTHEST, PROFILES, environment, missing
from tools.execute import ROOT

BITS = json.loads((ROOT / "tests" / "mlplab" / "bits.json").read_text(encoding="utf-8"))


def profiles():
    for name in PROFILES:
        marks = [] if name in ("native", FARTHEST) else [pytest.mark.long]
        if missing(name):
            lacks = f"this processor lacks {', '.join(missing(name))}"
            marks.append(pytest.mark.skip(f"{name}: {lacks}"))
        yield pytest.param(name, marks=marks)


def run(module, *arguments, **variables):
    """Return what a module of tests/support prints."""
    result = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | variables | {"PYTHONPATH": f"{ROOT}/notebooks:{ROOT}/tests"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("name", list(profiles()))
def test_the_numbers_have_the_same_bits(name):
    assert json.loads(run("support.bits", **environment(name))) == BITS


FUSED = re.compile(r"^\s*(?:fn?m(?:add|sub)|fml[as])\b", flags=re.MULTILINE)


def on_arm(*arguments):
    """Return the assembly that support/arm.py prints."""
    found = run(
        "support.arm", *map(str, arguments), NUMBA_OPT="0", **PROFILES["oldest"]
    )
    assert len(re.findall(r"^\s*fmul\b", found, flags=re.MULTILINE)) > 20
    return found


@pytest.mark.parametrize(
    "networks", [1, pytest.param(SIDE_BY_SIDE, marks=pytest.mark.long)]
)
def test_on_arm_no_product_is_added_without_being_rounded(networks):
    """There, a compiler may fuse both into one instruction with one rounding."""
    assert FUSED.findall(on_arm(networks)) == []


@pytest.mark.long
def test_a_fused_product_would_be_found():
    assert FUSED.findall(on_arm(1, "fastmath"))
