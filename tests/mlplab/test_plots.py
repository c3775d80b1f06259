"""The pictures: what is drawn is what was computed, at its place."""

import base64
import io
import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from PIL import Image

from mlplab import plots
from mlplab.data import GATES, X, truth_table
from mlplab.explorers.outcomes import (
    VERDICT_COLOURS,
    VERDICT_LETTERS,
    OutcomeMap,
)
from mlplab.network import LN2, UNDECIDED_MARGIN, VERDICTS, Settings, sigmoid, train
from support.contrast import contrast
from support.explorers import map_letters

# Pictures of runs that diverge make no warning either: nbval would store it.
pytestmark = pytest.mark.filterwarnings("error")

BLUE, ORANGE = map(to_rgb, plots.CLASS_COLOURS)


def new_axes():
    """Return Axes of their own, as the explorers have them."""
    figure = Figure(figsize=(4, 4), dpi=100)
    FigureCanvasAgg(figure)
    return figure.subplots()


def axes_with(draw, *arguments, **options):
    """Return new Axes on which a function of `plots` has drawn."""
    ax = new_axes()
    draw(*arguments, ax=ax, **options)
    return ax


@pytest.fixture
def shown(monkeypatch):
    """[(figure, what is shown of it)], filled as `plots` shows its own pictures."""
    shown, figures = [], []

    class Recorded(Figure):
        def __init__(self, **options):
            super().__init__(**options)
            figures.append(self)

    def display(bundle, metadata, raw):
        assert raw
        png = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
        width, height = (metadata["image/png"][name] for name in ("width", "height"))
        assert (png.width // 2, png.height // 2) == (width, height)
        shown.append((figures.pop(), bundle))

    monkeypatch.setattr(plots, "Figure", Recorded)
    monkeypatch.setattr(plots, "display", display)
    return shown


def changes_axes(picture, *arguments, **options):
    """Whether an update changes more than the artists that an explorer draws itself."""
    for artist in picture.artists:
        artist.set_animated(True)
    picture.ax.figure.canvas.draw()
    picture.update(*arguments, **options)
    return picture.ax.figure.stale


def colours_at(ax, places):
    """Return the drawn colours at points of the axes, (n, 3), red, green, blue to 1."""
    canvas = ax.figure.canvas
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    columns, up = ax.transData.transform(np.reshape(places, (-1, 2))).astype(int).T
    return pixels[len(pixels) - 1 - up, columns, :3] / 255


def colour_at(ax, x, y):
    return colours_at(ax, (x, y))[0]


def warmth(colour):
    """Return above 0 for a colour on the orange side, below 0 on the blue side."""
    return colour[0] - colour[2]


# Rows


def positions(rows):
    """Return the drawn points of output 0 and of output 1, and their markers."""
    return [set(map(tuple, np.transpose(a.get_data()))) for a in rows.artists]


def test_rows_stand_at_their_inputs_with_the_marker_of_their_output():
    rows = plots.RowPoints(new_axes())
    rows.update(truth_table("x1 or not x2")[1])
    assert positions(rows) == [{(0, 1)}, {(0, 0), (1, 0), (1, 1)}]
    circle, square = rows.artists
    assert (circle.get_marker(), square.get_marker()) == ("o", "s")
    assert to_rgb(circle.get_color()) == BLUE and to_rgb(square.get_color()) == ORANGE


def test_all_gates_are_drawn_each_under_its_name(shown):
    plots.draw_gates()
    ((figure, _),) = shown
    axes = np.array(figure.axes).reshape(2, 8)
    assert axes.shape == (2, 8)
    for gate, ax in zip(GATES, axes.flat, strict=True):
        assert ax.get_title() == gate
        drawn = {line.get_marker(): line.get_xydata() for line in ax.lines}
        ones = {tuple(point) for point in drawn["s"]}
        assert ones == {tuple(row) for row, y in zip(X, GATES[gate], strict=True) if y}
        assert len(drawn["o"]) == 4 - len(ones)


# The input plane


def logits_of_x1_and_not_x2(points):
    return 8 * points[:, 0] - 8 * points[:, 1] - 4


def test_the_boundary_picture_is_the_right_way_round():
    """Orange right of and below the line from (0.5, 0) to (1, 0.5), blue elsewhere."""
    ax = new_axes()
    probs = sigmoid(logits_of_x1_and_not_x2(plots.GRID))
    plots.draw_boundary(probs, truth_table("x1 and not x2")[1], ax)
    for x, y in [(1.3, -0.3), (0.9, 0.15), (1.4, 0.6), (0.35, -0.4)]:
        assert warmth(colour_at(ax, x, y)) > 0.05
    for x, y in [(-0.3, 1.3), (0.15, 0.9), (1.3, 1.3), (-0.3, -0.3), (0.3, 0.1)]:
        assert warmth(colour_at(ax, x, y)) < -0.05
    assert warmth(colour_at(ax, 1, 0)) > 0.5  # the square of row 10
    assert warmth(colour_at(ax, 0, 1)) < -0.5  # the circle of row 01
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x1", "x2")


def test_the_boundary_lies_where_probs_are_one_half():
    plane = plots.InputPlane(new_axes())
    probs = sigmoid(logits_of_x1_and_not_x2(plots.GRID))
    plane.update(probs, truth_table("x1 and not x2")[1])
    (line,) = plane.boundary.get_segments()
    assert np.abs(logits_of_x1_and_not_x2(line)).max() < 0.01
    ends = sorted(map(tuple, line[[0, -1]].round(2)))
    assert ends == [(0, -0.5), (1.5, 1)]


def map_colours(ax, probs, places):
    """Return the colours at places of a map without the rows and the line on it."""
    plane = plots.InputPlane(ax)
    plane.update(probs, truth_table("XOR")[1])
    for artist in plane.artists:
        artist.set_visible(artist is plane.map)
    return colours_at(ax, places)


@pytest.mark.parametrize("dpi", [100, 200])
def test_the_map_has_the_colour_of_the_probability_at_each_place(dpi):
    """Also between the points of the grid, and up to the edges."""
    places = [(-0.49, 0.3), (1.49, 0.7), (0.21, -0.49), (0.74, 1.49), (0.333, 0.511)]
    ax = new_axes()
    ax.figure.set_dpi(dpi)

    def waves(points):
        return 0.5 + 0.5 * np.sin(points @ [6, 5])

    drawn = map_colours(ax, waves(plots.GRID), places)
    wanted = plots.PROBS_CMAP(waves(np.array(places)))
    np.testing.assert_allclose(drawn, wanted[:, :3], atol=0.025)


@pytest.mark.parametrize("dpi", [100, 200])
def test_the_map_is_smooth(dpi):
    """A step of the grid is several pixels, of more than one colour."""
    ax = new_axes()
    ax.figure.set_dpi(dpi)
    probs = 0.5 + (plots.GRID[:, 0] - 0.5) / 2
    row = map_colours(ax, probs, [(x, 0.5) for x in np.linspace(-0.49, 1.49, 200)])
    assert np.abs(np.diff(row, axis=0)).max() < 3 / 255 * 2
    assert len({tuple(colour) for colour in row}) > 120  # 61 without interpolation


def test_the_map_fills_the_axes_and_no_more():
    ax = new_axes()
    map_colours(ax, np.ones(len(plots.GRID)), [])
    ax.set(title="")
    ax.axis("off")
    ax.figure.canvas.draw()
    coloured = (np.asarray(ax.figure.canvas.buffer_rgba())[..., 2] < 255).nonzero()
    rows, columns = ((found.min(), found.max() + 1) for found in coloured)
    box = ax.get_window_extent()
    height = ax.figure.bbox.height
    np.testing.assert_allclose(columns, [box.x0, box.x1], atol=0.51)
    np.testing.assert_allclose(rows, [height - box.y1, height - box.y0], atol=0.51)


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        (Settings(init="zeros", steps=50), "undecided:\nno boundary"),
        (Settings(hidden_sizes=()), "undecided:\nno boundary"),
        (
            Settings(
                hidden_sizes=(10, 10),
                activation="none",
                learning_rate=100.0,
                steps=300,
            ),
            "not finite:\nno boundary",
        ),
    ],
)
def test_a_run_without_a_decision_has_no_boundary(settings, note):
    plane = plots.InputPlane(new_axes())
    _, y = truth_table("XOR")
    decided = sigmoid(logits_of_x1_and_not_x2(plots.GRID))
    plane.update(decided, y)
    plane.update(train(settings).probs_at(settings.steps, plots.GRID), y)
    assert plane.boundary.get_segments() == []
    assert plane.note.get_text() == note
    assert len(plane.map.values) == 0
    plane.ax.figure.canvas.draw()
    plane.update(decided, y)
    assert len(plane.boundary.get_segments()) == 1 and len(plane.map.values) == 1


