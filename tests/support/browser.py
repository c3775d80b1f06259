"""Chromium's pages: their errors, their notebook, and the explorers on them."""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tools.chromium import CHROMIUM_NAMES, find_chromium

MILLISECONDS = 120_000  # for what takes a moment, on a busy machine
HELPERS = Path(__file__).with_name("page.js")
SCREEN = {"width": 1280, "height": 720}
FOLDERS = {"lab": "lab/tree", "notebook": "notebooks", "voila": "voila/render"}
# What anywidget says where a busy machine takes 2 seconds to begin; it goes on then.
SLOW = "[anywidget] Failed to initialize model"
# Errors of the front ends themselves: a notebook with one slider has them as well.
KNOWN_ERRORS = {
    "lab": [],
    "notebook": [
        "reading 'schema'",
        "'filebrowser:open-path' not registered",
        ".woff",
    ],
    # It asks the network for icons and MathJax; plugins for JupyterLab do not find it.
    "voila": ["https://cdn", "@deathbeds/", "@jupyterlab/docregistry"],
}


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
    page.add_init_script(path=HELPERS)
    page.errors = []

    def remember(text):
        if not any(part in text for part in (SLOW, *known)):
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

    def fail(request):
        # JupyterLab asks for a figure before it knows where its notebook is, then anew
        early = "/lab/tree/figures/" in request.url
        if not (early and request.failure == "net::ERR_ABORTED"):
            remember(f"{request.failure}: {request.url}")

    page.on("requestfailed", fail)
    page.goto(address)
    return page


def address(server, path, front_end="lab"):
    """The address of a notebook in a front end."""
    return server.address(f"{FOLDERS[front_end]}/notebooks/{path.name}")


def wait_for_kernel(page):
    """Wait until the notebook on a page can run."""
    page.wait_for_function("look.kernel()?.status === 'idle'")


def command(page, name, **arguments):
    """Run a command of JupyterLab or Notebook 7, to its end."""
    page.evaluate("look.command", [name, arguments])
    page.wait_for_function("window.commanded", timeout=3 * MILLISECONDS)


def run_all(page):
    """Run all cells of the notebook on a page."""
    wait_for_kernel(page)
    command(page, "notebook:run-all-cells")


def wait_for_text(locator, text):
    expect(locator).to_have_text(text, timeout=MILLISECONDS)


def wait_for_other_text(locator, text):
    expect(locator).not_to_have_text(text, timeout=MILLISECONDS)


FOCUSABLE = "button:not([tabindex='-1']), input, summary, pre"


class Cell:
    """An explorer on a page, in whatever front end: the n-th that is there."""

    def __init__(self, page, number=0, within=""):
        self.page, self.number = page, number
        self.root = page.locator(f"{within} .mlplab").nth(number)
        self.image = self.root.locator(".mlplab-picture")
        self.status = self.root.locator(".mlplab-status")
        self.story = self.root.locator(".mlplab-story")
        self.rows = self.root.locator(".mlplab-slider").filter(visible=True)
        self.sliders = self.rows.locator("[type=range]")
        self.buttons = self.root.locator("button")

    def slider(self, label):
        """The slider with a label."""
        return self.root.get_by_label(label, exact=True)

    def readout(self, label):
        """The field beside the slider with a label."""
        return self.root.get_by_label(f"{label}, typed", exact=True)

    def button(self, label):
        """The button with a label: no chooser's, whose buttons are radios."""
        return self.root.get_by_role("button", name=label, exact=True)

    def width(self):
        """The pixels of the picture, once they are as many as the screen has there."""
        # in one go: while the next picture loads, the width is 0
        sharp = "image => look.isSharp(image) && image.naturalWidth"
        image = self.image.element_handle()
        return self.page.wait_for_function(sharp, arg=image).json_value()

    def controls(self):
        """The text of each slider's readout and of each chosen button, by label."""
        return self.root.evaluate("look.controls")

    def picture(self):
        """The PNG file that is shown, as base64."""
        return self.root.evaluate("look.picture")

    def places(self):
        """[[name, left, top], ...] of the parts, in pixels."""
        return self.root.evaluate("look.places")

    def cut_off(self):
        """Texts that do not fit their box, and parts that stick out of the cell."""
        return self.root.evaluate("look.cutOff")

    def colours(self):
        """[[text, its colour, the colour behind it], ...], colours up to 1."""
        return self.root.evaluate("look.colours")

    def accessible(self):
        """What Chromium tells a screen reader: [(role, name, node), ...]."""
        session = self.page.context.new_cdp_session(self.page)
        of_page = f"document.querySelectorAll('.mlplab')[{self.number}]"
        root = session.send("Runtime.evaluate", {"expression": of_page})["result"]
        of_root = {"objectId": root["objectId"]}
        found = session.send("Accessibility.queryAXTree", of_root)
        session.detach()
        return [
            (n["role"]["value"], n.get("name", {}).get("value", ""), n)
            for n in found["nodes"]
            if not n["ignored"]
        ]

    def wait_for_picture(self, wanted):
        """Wait until this is true of the picture, the PNG file as base64."""
        deadline = time.monotonic() + MILLISECONDS / 1000
        # Playwright's wait_for_function takes the promise of an asynchronous function
        # for its result.
        while not wanted(self.picture()):
            assert time.monotonic() < deadline, "the picture is not the one wanted"
            self.page.wait_for_timeout(50)
