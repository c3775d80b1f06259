"""`make site`: its links, its HTML, its start page, and who can read it."""

import functools
import os
import re
import subprocess
import sys
import threading
import zipfile
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from support.browser import Cell
from support.korean import FONT, HANGUL
from tools import site
from tools.execute import COURSE, NOTEBOOKS, ROOT
from tools.export import PAGES, page_name
from tools.languages import HOMES, edition

PLACES = (site.START, *map(page_name, PAGES))
DECKS = tuple(f"slides/{page_name(name)}" for name in COURSE)
TEXTS = tuple(home + place for home in HOMES.values() for place in PLACES)
ALL = (*TEXTS, *(home + deck for home in HOMES.values() for deck in DECKS))
SCREENS = [(w, colours) for w in (1280, 390) for colours in ("light", "dark")]
NOW = {  # by axe
    (site.START, SCREENS[3]),
    (page_name(COURSE[1]), SCREENS[0]),
    (f"ko/{page_name(COURSE[1])}", SCREENS[2]),
}
# axe would fetch the style sheets, which no page may from disk.
AS_IT_IS = {"preload": False}
MOST = {False: 4_000_000, True: 6_000_000}  # bytes of a page, of a deck
EMPTY = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


@functools.cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def ids(path):
    return [tag["id"] for tag in soup(path)(id=True)]


@pytest.mark.parametrize("page", ALL)
def test_every_link_leads_somewhere(page, quick_site):
    path = quick_site / page
    for tag in soup(path)(["a", "link", "script", "img"]):
        link = tag.get("href") or tag.get("src") or "#"
        if link.startswith("data:") or (tag.name == "a" and "://" in link):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_file(), link
        assert target.is_relative_to(quick_site), link
        assert not anchor or anchor in ids(target), link


