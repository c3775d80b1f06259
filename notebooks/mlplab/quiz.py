"""A short quiz at the end of a notebook; its questions are data beside the notebook."""

import html
import json

import ipywidgets as widgets

from . import stored
from .progress import QUIZ_FOLDER, QUIZ_NAME, record


class Quiz:
    """Questions with one right choice each, and a reason for every choice.

    As text it is the questions and their choices; its answers are not stored.
    """

    def __init__(self, name):
        path = QUIZ_FOLDER / f"{name}.json"
        if not path.exists():
            known = ", ".join(sorted(p.stem for p in QUIZ_FOLDER.glob("*.json")))
            raise ValueError(f"quiz must be one of {known}, got {name!r}")
        self.name = name
        self.questions = json.loads(path.read_text(encoding="utf-8"))
        self.choosers, self.feedback = [], []
        rows = []
        for number, question in enumerate(self.questions, start=1):
            chooser = widgets.ToggleButtons(
                options=[choice["text"] for choice in question["choices"]],
                index=None,
                style={"button_width": "auto"},
            )
            feedback = widgets.HTML(layout=widgets.Layout(min_height="32px"))
            chooser.observe(lambda change, n=number - 1: self._answer(n), "index")
            self.choosers.append(chooser)
            self.feedback.append(feedback)
            asked = widgets.HTML(
                f"<b>{number}. {html.escape(question['question'])}</b>"
            )
            rows += [asked, chooser, feedback]
        self.result = widgets.HTML()
        self.box = widgets.VBox([*rows, self.result])

    def _answer(self, number):
        index = self.choosers[number].index
        if index is None:
            return
        choice = self.questions[number]["choices"][index]
        sign = "&#9745; Right." if choice["right"] else "&#9744; No."
        self.feedback[
            number
        ].value = f'<div role="status">{sign} {html.escape(choice["why"])}</div>'
        right = [
            chooser.index is not None and question["choices"][chooser.index]["right"]
            for question, chooser in zip(self.questions, self.choosers, strict=True)
        ]
        text = f"{sum(right)} of {len(right)} right."
        if all(right):
            text += " " + record(QUIZ_NAME.format(self.name))
        self.result.value = f'<div role="status">{html.escape(text)}</div>'

    def _text(self):
        lines = []
        for number, question in enumerate(self.questions, start=1):
            lines.append(f"{number}. {question['question']}")
            lines += [f"   - {choice['text']}" for choice in question["choices"]]
        return "\n".join(lines)

    def _ipython_display_(self):
        """Show the live widget, and store the questions for when it is gone."""
        stored.show(self.box, self._text())
