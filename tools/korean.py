"""Keep the Korean notebooks in step with the English ones.

A Korean notebook, NN_name.ko.ipynb, has the cells of NN_name.ipynb: the same code,
outputs, tags and ids. Its Markdown and its alt texts are a translator's; each cell
keeps a mark of the English text that it translates.

`python -m tools.korean` brings code, outputs and tags, and names the cells to look at.
`python -m tools.korean 03 rules local` says that two cells of 03 now translate the
English text as it is.
"""

import copy
import hashlib
import sys

from tools.execute import COURSE, NOTEBOOKS, read, to_text, write

MARK = "translates"


def korean_name(name):
    return name.replace(".", ".ko.", 1)


def mark(source):
    """What tells one English text from another."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def text_of(cell):
    """What is translated of a cell: its Markdown, or the words of its picture."""
    return cell.source if cell.cell_type == "markdown" else cell.metadata.get("alt")


def follow(english, korean, translated=()):
    """The Korean notebook with all of the English one but its texts.

    A cell that it has not yet is English, and without a mark.
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
    return nb


def to_translate(english, korean):
    """The ids of the Korean cells that do not translate the English text as it is."""
    marks = {cell.id: cell.metadata.get(MARK) for cell in korean.cells}
    return [
        cell.id
        for cell in english.cells
        if text_of(cell) and marks.get(cell.id) != mark(text_of(cell))
    ]


def main(prefix="", *translated):
    for name in COURSE:
        path = NOTEBOOKS / korean_name(name)
        english = read(NOTEBOOKS / name)
        done = translated if name.startswith(prefix) else ()
        unknown = {*done} - {cell.id for cell in english.cells}
        if unknown:
            sys.exit(f"{name} has no cell {', '.join(sorted(unknown))}")
        korean = follow(english, read(path), done)
        write(path, to_text(korean))
        for cell in to_translate(english, korean):
            print(
                f"{path.name}: translate {cell}, then: tools.korean {name[:2]} {cell}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
