"""The self-checks of notebook 06 tell the common mistakes apart."""

import pytest
import torch

from exercises import lesson_06
from mlplab.network import Settings, train
from support.cases import each, judge, said

FIVE = (10,) * 5


@each(
    ("answer", "verdict", "words"),
    [
        (13_428, "Correct", "The right order of magnitude: the run leaves at 5,188"),
        (13_617, "Correct", "stays as level as it is at step 1,000"),
        (12_617, "Correct", "stays as level as it is"),
        (30_000, "Correct", "stays as level as it is"),
        (torch.tensor(11_000), "Correct", "stays as level as it is"),
        (5_000.0, "Correct", "Close: the run leaves at 5,188"),
        (5_900, "Correct", "Close"),
        (6_000, "Correct", "stays as level"),
        (
            2_733,
            "Correct",
            "You assumed that a few doublings of the distance are enough",
        ),
        (3_500, "Correct", "a few doublings"),
        (5_188, "Not yet", "5,188 is what the run did"),
        (5_190, "Not yet", "is what the run did"),
        (1_000, "Not yet", "the run still waits"),
        (-3, "Not yet", "the run still waits"),
        (2_000, "Not yet", "less than one doubling"),
        (386_000, "Not yet", "right if each step is as long as the first"),
        (30_001, "Not yet", "too patient"),
        (10**9, "Not yet", "too patient"),
        (..., "Not tried", "put the step"),
        ("soon", "Not yet", "my_exit should be numbers of shape ()"),
        (None, "Not yet", "my_exit should be numbers of shape ()"),
        ([13_000], "Not yet", "my_exit should have shape ()"),
        (float("inf"), "Not yet", "not a finite number"),
    ],
)
def test_a_predicted_exit_is_judged_kindly(answer, verdict, words):
    text = said(lesson_06.predict_exit, answer)
    assert text.startswith(verdict) and words in text, text


def test_the_exit_is_that_of_the_run():
    assert train(Settings(hidden_sizes=(10,) * 3)).exit_step == lesson_06.EXIT_STEP


@each(
    ("answers", "words"),
    [
        (("vanishing", "both", "cancelling"), "Correct."),
        ((" Vanishing", "BOTH ", "cancelling"), "Correct."),
        ((..., ..., ...), "Not tried yet"),
        (("vanishing", "both", ...), "Not tried yet"),
        (("both", "both", "cancelling"), "in picture A the batch of the last layer"),
        (("cancelling", "both", "cancelling"), "in picture A the batch"),
        (("neither", "both", "cancelling"), "in picture A follow the rows, not the"),
        (("vanishing", "vanishing", "both"), "in picture B compare the two lines"),
        (("vanishing", "cancelling", "both"), "in picture B follow the rows, not the"),
        (("vanishing", "both", "both"), "do they lose a factor of a hundred?"),
        (("vanishing", "both", "neither"), "in picture C compare the two lines"),
        (("shrinking", "both", "cancelling"), "my_a should be one of 'vanishing'"),
        (("vanishing", None, "cancelling"), "my_b should be one of"),
        (("vanishing", "both", torch.ones(2)), "my_c should be one of"),
    ],
)
def test_why_small_is_judged(answers, words):
    judge(words, lesson_06.why_small, *answers)


LARGE = {"hidden_sizes": FIVE, "init": "large", "learning_rate": 0.3}


@each(
    ("changes", "words"),
    [
        ({}, "Correct."),
        ({"learning_rate": 1.0, "steps": 2_000}, "Correct."),
        ({"gate": "AND"}, "the task is XOR"),
        ({"activation": "tanh"}, "keep the sigmoid here"),
        ({"hidden_sizes": (10,) * 3}, "this network has 4 weight layers, not 6"),
        ({"hidden_sizes": (10,) * 6}, "this network has 7 weight layers, not 6"),
        ({"hidden_sizes": (10, 10, 21, 10, 10)}, "at most 20 units"),
        ({"steps": 10_002}, "do not wait, shorten the wait"),
        ({"learning_rate": 3.1}, "at most 3. Above it a run tends to bounce"),
        ({"init": "zeros"}, "all units of a layer are equal"),
        ({"init": "equal"}, "all units of a layer are equal"),
        ({"init": "pytorch", "steps": 3_000}, "What makes the signals larger"),
        ({"hidden_sizes": (1,) * 5, "steps": 3_000}, "from 0 of 5 seeds"),
        ({"steps": 20}, "from 0 of 5 seeds"),
    ],
)
def test_six_layers_is_judged(changes, words):
    judge(words, lesson_06.six_layers, Settings(**LARGE | changes))


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        (["undecided at ln 2"], "Is the learning rate or the width too small"),
        (["still learning"], "a larger learning rate gets farther"),
        (["bouncing", "bouncing", "not finite"], "bouncing: the step is too large"),
        (["stuck at 0.3466"], "some layer merges rows"),
    ],
)
def test_six_layers_says_how_the_failed_runs_ended(verdicts, message):
    assert message in lesson_06.end_of_failures(
        Settings(**LARGE), 5 - len(verdicts), verdicts
    )


def test_six_layers_asks_for_larger_signals_where_wide_layers_merge_rows():
    merged = ["stuck at 0.4774"]
    wide, narrow = (Settings(hidden_sizes=(n,) * 5) for n in (10, 2))
    said = lesson_06.end_of_failures(wide, 4, merged)
    assert "the other one ends stuck" in said
    assert "What makes the signals larger" in said
    assert "How many units has it?" in lesson_06.end_of_failures(narrow, 4, merged)


@pytest.mark.parametrize("answer", [None, 3, "large", {"init": "large"}, Settings])
def test_what_is_no_settings_is_said_to_be_none(answer):
    judge("should be Settings(...)", lesson_06.six_layers, answer)
    judge("Not tried yet", lesson_06.six_layers, ...)
