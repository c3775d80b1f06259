"""The picture of the measurements, committed beside this file as benchmark.svg."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from mlplab.plots import BLUE, FAINT, INK, ORANGE

from .contenders import OURS
from .report import duration, times

PICTURE = Path(__file__).with_name("benchmark.svg")
STYLE = {
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, INK, FAINT]),
}


def draw(training, growth, about, path=PICTURE):
    """Draw what `runs.training` and `runs.growth` return; `about`: date, machine."""
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 5), layout="constrained")
        bars, curves = figure.subplots(1, 2)

        names = sorted(
            {name for found in training.values() for name in found},
            key=lambda name: sum(found.get(name, 0) for found in training.values()),
        )
        for place, (network, found) in enumerate(training.items()):
            heights = [row + 0.25 * (1 - place) for row in range(len(names))]
            seconds = [found.get(name, float("nan")) for name in names]
            bars.barh(heights, seconds, height=0.22, label=network)
            for height, name, value in zip(heights, names, seconds, strict=True):
                if value == value:
                    ours = name == OURS
                    text = duration(value) if ours else times(value / found[OURS])
                    bars.text(value, height, f" {text}", va="center", fontsize=8)
        bars.set(xscale="log", xlabel="seconds per step", yticks=range(len(names)))
        bars.set_yticklabels(names)
        bars.set_title(f"One step of training, beside {OURS}")
        bars.set_xlim(1e-8, 1e-2)
        bars.legend(loc="lower right", fontsize=8)

        for (name, found), marker in zip(growth.items(), "osD^", strict=False):
            sizes, seconds, exponent = found
            label = f"{name}: exponent {exponent:.2f}"
            curves.loglog(sizes, seconds, marker=marker, label=label)
        curves.set(xlabel="size", ylabel="seconds", title="How a run grows")
        low, high = curves.get_ylim()
        curves.set_ylim(low, high * 30)  # room for the legend
        curves.legend(loc="upper left", fontsize=8)
        for axes in bars, curves:
            axes.spines[["top", "right"]].set_visible(False)
        figure.supxlabel(about, fontsize=8)
        figure.savefig(path, metadata={"Date": None})
