"""The network drawn: units, weights and signs, each at its place."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from mlplab import plots
from mlplab.descent import ACTIVATIONS
from mlplab.explorers.diagram import NetworkDiagram
from mlplab.network import Settings, sigmoid, train

pytestmark = pytest.mark.filterwarnings("error")

BLUE_END, MIDDLE, ORANGE_END = (to_rgb(colour) for colour in plots.PROBS_COLOURS)
X1, X2 = plots.GRID.T.reshape(2, plots.SIDE, plots.SIDE)
SHAPES = [
    *[(), (1,), (2,), (3,), (4,), (6,), (2, 2), (3, 3), (4, 2), (2, 2, 2, 2), (1,) * 7],
    *[(10, 10, 10), (16,), (16,) * 7, (16,) * 8, (16, 1, 16)],
]


def new_diagram(dpi=100):
    figure = Figure(figsize=(5.2, 2.6), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    diagram = NetworkDiagram(figure.subplots())
    figure.canvas.draw()  # the layout moves the axes
    return diagram


def flat_maps(sizes, value=0.5):
    return [np.full((n, plots.SIDE, plots.SIDE), value) for n in sizes]


def weights_of(sizes, value=1.0):
    pairs = itertools.pairwise((2, *sizes))
    return [(np.full(pair, value), np.zeros(pair[1])) for pair in pairs]


def show(diagram, hidden_sizes=(2,), weights=None, maps=None, **options):
    """Update a diagram; weights and maps that are not given are alike everywhere."""
    sizes = (*hidden_sizes, 1)
    options = {"activation": "sigmoid", "chosen": (1, 0)} | options
    weights = weights_of(sizes) if weights is None else weights
    diagram.update(weights, maps or flat_maps(sizes), **options)


def pixels(diagram):
    canvas = diagram.ax.figure.canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[::-1, :, :3] / 255


def colour_at(diagram, x, y):
    column, row = diagram.ax.transData.transform((x, y))
    return pixels(diagram)[int(row), int(column)]


def colour_in(diagram, unit, right=0.0, up=0.0):
    """The colour in a unit's box; 1 is as far right, or up, as the box goes."""
    x, y = diagram.places()[unit]
    return colour_at(diagram, x + right * diagram.reach, y + up * diagram.reach)


def lines(diagram):
    """{(start, end): (width, colour, number of dashes)} of the lines, ends rounded."""
    found = {}
    for collection in (diagram.positive, diagram.negative):
        colour = tuple(collection.get_edgecolor()[0][:3])
        paths, widths = collection.get_paths(), collection.get_linewidth()
        for path, width in zip(paths, widths, strict=True):
            ends = path.vertices[[0, -1]].round(6)
            parts = len(path.to_polygons(closed_only=False))
            found[tuple(map(tuple, ends))] = width, colour, parts
    return found


def input_places(diagram):
    """The centres of the inputs' boxes, x1 first: lines start at their right edge."""
    starts = {start for start, _ in lines(diagram)}
    first_column = min(x for x, _ in starts)
    found = sorted((y for x, y in starts if x == first_column), reverse=True)
    return [(first_column - diagram.reach, y) for y in found]


# Units


@pytest.mark.parametrize("dpi", [100, 200])
def test_the_maps_stand_the_right_way_round(dpi):
    """x1 to the right, x2 upwards, orange where a unit says 1."""
    diagram = new_diagram(dpi)
    hidden, output = np.stack([X1 > 0.5, X2 > 0.5]), (X2 < 0.5)[None]
    show(diagram, maps=[hidden * 1.0, output * 1.0])
    for right, up in itertools.product([-0.7, 0.7], repeat=2):
        wanted = {(1, 0): right > 0, (1, 1): up > 0, (2, 0): up < 0}
        for unit, orange in wanted.items():
            end = ORANGE_END if orange else BLUE_END
            drawn = colour_in(diagram, unit, right, up)
            np.testing.assert_allclose(drawn, end, atol=0.01)


def test_the_inputs_say_themselves():
    diagram = new_diagram()
    show(diagram)
    away = 0.8 * diagram.reach
    for name, (x, y) in enumerate(input_places(diagram)):
        ends = [(x - away, y), (x + away, y), (x, y - away), (x, y + away)]
        left, right, low, high = (warmth(colour_at(diagram, *end)) for end in ends)
        if name == 0:
            assert left < -0.1 and right > 0.1 and abs(low - high) < 0.02
        else:
            assert low < -0.1 and high > 0.1 and abs(left - right) < 0.02


