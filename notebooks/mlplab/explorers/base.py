"""What all explorers share: controls, one persistent picture, a status, presets.

An explorer is a class in a file of its own. It says how a state is computed from the
controls' values, what is said of it, and which panels show it.
"""

import html
import io
import math
import pathlib
import threading
from typing import NamedTuple

import anywidget
import ipywidgets as widgets
import numpy as np
from IPython import get_ipython
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from .. import plots, stored
from ..plots import DPI
from .controls import button

TIGHT = 'style="line-height: 1.4"'  # ipywidgets sets lines of text far apart
# Callbacks may come from several threads (JupyterLab's subshells); matplotlib's fonts
# are shared by all figures, so only one explorer draws at a time.
_drawing = threading.RLock()
_open_by_cell = {}  # cell id -> (execution, [explorers that this execution made])


class Panel(NamedTuple):
    """A part of the picture: make(ax) gives a view, show(view, state) updates it.

    A view has `artists`, which move; whatever else it changes on its Axes, such as
    their limits, makes the figure stale, and all is drawn anew.
    """

    make: object
    show: object


class Preset(NamedTuple):
    """What a button tells, and the controls that it sets; others are as at first."""

    story: str
    values: dict = {}


class Keys(anywidget.AnyWidget):
    """Keeps an explorer's keys from JupyterLab's commands."""

    _esm = pathlib.Path(__file__).with_name("keys.js")


class Explorer:
    """Controls, a picture that follows them at once, and its status as text.

    A subclass has these parts:

    size, mosaic, widths   of the picture, in inches; the names of its panels, row by
                           row; how wide its columns are
    panels                 name in `mosaic` -> Panel
    presets                label of a button -> Preset
    challenges             sentence that asks for something -> whether a state meets it
    make_controls()        returns the controls, name -> widget with a value
    compute(**values)      returns the state, from the controls' values
    words(state)           returns the status

    The picture is one matplotlib figure, updated in place: what never changes is drawn
    once, and each move draws only the artists of the views over it.
    """

    size, mosaic, widths = (8.4, 3.6), [["picture"]], None
    panels, presets, challenges = {}, {}, {}

    def __init__(self):
        self.controls = self.make_controls()
        with plots.course_look():
            self.figure = Figure(figsize=self.size, dpi=DPI, layout="constrained")
            axes = self.figure.subplot_mosaic(self.mosaic, width_ratios=self.widths)
            self.views = {name: self.panels[name].make(ax) for name, ax in axes.items()}
        self._artists = [part for view in self.views.values() for part in view.artists]
        for artist in self._artists:
            artist.set_animated(True)
        self._canvas = FigureCanvasAgg(self.figure)
        self._background = None
        self._quiet = False
        self.state, self.text = None, ""
        self.image = widgets.Image(
            format="png",
            # its own size even where the page is wider, so that nothing is blurred
            layout=widgets.Layout(
                width=f"{self.size[0] * DPI:.0f}px",
                max_width="100%",
                margin="2px 0",
                align_self="flex-start",
            ),
        )
        self.status = widgets.HTML(layout=widgets.Layout(min_height="24px"))
        self.story = widgets.HTML()
        self._done = set()  # challenges once met
        self._labels = [widgets.HTML() for _ in self.challenges]
        buttons = [self._preset_button(*preset) for preset in self.presets.items()]
        self.box = widgets.VBox(
            [
                _wrapped(self.arranged(self.controls)),
                _wrapped([widgets.Label("Show me:"), *buttons] if buttons else []),
                self.image,
                # with room for the longest texts, so that nothing below them moves
                widgets.VBox(
                    [self.status, self.story],
                    layout=widgets.Layout(min_height="84px"),
                ),
                *self._labels,
                *self.below(),
                Keys(layout=widgets.Layout(display="none")),
            ]
        )
        self.start = self.values()  # to which a preset returns
        for control in self.controls.values():
            control.observe(self._changed, "value")
        _close_earlier(self)
        self.update()

    def arranged(self, controls):
        """Return the controls as they are shown, perhaps with more beside them."""
        return list(controls.values())

    def below(self):
        """Return widgets that stand below the challenges."""
        return []

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

    def close(self):
        """Close all widgets of this explorer."""
        _close_tree(self.box)

    def update(self):
        """Show the controls' values; an error is shown too, never lost."""
        with _drawing, plots.course_look(), np.errstate(all="ignore"):
            try:
                self.state = self.compute(**self.values())
                self.show(self.state)
                words = self.words(self.state)
                self.image.value = self._render()
                self.say(words)
                self._judge()
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
        """Put a text under the picture."""
        self.text = text
        self.status.value = f'<div role="status" {TIGHT}>{html.escape(text)}</div>'

    def _judge(self):
        for (sentence, met), label in zip(
            self.challenges.items(), self._labels, strict=True
        ):
            if sentence not in self._done and met(self.state):
                self._done.add(sentence)
            sign = "&#9745; done:" if sentence in self._done else "&#9744; to do:"
            label.value = f"{sign} {html.escape(sentence)}"

    def _changed(self, change):
        old, new = change.old, change.new
        # a slider in the browser sends -0.5 back as -0.49999999999999956
        same = isinstance(new, float) and math.isclose(old, new, abs_tol=1e-9)
        if not (self._quiet or same):
            self.story.value = ""
            self.update()

    def _preset_button(self, label, preset):
        def click():
            self.set(**self.start | preset.values)
            self.story.value = f"<div {TIGHT}><i>{html.escape(preset.story)}</i></div>"

        return button(label, click, tooltip=preset.story)

    def _render(self):
        """Draw the views over the kept background; return the picture as PNG bytes."""
        if self._background is None:
            self._canvas.draw()  # places the axes; from now on nothing moves
            self.figure.set_layout_engine("none")
        if self._background is None or self.figure.stale:
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._background)
        for artist in self._artists:
            self.figure.draw_artist(artist)
        png = io.BytesIO()
        picture = Image.fromarray(np.asarray(self._canvas.buffer_rgba()))
        # without alpha and hardly compressed: this takes a third of a move as it is
        picture.convert("RGB").save(png, "PNG", compress_level=1)
        return png.getvalue()

    def _ipython_display_(self):
        """Show the live widget, and store a picture and words for when it is gone."""
        stored.show(self.box, self.text, self.image.value)


def _wrapped(children):
    return widgets.Box(children, layout=widgets.Layout(flex_flow="row wrap"))


def _close_tree(widget):
    for child in getattr(widget, "children", ()):
        _close_tree(child)
    widget.close()
    for part in (widget.layout, getattr(widget, "style", None)):
        if part is not None:  # these are widgets of their own
            part.close()


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
