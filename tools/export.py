"""Export the course's notebooks as HTML pages that need no network.

`make site` writes them, in each language: a page speaks that of its notebook's file
name. Beside this file, in html/, are their template and MathJax 3.2.2 (es5/tex-svg.js
of the npm package, with its licence), for the formulas.
"""

import ast
import base64
import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from nbconvert import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from mlplab.language import tr
from tools import films
from tools.execute import COURSE, NOTEBOOKS, normalise, read
from tools.languages import HOMES, NAMES, base, language_of, speaking

HTML = Path(__file__).resolve().parent / "html"
TEMPLATES = {
    "extra_template_basedirs": [str(HTML)],
    "extra_template_paths": [str(HTML)],
}
FIGURE = re.compile(r'src="(\.\./figures/[^"]+\.svg)"')
SHOWN = re.compile(
    r"\b[Tt]he pictures? shows?\b|(?<!\S)그림( \w,)*(은|에는| \w에는)(?!\S)"
)
DEEPER = ("Deeper:", "더 깊이:")
CODE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+) +(.+?)\s*$", re.MULTILINE)
GLOSSARY = "glossary.md"
TEXTS = (GLOSSARY, "teaching_guide.md")
PAGES = (*COURSE, *TEXTS)
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![a-z]+:|#)([^)#]*)(#[^)]*)?\)")
INDENTED_ROW = re.compile(r"^ +\|", re.MULTILINE)  # nbconvert knows no table in a list
SECTION = re.compile(r"^(?=##+ )", re.MULTILINE)  # of a text
WORD = re.compile(r"<tr>\s*<td[^>]*>(.*?)</td>")
KOREAN = re.compile("(%[89A-F][0-9A-F])+")  # in an address
MARKED = re.compile(r'<h([2-4]) id="([^"]+)">(.*?)<a class="anchor-link"', re.DOTALL)


def export(path, **resources):
    """The HTML page of a notebook with its stored outputs, or of a Markdown page."""
    with speaking(path):
        page = course_page(prepared(path), page_name(path), **resources)
    glossary = page_name(path) == page_name(GLOSSARY)
    return WORD.sub(_with_id, page) if glossary else page


def course_page(nb, name, **resources):
    """The HTML page of a notebook that is prepared."""
    page = to_page(course_exporter(), nb, name, **resources)
    page = page.replace("<table>", '<div class="wide"><table>')
    page = page.replace("</table>", "</table></div>")
    return page.replace("<!-- contents -->", contents(page))


def _with_id(found):
    words = re.sub(r"<.*?>", "", found[1])
    return found[0].replace("<tr>", f'<tr id="{"-".join(words.split())}">')


@cache  # to compile its templates takes as long as a page
def course_exporter():
    return HTMLExporter(
        template_name="course",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        **TEMPLATES,
    )


def to_page(exporter, nb, place, **resources):
    """The page at a place in the folder of its language."""
    exporter.language_code = language = nb.metadata.language
    (other,) = HOMES.keys() - {language}
    resources |= {"base": base(language, place), "words": words()}
    resources["other"] = other, NAMES[other], resources["base"] + HOMES[other] + place
    page, _ = exporter.from_notebook_node(nb, resources)
    return unique_ids(page).rstrip() + "\n"


def words():
    """What the templates say, in the language that is spoken."""
    return {
        "course": tr("Course"),
        "the_course": tr("The course"),
        "search": tr("Search"),
        "contents": tr("On this page"),
        "slides": tr("Slides"),
        "pdf": tr("as PDF"),
    }


def unique_ids(page):
    """The page, where the second heading "Try it" has the id "Try-it-2".

    Korean stands in ids as it is, not as %EA%B7%B8.
    """
    seen = Counter()

    def numbered(found):
        begin, _, name, heading = found.groups()
        seen[name] += 1
        new = KOREAN.sub(lambda letters: unquote(letters[0]), name)
        new = f"{new}-{seen[name]}" if seen[name] > 1 else new
        link = heading.replace(f'href="#{name}"', f'href="#{new}"')
        return f"{begin}{new}{link}"

    return re.sub(r'(<h([1-6]) id=")([^"]+)(".*?</h\2>)', numbered, page)


def contents(page):
    """A list of links to the headings of a page."""
    return "\n".join(
        f'<li class="level-{level}"><a href="#{name}">{heading}</a></li>'
        for level, name, heading in MARKED.findall(page)
    )


def prepared(path):
    """A notebook with a title, figures inside it, links to pages, pictures' words.

    The first cell of a section that goes deeper has its heading in its metadata. A
    text has a cell for each section.
    """
    if path.suffix == ".md":
        text = INDENTED_ROW.sub("|", path.read_text(encoding="utf-8"))
        nb = new_notebook()
        for number, part in enumerate(SECTION.split(text)):
            nb.cells.append(new_markdown_cell(part, id=f"section-{number}"))
    else:
        nb = read(path)
    nb = normalise(nb)
    nb.metadata["language"] = language_of(path)
    nb.metadata["title"] = re.search(r"^# (.+)$", nb.cells[0].source, re.MULTILINE)[1]
    for place, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            cell.source = FIGURE.sub(_inlined, cell.source)
            cell.source = to_pages(cell.source)
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
        if found and not level and found[0][1].startswith(DEEPER):
            level = found[0][0]
            sections.append([])
        if level:
            sections[-1].append(cell)
    return sections


def to_pages(markdown):
    """The text with links to pages. A link to any other file becomes its words."""

    def led(found):
        words, file, anchor = found.groups(default="")
        name = Path(file).name
        if name.replace(".ko.", ".") in PAGES:
            return f"[{words}]({page_name(name)}{anchor})"
        return found[0] if name.endswith((".html", ".pdf")) else words  # of the site

    return LINK.sub(led, markdown)


def page_name(path):
    """The name of a page, the same in each language."""
    return f"{Path(path).name.partition('.')[0]}.html"


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
    text = re.sub(r"\\(cdot|odot)", tr("times"), text)
    text = re.sub(r"\\le\b", tr("at most"), text)
    text = re.sub(r"\\[,;!]|\\q?quad", " ", text)
    return re.sub(r"[\\{}]", "", text)