def warmth(colour):
    return colour[0] - colour[2]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_unit_has_the_range_of_its_activation(activation):
    """Another activation's is as far as the unit goes."""
    low, high = {"sigmoid": (0, 1), "tanh": (-1, 1)}.get(activation, (-40, 40))
    maps = flat_maps((4, 1))
    maps[0][:3] = np.reshape([high, low, (low + high) / 2], (3, 1, 1))
    maps[0][3] = high / 2
    diagram = new_diagram()
    show(diagram, (4,), maps=maps, activation=activation)
    half = {"sigmoid": MIDDLE, "tanh": plots.PROBS_CMAP(0.75)[:3]}
    wanted = [ORANGE_END, BLUE_END, MIDDLE, half.get(activation, ORANGE_END)]
    for unit, colour in enumerate(wanted):
        drawn = colour_in(diagram, (1, unit))
        np.testing.assert_allclose(drawn, colour, atol=0.01)


def test_the_output_is_a_probability_whatever_the_hidden_layers():
    diagram = new_diagram()
    for activation in ACTIVATIONS:
        show(diagram, maps=flat_maps((2, 1), 0.0), activation=activation)
        drawn = colour_in(diagram, (2, 0))
        np.testing.assert_allclose(drawn, BLUE_END, atol=0.01)


# Places


def boxes_of(diagram):
    return [*diagram.places().values(), *input_places(diagram)]


@pytest.mark.parametrize("hidden_sizes", SHAPES)
def test_every_unit_has_a_box_of_its_own_where_places_says(hidden_sizes):
    diagram, sizes = new_diagram(), (*hidden_sizes, 1)
    show(diagram, hidden_sizes, maps=flat_maps(sizes, 1.0))
    names = {(layer, unit) for layer, n in enumerate(sizes, 1) for unit in range(n)}
    assert diagram.places().keys() == names
    for one, other in itertools.combinations(boxes_of(diagram), 2):
        assert np.abs(np.subtract(one, other)).max() > 2 * diagram.reach
    (left, right), (low, high) = diagram.ax.get_xlim(), diagram.ax.get_ylim()
    for x, y in boxes_of(diagram):
        assert left <= x - diagram.reach and x + diagram.reach <= right
        assert low <= y - diagram.reach and y + diagram.reach <= high
    drawn = pixels(diagram)
    for place in diagram.places().values():
        inner = diagram.ax.transData.transform(
            [
                np.subtract(place, 0.75 * diagram.reach),
                np.add(place, 0.75 * diagram.reach),
            ]
        )
        (x0, y0), (x1, y1) = inner.astype(int)
        box = drawn[y0 : y1 + 1, x0 : x1 + 1]
        if place != diagram.places()[1, 0]:  # its frame may lie upon a small box
            np.testing.assert_allclose(
                box, np.broadcast_to(ORANGE_END, box.shape), atol=0.01
            )
    # and no further
    x, y = diagram.places()[len(sizes), 0]
    assert warmth(colour_at(diagram, x, y + 1.3 * diagram.reach)) < 0.1


@pytest.mark.parametrize("dpi", [100, 200])
@pytest.mark.parametrize("hidden_sizes", SHAPES)
def test_titles_and_numbers_are_apart_and_inside(hidden_sizes, dpi):
    diagram = new_diagram(dpi)
    show(diagram, hidden_sizes, weights_of((*hidden_sizes, 1), -12.3))
    names = [text.get_text() for text in diagram.ax.texts]
    hidden = [f"hidden {layer + 1}" for layer in range(len(hidden_sizes))]
    assert names == ["inputs", *hidden, "output", "x1", "x2"]
    diagram.ax.figure.canvas.draw()
    space = dpi / 72  # at least 2 points in between
    boxes = [text.get_window_extent().padded(space) for text in diagram.ax.texts]
    for box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= diagram.ax.figure.bbox.x1
        assert box.y1 <= diagram.ax.figure.bbox.y1
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    places = diagram.ax.transData.transform(diagram.numbers.centres) / dpi * 72
    for one, other in itertools.combinations(places, 2):
        # -12.3 is 26 points wide, 8 points high
        right, up = np.abs(one - other)
        assert right > 26 or up > 8


def test_the_chosen_unit_is_framed():
    diagram = new_diagram()
    for chosen in [(1, 0), (1, 2), (2, 0)]:
        show(diagram, (3,), chosen=chosen)
        for unit in diagram.places():
            x, y = diagram.places()[unit]
            frame = diagram.frame.get_extents()
            centre = diagram.ax.transData.transform((x, y))
            assert frame.contains(*centre) == (unit == chosen)
            # below the box, beside its bias, and right of it
            (_, low), (right, _) = diagram.ax.transData.inverted().transform(frame)[
                [0, 1]
            ]
            if unit == chosen:
                assert low < y - diagram.reach and right > x + diagram.reach
                assert colour_at(diagram, right, y + diagram.reach / 2).max() < 0.5


