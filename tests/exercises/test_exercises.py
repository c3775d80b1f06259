"""Every exercise and every quiz: solvable, checked, harmless, and noted when solved."""

import ast
import contextlib
import html
import importlib
import inspect
import json
import re
import sys
import time
import types
from functools import cache

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import board, checking, progress, quiz
from exercises.board import Progress
from exercises.progress import FILE_VARIABLE, progress_file, record, solved
from exercises.quiz import Quiz
from exercises.time_limit import AGAIN, TooLong, within_time
from support.cases import judge, said
from support.later import these_now
from support.profiles import FARTHEST, environment, missing
from support.reader import of_matplotlib
from support.rules import imported_names, without_code
from support.shown import shown
from support.stored import assert_stored
from tools.execute import COURSE, NOTEBOOKS, WIDGET_VIEW, read, run
from tools.export import deeper_sections
from tools.korean import needed_cells

LESSONS = COURSE[1:]  # those that have a quiz, too
# Which exercise (its slug) or question of the quiz (its number) meets each of the three
# objectives. Nobody but a reader can tell; here it is written down.
OBJECTIVES = {
    "00": (["moment"], ["shapes"], ["shapes"]),
    "01": (["line", 1], [2, 3], ["nand", 4, 5]),
    "02": ([1, 2], ["gradient", "centred", 3], ["xnor", 4, 5]),
    "03": (["rules"], ["two-paths", "tanh", 3, 4], [1, 2, 5]),
    "04": (["one-layer-more", 1, 5], ["sum-or-mean", 2], [3, 4]),
    "05": (
        ["whole-loop"],
        ["zero-grad", "whole-loop", 2],
        ["loss-of-logits", 1, 3, 4, 5],
    ),
    "06": ([1], ["exit", "why-small", 2, 3, 4], ["six-layers", 5]),
    "07": (["loop-alone", 1, 2], [3, 4], ["confused", 5]),
}
TRAINS_MOST = COURSE[6]  # as an old processor it takes minutes
EXAMPLES = 50  # answers thrown at each check
CHOICE_LENGTH = 80  # characters that a button can show
FOLD = "<details>\n?<summary>{}</summary>\n\n(.*?)\n\n</details>"
SOLUTION = re.compile(r"\A```python\n(.*?)\n```\n\n(.+)\Z", re.DOTALL)

each_lesson = pytest.mark.parametrize("name", LESSONS)
each_notebook = pytest.mark.parametrize("name", COURSE)


# Exercises in the notebooks


@cache
def lesson(name):
    return read(NOTEBOOKS / name)


def answers_in(nb):
    """{slug: the number of its answer cell}."""
    return {
        cell.id.removeprefix("answer-"): place
        for place, cell in enumerate(nb.cells)
        if cell.id.startswith("answer-")
    }


def judges_of(name):
    """The module with the judges of a notebook's exercises."""
    return importlib.import_module(f"exercises.lesson_{name[:2]}")


def checks_in(module):
    """{name of the function: check}."""
    return {
        key: value
        for key, value in vars(module).items()
        if isinstance(getattr(value, "exercise", None), str)
    }


def folded(source, title):
    """The text that is folded below a title; exactly one such fold."""
    (text,) = re.findall(FOLD.format(title), source, flags=re.DOTALL)
    return text


def solution_of(source):
    """The code of an exercise's solution, and the sentence why."""
    return SOLUTION.match(folded(source, "Solution")).groups()


def called(source):
    """The name of the check that the last statement calls."""
    last = ast.parse(source).body[-1]
    assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    owner, _, function = ast.unparse(last.value.func).partition(".")
    return owner, function


@each_notebook
def test_there_are_two_or_three_exercises(name):
    assert len(answers_in(lesson(name))) in (2, 3)


