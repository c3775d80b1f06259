"""What a learner has solved, in one small local file that can be deleted."""

import html
import importlib
import json
import os
import pkgutil
from pathlib import Path

import ipywidgets as widgets

from . import stored

FILE_VARIABLE = "MLPLAB_PROGRESS"  # environment variable: another place for the file
QUIZ_NAME = "quiz {}"  # under this name a solved quiz is noted
QUIZ_FOLDER = Path(__file__).resolve().parents[1] / "quiz"
NO_HOME = (
    "Your progress cannot be kept, since this computer names no home folder for you. "
    f"Set the environment variable {FILE_VARIABLE} to the path of a file."
)
TEXT = "Run this cell to see what you have solved."


def progress_file():
    """Return where the progress is kept; raise RuntimeError if there is no place."""
    return Path(os.environ.get(FILE_VARIABLE) or Path.home() / ".mlplab_progress.json")


def solved():
    """Return the names of what is solved, a set, and what is wrong with the file.

    The second value is "" where all is well. A damaged file counts as empty.
    """
    try:
        path = progress_file()
    except RuntimeError:
        return set(), NO_HOME
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise ValueError("not a list of names")
    except FileNotFoundError:
        return set(), ""
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error  # the path is told already
        return set(), (
            f"The progress file {path} cannot be read ({why}). Delete it to start "
            "anew; until then nothing is recorded."
        )
    return set(names), ""


def record(name):
    """Note that something is solved; return what went wrong, or ""."""
    names, problem = solved()
    if problem or name in names:
        return problem
    path = progress_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # written beside it first, so that a full disk cannot damage what is there
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(sorted({*names, name})), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        return f"Your progress could not be recorded in {path} ({error.strerror})."
    return ""


def to_solve():
    """Return what there is to solve: {"01": [name, ...]}, exercises and then the quiz.

    Found in the judges and in the folder of the quizzes.
    """
    from . import judges  # they import this module

    names = {}
    for module in pkgutil.iter_modules(judges.__path__, f"{judges.__name__}."):
        number = module.name[-2:]  # of nb01
        checks = vars(importlib.import_module(module.name)).values()
        found = [getattr(check, "exercise", None) for check in checks]
        names[number] = [name for name in found if isinstance(name, str)]
    for path in QUIZ_FOLDER.glob("*.json"):
        names.setdefault(path.stem, []).append(QUIZ_NAME.format(path.stem))
    return dict(sorted(names.items()))


class Progress:
    """All exercises and quizzes, the solved ones ticked, as a widget.

    As text it is the same for every learner, so that a notebook can store it.
    """

    def __init__(self):
        self.box = widgets.HTML(self._html())

    def _html(self):
        done, problem = solved()
        lines = []
        for number, names in to_solve().items():
            count = sum(name in done for name in names)
            ticks = [_ticked(name, name in done) for name in names]
            line = [
                f"<b>Notebook {number}</b>, {count} of {len(names)} solved:",
                *ticks,
            ]
            lines.append("&emsp;".join(line))
        if not problem:
            problem = f"Kept on this computer only, in the file {progress_file()}"
        lines.append(html.escape(problem))
        return f'<div role="status">{"<br>".join(lines)}</div>'

    def _ipython_display_(self):
        """Show the live widget, and store a text that tells nothing of the learner."""
        stored.show(self.box, TEXT)


def _ticked(name, done):
    """Return a name without its notebook, ticked or not, as HTML."""
    label = "quiz" if name.startswith(QUIZ_NAME.format("")) else name[2:].strip()
    return f"{'&#9745;' if done else '&#9744;'} {html.escape(label)}"
