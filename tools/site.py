"""Write the course as a web site that needs no server, no network and no Python.

`make site` runs this file. A page is a notebook, a deck its slides; what they share
stands beside them once. Films and PDF files, which take long, are made by two processes.
The search is MiniSearch 7.2.0 (dist/umd of the npm package, with its licence).
"""

import json
import os
import re
import shutil
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup, NavigableString
from nbformat.v4 import new_markdown_cell, new_notebook

from tools import export, films, handout, slides
from tools.chromium import find_chromium, open_chromium
from tools.execute import COURSE, NOTEBOOKS, ROOT
from tools.export import HTML, PAGES, page_name

PROCESSES = 2
START = "index.html"
ROW = re.compile(r"^(\| \[(.+?)\]\(notebooks/(.+?)\) \| .+? \| (.+?) \| .*\|)$", re.M)
DECKS = " [slides](slides/{0}.html), [PDF](slides/{0}.pdf) |"  # one more column
THEMES = {"light": "all", "dark": "screen and (prefers-color-scheme: dark)"}
UNREAD = ["style", "script", "svg", "form"]  # no words to search for
SOME_DAY = (1980, 1, 1, 0, 0, 0)  # of every file in the handout


# The pages


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def section(heading):
    """A section of the README, with its heading."""
    found = re.search(rf"^## {heading}\n.*?(?=^## |\Z)", readme(), re.M | re.S)
    return found[0].strip()


def bar(name):
    """What the bar above a page says, and the list of its contents."""
    rows = {notebook: (title, time) for _, title, notebook, time in ROW.findall(readme())}
    if name not in rows:
        return {"contents": name != export.GLOSSARY}
    around = [None, *((page_name(each), rows[each][0]) for each in COURSE), None]
    at = COURSE.index(name)
    before, after = around[at], around[at + 2]
    deck, minutes = Path(name).stem, rows[name][1]
    return {"contents": True, "minutes": minutes, "deck": deck} | {
        "before": before,
        "after": after,
    }


def start_page():
    """The README's introduction and map, the first film, and what else is here."""
    title, *introduction = readme().split("\n\n")
    rows = ROW.sub(
        lambda row: row[1] + DECKS.format(Path(row[3]).stem), section("The map")
    )
    rows = rows.replace("Builds on |", "Builds on | Teach |", 1)
    rows = re.sub(r"^\|[:|-]+\|$", r"\g<0>:--|", rows, count=1, flags=re.M)
    text = (HTML / "pages" / "start.md").read_text(encoding="utf-8")
    above, below = text.format(
        title=title.removeprefix("# "),
        introduction=introduction,
        map=export.to_pages(rows),
        credits=section("Credits"),
    ).split("<!-- film -->")
    cells = export.prepared(NOTEBOOKS / COURSE[0]).cells
    film = next(cell for cell in cells if cell.id == "play")
    film.metadata["picture_only"] = True
    cells = [new_markdown_cell(above, id="top"), film, new_markdown_cell(below, id="all")]
    nb = new_notebook(cells=cells, metadata={"title": title.removeprefix("# ")})
    return export.course_page(nb)


def sections(page, text):
    """What the search knows of a page: its text from one heading to the next."""
    main = BeautifulSoup(text, "html.parser").main
    for part in main(UNREAD) + main(class_="anchor-link"):
        part.decompose()
    title, found = main.h1.get_text(), []
    for part in main.descendants:
        if isinstance(part, NavigableString):
            if found:
                found[-1]["text"] += part
        elif part.get("id") and part.name in {"h1", "h2", "h3", "h4", "tr"}:
            heading = (part.td or part).get_text()
            found.append({"id": f"{page}#{part['id']}", "title": title})
            found[-1] |= {"heading": heading, "text": ""}
    for each in found:
        words = " ".join(each["text"].replace("$", "").split())
        each["text"] = words.removeprefix(each["heading"]).strip()
    return found


def write_pages(folder):
    """Write all pages and decks, and what they load but for the films; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    decks = slides.write_decks(folder)
    for name in ("search", "pages"):
        shutil.copytree(
            HTML / name, folder / name, dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("*.md"),
        )  # fmt: skip
    style = (HTML / "pages" / "pages.css").read_text(encoding="utf-8")
    write(folder / "pages" / "pages.css", lab_style() + style)
    shutil.copy(ROOT / "LICENSE", folder)
    texts = {
        page_name(name): export.export(NOTEBOOKS / name, bar=bar(name)) for name in PAGES
    }
    known = [part for page, text in texts.items() for part in sections(page, text)]
    index = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    write(folder / "search" / "sections.js", f"const courseSections = {index};\n")
    for page, text in {START: start_page(), **texts}.items():
        write(folder / page, text)
    return [*(folder / page for page in (START, *texts)), *decks]


def lab_style():
    """JupyterLab's style sheet, light or dark as the reader's screen."""
    environment = export.course_exporter().environment

    def read(name):
        return environment.loader.get_source(environment, f"static/{name}.css")[0]

    themes = [f"@media {of} {{\n{read(f'theme-{t}')}\n}}\n" for t, of in THEMES.items()]
    return "".join([read("index"), *themes])


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="\n")


# What takes long


def write_films(name, folder):
    names = films.record_notebook(NOTEBOOKS / name, folder / "films")
    return [folder / "films" / f"{film}.js" for film in names]


def write_pdf(name, folder):
    with open_chromium(find_chromium()) as browser:
        return [slides.write_pdf(browser, folder / "slides" / page_name(name))]


def write_handout(path):
    """Pack the handout: the same files are the same bytes, whoever packs them."""
    with TemporaryDirectory() as home, zipfile.ZipFile(path, "w") as packed:
        with redirect_stdout(None):
            handout.main(Path(home) / "course")
        for file in sorted(Path(home).rglob("*")):
            if file.is_file():
                name = file.relative_to(home).as_posix()
                entry = zipfile.ZipInfo(name, SOME_DAY)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                packed.writestr(entry, file.read_bytes())
    return path


def main(folder):
    """Write the site; what was in its folder is lost."""
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    print(*write_pages(folder), write_handout(folder / "handout.zip"), sep="\n", flush=True)
    jobs = [(write_films, name) for name in reversed(COURSE)]
    if find_chromium():
        jobs += [(write_pdf, name) for name in COURSE]
    os.environ["OMP_NUM_THREADS"] = "1"  # two processes share the cores
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(*job, folder) for job in jobs]):
            print(*done.result(), sep="\n", flush=True)
    if not find_chromium():
        sys.exit("The site is written. For the PDF files install Chromium.")


if __name__ == "__main__":
    main(*sys.argv[1:])
