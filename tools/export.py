"""Export the course's notebooks as HTML pages that need no network.

`make html` runs this file. Beside it, in html/, are its template and MathJax 3.2.2
(es5/tex-svg.js of the npm package, with its licence), which renders the formulas.
"""

import ast
import base64
import re
import shutil
import sys
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from tools import films
from tools.execute import COURSE, NOTEBOOKS, normalise, read

HTML = Path(__file__).resolve().parent / "html"
TEMPLATES = {
    "extra_template_basedirs": [str(HTML)],
    "extra_template_paths": [str(HTML)],
}
FIGURE = re.compile(r'src="(\.\./figures/[^"]+\.svg)"')
SHOWN = re.compile(r"\b[Tt]he pictures? shows?\b")
CODE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+) +(.+?)\s*$", re.MULTILINE)
GLOSSARY = "glossary.md"
PAGES = (*COURSE, GLOSSARY)
LINK = re.compile(rf"(?<=\]\()({'|'.join(map(re.escape, PAGES))})")


def export(path):
    """The HTML page of a notebook with its stored outputs, or of the glossary."""
    exporter = HTMLExporter(template_name="course", **TEMPLATES)
    return to_page(exporter, prepared(path))


def to_page(exporter, nb):
    page, _ = exporter.from_notebook_node(nb)
    return page.rstrip() + "\n"


def prepared(path):
    """A notebook with a title, figures inside it, links to pages, pictures' words.

    The first cell of a section that goes deeper has its heading in its metadata.
    """
    if path.name == GLOSSARY:
        text = new_markdown_cell(path.read_text(encoding="utf-8"), id="glossary")
        nb = normalise(new_notebook(cells=[text]))
    else:
        nb = normalise(read(path))
    nb.metadata["title"] = re.search(r"^# (.+)$", nb.cells[0].source, re.MULTILINE)[1]
    for place, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            cell.source = FIGURE.sub(_inlined, cell.source)
            cell.source = LINK.sub(lambda link: page_name(link[0]), cell.source)
        else:
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.metadata["alt"] = picture_words(nb.cells, place, output)
                    if films.explores(ast.parse(cell.source)):
                        output.metadata["film"] = films.film_name(path, cell)
    for section in deeper_sections(nb.cells):
        heading, _, text = section[0].source.partition("\n")
        section[0].metadata["deeper"], section[0].source = heading, text.strip()
        section[-1].metadata["deeper_end"] = True
    return nb


def headings(cell):
    """The headings of a cell: [(level, text), ...]."""
    if cell.cell_type != "markdown":
        return []
    return [(len(m[1]), m[2]) for m in HEADING.finditer(CODE.sub("", cell.source))]


def deeper_sections(cells):
    """The sections that go deeper, each a list of cells, its heading's first.

    Such a section begins with a heading "## Deeper: ..." and reaches to the next cell
    with a heading of the same or a higher level, as JupyterLab folds it.
    """
    sections, level = [], 0
    for cell in cells:
        found = headings(cell)
        if found and min(found)[0] <= level:
            level = 0
        if found and not level and found[0][1].startswith("Deeper:"):
            level = found[0][0]
            sections.append([])
        if level:
            sections[-1].append(cell)
    return sections


def page_name(notebook):
    return Path(notebook).with_suffix(".html").name


def _inlined(found):
    svg = (NOTEBOOKS / found[1]).read_bytes()
    return f'src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"'


def picture_words(cells, place, output):
    """The alt text of a picture.

    An explorer tells its status as text. Of another picture the output says only
    `<Figure size ...>`, so the words come from the notebook: the cell's own metadata
    "alt", else a paragraph beside it with "The picture shows", else the one that
    follows, else the one that leads to it.
    """
    status = output.data["text/plain"]
    if not status.startswith("<"):
        return status
    if "alt" in cells[place].metadata:
        return cells[place].metadata.alt
    after = _paragraphs(cells[place + 1]) if place + 1 < len(cells) else []
    earlier = [cell for cell in cells[:place] if cell.cell_type == "markdown"]
    before = _paragraphs(earlier[-1])[::-1] if earlier else []
    shown = [text for text in before + after if SHOWN.search(text)]
    following = after[:1] if after and after[0] else []
    return [*shown, *following, *filter(None, before), ""][0]


def _paragraphs(cell):
    """The paragraphs of a Markdown cell as plain text, "" for what is not prose."""
    if cell.cell_type != "markdown":
        return []
    return [_prose(paragraph) for paragraph in cell.source.split("\n\n")]


def _prose(paragraph):
    """A paragraph as plain text, "" for a heading, table, list, formula or tag."""
    if re.match(r"\s*(#|\||[-*] |\d+\. |\$\$|<|>|```)", paragraph):
        return ""
    text = re.sub(r"\$(.+?)\$", lambda formula: _spoken(formula[1]), paragraph)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"\*\*|[*`]", "", text).split())


def _spoken(formula):
    """A small LaTeX formula as one would type it."""
    text = re.sub(r"\\[dt]?frac\s*(\d)(\d)", r"\1/\2", formula)
    text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", text)
    text = re.sub(r"\\text\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\(cdot|odot)", "times", text)
    text = re.sub(r"\\le\b", "at most", text)
    text = re.sub(r"\\[,;!]|\\q?quad", " ", text)
    return re.sub(r"[\\{}]", "", text)


def main(folder):
    """Write the page of each notebook, the glossary, and MathJax, into a folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HTML / "mathjax", folder / "mathjax", dirs_exist_ok=True)
    for name in PAGES:
        page = folder / page_name(name)
        page.write_text(export(NOTEBOOKS / name), encoding="utf-8", newline="\n")
        print(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
