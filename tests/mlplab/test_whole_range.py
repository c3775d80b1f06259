"""The whole range of Settings: trainer, pictures and explorers, by generated examples.

Nothing may warn or fail, however large, small or strange the settings are, as long as
Settings accepts them.
"""

import dataclasses
import itertools
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlplab import plots
from mlplab.data import GATES, X, truth_table
from mlplab.descent import ACTIVATIONS, OPTIMIZERS
from mlplab.explorers.backprop import BackpropExplorer
from mlplab.explorers.depth import DepthExplorer
from mlplab.explorers.runs import RunExplorer
from mlplab.network import (
    INITS,
    SOLVED_LOSS,
    VERDICTS,
    Settings,
    correct_rows,
    initial_weights,
    sigmoid,
    sweep,
    train,
)
from mlplab.pytorch_code import pytorch_code
from support.pytorch import torch_gradients

pytestmark = pytest.mark.filterwarnings("error")

FLOAT32 = np.finfo(np.float32)
TINIEST = float(FLOAT32.smallest_subnormal)
# By the exponent, so that every magnitude is as likely as another.
exponents = st.floats(math.log10(TINIEST) + 0.01, math.log10(FLOAT32.max) - 0.01)
any_rate = st.one_of(
    st.sampled_from([TINIEST, float(FLOAT32.tiny), float(FLOAT32.max)]),
    st.floats(-2, 2).map(lambda exponent: 10**exponent),
    st.floats(-1, 2).map(lambda exponent: 10**exponent),
    exponents.map(lambda exponent: 10**exponent),
)
any_settings = st.builds(
    Settings,
    gate=st.sampled_from(list(GATES)),
    hidden_sizes=st.lists(st.integers(1, 12), max_size=7).map(tuple),
    activation=st.sampled_from(list(ACTIVATIONS)),
    init=st.sampled_from(INITS),
    learning_rate=any_rate,
    steps=st.integers(1, 8),
    seed=st.integers(0, 2**63 - 1),
    optimizer=st.sampled_from(OPTIMIZERS),
)
# Without the explaining of a failure, which takes minutes where pictures are drawn.
everything = settings(
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


# One step of the trainer against PyTorch, with a bound on what float32 may round

EPS = float(FLOAT32.eps)
ROUNDINGS = 3  # of one operation: exp, log1p and the like take several
WEIGHTS_UP_TO = 1e4  # beyond, products of eight layers may leave float32
UNDERFLOW = float(FLOAT32.tiny)  # smaller numbers may become 0


def rounding_bounds(weights, chosen):
    """How far float32 may be from the exact loss and gradients: running error bounds.

    Each operation adds a share of its result, and passes on what came before. Returns
    the bound of the loss and [(of dW, of db), ...]; None where rounding may put a relu
    on its other side.
    """
    eps, activation = ROUNDINGS * EPS, ACTIVATIONS[chosen.activation]
    y = truth_table(chosen.gate)[1].astype(float)
    h, error = X.astype(float), np.zeros(X.shape)
    inputs, slopes = [], []
    for layer, (W, b) in enumerate(weights, start=1):
        W, b = W.astype(float), b.astype(float)
        inputs.append((h, error))
        z = h @ W + b
        error = error @ np.abs(W) + eps * len(W) * (np.abs(h) @ np.abs(W) + np.abs(b))
        if layer == len(weights):
            break
        if chosen.activation == "relu" and ((np.abs(z) <= error) & (error > 0)).any():
            return None
        h = activation.array(z)
        slope = np.broadcast_to(activation.slope(h), h.shape)
        curved = chosen.activation not in ("relu", "none")
        error = error * slope + error**2 * curved + eps * np.abs(h) + UNDERFLOW
        error_of_slope = (2 * error + eps) * curved
        slopes.append((slope, error_of_slope))
    bound_of_loss = (error + eps * (1 + np.abs(z))).mean()
    dz = (sigmoid(z) - y) / 4
    error_dz = error / 4 + eps * np.abs(dz) + UNDERFLOW
    bounds = []
    for (h, error_h), (W, _) in zip(inputs[::-1], weights[::-1], strict=True):
        exact = np.abs(h).T @ np.abs(dz)
        bound_of_dW = np.abs(h).T @ error_dz + error_h.T @ np.abs(dz) + eps * exact
        bound_of_db = error_dz.sum(axis=0) + eps * np.abs(dz).sum(axis=0)
        bounds.append((bound_of_dW, bound_of_db))
        if len(bounds) < len(weights):
            W = W.astype(float)
            dh = dz @ W.T
            error_dh = error_dz @ np.abs(W.T) + eps * W.shape[1] * (
                np.abs(dz) @ np.abs(W.T)
            )
            slope, error_of_slope = slopes[-len(bounds)]
            error_dz = (
                error_dh * np.abs(slope)
                + np.abs(dh) * error_of_slope
                + error_dh * error_of_slope
                + UNDERFLOW
            )
            dz = dh * slope
    return bound_of_loss, bounds[::-1]


def test_every_step_is_pytorchs_but_for_rounding():
    """Each from the trainer's own weights: so it holds for runs that diverge, too."""
    compared = []

    @settings(everything, max_examples=250)
    @given(chosen=any_settings)
    def compare(chosen):
        chosen = dataclasses.replace(chosen, optimizer="sgd")
        run = train(chosen)
        for layer, start in zip(
            run.weights_at(0), initial_weights(chosen), strict=True
        ):
            for part, expected in zip(layer, start, strict=True):
                np.testing.assert_array_equal(part, expected)
        for step in range(chosen.steps):
            weights = run.weights_at(step)
            if not all((np.abs(p) < WEIGHTS_UP_TO).all() for w in weights for p in w):
                return
            bounds = rounding_bounds(weights, chosen)
            if bounds is None:
                return
            bound_of_loss, bounds = bounds
            loss, gradients = torch_gradients(weights, chosen.activation, chosen.gate)
            assert abs(run.loss[step] - loss) <= bound_of_loss
            after = run.weights_at(step + 1)
            rate = float(np.float32(chosen.learning_rate))
            for before, now, gradient, bound in zip(
                weights, after, gradients, bounds, strict=True
            ):
                for w, updated, d, error in zip(
                    before, now, gradient, bound, strict=True
                ):
                    w = w.astype(float)
                    exact = w - rate * d
                    if np.abs(exact).max() > FLOAT32.max / 2:
                        return
                    room = EPS * (np.abs(w) + 2 * np.abs(rate * d)) + rate * error
                    room += UNDERFLOW
                    assert (np.abs(updated - exact) <= room).all()
            compared.append(chosen)

    compare()
    assert len(compared) > 400
    assert {c.activation for c in compared} == set(ACTIVATIONS)
    assert {c.layers for c in compared} == set(range(1, 9))


@settings(everything, max_examples=30)
@given(chosen=any_settings, rates=st.lists(any_rate, min_size=1, max_size=4))
def test_a_sweep_of_any_settings_is_its_runs(chosen, rates):
    seeds = [chosen.seed, *range(15)]
    found = sweep(chosen, rates, seeds)
    for (row, seed), (column, rate) in itertools.product(
        enumerate(seeds[:2]), enumerate(rates)
    ):
        run = train(Settings(**{**vars(chosen), "seed": seed, "learning_rate": rate}))
        assert found.verdict[row, column] == run.verdict
        np.testing.assert_equal(float(found.final_loss[row, column]), run.final_loss)
    assert set(found.verdict.ravel()) <= set(VERDICTS)


# Pictures


def draw(*pictures):
    """Draw each picture, a function of its Axes, to the last pixel."""
    for picture in pictures:
        figure = Figure(dpi=50)
        picture(figure.add_subplot())
        FigureCanvasAgg(figure).draw()


def draw_everything(run, step):
    """All that the course draws of a run."""
    chosen, loss = run.settings, run.loss
    y = truth_table(chosen.gate)[1]
    W1, b1 = run.weights_at(step)[0]
    draw(
        partial(plots.draw_boundary, run.probs_at(step, plots.GRID), y),
        partial(plots.draw_loss, loss),
        partial(plots.draw_loss, {"a": loss, "b": loss[:1]}),
        partial(plots.draw_loss, {"a": loss}, log_steps=True),
        partial(plots.draw_gradient_norms, run.snapshot_steps, run.gradient_norms),
        partial(plots.draw_gradient_norms, run.snapshot_steps, run.row_gradient_norms),
        partial(plots.draw_line, *W1[:, 0], b1[0], y),
    )
    if chosen.hidden_sizes == (2,):
        h1, W2_and_b2 = run.outputs_at(step, X)[0], run.weights_at(step)[1]
        draw(partial(plots.draw_hidden_plane, h1, *W2_and_b2, y))


@pytest.mark.long
@settings(everything, max_examples=40)
@given(chosen=any_settings, data=st.data())
def test_every_run_can_be_drawn(chosen, data):
    run = train(chosen)
    draw_everything(run, data.draw(st.integers(0, chosen.steps)))


any_number = st.one_of(
    st.floats(width=32), st.sampled_from([0.0, math.inf, -math.inf, math.nan, 3e38])
)


@settings(everything, max_examples=60)
@given(numbers=st.tuples(any_number, any_number, any_number))
def test_every_line_can_be_drawn(numbers):
    """In the input plane and, as the output's line, in the hidden plane."""
    w1, w2, b = np.float32(numbers)
    y = truth_table("XOR")[1]
    W2, b2 = np.array([[w1], [w2]]), np.array([b])
    draw(
        partial(plots.draw_line, w1, w2, b, y),
        partial(plots.draw_hidden_plane, np.full((4, 2), b), W2, b2, y),
    )


@settings(everything, max_examples=40)
@given(
    loss=st.lists(any_number, min_size=1, max_size=40), often=st.sampled_from([1, 60])
)
@example(loss=[math.nan], often=1)
@example(loss=[3e38, 1e-45], often=1)
def test_every_loss_can_be_drawn(loss, often):
    losses = np.repeat(np.float32(loss), often)

    def picture(ax):
        plots.LossCurve(ax).update(losses, 0, losses[0], losses[::-1])

    draw(picture, partial(plots.draw_loss, {"a": losses}, log_steps=True))


# Huge and tiny settings, whole runs

EXTREMES = {
    "tiny rate": {"learning_rate": 1e-30},
    "tiniest rate": {"learning_rate": TINIEST},
    "huge rate": {"learning_rate": 1e30},
    "largest rate": {"learning_rate": float(FLOAT32.max)},
    "huge rate, relu": {
        "learning_rate": 1e30, "activation": "relu", "hidden_sizes": (10, 10),
    },
    "huge rate, linear": {
        "learning_rate": 1e30, "activation": "none", "hidden_sizes": (10,) * 7,
    },
    "one step": {"steps": 1},
    "many steps": {"steps": 100_000},
    "50 layers of one": {"hidden_sizes": (1,) * 50},
    "50 layers of one, relu": {"hidden_sizes": (1,) * 50, "activation": "relu"},
    "200 units": {"hidden_sizes": (200,)},
    "200 units, large": {"hidden_sizes": (200,), "init": "large", "learning_rate": 50},
    "last seed": {"seed": 2**63 - 1},
}  # fmt: skip
each_extreme = pytest.mark.parametrize("changes", EXTREMES.values(), ids=EXTREMES)
# Runs that are short where their length is not the point.
SHORT = 500


def extreme(changes):
    return Settings(**{"steps": SHORT, **changes})


@each_extreme
def test_an_extreme_run_has_a_verdict_that_its_numbers_bear_out(changes):
    chosen = extreme(changes)
    run = train(chosen)
    assert run.loss.shape == (chosen.steps,)
    assert run.snapshot_steps[0] == 0 and run.snapshot_steps[-1] == chosen.steps
    assert run.verdict in VERDICTS
    final = run.snapshots[-1]
    finite = bool(np.isfinite(final).all() and np.isfinite(run.final_loss))
    assert (run.verdict == "not finite") == (not finite)
    right = correct_rows(run.probs, truth_table(chosen.gate)[1].ravel()).all()
    solved = finite and right and run.final_loss < SOLVED_LOSS
    assert (run.verdict == "solved") == solved
    if chosen.learning_rate <= 1e-30:  # no float32 is so close to another
        assert (run.snapshots == run.snapshots[0]).all()
    assert str(chosen.steps) in pytorch_code(chosen)


@pytest.mark.long
@each_extreme
def test_an_extreme_run_can_be_drawn(changes):
    run = train(extreme(changes))
    for step in {0, run.settings.steps}:
        draw_everything(run, step)


class Extreme(RunExplorer):
    """Nothing moves but the step; every panel that fits the run."""

    def __init__(self, chosen):
        self.chosen = chosen
        self.panels = DepthExplorer.panels
        if chosen.hidden_sizes == (2,):
            self.panels = self.panels | BackpropExplorer.panels
        self.mosaic = [list(self.panels)]
        super().__init__()

    def settings_controls(self):
        return {}

    def settings(self):
        return self.chosen


@pytest.mark.long
@each_extreme
def test_an_explorer_shows_an_extreme_run(changes):
    # Its runs have one length, to which its step slider belongs.
    chosen = Settings(**{**changes, "steps": Settings.steps})
    explorer = Extreme(chosen)
    try:
        run = explorer.state.run
        assert run.settings == chosen
        assert f"seed {chosen.seed}, step {chosen.steps}: " in explorer.text
        end = f"After {chosen.steps} steps: {run.verdict}."
        assert explorer.text.endswith(end)
    finally:
        explorer.close()
