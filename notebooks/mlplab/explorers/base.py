"""What all explorers share: controls, one persistent picture, a status, presets."""

import html
import io
import math
import threading

import ipywidgets as widgets
import numpy as np
from IPython import get_ipython
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from .. import plots, stored
from ..plots import DPI
from . import texts

# A key that no control takes is a command of JupyterLab's: "dd" on a slider or a button
# deletes the cell, a left arrow on a button goes to the heading above. In a lecture it
# is the other way round: a presenter's remote control sends page keys, and a slider
# would take them; the box sends them on in its own name. ipywidgets sets no listeners;
# a style element in an HTML widget runs this once it is on the page.
KEEP_KEYS = """<style onload="const box = this.closest('.widget-vbox');
    box.addEventListener('keydown', key => {
        const alone = !key.ctrlKey && !key.altKey && !key.metaKey && !key.shiftKey;
        const ours = ['ArrowLeft', 'ArrowRight'].includes(key.key);
        if (alone && (ours || key.key.length === 1)) key.stopPropagation();
    });
    box.addEventListener('keydown', key => {
        const turns = ['PageUp', 'PageDown'].includes(key.key);
        if (!turns || !('jpDeckMode' in document.body.dataset)) return;
        if (key.target === box) return;
        key.stopPropagation();
        box.dispatchEvent(new KeyboardEvent('keydown', key));
    }, true)"></style>"""
TIGHT = 'style="line-height: 1.4"'  # ipywidgets sets lines of text far apart
# Callbacks may come from several threads (JupyterLab's subshells); matplotlib's fonts
# are shared by all figures, so only one explorer draws at a time.
_drawing = threading.RLock()
_open_by_cell = {}  # cell id -> (execution, [explorers that this execution made])


class Explorer:
    """Controls, a picture that follows them at once, and its status as text.

    A subclass passes its controls, a dict of name -> widget with a value, and defines
    `make_views` and `show`; `boxes` gives a box to show in place of a control, with
    more beside it. The picture is one matplotlib figure, updated in place: what never
    changes is drawn once, and each move draws only the artists of the views over it.
    """

    def __init__(self, controls, size, presets=(), challenges=(), boxes=None, below=()):
        self.controls = controls
        with plots.course_look():
            self.figure = Figure(figsize=size, dpi=DPI, layout="constrained")
            self.views = self.make_views()
        boxes = boxes or {}
        self._canvas = FigureCanvasAgg(self.figure)
        self._background = None
        self._quiet = False
        self.text = ""
        self.image = widgets.Image(
            format="png",
            # its own size even where the page is wider, so that nothing is blurred
            layout=widgets.Layout(
                width=f"{size[0] * DPI:.0f}px",
                max_width="100%",
                margin="2px 0",
                align_self="flex-start",
            ),
        )
        self.status = widgets.HTML(layout=widgets.Layout(min_height="24px"))
        self.story = widgets.HTML()
        self._challenges = [(text, test, widgets.HTML()) for text, test in challenges]
        self._preset_buttons = [self._preset_button(*preset) for preset in presets]
        self.box = widgets.VBox(
            [
                _wrapped([boxes.get(name, c) for name, c in controls.items()]),
                _wrapped(
                    [widgets.Label(texts.LABELS["presets"]), *self._preset_buttons]
                    if presets
                    else []
                ),
                self.image,
                # with room for the longest texts, so that nothing below them moves
                widgets.VBox(
                    [self.status, self.story],
                    layout=widgets.Layout(min_height="84px"),
                ),
                *(label for _, _, label in self._challenges),
                *below,
                widgets.HTML(KEEP_KEYS, layout=widgets.Layout(display="none")),
            ]
        )
        self._start = self.values()
        for control in controls.values():
            control.observe(self._changed, "value")
        _close_earlier(self)

    def make_views(self):
        """Draw the views on axes of `self.figure`; return them as a list."""
        raise NotImplementedError

    def show(self):
        """Bring the views up to date with the controls.

        Returns the status text, what the challenges are judged by, and whether any
        axes changed.
        """
        raise NotImplementedError

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
                text, judged, axes_changed = self.show()
                self.image.value = self._render(axes_changed)
                self._say(text)
                for challenge, test, label in self._challenges:
                    done = "done" in label.value or test(judged)
                    state = "&#9745; done:" if done else "&#9744; to do:"
                    label.value = f"{state} {html.escape(challenge)}"
            except BaseException as error:
                self._background = None  # some of the axes may have changed
                if not isinstance(error, Exception):  # the reader stops the kernel
                    raise
                self._say(f"{type(error).__name__}: {error}")

    def _say(self, text):
        self.text = text
        self.status.value = f'<div role="status" {TIGHT}>{html.escape(text)}</div>'

    def _changed(self, change):
        old, new = change.old, change.new
        # a slider in the browser sends -0.5 back as -0.49999999999999956
        same = isinstance(new, float) and math.isclose(old, new, abs_tol=1e-9)
        if not (self._quiet or same):
            self.story.value = ""
            self.update()

    def _preset_button(self, label, story, values):
        button = widgets.Button(
            description=label, tooltip=story, layout=widgets.Layout(width="auto")
        )

        def click(_):
            self.set(**{**self._start, **values})
            self.story.value = f"<div {TIGHT}><i>{html.escape(story)}</i></div>"

        button.on_click(click)
        return button

    def _render(self, axes_changed):
        """Draw the views over the kept background; return the picture as PNG bytes."""
        artists = [artist for view in self.views for artist in view.artists]
        for artist in artists:
            artist.set_animated(True)
        if self._background is None:
            self._canvas.draw()  # places the axes; from now on nothing moves
            self.figure.set_layout_engine("none")
        if self._background is None or axes_changed:
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._background)
        for artist in artists:
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


def chooser(label, options):
    """Return toggle buttons: unlike a dropdown they leave JupyterLab's keys alone."""
    return widgets.ToggleButtons(
        options=list(options),
        description=label,
        tooltip=label,  # without one the browser shows "null"
        style={"button_width": "auto", "description_width": "initial"},
        layout=widgets.Layout(margin="2px 8px 2px 2px"),
    )


def slider(kind, label, **traits):
    """Return a slider of an ipywidgets class with its label whole."""
    return kind(
        description=label,
        tooltip=label,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="350px", max_width="100%", margin="2px"),
        **traits,
    )
