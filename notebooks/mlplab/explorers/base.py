"""What all explorers share: controls, one persistent picture, a status, presets.

An explorer is a class in a file of its own. It says how a state is computed from the
controls' values, what is said of it, which panels show it, and what a hand can take.
"""

import itertools
import struct
import threading
import zlib
from typing import NamedTuple

import numpy as np
from IPython import get_ipython
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from .. import plots, stored
from ..language import spoken, tr
from ..plots import DPI
from .page import Page

# Callbacks may come from several threads (JupyterLab's subshells); matplotlib's fonts
# are shared by all figures, so only one explorer draws at a time.
_drawing = threading.RLock()
LAYOUTS, STILL = 4, 1e-9  # of one figure; axes that move by less stand still
WORDS = "play", "pause", "typed", "done", "to do"  # of the page itself
_open_by_cell = {}  # cell id -> (execution, [explorers that this execution made])


class Handle(NamedTuple):
    """Something in a panel that a hand can take.

    says   its name, shown over it; no two of a panel have the same
    at     points in data coordinates: one is a dot, more are a line, and two opposite
           corners with `area` are an area
    moves  (x, y) of the hand, in data coordinates -> {control: value}, of which the
           nearest option is taken. While it is held, this is asked, not that of later
           handles of the same name
    draws  whether a hand draws there: every point on its way counts, and a finger
           does not scroll the page
    """

    says: str
    at: object
    moves: object
    area: bool = False
    draws: bool = False


def no_handles(view, state):
    """Return that nothing can be taken."""
    return []


def whole(view):
    """Return the corners of a view's Axes, in data coordinates."""
    return np.transpose([view.ax.get_xlim(), view.ax.get_ylim()])


class Panel(NamedTuple):
    """A part of the picture.

    make(ax)              gives a view
    show(view, state)     updates it
    handles(view, state)  returns the Handles of what can be taken then

    A view has `artists`, which move; whatever else it changes on its Axes, such as
    their limits, makes the figure stale, and all is drawn anew.
    """

    make: object
    show: object
    handles: object = no_handles


class Preset(NamedTuple):
    """What a button tells, and the controls that it sets; others are as at first."""

    story: str
    values: dict = {}


