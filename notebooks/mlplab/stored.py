"""Show a live widget; store a picture and words that show when it is gone."""

import base64
import gc
import html
import io

from IPython.display import display

# JupyterLab, Notebook 7 and Voila put each output into a box of class
# jp-OutputArea-child, and one after the other: the widget, its picture, its words. A
# file keeps no widget. Without the kernel that made it, the first box says only
# "Loading widget..." or "Error displaying widget: model not found". One output with
# all of it would not help: JupyterLab chooses the widget, alive or not.
LIVE = ".jp-OutputArea-child:has(> * > :is(.jupyter-widgets, .mlplab))"
DEAD = ".jp-OutputArea-child:has(> .lm-Panel):not(:has(> .lm-Panel > *))"
STYLE = f"""<style>
{LIVE} + :has(> * > .mlplab-words),
{LIVE} + :has(> .jp-RenderedImage):has(+ * > * > .mlplab-words),
{LIVE} + :has(> .jp-RenderedImage) + :has(> * > .mlplab-words),
{DEAD}:has(+ * > * > .mlplab-words),
{DEAD}:has(+ * > .jp-RenderedImage):has(+ * + * > * > .mlplab-words) {{ display: none }}
</style>"""


def small_png(image):
    """Return a Pillow image as the bytes of a PNG file to be stored."""
    gc.collect()  # an earlier figure, 8 MB, whose parts refer to each other
    file = io.BytesIO()
    image.quantize(256).save(file, "PNG", optimize=True)  # a third of the bytes
    return file.getvalue()


def show(box, words, png=None, size=None):
    """Show a widget in a cell, and what the cell stores: words, a picture as bytes.

    `size` is the picture's width and height on the page, in CSS pixels.
    """
    # without text/plain: a terminal prints the words, once
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    display({"application/vnd.jupyter.widget-view+json": view}, raw=True)
    plain = {"text/plain": words}
    if png is not None:
        shown = {"image/png": base64.b64encode(png).decode(), **plain}
        on_page = dict(zip(("width", "height"), size, strict=True))
        display(shown, metadata={"image/png": on_page}, raw=True)
        plain = {}
    lines = html.escape(words).replace("\n", "<br>\n")
    said = f'<p class="mlplab-words">{lines}</p>\n{STYLE}'
    display({"text/html": said, **plain}, raw=True)
