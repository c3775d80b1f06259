"""The rules for notebooks (CONTRIBUTING.md) that a program can check.

Each rule takes a Lesson and yields what is wrong with it.
"""

import ast
import json
import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote

from nbconvert.filters import markdown2html

from tools.execute import COURSE, ROOT, WIDGET_VIEW, normalise, read, to_text

MOST_LINES = 25  # of a code cell, blank lines not counted
FEW_LINES = 10
SHARE_WITH_FEW_LINES = 0.7
FILE_BYTES = 1_000_000
ID_LENGTH = 40
PIXELS = ("image/png", "image/jpeg")

# What the course calls loss, probs, loss_fn, z1, h1, dlogits (see the glossary).
AVOIDED_WORDS = {"cost", "hypothesis", "criterion"}
AVOIDED_NAME = re.compile(r"cost|hypothesis|criterion|(d_?)?[al]\d+")
# A code cell with this tag quotes the lecture notes, in their words.
QUOTE_TAG = "lecture-notes"
# Markdown cells of notebook 00 that explain the avoided words have such an id.
GLOSSARY_ID = "glossary"

DRAWING_MODULES = ("mlplab.plots", "mlplab.explorers", "matplotlib")
TRAINING_CALLS = {"train", "sweep", "backward", "step"}


SLIDE_TYPES = ("slide", "fragment", "skip")
# CONTRIBUTING.md says what each is for. The blocks that can be hidden are numbered.
STYLE_SHEET = ROOT / ".lecture" / "custom" / "custom.css"
SLIDE_TAGS = set(re.findall(r",(slide-[\w-]+),", STYLE_SHEET.read_text("utf-8")))
HIDE_TAG = re.compile(r"slide-hide-(\d+)")


class Lesson:
    """A notebook file and the views of it that the rules need."""

    def __init__(self, path):
        self.path = path
        self.name = path.name
        self.raw = path.read_bytes()
        self.nb = read(path)
        self.cells = self.nb.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.markdown = [cell for cell in self.cells if cell.cell_type == "markdown"]
        self.drawing_names = {
            name
            for cell in self.code
            for name, module in imported_names(cell.source).items()
            if module.startswith(DRAWING_MODULES)
        }

    def output_texts(self):
        """Yield each cell with each of its stored outputs that is text."""
        for cell in self.code:
            for output in cell.outputs:
                if "text" in output:
                    yield cell, output.text
                for mime, value in output.get("data", {}).items():
                    if isinstance(value, str) and mime not in PIXELS:
                        yield cell, value

    def draws(self, cell):
        return any(root_name(call) in self.drawing_names for call in calls(cell.source))


@cache
def parse(source):
    """The cell's syntax tree; an empty one for what is not Python (is_python)."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse("")


def calls(source):
    return [node for node in ast.walk(parse(source)) if isinstance(node, ast.Call)]


def root_name(call):
    """The name that an expression such as plots.boundary(...) begins with."""
    node = call.func
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def imported_names(source):
    """Each name that the cell's imports bind, with the module path it stands for."""
    names = {}
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.split(".")[0]
                names[bound] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def trains(source):
    """Whether the cell trains: by mlplab, by PyTorch, or by an update in a loop."""
    for call in calls(source):
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        if (name or getattr(function, "id", None)) in TRAINING_CALLS:
            return True
    return any(
        isinstance(update, ast.AugAssign) and isinstance(update.op, ast.Sub)
        for loop in ast.walk(parse(source))
        if isinstance(loop, ast.For | ast.While)
        for update in ast.walk(loop)
    )


def count_lines(cell):
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def without_code(markdown):
    """Prose without fenced blocks and inline code."""
    prose = re.sub(r"^(```|~~~).*?^\1", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", prose)


def without_quotes(prose):
    return re.sub(r"^\s*>.*$", "", prose, flags=re.MULTILINE)


class Tags(HTMLParser):
    """The start tags of a text: a list of (name, attributes)."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def blocks(markdown):
    """How many blocks (headings, paragraphs, ...) a rendered Markdown text has."""
    depth = count = 0
    for tag in re.findall(r"<(/?[a-z][a-z0-9]*)\b", markdown2html(markdown)):
        count += depth == 0
        if tag.startswith("/"):
            depth -= 1
        elif tag not in ("img", "br", "hr"):
            depth += 1
    return count


@cache
def headings(path):
    """The anchors of a notebook's headings, as JupyterLab makes them."""
    anchors = set()
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"^```.*?^```", "", cell.source, flags=re.DOTALL | re.M)
            for heading in re.findall(r"^#+ +(.+?)\s*$", text, flags=re.MULTILINE):
                anchors.add(re.sub(r"[`*]", "", heading).replace(" ", "-"))
    return anchors


# The rules


