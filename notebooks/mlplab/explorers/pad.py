"""The digit pad: draw a digit, and a network reads it."""

from typing import NamedTuple

import numpy as np
import torch
import traitlets
from matplotlib.patches import Circle

from ..digits import MOST_INK, SIDE, held_out_digits, read_digits
from ..graph import standard_torch
from ..language import tr
from ..plots import BLUE, ORANGE
from .base import Explorer, Handle, Panel, Preset, whole
from .controls import Control, chooser, count_slider

CELL = 4  # points along a side of a cell
POINTS = SIDE * CELL  # along a side of the pad
YOURS = "yours"
UPRIGHT, TURNED = "upright", "upside down"
FARTHEST = 3  # cells that a picture can be shifted
WAYS = (  # of one cell and of more: against the axis, and along it
    (("1 cell left", "{count} cells left"), ("1 cell right", "{count} cells right")),
    (("1 cell up", "{count} cells up"), ("1 cell down", "{count} cells down")),
)
WIDEST = 26  # points, of a digit that fills the box: so wide are the training pictures
THICK = 5  # points, the pen at first: about as wide as in the training pictures
FAIR = 0.3  # the share that each of two digits has where the network cannot decide


class Ink(NamedTuple):
    """What is drawn: the ink of each point, 0 to 16, row by row; the line's last end.

    A value that is never changed: a stroke gives a new one.
    """

    points: bytes = bytes(POINTS * POINTS)
    end: tuple | None = None

    def line(self, x, y, width, lift=False):
        """Return this with a line from its last end to (x, y), or a dot.

        Both run from 0 to 32, right and down.
        """
        start = np.array((x, y) if lift or self.end is None else self.end)
        along = np.array([x, y]) - start
        centres = np.indices((POINTS, POINTS))[::-1].reshape(2, -1).T + 0.5
        away = centres - start
        share = away @ along / max(along @ along, 1e-9)
        away -= np.clip(share, 0, 1)[:, None] * along
        # a little more than half: or the thinnest line has gaps
        inked = np.hypot(*away.T) <= width / 2 + 0.2
        points = np.where(inked, MOST_INK, np.frombuffer(self.points, np.uint8))
        return Ink(points.astype(np.uint8).tobytes(), (float(x), float(y)))


def drawn(width, stroke):
    """Return the Ink of a stroke, a list of points (x, y)."""
    ink = Ink()
    for x, y in stroke:
        ink = ink.line(x, y, width)
    return ink


THREE = [
    (8, 4), (16, 2), (23, 6), (22, 12), (14, 15), (23, 19), (24, 25), (17, 30), (8, 28)
]  # fmt: skip
SEVEN = [(7, 3), (25, 3), (15, 30)]
ONE = [(11, 8), (17, 2), (17, 30)]
SMALL_TWO = [(4, 4), (6, 2), (10, 2), (11, 5), (8, 9), (4, 13), (12, 13)]


class InkControl(Control):
    """What a hand has drawn; nothing but the pad shows it."""

    shown = False

    def __init__(self):
        texts = {drawn(THICK, SEVEN): "a 7", Ink(): "nothing"}
        super().__init__("ink", texts, next(iter(texts)), texts.get, buttons=True)

    @traitlets.validate("value")
    def _allowed(self, proposal):
        if not isinstance(proposal.value, Ink):
            raise ValueError(f"ink must be one of {self.range}, got {proposal.value!r}")
        return proposal.value


class Pad(NamedTuple):
    """What the pad shows, and what the network says of it."""

    digit: str  # whose held-out picture it is, or YOURS
    turned: bool
    moved: tuple  # by how many cells right and down
    points: np.ndarray  # (32, 32), 0 to 16
    cells: np.ndarray  # (8, 8), 0 to 16: the mean ink of 4 x 4 points
    probs: np.ndarray  # (10,)
    pen: tuple  # x, y, width, in points


def example(digit):
    """Return the first held-out picture of a digit, "0" to "9", as points (32, 32)."""
    X, y = held_out_digits()
    cells = X[(y == int(digit)).argmax()].reshape(SIDE, SIDE) * MOST_INK
    return np.kron(cells, np.ones((CELL, CELL))).astype(np.uint8)


def shifted(points, right, down):
    """Return points moved by so many cells; what leaves the pad is lost."""
    moved = np.zeros_like(points)
    x, y = CELL * right, CELL * down
    rows, columns = (slice(max(0, by), POINTS + min(0, by)) for by in (y, x))
    from_rows, from_columns = (slice(max(0, -by), POINTS - max(0, by)) for by in (y, x))
    moved[rows, columns] = points[from_rows, from_columns]
    return moved


