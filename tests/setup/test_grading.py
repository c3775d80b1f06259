"""Grading: what a class has written becomes points, and nothing is silently 0."""

import csv
import importlib
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from types import SimpleNamespace

import classroom
import grades
import nbformat
import pytest

from mlplab import language
from support.lab import without_make
from tools.execute import COURSE, NOTEBOOKS, ROOT, read, to_text

LESSON = COURSE[1]
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)\n```", re.DOTALL)


def ours(name=LESSON):
    return read(NOTEBOOKS / name)


def answered(nb, **code):
    """The notebook with code for answers; behind it the call of the check."""
    for slug, cell in grades.answers(nb).items():
        if slug in code:
            cell.source = f"{code[slug]}\n\n{grades.check_of(cell)[1]}"
    return nb


def solutions(name=LESSON):
    sources = {cell.id: cell.source for cell in ours(name).cells}
    return {
        slug: SOLUTION.search(sources[f"exercise-{slug}"])[1]
        for slug in grades.answers(ours(name))
    }


def tasks(nb):
    return {slug: cell.source for slug, cell in grades.answers(nb).items()}


def save(path, nb):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text(nb), encoding="utf-8")


# An assignment


@pytest.mark.parametrize("name", COURSE)
def test_behind_each_answer_stands_a_cell_for_its_point(name):
    nb, odd = grades.submission(ours(name), ours(name))
    assert not any(odd.values())
    nbformat.validate(nb)
    cells = {cell.id: place for place, cell in enumerate(nb.cells)}
    checks = set()
    for slug, answer in grades.answers(ours(name)).items():
        place = cells[f"answer-{slug}"]
        cell, check = nb.cells[place + 1], grades.check_of(answer)[0]
        assert nb.cells[place].source == answer.source
        assert nb.cells[place].metadata.nbgrader.solution
        assert cell.id == f"point-{slug}" and cell.metadata.nbgrader.points == 1
        assert cell.metadata.nbgrader.locked and cell.metadata.nbgrader.grade
        assert grades.check_of(answer)[1] in cell.source.splitlines()
        checks.add(check.partition(".")[2])
    module = importlib.import_module(f"exercises.lesson_{name[:2]}")
    theirs = {key for key, value in vars(module).items() if hasattr(value, "exercise")}
    assert checks == theirs - {"exercise"}


def test_a_point_needs_a_right_answer():
    nb, _ = grades.submission(ours(), ours())
    (cell,) = (cell for cell in nb.cells if cell.id == "point-line")
    exec(cell.source, {"my_w1": -1, "my_w2": 1, "my_b": -0.5})
    for wrong in (1, ...):
        with pytest.raises(AssertionError, match="no point yet"):
            exec(cell.source, {"my_w1": wrong, "my_w2": 1, "my_b": -0.5})


def test_a_point_is_the_same_in_every_language(monkeypatch):
    """What the check says begins with another word there."""
    catalogue = SimpleNamespace(gettext=lambda text: f"말: {text}")
    monkeypatch.setattr(language, "_catalogue", catalogue)
    test_a_point_needs_a_right_answer()


# What a student hands in


def point_follows(nb, code, slug="line"):
    """Whether the point of an answer stands behind a cell with this code."""
    place = [cell.id for cell in nb.cells].index(f"point-{slug}")
    return code in nb.cells[place - 1].source


def test_an_answer_is_found_by_its_id_and_the_check_in_its_cell_is_not_asked():
    theirs = answered(ours())
    grades.answers(theirs)["line"].source = "my_w1 = 7\nprint('Correct.')"
    nb, odd = grades.submission(theirs, ours())
    assert point_follows(nb, "my_w1 = 7") and not any(odd.values())


@pytest.mark.parametrize("own", ["gone", "as it was", "another type"])
def test_an_answer_in_another_cell_is_found_by_its_check(own):
    theirs = ours()
    place = [cell.id for cell in theirs.cells].index("answer-line")
    copied = nbformat.v4.new_code_cell(f"my_w1 = 7\n{theirs.cells[place].source}")
    theirs.cells.insert(place + 1, copied)
    if own == "gone":
        del theirs.cells[place]
    if own == "another type":
        theirs.cells[place] = nbformat.v4.new_markdown_cell("x", id="answer-line")
    nb, odd = grades.submission(theirs, ours())
    assert point_follows(nb, "my_w1 = 7")
    assert odd == {"line": "taken from another cell, by its check", "nand": ""}


def test_an_answer_that_was_deleted_is_said():
    theirs = ours()
    theirs.cells = [cell for cell in theirs.cells if cell.id != "answer-line"]
    nb, odd = grades.submission(theirs, ours())
    assert odd == {"line": "its cell is missing", "nand": ""}
    assert point_follows(nb, "my_w1, my_w2, my_b = ..., ..., ...")


def test_points_that_a_student_gives_away_do_not_count():
    theirs, _ = grades.submission(ours(), ours())
    marks = {cell.id: cell.metadata.get("nbgrader") for cell in theirs.cells}
    for cell in theirs.cells:
        cell.metadata["nbgrader"] = marks["point-line"] | {"points": 100}
        cell.source = "pass" if cell.id.startswith("point-") else cell.source
    assert grades.submission(theirs, ours()) == grades.submission(ours(), ours())


@pytest.fixture
def home(tmp_path):
    """A student's folder, as it was handed out."""
    save(tmp_path / "ada" / "notebooks" / LESSON, ours())
    return tmp_path / "ada"


def handed_in(home):
    """(the name of the notebook that counts, what is odd)."""
    path, odd = grades.handed_in(home, grades.notebooks(home), LESSON, ours())
    return path and path.name, odd


def test_the_notebook_of_the_lessons_name_counts(home):
    assert handed_in(home) == (LESSON, [])
    save(home / "notebooks" / LESSON, answered(ours(), line="my_w1 = 1"))
    assert handed_in(home) == (LESSON, [])
    copied = home / "notebooks" / "a-Copy1.ipynb"
    save(copied, answered(ours(), line="my_w1 = 1"))  # no more than there
    before = home / "notebooks" / ".ipynb_checkpoints" / LESSON
    save(before, answered(ours(), line="my_w1 = 0"))
    assert handed_in(home) == (LESSON, [])
    save(copied, answered(ours(), nand="my_xor = 1"))
    odd = "other answers, which do not count: notebooks/a-Copy1.ipynb"
    assert handed_in(home) == (LESSON, [odd])


def test_a_renamed_notebook_counts_before_the_fresh_one_and_the_newest_before_others(
    home,
):
    for age, name in enumerate(["newer.ipynb", "older.ipynb"]):
        save(home / name, answered(ours(), line=f"my_w1 = {age}"))
        os.utime(home / name, (9e8 - age, 9e8 - age))
    odd = "other answers, which do not count: older.ipynb"
    assert handed_in(home) == ("newer.ipynb", ["taken from newer.ipynb", odd])


def test_answers_in_the_korean_notebook_count(home):
    korean = home / "notebooks" / LESSON.replace(".", ".ko.")
    save(korean, answered(ours(), line="my_w1 = 1"))
    assert handed_in(home) == (korean.name, [f"taken from notebooks/{korean.name}"])


def test_what_is_not_there_or_cannot_be_read_is_said(home):
    own = home / "notebooks" / LESSON
    missing = f"no notebook {LESSON}"
    for text in ("{", "[]", '{"cells": 1}'):
        own.write_text(text, encoding="utf-8")
        said = [f"notebooks/{LESSON} cannot be read", missing]
        assert handed_in(home) == (None, said)
    own.unlink()
    assert handed_in(home) == (None, [missing])


def test_a_link_to_anothers_work_does_not_count(home, tmp_path):
    own = home / "notebooks" / LESSON
    save(tmp_path / "bob" / LESSON, answered(ours(), line="my_w1 = 1"))
    own.unlink()
    own.symlink_to(tmp_path / "bob" / LESSON)
    assert handed_in(home) == (None, [f"no notebook {LESSON}"])


def test_a_notebook_without_ids_is_graded_by_its_checks(home):
    nb = answered(ours(), line="my_w1 = 7")
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    own = home / "notebooks" / LESSON
    own.write_text(nbformat.writes(nb), encoding="utf-8")
    nb, odd = grades.submission(grades.notebooks(home)[own], ours())
    assert point_follows(nb, "my_w1 = 7") and odd["line"]


# The round trip, with nbgrader itself


def make(*words):
    result = subprocess.run(
        ["make", *words],
        cwd=ROOT,
        env=without_make(os.environ),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """A class that has the handout, and no student yet."""
    for tool in ("make", "npm"):  # which install what they need
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    folder = tmp_path_factory.mktemp("grading") / "class"
    make("hub-update", f"CLASS={folder}")
    return folder


@pytest.fixture
def folder(handed_out, tmp_path):
    shutil.copytree(handed_out, tmp_path / "class")
    return tmp_path / "class"


def student(folder, who, name=LESSON, **code):
    """Hand out the course to a student, who answers; return the notebook's path."""
    home = folder / "students" / who
    classroom.hand_out(folder / "handout", home)
    path = home / "notebooks" / name
    save(path, answered(read(path), **code))
    return path


def table(folder, name):
    with open(folder / "grading" / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def graded(folder):
    """{student: {exercise: (points, why)}}, {student: what is odd}."""
    make("grades", f"CLASS={folder}")
    why = {}
    for row in table(folder, "why.csv"):
        own = why.setdefault(row["student"], {})
        own[row["exercise"]] = row["points"], row["why"]
    points = table(folder, "points.csv")
    for row in points:
        own = why[row["student"]]
        assert [row[exercise] for exercise in own] == [p for p, _ in own.values()]
        assert float(row["points"]) == sum(float(p or 0) for p, _ in own.values())
    return why, {row["student"]: row["remarks"] for row in points}


NOISY = """\
import os, sys, warnings
def my_xor(x1, x2, nand):
    warnings.warn("a warning")
    os.write(2, b"from below")
    print("tried", end="", file=sys.stderr)
    print("tried", end="")
    both = nand(x1, x2)
    return nand(nand(x1, both), nand(both, x2))
"""


@pytest.mark.long
def test_the_round_trip_gives_the_points_and_says_why(folder):
    right, wrong = solutions(), "my_w1, my_w2, my_b = 1, -1, -0.5"
    student(folder, "untouched")
    student(folder, "31415", **right)
    student(folder, "wrong", line=wrong, nand="def my_xor(*all): pass")
    student(folder, "crashing", line="my_w1, my_w2 = 1 / 0", nand="def my_xor(x1 x2)")
    student(folder, "noisy", nand=NOISY)
    student(folder, "hanging", line="while True: pass", nand=right["nand"])
    student(folder, "ending", line="import os; os._exit(1)", nand=right["nand"])
    student(folder, "gone").unlink()
    late = student(folder, "late", line=right["line"])
    os.utime(late, (4e9, 4e9))
    (folder / "roster.txt").write_text("wrong\nabsent\n", encoding="utf-8")
    make("assignment", f"CLASS={folder}", "NB=01", "DUE=2090-01-01 12:00")

    release = folder / "grading" / "release" / LESSON[:-6] / LESSON
    assert tasks(read(release)) == tasks(ours())

    points, odd = graded(folder)

    def expect(who, line, nand, remark=""):
        for exercise, (number, begins) in (("01 line", line), ("01 nand", nand)):
            assert points[who][exercise][0] == number, (who, points[who])
            assert points[who][exercise][1].startswith(begins), (who, points[who])
        assert odd[who].startswith(remark) and bool(odd[who]) == bool(remark)

    correct, untried = ("1", "Correct."), ("0", "Not tried yet:")
    not_graded = ("", "not graded")
    expect("untouched", untried, untried)
    expect("31415", correct, correct)
    expect("wrong", ("0", "Not yet: this line"), ("0", "Not yet: my_xor gave None"))
    expect("crashing", ("0", "NameError:"), ("0", "NameError:"))
    assert "its cell stopped: ZeroDivisionError" in points["crashing"]["01 line"][1]
    assert "its cell stopped: SyntaxError" in points["crashing"]["01 nand"][1]
    expect("noisy", untried, ("1", "triedCorrect."))
    expect("hanging", ("0", "NameError:"), correct)
    assert "TooLong: it ran longer than" in points["hanging"]["01 line"][1]
    remark = "01 could not be graded: it ended its kernel"
    expect("ending", not_graded, not_graded, remark)
    expect("gone", not_graded, not_graded, f"01 no notebook {LESSON}")
    expect("absent", not_graded, not_graded, f"01 no notebook {LESSON}")
    expect("late", correct, untried, "01 saved")

    # Again: only what is new is run, and what a student mends is.
    student(folder, "wrong", line=right["line"], nand="def my_xor(*all): pass")
    shutil.rmtree(folder / "students" / "ending")
    said = make("grades", f"CLASS={folder}")
    assert re.findall(r"^(\w+): 01", said, flags=re.MULTILINE) == ["wrong"]
    rows = {row["student"]: row["points"] for row in table(folder, "points.csv")}
    assert (rows["wrong"], rows["31415"], rows["untouched"]) == ("1", "2", "0")


@pytest.mark.long
def test_every_solution_of_the_course_is_worth_its_point(folder):
    for name in COURSE:
        student(folder, "ada", name, **solutions(name))
    points, odd = graded(folder)
    assert len(points["ada"]) == sum(len(solutions(name)) for name in COURSE)
    assert {p for p, _ in points["ada"].values()} == {"1"}, points
    assert odd == {"ada": ""}


@pytest.mark.long
def test_what_does_not_heed_an_interrupt_is_ended_and_said(folder, monkeypatch):
    endless = "while True:\n    try:\n        while True: pass\n    except: pass"
    student(folder, "ada", line=endless)
    make("assignment", f"CLASS={folder}", "NB=01")
    monkeypatch.setattr(grades, "SECONDS", 60)
    python = ROOT / ".hub" / "grading" / ".venv" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    nb, _ = grades.submission(answered(ours(), line=endless), ours())
    course = folder / "grading"
    problem = grades.autograde(course, "ada", LESSON, nb, datetime.now())
    assert problem == "it ran longer than 60 s in all"
    assert not (course / "autograded" / "ada" / LESSON[:-6]).exists()


def test_a_date_that_is_none_is_refused():
    with pytest.raises(SystemExit, match='DUE should be a time such as .*, got "soon"'):
        grades.due_date("soon")
