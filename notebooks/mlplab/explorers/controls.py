"""The controls of the explorers, each with its label and range."""

import ipywidgets as widgets
import traitlets

from ..data import GATES
from ..descent import ACTIVATIONS
from ..network import INITS, Settings

# A FloatLogSlider would hold 7.08 for 7: in the browser it moves to its own positions.
RATE_DIGITS = (1, 1.5, 2, 3, 4, 5, 6, 7, 8)
RATES = [float(f"{digit}e{power}") for power in (-2, -1, 0, 1) for digit in RATE_DIGITS]
RATES.append(100.0)
PLAY_INTERVAL_MS, PLAY_STEPS = 60, 5  # the steps are those of the slider


def chooser(label, options, value):
    """Return toggle buttons: unlike a dropdown they leave JupyterLab's keys alone."""
    return widgets.ToggleButtons(
        options=list(options),
        value=value,
        description=label,
        tooltip=label,  # without one the browser shows "null"
        style={"button_width": "auto", "description_width": "initial"},
        layout=widgets.Layout(margin="2px 8px 2px 2px"),
    )


def slider(kind, label, **traits):
    """Return a slider of an ipywidgets class with its label whole."""
    return kind(
        description=label,
        tooltip=label,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="350px", max_width="100%", margin="2px"),
        **traits,
    )


def button(label, on_click, **traits):
    """Return a button as wide as its label; `on_click` takes no argument."""
    made = widgets.Button(description=label, **traits)
    made.layout.width = "auto"
    made.on_click(lambda _: on_click())
    return made


def gate_chooser(gate=Settings.gate):
    """Return a chooser of one of the 16 gates."""
    return chooser("gate", GATES, gate)


def activation_chooser():
    """Return a chooser of the hidden layers' activation."""
    return chooser("activation", ACTIVATIONS, Settings.activation)


def init_chooser():
    """Return a chooser of the initialisation."""
    return chooser("initialisation", INITS, Settings.init)


def count_slider(label, value, most):
    """Return a slider of a whole number from 1."""
    return slider(widgets.IntSlider, label, min=1, max=most, value=value)


def seed_slider(most=999, value=Settings.seed):
    """Return a slider of a seed from 0."""
    return slider(widgets.IntSlider, "seed", min=0, max=most, value=value)


def rate_slider(rates=RATES):
    """Return a slider that chooses one of some learning rates."""
    return slider(
        widgets.SelectionSlider,
        "learning rate",
        options=[(f"{rate:g}", rate) for rate in rates],
        value=Settings.learning_rate,
    )


def step_slider(steps):
    """Return a slider that chooses one of a run's steps, at first the last one."""
    steps = [int(step) for step in steps]
    return slider(widgets.SelectionSlider, "step", options=steps, value=steps[-1])


def player(step):
    """Return a player that runs a step slider from its place, or from the start."""
    play = widgets.Play(
        min=0,
        max=len(step.options) - 1,
        value=step.index,
        step=PLAY_STEPS,
        interval=PLAY_INTERVAL_MS,
        show_repeat=False,
    )
    traitlets.link((play, "value"), (step, "index"))

    def rewind(change):
        if change.new and play.value > play.max - play.step:
            play.value = 0

    play.observe(rewind, "playing")
    return play
