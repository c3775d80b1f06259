"""A Jupyter server of its own, and what the browser tests read from its pages."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request

from tools.execute import NOTEBOOKS

SECONDS_TO_START = 60
SECONDS_TO_DRAW = 60


class Server:
    """JupyterLab, Notebook 7 and Voila for a folder, with the token switched on.

    Configuration, settings, workspaces and data are in `folder`: nothing of the
    reader's is used or changed. Kernels import the course's package.
    """

    def __init__(self, folder, notebooks):
        own = {
            "JUPYTER_CONFIG_DIR": folder / "config",
            "JUPYTER_DATA_DIR": folder / "data",
            "JUPYTER_RUNTIME_DIR": folder / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
            "IPYTHONDIR": folder / "ipython",
            "PYTHONPATH": NOTEBOOKS,
        }
        environment = os.environ | {name: str(path) for name, path in own.items()}
        environment.pop("MPLBACKEND", None)
        self._log = folder / "server.log"
        options = [
            "--no-browser",
            "--port=0",
            f"--ServerApp.root_dir={notebooks}",
            # Tests run its commands, such as that which changes the theme.
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--allow-root")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait(own["JUPYTER_RUNTIME_DIR"])

    def _wait(self, runtime):
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self._process.poll() is None:
            # The file is there a little before the server answers.
            with contextlib.suppress(OSError, StopIteration, json.JSONDecodeError):
                path = next(runtime.glob("jpserver-*.json"))
                self._found = json.loads(path.read_text())
                urllib.request.urlopen(self.address("api")).close()
                return
            time.sleep(0.1)
        self.stop()
        raise AssertionError(f"JupyterLab did not start:\n{self._log.read_text()}")

    def address(self, path):
        """The address of a page, such as lab/tree/x.ipynb, with the token."""
        return f"{self._found['url']}{path}?token={self._found['token']}"

    def change_setting(self, plugin, **settings):
        """Set settings of a JupyterLab plugin, for pages that are opened later."""
        request = urllib.request.Request(
            self.address(f"lab/api/settings/{plugin}"),
            data=json.dumps({"raw": json.dumps(settings)}).encode(),
            headers={"Authorization": f"token {self._found['token']}"},
            method="PUT",
        )
        urllib.request.urlopen(request).close()

    def stop(self):
        """End the server, which ends its kernels."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


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

    def __init__(self, page, number):
        self.page = page
        # The box of an explorer is the one with the picture in it.
        self.root = page.locator(".widget-vbox:has(> .widget-image)").nth(number)
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
        deadline = time.monotonic() + SECONDS_TO_DRAW
        # Playwright's wait_for_function takes the promise of an asynchronous function
        # for its result.
        while not wanted(self.picture()):
            assert time.monotonic() < deadline, "the picture is not the one wanted"
            self.page.wait_for_timeout(50)
