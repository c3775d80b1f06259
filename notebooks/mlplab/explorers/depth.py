"""The explorer of depth: 1 to 8 layers, and the gradient of each over training."""

import functools

from .. import plots
from ..network import EXIT_LOSS, Settings
from .base import Handle, Panel, Preset, whole
from .controls import (
    activation_chooser,
    count_slider,
    init_chooser,
    optimizer_chooser,
    rate_slider,
)
from .runs import NETWORK, RunExplorer, solved_below

MAX_LAYERS, MAX_WIDTH = 8, 16
BATCH = functools.partial(plots.GradientNorms, title="gradient of each layer: batch")
ROWS = functools.partial(plots.GradientNorms, title="the same, rows added up")


def batch_panel(view, moment):
    """Show the norm of each layer's gradient of the mean loss."""
    view.update(moment.run.snapshot_steps, moment.run.gradient_norms, moment.step)


def rows_panel(view, moment):
    """Show the same, the norms of the four rows added up."""
    view.update(moment.run.snapshot_steps, moment.run.row_gradient_norms, moment.step)


def norms_handles(view, moment):
    """Return that a hand moves the step along the curves."""
    return [Handle("the step", whole(view), lambda x, y: {"step": x - 1}, area=True)]


class DepthExplorer(RunExplorer):
    """A network of many layers on XOR."""

    title = "a deep network on XOR"
    invitation = "Move the layers, then drag along a curve to a step."
    size, heights = (8.4, 4.3), [1.4, 1]
    mosaic = [["network", "network", "boundary"], ["loss", "batch", "rows"]]
    panels = RunExplorer.panels | {
        "network": NETWORK,
        "batch": Panel(BATCH, batch_panel, norms_handles),
        "rows": Panel(ROWS, rows_panel, norms_handles),
    }
    largest = MAX_LAYERS, MAX_WIDTH
    presets = {
        "the deep net": Preset(
            "4 layers, 10 sigmoid units each: 5,188 steps at the saddle, then solved.",
        ),
        "waiting at the saddle": Preset(
            "At step 1,000 all batch gradients are small, because the rows cancel."
            " Summed over rows they still shrink on the way back, layer by layer.",
            {"step": 1000},
        ),
        "too deep for sigmoid": Preset(
            "With 8 layers nothing happens in 10,001 steps: the saddle is too flat.",
            {"layers": 8},
        ),
        "a way out: tanh": Preset(
            "Slope 1 at zero instead of 1/4: the signals reach the first layer.",
            {"activation": "tanh"},
        ),
        "a way out: larger weights": Preset(
            "PyTorch's initial weights times 4 make up for much of the small slope.",
            {"init": "large"},
        ),
        "a way out: Adam": Preset(
            "Each weight gets steps of the size of the learning rate, 0.01, however"
            " small its gradient is.",
            {"optimizer": "adam", "learning_rate": 0.01},
        ),
    }
    challenges = {
        "solve XOR with 8 layers": lambda at: (
            at.run.settings.layers == MAX_LAYERS and at.run.verdict == "solved"
        ),
        "solve XOR with 6 sigmoid layers or more": lambda at: (
            at.run.settings.layers >= 6
            and at.run.settings.activation == "sigmoid"
            and at.run.verdict == "solved"
        ),
        "leave the plateau within 100 steps with 4 sigmoid layers": lambda at: (
            at.run.settings.layers == 4
            and at.run.settings.activation == "sigmoid"
            and solved_below(at.run, EXIT_LOSS, 100)
        ),
    }

    def settings_controls(self):
        """Return the activation, the initialisation, the shape, the learning rate."""
        return {
            "activation": activation_chooser(),
            "init": init_chooser(),
            "optimizer": optimizer_chooser(),
            "layers": count_slider("layers", 4, most=MAX_LAYERS),
            "width": count_slider("units per layer", 10, most=MAX_WIDTH),
            "learning_rate": rate_slider(),
        }

    def settings(self, layers, width, **others):
        """Return the settings of the run."""
        return Settings(
            hidden_sizes=(width,) * (layers - 1), steps=self.steps, **others
        )


def explore_depth():
    """Train 1 to 8 layers; see each layer's gradient over training."""
    return DepthExplorer()