@each_notebook
def test_an_exercise_has_its_task_hint_solution_and_check(name):
    nb = lesson(name)
    answers = answers_in(nb)
    asked = [
        cell.id.removeprefix("exercise-")
        for cell in nb.cells
        if cell.id.startswith("exercise-")
    ]
    assert asked == list(answers)
    for slug, place in answers.items():
        task, answer = nb.cells[place - 1].source, nb.cells[place].source
        assert nb.cells[place - 1].id == f"exercise-{slug}"
        assert task.startswith("### Exercise: ")
        assert task.index("<summary>Hint") < task.index("<summary>Solution")
        assert folded(task, "Hint")
        code, why = solution_of(task)
        assert why.strip() and "..." not in code
        assert any(
            isinstance(node, ast.Constant) and node.value is ...
            for node in ast.walk(ast.parse(answer))
        ), "an answer cell without a placeholder"
    # each check has one exercise, and the other way round
    used = [called(nb.cells[place].source) for place in answers.values()]
    if used:
        imports = {}
        for cell in nb.cells:
            if cell.cell_type == "code":
                imports |= imported_names(cell.source)
        module = judges_of(name).__name__
        assert {imports[owner] for owner, _ in used} == {module}
        assert sorted(name for _, name in used) == sorted(checks_in(judges_of(name)))


@each_notebook
def test_an_untouched_exercise_says_so(name):
    nb = lesson(name)
    for place in answers_in(nb).values():
        (output,) = nb.cells[place].outputs
        assert re.fullmatch(r"Not tried yet: .+\n", output.text)


def with_solutions(name):
    """A notebook with its solutions as answers, and the places of these."""
    nb = read(NOTEBOOKS / name)
    places = answers_in(nb).values()
    for place in places:
        check_call = nb.cells[place].source.rstrip().splitlines()[-1]
        code, _ = solution_of(nb.cells[place - 1].source)
        nb.cells[place].source = f"{code}\n\n\n{check_call}"
    return nb, places


def assert_solved(name, executed, kept):
    """Each solution is judged correct, and kept as solved."""
    for place in answers_in(executed).values():
        (output,) = executed.cells[place].outputs
        assert re.fullmatch(r"Correct\. [^(].+\n", output.text), output.text
    names = {check.exercise for check in checks_in(judges_of(name)).values()}
    assert set(json.loads(kept.read_text(encoding="utf-8"))) == names


@pytest.mark.parametrize("name", these_now({*COURSE} - {TRAINS_MOST}, COURSE))
def test_every_solution_is_correct_and_noted(name, kept, tmp_path):
    """And all other cells give what is stored.

    On the processor that differs most from that of the author, and with a reader's own
    settings of matplotlib: strict nbval runs the same cells without either.
    """
    nb, places = with_solutions(name)
    processor = "native" if missing(FARTHEST) else FARTHEST
    surroundings = environment(processor) | of_matplotlib(tmp_path)

    executed = run(nb, NOTEBOOKS / name, environment=surroundings)

    assert_solved(name, executed, kept)
    untouched = lesson(name)
    for place in places:
        executed.cells[place] = untouched.cells[place]
    assert_stored(name, executed, processor)


def test_the_solutions_are_correct_where_a_whole_run_takes_minutes(kept):
    nb, places = with_solutions(TRAINS_MOST)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    needed = needed_cells(code, {nb.cells[place].id for place in places})
    nb.cells = [cell for cell in nb.cells if cell.id in needed]
    assert_solved(TRAINS_MOST, run(nb, NOTEBOOKS / TRAINS_MOST), kept)


@each_notebook
def test_each_objective_is_met(name):
    nb, number = lesson(name), name[:2]
    (said,) = (cell.source for cell in nb.cells if cell.id == "objectives")
    objectives = re.findall(r"^- ", said, flags=re.MULTILINE)
    meeting = OBJECTIVES[number]
    assert len(objectives) == len(meeting) == 3
    questions = Quiz(number).questions if name in LESSONS else []
    there = {*answers_in(nb), *range(1, len(questions) + 1)}
    for what in meeting:
        assert what and there.issuperset(what)
    # nothing asks for what is no objective
    assert there == {part for what in meeting for part in what}


@each_lesson
def test_the_core_alone_has_two_exercises_and_meets_each_objective(name):
    deeper = sum(deeper_sections(lesson(name).cells), [])
    more = {cell.id.removeprefix("answer-") for cell in deeper}
    assert len(answers_in(lesson(name)).keys() - more) >= 2
    assert all(set(what) - more for what in OBJECTIVES[name[:2]])


