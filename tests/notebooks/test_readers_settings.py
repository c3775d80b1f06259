"""What a reader has set in a notebook or for good does not change what is shown.

And what the course shows leaves the reader's settings as they were.
"""

import contextlib
import json
import locale
import warnings

import matplotlib
import numpy as np
import pytest
import torch

from exercises.checking import exercise
from mlplab import explorers, plots
from mlplab.data import truth_table
from mlplab.graph import NEURON
from mlplab.network import Settings, initial_weights, train
from support.nbval import run_nbval
from support.stored import SHARE_OF_PIXELS, wrong_outputs, wrong_pictures
from tools.execute import NOTEBOOKS, execute, read

FIRST = "01_xor_truth_table.ipynb"
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


@contextlib.contextmanager
def style(name):
    with matplotlib.style.context(name):
        yield


@contextlib.contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    yield
    assert torch.get_default_dtype() == dtype
    torch.set_default_dtype(before)


@contextlib.contextmanager
def default_device(device):
    torch.set_default_device(device)
    yield
    assert torch.get_default_device() == torch.device(device)
    torch.set_default_device(None)


@contextlib.contextmanager
def without_gradients():
    torch.set_grad_enabled(False)
    yield
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)


@contextlib.contextmanager
def numpy_that_raises():
    before = np.seterr(all="raise")
    yield
    assert set(np.geterr().values()) == {"raise"}
    np.seterr(**before)


@contextlib.contextmanager
def warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextlib.contextmanager
def flushed_denormals():
    assert torch.set_flush_denormal(True)
    yield
    torch.set_flush_denormal(False)


@contextlib.contextmanager
def other_locale():
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, name)
            break
    yield
    locale.setlocale(locale.LC_ALL, before)


@contextlib.contextmanager
def another_seed():
    state = torch.manual_seed(5).get_state()
    yield
    assert torch.equal(torch.get_rng_state(), state)


SETTINGS = {
    "rcParams": lambda: style(STYLE),
    "dark style": lambda: style("dark_background"),
    "xkcd": lambda: matplotlib.pyplot.xkcd(),
    "float64": lambda: default_dtype(torch.float64),
    "bfloat16": lambda: default_dtype(torch.bfloat16),
    "device": lambda: default_device("meta"),
    "no gradients": without_gradients,
    "inference mode": torch.inference_mode,
    "seed": another_seed,
    "numpy raises": numpy_that_raises,
    "warnings are errors": warnings_as_errors,
    "no denormals": flushed_denormals,
    "locale": other_locale,
}


def square_gradient(function):
    """Judge a function whose tensors have the course's dtype, device and gradients."""
    x = torch.tensor([2.0], requires_grad=True)
    function(x).backward()
    assert (x.dtype, x.device.type) == (torch.float32, "cpu")
    return f"gradient {x.grad.item():g}"


