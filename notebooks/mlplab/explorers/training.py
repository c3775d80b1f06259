"""The explorers that train a network anew at every move."""

import dataclasses
import html

import ipywidgets as widgets
import numpy as np
import traitlets

from .. import plots
from ..data import GATES, X, truth_table
from ..descent import ACTIVATIONS
from ..network import (
    EXIT_LOSS,
    INITS,
    SOLVED_LOSS,
    Settings,
    correct_rows,
    first_below,
    snapshot_steps,
    train,
)
from ..pytorch_code import pytorch_code
from . import texts
from .base import Explorer, chooser, slider

MAX_LAYERS = 8
# A FloatLogSlider would hold 7.08 for 7: in the browser it moves to its own positions.
RATE_DIGITS = (1, 1.5, 2, 3, 4, 5, 6, 7, 8)
RATES = [float(f"{digit}e{power}") for power in (-2, -1, 0, 1) for digit in RATE_DIGITS]
RATES.append(100.0)
SNAPSHOT_STEPS = [int(step) for step in snapshot_steps(Settings.steps)]
PLAY_INTERVAL_MS, PLAY_SNAPSHOTS = 60, 5


def rate_slider(rates):
    """Return a slider that chooses one of some learning rates."""
    return slider(
        widgets.SelectionSlider,
        texts.LABELS["learning_rate"],
        options=[(f"{rate:g}", rate) for rate in rates],
        value=Settings.learning_rate,
    )


def control(name):
    """Return the control of a setting, with its label and range."""
    label = texts.LABELS[name]
    if name == "learning_rate":
        made = rate_slider(RATES)
    elif name == "seed":
        made = slider(widgets.IntSlider, label, min=0, max=999, value=Settings.seed)
    elif name in ("layers", "hidden_units", "width"):
        most, start = {
            "layers": (MAX_LAYERS, 4),
            "hidden_units": (8, 2),
            "width": (16, 10),
        }[name]
        made = slider(widgets.IntSlider, label, min=1, max=most, value=start)
    elif name == "step":
        steps = SNAPSHOT_STEPS
        made = slider(widgets.SelectionSlider, label, options=steps, value=steps[-1])
    else:
        options = {"gate": GATES, "activation": ACTIVATIONS, "init": INITS}[name]
        made = chooser(label, options)
        made.value = getattr(Settings, name)
    return made


def settings_of(values):
    """Return the Settings that controls with these values, by name, stand for."""
    given = {f.name: f.default for f in dataclasses.fields(Settings)}
    given.update({name: value for name, value in values.items() if name in given})
    if "layers" in values:
        given["hidden_sizes"] = (values["width"],) * (values["layers"] - 1)
    elif "hidden_units" in values:
        given["hidden_sizes"] = (values["hidden_units"],)
    else:
        given["hidden_sizes"] = values.get("hidden_sizes", Settings.hidden_sizes)
    return Settings(**given)


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


# What each panel of a training explorer is, its title, and how it shows a run.
PANELS = {
    "loss": (
        plots.LossCurve,
        "loss",
        lambda view, run, step, kept: view.update(
            run.loss, step, run.loss_at(step), kept and kept.loss
        ),
    ),
    "boundary": (
        plots.InputPlane,
        "decision boundary",
        lambda view, run, step, kept: view.update(
            run.probs_at(step, plots.GRID), truth_table(run.settings.gate)[1]
        ),
    ),
    "hidden": (
        plots.HiddenPlane,
        "hidden plane",
        lambda view, run, step, kept: view.update(
            run.outputs_at(step, X)[0],
            *run.weights_at(step)[1],
            truth_table(run.settings.gate)[1],
        ),
    ),
    "batch": (
        plots.GradientNorms,
        "weight gradient of each layer: the batch",
        lambda view, run, step, kept: view.update(
            run.snapshot_steps, run.gradient_norms, step
        ),
    ),
    "rows": (
        plots.GradientNorms,
        "the same, summed over the four rows",
        lambda view, run, step, kept: view.update(
            run.snapshot_steps, run.row_gradient_norms, step
        ),
    ),
}


class TrainingExplorer(Explorer):
    """A network that trains anew at every move; its step slider scrubs through time.

    panels is a list of rows of names in PANELS; fixed holds settings without a control.
    """

    def __init__(self, controls, panels, fixed=None, compare=False, **parts):
        self._fixed, self._layout = fixed or {}, panels
        self._run = self._kept = None
        controls = {**controls, "step": control("step")}
        super().__init__(
            controls,
            boxes={"step": widgets.HBox([controls["step"], _play(controls["step"])])},
            below=self._comparing() if compare else [],
            **parts,
        )
        self.update()

    def make_views(self):
        """Draw the panels."""
        axes = self.figure.subplot_mosaic(self._layout)
        self._panels = {
            name: PANELS[name][0](ax, PANELS[name][1]) for name, ax in axes.items()
        }
        return list(self._panels.values())

    @property
    def run(self):
        """The Run that the picture shows."""
        return self._run

    def show(self):
        """Train if anything but the step has changed; show the run at the step."""
        values = {**self._fixed, **self.values()}
        settings, step = settings_of(values), values["step"]
        if self._run is None or settings != self._run.settings:
            self._run = train(settings)
        changed = [
            PANELS[name][2](view, self._run, step, self._kept)
            for name, view in self._panels.items()
        ]
        text = describe(self._run, step)
        if self._kept is not None:
            text += " " + _compared(self._kept, self._run)
        if hasattr(self, "code"):
            code = pytorch_code(self._run.settings) if self._code_shown.value else ""
            self.code.value = code and f'<pre tabindex="0">{html.escape(code)}</pre>'
        return text, self._run, any(changed)

    def _comparing(self):
        """Return the buttons to keep a run, and to see the run as PyTorch code."""
        keep = widgets.Button(description=texts.LABELS["keep"])
        drop = widgets.Button(description=texts.LABELS["drop"])
        show = widgets.ToggleButton(
            description=texts.LABELS["code"], tooltip=texts.LABELS["code"]
        )
        for button in (keep, drop, show):
            button.layout.width = "auto"
        self.code = widgets.HTML()

        def keep_run(_):
            self._kept = self._run
            self.update()

        def drop_run(_):
            self._kept = None
            self.update()

        keep.on_click(keep_run)
        drop.on_click(drop_run)
        show.observe(lambda _: self.update(), "value")
        self._code_shown = show
        return [widgets.HBox([keep, drop, show]), self.code]