def opening_cell(lesson):
    """The first cell: title, question, three objectives, minutes, builds on."""
    first = lesson.cells[0]
    if first.cell_type != "markdown":
        yield "the first cell is not Markdown"
        return
    text = first.source
    for what, pattern in [
        ("a title (a line that begins with '# ')", r"\A# \S"),
        ("a question", r"\?"),
        ("three objectives as a list", r"(?s)(^\s*([-*]|\d\.) .*){3}"),
        ("the word 'objectives'", r"(?i)\bobjectives\b"),
        ("how many minutes it takes ('30 minutes')", r"\d+ minutes"),
        ("what it builds on ('Builds on')", r"(?i)\bbuilds on\b"),
    ]:
        if not re.search(pattern, text, flags=re.MULTILINE):
            yield f"the opening cell lacks {what}"


def closing_cell(lesson):
    """The last cell: what we saw, and a link to the next notebook."""
    text = lesson.cells[-1].source
    if lesson.cells[-1].cell_type != "markdown" or "What we saw" not in text:
        yield "the last cell is not Markdown with 'What we saw'"
    following = COURSE[COURSE.index(lesson.name) + 1 :][:1]
    for name in following:
        if f"]({name})" not in text:
            yield f"the last cell has no link to the next notebook, ]({name})"


