"""What all tests share: an off-screen matplotlib, a browser, repeatable examples."""

import os

import hypothesis
import matplotlib
import pytest
from matplotlib import pyplot as plt

from tools.chromium import CHROMIUM_NAMES, find_chromium, open_chromium

# Not through MPLBACKEND: the kernels that tests start would inherit it.
matplotlib.use("Agg")

# The same examples every time, and no test that fails on a slow machine.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None
)
hypothesis.settings.load_profile("repeatable")


LONGEST_FIRST = ("test_reexecution.py", "test_exercises.py", "test_explorers.py")


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    # What executes whole notebooks comes first: at the end one core would wait for it.
    items.sort(key=lambda item: item.path.name not in LONGEST_FIRST)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def chromium_path():
    """Path of the system's Chromium. Without one: skip, but fail in CI."""
    if path := find_chromium():
        return path
    message = f"needs Chromium, found none of {', '.join(CHROMIUM_NAMES)}"
    if os.environ.get("CI"):
        pytest.fail(f"{message}; CI must have one (.ci/run installs it)")
    pytest.skip(message)


# One per module: Playwright's event loop must have ended before the next module's
# tests start kernels.
@pytest.fixture(scope="module")
def browser():
    """The system's Chromium, driven by Playwright."""
    with open_chromium(chromium_path()) as chromium:
        yield chromium
