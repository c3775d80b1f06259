"""The explorer of a single perceptron, trained on any of the 16 gates."""

from ..network import SOLVED_LOSS, Settings
from .base import Challenge, Preset
from .controls import gate_chooser, rate_slider
from .runs import RunExplorer, solved_below


class PerceptronExplorer(RunExplorer):
    """One neuron: the line that it settles on, and the loss on the way."""

    presets = (
        Preset(
            "AND is learned",
            "The loss falls towards 0; the boundary settles between 11 and the rest.",
            {"gate": "AND"},
        ),
        Preset(
            "XOR ends at ln 2",
            "Every probability becomes 0.5: the best that one layer can do.",
            {},
        ),
        Preset(
            "too large a step",
            "Past a learning rate of about 5 every step overshoots, and the loss stays"
            " above ln 2.",
            {"learning_rate": 6.0},
        ),
    )
    challenges = (
        Challenge(
            "find a gate, other than XOR, that the perceptron cannot learn",
            lambda moment: (
                moment.run.settings.gate != "XOR"
                and moment.run.verdict == "undecided at ln 2"
            ),
        ),
        Challenge(
            "solve AND with a loss below 0.1 before step 50",
            lambda moment: (
                moment.run.settings.gate == "AND"
                and solved_below(moment.run, SOLVED_LOSS, 50)
            ),
        ),
    )

    def settings_controls(self):
        """Return the gate and the learning rate."""
        return {"gate": gate_chooser(), "learning_rate": rate_slider()}

    def settings(self, gate, learning_rate):
        """Return the settings of the run."""
        return Settings(gate, (), learning_rate=learning_rate, steps=self.steps)


def explore_perceptron():
    """Train a single perceptron on any of the 16 gates."""
    return PerceptronExplorer()
