"""Who may import whom, in every module that the notebooks import."""

import ast
import importlib.util

import pytest

from support.rules import AVOIDED_NAME, names_of
from tools.execute import NOTEBOOKS, ROOT

TRAINER = "data descent network"
DRAWN = f"{TRAINER} digits graph plots pytorch_code stored"
# An explorer sees these, and no other explorer.
SHARED = (
    f"{DRAWN} language explorers.controls explorers.base explorers.diagram"
    " explorers.runs"
)
EXPLORERS = [
    "line",
    "perceptron",
    "valley",
    "backprop",
    "folding",
    "training",
    "depth",
    "outcomes",
    "pad",
    "graph",
    "xor",
    "slope",
]
CHECKING = "data graph language network stored exercises.progress exercises.time_limit"
LESSONS = [f"exercises.lesson_0{number}" for number in range(8)]
# What each module may import of the two packages; a bare name is one of mlplab.
LAYERS = {
    "mlplab": "",
    "data": "",
    "digits": "",
    "language": "",
    "descent": "data",
    "network": "data descent",
    "graph": "data network",
    "pytorch_code": "data descent network",
    "plots": f"{TRAINER} stored",
    "stored": "",
    "explorers": " ".join(f"explorers.{name}" for name in EXPLORERS),
    "explorers.controls": f"{TRAINER} language",
    "explorers.base": "language plots stored explorers.page",
    "explorers.diagram": f"{TRAINER} plots",
    "explorers.runs": f"{TRAINER} language plots explorers.controls explorers.base"
    " explorers.diagram",
    "explorers.page": "",
    **{f"explorers.{name}": SHARED for name in EXPLORERS},
    "exercises": "",
    "exercises.environment": "language",
    "exercises.time_limit": "",
    "exercises.progress": "language",
    "exercises.checking": CHECKING,
    **dict.fromkeys(LESSONS, "data digits language network stored exercises.checking"),
    "exercises.quiz": "data language network stored exercises.progress",
    "exercises.board": " ".join([CHECKING, "exercises.quiz", *LESSONS]),
}
PACKAGES = ("mlplab", "exercises", "mlplab.explorers")
# The project's other rooms, where Python would look as well: nothing there is imported.
OTHERS = {
    path.stem
    for room in (ROOT, ROOT / "tests", ROOT / "figures")
    for path in room.iterdir()
} - {"notebooks"}


def full(name):
    return name if name.startswith(PACKAGES) else f"mlplab.{name}"


def modules():
    """{full name: source} of every module of the two packages."""
    found = {}
    for path in sorted(NOTEBOOKS.rglob("*.py")):
        if ".ipynb_checkpoints" not in path.parts:
            parts = path.relative_to(NOTEBOOKS).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = path.read_text(encoding="utf-8")
    return found


MODULES = modules()
ALLOWED = {full(name): {*map(full, seen.split())} for name, seen in LAYERS.items()}


def is_import(node):
    return isinstance(node, ast.Import | ast.ImportFrom)


def imported(module, node):
    """The modules that an import statement of a module names."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    package = module if module in PACKAGES else module.rpartition(".")[0]
    relative = "." * node.level + (node.module or "")
    base = importlib.util.resolve_name(relative, package)
    names = {f"{base}.{alias.name}" for alias in node.names}
    return {name if name in ALLOWED else base for name in names}


def wrong_imports(module, source):
    """What a module imports against the table, or in a function."""
    nodes = list(ast.walk(ast.parse(source)))
    found = set().union(*(imported(module, node) for node in nodes if is_import(node)))
    ours = {name for name in found if name.split(".")[0] in OTHERS.union(PACKAGES)}
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    inside = {n for f in functions for n in ast.walk(f) if is_import(n)}
    return (ours - ALLOWED[module]) | inside


def test_every_module_has_its_place_in_the_table():
    assert {"mlplab.data", "mlplab.explorers.base", "exercises.board"} <= {*MODULES}
    assert not MODULES.keys() - ALLOWED.keys()


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    assert not wrong_imports(module, MODULES[module])


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("mlplab.data", "import mlplab.network"),
        ("mlplab.network", "from . import data, plots"),
        ("mlplab.network", "from mlplab import plots"),
        ("mlplab.graph", "from .plots import picture"),
        ("mlplab.plots", "from exercises import quiz"),
        ("mlplab.explorers.base", "from .line import explore_line"),
        ("mlplab.explorers.line", "from . import training"),
        ("mlplab.explorers.line", "from .. import explorers"),
        ("exercises.lesson_01", "from mlplab.plots import picture"),
        ("exercises.lesson_01", "import style"),
        ("exercises.progress", "from tools.execute import read"),
        ("exercises.quiz", "def f():\n    import json"),
    ],
)
def test_an_import_against_the_table_is_found(module, line):
    assert wrong_imports(module, line)


def names(module):
    tree = ast.walk(ast.parse(MODULES[module]))
    return {name for node in tree for name in names_of(node)}


def test_plots_never_train():
    assert not names("mlplab.plots") & {"train", "sweep"}


@pytest.mark.parametrize("module", MODULES)
def test_the_words_of_the_course_are_used(module):
    assert not {name for name in names(module) if AVOIDED_NAME.fullmatch(name)}
