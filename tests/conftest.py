"""What all tests share: an off-screen matplotlib, repeatable examples."""

import hypothesis
import matplotlib
import pytest
from matplotlib import pyplot as plt

# Not through MPLBACKEND: the kernels that tests start would inherit it.
matplotlib.use("Agg")

# The same examples every time, and no test that fails on a slow machine.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None
)
hypothesis.settings.load_profile("repeatable")


LONGEST_FIRST = ("test_reexecution.py", "test_exercises.py", "test_explorers.py")
# Fixtures that take long: what needs them goes to one process.
MADE_ONCE = {"quick_site", "server"}


@pytest.hookimpl(tryfirst=True)  # before -m selects, and before xdist groups
def pytest_collection_modifyitems(items):
    for item in items:
        fixtures = {*getattr(item, "fixturenames", ())}
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        for name in fixtures & MADE_ONCE:
            item.add_marker(pytest.mark.xdist_group(name))
    # What executes whole notebooks comes first: at the end one core would wait for it.
    items.sort(key=lambda item: item.path.name not in LONGEST_FIRST)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")
