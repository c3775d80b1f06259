"""Keep the catalogue of Korean texts: what widgets, checks and the site say.

`make notebooks` runs this file. It adds the texts that are new in the code, without a
translation, drops those that are gone, and compiles the file for Python. A translator's
tool opens mlplab.po.
"""

import ast
import io
import json
import re
from unittest import mock

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools.execute import NOTEBOOKS, ROOT, write

PO = NOTEBOOKS / "mlplab" / "locale" / "ko" / "LC_MESSAGES" / "mlplab.po"
HEAD = """\
# What widgets, checks and quizzes say in Korean. Missing texts stay English.
msgid ""
msgstr ""
"POT-Creation-Date: 2026-11-27 00:00+0000\\n"
"Language: ko\\n"
"Content-Type: text/plain; charset=UTF-8\\n"

"""
SENTENCE = re.compile(r"[\w,:.}’']+ [\w{(]")  # two words
WORD = re.compile(r"[a-z]{2,}")
NOT_SAID = {  # titles in pictures, which are the same in every language, and code
    "Boolean value of Tensor", "<frozen importlib", "cannot be multiplied",
    "center left", "decision boundary", "gradient of each layer: batch",
    "how sure it is", "how wrong it is", "input plane", "its answer for all inputs",
    "learning rate, and how many seeds solve", "ln t",
    "model must turn X of shape (n, 64) into logits of shape (n, 10)", "quiz {}",
    "the same, rows added up", "verdict of every seed and learning rate",
    "what the network gets", "∂: the derivative of the output by this box",
}  # fmt: skip


def texts():
    """Every text that the code looks up, {text: {file, ...}}."""
    found = {}
    for room, read in ROOMS.items():
        for path in sorted(ROOT.glob(room)):
            place = path.relative_to(ROOT).as_posix().removeprefix("notebooks/")
            for text in read(path.read_text(encoding="utf-8")):
                found.setdefault(text, set()).add(place)
    for text in words():
        found.setdefault(text, {"mlplab/explorers"})
    return {
        text: files
        for text, files in found.items()
        if text not in NOT_SAID and WORD.search(text) and "<style" not in text
    }


def sentences(code):
    """The literals of a module that are of two words or more, and all given to `tr`.

    Not docstrings; what a programmer's error says stays English, as Python's own does.
    """
    tree, unread = ast.parse(code), set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.JoinedStr()
                | ast.Raise(exc=ast.Call(func=ast.Name("ValueError" | "TypeError")))
            ):
                unread |= {*ast.walk(node)}
            case ast.Expr(ast.Constant() as docstring):
                unread.add(docstring)
    yield from looked_up(code)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(text)) if node not in unread:
                if SENTENCE.search(text):
                    yield text


def looked_up(code):
    """The literals that a module gives to `tr`: what the site says."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(ast.Name("tr"), [ast.Constant(text), *_]):
                yield text


def quiz_texts(file):
    """The texts of a quiz."""
    for question in json.loads(file):
        yield question["question"]
        for choice in question["choices"]:
            yield from (choice["text"], choice["why"])


def words():
    """The single words that explorers look up when they are made, and the verdicts.

    But not what stands in code as well: gates, names of settings.
    """
    from mlplab import explorers, language, network
    from mlplab.data import GATES
    from mlplab.descent import ACTIVATIONS, OPTIMIZERS

    heard = mock.Mock(info=dict, gettext=mock.Mock(side_effect=str))
    with mock.patch.object(language, "_catalogue", heard):
        for name in explorers.__all__:
            getattr(explorers, name)().close()
    said = {call.args[0] for call in heard.gettext.call_args_list}
    code = {*GATES, *ACTIVATIONS, *OPTIMIZERS, *network.INITS}
    return {*network.VERDICTS, *filter(WORD.fullmatch, said)} - code


ROOMS = {  # where texts stand, and what finds them in a file
    "notebooks/mlplab/explorers/*.py": sentences,
    "notebooks/exercises/*.py": sentences,
    "notebooks/exercises/data/quiz/*.json": quiz_texts,
    "tools/*.py": looked_up,
}


def translated(text):
    """The catalogue in a .po file's text."""
    return read_po(io.StringIO(text), locale="ko")


def brought_up_to_date(catalogue):
    """A .po file's text with the texts of the code and their translations."""
    known = texts()
    for message in [each for each in catalogue if each.id and each.id not in known]:
        catalogue.delete(message.id)
    for text, files in known.items():
        message = catalogue.get(text) or catalogue.add(text)
        message.locations = [(file, None) for file in sorted(files)]
    catalogue.obsolete.clear()
    file = io.BytesIO()
    options = {"omit_header": True, "sort_by_file": True, "include_lineno": False}
    write_po(file, catalogue, width=88, **options)
    return HEAD + file.getvalue().decode().lstrip("\n")


def compiled(catalogue):
    """The bytes of the .mo file, which Python reads."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main():
    catalogue = translated(PO.read_text(encoding="utf-8") if PO.exists() else HEAD)
    text = brought_up_to_date(catalogue)
    PO.parent.mkdir(parents=True, exist_ok=True)
    write(PO, text)
    PO.with_suffix(".mo").write_bytes(compiled(translated(text)))
    for message in catalogue:
        if message.id and not message.string:
            print(f"{PO.name}: translate {message.id!r}")


if __name__ == "__main__":
    main()
