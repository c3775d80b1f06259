"""What a reader has set in a kernel does not change what the course shows.

And what the course shows leaves the reader's settings as they were. What is set for
good is in support/reader.py: test_nbval_guard.py and test_exercises.py run with it.
"""

import contextlib
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
from support.reader import STYLE


@contextlib.contextmanager
def kept(change, read, value, usual):
    """Set a value, see at the end that it is there still, and set the usual one."""
    change(value)
    there = read()
    yield
    assert read() == there != usual
    change(usual)


def in_torch(name, value, usual):
    change, read = (getattr(torch, f"{verb}_{name}") for verb in ("set", "get"))
    return kept(change, read, value, usual)


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
    "rcParams": lambda: matplotlib.style.context(STYLE),
    "dark style": lambda: matplotlib.style.context("dark_background"),
    "xkcd": lambda: matplotlib.pyplot.xkcd(),
    "float64": lambda: in_torch("default_dtype", torch.float64, torch.float32),
    "bfloat16": lambda: in_torch("default_dtype", torch.bfloat16, torch.float32),
    "device": lambda: in_torch("default_device", "meta", None),
    "no gradients": lambda: kept(
        torch.set_grad_enabled, torch.is_grad_enabled, False, True
    ),
    "inference mode": torch.inference_mode,
    "seed": another_seed,
    "numpy raises": lambda: np.errstate(all="raise"),
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
        seen.append((f"{name} picture", explorer.page.picture))
        if name == "backprop":
            explorer.set(learning_rate=100.0)  # which overflows
            seen.append(("backprop at 100", explorer.text, explorer.page.picture))
        explorer.close()
    graph = explorers.explore_graph(NEURON)
    graph.set(position=graph.last)
    seen.append(("graph", graph.text, graph.page.picture))
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
def shown(monkeypatch, tmp_path):
    monkeypatch.setenv("MLPLAB_PROGRESS", str(tmp_path / "progress.json"))
    bundles = []
    monkeypatch.setattr(plots, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


USUAL = []  # what `everything` returns without any setting, once in a process
# Several at once, in make test the first; the others, and each alone, take longer.
TOGETHER = [
    ("rcParams", "float64", "no gradients", "numpy raises", "locale"),
    ("dark style", "bfloat16", "device", "warnings are errors"),
    ("xkcd", "inference mode", "seed", "no denormals"),
]
LONGER = [*TOGETHER[1:], *((name,) for name in SETTINGS)]
LONGER = [pytest.param(names, marks=pytest.mark.long) for names in LONGER]


@pytest.mark.parametrize("names", [TOGETHER[0], *LONGER], ids=", ".join)
def test_a_setting_of_the_kernel_changes_nothing(names, shown, capsys):
    assert sorted(sum(TOGETHER, ())) == sorted(SETTINGS)
    if not USUAL:
        USUAL.extend(everything(shown, capsys))
    assert "Correct. gradient 4" in USUAL[-1][1]
    with contextlib.ExitStack() as settings:
        for name in names:
            settings.enter_context(SETTINGS[name]())
        before = dict(matplotlib.rcParams), np.geterr()
        found = everything(shown, capsys)
        assert (dict(matplotlib.rcParams), np.geterr()) == before
    assert [name for name, *_ in found] == [name for name, *_ in USUAL]
    changed = [one[0] for one, other in zip(found, USUAL, strict=True) if one != other]
    assert not changed
