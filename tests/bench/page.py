"""The explorers in JupyterLab, seen by the browser itself: key presses and drags.

One notebook holds our explorers and, to compare, the usual `interact`, which trains
anew with a PyTorch loop and draws with matplotlib. All take turns.
"""

import inspect
import re
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np

from support.lab import Lab
from tools.execute import KERNELSPEC

from .contenders import fit_with_pytorch
from .report import digits, duration, table, times

WAIT_MS = 240_000
IMPORTS = """
import itertools
import matplotlib.pyplot as plt
import torch
from ipywidgets import FloatLogSlider, interact

"""
INTERACT = """
side = torch.linspace(-0.5, 1.5, 61)
grid = torch.cartesian_prod(side, side)


@interact(learning_rate=FloatLogSlider(value=1, base=10, min=-2, max=2, step=0.05))
def show(learning_rate):
    model, losses = fit_with_pytorch({sizes}, learning_rate, 777, {steps})
    with torch.no_grad():
        probs = model(grid).reshape(61, 61).T
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.6))
    axes[0].plot(losses)
    axes[1].contourf(side, side, probs, levels=20)
    axes[1].contour(side, side, probs, levels=[0.5])
    plt.show()
    print(f"learning rate {{learning_rate:.3g}}, loss {{losses[-1]:.4f}}")
"""
STEPS = 10_001
RATE = "learning rate"


class Measured(NamedTuple):
    """How an explorer is measured.

    slider  whose keys are pressed
    usual   sizes of the network that the usual `interact` trains instead
    drag    where a drag begins and turns back, in fractions of the picture
    """

    slider: str
    usual: tuple | None = None
    drag: tuple | None = None


EXPLORERS = {
    "line": Measured("w1", (2, 2, 1), ((0.405, 0.564), (0.7, 0.35))),
    "perceptron": Measured(RATE),  # a run of 300 steps, not of as many as the others
    "backprop": Measured(RATE, (2, 2, 1), ((0.12, 0.75), (0.55, 0.75))),
    "training": Measured(RATE, (2, 2, 1), ((0.12, 0.75), (0.5, 0.75))),
    "depth": Measured(RATE, (2, 10, 10, 10, 1), ((0.1, 0.8), (0.32, 0.8))),
    "outcomes": Measured(RATE, (2, 2, 1), ((0.12, 0.15), (0.55, 0.8))),
    "valley": Measured(RATE),
    "graph": Measured("position"),
    "slope": Measured("t"),
    "folding": Measured("step"),
    "xor": Measured("step"),
    "pad": Measured("pen column"),
}
PRESSES = 10  # of an explorer in a round; of the usual, which takes seconds, one
ROUNDS = 10
DRAGS = 3  # of an explorer
DRAG_S, MOVE_S, CROSSINGS = 2, 0.008, 4  # a drag, between moves, how often to and fro

PICTURE = ".mlplab-picture, .jp-OutputArea .widget-output img"
IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
# From now on: when the latest key press or move was, and when pictures with another
# address than before were there, decoded. What is overtaken while it is decoded is
# never seen, and does not count.
WATCH = """(cell, selector) => {
    const picture = () => cell.querySelector(selector);
    let shown = picture().src;
    const seen = window.seen = { event: 0, pictures: [] };
    const hear = event => { seen.event = event.timeStamp; };
    for (const kind of ["keydown", "pointermove"])
        addEventListener(kind, hear, { capture: true });
    const observer = new MutationObserver(async () => {
        const image = picture();
        if (!image?.src || image.src === shown) return;
        shown = image.src;
        try { await image.decode(); } catch { return; }
        seen.pictures.push(performance.now());
    });
    observer.observe(cell, { subtree: true, childList: true, attributes: true });
    seen.end = () => {
        observer.disconnect();
        for (const kind of ["keydown", "pointermove"])
            removeEventListener(kind, hear, { capture: true });
        return [seen.event, seen.pictures];
    };
}"""


def cells():
    """The code of each cell: of an explorer by its name, of the usual by its sizes."""
    found = {
        name: f"from mlplab.explorers import explore_{name}\n\nexplore_{name}()"
        for name in EXPLORERS
    }
    loop = IMPORTS + inspect.getsource(fit_with_pytorch)
    networks = sorted({shown.usual for shown in EXPLORERS.values() if shown.usual})
    return found | {
        sizes: loop + INTERACT.format(sizes=sizes, steps=STEPS) for sizes in networks
    }


def open_and_run(page, address, names):
    """Run all cells; return {name: cell}, each with a slider and a picture."""
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    page.wait_for_function(f"{IDLE} === 'idle'")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    found = {}
    for number, name in enumerate(names):
        found[name] = page.locator(".jp-CodeCell").nth(number)
        found[name].locator(PICTURE).first.wait_for()
    return found


