"""The picture of a network: its units as small heat maps, its weights as lines.

An explorer draws it at every move, so what moves is few artists: two collections of
lines, one artist for all heat maps, a frame, and one for all numbers.
"""

import functools

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from .. import plots
from ..plots import BLUE, CENTRED, FAINT, GRID, HIGH, INK, LOW, ORANGE, SIDE

HEIGHT = 1  # of the picture, in data coordinates
LARGEST_REACH = 0.15  # half the side of a box
FRAME_AWAY = 0.006  # from the box
NUMBERED = 20  # weights: a larger network has no numbers
NUMBER_SIZE = 8  # points
PLATE = np.array([0.16, 0.055])  # room for a number
# Where on its line a number may stand, best first: in the middle lines cross.
ALONG = np.array([0.3, 0.7, 0.35, 0.65, 0.4, 0.6, 0.25, 0.75, 0.5, 0.2, 0.8])
MOST_LINES = 300  # the strongest of each layer, as many in each
WEAKEST, HALF_WIDTH = 0.05, 2  # weights: the least one shown, one of half the width
DASH = 2 / 3  # of the way from one dash to the next
INPUTS = (GRID.T.reshape(2, SIDE, SIDE) - LOW) / (HIGH - LOW)
UNKNOWN = "#DDDDDD"  # a unit that says no number


def shade(says, activation):
    """Return what hidden units say, (units, side, side), as colours from 0 to 1.

    Sigmoid as it is; tanh from -1 to 1; others by the largest that each unit says.
    """
    if activation == "sigmoid":
        return says
    largest = np.abs(says).max(axis=(1, 2), keepdims=True)
    largest[largest == 0] = 1
    return 0.5 + says / (1 if activation == "tanh" else largest) / 2


