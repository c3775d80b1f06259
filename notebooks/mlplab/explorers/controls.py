"""The controls of the explorers, each with its label and its options."""

import math

import numpy as np
import traitlets

from ..data import GATES
from ..descent import ACTIVATIONS, OPTIMIZERS
from ..language import tr
from ..network import INITS, Settings

RATE_DIGITS = (1, 1.5, 2, 3, 4, 5, 6, 7, 8)
RATES = [float(f"{digit}e{power}") for power in (-2, -1, 0, 1) for digit in RATE_DIGITS]
RATES.append(100.0)
PLAY_STEPS = 5  # options of a slider between two pictures
TENTH = 10  # hundredths that a key moves


class Control(traitlets.HasTraits):
    """A choice among options, by a slider or by buttons.

    label    what stands beside it, its name
    options  the values that it can have, those of a slider ascending numbers
    texts    what is written for each
    buttons  whether each option is a button; otherwise a slider chooses
    stride   options between two places of the slider; a hand can reach those between
    play     options between two pictures of the player beside it, 0 without one
    only     (name, text) of a chooser: shown where that is chosen
    shown    whether it is in the form at all; otherwise only the picture shows it
    """

    shown = True
    value = traitlets.Any()

    def __init__(
        self, label, options, value, write=str, buttons=False, stride=1, play=0,
        only=None,
    ):  # fmt: skip
        self.label, self.options = tr(label), list(options)
        self.texts = [tr(write(option)) for option in self.options]
        self.buttons, self.stride, self.play, self.only = buttons, stride, play, only
        self._place_of = {option: place for place, option in enumerate(self.options)}
        super().__init__(value=value)

    @traitlets.validate("value")
    def _allowed(self, proposal):
        if proposal.value not in self._place_of:
            raise ValueError(
                f"{self.label} must be one of {self.range}, got {proposal.value!r}"
            )
        return self.options[self._place_of[proposal.value]]

    @property
    def place(self):
        """The place of the value among the options."""
        return self._place_of.get(self.value, 0)

    @property
    def range(self):
        """What is allowed, in words."""
        if self.buttons:
            return ", ".join(self.texts)
        return tr("{low} to {high}", low=self.texts[0], high=self.texts[-1])

    def nearest(self, value):
        """Return the option that is nearest to a number, or the option itself."""
        if value in self._place_of or self.buttons:
            return value
        numbers = np.asarray(self.options, float)
        value = np.clip(value, numbers[0], numbers[-1])  # even if infinite
        return self.options[int(np.abs(numbers - value).argmin())]

    def read(self, text):
        """Return the value that a typed text stands for, and what to answer, or ""."""
        written = text.strip().replace("\N{MINUS SIGN}", "-").replace(",", ".")
        if written in self.texts:
            return self.options[self.texts.index(written)], ""
        try:
            number = float(written)
        except ValueError:
            number = math.nan
        words = {"label": self.label, "range": self.range}
        names = isinstance(self.value, str)
        if math.isnan(number) or names:
            what = "{label}: “{typed}” is not a number. Here: {range}."
            if names:
                what = "{label}: “{typed}” is none of these. Here: {range}."
            if not written:
                what = "{label}: nothing was typed. Here: {range}."
            return self.value, tr(what, typed=written, **words)
        nearest = self.nearest(number)
        if math.isclose(nearest, number):
            return nearest, ""
        text = self.texts[self.options.index(nearest)]
        what = "{label}: here {range}; the nearest is {nearest}."
        return nearest, tr(what, nearest=text, **words)

    def spec(self):
        """Return what the browser needs to show it."""
        names = "label", "texts", "buttons", "stride", "play"
        only = self.only and [self.only[0], tr(self.only[1])]
        return {name: getattr(self, name) for name in names} | {"only": only}


def chooser(label, options, value):
    """Return buttons of which one is chosen."""
    return Control(label, options, value, buttons=True)


def number_slider(label, value, low, high, **traits):
    """Return a slider of a number: tenths by keys, hundredths by hand or typed."""
    hundredths = range(round(100 * low), round(100 * high) + 1)
    options = [whole / 100 for whole in hundredths]
    return Control(label, options, value, write="{:g}".format, stride=TENTH, **traits)


def gate_chooser(gate=Settings.gate):
    """Return a chooser of one of the 16 gates."""
    return chooser("gate", GATES, gate)


def activation_chooser():
    """Return a chooser of the hidden layers' activation."""
    return chooser("activation", ACTIVATIONS, Settings.activation)


def init_chooser():
    """Return a chooser of the initialisation."""
    return chooser("initialisation", INITS, Settings.init)


def optimizer_chooser():
    """Return a chooser of the optimiser."""
    return chooser("optimiser", OPTIMIZERS, Settings.optimizer)


def count_slider(label, value, most):
    """Return a slider of a whole number from 1."""
    return Control(label, range(1, most + 1), value)


def seed_slider(most=999, value=Settings.seed):
    """Return a slider of a seed from 0."""
    return Control("seed", range(most + 1), value)


def rate_slider(rates=RATES, value=Settings.learning_rate):
    """Return a slider that chooses one of some learning rates."""
    return Control("learning rate", rates, value, write="{:g}".format)


def step_slider(steps, play=PLAY_STEPS):
    """Return a slider that chooses one of a run's steps, at first the last one."""
    steps = [int(step) for step in steps]
    return Control("step", steps, steps[-1], play=play)
