"""One Chromium and one `make lab` for all pages of a session."""

import shutil

import pytest

from support.browser import chromium_path, open_page
from support.lab import Lab
from tools.chromium import open_chromium


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, driven by Playwright."""
    with open_chromium(chromium_path()) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def make_lab(browser):
    """Starts JupyterLab in a folder of its own: make_lab(folder, target)."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    started = []

    def start(folder, target="lab"):
        started.append(Lab(folder, target))
        return started[-1]

    yield start
    for lab in started:
        lab.stop()


@pytest.fixture(scope="session")
def server(make_lab, tmp_path_factory):
    """`make lab`. All cells stay in its pages, so that each can be looked at."""
    lab = make_lab(tmp_path_factory.mktemp("lab"))
    lab.change_setting("notebook-extension:tracker", windowingMode="none")
    lab.change_setting("apputils-extension:notification", fetchNews="false")
    return lab


@pytest.fixture
def opened(browser):
    """Opens pages, as open_page does; no test may leave an error on one."""
    pages = []

    def opened(address, **options):
        pages.append(open_page(browser, address, **options))
        return pages[-1]

    yield opened
    errors = [error for page in pages for error in page.errors]
    for page in pages:
        page.close()
    assert errors == []