def _play(step):
    """Return a player that runs the step slider from its place, or from the start."""
    play = widgets.Play(
        min=0,
        max=len(step.options) - 1,
        value=step.index,
        step=PLAY_SNAPSHOTS,
        interval=PLAY_INTERVAL_MS,
        show_repeat=False,
    )
    traitlets.link((play, "value"), (step, "index"))

    def rewind(change):
        if change.new and play.value > play.max - play.step:
            play.value = 0

    play.observe(rewind, "playing")
    return play


def _compared(kept, run):
    """Say what a kept run has different, and whether both began with equal weights."""
    old, new = dataclasses.asdict(kept.settings), dataclasses.asdict(run.settings)
    different = [
        texts.LABELS["hidden_units" if name == "hidden_sizes" else name]
        for name in old
        if old[name] != new[name]
    ]
    start = np.array_equal(kept.snapshots[0], run.snapshots[0])
    return (
        f"Kept run (dashed): loss {kept.final_loss:.4f}, {kept.verdict};"
        f" different: {', '.join(different) or 'nothing'};"
        f" {'the same' if start else 'other'} initial weights."
    )


def explore_perceptron():
    """Train a single perceptron on any of the 16 gates."""
    can = [
        lambda run: run.settings.gate != "XOR" and run.verdict == "undecided at ln 2",
        lambda run: run.settings.gate == "AND" and _below(run, SOLVED_LOSS, 50),
    ]
    return TrainingExplorer(
        {"gate": control("gate"), "learning_rate": control("learning_rate")},
        [["loss", "boundary"]],
        fixed={"hidden_sizes": ()},
        size=(8.4, 3.6),
        presets=texts.PERCEPTRON_PRESETS,
        challenges=list(zip(texts.PERCEPTRON_CHALLENGES, can, strict=True)),
    )


def explore_backprop():
    """Train the 2-2-1 network on XOR; watch the hidden plane fold."""
    can = [
        lambda run: run.settings.seed == 777 and _below(run, EXIT_LOSS, 300),
        lambda run: run.settings.learning_rate == 1 and run.verdict.endswith("0.3466"),
    ]
    return TrainingExplorer(
        {name: control(name) for name in ("learning_rate", "seed")},
        [["loss", "boundary", "hidden"]],
        size=(10.8, 3.6),
        presets=texts.BACKPROP_PRESETS,
        challenges=list(zip(texts.BACKPROP_CHALLENGES, can, strict=True)),
    )


def explore_training():
    """Train one hidden layer with any settings; compare runs; show the PyTorch code."""
    names = ("gate", "activation", "init", "hidden_units", "learning_rate", "seed")
    found = set()  # whether one hidden unit solved a gate, and whether it failed

    def one_unit_tells_gates_apart(run):
        if run.settings.hidden_sizes == (1,):
            solved = run.verdict == "solved"
            # any other gate that fails does so by its settings: one unit can solve it
            if solved or run.settings.gate in ("XOR", "XNOR"):
                found.add(solved)
        return len(found) == 2

    can = [
        lambda run: (
            (run.settings.gate, run.settings.hidden_sizes) == ("XOR", (2,))
            and _below(run, SOLVED_LOSS, 300)
        ),
        one_unit_tells_gates_apart,
    ]
    return TrainingExplorer(
        {name: control(name) for name in names},
        [["loss", "boundary"]],
        compare=True,
        size=(8.4, 3.6),
        presets=texts.TRAINING_PRESETS,
        challenges=list(zip(texts.TRAINING_CHALLENGES, can, strict=True)),
    )


def explore_depth():
    """Train 1 to 8 layers; see each layer's gradient over training."""
    names = ("activation", "init", "layers", "width", "learning_rate")
    can = [
        lambda run: run.settings.layers == MAX_LAYERS and run.verdict == "solved",
        lambda run: (
            run.settings.layers >= 6
            and run.settings.activation == "sigmoid"
            and run.verdict == "solved"
        ),
        lambda run: (
            (run.settings.layers, run.settings.activation) == (4, "sigmoid")
            and _below(run, EXIT_LOSS, 100)
        ),
    ]
    return TrainingExplorer(
        {name: control(name) for name in names},
        [["loss", "boundary"], ["batch", "rows"]],
        size=(10.4, 4.5),
        presets=texts.DEPTH_PRESETS,
        challenges=list(zip(texts.DEPTH_CHALLENGES, can, strict=True)),
    )


def _below(run, level, step):
    """Return whether a run solves its gate and its loss falls below a level in time."""
    first = first_below(run.loss, level)
    return run.verdict == "solved" and first is not None and first < step
