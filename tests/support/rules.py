"""The rules for notebooks (CONTRIBUTING.md) that a program can check.

Each rule takes a Lesson and yields what is wrong with it.
"""

import ast
import builtins
import json
import re
import symtable
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html

from support.minutes import core_and_deeper, most, rounded, stated
from tools.execute import COURSE, ROOT, WIDGET_VIEW, normalise, read, to_text
from tools.export import CODE, deeper_sections
from tools.export import headings as cell_headings

MOST_LINES = 25  # of a code cell, blank lines not counted
FEW_LINES = 10
SHARE_WITH_FEW_LINES = 0.7
FILE_BYTES = 1_000_000
ID_LENGTH = 40
PIXELS = ("image/png", "image/jpeg")

OPENING = (("opening", "markdown"), ("play", "code"), ("objectives", "markdown"))
OPENING_WORDS = 60
PLAY = r"from mlplab\.explorers import (explore_\w+)\n\n\1\(.*\)"
COLLAPSED = "jp-MarkdownHeadingCollapsed"
ANSWERS = r"<details>\s*<summary>Answers</summary>\n\n[\s\S]*?</details>"

# What the course calls loss, probs, loss_fn, z1, h1, dlogits (see the glossary).
AVOIDED_WORDS = {"cost", "hypothesis", "criterion"}
AVOIDED_NAME = re.compile(r"cost|hypothesis|criterion|(d_?)?[al]\d+")
# A code cell with this tag quotes the lecture notes, in their words.
QUOTE_TAG = "lecture-notes"

DRAWING_MODULES = ("mlplab.plots", "mlplab.explorers", "matplotlib")
TRAINING_CALLS = {"train", "sweep", "backward", "step"}


SLIDE_TYPES = ("slide", "fragment", "skip")
# CONTRIBUTING.md says what each is for.
STYLE_SHEET = ROOT / ".lecture" / "custom" / "custom.css"
SLIDE_TAGS = set(re.findall(r",(slide-[\w-]+),", STYLE_SHEET.read_text("utf-8")))
ON_SLIDES = ("h1", "h2", "h3", "h4", "img")  # and the first paragraph
HEADINGS = (["h1"], ["h2"], ["h3"])
SLIDE_WORDS = 40
SLIDE_LINES = 8
SHARE_WITH_PICTURES = 2 / 3


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
        self.deeper = deeper_sections(self.cells)
        below = {cell.id for section in self.deeper for cell in section}
        self.core = [cell for cell in self.cells if cell.id not in below]
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

    def section(self, place):
        """Yield the sources from a cell on, to the next that has a heading."""
        yield self.cells[place].source
        for cell in self.cells[place + 1 :]:
            if cell_headings(cell):
                return
            yield cell.source

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
    return re.sub(r"`[^`\n]*`", "", CODE.sub("", markdown))


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
    """The blocks (headings, paragraphs, ...) of a rendered Markdown text on slides."""
    found = BeautifulSoup(markdown2html(markdown), "html.parser")
    found = found.find_all(recursive=False)
    first = next((block for block in found if block.name == "p"), None)
    return [block for block in found if block is first or block.name in ON_SLIDES]


def slides_of(cells):
    """The slides of a notebook, each a list of cells."""
    found = []
    for cell in cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind == "slide":
            found.append([])
        if kind in ("slide", "fragment") and found:
            found[-1].append(cell)
    return found


def shown(cell):
    """What a slide shows of a cell: tags, or of code "source" and "printed"."""
    if cell.cell_type == "markdown":
        return [block.name for block in blocks(cell.source)]
    tags = set(cell.metadata.get("tags", []))
    printed = tags & {"slide-code", "slide-out"} and prints(cell)
    return ["source"] * ("slide-code" in tags) + ["printed"] * bool(printed)


def prints(cell):
    return any("text" in output for output in cell.get("outputs", []))


def explores(cell):
    """Whether a cell makes an explorer."""
    names = map(root_name, calls(cell.source)) if cell.cell_type == "code" else ()
    return any((name or "").startswith("explore_") for name in names)


