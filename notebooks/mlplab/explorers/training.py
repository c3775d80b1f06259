"""The explorer of one hidden layer: any settings, runs compared, the PyTorch code."""

import dataclasses

import numpy as np

from ..language import tr
from ..network import SOLVED_LOSS, Settings
from ..pytorch_code import pytorch_code
from .base import Preset
from .controls import (
    activation_chooser,
    count_slider,
    gate_chooser,
    init_chooser,
    optimizer_chooser,
    rate_slider,
    seed_slider,
)
from .runs import NETWORK, RunExplorer, solved_below

MAX_UNITS = 8


def _one_unit_tells_gates_apart():
    """Return a rule that remembers: one unit has solved a gate, and it has failed."""
    found = set()

    def met(moment):
        settings = moment.run.settings
        if settings.hidden_sizes == (1,):
            solved = moment.run.verdict == "solved"
            # any other gate that fails does so by its settings: one unit can solve it
            if solved or settings.gate in ("XOR", "XNOR"):
                found.add(solved)
        return len(found) == 2

    return met


class TrainingExplorer(RunExplorer):
    """A network with one hidden layer, beside a run that the learner has kept."""

    title = "one hidden layer"
    invitation = "Change one thing, then drag along the loss curve."
    size, widths = (8.4, 3.5), [1.4, 1]
    mosaic = [["network", "boundary"], ["loss", "boundary"]]
    panels = RunExplorer.panels | {"network": NETWORK}
    actions_label, folded = "compare", "The PyTorch code of this run"
    largest = 2, MAX_UNITS
    presets = {
        "the run of the lecture notes": Preset(
            "2 sigmoid units, learning rate 1: solved after a long wait at ln 2.",
        ),
        "a way out: tanh": Preset(
            "From the same initial weights, tanh waits far less.",
            {"activation": "tanh"},
        ),
        "a way out: momentum": Preset(
            "Each step keeps nine tenths of the last one: the slow slope adds up.",
            {"optimizer": "momentum"},
        ),
        "a way out: Adam": Preset(
            "Each weight gets a step of its own size, near the learning rate of 0.01.",
            {"optimizer": "adam", "learning_rate": 0.01},
        ),
        "dead ReLU": Preset(
            "Both units give 0 for all four rows; where a unit gives 0 its gradient is"
            " 0 too, so nothing can ever change them.",
            {"activation": "relu", "seed": 3},
        ),
        "all weights equal": Preset(
            "Equal units get equal gradients and stay equal: two units act as one.",
            {"init": "equal"},
        ),
    }

    challenges = {
        "solve XOR with 2 hidden units, loss below 0.1 before step 300": lambda at: (
            at.run.settings.gate == "XOR"
            and at.run.settings.hidden_sizes == (2,)
            and solved_below(at.run, SOLVED_LOSS, 300)
        ),
    }

    def __init__(self):
        self.kept = None  # a Run
        rule = _one_unit_tells_gates_apart()
        self.challenges = self.challenges | {
            "find a gate that 1 hidden unit solves and one that it does not": rule
        }
        super().__init__()

    def settings_controls(self):
        """Return the controls of all settings but the steps."""
        return {
            "gate": gate_chooser(),
            "activation": activation_chooser(),
            "init": init_chooser(),
            "optimizer": optimizer_chooser(),
            "hidden_units": count_slider("hidden units", 2, most=MAX_UNITS),
            "learning_rate": rate_slider(),
            "seed": seed_slider(),
        }

    def settings(self, hidden_units, **others):
        """Return the settings of the run."""
        return Settings(hidden_sizes=(hidden_units,), steps=self.steps, **others)

    def make_actions(self):
        """Return the buttons that keep a run and forget it."""
        return {
            "keep this run": lambda: self._keep(self.state.run),
            "forget it": lambda: self._keep(None),
        }

    def _keep(self, run):
        self.kept = run
        self.update()

    def compute(self, **values):
        """Return the run at the step, with the kept one."""
        return super().compute(**values)._replace(kept=self.kept)

    def details(self, moment):
        """Return the run as PyTorch code."""
        return pytorch_code(moment.run.settings)

    def words(self, moment):
        """Say what the run is, and what the kept run has different."""
        text = super().words(moment)
        return text if moment.kept is None else f"{text} {self._compared(moment)}"

    def _compared(self, moment):
        run, kept = moment.run, moment.kept
        new, old = dataclasses.asdict(run.settings), dataclasses.asdict(kept.settings)
        controls = self.controls | {"hidden_sizes": self.controls["hidden_units"]}
        different = [controls[name].label for name in old if old[name] != new[name]]
        start = np.array_equal(kept.snapshots[0], run.snapshots[0])
        weights = "the same initial weights" if start else "other initial weights"
        return tr(
            "Kept run (dashed): loss {loss:.4f}, {verdict}; different: {different};"
            " {weights}.",
            loss=kept.final_loss, verdict=tr(kept.verdict), weights=tr(weights),
            different=", ".join(different) or tr("nothing"),
        )  # fmt: skip


def explore_training():
    """Train one hidden layer with any settings; compare runs; show the PyTorch code."""
    return TrainingExplorer()
