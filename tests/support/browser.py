"""Chromium's pages: their errors, their notebook, and the explorers on them."""

import os
import time

import pytest
from playwright.sync_api import expect

from tools.chromium import CHROMIUM_NAMES, find_chromium

MILLISECONDS = 120_000  # for what takes a moment, on a busy machine
SCREEN = {"width": 1280, "height": 720}


def chromium_path():
    """Path of the system's Chromium. Without one: skip, but fail in CI."""
    if path := find_chromium():
        return path
    message = f"needs Chromium, found none of {', '.join(CHROMIUM_NAMES)}"
    if os.environ.get("CI"):
        pytest.fail(f"{message}; CI must have one (.ci/run installs it)")
    pytest.skip(message)


def open_page(
    browser, address, known=(), inside="", kinds=("error",), screen=SCREEN, **options
):
    """A page with a list of what goes wrong on it, but for `known` errors.

    A request to a place that is not `inside` is wrong as well.
    """
    page = browser.new_page(viewport=screen, **options)
    page.set_default_timeout(MILLISECONDS)
    page.errors = []

    def remember(text):
        if not any(part in text for part in known):
            page.errors.append(text[:200])

    def hear(message):
        if message.type in kinds:
            remember(f"{message.text} ({message.location['url']})")

    def ask(request):
        if not request.url.startswith(("data:", "blob:", inside)):
            remember(f"asks for {request.url}")

    page.on("pageerror", lambda error: remember(f"page error: {error}"))
    page.on("console", hear)
    page.on("request", ask)
    page.on("requestfailed", lambda r: remember(f"{r.failure}: {r.url}"))
    page.goto(address)
    return page


# Pictures that a page does not show.
BROKEN = """[...document.images]
    .filter(image => !image.complete || !image.naturalWidth)
    .map(image => (image.alt || image.src).slice(0, 80))"""

APP = "window.jupyterapp"
KERNEL = f"{APP}?.shell.currentWidget?.sessionContext?.session?.kernel"


def wait_for_kernel(page):
    """Wait until the notebook on a page can run."""
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")


def command(page, name, **arguments):
    """Run a command of JupyterLab or Notebook 7, to its end."""
    page.evaluate(
        """([name, arguments]) => {
            window.commanded = false;
            window.jupyterapp.commands.execute(name, arguments)
                .finally(() => { window.commanded = true; });
        }""",
        [name, arguments],
    )
    page.wait_for_function("window.commanded", timeout=3 * MILLISECONDS)


def run_all(page):
    """Run all cells of the notebook on a page."""
    wait_for_kernel(page)
    command(page, "notebook:run-all-cells")


def wait_for_text(locator, text):
    expect(locator).to_have_text(text, timeout=MILLISECONDS)


def wait_for_other_text(locator, text):
    expect(locator).not_to_have_text(text, timeout=MILLISECONDS)


FOCUSABLE = "button, [tabindex='0'], [contenteditable='true'], input"

CONTROLS = """root => {
    const controls = {};
    for (const group of root.querySelectorAll('.widget-slider, .widget-toggle-buttons'))
        controls[group.querySelector('.widget-label').innerText] =
            group.querySelector('.widget-readout, .mod-active').innerText;
    return controls;
}"""

# Base64, as it travels best.
PICTURE = """async root => {
    const file = await fetch(root.querySelector('.widget-image').src);
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
}"""

# Where each part is, from the corner of the explorer.
PLACES = """root => {
    const corner = root.getBoundingClientRect();
    const parts = '.widget-slider, .widget-toggle-buttons, button, .widget-image';
    const texts = [...root.children].filter(part => part.matches('.widget-html'));
    const visible = part => part.offsetParent !== null;
    return [...root.querySelectorAll(parts), ...texts].filter(visible).map(part => {
        const box = part.getBoundingClientRect();
        const name = part.querySelector('.widget-label')?.innerText || part.innerText;
        return [name.replace(/^. (done|to do):/, '') || part.className,
                Math.round(box.left - corner.left), Math.round(box.top - corner.top)];
    });
}"""

# Texts that do not fit their box, and parts that stick out of the cell.
CUT_OFF = """root => {
    const texts = '.widget-label, .widget-readout, button, .widget-html-content, pre';
    const right = root.parentElement.getBoundingClientRect().right;
    const visible = part => part.offsetParent !== null;
    const name = part => `${part.className}: ${part.innerText}`.slice(0, 100);
    return [
        ...[...root.querySelectorAll(texts)].filter(visible)
            .filter(part => part.scrollWidth > part.clientWidth).map(name),
        ...[root, ...root.querySelectorAll('*')].filter(visible)
            .filter(part => part.getBoundingClientRect().right > right + 1).map(name),
        ...(root.parentElement.scrollWidth > root.parentElement.clientWidth
            ? ['the output is wider than its cell'] : []),
    ];
}"""

# Text colour and the colour behind it, for each text.
COLOURS = """root => {
    const texts = '.widget-label, .widget-readout, button, .widget-html-content > *';
    return [...root.querySelectorAll(texts)]
        .filter(part => part.offsetParent !== null && part.innerText.trim())
        .map(part => {
            let behind = part, colour;
            do {
                colour = getComputedStyle(behind).backgroundColor;
                behind = behind.parentElement;
            } while (behind && /^(transparent|rgba\\(.*, 0\\))$/.test(colour));
            return [part.innerText, getComputedStyle(part).color, colour];
        });
}"""


class Cell:
    """An explorer on a page, in whatever front end: the n-th that is there."""

    def __init__(self, page, number=0, within=""):
        self.page = page
        # The box of an explorer is the one with the picture in it.
        box = f"{within} .widget-vbox:has(> .widget-image)"
        self.root = page.locator(box).nth(number)
        self.status = self.root.locator("[role=status]")
        self.sliders = self.root.locator(".widget-slider")
        self.buttons = self.root.locator("button.widget-button")

    def controls(self):
        """The text of each slider's readout and of each pressed toggle, by label."""
        return self.root.evaluate(CONTROLS)

    def picture(self):
        """The PNG file that is shown, as base64."""
        return self.root.evaluate(PICTURE)

    def places(self):
        """[[name, left, top], ...] of the parts, in pixels."""
        return self.root.evaluate(PLACES)

    def cut_off(self):
        """Texts that do not fit their box, and parts that stick out of the cell."""
        return self.root.evaluate(CUT_OFF)

    def colours(self):
        """[[text, its colour, the colour behind it], ...], as CSS writes them."""
        return self.root.evaluate(COLOURS)

    def wait_for_picture(self, wanted):
        """Wait until this is true of the picture, the PNG file as base64."""
        deadline = time.monotonic() + MILLISECONDS / 1000
        # Playwright's wait_for_function takes the promise of an asynchronous function
        # for its result.
        while not wanted(self.picture()):
            assert time.monotonic() < deadline, "the picture is not the one wanted"
            self.page.wait_for_timeout(50)
