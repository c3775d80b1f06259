"""The board that shows which exercises and quizzes a learner has solved."""

import html
import os

import ipywidgets as widgets

from mlplab import stored
from mlplab.language import marked, tr

from . import (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
)
from .progress import progress_file, solved
from .quiz import QUIZ_NAME, quiz_names

LESSONS = (
    lesson_00, lesson_01, lesson_02, lesson_03, lesson_04, lesson_05, lesson_06,
    lesson_07,
)  # fmt: skip
COUNTED_VARIABLE = "MLPLAB_COUNTED"  # set by a class's hub: the page that counts
COUNTED = (
    "Your teacher sees what you have solved; here is "
    '<a href="{page}" target="_blank">what is counted of you</a>.'
)
TEXT = "Run this cell to see what you have solved."


def to_solve():
    """Return what there is to solve: {"01": [name, ...]}, exercises and then the quiz.

    Found in the modules of the lessons and among the quizzes.
    """
    names = {}
    for lesson in LESSONS:
        found = [getattr(check, "exercise", None) for check in vars(lesson).values()]
        names[lesson.__name__[-2:]] = [name for name in found if isinstance(name, str)]
    for number in quiz_names():
        names.setdefault(number, []).append(QUIZ_NAME.format(number))
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
                tr(
                    "<b>Notebook {number}</b>, {count} of {total} solved:",
                    number=number,
                    count=count,
                    total=len(names),
                ),
                *ticks,
            ]
            lines.append("&emsp;".join(line))
        if problem:
            lines.append(html.escape(problem))
        elif page := os.environ.get(COUNTED_VARIABLE):
            lines.append(tr(COUNTED, page=html.escape(page)))
        else:
            kept = tr(
                "Kept on this computer only, in the file {file}", file=progress_file()
            )
            lines.append(html.escape(kept))
        return f'<div role="status">{marked("<br>".join(lines))}</div>'

    def _ipython_display_(self):
        """Show the live widget, and store a text that tells nothing of the learner."""
        stored.show(self.box, tr(TEXT))


def _ticked(name, done):
    """Return a name without its notebook, ticked or not, as HTML."""
    is_quiz = name.startswith(QUIZ_NAME.format(""))
    label = tr("quiz") if is_quiz else tr(name)[2:].strip()
    return f"{'&#9745;' if done else '&#9744;'} {html.escape(label)}"
