"""What the explorers of a training run share: its state, its words, its panels."""

import functools
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np

from .. import plots
from ..data import X, truth_table
from ..network import Run, Settings, correct_rows, first_below, snapshot_steps, train
from .base import Explorer, Panel
from .controls import player, step_slider


class Moment(NamedTuple):
    """A run at a step, and perhaps a run to compare it with."""

    run: Run
    step: int
    kept: Run | None = None


def describe(run, step):
    """Return the status: the settings, the weights at a step, and how the run ended."""
    settings, y = run.settings, truth_table(run.settings.gate)[1]
    correct = int(correct_rows(run.probs_at(step, X), y[:, 0]).sum())
    loss = run.loss_at(step)
    at_step = f"loss {loss:.4f}, {correct} of 4 correct"
    if not np.isfinite(loss):
        at_step = "the run has diverged, its loss is not finite"
    return (
        f"{settings.gate}, layers {settings.layers},"
        f" learning rate {settings.learning_rate:g}, seed {settings.seed},"
        f" step {step}: {at_step}. After {settings.steps} steps: {run.verdict}."
    )


def solved_below(run, level, step):
    """Return whether a run solves its gate and its loss falls below a level in time."""
    first = first_below(run.loss, level)
    return run.verdict == "solved" and first is not None and first < step


def loss_panel(view, moment):
    """Show the loss of the run, its mark at the step, and the kept run's loss."""
    run, step, kept = moment.run, moment.step, moment.kept
    view.update(run.loss, step, run.loss_at(step), kept and kept.loss)


def boundary_panel(view, moment):
    """Show the probabilities over the input plane at the step."""
    run, step = moment.run, moment.step
    view.update(run.probs_at(step, plots.GRID), truth_table(run.settings.gate)[1])


LOSS = Panel(plots.LossCurve, loss_panel)
BOUNDARY = Panel(plots.InputPlane, boundary_panel)


class RunExplorer(Explorer):
    """An explorer of one run; its step slider scrubs through time.

    A subclass has `settings_controls()`, the controls that decide the run, and
    `settings(**values)`, the Settings that they stand for.
    """

    steps = Settings.steps  # of each run
    mosaic = [["loss", "boundary"]]
    panels = {"loss": LOSS, "boundary": BOUNDARY}

    def __init__(self):
        # what moves the step alone does not train
        self.trained = functools.lru_cache(1)(lambda settings: train(settings))
        super().__init__()

    def make_controls(self):
        """Return the controls of the run, and the step."""
        steps = step_slider(snapshot_steps(self.steps))
        return self.settings_controls() | {"step": steps}

    def arranged(self, controls):
        """Return the controls, a player beside the step."""
        *others, step = controls.values()
        return [*others, widgets.HBox([step, player(step)])]

    def compute(self, step, **values):
        """Return the run that the controls ask for, at the step."""
        return Moment(self.trained(self.settings(**values)), step)

    def words(self, moment):
        """Say what the run is and how it ended."""
        return describe(moment.run, moment.step)