# Whatever a learner assigns


class Hostile:
    """An object whose every method raises."""

    def _raise(self, *arguments, **named):
        raise RuntimeError("no\n\nline\ud800")

    __repr__ = __str__ = __array__ = __len__ = __iter__ = __bool__ = _raise
    __eq__ = __call__ = __float__ = __getitem__ = __add__ = __radd__ = _raise
    __hash__ = object.__hash__


class Silent(Exception):
    def __str__(self):
        raise RuntimeError


def raising(error):
    def function(*arguments, **named):
        raise error

    return function


def giving(value):
    return lambda *arguments, **named: value


def emptied(*tensors):
    for tensor in tensors:
        if isinstance(tensor, torch.Tensor):
            tensor.zero_()
    return tensors


itself = []
itself.append(itself)
DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64,
    torch.uint8, torch.bool, torch.complex64,
]  # fmt: skip
SHAPES = [(), (0,), (1,), (2,), (4,), (1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (2, 0, 3)]
OBJECTS = [
    None, ..., itself, [...], (1, (2, ...)), Hostile(), Hostile, Silent(), object(),
    types, sys, len, max, range(3), b"1", "", "0.5", "nan\n", {1: 2}, {1, 2},
    10**400, -(10**400), float("nan"), float("inf"), 1e308, -1e308, 5e-324, 1j,
    torch.tensor(1.0, device="meta"), torch.zeros(2, 1, device="meta"),
    torch.eye(2).to_sparse(), torch.ones(2, 1, requires_grad=True), torch.zeros(10**6),
    torch.nn.Linear(2, 1), torch.nn.Sequential(), torch.sigmoid, torch.float32,
    np.array([None, 1]), np.array(["1", "2"]), np.array([[], []]), np.float16(1),
    np.zeros((1000, 1000)), np.ma.masked, np.datetime64("2026-11-24"),
    [torch.ones(2), torch.ones(3)], [[1], [1, 2]], [np.nan] * 4, list(range(10**5)),
    emptied, lambda: 1, lambda *a: a, lambda *a: a[0], lambda *a: a[-1],
    lambda *a: iter(a), lambda *a: sum(a), lambda *a: [abs(x) for x in a],
    raising(Silent()), raising(KeyError()), raising(ValueError("two\nlines")),
    raising(SystemExit(1)), raising(StopIteration()), raising(GeneratorExit()),
    raising(RecursionError()), raising(MemoryError()), raising(checking.NotTried()),
    raising(Exception("\ud800")), raising(Exception("x" * 10_000)),
]  # fmt: skip


def tensor(shape, dtype, number):
    return torch.full(shape, number).to(dtype)


numbers = st.floats() | st.integers() | st.booleans() | st.sampled_from([0, 1, -1, 0.5])
tensors = st.builds(
    tensor,
    st.sampled_from(SHAPES),
    st.sampled_from(DTYPES),
    st.floats(width=32) | st.sampled_from([0.0, 1.0, -1.0]),
)
plain = (
    numbers | tensors | tensors.map(torch.Tensor.tolist) | st.text()
    | st.complex_numbers() | st.sampled_from(OBJECTS)
)  # fmt: skip
parts = st.lists(plain, max_size=6)
values = plain | parts | parts.map(tuple)
anything = values | values.map(giving)


ALL_CHECKS = {
    f"{name[:2]} {function}": check
    for name in COURSE
    for function, check in checks_in(judges_of(name)).items()
}


def parameters(check):
    return inspect.signature(check).parameters


each_check = pytest.mark.parametrize("check", ALL_CHECKS.values(), ids=ALL_CHECKS)
ONE_LINE = re.compile(r"(Not tried yet: |Not yet: |Correct\. ).+\n")


@each_check
@given(data=st.data())
@settings(max_examples=EXAMPLES)
def test_no_answer_raises_and_each_gets_one_line(check, data):
    count = len(parameters(check))
    answers = data.draw(st.lists(anything, min_size=count, max_size=count))
    text = said(check, *answers)
    assert ONE_LINE.fullmatch(text) and len(text.splitlines()) == 1, text
    text.encode()


@each_check
def test_each_odd_object_gets_one_line(check):
    count = len(parameters(check))
    for answer in OBJECTS:
        for given_answer in (answer, giving(answer), giving((answer, answer))):
            text = said(check, *[given_answer] * count)
            assert ONE_LINE.fullmatch(text) and len(text.splitlines()) == 1, text


@each_check
def test_a_wrong_number_of_answers_gets_one_line(check):
    for answers in ([], [1] * 9):
        assert ONE_LINE.fullmatch(said(check, *answers))


@pytest.mark.parametrize(
    "check",
    [check for check in ALL_CHECKS.values() if "function" in parameters(check)],
    ids=lambda check: check.exercise,
)
def test_what_is_no_function_of_that_kind_is_said_to_be_none(check):
    for answer in (None, 3, "zero_grad", torch.ones(2, 2)):
        judge("should be a function, got", check, answer)
    judge("gave None. Does it end with `return`?", check, giving(None))
    judge("raised TypeError", check, lambda: 1)


@checking.exercise("an exercise of the tests", todo="do it.")
def returns_two(function):
    if checking.call("function", function) == 2:
        return "It is 2."
    raise checking.Wrong("it is not 2")


def test_the_verdicts_and_that_only_the_right_one_is_noted():
    assert said(returns_two, ...) == "Not tried yet: do it.\n"
    assert said(returns_two, lambda: ...) == "Not tried yet: do it.\n"
    assert said(returns_two, lambda: (2, [...])) == "Not tried yet: do it.\n"
    assert said(returns_two, lambda: 3) == "Not yet: it is not 2\n"
    assert solved() == (set(), "")
    assert said(returns_two, lambda: 2) == "Correct. It is 2.\n"
    assert solved() == ({returns_two.exercise}, "")


@pytest.mark.parametrize("wrong", [True, False])
def test_a_judge_that_says_more_than_a_line_gets_one(wrong):
    @checking.exercise("another exercise of the tests", todo="do\nit.")
    def two_lines(answer):
        if wrong:
            raise checking.Wrong("not\nquite")
        return "It\nis."

    verdict = "Not yet: not quite" if wrong else "Correct. It is."
    assert said(two_lines, 1) == f"{verdict}\n"
    assert said(two_lines, ...) == "Not tried yet: do it.\n"


@pytest.mark.parametrize(
    "value",
    [
        [1, 2], (1.0, 2.0), np.array([1, 2], dtype=np.uint8), [np.float16(1), 2],
        torch.tensor([1, 2]), torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
        torch.tensor([1.0, 2.0], requires_grad=True), [torch.tensor(1.0), 2],
    ],
    ids=str,
)  # fmt: skip
def test_these_are_numbers(value):
    array = checking.numbers("my_value", value, (2,))
    assert array.dtype == np.float64 and array.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("12", "should be numbers of shape (2,), got '12'"),
        ("x" * 99, f"should be numbers of shape (2,), got '{'x' * 56}..."),
        (["1", "2"], "should be numbers of shape (2,), got ['1', '2']"),
        ([1j, 2], "should be numbers"),
        ([None, 1], "should be numbers of shape (2,), got [None, 1]"),
        ([10**400, 1], "should be numbers"),
        (torch.ones(2, device="meta"), "should be numbers"),
        (torch.ones(2, dtype=torch.complex64), "should be numbers"),
        ([1, float("nan")], "has an entry that is not a finite number"),
        ([10**30, -float("inf")], "has an entry that is not a finite number"),
        ([1, 2, 3], "should have shape (2,), got (3,)"),
        ([[1, 2]], "should have shape (2,), got (1, 2)"),
    ],
)
def test_these_are_not(value, message):
    with pytest.raises(checking.Wrong) as wrong:
        checking.numbers("my_value", value, (2,))
    text = f"my_value {message}"
    assert str(wrong.value).startswith(text)
    assert "got" not in message or str(wrong.value) == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [[1], [3]],
            "should have shape (1, 2), got (2, 1). Is a transpose missing? (the",
        ),
        ([[1], [2]], "should have shape (1, 2), got (2, 1). Is a transpose missing?"),
        ([1, 3], "should have shape (1, 2), got (2,) (the numbers are right)"),
        ([[2, 6]], "is doubled"),
        ([[1, 4]], "is off by up to 1; none of the usual mistakes explains it"),
    ],
)
def test_a_comparison_names_the_mistake(value, message):
    right = [[1, 3]]
    checking.compare("my_value", right, right, {})
    with pytest.raises(checking.Wrong) as wrong:
        checking.compare("my_value", value, right, {"my_value is doubled": [[2, 6]]})
    assert str(wrong.value).startswith(f"my_value {message}")
    assert ("the numbers are right" in str(wrong.value)) == ("(the" in message)


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        "while True:\n  try: raise ValueError\n  except Exception: continue",
        "while True:\n  try: number = 1\n  except: continue",
        "sum(1 for _ in iter(int, 1))",
    ],
)
def test_an_endless_loop_is_stopped(loop, monkeypatch):
    monkeypatch.setattr(checking, "SECONDS", 0.2)
    assert said(returns_two, lambda: exec(loop)) == (
        "Not yet: your code ran longer than 0.2 s. Does a loop never end?\n"
    )
    assert said(returns_two, lambda: 2) == "Correct. It is 2.\n"


