"""The explorer of a single perceptron, trained on any of the 16 gates."""

from ..network import SOLVED_LOSS, Settings
from .base import Preset
from .controls import gate_chooser, rate_slider
from .runs import RunExplorer, solved_below


class PerceptronExplorer(RunExplorer):
    """One neuron: the line that it settles on, and the loss on the way."""

    steps = 300  # more would press all that happens into the first few pixels
    title = "a perceptron trained"
    invitation = "Drag along the loss curve and watch the line. Then choose XOR."
    presets = {
        "AND is learned": Preset(
            "The loss falls towards 0; the boundary settles between 11 and the rest.",
        ),
        "XOR ends at ln 2": Preset(
            "Every probability becomes 0.5: the best that one layer can do.",
            {"gate": "XOR"},
        ),
        "too large a step": Preset(
            "Past a learning rate of about 5 every step overshoots, and the loss stays"
            " above ln 2.",
            {"gate": "XOR", "learning_rate": 6.0},
        ),
    }
    challenges = {
        "find a gate, other than XOR, that the perceptron cannot learn": lambda at: (
            at.run.settings.gate != "XOR" and at.run.verdict == "undecided at ln 2"
        ),
        "solve AND with a loss below 0.1 before step 50": lambda at: (
            at.run.settings.gate == "AND" and solved_below(at.run, SOLVED_LOSS, 50)
        ),
    }

    def settings_controls(self):
        """Return the gate and the learning rate."""
        return {"gate": gate_chooser("AND"), "learning_rate": rate_slider()}

    def settings(self, gate, learning_rate):
        """Return the settings of the run."""
        return Settings(gate, (), learning_rate=learning_rate, steps=self.steps)


def explore_perceptron():
    """Train a single perceptron on any of the 16 gates."""
    return PerceptronExplorer()