def filled(points):
    """Return points enlarged and centred, from the box's top to its bottom."""
    rows, columns = (np.flatnonzero(points.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return points
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    wide = min(WIDEST, max(1, round(width * POINTS / height)))
    down = rows[0] + np.arange(POINTS) * height // POINTS
    across = columns[0] + np.arange(wide) * width // wide
    box, left = np.zeros_like(points), (POINTS - wide) // 2
    box[:, left : left + wide] = points[np.ix_(down, across)]
    return box


def reader_of(model):
    """Return a function from X (n, 64), NumPy, to the logits (n, 10) of a model.

    Raises ValueError where the model is no such function.
    """
    if model is None:
        return read_digits
    wanted = "model must turn X of shape (n, 64) into logits of shape (n, 10)"
    if not callable(model):
        raise ValueError(f"{wanted}, got {model!r}, which cannot be called")

    def read(X):
        with standard_torch(), torch.no_grad():
            logits = torch.as_tensor(model(torch.from_numpy(X)))
        return logits.detach().cpu().double().numpy()

    rows = held_out_digits()[0][:3]
    try:
        logits = read(rows)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"{wanted}; it raised {what}") from error
    if logits.shape != (3, 10):
        raise ValueError(f"{wanted}; for 3 rows it gave the shape {logits.shape}")
    if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-4):
        raise ValueError(f"{wanted}; these look like probabilities: leave out softmax")
    return read