def test_what_a_check_loads_first_does_not_count(monkeypatch):
    """Whoever has not tried yet does not wait for it, either."""
    monkeypatch.setattr(checking, "SECONDS", 0.2)
    loaded = []

    def load():
        busy(0.5)
        loaded.append(True)

    check = checking.exercise("a name", todo="try.", before=load)(lambda answer: "Yes.")
    assert (said(check, ...), loaded) == ("Not tried yet: try.\n", [])
    assert (said(check, 2), loaded) == ("Correct. Yes.\n", [True])


def test_an_import_is_not_broken_off_and_does_not_count(monkeypatch, tmp_path):
    """As of sympy, which PyTorch imports in the middle of a gradient."""
    monkeypatch.setattr(checking, "SECONDS", 0.3)
    source = "import time\nwhile time.process_time() < END: pass\nwhole = 2"
    source = source.replace("END", str(time.process_time() + 0.35))
    (tmp_path / "slow_to_import.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def answer():
        module = importlib.import_module("slow_to_import")
        busy(0.2)
        return module.whole

    assert said(returns_two, answer) == "Correct. It is 2.\n"


@pytest.mark.parametrize(("seconds", "start"), [(0.4, "Correct."), (3, "Not yet")])
def test_what_others_compute_does_not_count(seconds, start, monkeypatch):
    """Where code waits for its turn; it is stopped only after much longer."""
    monkeypatch.setattr(checking, "SECONDS", 0.1)
    end = time.monotonic() + seconds

    def wait():
        while time.monotonic() < end:
            time.sleep(0.05)
        return 2

    assert said(returns_two, wait).startswith(start)


def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_stopping_never_comes_too_late():
    """Where a function ends just in time, nothing is raised after the check."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that the watching thread comes in anywhere
    try:
        for number in range(4_000):
            with contextlib.suppress(TooLong):
                within_time(3e-4, busy, 2e-4 + number % 300 * 1e-6)
        busy(3 * AGAIN)
    finally:
        sys.setswitchinterval(before)


def test_an_interrupt_by_the_reader_goes_through():
    with pytest.raises(KeyboardInterrupt):
        said(returns_two, raising(KeyboardInterrupt()))


# Progress


def test_what_is_solved_is_noted_once(kept):
    assert solved() == (set(), "")
    assert record("01 b") == record("01 a") == record("01 b") == ""
    assert solved() == ({"01 a", "01 b"}, "")
    assert json.loads(kept.read_text(encoding="utf-8")) == ["01 a", "01 b"]
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def live(shown):
    """What a learner sees of a Progress, as plain text."""
    text = shown.box.value.replace("<br>", "\n").replace("&emsp;", "\n")
    text = text.replace("&#9745;", "[x]").replace("&#9744;", "[ ]")
    return re.sub(r"<[^>]*>", "", text)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'{"a": 1}', b"\xff", b"[" * 100_000, b'["01 a", null]'],
    ids=["empty", "cut", "numbers", "a dict", "no text", "deep", "null"],
)
def test_a_damaged_file_is_reported_and_left_alone(content, kept):
    kept.parent.mkdir()
    kept.write_bytes(content)
    text = said(returns_two, lambda: 2)
    assert text.startswith("Correct. It is 2. (The progress file ")
    assert str(kept) in text and "Delete it to start anew" in text
    assert len(text.splitlines()) == 1
    assert kept.read_bytes() == content
    assert str(kept) in live(Progress()) and "[x]" not in live(Progress())


# For root, who may write everywhere, these stand for a folder that is read-only.
@pytest.mark.parametrize(
    ("hinder", "words"),
    [
        (lambda kept: kept.parent.touch(), "cannot be read (Not a directory)"),
        (lambda kept: kept.mkdir(parents=True), "cannot be read (Is a directory)"),
        (
            lambda kept: kept.with_name(kept.name + ".part").mkdir(parents=True),
            "could not be recorded in",
        ),
    ],
    ids=["folder", "file", "new file"],
)
def test_where_nothing_can_be_written_it_is_said(hinder, words, kept):
    hinder(kept)
    text = said(returns_two, lambda: 2)
    assert text.startswith("Correct. It is 2. (") and words in text
    assert str(kept) in text
    assert str(kept) in live(Progress())


def test_without_a_home_folder_it_is_said(monkeypatch):
    pwd = pytest.importorskip("pwd")
    monkeypatch.delenv(FILE_VARIABLE)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", raising(KeyError()))
    text = said(returns_two, lambda: 2)
    assert text == f"Correct. It is 2. ({progress.NO_HOME})\n"
    assert FILE_VARIABLE in live(Progress())


def test_the_file_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.delenv(FILE_VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert progress_file().parent == tmp_path


def test_on_a_hub_that_counts_it_is_said_and_where_to_see_it(monkeypatch):
    assert "on this computer only" in live(Progress())
    monkeypatch.setenv(board.COUNTED_VARIABLE, "/services/progress/")
    shown = live(Progress())
    assert "Your teacher sees" in shown and "computer only" not in shown
    assert 'href="/services/progress/"' in Progress().box.value


def test_the_list_has_every_exercise_and_quiz():
    listed = board.to_solve()
    expected = {
        name[:2]: [check.exercise for check in checks_in(judges_of(name)).values()]
        + [f"quiz {name[:2]}"] * (name in LESSONS)
        for name in COURSE
    }
    assert listed == expected
    for number, names in expected.items():
        assert len(set(names)) == len(names)
        exercises = names[: -1 if f"quiz {number}" in names else None]
        assert all(name.startswith(f"{number} ") for name in exercises)


def test_the_list_ticks_what_is_solved(kept):
    number = "01"
    names = board.to_solve()[number]
    before = live(Progress())
    assert "[x]" not in before and "Delete" not in before and str(kept) in before
    assert f"Notebook {number}, 0 of {len(names)} solved" in before
    for name in (names[0], names[-1], "99 of another course"):
        record(name)
    after = live(Progress())
    assert f"Notebook {number}, 2 of {len(names)} solved" in after
    assert after.count("[x]") == 2
    assert f"[x] {names[0][2:].strip()}\n" in after and "[x] quiz\n" in after


def test_the_stored_text_is_the_same_for_every_learner():
    def stored():
        live, words = shown(Progress())
        assert live.keys() == {WIDGET_VIEW}
        return words

    before = stored()
    for names in board.to_solve().values():
        for name in names:
            record(name)
    assert stored() == before
    assert before.keys() == {"text/plain", "text/html"}
    assert before["text/plain"] == board.TEXT
    assert f">{board.TEXT}</p>" in before["text/html"]
    (cell,) = [
        cell for cell in read(NOTEBOOKS / COURSE[0]).cells if cell.id == "progress"
    ]
    assert [output.data for output in cell.outputs] == [before]


# Quizzes


def children(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from children(child)


@each_lesson
def test_the_questions_are_sound(name):
    questions = Quiz(name[:2]).questions
    assert 3 <= len(questions) <= 5
    places = set()
    for question in questions:
        assert question.keys() == {"question", "choices"}
        assert question["question"].endswith(("?", "."))
        choices = question["choices"]
        assert 2 <= len(choices) <= 4
        for choice in choices:
            assert choice.keys() == {"text", "right", "why"}
            assert 0 < len(choice["text"]) <= CHOICE_LENGTH
            assert choice["why"].endswith(".")
        for different in ("text", "why"):
            assert len({choice[different] for choice in choices}) == len(choices)
        right = [choice["right"] for choice in choices]
        assert sorted(right) == [False] * (len(right) - 1) + [True]
        places.add(right.index(True))
    assert len(places) > 1, "nobody gets far by always pressing the same button"


def texts(question):
    return [choice["text"] for choice in question["choices"]]


@each_lesson
def test_the_quiz_stands_near_the_end(name):
    cells = lesson(name).cells
    ids = [cell.id for cell in cells]
    place = ids.index("quiz")
    assert ids[place - 1 :] == ["quiz-intro", "quiz", ids[-1]]
    assert cells[place].source == f'Quiz("{name[:2]}")'
    (output,) = cells[place].outputs
    live, words = shown(Quiz(name[:2]))
    assert live.keys() == {WIDGET_VIEW}
    assert output.data == words
    lines = words["text/plain"].splitlines()
    assert "<br>\n".join(map(html.escape, lines)) in words["text/html"]
    asked = Quiz(name[:2]).questions
    expected = [part for q in asked for part in (q["question"], *texts(q))]
    assert [re.sub(r"^(\d\.|   -) ", "", line) for line in lines] == expected
    assert without_code(cells[place - 1].source).startswith("## Quiz")


@each_lesson
def test_each_choice_gets_its_reason_and_the_right_ones_solve(name):
    asked = Quiz(name[:2])
    for number, question in enumerate(asked.questions):
        for index, choice in enumerate(question["choices"]):
            asked.choosers[number].index = index
            words = asked.feedback[number].value
            assert quiz.html.escape(choice["why"]) in words
            assert ("Right." in words) == choice["right"]
            assert ("No." in words) == (not choice["right"])
            assert 'role="status"' in words
        wrong = [choice["right"] for choice in question["choices"]].index(False)
        asked.choosers[number].index = wrong
    assert solved() == (set(), "")

    for number, question in enumerate(asked.questions):
        assert solved() == (set(), "")
        right = [choice["right"] for choice in question["choices"]].index(True)
        asked.choosers[number].index = right
        assert f"{number + 1} of {len(asked.questions)} right." in asked.result.value
    assert solved() == ({f"quiz {name[:2]}"}, "")


@each_lesson
def test_only_widgets_that_leave_the_keys_of_jupyterlab_alone(name):
    kinds = {type(widget) for widget in children(Quiz(name[:2]).box)}
    assert kinds == {widgets.VBox, widgets.HTML, widgets.ToggleButtons}


def test_an_unknown_quiz_is_refused_by_name():
    with pytest.raises(ValueError, match=r"quiz must be one of 01.*, got '99'"):
        Quiz("99")


def test_what_looks_like_html_in_a_quiz_is_shown_as_text(monkeypatch, tmp_path):
    text = "1 < 2 & <b>3</b>"
    choices = [{"text": text, "right": right, "why": text} for right in (True, False)]
    choices[1]["text"] += "."
    questions = [{"question": text, "choices": choices}]
    (tmp_path / "x.json").write_text(json.dumps(questions), encoding="utf-8")
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)
    asked = Quiz("x")
    asked.choosers[0].index = 0
    shown = [w.value for w in children(asked.box) if isinstance(w, widgets.HTML)]
    assert sum("1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;" in value for value in shown) == 2
    assert asked.choosers[0].options[0] == text
