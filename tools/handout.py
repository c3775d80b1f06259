"""Write copies of the notebooks without their solutions, to hand out.

`make handout` runs this file. Beside the notebooks stands what they need, so that the
folder can be given away as it is.
"""

import re
import shutil
import sys
from pathlib import Path

from tools.execute import COURSE, NOTEBOOKS, ROOT, read, to_text, write
from tools.korean import korean_name

SOLUTION = re.compile(
    r"\s*<details>\s*<summary>(Solution|풀이)</summary>.*?</details>", re.S
)
# Notebook 00 tells what stands above an exercise.
SAYS_SOLUTION = {
    "*Hint* and *Solution* open by a click": "*Hint* opens by a click",
    "*힌트*와 *풀이*는 클릭하면 열립니다": "*힌트*는 클릭하면 열립니다",
}


def without_solutions(nb):
    """The notebook, its cells changed in place."""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = SOLUTION.sub("", cell.source)
            for both, hint in SAYS_SOLUTION.items():
                cell.source = cell.source.replace(both, hint)
    return nb


def main(folder):
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        NOTEBOOKS,
        folder / "notebooks",
        ignore=shutil.ignore_patterns(
            "*.ipynb", "teaching_guide*.md", "__pycache__", ".*"
        ),
    )
    (folder / "figures").mkdir()
    for figure in sorted((ROOT / "figures").glob("*.svg")):
        shutil.copy(figure, folder / "figures")
    (folder / "tools").mkdir()
    for name in ("LICENSE", "requirements.txt", "tools/check_python.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in (*COURSE, *map(korean_name, COURSE)):
        path = folder / "notebooks" / name
        text = to_text(without_solutions(read(NOTEBOOKS / name)))
        write(path, text)
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
