"""Keep the Korean notebooks and pages in step with the English ones.

A Korean notebook, NN_name.ko.ipynb, has the cells of NN_name.ipynb: the same code,
outputs, tags and ids. Its Markdown and its alt texts are a translator's; each cell
keeps a mark of the English text that it translates. So does each section of a page, and
each row of the glossary, in a comment: `<!-- translates -->` in a new one. The first
code says in which language explorers, checks and quizzes speak; the cells in which they
do are executed.

`python -m tools.korean` brings code, outputs and tags, and names what to look at.
`python -m tools.korean 03 rules local` says that two cells of 03 now translate the
English text as it is; `python -m tools.korean README "The map"` says so of a section.
"""

import ast
import copy
import hashlib
import re
import shlex
import symtable
import sys

from tools.execute import COURSE, NOTEBOOKS, ROOT, read, run, to_text, write

MARK = "translates"
SPEAK = """from mlplab.language import speak

speak("ko")
"""
EXPLORERS = "mlplab.explorers"
SPEAKERS = (EXPLORERS, "exercises")
# Where a piece of a page begins: at a heading; in the glossary also at a row that is
# not a table's head, and below a table.
SECTION = r"^(?=#+ )"
ROW = rf"{SECTION}|^(?=\| (?!.*\n\|[:-]))|(?<=\|\n\n)"
PAGES = {
    ROOT / "README.md": SECTION,
    NOTEBOOKS / "teaching_guide.md": SECTION,
    NOTEBOOKS / "glossary.md": ROW,
}
ONLY_ENGLISH = "How it is built"  # its numbers change; the Korean page links there
COMMENT = re.compile(rf"<!-- {MARK}( \w+)? -->")


def korean_name(name):
    return re.sub(r"\.\w+$", r".ko\g<0>", name)


def mark(source):
    """What tells one English text from another."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:12]


def text_of(cell):
    """What is translated of a cell: its Markdown, or the words of its picture."""
    return cell.source if cell.cell_type == "markdown" else cell.metadata.get("alt")


def follow(english, korean, translated=()):
    """The Korean notebook with all of the English one but its texts.

    A cell that it has not yet is English, and without a mark. Outputs are English.
    """
    texts = {cell.id: cell for cell in korean.cells if text_of(cell)}
    nb = copy.deepcopy(english)
    for cell in nb.cells:
        if text_of(cell) and cell.id in texts:
            old = texts[cell.id]
            done = cell.id in translated
            now = mark(text_of(cell)) if done else old.metadata.get(MARK)
            if now:
                cell.metadata[MARK] = now
            if cell.cell_type == "markdown":
                cell.source = old.source
            else:
                cell.metadata["alt"] = text_of(old)
    first = next(cell for cell in nb.cells if cell.cell_type == "code")
    imports, _, rest = first.source.partition("\n\n")
    first.source = f"{imports}\n{SPEAK}{rest}"
    return nb


def in_korean(english, korean, name, translated=()):
    """The Korean notebook, executed where something speaks."""
    nb = follow(english, korean, translated)
    speaking, needed = speaking_cells(nb)
    part = copy.deepcopy(nb)
    part.cells = [cell for cell in part.cells if cell.id in needed]
    heard = {cell.id: cell for cell in run(part, NOTEBOOKS / name).cells}
    for cell in nb.cells:
        if cell.id in speaking:
            cell.outputs = heard[cell.id].outputs
    return nb


def speaking_cells(nb):
    """The ids of the cells in which something speaks, and of all that these need.

    A cell needs those that make what it uses. What an explorer is given other cells may
    change, too: it needs all that use it.
    """
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    names = {cell.id: made_and_used(cell.source) for cell in cells}
    source = {
        alias.name: node.module
        for cell in cells
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    voices = {name for name, module in source.items() if module.startswith(SPEAKERS)}
    speaking = {key for key, (_, used) in names.items() if used & voices}
    given = set()
    for made, used in names.values():
        if any(source.get(name) == EXPLORERS for name in used):
            given |= used - made
    handed = {key for key, (_, used) in names.items() if used & given - {*source}}
    return speaking, needed_cells(cells, speaking | handed)


def needed_cells(cells, wanted):
    """The ids of the wanted code cells, and of all that make what these use."""
    needed, names = set(), set()
    for cell in reversed(cells):
        made, used = made_and_used(cell.source)
        if cell.id in wanted or made & names:
            needed.add(cell.id)
            names |= used
    return needed


def made_and_used(code):
    """The names that a cell makes, and those that it uses, in its functions as well."""
    tables = [symtable.symtable(code, "cell", "exec")]
    made = {each.get_name() for each in tables[0].get_symbols() if each.is_local()}
    for table in tables:
        tables += table.get_children()
    used = {s.get_name() for table in tables for s in table.get_symbols()}
    return made, used


def to_translate(english, korean):
    """The ids of the Korean cells that do not translate the English text as it is."""
    marks = {cell.id: cell.metadata.get(MARK) for cell in korean.cells}
    return [
        cell.id
        for cell in english.cells
        if text_of(cell) and marks.get(cell.id) != mark(text_of(cell))
    ]


def pieces(path, text):
    """The pieces of an English page, by its path, or of its Korean sibling."""
    return [piece for piece in re.split(PAGES[path], text, flags=re.M) if piece]


def title(piece):
    """What its heading or its row begins with."""
    return re.match(r"[#| ]*([^|\n]*[^|\s])", piece)[1]


def pieces_to_translate(path, english, korean):
    """The titles of the English pieces that no Korean one translates as they are."""
    stale = [piece for piece in pieces(path, english) if mark(piece) not in korean]
    return [title(piece) for piece in stale if title(piece) != ONLY_ENGLISH]


def mark_pieces(path, english, korean, translated):
    """The Korean page with new marks in what is translated, by its English titles."""
    both = zip(pieces(path, english), pieces(path, korean), strict=True)
    for here, there in both:
        if title(here) in translated:
            now = COMMENT.sub(f"<!-- {MARK} {mark(here)} -->", there)
            korean = korean.replace(there, now)
    return korean


def pages(prefix, translated):
    """Mark what is translated in the pages, and name what is not."""
    for path in PAGES:
        sibling = path.with_name(korean_name(path.name))
        english, korean = path.read_text("utf-8"), sibling.read_text("utf-8")
        if translated and path.name.startswith(prefix):
            korean = mark_pieces(path, english, korean, translated)
            write(sibling, korean)
        for name in pieces_to_translate(path, english, korean):
            then = f"tools.korean {path.stem} {shlex.quote(name)}"
            print(f"{sibling.name}: translate {name}, then: {then}")


def main(prefix="", *translated):
    pages(prefix, translated)
    for name in COURSE:
        if not name.startswith(prefix):
            continue
        path = NOTEBOOKS / korean_name(name)
        english = read(NOTEBOOKS / name)
        unknown = {*translated} - {cell.id for cell in english.cells}
        if unknown:
            sys.exit(f"{name} has no cell {', '.join(sorted(unknown))}")
        korean = in_korean(english, read(path), name, translated)
        write(path, to_text(korean))
        for cell in to_translate(english, korean):
            print(
                f"{path.name}: translate {cell}, then: tools.korean {name[:2]} {cell}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
