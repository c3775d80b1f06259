"""From a key press to the new picture, in JupyterLab, seen by the browser itself.

One notebook holds our explorer and, to compare, the usual `interact`, which trains anew
with a PyTorch loop and draws with matplotlib. The two take turns.
"""

import inspect
import re
import tempfile
from pathlib import Path

import nbformat
import numpy as np

from support.lab import Lab
from tools.execute import KERNELSPEC

from .contenders import fit_with_pytorch
from .report import duration, table, times

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
    model, losses = fit_with_pytorch((2, 2, 1), learning_rate, 777, 10_001)
    with torch.no_grad():
        probs = model(grid).reshape(61, 61).T
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.6))
    axes[0].plot(losses)
    axes[1].contourf(side, side, probs, levels=20)
    axes[1].contour(side, side, probs, levels=[0.5])
    plt.show()
    print(f"learning rate {learning_rate:.3g}, loss {losses[-1]:.4f}")
"""
OURS, USUAL = "mlplab, explore_backprop", "interact with a PyTorch loop"
CELLS = {
    OURS: "from mlplab.explorers import explore_backprop\n\nexplore_backprop()",
    USUAL: IMPORTS + inspect.getsource(fit_with_pytorch) + INTERACT,
}
PRESSES = {OURS: 10, USUAL: 1}  # in a round: the latter take seconds
ROUNDS = 10

IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
# The milliseconds from the next key press until a picture with another address than
# now is there, decoded.
WATCH = """(cell, wait) => {
    const picture = () => cell.querySelector(".jp-OutputArea img");
    const before = picture().src;
    let pressed;
    const hear = event => { pressed = event.timeStamp; };
    addEventListener("keydown", hear, { capture: true, once: true });
    window.latency = new Promise((resolve, reject) => {
        setTimeout(() => reject("no new picture"), wait);
        const observer = new MutationObserver(async () => {
            const image = picture();
            if (!image?.src || image.src === before) return;
            try { await image.decode(); } catch { return; }
            observer.disconnect();
            resolve(performance.now() - pressed);
        });
        observer.observe(cell, { subtree: true, childList: true, attributes: true });
    });
}"""


def open_and_run(page, address):
    """Run all cells; return {name: cell}, each with a slider and a picture."""
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    page.wait_for_function(f"{IDLE} === 'idle'")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    cells = {}
    for number, name in enumerate(CELLS):
        cells[name] = page.locator(".jp-CodeCell").nth(number)
        cells[name].locator(".jp-OutputArea img").first.wait_for()
    return cells


def press(cell, key):
    """Press a key on a cell's learning rate; return the milliseconds to the picture."""
    row = cell.locator(".widget-hslider", has_text=re.compile("learning.rate"))
    row.locator(".noUi-handle").focus()
    cell.evaluate(WATCH, WAIT_MS)
    cell.page.keyboard.press(key)
    return cell.page.evaluate("latency")


def latencies(browser):
    """Milliseconds of every key press, {name: list}."""
    found = {name: [] for name in CELLS}
    with tempfile.TemporaryDirectory() as folder:
        server = Lab(Path(folder))
        try:
            nb = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
            nb.cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
            nbformat.write(nb, server.notebooks / "bench.ipynb")
            # all cells stay in the page
            server.change_setting("notebook-extension:tracker", windowingMode="none")
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            cells = open_and_run(page, server.address("lab/tree/notebooks/bench.ipynb"))
            for number in range(ROUNDS + 1):
                key = ("ArrowRight", "ArrowLeft")[number % 2]
                for name, cell in cells.items():
                    of_round = [press(cell, key) for _ in range(PRESSES[name])]
                    if number > 0:  # the first round is a rehearsal
                        found[name] += of_round
            page.close()
        finally:
            server.stop()
    return found


def key_presses(browser):
    """A table of the milliseconds from a key press to the new picture."""
    rows = []
    for name, found in latencies(browser).items():
        middle, late = np.percentile(found, (50, 95), method="inverted_cdf")
        if name == OURS:  # the first
            ours = middle
        texts = duration(middle / 1000), duration(late / 1000), times(middle / ours)
        rows.append((name, str(len(found)), *texts))
    return table(
        "Key press to new picture: 2-2-1, 10,001 steps, JupyterLab in Chromium",
        ("", "presses", "median", "95 %", "beside mlplab"),
        rows,
    )
