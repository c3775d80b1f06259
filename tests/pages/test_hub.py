"""A class on a hub, as a student meets it."""

import json
import time

import pytest
from playwright.sync_api import expect

from mlplab.explorers import explore_line
from support.browser import Cell, command, run_all
from support.explorers import at_data
from support.hub import TESTED, Hub
from tools.execute import COURSE, read

pytestmark = pytest.mark.skipif(not TESTED, reason="the hub's proxy needs npm")

NAME = "ada"
LESSON = COURSE[1]
ANSWER = "my_w1, my_w2, my_b = -1, 1, -0.5"
# What JupyterLab's own pages say while they go to the sign-in and to another page.
KNOWN = ["ERR_ABORTED", "Failed to load resource", "WebSocket", "403", "NetworkError"]


@pytest.fixture(scope="module")
def hub(browser, tmp_path_factory):
    """`make hub`, with one student whose pages are as tests need them."""
    hub = Hub(tmp_path_factory.mktemp("hub"))
    own = hub.home(NAME) / ".jupyter"
    tracker = own / "lab/user-settings/@jupyterlab/notebook-extension"
    tracker.mkdir(parents=True)
    expose = json.dumps({"LabApp": {"expose_app_in_browser": True}})
    (own / "jupyter_lab_config.json").write_text(expose)
    (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    yield hub
    hub.stop()


def sign_in(page, hub, password):
    page.goto(f"{hub.url}/hub/login")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def by_mouse(page, first, last):
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last, steps=5)
    page.mouse.up()


def open_lesson(page, hub):
    page.goto(f"{hub.url}/user/{NAME}/lab/tree/notebooks/{LESSON}?reset")
    page.locator(".jp-Notebook").wait_for()


def on_page(line, says):
    """Where the explorer's picture, as it opens, can be taken."""
    explorer = explore_line()
    handles = explorer.handles("picture").values()
    handle = next(each for each in handles if each.says.startswith(says))
    middle = [(a + b) / 2 for a, b in zip(handle.at[0], handle.at[-1], strict=True)]
    across, down = at_data(explorer, "picture", *middle)
    line.image.scroll_into_view_if_needed()
    box = line.image.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def answer_cell(page):
    return page.locator(".jp-CodeCell", has_text="line_for_only_x2(")


def test_a_students_answer_is_there_after_signing_out_and_in_again(hub, opened):
    page = opened("about:blank", known=KNOWN)
    began = time.monotonic()
    sign_in(page, hub, "not the password")
    page.get_by_text("Invalid username or password").wait_for()
    assert time.monotonic() - began > 1, "a wrong password waits"

    sign_in(page, hub, hub.password())
    page.wait_for_url(f"**/user/{NAME}/lab/tree/notebooks/{COURSE[0]}")
    open_lesson(page, hub)
    run_all(page)

    line = Cell(page)
    before = line.status.text_content()
    first, last = on_page(line, "move the line"), on_page(line, "turn the line")
    by_mouse(page, first, (last[0], first[1]))
    expect(line.status).not_to_have_text(before)

    cell = answer_cell(page)
    cell.locator(".cm-line").first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(ANSWER)
    command(page, "notebook:run-cell")
    expect(cell.locator(".jp-OutputArea-output")).to_contain_text("Correct")
    command(page, "docmanager:save")
    progress = json.loads((hub.home(NAME) / ".mlplab_progress.json").read_text())
    assert progress == ["01 a line by thought"]

    page.goto(f"{hub.url}/hub/logout")
    page.goto(f"{hub.url}/user/{NAME}/lab")
    page.get_by_label("Password").wait_for()
    sign_in(page, hub, hub.password())
    page.wait_for_url(f"**/user/{NAME}/**")
    open_lesson(page, hub)
    expect(answer_cell(page)).to_contain_text(ANSWER)
    cells = read(hub.home(NAME) / "notebooks" / LESSON).cells
    assert any(ANSWER in c.source for c in cells)