def has_picture(cell):
    """Whether a cell has a picture, a figure or an explorer."""
    if cell.cell_type == "markdown":
        return any(b.name == "img" or b.find("img") for b in blocks(cell.source))
    pictures = ("image/png" in output.get("data", {}) for output in cell.outputs)
    return explores(cell) or any(pictures)


def first_paragraph(cell):
    """A Markdown cell's first paragraph as text, "" where there is none."""
    found = blocks(cell.source) if cell.cell_type == "markdown" else []
    return "".join(block.get_text() for block in found if block.name == "p").strip()


def prose(cell):
    """The words that a slide shows of a cell, without headings; a formula is one."""
    return re.sub(r"(\$\$?)[^$]+\1", "formula", first_paragraph(cell)).split()


@cache
def headings(path):
    """The anchors of a notebook's headings, as JupyterLab makes them."""
    found = [text for cell in read(path).cells for _, text in cell_headings(cell)]
    return {re.sub(r"[`*]", "", text).replace(" ", "-") for text in found}


# The rules


def opening_cells(lesson):
    """A question, something to play with, and what the lesson is for."""
    begins = [(cell.id, cell.cell_type) for cell in lesson.cells[:3]]
    if begins != list(OPENING):
        yield f"it does not begin with the cells {OPENING}, but with {begins}"
        return
    opening, play, objectives = (cell.source for cell in lesson.cells[:3])
    for where, text, what, pattern in [
        ("opening", opening, "a title (a line that begins with '# ')", r"\A# \S"),
        ("opening", opening, "one question", r"\A[^?]*\?[^?]*\Z"),
        ("objectives", objectives, "three objectives as a list", r"(^- .*\s+){3}"),
        ("objectives", objectives, "the word 'objectives'", r"(?i)\bobjectives\b"),
        ("objectives", objectives, "what it builds on ('Builds on')", "Builds on"),
    ]:
        if not re.search(pattern, text, flags=re.MULTILINE):
            yield f"the cell {where} lacks {what}"
    if (count := len(opening.split())) > OPENING_WORDS:
        yield f"the opening has {count} words, more than {OPENING_WORDS}"
    if not re.fullmatch(PLAY, play):
        yield "the cell play does more than import one explorer and call it"