class NetworkDiagram:
    """What each unit says over the input plane, and the weights between the units.

    An orange line is a positive weight, a dashed blue one a negative weight; the wider
    the stronger. Small networks have the numbers too. `width` is that of the picture,
    where its height is 1.
    """

    def __init__(self, ax, width=2.0):
        self.ax, self.width = ax, width
        ax.set_axis_off()
        ax.set(xlim=(0, width), ylim=(0, HEIGHT), aspect="equal")
        below = {"zorder": 0}  # the maps, which also cover half of each box's edge
        look = {"facecolors": UNKNOWN, "edgecolors": FAINT, "linewidths": 1.5}
        self.boxes = PolyCollection([], **look, **below)
        look = {"facecolors": "none", **below}
        self.negative = PathCollection([], edgecolors=BLUE, **look)
        self.positive = PathCollection([], edgecolors=ORANGE, **look)
        look = {"fill": False, "edgecolor": INK, "linewidth": 2, "zorder": 4}
        self.frame = Rectangle((0, 0), 0, 0, **look)
        self.maps, self.numbers = plots.HeatMaps(), Numbers()
        lines = [self.negative, self.positive]
        self.artists = [*lines, self.maps, self.numbers, self.frame]
        for artist in [self.boxes, *self.artists]:
            ax.add_artist(artist)
        self.reach, self._sizes = 0, None

    def update(self, weights, maps, activation, chosen):
        """Show weights [(W1, b1), ...] and what each unit says; frame the chosen one.

        maps        for each layer what its units say over the input plane, (units,
                    side, side), from plots.LOW to HIGH, x2 upwards; the output's are
                    probabilities
        activation  name of the hidden layers' activation
        chosen      (layer, unit): (1, 0) is the first hidden unit, (len(weights), 0)
                    the output
        """
        sizes = [len(weights[0][0]), *(len(b) for _, b in weights)]
        if sizes != self._sizes:
            self._sizes = None  # of none, if what follows stops halfway
            self._place(sizes)
            self._sizes = sizes
        values = np.concatenate([_strongest(W, len(weights)) for W, _ in weights])
        self._show_lines(values)
        self._show_maps(maps, activation)
        around = self.reach + FRAME_AWAY
        corner = self._columns[chosen[0]][chosen[1]] - around
        self.frame.set_bounds(*corner, 2 * around, 2 * around)
        texts = []
        if self._numbered:
            biases = [_number(float(b)) for _, layer in weights for b in layer]
            texts = [bias and f"b = {bias}" for bias in biases]
            texts += [_number(value) if value else "" for value in values]
        self.numbers.show(texts, self._number_places)

    def places(self):
        """Return {(layer, unit): (x, y)} of all but the inputs, as last shown."""
        return {
            (layer, unit): (float(x), float(y))
            for layer, column in enumerate(self._columns)
            for unit, (x, y) in enumerate(column)
            if layer > 0
        }

    def _place(self, sizes):
        """Lay out a network of other sizes: what stays until the next one."""
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        self._numbered = sum(n_in * n_out for n_in, n_out in pairs) <= NUMBERED
        pitch = 0.9 * HEIGHT / max(sizes)
        room = 0.08 if self._numbered else 0.16 * pitch  # of a bias below its box
        self.reach = min(
            LARGEST_REACH, (pitch - room) / 2, 0.21 * self.width / len(sizes)
        )
        left, right = 0.1 + self.reach, self.width - max(self.reach + 0.01, 0.09)
        middle = 0.46 * HEIGHT + (0.03 if self._numbered else 0)
        self._columns = [
            np.stack([np.full(n, x), middle + pitch * ((n - 1) / 2 - np.arange(n))], 1)
            for x, n in zip(np.linspace(left, right, len(sizes)), sizes, strict=True)
        ]
        lines = [  # of each layer, (k, 2, 2)
            np.stack(np.broadcast_arrays(a[:, None], b), 2).reshape(-1, 2, 2)
            + [[self.reach, 0], [-self.reach, 0]]
            for a, b in zip(self._columns[:-1], self._columns[1:], strict=True)
        ]
        ends = np.concatenate(lines)
        self._solid = [Path(line) for line in ends]
        self._dashed = [_dashes(*line, 0.04 + 0.33 * self.reach) for line in ends]
        places = np.empty((0, 2))
        if self._numbered:
            # off the frame, where there is room
            away = self.reach + min(0.056, pitch - 2 * self.reach - 0.04)
            places = np.concatenate(self._columns[1:]) - [0, away]
            places = functools.reduce(_with_numbers, lines, places)
        self._number_places = places
        self._draw_ground(sizes)

    def _draw_ground(self, sizes):
        """Draw what no move changes: titles, the inputs' names, the boxes."""
        for text in list(self.ax.texts):
            text.remove()
        hidden = [f"hidden {layer}" for layer in range(1, len(sizes) - 1)]
        titles = zip(["inputs", *hidden, "output"], self._columns, strict=True)
        at = [(column[0, 0], 0.97 * HEIGHT, title) for title, column in titles]
        at += [(0.05, y, f"x{k}") for k, (_, y) in enumerate(self._columns[0], start=1)]
        size = min(8, 60 / len(sizes))  # points
        for x, y, name in at:
            self.ax.text(x, y, name, color=INK, fontsize=size, **CENTRED)
        around = self.reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        centres = np.concatenate(self._columns)
        self.boxes.set_verts(centres[:, None] + around)

    def _show_lines(self, values):
        strength = np.abs(values)
        order = np.argsort(strength)  # the strongest on top
        widest = 1 + 30 * self.reach
        widths = 0.3 + widest * strength / (strength + HALF_WIDTH)
        for lines, sign, paths in [
            (self.positive, 1, self._solid),
            (self.negative, -1, self._dashed),
        ]:
            shown = order[sign * values[order] > 0]
            lines.set_paths([paths[place] for place in shown])
            lines.set_linewidth(widths[shown])

    def _show_maps(self, maps, activation):
        shown, centres = [], []
        for layer, said in enumerate([INPUTS, *maps]):
            finite = np.isfinite(said).all(axis=(1, 2))
            said = said[finite]
            hidden = 0 < layer < len(maps)
            shown.append(shade(said, activation) if hidden else said)
            centres.append(self._columns[layer][finite])
        self.maps.show(np.concatenate(shown), np.concatenate(centres), self.reach)


