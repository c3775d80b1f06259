"""The glossary: in order, true to the notebooks, with the verdicts of the trainer."""

import math
import re
from fractions import Fraction

from mlplab.network import VERDICTS
from tools.execute import COURSE, NOTEBOOKS, read

TEXT = (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")


def rows(first_column):
    """The rows of the table that begins with this column."""
    table = TEXT.partition(f"\n| {first_column} |")[2].partition("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


TERMS = rows("Term")


def test_its_terms_are_in_order_and_occur_once():
    terms = [term.lower() for term, _, _ in TERMS]
    assert terms == sorted(set(terms))


def test_the_notebook_that_it_names_says_the_words_of_a_term():
    prose = {
        name[:2]: " ".join(
            cell.source.lower()
            for cell in read(NOTEBOOKS / name).cells
            if cell.cell_type == "markdown"
        )
        for name in COURSE
    }
    silent = [
        f"{place} does not say {word}"
        for term, _, place in TERMS
        for word in re.findall(r"[\w-]+", term.lower())
        if word not in prose[place]
    ]
    assert not silent


def test_its_verdicts_are_those_of_the_trainer():
    assert [verdict for verdict, _ in rows("Verdict")] == list(VERDICTS)


def test_its_losses_follow_from_the_probabilities():
    losses = {loss for _, _, loss in rows("Rows")}
    assert len(losses) == 3
    for _, probabilities, loss in rows("Rows"):
        probs = [float(Fraction(p)) for p in probabilities.split(",")]
        assert f"{-sum(map(math.log, probs)) / 4:.4f}" == loss
    assert set(re.findall(r"\d\.\d{4}", " ".join(VERDICTS))) < losses
