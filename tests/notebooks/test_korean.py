"""The Korean notebooks and pages say what the English say, and run the same code."""

import copy
import re
from collections import Counter

import pytest
from nbformat.v4 import new_markdown_cell

from support.korean import HANGUL
from support.later import these_now
from support.rules import Lesson, cell_headings, links_resolve, without_code
from tools.catalogue import PO, translated
from tools.execute import COURSE, NOTEBOOKS, read, to_text
from tools.korean import (
    COMMENT,
    ONLY_ENGLISH,
    PAGES,
    follow,
    in_korean,
    korean_name,
    mark_pieces,
    pieces,
    pieces_to_translate,
    speaking_cells,
    title,
    to_translate,
)

# Where English has a word, such as none or tenfold, Korean may have the digits.
IN_WORDS = {str(n) for n in range(11)}
DISPLAY, INLINE = r"\$\$.+?\$\$", r"\$[^$]+\$"
# Beside the English columns the Korean glossary has the English term, and the word of
# the lecture notes.
TWO_MORE = re.compile(r"^\|[^|\n]*(\|(?:[^|\n]*\|){3})[^|\n]*\|$", re.M)
QUICK = (COURSE[0], COURSE[1])  # to execute; the others in make soak
each_notebook = pytest.mark.parametrize("name", COURSE)
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def pair(name):
    return read(NOTEBOOKS / name), read(NOTEBOOKS / korean_name(name))


@each_notebook
def test_code_outputs_and_tags_are_those_of_the_english_notebook(name):
    english, korean = pair(name)
    made = follow(english, korean)
    speaking, _ = speaking_cells(made)
    for cell, stored in zip(made.cells, korean.cells, strict=True):
        if cell.id in speaking:  # in other words, with the same pictures
            assert wordless(stored.outputs) == wordless(cell.outputs), cell.id
            cell.outputs = stored.outputs
    assert to_text(korean) == to_text(made), "run python -m tools.korean"


def wordless(outputs):
    return [
        {
            kind: data if kind.startswith("image/") else "words"
            for kind, data in output.get("data", {"stream": ""}).items()
        }
        for output in outputs
    ]


@pytest.mark.parametrize("name", these_now(QUICK, COURSE))
def test_what_speaks_is_stored_as_it_is_said(name):
    english, korean = pair(name)
    made = to_text(in_korean(english, korean, name))
    assert to_text(korean) == made, "run python -m tools.korean"


@each_notebook
def test_every_text_is_translated_as_it_is(name):
    assert to_translate(*pair(name)) == []


def test_a_changed_sentence_names_its_cell():
    english, korean = pair(COURSE[3])
    changed = copy.deepcopy(english)
    cell = [cell for cell in changed.cells if cell.cell_type == "markdown"][5]
    cell.source = cell.source.replace(".", "!", 1)
    assert to_translate(changed, korean) == [cell.id]
    assert to_translate(changed, follow(changed, korean, [cell.id])) == []
    # a new one is there at once, to be translated
    korean.cells = [each for each in korean.cells if each.id != cell.id]
    assert cell.source in [each.source for each in follow(changed, korean).cells]
    assert to_translate(changed, follow(changed, korean)) == [cell.id]


def all_of(pattern, text):
    return Counter(re.findall(pattern, text, re.S | re.M))


def features(cell):
    """What a translation leaves as it is, {name: what is found}."""
    text = re.sub(r"\.ko(\.ipynb|\.md)", r"\1", cell.source)
    links = re.sub(r"#[^)\s]+", "", text)
    return {
        "headings": [level for level, _ in cell_headings(cell)],
        "formulas": all_of(f"{DISPLAY}|{INLINE}", without_code(text)),
        "code": all_of(r"```.*?```|`[^`\n]+`", text),
        "links": all_of(r"\]\(([^)]+)\)", links),
        "tags": all_of(r"</?\w+|src=\"[^\"]+\"", text),
        "items": len(all_of(r"^\s*(?:[-*]|\d+\.) ", text)),
        "cells of tables": text.count("|"),
        "bold": text.count("**"),
    }


