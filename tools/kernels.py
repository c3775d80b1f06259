"""The environment of the kernels that check notebooks: without the reader's own."""

import os
from pathlib import Path

import matplotlib

# Where these lead, code or settings of the reader's would change what the cells do.
READERS_OWN = ("MPLBACKEND", "PYTHONSTARTUP")


def kernel_environment(ipython_dir):
    """Return the variables of a kernel's environment; its profile is in the folder."""
    environment = {k: v for k, v in os.environ.items() if k not in READERS_OWN}
    return environment | {
        "IPYTHONDIR": str(ipython_dir),
        "MATPLOTLIBRC": str(Path(matplotlib.get_data_path()) / "matplotlibrc"),
        "PYTHONHASHSEED": "0",
    }