def imports_first(lesson):
    """The first code cell holds imports and nothing else."""
    for node in parse(lesson.code[0].source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            yield f"the first code cell does more than import, in line {node.lineno}"


def is_python(lesson):
    """Code cells are plain Python: no magics and no shell commands."""
    for cell in lesson.code:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield f"cell {cell.id} is not plain Python: {error.msg}"
        if not cell.source.strip():
            yield f"cell {cell.id} is empty"


def short_cells(lesson):
    """No code cell is long, and most are short."""
    for cell in lesson.code:
        if count_lines(cell) > MOST_LINES:
            yield f"cell {cell.id} has more than {MOST_LINES} lines"
    short = sum(count_lines(cell) <= FEW_LINES for cell in lesson.code)
    if short < SHARE_WITH_FEW_LINES * len(lesson.code):
        yield (
            f"only {short} of {len(lesson.code)} code cells have at most {FEW_LINES} "
            f"lines; {SHARE_WITH_FEW_LINES:.0%} should"
        )


def prose_before_code(lesson):
    """Prose comes before each code cell; one that draws may follow its numbers."""
    previous, explained = None, False
    for cell in lesson.cells:
        if cell.cell_type != "code":
            explained = True
            continue
        pair = previous is not None and not lesson.draws(previous)
        if not explained and not (pair and lesson.draws(cell)):
            yield f"cell {cell.id} has no prose before it"
        previous, explained = cell, False


def computes_or_draws(lesson):
    """A cell trains or draws, never both."""
    for cell in lesson.code:
        if lesson.draws(cell) and trains(cell.source):
            yield f"cell {cell.id} both trains and draws"


def not_through_pyplot(lesson):
    """Pictures go through `plots`, which no setting of the reader's reaches."""
    for cell in lesson.code:
        if "pyplot" in cell.source:
            yield f"cell {cell.id} draws through pyplot, not through plots.picture"


def readable_ids(lesson):
    """Cell ids are unique, short, and tell what the cell is about."""
    # As the file has them: nbformat gives the second of two equal ids a new one.
    ids = [cell["id"] for cell in json.loads(lesson.raw)["cells"]]
    for cell_id in ids:
        slug = re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", cell_id)
        random = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", cell_id)
        random = random or re.fullmatch(r"(?=.*\d)[0-9a-f]{8}", cell_id)
        if not slug or random or len(cell_id) > ID_LENGTH:
            yield f"the cell id {cell_id} is not a short readable slug"
        if ids.count(cell_id) > 1:
            yield f"the cell id {cell_id} occurs twice"


def pictures_in_prose(lesson):
    """Figures stand as <img src="../figures/..." alt="..."> and exist."""
    for cell in lesson.markdown:
        prose = without_code(cell.source)
        if "![" in prose or cell.get("attachments"):
            yield f"cell {cell.id} shows a picture otherwise than by an <img> tag"
        for tag, attributes in Tags(prose).found:
            if tag != "img":
                continue
            source = attributes.get("src", "")
            if not source.startswith("../figures/"):
                yield f"cell {cell.id}: the picture {source} is not in ../figures/"
            elif not (lesson.path.parent / source).is_file():
                yield f"cell {cell.id}: {source} does not exist"
            if not attributes.get("alt", "").strip():
                yield f"cell {cell.id}: {source} has no alt text"


def links_resolve(lesson):
    """Relative links lead to a file, and their anchors to a heading."""
    for cell in lesson.markdown:
        prose = without_code(cell.source)
        targets = re.findall(r"(?<!!)\[[^\]]*\]\(\s*<?([^)\s>]+)", prose)
        targets += [a["href"] for tag, a in Tags(prose).found if a.get("href")]
        for target in targets:
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = unquote(target).partition("#")
            path = lesson.path.parent / name if name else lesson.path
            if not path.exists():
                yield f"cell {cell.id}: the link {target} leads nowhere"
            elif anchor and path.suffix == ".ipynb" and anchor not in headings(path):
                yield f"cell {cell.id}: no heading for the anchor of {target}"


def words(lesson):
    """The course's words, in prose, names and strings."""
    avoided = re.compile(rf"\b({'|'.join(sorted(AVOIDED_WORDS))})\b", re.IGNORECASE)
    for cell in lesson.markdown:
        if lesson.name == COURSE[0] and cell.id.startswith(GLOSSARY_ID):
            continue
        for word in avoided.findall(without_quotes(without_code(cell.source))):
            yield f"cell {cell.id} says '{word}'"
    for cell in lesson.code:
        if QUOTE_TAG in cell.metadata.get("tags", []):
            continue
        for node in ast.walk(parse(cell.source)):
            for name in names_of(node):
                if AVOIDED_NAME.fullmatch(name):
                    yield f"cell {cell.id} uses the name {name}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for word in avoided.findall(node.value):
                    yield f"cell {cell.id} says '{word}' in a string"


def names_of(node):
    """The identifiers that a node of a syntax tree brings in."""
    fields = ("id", "attr", "arg", "asname", "name")
    values = (getattr(node, field, None) for field in fields)
    return [value for value in values if isinstance(value, str)]


def stable_outputs(lesson):
    """Stored outputs hold nothing that differs on another machine."""
    folders = "home|root|tmp|Users|usr|opt|var|work|srv|mnt|private"
    for cell, text in lesson.output_texts():
        for what, pattern in [
            ("an absolute path", rf"(?<![\w.:/])/({folders})/|\b[A-Z]:\\|{ROOT}"),
            ("a memory address", r"\b0x[0-9a-fA-F]+"),
            ("a version number", r"\b\d+\.\d+\.\d+"),
        ]:
            if found := re.search(pattern, text):
                yield f"the output of cell {cell.id} holds {what}: {found[0]}"


def clean_outputs(lesson):
    """No errors, no warnings, no widget without what stands for it in a file."""
    for cell in lesson.code:
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {cell.id} stores an error: {output.ename}"
            if output.get("name") == "stderr":
                yield f"cell {cell.id} writes to stderr: {output.text.strip()}"
            if WIDGET_VIEW in output.get("data", {}):
                yield f"cell {cell.id} shows a widget without a picture or words"
            if "image/svg+xml" in output.get("data", {}):
                yield f"cell {cell.id} stores an SVG, which no tolerance is made for"


def normal_form(lesson):
    """The file is what `make notebooks` writes."""
    if lesson.raw != to_text(normalise(lesson.nb)).encode():
        yield "the file is not in the form that make notebooks writes"


def small_file(lesson):
    if len(lesson.raw) >= FILE_BYTES:
        yield f"the file has {len(lesson.raw):,} bytes, {FILE_BYTES:,} or more"


def slides(lesson):
    """Every cell says what it is on slides, in words that the slides know."""
    if lesson.cells[0].metadata.get("slideshow", {}).get("slide_type") != "slide":
        yield "the first cell is not a slide"
    for cell in lesson.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        tags = {t for t in cell.metadata.get("tags", []) if t.startswith("slide-")}
        hidden = {int(found[1]) for found in map(HIDE_TAG.fullmatch, tags) if found}
        if kind not in SLIDE_TYPES:
            yield f"cell {cell.id} has the slide type {kind}, not {SLIDE_TYPES}"
        if kind == "skip" and tags:
            yield f"cell {cell.id} is not on the slides, but has {sorted(tags)}"
        if unknown := tags - SLIDE_TAGS:
            yield f"cell {cell.id} has the unknown tags {unknown}"
        if hidden:
            count = blocks(cell.source) if cell.cell_type == "markdown" else 0
            if max(hidden) > count:
                yield f"cell {cell.id} hides a block that is not there, of {count}"
            if len(hidden) == count:
                yield f"cell {cell.id} hides all its blocks: let it skip"
        if "slide-out" in tags and not cell.get("outputs"):
            yield f"cell {cell.id} shows its output only, and has none"


RULES = [
    opening_cell, closing_cell, imports_first, is_python, short_cells,
    prose_before_code, computes_or_draws, not_through_pyplot, readable_ids,
    pictures_in_prose, links_resolve, words, stable_outputs, clean_outputs,
    normal_form, small_file, slides,
]  # fmt: skip