def softmax(logits):
    """Return probabilities from logits, along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def percent(share):
    """Return a probability in words; near 0 and 1 without digits that say nothing."""
    if share > 0.99:
        return tr("over 99 %")
    if share < 0.01:
        return tr("under 1 %")
    return tr("{share:.0f} %", share=100 * share)


class Paper:
    """The pad on which a hand draws."""

    def __init__(self, ax):
        self.ax = ax
        self.image, *lines = _paper(ax, POINTS, "draw here")
        self.pen = ax.add_patch(Circle((0, 0), 1, fill=False, color=ORANGE, lw=1.5))
        self.artists = [self.image, *lines, self.pen]

    def update(self, pad):
        """Show a Pad, and the pen."""
        self.image.set_data(pad.points)
        *centre, width = pad.pen
        self.pen.set(center=centre, radius=width / 2)


class Cells:
    """The 64 numbers that the network gets, as shades."""

    def __init__(self, ax):
        self.ax = ax
        self.image, *lines = _paper(ax, SIDE, "what the network gets")
        self.artists = [self.image, *lines]

    def update(self, pad):
        """Show the cells of a Pad."""
        self.image.set_data(pad.cells)


def _paper(ax, side, title):
    look = {"cmap": "Greys", "vmin": 0, "vmax": MOST_INK, "extent": (0, side, side, 0)}
    image = ax.imshow(np.zeros((side, side)), **look)
    ends = np.arange(0, side, side // SIDE)[1:]  # the frame is there already
    look = {"color": "#BBBBBB", "linewidth": 0.6}
    ax.set(title=title, xticks=[], yticks=[], xlim=(0, side), ylim=(side, 0))
    return image, ax.hlines(ends, 0, side, **look), ax.vlines(ends, 0, side, **look)


class Bars:
    """The probabilities of the ten digits; the largest is orange."""

    def __init__(self, ax):
        self.ax = ax
        self.bars = ax.bar(range(10), np.zeros(10), color=BLUE)
        self.artists = [*self.bars]
        ax.set(ylim=(0, 1), xticks=range(10), title="how sure it is")
        ax.set(xlabel="digit", ylabel="probability")
        ax.spines[["top", "right"]].set_visible(False)

    def update(self, pad):
        """Show the probabilities of a Pad."""
        read = np.nan_to_num(pad.probs).argmax()
        for digit, (bar, share) in enumerate(zip(self.bars, pad.probs, strict=True)):
            bar.set_height(share)
            bar.set_facecolor(ORANGE if digit == read else BLUE)


class Stroke:
    """A stroke of a hand: a line from point to point, over what is there already."""

    def __init__(self, ink, width):
        self.ink, self.width, self.lift = ink, width, True

    def to(self, x, y):
        """Return the controls of the pad after a line to (x, y)."""
        self.ink = self.ink.line(x, y, self.width, self.lift)
        self.lift = False
        return as_drawn(self.ink) | {"column": x + 0.5, "row": y + 0.5}


def as_drawn(ink):
    """Return the controls that show ink as it is."""
    return {"ink": ink, "digit": YOURS, "right": 0, "down": 0, "turn": UPRIGHT}


def ink_of(pad):
    """Return what a stroke is added to: what the pad shows, if a learner drew it."""
    return Ink(pad.points.tobytes()) if pad.digit == YOURS else Ink()


def pad_handles(view, pad):
    """Return the whole pad, on which a hand draws."""
    stroke = Stroke(ink_of(pad), pad.pen[2])
    return [Handle("draw here", whole(view), stroke.to, area=True, draws=True)]


def read_as(pad):
    """Return the digit that the network reads, as text."""
    return str(pad.probs.argmax())


def preset(story, width, stroke):
    """Return a Preset that shows a stroke."""
    return Preset(story, as_drawn(drawn(width, stroke)) | {"width": width})


class PadExplorer(Explorer):
    """A pad on which a digit is drawn, and ten bars of probabilities."""

    title = "the digit pad"
    invitation = "Draw in the left box. “wipe” empties it for a digit of your own."
    size, widths, mosaic = (8.4, 3.2), [1, 1, 1.25], [["pad", "cells", "bars"]]
    panels = {
        "pad": Panel(Paper, Paper.update, pad_handles),
        "cells": Panel(Cells, Cells.update),
        "bars": Panel(Bars, Bars.update),
    }
    actions_label = "the pen"
    presets = {
        "drawn with care": preset(
            "Large, thick and in the middle, as the training pictures are: it is read.",
            THICK, THREE,
        ),
        "a 7 without a bar": Preset(
            "Is it no 7? Most people who wrote the training pictures put a bar through"
            " theirs. Draw one."
        ),
        "small, in a corner": preset(
            "Sure and wrong. Press “fill the box”: enlarged and centred, the same ink"
            " is read as a 2.",
            2, SMALL_TWO,
        ),
        "a thin pen": preset(
            "With a pen of width 5 the same lines are read as a 1.", 1, ONE
        ),
        "two cells to the right": Preset(
            "In the middle this 0 is read well. No training picture was over here.",
            {"digit": "0", "right": 2},
        ),
        "upside down": Preset(
            "You see at once what it is. The network has never seen one that way, and"
            " is sure all the same.",
            {"digit": "7", "turn": TURNED},
        ),
    }  # fmt: skip
    challenges = {
        "draw something between two digits: each has at least 30 %": lambda pad: (
            pad.digit == YOURS and np.sort(pad.probs)[-2] >= FAIR
        ),
        "shift a held-out digit until another one is read": lambda pad: (
            pad.digit != YOURS
            and not pad.turned
            and any(pad.moved)
            and read_as(pad) != pad.digit
        ),
        "find a held-out digit that is read rightly upside down": lambda pad: (
            pad.turned and not any(pad.moved) and read_as(pad) == pad.digit
        ),
    }

    def __init__(self, model=None):
        self.read = reader_of(model)
        super().__init__()

    def make_controls(self):
        """Return whose picture it is, how it is moved, the pen, and what it drew."""
        digits = [YOURS, *map(str, range(10))]
        cells = range(-FARTHEST, FARTHEST + 1)
        return {
            "digit": chooser("picture", digits, YOURS),
            "turn": chooser("turned", [UPRIGHT, TURNED], UPRIGHT),
            "width": count_slider("pen width", THICK, 2 * CELL),
            "right": Control("cells right", cells, 0),
            "down": Control("cells down", cells, 0),
            "column": count_slider("pen column", POINTS // 2, POINTS),
            "row": count_slider("pen row", POINTS // 2, POINTS),
            "ink": InkControl(),
        }

    def make_actions(self):
        """Return what the pen does without a hand, and what is done with the ink."""
        return {
            "wipe": lambda: self.set(**as_drawn(Ink())),
            "ink here": lambda: self._pen(lift=True),
            "line to here": lambda: self._pen(lift=False),
            "fill the box": self._fill,
        }

    def _pen(self, lift):
        ink = ink_of(self.state)
        if self.state.digit == YOURS:
            ink = ink._replace(end=self.controls["ink"].value.end)
        self.set(**as_drawn(ink.line(*self.state.pen, lift)))

    def _fill(self):
        self.set(**as_drawn(Ink(filled(self.state.points).tobytes())))

    def compute(self, digit, turn, width, right, down, column, row, ink):
        """Return the picture, moved as the controls say, and how it is read."""
        if digit == YOURS:
            points = np.frombuffer(ink.points, np.uint8).reshape(POINTS, POINTS)
        else:
            points = example(digit)
        if turn == TURNED:
            points = points[::-1, ::-1]
        points = shifted(points, right, down)
        cells = points.reshape(SIDE, CELL, SIDE, CELL).mean(axis=(1, 3)).round()
        X = (cells / MOST_INK).astype(np.float32).reshape(1, -1)
        probs = softmax(self.read(X))[0]
        pen = column - 0.5, row - 0.5, width
        moved = right, down
        return Pad(digit, turn == TURNED, moved, points, cells, probs, pen)

    def words(self, pad):
        """Say what the network reads."""
        whose = "Your picture" if pad.digit == YOURS else "Held-out {digit}"
        what = [tr(whose, digit=pad.digit)] + [tr(TURNED)] * pad.turned
        for by, ways in zip(pad.moved, WAYS, strict=True):
            text = ways[by > 0][abs(by) > 1]
            what += [tr(text, count=abs(by))] * (by != 0)
        if not pad.points.any():
            what = [tr("There is no ink, and yet")]
        what = ", ".join(what)
        if not np.isfinite(pad.probs).all():
            return f"{what}: " + tr("The network's logits are not finite.")
        second, first = pad.probs.argsort(kind="stable")[-2:]
        article = "an" if first == 8 else "a"
        return f"{what}: " + tr(
            "I read {article} {digit} ({sure}); next {second} ({less}).",
            article=article, digit=first, sure=percent(pad.probs[first]),
            second=second, less=percent(pad.probs[second]),
        )  # fmt: skip


def explore_pad(model=None):
    """Draw a digit, and let a network read it.

    `model` is a PyTorch module, or a function, that turns X (n, 64) into logits
    (n, 10); without one, a small network reads that has been trained before.
    """
    return PadExplorer(model)
