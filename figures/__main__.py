"""Draw every figure again: `python figures`. For one: `python figures/mlp.py`."""

import runpy
from pathlib import Path

HERE = Path(__file__).resolve().parent

for script in sorted(HERE.glob("*.py")):
    if script.name not in ("__main__.py", "style.py"):
        runpy.run_path(str(script), run_name="__main__")
