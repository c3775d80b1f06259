"""One Chromium, one site and one `make lab` for all pages of a session."""

import re
import shutil
from unittest import mock

import pytest

from support.browser import chromium_path, open_page
from support.lab import Lab
from tools import films, site
from tools.chromium import open_chromium
from tools.execute import COURSE

FILM = "01-play"  # takes the place of all others


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, driven by Playwright."""
    with open_chromium(chromium_path()) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def quick_site(tmp_path_factory):
    """What `make site` writes, but one short film in place of each, and empty PDFs."""
    folder = tmp_path_factory.mktemp("site")
    pages = site.write_pages(folder)
    site.write_handout(folder / "handout.zip")
    with mock.patch.dict(films.CUTS, {"LineExplorer": films.Cut(places=2)}):
        short = [path.stem for path in site.write_films(COURSE[1], folder)]
    for page in pages:
        for film in re.findall(r'data-film="(.+?)"', page.read_text(encoding="utf-8")):
            for part in short:
                path = folder / "films" / f"{part}.js"
                other = part.replace(FILM, film)
                text = path.read_text(encoding="utf-8").replace(part, other, 1)
                path.with_name(f"{other}.js").write_text(text, encoding="utf-8")
        if page.parent.name == "slides":
            page.with_suffix(".pdf").touch()
    return folder


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