def minutes_stated(lesson):
    """The minutes that the objectives state are those of the rule, and not too many."""
    core, _ = core_and_deeper(lesson.cells)
    if rounded(core) > (limit := most(lesson.name)):
        yield f"the core takes {core:.1f} minutes, more than {limit}"
    cell = next((cell for cell in lesson.cells if cell.id == "objectives"), None)
    if cell is None or stated(lesson.cells) not in cell.source:
        yield f"the cell objectives does not say: {stated(lesson.cells)}"


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
    """The first code cell after the one to play with holds imports and nothing else."""
    code = [cell for cell in lesson.code if cell.id != "play"]
    for node in parse(code[0].source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            yield f"cell {code[0].id} does more than import, in line {node.lineno}"


def deeper_folds(lesson):
    """What goes deeper has a folded heading of its own, and is on no slide."""
    heads = [section[0].id for section in lesson.deeper]
    for cell in lesson.cells:
        folded = cell.metadata.get(COLLAPSED)
        said = [text for _, text in cell_headings(cell) if text.startswith("Deeper:")]
        if cell.id in heads:
            if folded is not True:
                yield f"cell {cell.id} lacks the metadata {COLLAPSED}: true"
            if not re.fullmatch(r"#{2,3} Deeper: \S.*\n\n.+(\n.+)*", cell.source):
                yield f"cell {cell.id} is not a heading and a paragraph of its own"
        elif said or folded is not None:
            yield f"cell {cell.id} is folded or says 'Deeper:', and is no such heading"
    for section in lesson.deeper:
        for cell in section:
            if cell.metadata.get("slideshow", {}).get("slide_type") != "skip":
                yield f"cell {cell.id} goes deeper and is on the slides"
    for before, cell in pairwise(lesson.cells):
        ends = before not in lesson.core and cell in lesson.core
        if ends and not cell.source.startswith("#"):
            yield f"cell {cell.id} ends what goes deeper, but not by its first line"


def core_alone(lesson):
    """Every name in the core's code is bound before it in the core."""
    known = {*dir(builtins), "display"}
    for cell in lesson.core:
        if cell.cell_type == "code":
            for statement in parse(cell.source).body:
                bound, used = names_at_the_top(statement)
                # The rest of a loop or a function may use what it binds itself.
                known |= bound if hasattr(statement, "body") else set()
                for name in sorted(used - known):
                    yield f"cell {cell.id}: the core does not bind {name} before"
                known |= bound


class AsUses(ast.NodeTransformer):
    """Turns x += 1 into x + 1, which uses x and does not bind it."""

    def visit_AugAssign(self, node):
        target = ast.unparse(node.target)
        return ast.parse(f"{target}, {ast.unparse(node.value)}").body[0]


def names_at_the_top(statement):
    """The names that a statement binds at the top of a cell, and those it uses there.

    Whatever is used in a function counts, unless it is the function's own.
    """
    source = ast.unparse(AsUses().visit(ast.parse(ast.unparse(statement))))
    top = symtable.symtable(source, "a cell", "exec")
    symbols = top.get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    used = {s.get_name() for s in symbols if s.is_referenced()}
    tables = top.get_children()
    for table in tables:
        tables += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    return bound, used


def answers_fold(lesson):
    """Each "### Try it" has its answers folded below."""
    for place, cell in enumerate(lesson.cells):
        for level, text in cell_headings(cell):
            if not text.startswith("Try it"):
                continue
            below = "".join(lesson.section(place))
            if level != 3 or not re.search(ANSWERS, below):
                yield f"cell {cell.id}: '{text}' is no '### Try it' with its answers"


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
        if kind not in SLIDE_TYPES:
            yield f"cell {cell.id} has the slide type {kind}, not {SLIDE_TYPES}"
        if kind == "skip" and tags:
            yield f"cell {cell.id} is not on the slides, but has {sorted(tags)}"
        if unknown := tags - SLIDE_TAGS:
            yield f"cell {cell.id} has the unknown tags {unknown}"
        if "slide-out" in tags and (cell.cell_type != "code" or not prints(cell)):
            yield f"cell {cell.id} shows what it prints, and prints nothing"
        if "slide-code" in tags and cell.cell_type != "code":
            yield f"cell {cell.id} shows its source, and is no code"


def slides_show(lesson):
    """Slides show instead of tell: few words, many pictures, questions first."""
    found = slides_of(lesson.cells)
    for slide in found:
        first = slide[0].id
        if (count := sum(len(prose(cell)) for cell in slide)) > SLIDE_WORDS:
            yield f"the slide {first} shows {count} words, more than {SLIDE_WORDS}"
        if not explores(slide[0]) and shown(slide[0])[:1] not in HEADINGS:
            yield f"the slide {first} begins neither with a heading nor an explorer"
    cells = sum(found, [])
    for cell in cells:
        if not shown(cell) and not has_picture(cell):
            yield f"cell {cell.id} shows nothing on its slide"
        if "source" in shown(cell) and count_lines(cell) > SLIDE_LINES:
            yield f"cell {cell.id} shows more than {SLIDE_LINES} lines of code"
    for cell, answer in pairwise(cells):
        own = cell.id.startswith("exercise-") or explores(answer)  # the class answers
        waits = answer.metadata.slideshow.slide_type == "fragment"
        if first_paragraph(cell).endswith("?") and not own and not waits:
            yield f"cell {cell.id} asks, and its answer is no fragment"
    pictures = sum(any(map(has_picture, slide)) for slide in found)
    if pictures < SHARE_WITH_PICTURES * len(found):
        yield f"only {pictures} of {len(found)} slides have a picture"


RULES = [
    opening_cells, minutes_stated, closing_cell, imports_first, deeper_folds,
    core_alone, answers_fold, is_python, short_cells,
    prose_before_code, computes_or_draws, not_through_pyplot, readable_ids,
    pictures_in_prose, links_resolve, words, stable_outputs, clean_outputs,
    normal_form, small_file, slides, slides_show,
]  # fmt: skip