def slider(cell, name):
    """What takes a cell's keys."""
    if name in EXPLORERS:
        return cell.get_by_label(EXPLORERS[name].slider, exact=True)
    row = cell.locator(".widget-hslider", has_text=re.compile("learning.rate"))
    return row.locator(".noUi-handle")


def press(cell, name, key):
    """Press a key on a slider; return the milliseconds to the picture."""
    slider(cell, name).focus()
    cell.evaluate(WATCH, PICTURE)
    cell.page.keyboard.press(key)
    cell.page.wait_for_function("seen.pictures.length")
    pressed, pictures = cell.page.evaluate("seen.end()")
    return pictures[0] - pressed


def drag(cell, start, end):
    """Drag in a picture, to and fro; return pictures in a second, and the last's lag.

    The last of the moves leaps, so that it needs another picture.
    """
    picture, mouse = cell.locator(".mlplab-picture"), cell.page.mouse
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    corner, size = np.array([[box["x"], box["y"]], [box["width"], box["height"]]])
    start, end = corner + size * start, corner + size * end
    mouse.move(*start)
    mouse.down()
    cell.evaluate(WATCH, PICTURE)
    began = time.monotonic()
    for due in np.arange(began, began + DRAG_S, MOVE_S):
        time.sleep(max(0, due - time.monotonic()))
        share = CROSSINGS * (time.monotonic() - began) / DRAG_S % 2
        mouse.move(*start + (1 - abs(1 - share)) * (end - start))
        if time.monotonic() > began + DRAG_S:
            break
    mouse.move(*end)
    quiet = "performance.now() - Math.max(seen.event, seen.pictures.at(-1) ?? 0) > 1000"
    cell.page.wait_for_function(quiet)
    moved, pictures = cell.page.evaluate("seen.end()")
    mouse.move(*start)  # where the next drag takes it
    mouse.up()
    during = [at for at in pictures if at < moved]
    return len(during) / DRAG_S, pictures[-1] - moved


def measure(page, found):
    """Milliseconds of every key press, {name: list}, and drags, {name: [pairs]}."""
    presses, drags = {name: [] for name in found}, {}
    keys = ("ArrowLeft", "ArrowRight")  # to and fro; some explorers open at the end
    for number in range(ROUNDS + 1):
        for name, cell in found.items():
            count = PRESSES if name in EXPLORERS else 1
            ms = [
                press(cell, name, keys[(number * count + n) % 2]) for n in range(count)
            ]
            if number > 0:  # the first round is a rehearsal
                presses[name] += ms
    for _ in range(DRAGS):
        for name, shown in EXPLORERS.items():
            if shown.drag:
                drags.setdefault(name, []).append(drag(found[name], *shown.drag))
    return presses, drags


def latencies(browser):
    """What `measure` finds in a page of JupyterLab."""
    code = cells()
    with tempfile.TemporaryDirectory() as folder:
        server = Lab(Path(folder))
        try:
            nb = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
            nb.cells = [nbformat.v4.new_code_cell(source) for source in code.values()]
            nbformat.write(nb, server.notebooks / "bench.ipynb")
            # all cells stay in the page
            server.change_setting("notebook-extension:tracker", windowingMode="none")
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            address = server.address("lab/tree/notebooks/bench.ipynb")
            measured = measure(page, open_and_run(page, address, code))
            page.close()
        finally:
            server.stop()
    return measured


def in_the_page(browser):
    """Tables of key presses, beside the usual `interact`, and of drags."""
    presses, drags = latencies(browser)
    rows = []
    for name, shown in EXPLORERS.items():
        ours, late = np.percentile(presses[name], (50, 95), method="inverted_cdf")
        texts = duration(ours / 1000), duration(late / 1000), "", "", ""
        if shown.usual:
            middle = np.median(presses[shown.usual])
            sizes = "-".join(map(str, shown.usual))
            texts = *texts[:2], sizes, duration(middle / 1000), times(middle / ours)
        rows.append((f"{name}: {shown.slider}", *texts))
    yield table(
        f"Key press to new picture: {STEPS:,} steps, in JupyterLab",
        (
            "mlplab",
            "median",
            "95 %",
            "interact with PyTorch",
            "median",
            "beside mlplab",
        ),
        rows,
    )
    yield table(
        f"A drag in the picture: {DRAG_S} s, a move every {1000 * MOVE_S:g} ms",
        ("mlplab", "pictures per second", "lag of the last"),
        [
            (name, digits(rate), duration(lag / 1000))
            for name, found in drags.items()
            for rate, lag in [np.median(found, axis=0)]
        ],
    )
