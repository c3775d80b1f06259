"""A reader's answers survive an update, and no command drops them without a word."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from nbformat import v4

from tools.execute import COURSE, NOTEBOOKS, ROOT, read, to_text

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = re.search(r"\n## Update and keep your answers\n(.*?)\n## ", README, re.S)[1]
COMMANDS = re.search(r"```\n(.*?)```", SECTION, re.S)[1].splitlines()
LESSON = COURSE[1]
CHECK = "tools/check_python.py"  # which notebook 00 looks for
NOT_COPIED = shutil.ignore_patterns(
    "__pycache__", ".ipynb_checkpoints", "Untitled*.ipynb", "*-Copy*.ipynb"
)


def run(folder, *command, input=None):
    """Run it with a git that knows nothing of this machine's settings."""
    identity = {
        f"GIT_{who}_{what}": "reader@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    # Those that a hook or another git has set would lead elsewhere.
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(
        command,
        cwd=folder,
        input=input,
        env=env | identity | alone,
        capture_output=True,
        text=True,
    )


def git(folder, *arguments):
    result = run(folder, "git", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def edit(path, text):
    """Put it into the first exercise, and an output, as a run would."""
    nb = read(path)
    cell = next(c for c in nb.cells if c.cell_type == "code" and "= ..." in c.source)
    cell.source = f"# {text}\n{cell.source}"
    cell.outputs = [v4.new_output("stream", text=f"{text}\n")]
    path.write_text(to_text(nb), encoding="utf-8")


def commit(folder):
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "A version")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A repository with what stands in this folder."""
    if shutil.which("git") is None or shutil.which("sh") is None:
        pytest.skip("needs git and sh")
    folder = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "figures"):
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_COPIED)
    (folder / "tools").mkdir()
    for name in (".gitignore", ".gitattributes", "requirements.txt", CHECK):
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    commit(folder)
    return folder


@pytest.fixture
def upstream(course, tmp_path):
    git(tmp_path, "clone", "-q", course, "upstream")
    return tmp_path / "upstream"


@pytest.fixture
def clone(upstream, tmp_path):
    """A reader's, with answers; the same cell has changed upstream."""
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", upstream, folder)
    edit(folder / "notebooks" / LESSON, "ANSWER")
    (folder / "notebooks" / "Untitled.ipynb").write_text("ANSWER")
    (folder / "notebooks" / "notes.txt").write_text("ANSWER")
    edit(upstream / "notebooks" / LESSON, "UPDATE")
    commit(upstream)
    return folder


def answers(folder):
    """The names of the files that hold an answer."""
    paths = [p for p in folder.rglob("*") if p.suffix in (".ipynb", ".txt")]
    return sorted(p.name for p in paths if "ANSWER" in p.read_text(encoding="utf-8"))


def is_updated(clone):
    return "UPDATE" in (clone / "notebooks" / LESSON).read_text(encoding="utf-8")


def type_in(folder, commands):
    """All lines, as a reader pastes them: one that fails does not stop the next."""
    return run(folder, "sh", input="\n".join([*commands, ""]))


ANSWERED = [LESSON, "Untitled.ipynb", "notes.txt"]


def test_the_lines_for_git_keep_the_answers_and_bring_the_update(clone):
    assert len(COMMANDS) == 3
    result = type_in(clone, COMMANDS)
    assert result.returncode == 0, result.stderr
    assert answers(clone) == ANSWERED
    assert is_updated(clone)
    assert git(clone, "status", "--porcelain") == ""
    # The notebooks with the answers work where they are.
    (kept,) = clone.glob("my-*")
    assert answers(kept) == ANSWERED
    for name in COURSE:
        text = (kept / name).read_text(encoding="utf-8")
        for path in re.findall(r"\.\./[\w./]+\w", text):
            assert (kept / path).exists(), f"{name}: {path}"
    where = [sys.executable, "-c", "import mlplab.data as d; print(d.__file__)"]
    assert run(kept, *where).stdout.startswith(str(kept.resolve()))


@pytest.mark.parametrize("forgotten", COMMANDS)
def test_a_forgotten_line_loses_no_answer(forgotten, clone):
    type_in(clone, [line for line in COMMANDS if line != forgotten])
    assert answers(clone) == ANSWERED


def test_the_same_lines_again_and_again_lose_no_answer(upstream, clone):
    """Although the page says to choose another name: answered in between, each time."""
    for count in range(1, 4):
        type_in(clone, COMMANDS)
        edit(clone / "notebooks" / LESSON, f"ANSWER{count}")
        edit(upstream / "notebooks" / LESSON, f"UPDATE{count}")
        commit(upstream)
    kept = "".join(p.read_text(encoding="utf-8") for p in clone.rglob(LESSON))
    for answer in ("ANSWER", "ANSWER1", "ANSWER2", "ANSWER3"):
        assert re.search(rf"{answer}\b", kept), answer


def test_an_update_leaves_a_duplicate_alone(upstream, clone):
    """Made as JupyterLab does; the original was left as it is."""
    git(clone, "checkout", "--", "notebooks")
    copy = (
        "from jupyter_server.services.contents.filemanager import *;"
        f"m = FileContentsManager(root_dir='.'); m.copy('notebooks/{LESSON}')"
    )
    assert run(clone, sys.executable, "-c", copy).returncode == 0
    duplicate = clone / "notebooks" / LESSON.replace(".", "-Copy1.")
    assert "-Copy1.ipynb" in SECTION
    edit(duplicate, "ANSWER")
    git(clone, "pull", "-q")
    assert is_updated(clone)
    assert duplicate.name in answers(clone)
    assert duplicate.name not in git(clone, "status", "--porcelain")


def test_notebook_00_points_to_these_lines():
    text = (NOTEBOOKS / COURSE[0]).read_text(encoding="utf-8")
    assert "*Update and keep your answers*" in text


# What drops answers

DROPS = re.compile(
    r"git (?:checkout (?:-f|\.|--)|restore|reset --hard|clean|stash (?:drop|clear))"
    r"|\brm -|Remove-Item|\.unlink\(\)"
)
SAYS_SO = re.compile(r"\b(?:lost|loses?|drops?|deletes?)\b|사라집니다")


def silent_drops(text):
    """The sentences that name such a command, where neither they nor the next say it.

    Quotes, echo and line breaks of a Makefile and of Python do not count.
    """
    plain = " ".join(re.sub(r'["\\#]|;? *\\\n|\becho\b|\bprint\(', " ", text).split())
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z가-힣*`_-])", plain)
    following = [*sentences[1:], ""]
    return [
        one
        for one, after in zip(sentences, following, strict=True)
        if DROPS.search(one) and not SAYS_SO.search(DROPS.sub("", f"{one} {after}"))
    ]


def pages():
    """(where, text) of all that a reader reads, the messages of make and tests too."""
    for path in [*ROOT.glob("*.md"), *NOTEBOOKS.glob("*.md")]:
        yield path.name, path.read_text(encoding="utf-8")
    for name in COURSE:
        for cell in read(NOTEBOOKS / name).cells:
            yield f"{name}, cell {cell.id}", cell.source
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    yield "Makefile", "".join(re.findall(r"^.*\becho .*\n|^#.*\n", makefile, re.M))
    for folder in ("tests/support", "tools"):
        for path in sorted((ROOT / folder).glob("*.py")):
            for text in re.findall(r'"[^"]*"(?:\n *"[^"]*")*', path.read_text("utf-8")):
                yield path.name, text


def test_no_page_names_a_command_that_drops_answers_without_saying_so():
    found = [(where, text) for where, text in pages() if DROPS.search(text)]
    assert len(found) >= 5, "it sees the pages, the Makefile and the messages"
    silent = [(where, silent_drops(text)) for where, text in found]
    assert not [(where, sentences) for where, sentences in silent if sentences]


@pytest.mark.parametrize(
    "text",
    [
        "See it again: `git checkout -- notebooks/01.ipynb`, or download it. Go on.",
        'echo "git stash drop"; \\\n    echo "makes room. Then go on. It is lost."',
    ],
)
def test_a_command_without_a_warning_is_found(text):
    assert silent_drops(text)
