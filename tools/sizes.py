"""Print how many lines of code each room of the project has.

`python -m tools.sizes` prints what the README quotes. Blank lines, docstrings and
comments are not counted.
"""

import ast
import io
import tokenize
from functools import cache

from tools.execute import COURSE, NOTEBOOKS, ROOT, read

MLPLAB = NOTEBOOKS / "mlplab"
CORE = [MLPLAB / f"{name}.py" for name in ("data", "descent", "network", "plots")]
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
HAVE_DOCSTRINGS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(source):
    """How many lines of a source hold code."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines |= {*range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, HAVE_DOCSTRINGS) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines -= {*range(docstring.lineno, docstring.end_lineno + 1)}
    return len(lines)


def of_files(paths):
    return sum(
        code_lines(path.read_text(encoding="utf-8"))
        for path in paths
        if ".ipynb_checkpoints" not in path.parts
    )


def of_cells():
    return sum(
        code_lines(cell.source)
        for name in COURSE
        for cell in read(NOTEBOOKS / name).cells
        if cell.cell_type == "code"
    )


@cache
def sizes():
    """{room: lines of code}, in the order of README's drawing."""
    return {
        "code cells of the notebooks": of_cells(),
        "mlplab": of_files(MLPLAB.rglob("*.py")),
        "data, descent, network, plots": of_files(CORE),
        "exercises": of_files((NOTEBOOKS / "exercises").rglob("*.py")),
        "figures": of_files((ROOT / "figures").rglob("*.py")),
        "tools": of_files((ROOT / "tools").rglob("*.py")),
        "tests": of_files((ROOT / "tests").rglob("*.py")),
        "hub": of_files((ROOT / ".hub").glob("*.py")),
    }


if __name__ == "__main__":
    for room, lines in sizes().items():
        print(f"{lines:>7,}  {room}")