def numbers(text):
    """The numbers of the prose, with how often each is said."""
    formal = rf"{DISPLAY}|{INLINE}|\]\([^)]*\)|src=\"[^\"]+\""
    prose = re.sub(formal, " ", without_code(text), flags=re.S)
    return all_of(r"\d+(?:[.,]\d+)*", prose)


def compare(here, there):
    assert features(there) == features(here), here.source
    said, told = numbers(here.source), numbers(there.source)
    assert not said - told and {*(told - said)} <= IN_WORDS, here.source
    assert HANGUL.search(there.source), here.source


@each_notebook
def test_structure_formulas_and_numbers_are_the_same(name):
    english, korean = pair(name)
    for here, there in zip(english.cells, korean.cells, strict=True):
        if here.cell_type == "markdown":
            compare(here, there)


@each_notebook
def test_alt_texts_have_the_same_numbers(name):
    for here, there in zip(*(nb.cells for nb in pair(name)), strict=True):
        if alt := here.metadata.get("alt"):
            assert not numbers(alt) - numbers(there.metadata.alt), here.id
            assert HANGUL.search(there.metadata.alt), here.id


@each_notebook
def test_links_lead_to_the_korean_pages(name):
    lesson = Lesson(NOTEBOOKS / korean_name(name))
    assert [*links_resolve(lesson)] == []
    text = "".join(cell.source for cell in lesson.markdown)
    ours = [link for link in all_of(r"\]\(([^)#]+)", text) if ":" not in link]
    assert ours and all(".ko." in link for link in ours)


# The pages


def page_pair(path):
    sibling = path.with_name(korean_name(path.name))
    return path.read_text(encoding="utf-8"), sibling.read_text(encoding="utf-8")


@each_page
def test_every_piece_of_a_page_is_translated_as_it_is(path):
    assert pieces_to_translate(path, *page_pair(path)) == []


@each_page
def test_a_changed_sentence_names_its_piece(path):
    english, korean = page_pair(path)
    piece = pieces(path, english)[1]
    changed = english.replace(piece, piece.replace("s ", "s! ", 1))
    assert pieces_to_translate(path, changed, korean) == [title(piece)]
    mended = mark_pieces(path, changed, korean, [title(piece)])
    assert pieces_to_translate(path, changed, mended) == []
    assert COMMENT.sub("", mended) == COMMENT.sub("", korean)


def same_everywhere(text):
    """A page without what is another in Korean: comments of code, a notebook's name."""
    text = TWO_MORE.sub(r"\1", COMMENT.sub("", text))
    return re.sub(r"(?<=\S) +# .*|(?<=NB=\d\d)_\w+\.ko\b", "", text)


@each_page
def test_structure_and_numbers_of_a_page_are_the_same(path):
    english, korean = (pieces(path, text) for text in page_pair(path))
    for both in zip(english, korean, strict=True):
        if title(both[0]) != ONLY_ENGLISH:
            compare(*(new_markdown_cell(same_everywhere(piece)) for piece in both))


@each_page
def test_links_of_a_page_lead_to_korean_ones(path):
    for link in all_of(r"\]\(([^)#:]+)[#)]", page_pair(path)[1]):
        target = path.parent / link
        assert target.exists(), link
        assert target == path or not target.with_name(korean_name(target.name)).exists()


@pytest.mark.parametrize("page", [*map(korean_name, COURSE), "teaching_guide.ko.md"])
def test_what_is_pressed_has_the_name_that_the_screen_shows(page):
    """*reset* is no button in a Korean notebook."""
    catalogue = translated(PO.read_text(encoding="utf-8"))
    english = {each.id for each in catalogue if each.string != each.id}
    text = (NOTEBOOKS / page).read_text(encoding="utf-8")
    if page.endswith(".ipynb"):
        text = "\n".join(cell.source for cell in Lesson(NOTEBOOKS / page).markdown)
    named = re.findall(r"(?<![*\w])\*([^*\n]+)\*(?!\*)|[“\"]([^”\"\n]+)[”\"]", text)
    assert not {one or other for one, other in named} & english
