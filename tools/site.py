"""Write the course as a web site that needs no server, no network and no Python.

`make site` runs this file. A page is a notebook, a deck its slides, in each language;
what they share stands beside them once. Two processes make what takes long: films and
PDF files. The search is MiniSearch 7.2.0 (dist/umd of the npm package, with its
licence).
"""

import json
import os
import re
import shutil
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stdout
from importlib.metadata import distribution
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup, NavigableString
from nbformat.v4 import new_markdown_cell, new_notebook

from mlplab.language import tr
from tools import export, films, handout, slides
from tools.chromium import find_chromium, open_chromium
from tools.execute import COURSE, NOTEBOOKS, ROOT, write
from tools.export import GLOSSARY, HTML, PAGES, page_name
from tools.languages import HOMES, edition, language_of, speaking

PROCESSES = 2
START = "index.html"
ROW = re.compile(r"^(\| \[(.+?)\]\(notebooks/(.+?)\) \| .+? \| (.+?) \| .*\|)$", re.M)
HEAD = re.compile(r"^(\|.*\|)\n(\|[:|-]+\|)$", re.M)  # of a table
DECKS = " [{1}](slides/{0}.html), [PDF](slides/{0}.pdf) |"  # one more column
THEMES = {"light": "all", "dark": "screen and (prefers-color-scheme: dark)"}
UNREAD = ["style", "script", "svg"]  # no words to search for
HEADINGS = ["h1", "h2", "h3", "h4", "tr"]  # a row of the glossary has an id as well
SOME_DAY = (1980, 1, 1, 0, 0, 0)  # of every file in the handout


# The pages


def readme(language):
    """The README's parts: what comes before the first heading, then its sections."""
    text = (ROOT / edition("README.md", language)).read_text(encoding="utf-8")
    return re.split(r"^(?=## )", text, flags=re.M)


def bar(name):
    """What stands above and beside a page: its neighbours, minutes, slides."""
    language = language_of(name)
    rows = {row[2]: row for row in ROW.findall("".join(readme(language)))}
    if name not in rows:
        return {"contents": page_name(name) != page_name(GLOSSARY)}
    course = [edition(each, language) for each in COURSE]
    around = [None, *((page_name(each), rows[each][1]) for each in course), None]
    before, _, after = around[course.index(name) :][:3]
    with speaking(name):
        minutes = tr("{minutes} minutes", minutes=rows[name][3])
    deck = page_name(name).removesuffix(".html")
    return {"contents": True, "minutes": minutes, "deck": deck} | {
        "before": before, "after": after,
    }  # fmt: skip


def start_page(language):
    """The README's introduction and map, the first film, and what else is here."""
    introduction, *parts = readme(language)
    title, *introduction = introduction.strip().split("\n\n")
    title = title.removeprefix("# ")
    (rows,) = filter(ROW.search, parts)
    rows = HEAD.sub(rf"\1 {tr('Teach')} |\n\2:--|", rows)
    for row, _, notebook, _ in ROW.findall(rows):
        deck = DECKS.format(page_name(notebook).removesuffix(".html"), tr("slides"))
        rows = rows.replace(row, row + deck)
    text = (HTML / "pages" / edition("start.md", language)).read_text(encoding="utf-8")
    above, below = text.format(
        title=title,
        introduction=introduction,
        map=export.to_pages(rows.strip()),
        credits=parts[-1].strip(),
    ).split("<!-- film -->")
    cells = export.prepared(NOTEBOOKS / edition(COURSE[0], language)).cells
    film = next(cell for cell in cells if cell.id == "play")
    film.metadata["picture_only"] = True
    nb = new_notebook(metadata={"title": title, "language": language})
    nb.cells = [
        new_markdown_cell(above, id="top"), film, new_markdown_cell(below, id="map")
    ]  # fmt: skip
    return export.course_page(nb, START)


