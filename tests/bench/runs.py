"""Whole training runs and sweeps against what one would use instead; their growth."""

import os
from dataclasses import replace
from functools import partial

import numpy as np

from mlplab.network import Settings, sweep, train

from .contenders import (
    C_CONTENDERS,
    CONTENDERS,
    LANES,
    OURS,
    c_compiler,
    c_sweep,
    ours,
    side_by_side_start,
)
from .report import duration, medians, side_by_side, table, times

NETWORKS = {
    "2-2-1": (2,),
    "2-10-10-10-1": (10,) * 3,
    "8 layers of width 10": (10,) * 7,
}
MODELS = (1, 16, 256, 4096)


def training(steps=Settings.steps):
    """Time of a whole run and of a step of `train`, and of what one would use instead.

    Returns the seconds, {network: {name: seconds per step}}.
    """
    found = {}
    for network, hidden_sizes in NETWORKS.items():
        settings = Settings(hidden_sizes=hidden_sizes, steps=steps)
        rehearsal = replace(settings, steps=-(-steps // 100))
        contenders = {OURS: ours} | CONTENDERS
        contenders |= C_CONTENDERS if c_compiler() else {}
        seconds = medians(
            side_by_side(
                {name: partial(call, settings) for name, call in contenders.items()},
                1,
                {name: partial(call, rehearsal) for name, call in contenders.items()},
            )
        )
        found[network] = {name: seconds[name] / steps for name in seconds}
        table(
            f"Training {network}, {steps:,} steps",
            ("", "whole run", "per step", "time of ours"),
            [
                (
                    name,
                    duration(seconds[name]),
                    duration(seconds[name] / steps),
                    times(seconds[name] / seconds[OURS]),
                )
                for name in sorted(seconds, key=seconds.get)
            ],
        )
    return found


def on_one_core(function, *arguments):
    """Call a function while this process may use one core only."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return function(*arguments)
    finally:
        os.sched_setaffinity(0, cores)


def sweeping(steps=Settings.steps, models=MODELS, turns=2):
    """Time of `sweep` per model and step, against networks in SIMD lanes in C."""
    if not hasattr(os, "sched_setaffinity"):
        print("\nsweep: not measured, this system cannot keep a process on one core")
        return
    settings = Settings(steps=steps)
    cores = len(os.sched_getaffinity(0))
    rows = []
    for count in models:
        seeds = range(count)
        start = side_by_side_start(settings, seeds)

        calls = {
            "one": partial(on_one_core, sweep, settings, [1.0], seeds),
            "all": partial(sweep, settings, [1.0], seeds),
        }
        if c_compiler():
            calls["C"] = partial(c_sweep, settings, start)
        seconds = medians(side_by_side(calls, turns))
        per_step = {name: s / (count * steps) for name, s in seconds.items()}
        row = [f"{count:,}", duration(per_step["one"])]
        row += [duration(per_step["all"]), duration(seconds["all"])]
        if c_compiler():
            c_step = per_step["C"]
            row += [duration(c_step), times(per_step["one"] / c_step)]
        rows.append(row)
    head = ["models", "1 core", f"{cores} cores", "whole sweep"]
    if c_compiler():
        head += [f"C, {LANES} lanes, 1 core", "ours / C"]
    title = f"sweep of 2-2-1, {steps:,} steps: time per model and step"
    table(f"{title} (median of {turns} turns)", head, rows)


# What grows: (sizes, what to call with a size).
GROWTH = {
    "layers of width 10, 1,001 steps": (
        (2, 4, 8, 16, 32),
        lambda n: train(Settings(hidden_sizes=(10,) * (n - 1), steps=1_001)),
    ),
    "width of 3 hidden layers, 501 steps": (
        (8, 16, 32, 64, 128),
        lambda n: train(Settings(hidden_sizes=(n,) * 3, steps=501)),
    ),
    "steps of 2-2-1": (
        (1_000, 3_000, 10_000, 30_000, 100_000),
        lambda n: train(Settings(steps=n)),
    ),
    "networks 2-2-1 in a sweep, 1,001 steps": (
        (16, 64, 256, 1024, 4096),
        lambda n: sweep(Settings(steps=1_001), [1.0], range(n)),
    ),
}


def growth(cases=GROWTH, turns=3):
    """How the time of a run grows, with the exponent of the best power law.

    Returns {what grows: (sizes, seconds, exponent)}.
    """
    found, rows = {}, []
    for name, (sizes, call) in cases.items():
        seconds = [
            medians(side_by_side({"": partial(call, n)}, turns))[""] for n in sizes
        ]
        exponent = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        found[name] = sizes, seconds, exponent
        span = f"{sizes[0]:,} to {sizes[-1]:,}"
        row = [name, span, *(duration(s) for s in seconds)]
        rows.append([*row, f"{exponent:.2f}"])
    steps = [f"time {number}" for number in range(1, 6)]
    table(
        f"Growth: times at five sizes and the exponent (median of {turns} turns)",
        ("with", "from .. to", *steps, "exponent"),
        rows,
    )
    return found
