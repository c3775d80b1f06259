"""A short quiz at the end of a notebook; its questions are data."""

import html
import json
from pathlib import Path

import ipywidgets as widgets

from mlplab import stored
from mlplab.language import marked, tr

from .progress import record

FOLDER = Path(__file__).resolve().parent / "data" / "quiz"
QUIZ_NAME = "quiz {}"  # under this name a solved quiz is noted
# A long choice takes a second line on a phone; ipywidgets cuts it off.
STYLE = """<style>
.mlplab-quiz .jupyter-button {
  height: auto; max-width: 100%; text-align: left; white-space: normal;
  word-break: keep-all;
}
</style>"""


def quiz_names():
    """Return the names of all quizzes, such as "01", in order."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


class Quiz:
    """Questions with one right choice each, and a reason for every choice.

    As text it is the questions and their choices; its answers are not stored.
    """

    def __init__(self, name):
        if name not in quiz_names():
            known = ", ".join(quiz_names())
            raise ValueError(f"quiz must be one of {known}, got {name!r}")
        self.name = name
        self.questions = json.loads(
            (FOLDER / f"{name}.json").read_text(encoding="utf-8")
        )
        self.choosers, self.feedback = [], []
        rows = []
        for number, question in enumerate(self.questions, start=1):
            chooser = widgets.ToggleButtons(
                options=[tr(choice["text"]) for choice in question["choices"]],
                index=None,
                style={"button_width": "auto"},
            )
            feedback = widgets.HTML(layout=widgets.Layout(min_height="32px"))
            chooser.observe(lambda change, n=number - 1: self._answer(n), "index")
            self.choosers.append(chooser)
            self.feedback.append(feedback)
            asked = widgets.HTML(
                marked(f"<b>{number}. {html.escape(tr(question['question']))}</b>")
            )
            rows += [asked, chooser, feedback]
        self.result = widgets.HTML()
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        self.box = widgets.VBox([*rows, self.result, style])
        self.box.add_class("mlplab-quiz")

    def _answer(self, number):
        index = self.choosers[number].index
        if index is None:
            return
        choice = self.questions[number]["choices"][index]
        why = html.escape(tr(choice["why"]))
        if choice["right"]:
            said = f"&#9745; {tr('Right. {why}', why=why)}"
        else:
            said = f"&#9744; {tr('No. {why}', why=why)}"
        self.feedback[number].value = f'<div role="status">{marked(said)}</div>'
        right = [
            chooser.index is not None and question["choices"][chooser.index]["right"]
            for question, chooser in zip(self.questions, self.choosers, strict=True)
        ]
        text = tr("{right} of {total} right.", right=sum(right), total=len(right))
        if all(right):
            text += " " + record(QUIZ_NAME.format(self.name))
        self.result.value = f'<div role="status">{marked(html.escape(text))}</div>'

    def _text(self):
        lines = []
        for number, question in enumerate(self.questions, start=1):
            lines.append(f"{number}. {tr(question['question'])}")
            lines += [f"   - {tr(choice['text'])}" for choice in question["choices"]]
        return "\n".join(lines)

    def _ipython_display_(self):
        """Show the live widget, and store the questions for when it is gone."""
        stored.show(self.box, self._text())