# Weights


def test_a_line_joins_the_two_units_of_its_weight():
    diagram, shape = new_diagram(), (3, 2)
    show(diagram, shape)
    columns = {0: dict(enumerate(input_places(diagram)))}
    for (layer, unit), place in diagram.places().items():
        columns.setdefault(layer, {})[unit] = place
    for layer, (W, _) in enumerate(weights_of((*shape, 1))):
        for start, end in np.ndindex(W.shape):
            weights = weights_of((*shape, 1), 0.0)
            weights[layer][0][start, end] = -2
            show(diagram, shape, weights)
            ((ends, _),) = lines(diagram).items()
            away = np.array([[diagram.reach, 0], [-diagram.reach, 0]])
            wanted = np.array([columns[layer][start], columns[layer + 1][end]]) + away
            np.testing.assert_allclose(ends, wanted, atol=1e-5)


def test_the_line_of_a_stronger_weight_is_wider_and_tells_the_sign_twice():
    diagram = new_diagram()
    values = np.array([0.1, -0.3, 0.9, -2, 7, -15, 100, -1e30])
    weights = [(np.zeros((2, 8)), np.zeros(8)), (values[:, None], np.zeros(1))]
    show(diagram, (8,), weights)
    found = sorted(lines(diagram).items(), key=lambda line: -line[0][0][1])
    widths, colours, dashes = zip(*(look for _, look in found), strict=True)
    assert list(widths) == sorted(set(widths)) and widths[0] > 0.3
    for value, colour, dash in zip(values, colours, dashes, strict=True):
        assert colour == to_rgb(plots.ORANGE if value > 0 else plots.BLUE)
        assert dash == 1 if value > 0 else dash > 5


@pytest.mark.parametrize("width", [0.5, 15])
def test_dashes_are_seen(width):
    """Along a negative line white and blue take turns, along a positive one nothing."""
    diagram = new_diagram()
    for sign in (1, -1):
        weights = weights_of((5, 5, 1), 0.0)
        weights[1][0][1, 1] = sign * width
        show(diagram, (5, 5), weights)
        ends = diagram.ax.transData.transform([*lines(diagram)][0])
        columns, rows = np.linspace(*ends, 300)[5:-5].astype(int).T
        drawn = pixels(diagram)[rows, columns].min(axis=1)
        turns = np.abs(np.diff(drawn > drawn.mean() + 0.1)).sum()
        assert turns > 10 if sign < 0 else turns == 0


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("hidden_sizes", SHAPES)
def test_weights_that_are_not_finite_have_no_line_and_no_number(hidden_sizes, nothing):
    sizes = (*hidden_sizes, 1)
    weights = weights_of(sizes)
    weights[-1][0][0] = weights[-1][1][0] = nothing
    maps = flat_maps(sizes)
    maps[-1][0, 3, 3] = nothing
    diagram = new_diagram()
    show(diagram, hidden_sizes, weights, maps)
    x, y = diagram.places()[len(sizes), 0]
    ends = [end for _, end in lines(diagram) if abs(end[0] + diagram.reach - x) < 1e-5]
    assert len(ends) == len(weights[-1][0]) - 1
    assert not {"nan", "inf"} & set(" ".join(diagram.numbers.texts).split())
    red, green, blue = colour_in(diagram, (len(sizes), 0), 0.2, 0.2)
    assert red == green == blue < 0.95  # no colour that a probability has
    show(diagram, hidden_sizes, weights_of(sizes, nothing), flat_maps(sizes, nothing))
    assert lines(diagram) == {} and {*diagram.numbers.texts} <= {"", "b = 0.0"}
    pixels(diagram)
    show(diagram, hidden_sizes)
    assert len(lines(diagram)) == sum(W.size for W, _ in weights) or len(sizes) > 3


