"""The explorer of the 2-2-1 network on XOR, whose hidden plane folds."""

from .. import plots
from ..data import X, truth_table
from ..network import EXIT_LOSS, Settings
from .base import Panel, Preset
from .controls import rate_slider, seed_slider
from .runs import NETWORK, RunExplorer, solved_below


def hidden_panel(view, moment):
    """Show the four rows as the hidden units see them at the step."""
    run, step, y = moment.run, moment.step, truth_table("XOR")[1]
    view.update(run.outputs_at(step, X)[0], *run.weights_at(step)[1], y)


class BackpropExplorer(RunExplorer):
    """The smallest network that learns XOR, from any seed."""

    title = "the 2-2-1 network on XOR"
    invitation = "Drag along the loss curve and watch the two units fold the plane."
    size, widths, heights = (8.4, 4.9), [1.8, 1], [1, 1.3]
    mosaic = [["network", "boundary"], ["loss", "hidden"]]
    panels = RunExplorer.panels | {
        "network": NETWORK,
        "hidden": Panel(plots.HiddenPlane, hidden_panel),
    }
    largest = 2, 2
    presets = {
        "the run of the lecture notes": Preset(
            "About 2,200 steps at ln 2, then the hidden units fold 01 and 10 onto one"
            " point. Press play to watch.",
        ),
        "a tenth of the step": Preset(
            "The plateau lasts ten times as long: 10,001 steps are not enough.",
            {"learning_rate": 0.1},
        ),
        "three rows merged": Preset(
            "Three rows share one probability, 2/3. More steps do not help.",
            {"learning_rate": 7.0},
        ),
        "too large a step": Preset(
            "The weights jump to and fro and never settle.",
            {"learning_rate": 50.0},
        ),
    }
    challenges = {
        "at seed 777, solve XOR and leave the plateau before step 300": lambda at: (
            at.run.settings.seed == 777 and solved_below(at.run, EXIT_LOSS, 300)
        ),
        "find a seed that is stuck at 0.3466 at learning rate 1": lambda at: (
            at.run.settings.learning_rate == 1 and at.run.verdict == "stuck at 0.3466"
        ),
    }

    def settings_controls(self):
        """Return the learning rate and the seed."""
        return {"learning_rate": rate_slider(), "seed": seed_slider()}

    def settings(self, learning_rate, seed):
        """Return the settings of the run."""
        return Settings(learning_rate=learning_rate, seed=seed, steps=self.steps)


def explore_backprop():
    """Train the 2-2-1 network on XOR; watch the hidden plane fold."""
    return BackpropExplorer()
