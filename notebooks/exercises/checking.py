"""Self-checks of the exercises: one call each, a sentence back, never an exception.

A judge gets what the learner assigned. It returns why the right answer matters, or
raises `Wrong` with what is wrong in the learner's terms.
"""

import functools
import warnings

import numpy as np
import torch

from mlplab.graph import standard_torch
from mlplab.language import tr
from mlplab.network import Settings, train

from .progress import record
from .time_limit import TooLong, within_time

SECONDS = 5  # a learner's function that takes longer is stopped
TOLERANCE = 1e-4  # absolute and relative, of numbers that a learner rounds
LONGEST_MESSAGE = 200  # characters of an error message that are repeated


class Wrong(Exception):
    """What is wrong with an answer: a text of the catalogue, filled as `tr` does."""

    def __init__(self, text, **values):
        super().__init__(tr(text, **values))


class NotTried(Exception):
    """A placeholder `...` is still in the answer, or in what its function gives."""


def exercise(name, todo, before=None):
    """Make a judge the check of one exercise.

    The check prints a sentence. For who grades it keeps that as `said`, and beside it
    `solved`, for a sentence may be in any language. `todo` is what it says of an
    untouched exercise.
    `before` is called first, to load or compile what must not count as the learner's
    time, and must not be stopped halfway.
    """

    def make(judge):
        @functools.wraps(judge)
        def check(*answers):
            if before and not _has_placeholder(answers):
                before()
            check.solved, sentence = _verdict(name, todo, judge, answers)
            check.said = _one_line(sentence)
            print(check.said)

        check.exercise = name  # by which `progress` finds the exercises
        return check

    return make


def load_optimizers():
    """Load the part of PyTorch that a kernel's first optimiser loads, for seconds."""
    torch.optim.SGD([torch.zeros(1)])


def compile_training():
    """Compile the training loop, if no run has done so."""
    train(Settings(steps=1))


def _verdict(name, todo, judge, answers):
    """Return whether the answers are right, and the sentence."""
    try:
        with standard_torch(), np.errstate(all="ignore"):
            why = within_time(SECONDS, _judged, judge, answers)
    except NotTried:
        return False, tr("Not tried yet: {todo}", todo=tr(todo))
    except Wrong as wrong:
        return False, tr("Not yet: {wrong}", wrong=wrong)
    except TooLong:
        return False, tr(
            "Not yet: your code ran longer than {seconds} s. Does a loop never end?",
            seconds=SECONDS,
        )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a learner's object does, exit() too
        return False, tr("Not yet: your answer raised {error}", error=_named(error))
    problem = record(name)
    said = tr("Correct. {why}", why=tr(why))
    return True, said + (f" ({problem})" if problem else "")


def _judged(judge, answers):
    if _has_placeholder(answers):
        raise NotTried
    return judge(*answers)


def _has_placeholder(value, depth=3):
    """Return whether `...` is in an answer, as such or in its lists and tuples."""
    if value is ...:
        return True
    if depth == 0 or not isinstance(value, list | tuple):
        return False
    return any(_has_placeholder(part, depth - 1) for part in value)


def numbers(name, value, shape):
    """Return an answer as a float64 array of a shape; raise Wrong where it is none."""
    array = _array(name, value, shape)
    if array.shape != shape:
        raise Wrong(_shape_message(name, array, shape))
    return array


def _array(name, value, shape):
    """Return an answer as a float64 array, of whatever shape."""
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu()
            if value.dtype == torch.bfloat16:  # which NumPy does not know
                value = value.float()
        with warnings.catch_warnings(action="ignore"):  # of masked or too large ones
            array = np.asarray(value)
            if array.dtype.kind not in "biufO":  # text and complex would convert
                raise TypeError
            if array.dtype.kind == "O" and any(part is None for part in array.flat):
                raise TypeError  # it would become NaN
            array = array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise Wrong(
            "{name} should be numbers of shape {shape}, got {value}",
            name=name,
            shape=shape,
            value=_short(value),
        ) from None
    if not np.isfinite(array).all():
        raise Wrong("{name} has an entry that is not a finite number", name=name)
    return array


def _shape_message(name, array, shape):
    message = tr(
        "{name} should have shape {shape}, got {other}",
        name=name,
        shape=shape,
        other=array.shape,
    )
    if array.shape == shape[::-1]:
        message += ". " + tr("Is a transpose missing?")
    return message


def _short(value, longest=60):
    try:
        text = _one_line(repr(value))
    except Exception:
        text = tr("an object of {kind}", kind=type(value).__name__)
    return _cut(text, longest)


def _cut(text, longest):
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _one_line(text):
    """Return a text without line breaks, and without what cannot be printed."""
    return " ".join(text.split()).encode(errors="replace").decode()


def _named(error):
    """Return the kind of an error and what it says."""
    try:
        said = _cut(_one_line(str(error)), LONGEST_MESSAGE)
    except Exception:
        said = ""
    return type(error).__name__ + (f": {said}" if said else "")


def same(answer, right):
    """Return whether two arrays of one shape agree within TOLERANCE."""
    return np.allclose(answer, right, rtol=TOLERANCE, atol=TOLERANCE)


def compare(name, value, right, mistakes):
    """Raise Wrong unless an answer is right.

    mistakes is {message: the answer that this mistake gives}, looked through in order.
    """
    right = np.asarray(right, dtype=np.float64)
    answer = _array(name, value, right.shape)
    if answer.shape != right.shape:
        message = _shape_message(name, answer, right.shape)
        if answer.size == right.size and same(answer.ravel(), right.ravel()):
            message += " " + tr("(the numbers are right)")
        raise Wrong(message)
    if same(answer, right):
        return
    for message, wrong in mistakes.items():
        wrong = np.asarray(wrong, dtype=np.float64)
        if wrong.shape == right.shape and same(answer, wrong):
            raise Wrong(message)
    far = np.abs(answer - right).max()
    raise Wrong(
        "{name} is off by up to {far:.4g}; none of the usual mistakes explains it",
        name=name,
        far=far,
    )


def call(name, function, *arguments):
    """Call a learner's function; raise Wrong where it is none or it raises."""
    if not callable(function):
        got = _short(function)
        raise Wrong("{name} should be a function, got {value}", name=name, value=got)
    try:
        result = function(*arguments)
    except Exception as error:
        given = ", ".join(_short(argument) for argument in arguments)
        text = tr(
            "{name}({given}) raised {error}",
            name=name,
            given=given,
            error=_named(error),
        )
        if "Boolean value of Tensor" in text:
            text += ". " + tr(
                "Make a module first, `nn.Something()`, then call it; Python's `max`"
                " and `if` want single numbers"
            )
        raise Wrong(text) from error
    if result is None:
        raise Wrong("{name} gave None. Does it end with `return`?", name=name)
    if _has_placeholder(result):
        raise NotTried
    return result


def call_on_copies(name, function, *tensors):
    """Call a learner's function with copies, and without them in an error message."""
    if not callable(function):
        return call(name, function)
    copies = [tensor.detach().clone() for tensor in tensors]
    try:
        return call(name, lambda: function(*copies))
    except Wrong as wrong:
        if "cannot be multiplied" in str(wrong):
            raise Wrong(f"{wrong}. {tr('Is a transpose missing?')}") from wrong
        raise
