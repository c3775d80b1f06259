"""The explorer that opens the course: one network learns XOR, and only time moves."""

from functools import partial

from .. import plots
from ..language import tr
from ..network import LN2, Settings
from .base import Panel
from .runs import (
    BOUNDARY,
    NETWORK,
    RunExplorer,
    boundary_panel,
    loss_panel,
    rows_correct,
    step_handles,
)


def _loss_curve(ax):
    """Return the view of the loss, in words for who has never seen one.

    The level has its number alone: what it stands for is found in notebook 02.
    """
    view = plots.LossCurve(ax, "how wrong it is")
    ax.set_ylabel("loss")
    (level,) = ax.texts
    level.set_text(f"{LN2:.4f}")
    return view


# without the name that 01 explains
ANSWERS = partial(boundary_panel, output="its answer for all inputs")


class XorExplorer(RunExplorer):
    """The run of the lecture notes as far as its end is in sight; the step moves."""

    title = "a network learns XOR"
    invitation = "Drag the step to 0, then press play."
    size, widths = (8.4, 3.9), [1.3, 1]
    mosaic = [["network", "boundary"], ["loss", "boundary"]]
    panels = {
        "network": Panel(NETWORK.make, NETWORK.show),  # no other unit can be chosen
        "boundary": Panel(BOUNDARY.make, ANSWERS),
        "loss": Panel(_loss_curve, loss_panel, step_handles),
    }
    steps = 4_000  # the wait is over about halfway

    def settings_controls(self):
        """Return no control: the step alone is chosen."""
        return {}

    def settings(self):
        """Return the settings of the run."""
        return Settings(steps=self.steps)

    def words(self, moment):
        """Say how far the network is."""
        run, step = moment.run, moment.step
        return tr(
            "{gate}, step {step}: loss {loss:.4f}, {correct} of 4 correct",
            gate=run.settings.gate, step=step, loss=run.loss_at(step),
            correct=rows_correct(run, step),
        )  # fmt: skip


def explore_xor():
    """Watch a network learn XOR, step by step."""
    return XorExplorer()
