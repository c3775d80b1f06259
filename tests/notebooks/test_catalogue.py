"""The Korean catalogue has every text that the code says, translated as it is."""

import gettext
import re
import string
from collections import Counter

import pytest

from tools.catalogue import (
    HEAD,
    PO,
    brought_up_to_date,
    compiled,
    sentences,
    translated,
)

FIELD = re.compile(r"\{[^}]*\}")
CODE = re.compile(r"`[^`]+`|</?\w+")
GRAMMAR = {"{article:}"}  # of English alone
MESSAGES = [each for each in translated(PO.read_text(encoding="utf-8")) if each.id]


def fields(text):
    return Counter(f"{{{name}:{spec}}}" for _, name, spec, _ in parts(text))


def parts(text):
    return [part for part in string.Formatter().parse(text) if part[1] is not None]


def numbers(text):
    return {*re.findall(r"\d+(?:[.,]\d+)*", FIELD.sub(" ", text))}


def ends(text):
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def test_it_has_the_texts_of_the_code_and_no_other():
    text = PO.read_text(encoding="utf-8")
    made = brought_up_to_date(translated(text))
    assert text == made, "run make notebooks"


def test_every_text_is_translated():
    missing = [each.id for each in MESSAGES if not each.string or each.fuzzy]
    assert missing == []


def test_python_reads_what_a_translator_wrote():
    made = compiled(translated(PO.read_text(encoding="utf-8")))
    assert PO.with_suffix(".mo").read_bytes() == made, "run make notebooks"
    read = gettext.translation("mlplab", PO.parents[2], ["ko"])
    assert {m.id: read.gettext(m.id) for m in MESSAGES} == {
        m.id: m.string for m in MESSAGES
    }


def test_a_new_text_is_named_and_one_that_is_gone_goes(monkeypatch):
    known = {"a new {thing}": {"exercises/board.py"}, "seed": {"mlplab/explorers"}}
    monkeypatch.setattr("tools.catalogue.texts", lambda: known)
    made = translated(brought_up_to_date(translated(PO.read_text(encoding="utf-8"))))
    assert {m.id: m.string for m in made if m.id} == {
        "a new {thing}": "", "seed": "시드",
    }  # fmt: skip
    assert brought_up_to_date(translated(HEAD)).startswith(HEAD)


def differs(english, korean):
    """What a translation has not as the English text has it."""
    wanted, found = fields(english), fields(korean)
    return [
        what
        for what, same in {
            "fields": found <= wanted and wanted - found <= Counter(GRAMMAR),
            "numbers": numbers(english) <= numbers(korean),
            "code": Counter(CODE.findall(english)) == Counter(CODE.findall(korean)),
            "ends": ends(english) == ends(korean),
        }.items()
        if not same
    ]


def test_a_translation_says_the_same():
    found = {each.id: differs(each.id, each.string) for each in MESSAGES if each.string}
    assert {text: what for text, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("english", "korean", "what"),
    [
        ("{loss:.4f} at {step}", "{step} {loss:.4f}", []),
        ("read as {article} {digit}", "{digit}", []),
        ("{loss:.4f} at {step}", "{step}", ["fields"]),
        ("{loss:.4f} at {step}", "{loss:.2f} {step}", ["fields"]),
        ("{loss}", "{loss} {other}", ["fields"]),
        ("1,000 steps", "1000", ["numbers"]),
        ("see `max`", "`min`", ["code"]),
        ("<a>here</a>", "<b>here</b>", ["code"]),
        (" and so on", "etc.", ["ends"]),
    ],
)
def test_what_differs_is_found(english, korean, what):
    assert differs(english, korean) == what


def test_what_a_module_says_is_found_and_nothing_else():
    code = '''"""A docstring of words."""
def f(name):
    """Return some words."""
    if name:
        raise ValueError("for who writes programs")
        raise TypeError(tr("for who learns"))
    return tr("the {name} of a thing", name=name), f"glued {name} words", "one", "a b"
'''
    assert {*sentences(code)} == {"the {name} of a thing", "a b", "for who learns"}
