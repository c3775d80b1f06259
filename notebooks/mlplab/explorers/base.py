"""What all explorers share: controls, one persistent picture, a status, presets."""

import base64
import html
import io
import threading

import ipywidgets as widgets
import numpy as np
from IPython import get_ipython
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from . import texts

DPI = 100
# Callbacks may come from several threads (JupyterLab's subshells); matplotlib's fonts
# are shared by all figures, so only one explorer draws at a time.
_drawing = threading.RLock()
_open_by_cell = {}  # cell id -> (execution, [explorers that this execution made])


class Explorer:
    """Controls, a picture that follows them at once, and its status as text.

    A subclass passes its controls, a dict of name -> widget with a value, and defines
    `show`; `boxes` gives a box to show in place of a control, with more beside it. The
    picture is one matplotlib figure, updated in place: what never changes is drawn
    once, and each move draws only the artists of the views over it.
    """

    def __init__(self, controls, size, presets=(), challenges=(), boxes=None, below=()):
        self.controls = controls
        self.figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        self.views = []
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
                align_self="flex-start",
            ),
        )
        self.status = widgets.HTML(layout=widgets.Layout(min_height="48px"))
        self.story = widgets.HTML()
        self._challenges = [(text, test, widgets.HTML()) for text, test in challenges]
        self._preset_buttons = [self._preset_button(*preset) for preset in presets]
        self.box = widgets.VBox(
            [
                _wrapped([boxes.get(name, c) for name, c in controls.items()]),
                _wrapped(
                    [widgets.Label(texts.LABELS["presets"]), *self._preset_buttons]
                ),
                self.story,
                self.image,
                self.status,
                *(label for _, _, label in self._challenges),
                *below,
            ]
        )
        self._start = self.values()
        for control in controls.values():
            control.observe(self._changed, "value")
        _close_earlier(self)

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
        with _drawing:
            try:
                text, judged, axes_changed = self.show()
                picture = self._render(axes_changed)
            except Exception as error:
                self._say(f"{type(error).__name__}: {error}")
                return
            self.image.value = picture
            self._say(text)
            for challenge, test, label in self._challenges:
                done = "done" in label.value or test(judged)
                state = "&#9745; done:" if done else "&#9744; to do:"
                label.value = f"{state} {html.escape(challenge)}"

    def _say(self, text):
        self.text = text
        self.status.value = f'<div role="status">{html.escape(text)}</div>'

    def _changed(self, change):
        if not self._quiet:
            self.story.value = ""
            self.update()

    def _preset_button(self, label, story, values):
        button = widgets.Button(
            description=label, tooltip=story, layout=widgets.Layout(width="auto")
        )

        def click(_):
            self.set(**{**self._start, **values})
            self.story.value = f"<i>{html.escape(story)}</i>"

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

    def _repr_mimebundle_(self, **_):
        """Return the live widget, and for all that cannot show one picture and text."""
        return {
            **self.box._repr_mimebundle_(),
            "image/png": base64.b64encode(self.image.value).decode(),
            "text/plain": self.text,
        }


def _wrapped(children):
    return widgets.Box(children, layout=widgets.Layout(flex_flow="row wrap"))


def _close_tree(widget):
    for child in getattr(widget, "children", ()):
        _close_tree(child)
    widget.close()


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
        style={"button_width": "auto", "description_width": "initial"},
    )


def slider(kind, label, **traits):
    """Return a slider of an ipywidgets class with its label whole."""
    return kind(
        description=label,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="350px", max_width="100%"),
        **traits,
    )
