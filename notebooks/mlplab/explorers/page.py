"""What an explorer shows in the browser; page.js and page.css do it."""

import pathlib

import anywidget
import traitlets

HERE = pathlib.Path(__file__).parent


class Page(anywidget.AnyWidget):
    """The browser's side of an explorer.

    Its traits go to the browser. What a learner does comes back as messages, one at a
    time: the browser sends the next one when `answered` is the id of the last one.

    form        what never changes: title, invitation, controls, buttons, details
    places      {control: the place of its value among its options}
    size        of the picture on the page, in CSS pixels
    picture     PNG bytes
    handles     what in the picture can be taken: {panel, says, at, area}, its points
                in fractions of the picture from its top left corner
    status      the words that say what the picture shows
    story       what a preset tells, or an answer to what was typed
    challenges  [[sentence, whether it is done], ...]
    details     a longer text, folded
    """

    _esm = HERE / "page.js"
    _css = HERE / "page.css"
    form = traitlets.Dict().tag(sync=True)
    places = traitlets.Dict().tag(sync=True)
    size = traitlets.List().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)
    handles = traitlets.List().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    story = traitlets.Unicode().tag(sync=True)
    challenges = traitlets.List().tag(sync=True)
    details = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Unicode().tag(sync=True)

    def close(self):
        """Close the widget, and its layout, which is one of its own."""
        layout = self.layout
        super().close()
        layout.close()
