"""Draw every figure again: `python figures`. For some: `python figures mlp plateau`."""

import sys
from importlib import import_module
from pathlib import Path

from style import save

scripts = {path.stem for path in Path(__file__).resolve().parent.glob("*.py")}

for name in sys.argv[1:] or sorted(scripts - {"__main__", "style"}):
    save(import_module(name))
