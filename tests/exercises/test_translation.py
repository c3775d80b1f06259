"""Whatever the exercises say to a learner can be said in another language."""

import ast
import re
from types import SimpleNamespace

import pytest

from exercises import board, environment, lesson_00, lesson_02
from exercises.board import Progress
from exercises.progress import record
from exercises.quiz import Quiz
from mlplab import language
from support.cases import said
from support.shown import shown
from tools.execute import NOTEBOOKS

ASKED = Quiz("01").questions[0]
RIGHT = [choice["right"] for choice in ASKED["choices"]].index(True)
# Placeholders change places, as they do in Korean.
KOREAN = {
    "Not tried yet: {todo}": "{todo} 아직",
    "put the step that you found for `...`.": "찾은 스텝을 `...`에 넣으세요.",
    "Not yet: {wrong}": "아직: {wrong}",
    "at step {step:.0f} not all four are right yet. Go on to the right": "{step:.0f}",
    "{name} should be numbers of shape {shape}, got {value}": "{value} {shape} {name}",
    "Correct. {why}": "정답. {why}",
    "a learning rate is above 0": "학습률은 0보다 큽니다",
    board.TEXT: "셀을 실행하세요.",
    "<b>Notebook {number}</b>, {count} of {total} solved:": "{total} {count} {number}",
    "Kept on this computer only, in the file {file}": "파일: {file}",
    "01 NAND alone": "01 NAND만으로",
    "quiz": "퀴즈",
    environment.ALL_WELL: "모두 좋습니다.",
    environment.REMEDY: "다음 줄을 실행하세요:",
    "Something is not as it should be:": "문제:",
    "{name} is not installed, the course needs {wanted}.": "{wanted} {name} 없음",
    ASKED["question"]: "질문",
    ASKED["choices"][RIGHT]["text"]: "선택",
    ASKED["choices"][RIGHT]["why"]: "까닭 <",
    "Right. {why}": "맞습니다. {why}",
    "{right} of {total} right.": "{total} 중 {right}",
}
# What only a programmer reads, {} for what is filled in.
FOR_PROGRAMMERS = {"quiz must be one of {}, got {}"}


@pytest.fixture(autouse=True)
def korean(monkeypatch):
    """Let the exercises speak the few words above."""
    catalogue = SimpleNamespace(
        gettext=lambda text: KOREAN.get(text, text), info=lambda: {"language": "ko"}
    )
    monkeypatch.setattr(language, "_catalogue", catalogue)


def test_a_check_speaks_it_and_keeps_whether_the_answer_is_right():
    check = lesson_00.first_all_right
    heard = []
    for step in (..., 2_000, "{name}", lesson_00.FIRST):
        heard.append(
            (said(check, step).partition(" The loss")[0].strip(), check.solved)
        )
    assert heard == [
        ("찾은 스텝을 `...`에 넣으세요. 아직", False),
        ("아직: 2000", False),
        ("아직: '{name}' () my_step", False),
        ("정답.", True),
    ]


def test_what_a_lesson_says_needs_no_care_where_nothing_is_filled_in():
    assert said(lesson_02.centred_limit, -1) == "아직: 학습률은 0보다 큽니다\n"


def test_a_quiz_speaks_it():
    asked = Quiz("01")
    asked.choosers[0].index = RIGHT
    assert "<b>1. 질문</b>" in asked.box.children[0].value
    assert asked.choosers[0].options[RIGHT] == "선택"
    assert "맞습니다. 까닭 &lt;</div>" in asked.feedback[0].value
    assert f">{len(asked.questions)} 중 1<" in asked.result.value
    assert asked._text().startswith("1. 질문\n") and "   - 선택\n" in asked._text()


def test_the_board_speaks_it_and_ticks_by_the_english_name(kept):
    record("01 NAND alone")
    live = Progress().box.value
    assert "3 1 01&emsp;" in live and "&#9745; NAND만으로&emsp;&#9744; 퀴즈" in live
    assert f"파일: {kept}" in live
    assert shown(Progress())[1]["text/plain"] == KOREAN[board.TEXT]


def test_the_environment_check_speaks_it(tmp_path, capsys):
    environment.check_environment()
    (tmp_path / "notebooks" / "mlplab").mkdir(parents=True)
    pins = tmp_path / "requirements.txt"
    pins.write_text("no-such-package==1.0", encoding="utf-8")
    environment.check_environment(tmp_path)
    assert capsys.readouterr().out == (
        "모두 좋습니다.\n"
        "문제:\n1.0 no-such-package 없음\n"
        "다음 줄을 실행하세요:\n%pip install -r ../requirements.txt\n"
    )


def filled_sentences(source):
    """The f-strings of two words or more, which no catalogue can have."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value for part in node.values)
            text = "".join(part if isinstance(part, str) else "{}" for part in parts)
            if len(re.findall("[A-Za-z]{2,}", re.sub("<[^>]*>", " ", text))) > 1:
                yield text


def test_no_sentence_is_filled_in_before_it_is_looked_up():
    modules = (NOTEBOOKS / "exercises").glob("*.py")
    sources = [path.read_text(encoding="utf-8") for path in modules]
    found = {text for source in sources for text in filled_sentences(source)}
    assert found == FOR_PROGRAMMERS
    assert [*filled_sentences('f"is {rows} times" f" too large"')]
    assert not [*filled_sentences("""f'<div role="status">{text}</div>'""")]
