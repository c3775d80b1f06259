"""From a key press to the new picture, in JupyterLab, seen by the browser itself.

One notebook holds our explorers and, to compare, the usual `interact`, which trains
anew with a PyTorch loop and draws with matplotlib. The three take turns.
"""

import contextlib
import re
import tempfile
import time
from pathlib import Path

import nbformat

from support.lab import Lab
from tools.chromium import CHROMIUM_NAMES, find_chromium, open_chromium
from tools.execute import KERNELSPEC

from .report import duration, percentile, table, times

ROUNDS, PRESSES = 5, 10  # of each of our explorers in a round
USUAL_PRESSES = 1  # each takes seconds
DRAG_MOVES, DRAG_MS = 50, 16  # a mouse reports about 60 times a second
QUIET_MS = 1_500  # a drag is over when no picture has come for so long
WAIT_MS = 240_000

USUAL = """
import matplotlib.pyplot as plt
import torch
from ipywidgets import FloatLogSlider, interact

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
side = torch.linspace(-0.5, 1.5, 61)
grid = torch.cartesian_prod(side, side)


@interact(learning_rate=FloatLogSlider(value=1, base=10, min=-2, max=2, step=0.05))
def show(learning_rate):
    torch.manual_seed(777)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 2), torch.nn.Sigmoid(),
        torch.nn.Linear(2, 1), torch.nn.Sigmoid(),
    )
    loss_fn = torch.nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for step in range(10_001):
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        probs = model(grid).reshape(61, 61).T
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.6))
    axes[0].plot(losses)
    axes[1].contourf(side, side, probs, levels=20)
    axes[1].contour(side, side, probs, levels=[0.5])
    plt.show()
    print(f"learning rate {learning_rate:.3g}, loss {losses[-1]:.4f}")
"""
CELLS = {
    "usual interact, PyTorch loop, 2-2-1": USUAL,
    "explore_backprop, 2-2-1": (
        "from mlplab.explorers import explore_backprop, explore_depth\n\n"
        "explore_backprop()"
    ),
    "explore_depth, 4 layers of width 10": "explore_depth()",
}
USUAL_NAME = next(iter(CELLS))

# In the page: when a key went down, when the pointer last moved, and when a picture
# with another address than before was there, decoded.
WATCH = """
window.bench = {
  picture: cell => cell.querySelector(".jp-OutputArea img"),
  watch(cell) {
    const bench = window.bench;
    bench.observer?.disconnect();
    bench.shown = [];
    let source = bench.picture(cell)?.src;
    bench.observer = new MutationObserver(async () => {
      const image = bench.picture(cell);
      if (!image?.src || image.src === source) return;
      source = image.src;
      try { await image.decode(); } catch { return; }
      bench.shown.push(performance.now());
    });
    bench.observer.observe(cell, {
      subtree: true, childList: true, attributes: true, attributeFilter: ["src"],
    });
  },
};
addEventListener("keydown", e => { bench.pressed = e.timeStamp; }, true);
addEventListener("pointermove", e => { bench.moved = e.timeStamp; }, true);
"""