class Numbers(Artist):
    """Short texts in a white plate, put together from pictures of their characters.

    matplotlib lays out and draws each text anew, which takes as long as 30 of these.
    """

    zorder = 3  # above the lines

    def __init__(self):
        super().__init__()
        self.show([], np.empty((0, 2)))

    def show(self, texts, centres):
        """Show texts at centres (k, 2)."""
        self.texts, self.centres = texts, centres

    def draw(self, renderer):
        """Draw all texts, in whole pixels."""
        centres = self.axes.transData.transform(self.centres)
        for text, centre in zip(self.texts, centres, strict=True):
            if text:
                tiles = [_character(each, renderer.dpi) for each in text]
                tile = np.concatenate(tiles, axis=1)
                corner = np.rint(centre - np.array(tile.shape[1::-1]) / 2)
                renderer.draw_image(renderer.new_gc(), *corner, tile)


@functools.lru_cache
def _character(character, dpi):
    """Return the picture of a character, (height, width, 4), its lowest row first."""
    font, pixel = FontProperties(size=NUMBER_SIZE), dpi / 72
    height = round(1.2 * NUMBER_SIZE * pixel)
    drawn = RendererAgg(2 * height, height, dpi)
    width = drawn.get_text_width_height_descent(character, font, False)[0]
    drawn.draw_text(drawn.new_gc(), 0, 0.85 * height, character, font, 0)
    ink = np.asarray(drawn.buffer_rgba())[::-1, : round(width), 3:] / 255
    colour = 255 * np.array(to_rgb(INK)) * ink + 255 * (1 - ink)
    return np.dstack([colour, np.full_like(ink, 255)]).astype(np.uint8)


def _strongest(W, layers):
    """Return the weights of a layer in one row, with 0 for those that are not shown."""
    values = W.ravel().astype(float)
    strength = np.where(np.isfinite(values), np.abs(values), 0)
    least = np.sort(strength)[-(MOST_LINES // layers) :][0]
    return np.where(strength >= max(least, WEAKEST), values, 0)


def _dashes(start, end, pitch):
    """Return a line of dashes, about so far apart; matplotlib's own are slow to set."""
    count = max(1, round(np.hypot(*(end - start)) / pitch))
    along = np.add.outer(np.arange(count), [0, DASH]).reshape(-1, 1)
    points = start + along / along[-1] * (end - start)
    return Path(points, [Path.MOVETO, Path.LINETO] * count)


def _with_numbers(places, lines):
    """Return places and one on each line (k, 2, 2), off the others and other lines."""
    along = lines[:, :1] + ALONG[:, None] * (lines[:, 1:] - lines[:, :1])
    for number, on_line in enumerate(along):
        numbers = (np.abs(on_line[:, None] - places) / PLATE).max(axis=2)
        others = np.delete(along, number, axis=0)[..., 1]
        off_lines = np.abs(on_line[:, 1] - others).min(axis=0, initial=1) / PLATE[1]
        off_numbers = numbers.min(axis=1, initial=1.2)
        best = (9 * off_numbers + np.minimum(off_lines, 1)).argmax()
        places = np.append(places, [on_line[best]], axis=0)
    return places


def _number(value):
    """Return a number as it stands in the picture; none where it is not finite."""
    if not np.isfinite(value):
        return ""
    text = f"{round(value, 1) + 0.0:.1f}" if abs(value) < 1000 else f"{value:.0e}"
    return text.replace("-", "\u2212")
