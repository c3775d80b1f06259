"""What a file keeps of its widgets, in JupyterLab and Notebook 7, without a kernel."""

import base64
import io
import re

import pytest
from PIL import Image

from support.browser import KNOWN_ERRORS, address, command, run_all, wait_for_kernel
from tools.execute import NOTEBOOKS, read, to_text


def next_day(opened, address, said, kernel):
    """The page once more, where widgets are not found; its errors are known."""
    page = opened("about:blank", known=[""])
    if not kernel:
        page.route("**/api/sessions*", refuse_new)
    page.goto(address)
    lost = page.locator(".jp-OutputArea-output", has_text=said)
    lost.nth(1).wait_for(state="attached")
    return page


def refuse_new(route):
    route.abort() if route.request.method == "POST" else route.continue_()


def run_both(page):
    run_all(page)
    page.locator(".widget-toggle-buttons").nth(1).wait_for()  # of the quiz
    assert page.evaluate("look.storedParts") == []  # live, and nothing twice


@pytest.mark.parametrize(
    "front_end", ["lab", pytest.param("notebook", marks=pytest.mark.long)]
)
def test_the_stored_picture_and_words_show_when_the_kernel_is_gone(
    front_end, server, opened
):
    nb = read(NOTEBOOKS / "01_xor_truth_table.ipynb")
    cells = {cell.id: cell for cell in nb.cells}
    nb.cells = [cells[name] for name in ("imports", "play", "quiz")]
    outputs = [out.data for cell in nb.cells for out in cell.outputs]
    with Image.open(io.BytesIO(base64.b64decode(outputs[0]["image/png"]))) as picture:
        parts = [picture.width]
    parts += [o["text/plain"].replace("   ", "") for o in outputs if "text/plain" in o]
    assert len(parts) == 3
    # It need not be the last expression of its cell.
    begin, _, call = nb.cells[1].source.rpartition("\n")
    nb.cells[1].source = f"{begin}\ndisplay({call})\nprint('no more')"
    path = server.notebooks / f"kept-{front_end}.ipynb"
    path.write_text(to_text(nb), encoding="utf-8")

    place = address(server, path, front_end)
    page = opened(place, known=KNOWN_ERRORS[front_end])
    page.locator(".mlplab-words").nth(1).wait_for()
    assert page.evaluate("look.storedParts") == parts  # as committed
    run_both(page)
    command(page, "docmanager:save")
    page.evaluate("look.kernel().shutdown()")
    page.close()

    page = next_day(opened, place, "Loading widget", kernel=False)
    assert page.evaluate("look.storedParts") == parts
    page.close()
    # A new kernel knows no such widget.
    page = next_day(opened, place, "model not found", kernel=True)
    assert page.evaluate("look.storedParts") == parts
    run_both(page)
    page.close()

    # In a copy that is not trusted the front end cleans what it shows.
    nb = read(path)
    assert sum("text/html" in out.data for out in nb.cells[1].outputs[:3]) == 1
    nb.cells[1].outputs[2].data["text/html"] += "<!-- another's -->"
    nb.cells[2].outputs[1].data["text/html"] += "<!-- another's -->"
    path.write_text(to_text(nb), encoding="utf-8")
    page = opened(place, known=[""])
    page.locator(".jp-RenderedHTML:not(.jp-mod-trusted)").nth(1).wait_for()
    wait_for_kernel(page)
    shown = page.locator(".jp-RenderedHTML, .jp-RenderedImage img").filter(visible=True)
    assert shown.count() == len(parts)
    assert page.get_by_text(re.compile("displaying widget|Loading")).count() == 0
