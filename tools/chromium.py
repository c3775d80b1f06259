"""The system's Chromium, driven by Playwright."""

import contextlib
import shutil

from playwright.sync_api import sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def find_chromium():
    """The path of the system's Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@contextlib.contextmanager
def open_chromium(path):
    """The Chromium at this path, driven by Playwright."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=[*CHROMIUM_OPTIONS]
        )
        yield chromium
        chromium.close()