class Explorer:
    """Controls, a picture that follows them at once, and its status as text.

    A subclass has these parts:

    title, invitation      its name, and what to touch first
    size, mosaic           of the picture, in inches; its panels' names, row by row
    widths, heights        how wide its columns are, how high its rows
    panels                 name in `mosaic` -> Panel
    presets                label of a button -> Preset
    actions_label          what stands before further buttons, those of make_actions()
    challenges             sentence that asks for something -> whether a state meets it
    folded                 the title of a folded text, which `details` returns
    make_controls()        returns the controls, name -> Control
    compute(**values)      returns the state, from the controls' values
    words(state)           returns the status

    The picture is one matplotlib figure, updated in place: what never changes is drawn
    once, and each move draws only the artists of the views over it.
    """

    title, invitation = "explorer", ""
    size, mosaic, widths, heights = (8.4, 3.6), [["picture"]], None, None
    panels, presets, challenges = {}, {}, {}
    actions_label, folded = "do", ""

    def __init__(self):
        self.controls = self.make_controls()
        with plots.course_look():
            self.figure = Figure(figsize=self.size, dpi=DPI, layout="constrained")
            axes = self.figure.subplot_mosaic(
                self.mosaic, width_ratios=self.widths, height_ratios=self.heights
            )
            self.views = {name: self.panels[name].make(ax) for name, ax in axes.items()}
        self._artists = [part for view in self.views.values() for part in view.artists]
        for artist in self._artists:
            artist.set_animated(True)
        self._canvas = FigureCanvasAgg(self.figure)
        self._background = None
        self._quiet = False
        self._held = None  # the handle in the learner's hand
        self._done = set()  # challenges once met
        self.actions = self.make_actions()
        self._named = {tr(name): name for name in (*self.presets, *self.actions)}
        self.state, self.text = None, ""
        buttons = ["show me", [*self.presets]], [self.actions_label, [*self.actions]]
        form = {
            "title": tr(self.title),
            "invitation": tr(self.invitation),
            "controls": {
                n: each.spec() for n, each in self.controls.items() if each.shown
            },
            "buttons": [
                [tr(title), [*map(tr, labels)]] for title, labels in buttons if labels
            ],
            "details": tr(self.folded),
            "words": {word: tr(word) for word in WORDS},
            "language": spoken(),
        }
        self.page = Page(form=form, size=[round(inches * DPI) for inches in self.size])
        self._draw_with(self.page.size[0])
        self.page.on_msg(self.receive)
        self.start = self.values()  # to which a preset returns
        for control in self.controls.values():
            control.observe(self._changed, "value")
        _close_earlier(self)
        self.update()

    def make_actions(self):
        """Return the further buttons: label -> a function of no argument."""
        return {}

    def details(self, state):
        """Return the folded text."""
        return ""

    def values(self):
        """Return the values of all controls by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values):
        """Set several controls at once, with one redraw."""
        self._quiet = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._quiet = False
        self.update()

    def press(self, label):
        """Press a button: a preset, or an action."""
        if label in self.actions:
            self.page.story = ""
            self.actions[label]()
        else:
            preset = self.presets[label]
            self.page.story = tr(preset.story)
            self.set(**self.start | preset.values)

    def close(self):
        """Close the widget of this explorer."""
        self.page.close()

    def update(self):
        """Show the controls' values; an error is shown too, never lost."""
        with _drawing, plots.course_look(), np.errstate(all="ignore"):
            try:
                self.state = self.compute(**self.values())
                self.show(self.state)
                words, picture = self.words(self.state), self._render()
                done = self._judged()
                with self.page.hold_sync():
                    places = {name: c.place for name, c in self.controls.items()}
                    self.page.places, self.page.picture = places, picture
                    self.page.handles = self._handle_specs()
                    self.page.challenges = done
                    self.page.details = self.details(self.state)
                    self.say(words)
            except BaseException as error:
                self._background = None  # some of the axes may have changed
                if not isinstance(error, Exception):  # the reader stops the kernel
                    raise
                self.say(f"{type(error).__name__}: {error}")

    def show(self, state):
        """Bring the views up to date with a state."""
        for name, view in self.views.items():
            self.panels[name].show(view, state)

    def say(self, text):
        """Put a text under the picture, at once."""
        self.text = self.page.status = text

    def report(self, text):
        """Say how far long work is, before its picture is there."""
        self.say(text)
        self.page.send_state("status")

    def handles(self, panel):
        """Return what can be taken in a panel, {its name: Handle}."""
        found = self.panels[panel].handles(self.views[panel], self.state)
        return {tr(handle.says): handle for handle in found}

    def _handle_specs(self):
        width, height = self.figure.bbox.size
        specs = []
        for panel, view in self.views.items():
            handles = self.handles(panel)
            if handles:
                points = np.concatenate([handle.at for handle in handles.values()])
                points = view.ax.transData.transform(points) / [width, -height]
                points = iter(np.round(points + [0, 1], 4).tolist())
                specs += [
                    {"panel": panel, "says": says, "at": [next(points) for _ in h.at]}
                    | {"area": h.area, "draws": h.draws}
                    for says, h in handles.items()
                ]
        return specs

    def _judged(self):
        for sentence, met in self.challenges.items():
            if sentence not in self._done and met(self.state):
                self._done.add(sentence)
        return [[tr(each), each in self._done] for each in self.challenges]

    def _changed(self, change):
        if not self._quiet:
            self.page.story = ""
            self.update()

    def receive(self, page, message, buffers):
        """Do what a learner did in the browser, and answer.

        A message has an `id` and a `kind`, with what belongs to it:

        move    control, place: a slider or a chooser is at this option
        type    control, text: a readout
        press   label: of a button
        take    panel, says, x, y, first: a handle is held, the hand at this fraction
                of the picture from its top left corner; at first it is taken.
                Where a hand draws, `way` are the points (x, y) that it passed before
        resize  width: of the picture, in pixels of the screen
        """
        message = dict(message)
        answered, kind = message.pop("id"), message.pop("kind")
        with _drawing, page.hold_sync():
            try:
                getattr(self, f"_on_{kind}")(**message)
            finally:
                page.answered = answered

    def _on_move(self, control, place):
        self.controls[control].value = self.controls[control].options[place]

    def _on_type(self, control, text):
        value, answer = self.controls[control].read(text)
        self.controls[control].value = value
        self.page.story = answer

    def _on_press(self, label):
        self.press(self._named[label])

    def _on_take(self, panel, says, x, y, first=False, way=()):
        if first:
            self._held = self.handles(panel).get(says)
        if self._held is None:
            return
        width, height = self.figure.bbox.size
        to_data = self.views[panel].ax.transData.inverted()
        for across, down in [*way, (x, y)]:
            place = to_data.transform((across * width, (1 - down) * height))
            moves = self._held.moves(*place)
        self.page.story = ""
        self.set(**{n: self.controls[n].nearest(value) for n, value in moves.items()})

    def _on_resize(self, width):
        self._draw_with(width)
        self.update()

    def _draw_with(self, width):
        """Let the picture be so many pixels wide."""
        # a little more: the canvas cuts off what is not a whole pixel
        self.figure.set_dpi((width + 1e-6) / self.size[0])
        self._background = None

    def _render(self):
        """Draw the views over the kept background; return the picture as PNG bytes."""
        return png(self._pixels())

    def _pixels(self):
        if layout := self.figure.get_layout_engine():
            places = np.nan
            for _ in range(LAYOUTS):
                layout.execute(self.figure)
                before, places = places, [ax.get_position() for ax in self.figure.axes]
                if np.allclose(before, places, rtol=0, atol=STILL):
                    break
            self.figure.set_layout_engine(None)  # from now on nothing moves
        if self._background is None or self.figure.stale:
            if self._background is None:
                self._canvas.draw()
                self._room = {ax: self._extent(ax) for ax in self.figure.axes}
            else:
                self._draw_changed_axes()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
            self._ground, self._still = self._background, []
            for drawn in (*self.figure.axes, self.figure):  # to measure made it stale
                drawn.stale = False
        # what a move leaves as it is, and stands below all that it moves
        still = [
            artist
            for view in self.views.values()
            for artist in itertools.takewhile(lambda part: not part.stale, view.artists)
        ]
        if still != self._still:
            self._canvas.restore_region(self._background)
            self._draw(still)
            self._ground = self._canvas.copy_from_bbox(self.figure.bbox)
            self._still = still
        self._canvas.restore_region(self._ground)
        self._draw(artist for artist in self._artists if artist not in still)
        return np.asarray(self._canvas.buffer_rgba())

    def _extent(self, ax):
        labels = ax.get_tightbbox(self._canvas.get_renderer())
        return labels.padded(self.figure.dpi / 40)

    def _draw_changed_axes(self):
        """Draw axes that changed on the background, where they and their labels are.

        And those whose room overlaps theirs: to clear the one takes ink off the other.
        """
        self._canvas.restore_region(self._background)
        rows = np.asarray(self._canvas.buffer_rgba())[::-1]
        stale = [self._room[ax] for ax in self.figure.axes if ax.stale]
        changed = [
            ax for ax, room in self._room.items() if any(map(room.overlaps, stale))
        ]
        for ax in changed:
            before, self._room[ax] = self._room[ax], self._extent(ax)
            room = Bbox.union([before, self._room[ax]])
            left, low, right, high = map(round, room.extents)
            rows[max(0, low) : high, max(0, left) : right] = 255
        for ax in changed:
            ax.draw(self._canvas.get_renderer())

    def _draw(self, artists):
        for artist in artists:
            self.figure.draw_artist(artist)

    def _ipython_display_(self):
        """Show the live widget, and store a picture and words for when it is gone."""
        with _drawing, plots.course_look(), np.errstate(all="ignore"):
            width, _ = self._canvas.get_width_height()
            self._draw_with(2 * self.page.size[0])
            picture = stored.small_png(Image.fromarray(self._pixels()).convert("RGB"))
            self._draw_with(width)
        stored.show(self.page, self.text, picture, self.page.size)


def png(pixels):
    """Return pixels (height, width, 4), uint8, as the bytes of a PNG file.

    Pillow tries a filter for each row first, which takes three times as long as this.
    To leave out the opacity, always full, would take longer than to compress it.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 4 * width), np.uint8)  # each begins with "no filter"
    rows[:, 1:] = pixels.reshape(height, -1)
    parts = {
        b"IHDR": struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0),
        b"IDAT": zlib.compress(rows, 1),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data
        + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts.items()
    )  # fmt: skip


def _close_earlier(explorer):
    """Close the explorers that an earlier execution of the same cell made."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = parent.get("metadata", {}).get("cellId")
    execution = parent.get("header", {}).get("msg_id")
    if cell is None:
        return
    made_by, explorers = _open_by_cell.get(cell, (None, []))
    if made_by != execution:
        for earlier in explorers:
            earlier.close()
        explorers = []
    _open_by_cell[cell] = (execution, [*explorers, explorer])
