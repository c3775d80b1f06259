"""What a check of an exercise says of an answer, and tables of such cases."""

import contextlib
import io
import warnings

import pytest


def each(names, cases):
    """Parametrise a test by cases that end with words, and are called by them."""
    called = [f"{number} {case[-1]}" for number, case in enumerate(cases)]
    return pytest.mark.parametrize(names, cases, ids=called)


def said(check, *answers):
    """What a check prints; it must not raise, and warnings count as said."""
    text = io.StringIO()
    with (
        contextlib.redirect_stdout(text),
        contextlib.redirect_stderr(text),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *_: print("warning:", message)
        check(*answers)
    return text.getvalue()


def judge(words, check, *answers):
    """Assert that a check finds the answers right, untried, or wrong in these words."""
    text = said(check, *answers)
    verdict = words if words.startswith(("Correct", "Not tried")) else "Not yet: "
    assert text.startswith(verdict) and words in text, text


def judge_source(words, check, source, changes, names):
    """Do so for the function `answer` of a source with some of its text replaced."""
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    names = dict(names)
    exec(source, names)
    judge(words, check, names["answer"])
