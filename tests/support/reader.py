"""A reader who has set what can be set for good, for matplotlib and for Jupyter."""

import json

import numpy as np

STYLE = {
    "font.family": "a font that is not installed",
    "axes.unicode_minus": False,
    "axes.formatter.use_locale": True,
    "figure.dpi": 50,
    "figure.facecolor": "black",
    "savefig.dpi": 30,
    "savefig.pad_inches": 2,
    "lines.linewidth": 7,
    "legend.fontsize": 30,
    "xtick.color": "red",
    "text.usetex": False,
    "path.sketch": (1, 100, 2),
}


def of_matplotlib(folder):
    """The variables that lead matplotlib to such settings, written into a folder."""
    lines = [
        f"{name}: {', '.join(map(str, np.atleast_1d(value)))}\n"
        for name, value in STYLE.items()
    ]
    path = folder / "matplotlibrc"
    path.write_text("".join(lines) + "backend: QtAgg\n", encoding="utf-8")
    return {"MATPLOTLIBRC": str(path), "MPLBACKEND": "QtAgg"}


def of_jupyter(folder):
    """The same for Python's and IPython's start, and for a kernel of the same name."""
    profile = folder / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "mine.py").write_text("print('good morning')\nX = 5\n")
    (profile / "ipython_kernel_config.py").write_text(
        "c.InteractiveShell.ast_node_interactivity = 'all'\n"
        "c.InlineBackend.figure_formats = {'svg'}\n"
        "c.PlainTextFormatter.float_precision = '%.1f'\n"
    )
    kernel = folder / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/no/such/python"], "display_name": "mine", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (folder / "startup.py").write_text("print('good morning')\n")
    return {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_PREFER_ENV_PATH": "0",
        "PYTHONSTARTUP": str(folder / "startup.py"),
    }
