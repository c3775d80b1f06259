"""The pages of `make site`, as files and as a reader's browser shows them."""

import base64
import re

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from support.korean import HANGUL
from support.rules import explores, without_code
from tools import export, site
from tools.execute import COURSE, NOTEBOOKS, ROOT, WIDGET_VIEW, read, to_text
from tools.korean import korean_name
from tools.languages import HOMES, language_of

NARROW = 390
KOREAN = tuple(map(korean_name, COURSE))
PNG = "image/png"


class Page:
    """What a test wants to know of a page: its pictures."""

    def __init__(self, text):
        soup = BeautifulSoup(text, "html.parser")
        # (src, alt, the words below) of every img
        self.pictures = [(i["src"], i.get("alt"), words_below(i)) for i in soup("img")]


def words_below(image):
    """The first words of an explorer after a picture, before the next picture."""
    for tag in image.find_all_next(["img", "p"]):
        if tag.name == "img" or "mlplab-words" in tag.get("class", []):
            return tag.get_text()
    return ""


@pytest.fixture(scope="module")
def folder(quick_site):
    return quick_site


@pytest.fixture(scope="module")
def pages(folder):
    def page(name):
        path = folder / HOMES[language_of(name)] / export.page_name(name)
        return Page(path.read_text(encoding="utf-8"))

    return {name: page(name) for name in (*export.PAGES, *KOREAN)}


def stored_pictures(name):
    """(cell, data) of the notebook's outputs with a picture."""
    for cell in read(NOTEBOOKS / name).cells:
        for output in cell.get("outputs", []):
            if PNG in output.get("data", {}):
                yield cell, output.data


def data_uri(png):
    return f"data:{PNG};base64,{png.strip()}"


@pytest.mark.parametrize("name", COURSE + KOREAN)
def test_every_stored_picture_is_on_the_page(name, pages):
    shown = [src for src, _, _ in pages[name].pictures]
    for cell, data in stored_pictures(name):
        assert data_uri(data[PNG]) in [src.strip() for src in shown], cell.id


@pytest.mark.parametrize("name", COURSE + KOREAN)
def test_every_explorer_has_its_status_below_and_as_alt_text(name, pages):
    words = {src: (alt, below) for src, alt, below in pages[name].pictures}
    explorers = {
        cell.id: data for cell, data in stored_pictures(name) if explores(cell)
    }
    called = [cell.id for cell in read(NOTEBOOKS / name).cells if explores(cell)]
    assert list(explorers) == called, "an explorer without a stored picture"
    for cell_id, data in explorers.items():
        status = data["text/plain"]
        assert words[data_uri(data[PNG])] == (status, status), cell_id


@pytest.mark.parametrize("name", COURSE + KOREAN)
def test_every_picture_has_words_that_describe_it(name, pages):
    for src, alt, _ in pages[name].pictures:
        assert alt and len(alt.split()) >= 5, src[:60]
        assert not re.search(r"<Figure|No description|[$\\`]|\*\S|\S\*", alt), alt


@pytest.mark.parametrize("name", COURSE)
def test_korean_words_of_a_picture_stand_where_the_english_ones_do(name, pages):
    english, korean = (pages[each].pictures for each in (name, korean_name(name)))
    for (_, alt, below), (_, words, _) in zip(english, korean, strict=True):
        assert HANGUL.search(words), words
        if alt != below:  # no explorer's status
            shown = [bool(export.SHOWN.search(text)) for text in (alt, words)]
            assert shown[0] == shown[1], words


@pytest.mark.parametrize("name", COURSE)
def test_every_figure_of_the_prose_is_inside_the_page(name, pages):
    named = re.findall(
        r'src="\.\./figures/([^"]+)"',
        without_code(
            "\n".join(
                cell.source
                for cell in read(NOTEBOOKS / name).cells
                if cell.cell_type == "markdown"
            )
        ),
    )
    shown = [
        base64.b64decode(src.partition("base64,")[2])
        for src, _, _ in pages[name].pictures
        if src.startswith("data:image/svg+xml")
    ]
    assert shown == [(ROOT / "figures" / svg).read_bytes() for svg in named]


def test_a_second_export_gives_the_same_bytes(folder):
    name = COURSE[1]
    again = export.export(NOTEBOOKS / name, bar=site.bar(name))
    assert again == (folder / export.page_name(name)).read_text(encoding="utf-8")


# The words of pictures that are not explorers


def picture(source="plots.draw_gates();", **metadata):
    data = {PNG: "", "text/plain": "<Figure size 260x260 with 1 Axes>"}
    output = new_output("display_data", data)
    return new_code_cell(source, outputs=[output], metadata=metadata)


def alt_of(cells):
    place = next(i for i, cell in enumerate(cells) if cell.get("outputs"))
    return export.picture_words(cells, place, cells[place].outputs[0])


BEFORE = new_markdown_cell("## Before\n\nFirst.\n\nIt leads to the picture.")
AFTER = new_markdown_cell("It follows.\n\nMore.")