def test_undecided_means_closer_than_the_margin_everywhere():
    plane = plots.InputPlane(new_axes())
    probs = np.full(len(plots.GRID), 0.5)
    probs[0] += 1.1 * UNDECIDED_MARGIN
    plane.update(probs, truth_table("XOR")[1])
    assert len(plane.map.values) == 1
    probs[0] = 0.5 - 0.9 * UNDECIDED_MARGIN
    plane.update(probs, truth_table("XOR")[1])
    assert len(plane.map.values) == 0


# The half plane

LINES = [
    (1, 1, -0.5),
    (-2, 1, 0.3),
    (0, 1, -0.5),
    (0, -3, 1),
    (1, 0, -0.5),
    (-1, 0, 0),
    (0.1, -0.1, 0.05),
    (1, 1, 4),
    (1, 1, -4),
    (0.1, 0.1, 3),
    (0.1, 0.1, -3),
    (0.001, 0, 1),
    (0.001, 0.002, -1),
    (0, 0, 1),
    (0, 0, 0),
    (0, 0, -1),
]


@pytest.mark.parametrize(("w1", "w2", "b"), LINES)
def test_the_half_plane_shades_the_side_above_0(w1, w2, b):
    half = plots.HalfPlane(new_axes())
    half.update(w1, w2, b, truth_table("OR")[1])
    logits = plots.GRID @ [w1, w2] + b
    far = np.abs(logits) > 1e-6  # the points on the line belong to neither side
    outline = half.shade.get_xy()
    if np.isnan(outline).all():
        shaded = np.zeros(len(plots.GRID), dtype=bool)
    else:
        shaded = Outline(outline).contains_points(plots.GRID)
    np.testing.assert_array_equal(shaded[far], logits[far] > 0)