def sections(page, text):
    """What the search knows of a page: its words from one heading to the next."""
    main = BeautifulSoup(text, "html.parser").main
    for part in main(UNREAD) + main(class_="anchor-link"):
        part.decompose()
    found = []
    for part in main.descendants:
        if type(part) is NavigableString:  # not a comment
            if found:
                found[-1]["text"] += part
        elif part.name in HEADINGS and part.get("id"):
            heading = (part.td or part).get_text()
            found.append({"id": f"{page}#{part['id']}", "title": main.h1.get_text()})
            found[-1] |= {"heading": heading, "text": ""}
    for each in found:
        words = " ".join(each["text"].replace("$", "").split())
        each["text"] = words.removeprefix(each["heading"]).strip()
    return found


def lab_style():
    """JupyterLab's style sheet, light or dark as the reader's screen."""
    environment = export.course_exporter().environment

    def sheet(name):
        return environment.loader.get_source(environment, f"static/{name}.css")[0]

    style = sheet("index")
    for theme, screens in THEMES.items():
        style += f"@media {screens} {{\n{sheet(f'theme-{theme}')}\n}}\n"
    return style


def write_pages(folder):
    """Write pages and decks, and what they load but for films; return their paths."""
    decks = slides.write_decks(folder)
    for name in ("search", "pages"):
        shutil.copytree(HTML / name, folder / name, dirs_exist_ok=True)
    for language in HOMES:
        (folder / "pages" / edition("start.md", language)).unlink()
    style = folder / "pages" / "pages.css"
    write(style, lab_style() + style.read_text(encoding="utf-8"))
    licence = distribution("nbconvert").read_text("licenses/LICENSE")
    write(folder / "pages" / "LICENSE", licence)  # of JupyterLab's style sheet
    shutil.copy(ROOT / "LICENSE", folder)
    written = []
    for language, home in HOMES.items():
        names = [edition(name, language) for name in PAGES]
        pages = {
            page_name(name): export.export(NOTEBOOKS / name, bar=bar(name))
            for name in names
        }
        known = [part for page, text in pages.items() for part in sections(page, text)]
        index = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
        sought = folder / "search" / f"sections.{language}.js"
        write(sought, f"const courseSections = {index};\n")
        with speaking(names[0]):
            pages = {START: start_page(language)} | pages
        for page, text in pages.items():
            written.append(folder / home / page)
            write(written[-1], text)
    return written + decks


# The handout, and what takes long


def write_handout(path):
    """Pack the handout. The same files give the same bytes."""
    with TemporaryDirectory() as home, zipfile.ZipFile(path, "w") as packed:
        with redirect_stdout(None):
            handout.main(Path(home) / "course")
        for file in sorted(Path(home).rglob("*")):
            if file.is_file():
                name = file.relative_to(home).as_posix()
                entry = zipfile.ZipInfo(name, SOME_DAY)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, file.read_bytes())
    return path


def write_films(name, folder):
    return [
        folder / "films" / f"{part}.js"
        for language in HOMES
        for part in films.record_notebook(
            NOTEBOOKS / edition(name, language), folder / "films"
        )
    ]


def write_pdf(place, folder):
    with open_chromium(find_chromium()) as browser:
        return [slides.write_pdf(browser, folder / place)]


def main(folder):
    """Write the site; what was in its folder is lost."""
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    written = [*write_pages(folder), write_handout(folder / "handout.zip")]
    print(*written, sep="\n", flush=True)
    jobs = [(write_films, name) for name in reversed(COURSE)]  # the longest first
    if find_chromium():
        jobs += [
            (write_pdf, f"{home}slides/{page_name(name)}")
            for home in HOMES.values()
            for name in COURSE
        ]
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes share the cores
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(*job, folder) for job in jobs]):
            print(*done.result(), sep="\n", flush=True)
    if not find_chromium():
        sys.exit("The site is written. For the PDF files install Chromium.")


if __name__ == "__main__":
    main(*sys.argv[1:])