def everything(shown, capsys):
    """Return all that the course says and draws, as [(name, text or bytes), ...]."""
    seen = []
    for name in ("line", "perceptron", "backprop", "training", "depth"):
        explorer = getattr(explorers, f"explore_{name}")()
        seen.append((f"{name} text", explorer.text))
        seen.append((f"{name} picture", explorer.image.value))
        if name == "backprop":
            explorer.set(learning_rate=100.0)  # which overflows
            seen.append(("backprop at 100", explorer.text, explorer.image.value))
        explorer.close()
    graph = explorers.explore_graph(NEURON)
    graph.set(position=graph.last)
    seen.append(("graph", graph.text, graph.image.value))
    graph.close()
    run = train(Settings(hidden_sizes=(10, 10, 10), steps=500))
    for array in (run.loss, run.snapshots, run.gradient_norms, run.probs):
        seen.append(("run", array.dtype, array.tobytes()))
    for init in ("pytorch", "xavier", "he", "large", "zeros", "equal"):
        weights = initial_weights(Settings(init=init))
        seen.append((init, *(part.tobytes() for layer in weights for part in layer)))
    plots.draw_gates()
    plots.draw_curves({"falls": ([0, 1, 2], [0.5, -0.5, -1])}, "x", "y", "title")
    with plots.picture(1, 2, size=(6, 3)) as axes:
        plots.draw_loss({"a": run.loss, "b": run.loss[:300]}, axes[0])
        plots.draw_boundary(
            run.probs_at(500, plots.GRID), truth_table("XOR")[1], axes[1]
        )
        axes[0].plot([100, 200], [0.5, 0.6], label="more")
        axes[0].legend()
        axes[0].set_xticks(range(0, 500, 50))
    seen += [("picture", bundle["image/png"]) for bundle in shown]
    shown.clear()
    exercise("a test", todo="")(square_gradient)(lambda x: (x * x).sum())
    said = capsys.readouterr()
    assert said.err == ""
    return [*seen, ("exercise", said.out)]


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(plots, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


@pytest.fixture
def progress(monkeypatch, tmp_path):
    monkeypatch.setenv("MLPLAB_PROGRESS", str(tmp_path / "progress.json"))


USUAL = []  # what `everything` returns without any setting, once in a process
# In make test several at once; each of them alone takes longer.
TOGETHER = [
    ("rcParams", "float64", "no gradients", "numpy raises", "locale"),
    ("dark style", "bfloat16", "device", "warnings are errors"),
    ("xkcd", "inference mode", "seed", "no denormals"),
]
ALONE = [pytest.param((name,), marks=pytest.mark.long) for name in SETTINGS]


def test_each_setting_is_tried_with_others():
    assert sorted(sum(TOGETHER, ())) == sorted(SETTINGS)


@pytest.mark.parametrize("names", [*TOGETHER, *ALONE], ids=", ".join)
def test_a_setting_of_the_kernel_changes_nothing(names, shown, capsys, progress):
    if not USUAL:
        USUAL.extend(everything(shown, capsys))
    assert "Correct. gradient 4" in USUAL[-1][1]
    with contextlib.ExitStack() as settings:
        for name in names:
            settings.enter_context(SETTINGS[name]())
        before = dict(matplotlib.rcParams)
        found = everything(shown, capsys)
        assert dict(matplotlib.rcParams) == before
    assert [name for name, *_ in found] == [name for name, *_ in USUAL]
    changed = [one[0] for one, other in zip(found, USUAL, strict=True) if one != other]
    assert not changed


@pytest.fixture
def readers_home(tmp_path):
    """The environment of a reader who has set what can be set for good."""
    settings = "".join(
        f"{name}: {', '.join(map(str, np.atleast_1d(value)))}\n"
        for name, value in STYLE.items()
    )
    (tmp_path / "matplotlibrc").write_text(settings + "backend: QtAgg\n")
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "mine.py").write_text("print('good morning')\nX = 5\n")
    (profile / "ipython_kernel_config.py").write_text(
        "c.InteractiveShell.ast_node_interactivity = 'all'\n"
        "c.InlineBackend.figure_formats = {'svg'}\n"
        "c.PlainTextFormatter.float_precision = '%.1f'\n"
    )
    kernel = tmp_path / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/no/such/python"], "display_name": "mine", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (tmp_path / "startup.py").write_text("print('good morning')\n")
    return {
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_PREFER_ENV_PATH": "0",
        "PYTHONSTARTUP": str(tmp_path / "startup.py"),
        "MPLBACKEND": "QtAgg",
    }


def test_strict_nbval_passes_whatever_the_reader_has_set(readers_home):
    result = run_nbval(NOTEBOOKS.parent, f"notebooks/{FIRST}", environment=readers_home)
    assert result.returncode == 0, result.stdout


def test_a_lesson_is_the_same_under_the_readers_matplotlib(readers_home):
    own = {name: readers_home[name] for name in ("MATPLOTLIBRC", "MPLBACKEND")}
    stored, new = read(NOTEBOOKS / FIRST), execute(NOTEBOOKS / FIRST, environment=own)
    assert wrong_outputs(stored, new) == []
    assert wrong_pictures(stored, new, SHARE_OF_PIXELS) == []