@pytest.mark.parametrize(
    ("w1", "w2", "b"),
    [(w1, w2, b) for w1, w2, b in LINES if abs(b) < 50 * math.hypot(w1, w2)],
)
def test_the_line_is_where_the_logit_is_0(w1, w2, b):
    half = plots.HalfPlane(new_axes())
    half.update(w1, w2, b, truth_table("OR")[1])
    ends = half.line.get_xydata()
    assert np.abs(ends @ [w1, w2] + b).max() < 1e-9
    assert np.hypot(*(ends[1] - ends[0])) > 10  # across the whole picture


def test_the_shade_is_seen_on_its_side():
    ax = axes_with(plots.draw_line, 2, 0, -1, truth_table("x1")[1])
    assert warmth(colour_at(ax, 1.3, 0.5)) > 0.1
    assert colour_at(ax, -0.3, 0.5).tolist() == [1, 1, 1]


# Loss curves


@pytest.mark.parametrize("steps", [1, 2, 1999, 2000, 3000, 10_001, 12_345])
def test_a_thinned_curve_keeps_its_spikes(steps):
    random = np.random.default_rng(steps)
    loss = random.uniform(0.4, 0.5, steps).astype(np.float32)
    spikes = random.choice(steps, size=min(steps, 40), replace=False)
    loss[spikes] = np.where(np.arange(len(spikes)) % 2, 0.1, 0.9)
    # of two spikes in one bin the same number survives as the bin's extreme
    curve = plots.LossCurve(new_axes())
    curve.update(loss)
    drawn, values = curve.line.get_data()
    assert (np.diff(drawn) >= 0).all()
    np.testing.assert_array_equal(values, loss[drawn])
    assert len(drawn) <= 2 * plots.LOSS_POINTS + 20
    size = math.ceil(steps / plots.LOSS_POINTS)
    for spike in spikes:
        near = np.abs(drawn - spike) < size
        assert loss[spike] in values[near]


