"""What all tests share: an off-screen matplotlib, a browser, repeatable examples."""

import os

import hypothesis
import matplotlib
import pytest
from matplotlib import pyplot as plt
from xdist.scheduler import LoadScopeScheduling

from support.browser import CHROMIUM_NAMES, find_chromium, open_chromium

# Not through MPLBACKEND: the kernels that tests start would inherit it.
matplotlib.use("Agg")

# The same examples every time, and no test that fails on a slow machine.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None
)
hypothesis.settings.load_profile("repeatable")


# The tests of this file that name the same notebook share one execution of it.
SHARING_FILE = "test_reexecution.py"


class SharedExecutions(LoadScopeScheduling):
    """Sends single tests to free workers, but those that share an execution to one.

    pytest-xdist's own --dist loadgroup is for this, but version 3.8.0 ignores its marks
    under pytest 9.2 (pytest-xdist issue 1386).
    """

    def _split_scope(self, nodeid):
        path, _, test = nodeid.partition("::")
        if path.endswith(SHARING_FILE) and ".ipynb]" in test:
            return test[test.index("[") :]
        return nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    # "load" is what -n chooses; whoever asks for another distribution gets it.
    if config.getvalue("dist") == "load":
        return SharedExecutions(config, log)
    return None


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


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