def test_small_networks_have_their_numbers():
    diagram = new_diagram()
    weights = [
        (np.array([[-6.62, 0.01], [1234567, -0.04]]), np.array([9.84, -0.01])),
        (np.array([[14.5], [-15]]), np.array([-6.88])),
    ]
    show(diagram, weights=weights)
    texts = dict(zip(diagram.numbers.texts, diagram.numbers.centres, strict=True))
    wanted = {"\u22126.6", "1e+06", "14.5", "\u221215.0"}  # nothing where no line is
    biases = {"b = 9.8", "b = 0.0", "b = \u22126.9"}
    assert texts.keys() - {""} == wanted | biases
    for text, unit in [("b = 9.8", (1, 0)), ("b = 0.0", (1, 1))]:
        x, y = diagram.places()[unit]
        assert texts[text][0] == pytest.approx(x)
        assert y - 2 * diagram.reach < texts[text][1] < y - diagram.reach
    for text, unit in [("14.5", (1, 0)), ("\u221215.0", (1, 1))]:
        x, y = diagram.places()[unit]
        on_line, up = texts[text] - (x + diagram.reach, y)
        (slope,) = [
            (end[1] - start[1]) / (end[0] - start[0])
            for start, end in lines(diagram)
            if np.allclose(start, (x + diagram.reach, y))
        ]
        assert on_line > 0 and up == pytest.approx(slope * on_line)
    show(diagram, (10, 10))
    assert diagram.numbers.texts == []


def test_numbers_are_legible():
    """Dark characters on white, not upside down."""
    diagram = new_diagram(200)
    weights = weights_of((1,), -7.7)
    show(diagram, (), weights)
    place = diagram.numbers.centres[diagram.numbers.texts.index("\u22127.7")]
    column, row = diagram.ax.transData.transform(place).astype(int)
    plate = pixels(diagram)[row - 12 : row + 12, column - 24 : column + 24]
    ink = plate.max(axis=2) < 0.4
    assert 20 < ink.any(axis=0).sum() < 45 and (plate[[0, -1]] > 0.9).all()
    bar_of_seven, foot_of_seven = ink[15:].sum(), ink[:9].sum()
    assert bar_of_seven > foot_of_seven > 10


@pytest.mark.parametrize("hidden_sizes", [(16,) * 7, (40, 40)])
def test_of_a_large_network_the_strongest_weights_of_each_layer_are_drawn(hidden_sizes):
    random, sizes = np.random.default_rng(1), (*hidden_sizes, 1)
    weights = [(random.normal(size=W.shape), b) for W, b in weights_of(sizes)]
    weights[0][0][:] *= 100
    diagram = new_diagram()
    show(diagram, hidden_sizes, weights)
    found = lines(diagram)
    assert 200 <= len(found) <= 300
    starts = {start[0] for start, _ in found}
    assert len(starts) == len(sizes)
    for start in starts:
        drawn = sorted(
            width for line, (width, *_) in found.items() if line[0][0] == start
        )
        assert len(drawn) >= 16


# Moves


def changes_ground(diagram, *arguments, **options):
    diagram.ax.figure.canvas.draw()
    show(diagram, *arguments, **options)
    return diagram.ax.figure.stale


def test_only_another_shape_draws_all_anew():
    diagram = new_diagram()
    for artist in diagram.artists:
        artist.set_animated(True)
    assert changes_ground(diagram, (2,))
    before = list(diagram.artists)
    assert not changes_ground(diagram, (2,), weights_of((2, 1), -3), chosen=(2, 0))
    assert changes_ground(diagram, (3, 3))
    assert not changes_ground(diagram, (3, 3), weights_of((3, 3, 1), 0))
    assert changes_ground(diagram, (2,))
    assert diagram.artists == before


def test_after_many_networks_a_diagram_is_as_a_new_one():
    used, new = new_diagram(), new_diagram()
    for hidden_sizes in [(16,) * 7, (2, 2), (), (6,)]:
        show(used, hidden_sizes, weights_of((*hidden_sizes, 1), -1.0))
    for diagram in (used, new):
        show(diagram, (3, 2), weights_of((3, 2, 1), -1.0), chosen=(2, 1))
    np.testing.assert_array_equal(pixels(used), pixels(new))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden_sizes", [(), (2,), (10, 10, 10), (16,) * 7])
def test_runs_are_drawn_without_a_warning(hidden_sizes, activation):
    for rate in (1.0, 100.0):
        settings = Settings(
            hidden_sizes=hidden_sizes,
            activation=activation,
            learning_rate=rate,
            steps=300,
        )
        run, diagram = train(settings), new_diagram()
        with np.errstate(all="ignore"):  # as in the explorers
            outputs = [output.T for output in run.outputs_at(300, plots.GRID)]
            outputs[-1] = sigmoid(outputs[-1])
        maps = [output.reshape(-1, plots.SIDE, plots.SIDE) for output in outputs]
        diagram.update(run.weights_at(300), maps, activation, (1, 0))
        pixels(diagram)