@pytest.mark.parametrize(
    ("cells", "alt"),
    [
        ([BEFORE, picture(), AFTER], "It follows."),
        ([BEFORE, new_code_cell("x = 1"), picture(), AFTER], "It follows."),
        ([BEFORE, picture(), new_code_cell("x = 1")], "It leads to the picture."),
        ([BEFORE, picture()], "It leads to the picture."),
        (
            [BEFORE, picture(), new_markdown_cell("## Next\n\nOther.")],
            "It leads to the picture.",
        ),
        (
            [BEFORE, picture(), new_markdown_cell("Other.\n\nThe picture shows it.")],
            "The picture shows it.",
        ),
        (
            [new_markdown_cell("The pictures show it."), picture(), AFTER],
            "The pictures show it.",
        ),
        (
            [BEFORE, picture(), new_markdown_cell("Other.\n\n그림은 이것입니다.")],
            "그림은 이것입니다.",
        ),
        (
            [new_markdown_cell("큰 그림 A, B에는 있습니다."), picture(), AFTER],
            "큰 그림 A, B에는 있습니다.",
        ),
        (
            [new_markdown_cell("그림자는 큽니다."), picture(), AFTER],
            "It follows.",
        ),
        ([BEFORE, picture(alt="Said by hand."), AFTER], "Said by hand."),
        (
            [new_markdown_cell("So:\n\n$$x$$\n\n| a |\n|---|"), picture()],
            "So:",
        ),
    ],
)
def test_which_words_a_picture_gets(cells, alt):
    assert alt_of(cells) == alt


@pytest.mark.parametrize(
    ("markdown", "alt"),
    [
        (r"at $w_1 = 4$, **not** `w2`", "at w_1 = 4, not w2"),
        (r"the point $(\tfrac12, \tfrac12)$", "the point (1/2, 1/2)"),
        (r"below $\ln 2 - \frac{y}{n}$", "below ln 2 - (y)/(n)"),
        (r"is $\text{probs} - y$, see [00](00.ipynb)", "is probs - y, see 00"),
        (r"$a \cdot b \le 10^{-8}$", "a times b at most 10^-8"),
        (r"$X\,W_1\; \qquad b_1$", "X W_1 b_1"),
        ("two\nlines", "two lines"),
    ],
)
def test_words_are_plain_text(markdown, alt):
    assert alt_of([picture(), new_markdown_cell(markdown)]) == alt


def test_a_notebook_saved_by_a_reader_shows_its_pictures_too(tmp_path):
    nb = read(NOTEBOOKS / COURSE[1])
    cell = next(cell for cell in nb.cells if explores(cell))
    view = {WIDGET_VIEW: {"model_id": "a", "version_major": 2}}
    cell.outputs.insert(0, new_output("display_data", view))
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    path = tmp_path / COURSE[1]
    path.write_text(to_text(nb), encoding="utf-8")
    page = Page(export.export(path))
    status = cell.outputs[1].data["text/plain"]
    assert status in [words for _, _, words in page.pictures]


# In a browser without a network


def count_formulas(name):
    return sum(
        len(re.findall(r"\$\$.+?\$\$|\$.+?\$", without_code(cell.source), re.DOTALL))
        for cell in read(NOTEBOOKS / name).cells
        if cell.cell_type == "markdown"
    )


@pytest.mark.parametrize("name", [*COURSE, KOREAN[3]])
def test_a_page_works_from_disk_without_a_network(name, folder, opened):
    page = opened(
        (folder / HOMES[language_of(name)] / export.page_name(name)).as_uri(),
        inside=folder.as_uri(),
        kinds=("error", "warning"),
        offline=True,
    )
    page.wait_for_function("window.MathJax?.startup?.promise")
    page.evaluate("MathJax.startup.promise.then(() => null)")
    assert not page.evaluate("look.brokenPictures")
    assert page.locator("mjx-container").count() == count_formulas(name)
    assert page.locator("[data-mjx-error]").count() == 0

    # on a narrow screen, what is too wide scrolls in its own box; nothing is cut off
    page.set_viewport_size({"width": NARROW, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.evaluate("look.hiddenParts")


CELLS = {
    "title": "# A page\n\n[Why?](#Its-limits)",
    "why": "## Deeper: why $x$\n\nFor those who ask.",
    "limits": "### Its limits\n\nNone of $y$.",
    "next": "## Next\n\nThe core goes on.",
}


def test_what_goes_deeper_folds(folder, opened, tmp_path):
    nb = new_notebook(
        cells=[new_markdown_cell(text, id=i) for i, text in CELLS.items()]
    )
    source = tmp_path / COURSE[0]
    source.write_text(to_text(nb), encoding="utf-8")
    target = folder / "deeper.html"
    target.write_text(export.export(source), encoding="utf-8")
    page = opened(target.as_uri(), offline=True)
    folded = [page.get_by_text(text) for text in ("For those who ask", "None of")]
    shown = [page.get_by_text(text) for text in ("Deeper: why", "The core goes on")]

    def visible():
        return [text.is_visible() for text in folded + shown]

    assert visible() == [False, False, True, True]
    shown[0].click()
    assert visible() == [True] * 4
    shown[0].click()
    assert visible() == [False, False, True, True]
    page.get_by_role("link", name="Why?").click()  # to a heading in the fold
    folded[1].wait_for()
    shown[0].click()
    page.emulate_media(media="print")
    assert visible() == [True] * 4
    page.wait_for_function("window.MathJax?.startup?.promise")
    page.evaluate("MathJax.startup.promise.then(() => null)")
    assert page.locator("details mjx-container").count() == 2


def test_details_open_and_close(folder, opened, tmp_path):
    nb = read(NOTEBOOKS / COURSE[0])
    folded = (
        "<details><summary>Solution</summary>\n\n```python\nx = 1\n```\n\n</details>"
    )
    nb.cells[1:1] = [new_markdown_cell(folded, id="folded")]
    source = tmp_path / COURSE[0]
    source.write_text(to_text(nb), encoding="utf-8")
    target = folder / "details.html"
    target.write_text(export.export(source), encoding="utf-8")
    page = opened(target.as_uri(), offline=True)
    code = page.locator("details .highlight", has_text="x = 1").first
    assert code.is_hidden()
    page.get_by_text("Solution", exact=True).first.click()
    assert code.is_visible()
    page.get_by_text("Solution", exact=True).first.press("Enter")
    assert code.is_hidden()
