"""The explorer that opens the course: one run, one slider, and no word too early."""

import numpy as np
import pytest
import torch
from matplotlib.text import Text

from mlplab.network import Settings, train
from support.explorers import full, take
from support.pytorch import torch_network, torch_rows, torch_seeded, torch_train


@pytest.fixture
def explorer():
    explorer = full("explore_xor")
    explorer.set(**explorer.start)
    return explorer


def texts(explorer):
    """All that can be read in the picture: a note below the map is hidden by it."""
    found = explorer.figure.findobj(Text)
    return [text.get_text() for text in found if text.zorder >= 0]


def test_it_has_one_slider_with_play_and_nothing_else(explorer):
    form = explorer.page.form
    assert [*form["controls"]] == ["step"]
    assert form["controls"]["step"]["play"] > 0
    assert not form["buttons"] and not form["details"]
    assert explorer.page.challenges == []


def test_it_shows_the_run_that_notebook_04_explains(explorer):
    run, whole = explorer.state.run, train(Settings())
    np.testing.assert_array_equal(run.loss, whole.loss[: len(run.loss)])


def test_it_opens_where_the_gate_is_learned(explorer):
    assert explorer.state.run.verdict == "solved"
    assert explorer.text == "XOR, step 4000: loss 0.0058, 4 of 4 correct"


def test_it_can_be_watched_from_the_wait_to_the_end(explorer):
    step = explorer.controls["step"]
    frames = step.options[:: step.play]
    waits = [k for k in frames if explorer.state.run.loss_at(k) > 0.65]
    assert 40 < len(waits) < 0.8 * len(frames)


@pytest.mark.parametrize("step", [0, 1, 1000, 2100, 2300, 4000])
def test_what_it_says_of_a_step_is_what_pytorch_says(step, explorer):
    settings = Settings(steps=4000)
    with torch.random.fork_rng(devices=[]):
        model = torch_seeded(settings)
    _, weights = torch_train(model, settings, keep={step, 4000})
    inputs, y = torch_rows("XOR")
    with torch.no_grad():
        logits = torch_network(weights[step], settings.activation)(inputs)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y).item()
        probs = torch.sigmoid(logits)
    decided = (probs - 0.5).abs() >= 0.001
    correct = int((decided & ((probs > 0.5) == (y > 0.5))).sum())
    explorer.set(step=step)
    at, _, said = explorer.text.partition(": loss ")
    assert at == f"XOR, step {step}"
    assert float(said[:6]) == pytest.approx(loss, abs=1e-3)
    assert said[6:] == f", {correct} of 4 correct"


def test_it_says_no_word_that_a_later_notebook_earns(explorer):
    for step in (0, 1000, 4000):
        explorer.set(step=step)
        said = " ".join([*texts(explorer), explorer.text])
        for word in ("ln 2", "entropy", "boundary", "rate", "verdict", "undecided"):
            assert word not in said
    assert "0.6931" in texts(explorer)


def test_a_hand_moves_the_step_and_nothing_else(explorer):
    assert {h["says"] for h in explorer.page.handles} == {"the step"}
    take(explorer, "loss", "the step", (3000, 0.5), (1000, 0.7))
    assert explorer.text.startswith("XOR, step 1000: loss 0.6931")