def open_and_run(page, address):
    """Run all cells; wait until each shows a slider and a picture."""
    page.goto(address)
    kernel = page.get_by_role("button", name=KERNELSPEC["display_name"])
    kernel.first.wait_for(timeout=WAIT_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    page.wait_for_function(
        "count => [...document.querySelectorAll('.jp-CodeCell .jp-OutputArea')]"
        ".filter(output => output.querySelector('.noUi-handle'))"
        ".filter(output => output.querySelector('img')).length === count",
        arg=len(CELLS),
        timeout=WAIT_MS,
    )
    page.evaluate(WATCH)


def write_notebook(folder):
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
    nb.cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    nbformat.write(nb, folder / "bench.ipynb")


class Watched:
    """One cell of the notebook, with its learning rate slider."""

    def __init__(self, page, number):
        self.page = page
        self.cell = page.locator(".jp-CodeCell").nth(number)
        label = re.compile("learning.rate")
        self.row = self.cell.locator(".widget-hslider").filter(has_text=label)
        self.handle = self.row.locator(".noUi-handle")

    def watch(self):
        self.cell.evaluate("cell => bench.watch(cell)")

    def press(self, key):
        """Press an arrow key on the slider; return the milliseconds to the picture."""
        self.handle.focus()
        self.watch()
        self.page.keyboard.press(key)
        self.page.wait_for_function("bench.shown.length > 0", timeout=WAIT_MS)
        return self.page.evaluate("bench.shown[0] - bench.pressed")

    def drag(self):
        """Drag to the right; return the milliseconds from the last move to the end.

        Raises AssertionError unless the last picture is that of the last value.
        """
        self.handle.scroll_into_view_if_needed()
        box = self.handle.bounding_box()
        track = self.row.locator(".noUi-base").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        step = (track["x"] + track["width"] - x) / (DRAG_MOVES + 5)
        self.watch()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for move in range(1, DRAG_MOVES + 1):
            self.page.mouse.move(x + move * step, y)
            self.page.wait_for_timeout(DRAG_MS)
        self.page.mouse.up()
        last = self.settled()
        assert self.trained_rate() == self.slider_rate(), "not the last value's picture"
        return last

    def settled(self):
        """Wait for the end of a drag; return when its last picture came."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while True:
            self.page.wait_for_timeout(QUIET_MS / 5)
            quiet, last = self.page.evaluate(
                "[performance.now() - Math.max(bench.moved, ...bench.shown),"
                " Math.max(...bench.shown) - bench.moved]"
            )
            done = self.trained_rate() == self.slider_rate()
            if quiet > QUIET_MS and (done or time.monotonic() > deadline):
                return last

    def slider_rate(self):
        return float(f"{float(self.row.locator('.widget-readout').inner_text()):.3g}")

    def trained_rate(self):
        """The learning rate that the cell says it trained with, None while empty."""
        text = self.cell.locator(".jp-OutputArea").first.inner_text()
        rates = re.findall(r"learning rate (\d[\d.e+-]*\d|\d)[,\s]", text)
        return float(rates[-1]) if rates else None


def measure(page):
    """Milliseconds by cell: of every key press, and of a drag."""
    cells = {name: Watched(page, number) for number, name in enumerate(CELLS)}
    presses = {name: [] for name in CELLS}
    for cell in cells.values():
        for key in ("ArrowRight", "ArrowLeft"):  # a rehearsal
            cell.press(key)
    for number in range(ROUNDS):
        key = ("ArrowRight", "ArrowLeft")[number % 2]
        for name, cell in cells.items():
            for _ in range(USUAL_PRESSES if name == USUAL_NAME else PRESSES):
                presses[name].append(cell.press(key))
    drags = {name: cell.drag() for name, cell in cells.items()}
    return presses, drags


def main():
    path = find_chromium()
    if path is None:
        print(f"\npage: not measured, found none of {', '.join(CHROMIUM_NAMES)}")
        return
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        server = Lab(Path(name))
        stack.callback(server.stop)
        write_notebook(server.notebooks)
        # all cells stay in the page
        server.change_setting("notebook-extension:tracker", windowingMode="none")
        browser = stack.enter_context(open_chromium(path))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        open_and_run(page, server.address("lab/tree/notebooks/bench.ipynb"))
        presses, drags = measure(page)

    usual = percentile(presses[USUAL_NAME], 50)
    table(
        "Key press to new picture, JupyterLab in Chromium",
        ("", "presses", "median", "95 %", "usual / this", f"drag of {DRAG_MOVES}"),
        [
            (
                name,
                len(found),
                duration(percentile(found, 50) / 1000),
                duration(percentile(found, 95) / 1000),
                times(usual / percentile(found, 50)),
                duration(drags[name] / 1000),
            )
            for name, found in presses.items()
        ],
    )
    print("  drag: from its last move to the last picture, which was the last value's")
    print("  (below 0: that move did not change the value, its picture was there)")