class Nesting(HTMLParser):
    """Reads HTML and notes each tag that is closed wrongly, or never."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong = [], []
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        if tag not in EMPTY:
            self.open.append((tag, self.getpos()))
        names = [name for name, _ in attrs]
        if len({*names}) < len(names):
            self.wrong.append((tag, "twice the same attribute", self.getpos()))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.open.pop()
        else:
            self.wrong.append((f"/{tag}", self.getpos()))


@pytest.mark.parametrize("page", ALL)
def test_its_html_is_well_formed(page, quick_site):
    assert not Nesting((quick_site / page).read_text(encoding="utf-8")).wrong
    names = ids(quick_site / page)
    assert len({*names}) == len(names)


def language_of(page):
    return "ko" if page.startswith("ko/") else "en"


@pytest.mark.parametrize("page", ALL)
def test_a_page_says_its_language_and_leads_to_its_sibling(page, quick_site):
    html = soup(quick_site / page).html
    assert html["lang"] == language_of(page)
    (switch,) = html(class_="other-language")
    (other,) = HOMES.keys() - {html["lang"]}
    assert switch["lang"] == switch["hreflang"] == other
    target = (quick_site / page).parent / switch["href"]
    place = page.removeprefix(HOMES["ko"])
    assert target.resolve() == (quick_site / HOMES[other] / place).resolve()


@pytest.mark.parametrize("language", HOMES)
@pytest.mark.parametrize("name", COURSE)
def test_a_page_leads_to_its_neighbours_headings_and_slides(name, language, quick_site):
    folder = quick_site / HOMES[language]
    page = soup(folder / page_name(name))
    at = COURSE.index(name)
    steps = {"prev": COURSE[:at][-1:], "next": COURSE[at + 1 :][:1]}
    for rel, wanted in steps.items():
        assert [a["href"] for a in page("a", rel=rel)] == [*map(page_name, wanted)]
    links = [a["href"] for a in page.find(class_="contents")("a")]
    headings = [f"#{h['id']}" for h in page.main(["h2", "h3"])]
    assert links[:-2] == headings
    assert links[-2] == f"slides/{page_name(name)}"
    rows = site.ROW.findall("".join(site.readme(language)))
    (row,) = (row for row in rows if row[2] == edition(name, language))
    minutes = {"en": f"{row[3]} minutes", "ko": f"{row[3]}분"}
    assert page.find(class_="minutes").text == minutes[language]
    assert row[3] in soup(folder / site.START).find("table").text


def test_the_frame_of_a_korean_page_is_korean(quick_site):
    page = soup(quick_site / "ko" / page_name(COURSE[1]))
    frame = [*page.header("a"), page.summary, *page.find(class_="contents")("p")]
    for part in frame:
        assert part.get("lang") or HANGUL.search(part.text), part


def test_the_handout_is_packed_to_the_same_bytes(quick_site, tmp_path):
    packed = quick_site / "handout.zip"
    again = site.write_handout(tmp_path / "again.zip")
    assert again.read_bytes() == packed.read_bytes()
    names = zipfile.ZipFile(packed).namelist()
    wanted = [edition(name, language) for name in COURSE for language in HOMES]
    assert {f"course/notebooks/{name}" for name in wanted} <= {*names}


# In a browser without a network


@pytest.fixture(scope="module", params=["disk", "http"])
def address(request, quick_site):
    """Where the site is."""
    if request.param == "disk":
        yield quick_site.as_uri()
        return
    handler = functools.partial(SimpleHTTPRequestHandler, directory=quick_site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_start_page_plays_and_searches(address, opened):
    page = opened(f"{address}/{site.START}", inside=address)
    cell = Cell(page)
    before = cell.status.inner_text()
    cell.sliders.first.press("Home")
    expect(cell.status).not_to_have_text(before)

    field = page.get_by_label("Search all pages")
    field.fill("no such word at all")
    expect(page.locator("#said")).to_have_text("0 found.")
    field.fill("platea")  # a beginning is enough
    expect(page.locator("#found a").first).to_have_text("Glossary: plateau")
    page.locator("#found a").first.click()
    page.wait_for_url("**/glossary.html#plateau")
    expect(page.locator("#plateau")).to_be_in_viewport()


@pytest.mark.parametrize("word", ["기울기", "은닉층"])
def test_a_korean_word_is_found_before_its_particle(word, quick_site, opened):
    page = opened((quick_site / "ko" / site.START).as_uri())
    field = page.locator("#find")
    field.fill(word)
    items = page.locator("#found li", has_text=re.compile(rf"{word}[은는이가을를의]"))
    expect(items.first).to_be_visible()


def place_of(tab, selector):
    """How far a part is below where a link leads to, in pixels."""
    return tab.locator(selector).evaluate(
        "part => part.getBoundingClientRect().top"
        " - parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)"
    )


@pytest.mark.parametrize("home", HOMES.values())
@pytest.mark.parametrize(
    ("page", "part"),
    [
        (page_name(COURSE[2]), "cell-id=sigmoid-picture"),
        (page_name(COURSE[2]), "cell-id=rates-picture"),  # in a fold
        ("glossary.html", "plateau"),
    ],
)
def test_the_switch_leads_to_the_same_place(home, page, part, quick_site, opened):
    tab = opened(f"{(quick_site / home / page).as_uri()}#{part}")
    selector = f'[id="{part}"]'
    tab.wait_for_function("window.MathJax?.startup?.promise")
    tab.evaluate("MathJax.startup.promise.then(() => null)")
    tab.locator(selector).evaluate("part => part.scrollIntoView()")
    tab.locator(".other-language").focus()
    tab.keyboard.press("Enter")
    (other,) = {*HOMES.values()} - {home}
    tab.wait_for_url(f"{(quick_site / other / page).as_uri()}#{part}")
    tab.wait_for_load_state()
    assert abs(place_of(tab, selector)) < 2


def test_the_switch_of_a_deck_leads_to_the_same_slide(quick_site, opened):
    tab = opened(f"{(quick_site / DECKS[3]).as_uri()}#/7")
    for home in ("ko/", ""):
        tab.wait_for_function("window.Reveal?.isReady?.()")
        assert tab.evaluate("Reveal.getState().indexh") == 7
        tab.locator(".other-language").click()
        tab.wait_for_url(f"**/{home}{DECKS[3]}#/7")


def test_every_letter_of_the_korean_pages_has_a_shape(quick_site, opened):
    pages = (quick_site / home for home in TEXTS if language_of(home) == "ko")
    text = "".join(soup(page).main.get_text() for page in pages)
    tab = opened((quick_site / "ko" / site.START).as_uri())
    missing = tab.locator("main").evaluate("look.missingGlyphs", text)
    assert not missing, f"{FONT}; these letters have no glyph: {missing}"


def test_the_contents_fold_where_there_is_no_room(quick_site, opened):
    page = opened((quick_site / page_name(COURSE[1])).as_uri())
    link = page.locator(".contents a").nth(1)
    expect(link).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    expect(link).to_be_hidden()
    page.get_by_text("On this page").click()
    link.click()
    expect(link).to_be_hidden()  # it would cover what it leads to
    expect(page.locator("main h2").nth(1)).to_be_in_viewport()


def runs():
    for page in TEXTS:
        for screen in SCREENS:
            long = [] if (page, screen) in NOW else [pytest.mark.long]
            yield pytest.param(page, screen, marks=long, id=f"{page} {screen}")


@pytest.mark.parametrize(("page", "screen"), [*runs()])
def test_nobody_is_shut_out(page, screen, quick_site, opened):
    width, colours = screen
    size = {"width": width, "height": 800}
    tab = opened((quick_site / page).as_uri(), screen=size, color_scheme=colours)
    tab.evaluate("document.querySelectorAll('details').forEach(d => (d.open = true))")
    tab.wait_for_function("window.MathJax?.startup?.promise")
    tab.evaluate("MathJax.startup.promise.then(() => null)")
    for film in tab.locator("[data-film]").all():
        film.scroll_into_view_if_needed()
        film.locator(".mlplab-picture").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [
        (each["id"], [node["html"][:100] for node in each["nodes"]])
        for each in Axe().run(tab, options=AS_IT_IS).response["violations"]
        if each["impact"] in ("serious", "critical")
    ] == []


# The whole of it


@pytest.fixture(scope="module")
def whole_sites(tmp_path_factory):
    folders = [tmp_path_factory.mktemp("whole") / str(n) for n in range(2)]
    variables = os.environ | {"PYTHONPATH": str(NOTEBOOKS)}
    for folder in folders:
        command = [sys.executable, "-m", "tools.site", folder]
        subprocess.run(command, check=True, cwd=ROOT, env=variables)
    return folders


@pytest.mark.long
def test_a_second_site_has_the_same_bytes(whole_sites):
    one, other = (
        {file.relative_to(f): file for file in f.rglob("*") if file.is_file()}
        for f in whole_sites
    )
    assert one.keys() == other.keys()
    for name, file in one.items():
        texts = [path.read_bytes() for path in (file, other[name])]
        if file.suffix == ".pdf":
            texts = [re.sub(rb"\(D:\d+.*?\)", b"", text) for text in texts]
        assert texts[0] == texts[1], name


@pytest.mark.long
@pytest.mark.parametrize("page", ALL)
def test_a_page_is_small_with_its_films(page, whole_sites):
    path = whole_sites[0] / page
    films = {tag["data-film"] for tag in soup(path)(attrs={"data-film": True})}
    parts = [part for film in films for part in (film, f"{film}.{language_of(page)}")]
    files = [path, *(whole_sites[0] / "films" / f"{part}.js" for part in parts)]
    sizes = {file.name: file.stat().st_size for file in files}
    assert sum(sizes.values()) < MOST["slides" in page], sizes