@pytest.mark.parametrize("steps", [100, 10_001])
def test_a_loss_that_leaves_the_numbers_is_drawn_as_far_as_it_goes(steps):
    loss = np.linspace(0.7, 3, steps).astype(np.float32)
    loss[steps // 2] = np.inf
    loss[-(steps // 4) :] = np.nan
    curve = plots.LossCurve(new_axes())
    curve.update(loss, step=steps - 1, loss_at_step=math.nan)
    curve.ax.figure.canvas.draw()
    drawn, values = curve.line.get_data()
    assert steps // 2 in drawn and np.isinf(values).sum() == 1
    assert np.isfinite(curve.ax.get_ylim()).all()
    assert curve.ax.get_ylim()[1] >= 2
    curve.update(np.full(steps, np.inf, np.float32), 0, math.inf)
    curve.ax.figure.canvas.draw()
    assert np.isfinite(curve.ax.get_ylim()).all()


def test_the_loss_curve_and_its_mark():
    curve = plots.LossCurve(new_axes())
    run = train(Settings(steps=150))
    assert changes_axes(curve, run.loss, 60, run.loss_at(60), kept=run.loss[:50])
    np.testing.assert_array_equal(curve.line.get_ydata(), run.loss)
    np.testing.assert_array_equal(curve.kept.get_ydata(), run.loss[:50])
    (x,), (y,) = curve.mark.get_data()
    assert (x, y) == (60, run.loss[60])
    assert curve.ax.get_xlim() == (0, 150)
    level = curve.ax.lines[0]
    assert level.get_ydata() == [LN2, LN2]
    assert not changes_axes(curve, run.loss, 61, run.loss_at(61))
    assert changes_axes(curve, run.loss * 2)
    assert len(curve.mark.get_xdata()) == 0 and len(curve.kept.get_xdata()) == 0


@pytest.mark.parametrize("kind", [list, np.float64, np.float32])
@pytest.mark.parametrize("steps", [3, 10_001])
def test_draw_loss_takes_what_a_learner_has(kind, steps):
    """The notebooks' own loops gather their losses in lists."""
    loss = np.linspace(1, 0, steps)
    loss = loss.tolist() if kind is list else loss.astype(kind)
    ax = axes_with(plots.draw_loss, loss)
    curve = ax.lines[-1]
    assert curve.get_ydata()[0] == 1 and curve.get_ydata()[-1] == 0


@pytest.mark.parametrize("log_steps", [False, True])
def test_several_losses_are_drawn_with_their_names_and_all_visible(log_steps):
    losses = {"low": np.full(50, 0.2), "high": np.full(40, 3.0)}
    ax = axes_with(plots.draw_loss, losses, log_steps=log_steps)
    drawn = {line.get_label(): line for line in ax.lines}
    for name, loss in losses.items():
        np.testing.assert_array_equal(drawn[name].get_ydata(), loss)
        assert drawn[name].get_xdata()[0] == log_steps
        assert ax.get_ylim()[0] == 0 and loss.max() <= ax.get_ylim()[1]
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["low", "high"]
    assert drawn["low"].get_color() != drawn["high"].get_color()


@pytest.mark.parametrize("number", [2, 3, 12])
def test_many_curves_have_as_many_colours(number):
    values = {f"curve {n}": np.arange(3.0) for n in range(number)}
    losses = axes_with(plots.draw_loss, values).lines[-number:]
    others = {name: (value, value) for name, value in values.items()}
    curves = axes_with(plots.draw_curves, others, "x", "y").lines
    for lines in (losses, curves):
        assert len({to_rgb(line.get_color()) for line in lines}) == number


@pytest.mark.parametrize("log_steps", [False, True])
def test_on_a_log_axis_every_early_step_is_drawn(log_steps):
    """Bins of many steps would leave the left half of the axis empty."""
    ax = axes_with(plots.draw_loss, np.linspace(1, 0, 10_001), log_steps=log_steps)
    assert (len(ax.lines[-1].get_xdata()) == 10_001) == log_steps


def test_draw_curves():
    curves = {"a": ([1, 2], [3, 4]), "b": ([1, 10], [5, 50])}
    ax = axes_with(plots.draw_curves, curves, "w", "loss", "title", log_axes="xy")
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert ax.lines[1].get_ydata().tolist() == [5, 50]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("w", "loss", "title")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    ax = axes_with(plots.draw_curves, {"a": ([1, 2], [3, 4])}, "w", "loss")
    assert ax.get_legend() is None and ax.get_yscale() == "linear"


# The hidden plane


def test_the_line_of_the_hidden_plane_is_where_probs_are_one_half():
    run = train(Settings(steps=4000))
    step = run.settings.steps
    h1 = run.outputs_at(step, X)[0]
    W2, b2 = run.weights_at(step)[1]
    ax = axes_with(plots.draw_hidden_plane, h1, W2, b2, truth_table("XOR")[1])
    line = ax.lines[0]
    direction = np.linspace(0, 1, 5)[:, None]
    points = line.get_xydata()[0] + direction * np.diff(line.get_xydata(), axis=0)
    np.testing.assert_allclose(sigmoid(points @ W2 + b2), 0.5, atol=1e-4)
    drawn = [{tuple(point) for point in artist.get_xydata()} for artist in ax.lines[1:]]
    zeros, ones = ({tuple(h1[row]) for row in rows} for rows in [(0, 3), (1, 2)])
    assert drawn == [zeros, ones]
    # XOR is solved by putting the rows 01 and 10 on one point
    labels = {text.get_text() for text in ax.texts}
    assert labels == {"00", "01, 10", "", "11"}


def hidden_plane(h1, W2, b2):
    ax = axes_with(plots.draw_hidden_plane, h1, W2, b2, truth_table("XOR")[1])
    ax.figure.canvas.draw()
    return ax


def test_no_line_goes_through_a_label():
    trapped = train(Settings(seed=5, steps=5_000))  # its line goes through two rows
    shown = [(trapped.outputs_at(5_000, X)[0], *trapped.weights_at(5_000)[1])]
    h1 = np.array([[0.5, 0.5], [0.2, 0.9], [0.9, 0.1], [0.5, 0.5]])
    for angle in np.arange(0, 2 * np.pi, 0.3):
        W2 = np.array([[np.cos(angle)], [np.sin(angle)]])
        shown += [(h1, W2, -h1[row] @ W2) for row in (0, 1)]
    for one in shown:
        ax = hidden_plane(*one)
        line = ax.transData.transform_path(ax.lines[0].get_path())
        labels = [text for text in ax.texts if text.get_text()]
        assert len(labels) >= 3
        for label in labels:
            box = label.get_window_extent()
            assert not line.intersects_bbox(box, filled=False), one


def test_two_rows_on_one_spot_both_show():
    h1 = np.array([[0, 0], [0, 1], [1, 1], [1, 1]])  # 10 and 11
    ax = hidden_plane(h1, np.ones((2, 1)), np.zeros(1))
    x, y = np.rint(ax.transData.transform((1, 1))).astype(int)
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())[::-1, :, :3]
    around = pixels[y - 12 : y + 13, x - 12 : x + 13]
    for colour in (BLUE, ORANGE):
        assert (around == np.round(255 * np.array(colour))).all(axis=2).sum() > 20


def test_rows_that_fall_together_share_a_label():
    assert plots.row_names([[0, 0], [0, 1], [1, 0], [1, 1]]) == ["00", "01", "10", "11"]
    assert plots.row_names(np.zeros((4, 2)))[0].split(", ") == ["00", "01", "10", "11"]
    assert plots.row_names(np.zeros((4, 2)))[1:] == ["", "", ""]
    names = plots.row_names([[0, 0], [1, 1], [0, 0.01], [1, 1]])
    assert names == ["00, 10", "01, 11", "", ""]
    # a row between two stands with the first
    between = plots.row_names([[0, 0], [0, 0.2], [0, 0.1], [1, 1]])
    assert between == ["00, 10", "01", "", "11"]


# Gradient norms


def test_gradient_norms_draw_one_line_for_each_layer():
    run = train(Settings(hidden_sizes=(3, 4), steps=130))
    picture = plots.GradientNorms(new_axes())
    assert changes_axes(picture, run.snapshot_steps, run.gradient_norms, step=40)
    for layer in range(3):
        line = picture.lines[layer]
        np.testing.assert_array_equal(line.get_xdata(), run.snapshot_steps + 1)
        np.testing.assert_array_equal(line.get_ydata(), run.gradient_norms[:, layer])
    assert all(len(line.get_xdata()) == 0 for line in picture.lines[3:])
    names = [text.get_text() for text in picture.ax.get_legend().get_texts()]
    assert names == ["layer 1", "layer 2", "layer 3"]
    assert picture.mark.get_xdata() == [41, 41]
    assert picture.ax.get_xlim() == (1, 131)
    assert not changes_axes(picture, run.snapshot_steps, run.row_gradient_norms)
    assert np.isnan(picture.mark.get_xdata()).all()
    picture.ax.figure.canvas.draw()


def test_gradient_norms_of_a_diverged_run_are_drawn_as_far_as_they_go():
    settings = Settings(
        hidden_sizes=(10, 10), activation="none", learning_rate=100.0, steps=300
    )
    run = train(settings)
    ax = axes_with(plots.draw_gradient_norms, run.snapshot_steps, run.gradient_norms)
    ax.figure.canvas.draw()


def test_the_first_of_several_curves_is_the_darkest():
    curves = {name: ([0, 1], [0, 1]) for name in "abc"}
    ax = axes_with(plots.draw_curves, curves, "x", "y")
    colours = [line.get_color() for line in ax.lines]
    assert colours == [plots.LAYER_CMAP(0.9 * number / 3) for number in range(3)]


@pytest.mark.parametrize("layers", [1, 2, 8, 12])
def test_gradient_norms_show_every_layer(layers):
    norms = np.full((5, layers), 0.1) * np.arange(1, layers + 1)
    ax = axes_with(plots.draw_gradient_norms, np.arange(5), norms)
    drawn = [line for line in ax.lines if len(line.get_xdata()) == 5]
    assert len(drawn) == layers
    assert len(ax.get_legend().get_texts()) == layers
    # layer 1 is dark, the last one light
    brightness = [np.dot(to_rgb(line.get_color()), [0.3, 0.59, 0.11]) for line in drawn]
    assert brightness == sorted(set(brightness))
    assert layers == 1 or drawn[-1].get_color() == plots.LAYER_CMAP(0.9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("layers", [13, 51])
def test_the_legend_of_a_very_deep_net_stays_inside(layers):
    ax = axes_with(plots.draw_gradient_norms, np.arange(5), np.full((5, layers), 0.1))
    ax.figure.canvas.draw()
    assert len(ax.lines) == layers + 1  # all of them, and the mark
    legend, frame = ax.get_legend().get_window_extent(), ax.bbox
    assert frame.y0 <= legend.y0 and legend.y1 <= frame.y1 + 1
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names[0] == "layer 1" and 6 <= len(names) <= 12


# Outcomes


def test_outcome_map_shows_each_verdict_at_its_seed_and_rate():
    verdicts = np.array([VERDICTS[:3], VERDICTS[3:6], [VERDICTS[6], *VERDICTS[:2]]])
    rates, seeds = [0.1, 1, 30.0], [7, 8, 777]
    OutcomeMap(ax := new_axes()).update(verdicts, rates, seeds)
    ax.figure.canvas.draw()
    letters = map_letters(ax)
    assert len(letters) == 9
    colours = ax.images[0].to_rgba(ax.images[0].get_array())[..., :3]
    for (row, column), verdict in np.ndenumerate(verdicts):
        assert letters[column, row] == VERDICT_LETTERS[verdict]
        expected = to_rgb(VERDICT_COLOURS[verdict])
        assert colours[row, column] == pytest.approx(expected, abs=0.01)
    assert ax.yaxis_inverted()  # the first seed stands at the top
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["7", "8", "777"]
    rate_labels = [tick.get_text() for tick in ax.get_xticklabels()]
    assert rate_labels == ["0.1\n1/3", "1\n1/3", "30\n0/3"]
    key = [text.get_text() for text in ax.get_legend().get_texts()]
    assert key == [f"{VERDICT_LETTERS[name]}: {name}" for name in VERDICTS]


def test_verdicts_are_told_apart_without_colour():
    letters = {verdict: verdict[0].upper() for verdict in VERDICTS}
    letters |= {
        "stuck at 0.4774": "4",
        "stuck at 0.3466": "3",
        "still learning": "L",
    }
    assert letters == VERDICT_LETTERS
    assert len(set(letters.values())) == len(VERDICTS)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_letters_are_readable_on_their_colour(verdict):
    OutcomeMap(ax := new_axes()).update([[verdict]], [1.0], [0])
    (line,) = (line for line in ax.lines if len(line.get_xdata()))
    assert contrast(line.get_color(), VERDICT_COLOURS[verdict]) >= 3


def test_the_chosen_cell_is_framed_and_stays_so():
    picture = OutcomeMap(new_axes())
    verdicts = np.array([["solved", "bouncing"], ["solved", "solved"]])
    for _ in range(2):
        picture.update(verdicts, [1, 2], [0, 1])
        picture.choose(column=1, row=0)
        picture.ax.figure.canvas.draw()
        assert picture.chosen.get_xy() == (0.5, -0.5)
        assert picture.chosen in picture.ax.patches


# Figures

ROWS_OF_XOR = truth_table("XOR")[1]
DRAWINGS = {
    "gate": lambda ax: plots.draw_gate("XOR", ax),
    "boundary": lambda ax: plots.draw_boundary(
        sigmoid(logits_of_x1_and_not_x2(plots.GRID)), ROWS_OF_XOR, ax
    ),
    "line": lambda ax: plots.draw_line(1, 1, -1, ROWS_OF_XOR, ax),
    "loss": lambda ax: plots.draw_loss(np.ones(5), ax),
    "curves": lambda ax: plots.draw_curves({"a": ([0, 1], [1, 2])}, "x", "y", ax=ax),
    "hidden": lambda ax: plots.draw_hidden_plane(
        X, np.array([[1], [1]]), np.array([-1]), ROWS_OF_XOR, ax
    ),
    "norms": lambda ax: plots.draw_gradient_norms(np.arange(3), np.ones((3, 2)), ax),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_shows_one_picture_and_none_on_given_axes(draw, shown):
    draw(new_axes())
    assert shown == []
    draw(None)
    ((figure, bundle),) = shown
    assert len(figure.axes) == 1 and bundle["text/plain"] == repr(figure)
    png = base64.b64decode(bundle["image/png"])
    assert Image.open(io.BytesIO(png)).width > 2 * (90 * figure.get_figwidth() - 1)


@pytest.mark.parametrize("name", ["gate", "boundary", "line", "hidden"])
def test_both_axes_of_a_plane_show_the_rows_and_are_alike(name):
    ax = new_axes()
    DRAWINGS[name](ax)
    for axis, limits in [(ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())]:
        assert axis.get_ticklocs().tolist() == [0, 1]
        assert limits == ax.get_xlim() and limits[0] < 0 and limits[1] > 1
    assert ax.get_aspect() == 1


def test_a_picture_that_failed_halfway_is_not_shown(shown):
    with pytest.raises(ZeroDivisionError), plots.picture():
        1 / 0  # noqa: B018
    assert shown == []
