"""What the explorers of a training run share: its state, its words, its panels."""

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from .. import plots
from ..data import X, truth_table
from ..descent import sigmoid
from ..language import tr
from ..network import Run, Settings, correct_rows, first_below, snapshot_steps, train
from .base import Explorer, Handle, Panel, whole
from .controls import Control, step_slider
from .diagram import NetworkDiagram, shade

OUTPUT = "output"  # the unit that the large map shows at first


class Moment(NamedTuple):
    """A run at a step, what its units say then, and perhaps a run to compare it with.

    outputs   of every layer at the points GRID, (n, units), the last probabilities
    unit      (layer, unit) that the large map shows; the output is (layers, 0)
    """

    run: Run
    step: int
    outputs: list
    unit: tuple
    kept: Run | None = None


def moment_of(run, step, unit=OUTPUT):
    """Return a Moment; a unit that the network has not gives way to the output."""
    *hidden, logits = run.outputs_at(step, plots.GRID)
    chosen = len(hidden) + 1, 0
    if unit != OUTPUT:
        layer, number = map(int, unit.split("."))
        if layer <= len(hidden) and number <= hidden[layer - 1].shape[1]:
            chosen = layer, number - 1
    return Moment(run, step, [*hidden, sigmoid(logits)], chosen)


def rows_correct(run, step):
    """Return how many of the four rows a run predicts right at a step."""
    y = truth_table(run.settings.gate)[1]
    return int(correct_rows(run.probs_at(step, X), y[:, 0]).sum())


def describe(run, step):
    """Return the status: the settings, the weights at a step, and how the run ended."""
    settings, loss = run.settings, run.loss_at(step)
    at_step = "loss {loss:.4f}, {correct} of 4 correct"
    if not np.isfinite(loss):
        at_step = "the run has diverged, its loss is not finite"
    at_step = tr(at_step, loss=loss, correct=rows_correct(run, step))
    return tr(
        "{its.gate}, layers {its.layers},{optimizer} learning rate"
        " {its.learning_rate:g}, seed {its.seed}, step {step}: {at_step}. After"
        " {its.steps} steps: {verdict}.",
        its=settings, step=step, at_step=at_step, verdict=tr(run.verdict),
        optimizer="" if settings.optimizer == "sgd" else f" {settings.optimizer},",
    )  # fmt: skip


def solved_below(run, level, step):
    """Return whether a run solves its gate and its loss falls below a level in time."""
    first = first_below(run.loss, level)
    return run.verdict == "solved" and first is not None and first < step


def loss_panel(view, moment):
    """Show the loss of the run, its mark at the step, and the kept run's loss."""
    run, step, kept = moment.run, moment.step, moment.kept
    view.update(run.loss, step, run.loss_at(step), kept and kept.loss)


def step_handles(view, state):
    """Return that a hand moves the step along the curve."""
    return [Handle("the step", whole(view), lambda x, y: {"step": x}, area=True)]


def boundary_panel(view, moment, output="decision boundary"):
    """Show what the chosen unit says over the input plane at the step.

    `output` is the title where the unit is the output.
    """
    settings, (layer, unit) = moment.run.settings, moment.unit
    y, says = truth_table(settings.gate)[1], moment.outputs[layer - 1][:, unit]
    if layer == settings.layers:
        view.update(says, y)
        title = output
    else:
        says = shade(says.reshape(1, plots.SIDE, plots.SIDE), settings.activation)
        view.update(says, y, boundary=False)
        title = f"hidden layer {layer}, unit {unit + 1}"
    # a part of the background, as drawing it anew each time takes longer than all else
    if title != view.ax.get_title():
        view.ax.set_title(title)


def network_panel(view, moment):
    """Show the network, its units as small maps."""
    run, side = moment.run, plots.SIDE
    maps = [outputs.T.reshape(-1, side, side) for outputs in moment.outputs]
    weights, activation = run.weights_at(moment.step), run.settings.activation
    view.update(weights, maps, activation, moment.unit)


def network_handles(view, moment):
    """Return the units, which a hand chooses for the large map."""
    places, handles = view.places(), []
    for (layer, unit), place in places.items():
        name = unit_name(layer, unit, moment.run.settings.layers)
        corners = np.add.outer([-view.reach, view.reach], place)
        chosen = partial(choose_unit, name)
        says = tr("unit {name}", name=tr(name))
        handles.append(Handle(says, corners, chosen, area=True))
    return handles


def choose_unit(name, x, y):
    """Return that a unit is shown large, wherever in it the hand is."""
    return {"unit": name}


def unit_name(layer, unit, layers):
    """Return what a unit is called: "output", or "2.1", the first of layer 2."""
    return OUTPUT if layer == layers else f"{layer}.{unit + 1}"


def unit_slider(layers, width):
    """Return a slider of the unit whose map is large, for networks up to a size."""
    hidden = [
        unit_name(layer, unit, layers)
        for layer in range(1, layers)
        for unit in range(width)
    ]
    return Control("map of unit", [OUTPUT, *hidden], OUTPUT)


LOSS = Panel(plots.LossCurve, loss_panel, step_handles)
BOUNDARY = Panel(plots.InputPlane, boundary_panel)
NETWORK = Panel(partial(NetworkDiagram, width=2.6), network_panel, network_handles)


class RunExplorer(Explorer):
    """An explorer of one run; its step slider scrubs through time.

    A subclass has `settings_controls()`, the controls that decide the run, and
    `settings(**values)`, the Settings that they stand for. If it draws the network,
    `largest` is how many layers, and units in each, it has at most.
    """

    steps = Settings.steps  # of each run
    largest = None
    mosaic = [["loss", "boundary"]]
    panels = {"loss": LOSS, "boundary": BOUNDARY}

    def __init__(self):
        # what moves the step alone does not train
        self.trained = lru_cache(1)(lambda settings: train(settings))
        super().__init__()

    def make_controls(self):
        """Return the controls of the run, the step, perhaps the unit shown large."""
        steps = step_slider(snapshot_steps(self.steps))
        units = {"unit": unit_slider(*self.largest)} if self.largest else {}
        return self.settings_controls() | {"step": steps} | units

    def compute(self, step, unit=OUTPUT, **values):
        """Return the run that the controls ask for, at the step."""
        return moment_of(self.trained(self.settings(**values)), step, unit)

    def words(self, moment):
        """Say what the run is and how it ended."""
        return describe(moment.run, moment.step)
