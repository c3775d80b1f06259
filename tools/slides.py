"""The slides of each notebook: a deck for the browser, and its pages as PDF.

`make site` writes them. A deck is nbconvert's reveal template, extended in html/slides,
and asks nothing from the network: reveal.js 4.6.1 (dist/ of the npm package, with its
licence), MathJax and the films stand in the folder above it. Its style sheet is that
of `make lecture`.
"""

import shutil
from functools import cache

from nbconvert import SlidesExporter

from mlplab.language import tr
from tools import films
from tools.execute import COURSE, NOTEBOOKS, ROOT, write
from tools.export import HTML, TEMPLATES, TEXTS, page_name, prepared, to_page
from tools.languages import HOMES, base, edition, language_of, speaking

STYLE = ROOT / ".lecture" / "custom" / "custom.css"
WIDTH, HEIGHT = 1280, 720  # of a slide, in pixels


def deck(path):
    """The HTML page with a notebook's slides."""
    place = f"slides/{page_name(path)}"
    with speaking(path):
        nb = prepared(path)
        nb.cells = [cell for cell in nb.cells if slide_type(cell) != "skip"]
        for cell in nb.cells:  # a link to a notebook leads to its slides
            for page in map(page_name, TEXTS):
                cell.source = cell.source.replace(f"({page}", f"(../{page}")
        exporter = slides_exporter()
        exporter.reveal_url_prefix = f"{base(language_of(path), place)}revealjs"
        page = to_page(exporter, nb, place)
        return page.replace(" slides</title>", f" {tr('slides')}</title>")


@cache
def slides_exporter():
    return SlidesExporter(
        template_name="slides",
        reveal_theme="course",
        reveal_width=str(WIDTH),
        reveal_height=str(HEIGHT),
        **TEMPLATES,
    )


def slide_type(cell):
    return cell.metadata.slideshow.slide_type


def write_decks(folder):
    """Write decks into slides/ of each language, and what they load once.

    Returns their paths.
    """
    (folder / "films").mkdir(parents=True, exist_ok=True)
    films.write_player(folder / "films")
    for name in ("mathjax", "revealjs"):
        shutil.copytree(HTML / name, folder / name, dirs_exist_ok=True)
    theme = folder / "revealjs" / "dist" / "theme" / "course.css"
    theme.parent.mkdir(exist_ok=True)
    shutil.copyfile(STYLE, theme)
    pages = []
    for language, home in HOMES.items():
        (folder / home / "slides").mkdir(parents=True, exist_ok=True)
        for name in COURSE:
            pages.append(folder / home / "slides" / page_name(name))
            write(pages[-1], deck(NOTEBOOKS / edition(name, language)))
    return pages


def write_pdf(browser, page):
    """Print a deck, one sheet for each slide, beside its page."""
    tab = browser.new_page()
    tab.goto(f"{page.absolute().as_uri()}?print-pdf")
    tab.wait_for_selector(".pdf-page")
    pdf = page.with_suffix(".pdf")
    tab.pdf(path=pdf, prefer_css_page_size=True, print_background=True)
    tab.close()
    return pdf
